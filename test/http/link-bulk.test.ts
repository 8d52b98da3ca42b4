// Many links in one call, upsert, slug checks: each whole or not at all.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ApiClient, type ApiAnswer, type ApiError, type LinkObject, sendRequest } from '../support/api-client.ts';
import { checkExchanges } from '../support/recorded-exchanges.ts';
import { closeServers, runSignpost, startServer } from '../support/server-process.ts';

after(closeServers);
checkExchanges();

let client: ApiClient;
let other: ApiClient;
before(async () => {
  const server = await startServer();
  client = ApiClient.of(server);
  const dataFolder = ['--data-dir', server.dataFolder];
  const user = await runSignpost(['users', 'create', '--email', 'other@example.com', '--name', 'Other', ...dataFolder]);
  const key = await runSignpost(['keys', 'create', '--user', user.stdout.trim(), '--name', 'k', ...dataFolder]);
  other = new ApiClient(server.address, key.stdout.trim());
});

type BulkItem = { success: true; data: LinkObject } | { success: false; error: ApiError };
interface BulkMeta {
  readonly total: number;
  readonly created: number;
  readonly found: number;
  readonly failed: number;
}

function bulkResult(answer: ApiAnswer): { items: BulkItem[]; meta: BulkMeta } {
  const body = answer.json as { success: boolean; data: BulkItem[]; meta: BulkMeta };
  assert.ok(body.success, answer.text);
  return { items: body.data, meta: body.meta };
}

async function totalLinks(): Promise<number> {
  return (await client.get('/links?archived=true&perPage=1')).meta.total;
}

const wanted = (count: number, fields: (position: number) => object = () => ({})) =>
  Array.from({ length: count }, (_, position) => ({
    destinationUrl: `https://example.com/${position}`,
    ...fields(position),
  }));

describe('POST /links/bulk', () => {
  it('makes a thousand links, in the order they were given, and each redirects', async () => {
    const answer = await client.post('/links/bulk', wanted(1_000));
    assert.equal(answer.status, 201);
    const { items, meta } = bulkResult(answer);
    assert.deepEqual(meta, { total: 1_000, created: 1_000, found: 0, failed: 0 });
    const links = items.map((item) => (item as { data: LinkObject }).data);
    assert.deepEqual(
      links.map((link) => link.destinationUrl),
      wanted(1_000).map((link) => link.destinationUrl),
    );
    assert.equal(new Set(links.map((link) => link.slug)).size, 1_000);
    const redirect = await sendRequest(client.address, { path: `/${links[999]!.slug}` });
    assert.equal(redirect.headers.location, 'https://example.com/999');
  });

  it('takes the list in an object, too', async () => {
    assert.equal((await client.post('/links/bulk', { links: wanted(2) })).status, 201);
  });

  it('says of each link that fails why, and makes the others', async () => {
    const links = [
      { destinationUrl: 'https://example.com/', slug: 'bulk-a', tags: ['x', 'y'] },
      { destinationUrl: 'javascript:alert(1)' },
      { destinationUrl: 'https://example.com/', slug: 'bulk-a' },
      { destinationUrl: 'https://example.com/', nonsense: 1 },
      'no object',
      { destinationUrl: 'https://example.com/', slug: 'bulk-b' },
    ];
    const answer = await client.post('/links/bulk', links);
    assert.equal(answer.status, 200);
    const { items, meta } = bulkResult(answer);
    assert.deepEqual(meta, { total: 6, created: 2, found: 0, failed: 4 });
    const codes = items.map((item) => (item.success ? 'made' : item.error.code));
    assert.deepEqual(codes, ['made', 'INVALID_URL', 'SLUG_EXISTS', 'VALIDATION_ERROR', 'VALIDATION_ERROR', 'made']);
    assert.deepEqual((items[0] as { data: LinkObject }).data.tags, ['x', 'y']);
  });

  it('makes none of them with atomic=true when one fails, and names that one', async () => {
    const before = await totalLinks();
    const taken = await client.createLink();
    const invalid = await client.post('/links/bulk?atomic=true', [
      ...wanted(3),
      { destinationUrl: 'ftp://example.com/' },
    ]);
    assert.equal(invalid.status, 400);
    assert.deepEqual(
      invalid.error.details?.map((detail) => detail.path),
      ['links.3.destinationUrl'],
    );
    const conflicting = await client.post('/links/bulk?atomic=true', [
      ...wanted(2),
      ...wanted(1, () => ({ slug: taken.slug })),
    ]);
    assert.equal(conflicting.status, 409);
    assert.equal(conflicting.error.code, 'SLUG_EXISTS');
    assert.deepEqual(
      conflicting.error.details?.map((detail) => detail.path),
      ['links.2.slug'],
    );
    assert.equal(await totalLinks(), before + 1);
  });

  it('returns identical live links where that is asked for, those of the same call too, and makes the others', async () => {
    const existing = await client.createLink({ destinationUrl: 'https://example.com/found', title: 'T' });
    const found = { destinationUrl: 'https://example.com/found', title: 'T' };
    for (const query of ['', '?atomic=true']) {
      const answer = await client.post(`/links/bulk${query}`, [
        { ...found, findExisting: true },
        { destinationUrl: `https://example.com/twice${query}`, findExisting: true },
        { destinationUrl: `https://example.com/twice${query}`, findExisting: true },
        found,
      ]);
      assert.equal(answer.status, 200);
      const { items, meta } = bulkResult(answer);
      assert.deepEqual(meta, { total: 4, created: 2, found: 2, failed: 0 });
      const [one, two, three, four] = items.map((item) => (item as { data: LinkObject }).data.id);
      assert.equal(one, existing.id);
      assert.equal(two, three);
      assert.notEqual(four, existing.id);
    }
  });

  it('is made as a whole or not at all when the server is killed in the middle', async () => {
    let crashing = await startServer();
    const { dataFolder, firstKey } = crashing;
    for (let round = 0; round < 3; round++) {
      const by = new ApiClient(crashing.address, firstKey);
      const tag = `crash-${round}`;
      let answered = 0;
      const calls = Array.from({ length: 8 }, async () => {
        const answer = await by
          .post(
            '/links/bulk',
            wanted(500, () => ({ tags: [tag] })),
          )
          .catch(() => undefined);
        if (answer?.status === 201 && ++answered === 1 + round) await crashing.kill();
      });
      await Promise.all(calls);
      crashing = await startServer({ dataFolder });
      const { total } = (await new ApiClient(crashing.address, firstKey).get(`/links?tag=${tag}&perPage=1`)).meta;
      assert.equal(total % 500, 0, `${total} links in round ${round}`);
      assert.ok(total >= answered * 500, `${total} links of ${answered} calls that were answered`);
    }
  });

  it('refuses what is no list of 1 to 1,000 links', async () => {
    const before = await totalLinks();
    for (const body of [[], wanted(1_001), {}, { links: 1 }, { links: wanted(1), more: 1 }, 'x', null]) {
      const answer = await client.post('/links/bulk', body);
      assert.equal(answer.status, 400, JSON.stringify(body)?.slice(0, 80));
      assert.equal(answer.error.code, 'VALIDATION_ERROR');
    }
    assert.equal((await client.post('/links/bulk?atomic=perhaps', wanted(1))).status, 400);
    assert.equal(
      (
        await client.post(
          '/links/bulk',
          wanted(51, () => ({ password: 'secret' })),
        )
      ).status,
      400,
    );
    assert.equal(await totalLinks(), before);
  });
});

describe('POST /links/bulk-archive', () => {
  it('archives the own ones and says which it did not find', async () => {
    const mine = [await client.createLink(), await client.createLink()];
    const theirs = await other.createLink();
    const ids = [mine[0]!.id, theirs.id, 'lnk_unknown', mine[1]!.id, mine[1]!.id];
    const answer = await client.post('/links/bulk-archive', { ids });
    assert.deepEqual(answer.data(), { archived: 2, notFound: [theirs.id, 'lnk_unknown'] });
    for (const { slug } of mine) assert.equal((await sendRequest(client.address, { path: `/${slug}` })).status, 410);
    assert.equal((await sendRequest(client.address, { path: `/${theirs.slug}` })).status, 302);
  });

  it('names what is wrong with the ids', async () => {
    for (const body of [{}, { ids: [] }, { ids: [1] }, { ids: 'lnk_1' }, { ids: ['a'], more: true }]) {
      assert.equal((await client.post('/links/bulk-archive', body)).error.code, 'VALIDATION_ERROR');
    }
  });
});

describe('PUT /links', () => {
  it('makes the link where the slug is free, and then changes what is given', async () => {
    const made = await client.send('PUT', '/links', {
      destinationUrl: 'https://example.com/1',
      slug: 'put-a',
      title: 'One',
    });
    assert.equal(made.status, 201);
    const changed = await client.send('PUT', '/links', { destinationUrl: 'https://example.com/2', slug: 'put-a' });
    assert.equal(changed.status, 200);
    assert.equal(changed.data<LinkObject>().id, made.data<LinkObject>().id);
    assert.equal(changed.data<LinkObject>().title, 'One');
    const redirect = await sendRequest(client.address, { path: '/put-a' });
    assert.equal(redirect.headers.location, 'https://example.com/2');
  });

  it("never touches another user's link", async () => {
    await other.createLink({ slug: 'put-theirs' });
    const answer = await client.send('PUT', '/links', { destinationUrl: 'https://example.com/2', slug: 'put-theirs' });
    assert.equal(answer.status, 409);
    assert.equal(answer.error.code, 'SLUG_EXISTS');
    assert.equal((await sendRequest(client.address, { path: '/put-theirs' })).headers.location, 'https://example.com/');
  });

  it('makes one link when many ask at once', async () => {
    const body = { destinationUrl: 'https://example.com/', slug: 'put-once' };
    const answers = await Promise.all(Array.from({ length: 20 }, () => client.send('PUT', '/links', body)));
    assert.equal(answers.filter((answer) => answer.status === 201).length, 1);
    assert.equal(answers.filter((answer) => answer.status === 200).length, 19);
    assert.equal(new Set(answers.map((answer) => answer.data<LinkObject>().id)).size, 1);
  });

  it('needs a slug', async () => {
    const answer = await client.send('PUT', '/links', { destinationUrl: 'https://example.com/' });
    assert.deepEqual(
      answer.error.details?.map((detail) => detail.path),
      ['slug'],
    );
  });
});

describe('GET /links/check-slug', () => {
  const check = async (question: string) =>
    (await client.get(`/links/check-slug?${question}`)).data<{ available: boolean; reason: string | null }>();

  it('says whether a slug is free, and if not, the code that a create would get', async () => {
    const { id, slug } = await client.createLink({ slug: 'check-taken' });
    assert.deepEqual(await check('slug=check-free'), {
      slug: 'check-free',
      domain: '127.0.0.1',
      available: true,
      reason: null,
    });
    assert.equal((await check(`slug=${slug}`)).reason, 'SLUG_EXISTS');
    await client.delete(`/links/${id}`);
    assert.equal((await check(`slug=${slug}`)).reason, 'SLUG_EXISTS');
    assert.equal((await check('slug=api')).reason, 'SLUG_RESERVED');
    assert.equal((await check('slug=a%20b')).reason, 'VALIDATION_ERROR');
  });

  it("refuses a question without a slug, and domains that are not the caller's", async () => {
    for (const question of ['', '?slug=', '?slug=a&slug=b', '?slug=a&more=1', '?slug=a&domain=elsewhere.example']) {
      assert.equal((await client.get(`/links/check-slug${question}`)).error.code, 'VALIDATION_ERROR', question);
    }
  });
});
