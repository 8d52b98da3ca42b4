// How many links a plan allows: exact, whatever way a link comes to life, and however many come at once.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { openReader } from '../../src/storage/database.ts';
import { addUser } from '../support/accounts.ts';
import { type ApiAnswer, ApiClient, type ApiError, type LinkObject } from '../support/api-client.ts';
import { checkExchanges } from '../support/recorded-exchanges.ts';
import { closeServers, type ServerProcess, startServer } from '../support/server-process.ts';

after(closeServers);
checkExchanges();

const quota = 20;
const flags = ['--plans-free-max-links', String(quota), '--plans-free-requests-per-minute', '0'];

let server: ServerProcess;
before(async () => {
  server = await startServer({ flags });
});

async function liveLinks(client: ApiClient): Promise<number> {
  return (await client.get('/links?perPage=1')).meta.total;
}

async function used(client: ApiClient): Promise<number> {
  return (await client.get('/usage')).data<{ links: { used: number } }>().links.used;
}

/** Links until there are `places` left. */
async function fill(client: ApiClient, places = 0): Promise<LinkObject[]> {
  const links: LinkObject[] = [];
  while (links.length < quota - places) links.push(await client.createLink());
  return links;
}

function assertRefused(answer: ApiAnswer): void {
  assert.equal(answer.status, 402, answer.text);
  assert.deepEqual(answer.error, {
    code: 'LIMIT_REACHED',
    message: `your plan's limit on links that are not archived is reached: ${quota}`,
  });
}

type BulkItem = { success: true; data: LinkObject } | { success: false; error: ApiError };
const bulkItems = (answer: ApiAnswer) => (answer.json as { data: BulkItem[] }).data;
const wanted = (count: number) => Array.from({ length: count }, () => ({ destinationUrl: 'https://example.com/' }));

function countByStatus(answers: readonly ApiAnswer[]): Record<number, number> {
  const counts: Record<number, number> = {};
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

describe('the quota of links under many requests at once', () => {
  for (const round of [1, 2, 3]) {
    it(`makes exactly as many as are allowed, of 200 creates (round ${round})`, async () => {
      const { client } = addUser(server, 'free');
      const answers = await Promise.all(
        Array.from({ length: 200 }, () => client.post('/links', { destinationUrl: 'https://example.com/' })),
      );
      assert.deepEqual(countByStatus(answers), { 201: quota, 402: 200 - quota });
      for (const answer of answers) if (answer.status === 402) assertRefused(answer);
      assert.deepEqual([await liveLinks(client), await used(client)], [quota, quota]);
    });

    it(`is held by every way to a live link together (round ${round})`, async () => {
      const { client } = addUser(server, 'free');
      const archived = await fill(client, quota / 2);
      assert.equal((await client.post('/links/bulk-archive', { ids: archived.map(({ id }) => id) })).status, 200);
      const [early, late] = [archived.slice(0, 3), archived.slice(3)];
      const answers = await Promise.all([
        ...early.map(({ id }) => client.patch(`/links/${id}`, { isArchived: false })),
        ...early.map(({ id }) => client.post(`/links/${id}/restore`, { version: 1 })),
        ...wanted(10).map((body) => client.post('/links', body)),
        ...wanted(10).map((body, position) =>
          client.send('PUT', '/links', { ...body, slug: `${client.key?.slice(-8)}-${position}` }),
        ),
        ...[1, 2, 3].map(() => client.post('/links/bulk', wanted(5))),
        ...[1, 2, 3].map(() => client.post('/links/bulk?atomic=true', wanted(5))),
        ...late.map(({ id }) => client.patch(`/links/${id}`, { isArchived: false })),
        ...late.map(({ id }) => client.post(`/links/${id}/restore`, { version: 1 })),
      ]);
      assert.ok(answers.every(({ status }) => [200, 201, 402].includes(status)));
      assert.ok(answers.some(({ status }) => status === 402));
      const live = await liveLinks(client);
      assert.equal(await used(client), live);
      // An atomic call of five may have found too little room; the last places are then free.
      assert.ok(live <= quota && live > quota - 5, `${live} live links`);
      await Promise.all(wanted(10).map((body) => client.post('/links', body)));
      assert.deepEqual([await liveLinks(client), await used(client)], [quota, quota]);
    });
  }
});

describe('the quota of links', () => {
  it('counts those that are not archived', async () => {
    const { client } = addUser(server, 'free');
    const [first] = await fill(client);
    assertRefused(await client.post('/links', { destinationUrl: 'https://example.com/' }));
    assert.equal((await client.delete(`/links/${first!.id}`)).status, 204);
    assert.equal(await used(client), quota - 1);
    // Archived twice is archived once.
    assert.equal((await client.delete(`/links/${first!.id}`)).status, 204);
    await client.createLink();
    assertRefused(await client.post('/links', { destinationUrl: 'https://example.com/' }));
  });

  it('is asked when a link is restored, by either way', async () => {
    const { client } = addUser(server, 'free');
    const [first] = await fill(client);
    await client.delete(`/links/${first!.id}`);
    await client.createLink();
    assertRefused(await client.patch(`/links/${first!.id}`, { isArchived: false, title: 'Back' }));
    assertRefused(await client.post(`/links/${first!.id}/restore`, { version: 1 }));
    const still = await client.link(first!.id);
    assert.deepEqual([still.isArchived, still.title], [true, null]);
    // Other changes of an archived link take no place.
    assert.equal((await client.patch(`/links/${first!.id}`, { title: 'Away' })).status, 200);
  });

  it('does not stand in the way of changes to what is there', async () => {
    const { client } = addUser(server, 'free');
    const [first, second] = await fill(client);
    assert.equal((await client.patch(`/links/${first!.id}`, { title: 'New', isArchived: false })).status, 200);
    assert.equal((await client.post(`/links/${first!.id}/restore`, { version: 1 })).status, 200);
    const change = { slug: second!.slug, destinationUrl: 'https://example.com/changed' };
    assert.equal((await client.send('PUT', '/links', change)).status, 200);
    assertRefused(await client.send('PUT', '/links', { ...change, slug: `${second!.slug}-new` }));
    const found = await client.post('/links', { destinationUrl: 'https://example.com/', findExisting: true });
    assert.equal(found.status, 200, found.text);
    const existing = { destinationUrl: 'https://example.com/', findExisting: true };
    const bulk = await client.post('/links/bulk', [existing, { ...existing, title: 'No room' }]);
    assert.deepEqual(
      bulkItems(bulk).map((item) => (item.success ? item.data.id : item.error.code)),
      [found.data<LinkObject>().id, 'LIMIT_REACHED'],
    );
    assertRefused(await client.post('/links', { destinationUrl: 'https://example.com/another', findExisting: true }));
  });

  it('is asked for each link of a bulk call; one that fails otherwise takes no place', async () => {
    const { client } = addUser(server, 'free');
    const [first] = await fill(client, 3);
    const taken = { destinationUrl: 'https://example.com/', slug: first!.slug };
    const answer = await client.post('/links/bulk', [...wanted(2), taken, { destinationUrl: 'no' }, ...wanted(3)]);
    assert.equal(answer.status, 200);
    assert.deepEqual(
      bulkItems(answer).map((item) => (item.success ? 'made' : item.error.code)),
      ['made', 'made', 'SLUG_EXISTS', 'INVALID_URL', 'made', 'LIMIT_REACHED', 'LIMIT_REACHED'],
    );
    assert.equal(await liveLinks(client), quota);
  });

  it('refuses an atomic bulk call as a whole', async () => {
    const { client } = addUser(server, 'free');
    await fill(client, 3);
    assertRefused(await client.post('/links/bulk?atomic=true', wanted(4)));
    assert.deepEqual([await liveLinks(client), await used(client)], [quota - 3, quota - 3]);
    assert.equal((await client.post('/links/bulk?atomic=true', wanted(3))).status, 201);
  });

  it('does not keep a refusal for an Idempotency-Key', async () => {
    const { client } = addUser(server, 'free');
    const [first] = await fill(client);
    const body = { destinationUrl: 'https://example.com/again' };
    const send = () => client.send('POST', '/links', body, { 'idempotency-key': 'once' });
    assertRefused(await send());
    await client.delete(`/links/${first!.id}`);
    const made = await send();
    assert.equal(made.status, 201);
    // The first answer again: it takes no place, and none is free.
    assert.equal((await send()).data<LinkObject>().id, made.data<LinkObject>().id);
  });

  it('is each user’s own, and there is none on the plan unlimited', async () => {
    const { client } = addUser(server, 'free');
    await fill(client);
    await addUser(server, 'free').client.createLink();
    const free = addUser(server).client;
    const answer = await free.post('/links/bulk', wanted(1_000));
    assert.equal(answer.status, 201);
    assert.equal(await used(free), 1_000);
  });

  it('keeps links that are too many when it becomes smaller, and counts right across restarts', async () => {
    const { client, email } = addUser(server, 'free');
    const links = await fill(client);
    assert.equal(await server.stop(), 0);
    const reader = openReader(server.dataFolder);
    const counted = reader.prepare(
      'SELECT user_id, sum(is_archived = 0) AS live, sum(is_archived) AS archived FROM links GROUP BY user_id ORDER BY user_id',
    );
    const kept = reader.prepare('SELECT user_id, live, archived FROM link_counts ORDER BY user_id');
    try {
      assert.deepEqual(kept.all(), counted.all(), email);
    } finally {
      reader.close();
    }
    server = await startServer({
      dataFolder: server.dataFolder,
      flags: ['--plans-free-max-links', '5', '--plans-free-requests-per-minute', '0'],
    });
    const again = new ApiClient(server.address, client.key);
    assert.equal(await liveLinks(again), quota);
    assert.equal((await again.visit(links[0]!.slug)).status, 302);
    assert.equal((await again.post('/links', { destinationUrl: 'https://example.com/' })).status, 402);
  });
});
