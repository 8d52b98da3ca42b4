// Versions of a link: who changed what, and the way back; and cursors and findExisting, which look at the same links.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { openForCommand } from '../../src/storage/database.ts';
import { addKey, addUser } from '../support/accounts.ts';
import { ApiClient, type HttpAnswer, type LinkObject, sendRequest } from '../support/api-client.ts';
import { checkExchanges } from '../support/recorded-exchanges.ts';
import { closeServers, runSignpost, type ServerProcess, startServer } from '../support/server-process.ts';

after(closeServers);
checkExchanges();

let server: ServerProcess;
let client: ApiClient;
let other: ApiClient;
before(async () => {
  server = await startServer();
  client = ApiClient.of(server);
  const folder = ['--data-dir', server.dataFolder];
  const user = await runSignpost(['users', 'create', '--email', 'other@example.com', '--name', 'Other', ...folder]);
  const key = await runSignpost(['keys', 'create', '--user', user.stdout.trim(), '--name', 'k', ...folder]);
  other = new ApiClient(server.address, key.stdout.trim());
});

/** As its verification would leave it, open to everybody. Servers learn of it when they start. */
function addDomain(dataFolder: string, host: string): void {
  const connection = openForCommand(dataFolder);
  connection
    .prepare(
      `INSERT INTO domains (public_id, user_id, host, status, serves, verification_token, verified_at, created_at, updated_at)
       VALUES ('dom_history', NULL, ?, 'verified', 1, '', 1, 1, 1)`,
    )
    .run(host);
  connection.close();
}

async function restart(): Promise<void> {
  await server.stop();
  server = await startServer({ dataFolder: server.dataFolder });
  client = new ApiClient(server.address, client.key);
  other = new ApiClient(server.address, other.key);
}

interface Version {
  readonly version: number;
  readonly changedAt: string;
  readonly changedBy: string;
  readonly changes: Record<string, { before: unknown; after: unknown }>;
}
const historyOf = async (id: string): Promise<Version[]> =>
  (await client.get(`/links/${id}/history`)).data<Version[]>();

describe('the history of a link', () => {
  it('has every change with what was before and after, and by which key', async () => {
    const { id } = await client.createLink({ title: 'One', tags: ['a'] });
    await client.patch(`/links/${id}`, { title: 'Two', tags: ['b', 'c'] });
    await client.patch(`/links/${id}`, { utmSource: 'mail' });
    await client.delete(`/links/${id}`);
    const versions = await historyOf(id);
    assert.deepEqual(
      versions.map(({ version }) => version),
      [4, 3, 2, 1],
    );
    assert.deepEqual(
      versions.map(({ changes }) => Object.keys(changes)),
      [['isArchived'], ['utm'], ['title', 'tags'], []],
    );
    assert.deepEqual(versions[2]?.changes['tags'], { before: ['a'], after: ['b', 'c'] });
    for (const { changedBy, changedAt } of versions) {
      assert.match(changedBy, /^key_/);
      assert.ok(!Number.isNaN(Date.parse(changedAt)));
    }
  });

  it('has each change, in whatever way it is made, by the key that made it', async () => {
    const { client: first, id: userId } = addUser(server);
    const second = addKey(server, userId);
    const keyOf = async (by: ApiClient): Promise<string> =>
      (await by.get('/me')).data<{ key: { id: string } }>().key.id;
    const keys = [await keyOf(first), await keyOf(second)];
    const start = Date.now();
    const { id, slug } = await first.createLink({ slug: 'every-way' });
    const steps = [
      () => second.patch(`/links/${id}`, { title: 'One' }),
      () => first.send('PUT', '/links', { destinationUrl: 'https://example.com/put', slug }),
      () => second.delete(`/links/${id}`),
      () => first.patch(`/links/${id}`, { isArchived: false }),
      () => second.post('/links/bulk-archive', { ids: [id] }),
      () => first.post(`/links/${id}/restore`, { version: 1 }),
    ];
    for (const step of steps) assert.ok((await step()).status < 300);
    const versions = (await first.get(`/links/${id}/history`)).data<Version[]>();
    assert.deepEqual(
      versions.map(({ changedBy, changes }) => [changedBy, Object.keys(changes).toSorted()]),
      [
        [keys[0], ['destinationUrl', 'isArchived', 'title']],
        [keys[1], ['isArchived']],
        [keys[0], ['isArchived']],
        [keys[1], ['isArchived']],
        [keys[0], ['destinationUrl']],
        [keys[1], ['title']],
        [keys[0], []],
      ],
    );
    const times = versions.map(({ changedAt }) => Date.parse(changedAt)).toReversed();
    assert.ok(times.every((time, n) => time >= (times[n - 1] ?? start)));
    // A key that is gone is still who did it.
    await first.delete(`/api-keys/${keys[1]}`);
    assert.equal((await first.get(`/links/${id}/history`)).data<Version[]>()[1]?.changedBy, keys[1]);
  });

  it('never shows a password or its hash', async () => {
    const { id } = await client.createLink({ password: 'very secret' });
    await client.patch(`/links/${id}`, { password: 'more secret' });
    await client.patch(`/links/${id}`, { password: null });
    const answer = await client.get(`/links/${id}/history`);
    assert.doesNotMatch(answer.text, /secret|argon2/);
    assert.deepEqual((await historyOf(id))[0]?.changes['password'], { before: true, after: false });
  });

  it('shows fields as callers set them, and nothing of how the server holds them', async () => {
    addDomain(server.dataFolder, 'history.example');
    await restart();
    const { id, slug } = await client.createLink({ expiresAt: '2040-01-02T03:04:05+01:00', utmSource: 'mail' });
    const body = { expiresAt: null, domain: 'history.example', utmSource: null, iosUrl: 'app://x', metadata: { a: 1 } };
    await client.patch(`/links/${id}`, body);
    assert.deepEqual((await historyOf(id))[0]?.changes, {
      domain: { before: '127.0.0.1', after: 'history.example' },
      expiresAt: { before: '2040-01-02T02:04:05.000Z', after: null },
      iosUrl: { before: null, after: 'app://x' },
      metadata: { before: null, after: { a: 1 } },
      utm: {
        before: { source: 'mail', medium: null, campaign: null, term: null, content: null },
        after: { source: null, medium: null, campaign: null, term: null, content: null },
      },
    });
    const restored = (await client.post(`/links/${id}/restore`, { version: 1 })).data<
      LinkObject & { expiresAt: string }
    >();
    assert.deepEqual(
      [restored.domain, restored.slug, restored.expiresAt],
      ['127.0.0.1', slug, '2040-01-02T02:04:05.000Z'],
    );
  });

  it('leads back to an earlier version, as a new one', async () => {
    const { id, slug } = await client.createLink({
      destinationUrl: 'https://example.com/1',
      title: 'One',
      tags: ['a'],
    });
    await client.patch(`/links/${id}`, { destinationUrl: 'https://example.com/2', title: null, tags: [] });
    const restored = (await client.post(`/links/${id}/restore`, { version: 1 })).data<LinkObject>();
    assert.equal(restored.title, 'One');
    assert.deepEqual(restored.tags, ['a']);
    assert.equal((await sendRequest(server.address, { path: `/${slug}` })).headers.location, 'https://example.com/1');
    assert.equal((await historyOf(id)).length, 3);
  });

  it('brings an archived link back, and takes one down again', async () => {
    const { id, slug } = await client.createLink();
    await client.delete(`/links/${id}`);
    const listed = (await client.get('/links?archived=true')).data<LinkObject[]>();
    assert.equal(listed.find((one) => one.id === id)?.isArchived, true);
    assert.ok(!(await client.get('/links?perPage=100')).data<LinkObject[]>().some((one) => one.id === id));
    assert.equal((await client.visit(slug)).status, 410);
    const restored = await client.post(`/links/${id}/restore`, { version: 1 });
    assert.equal(restored.data<LinkObject>().isArchived, false);
    assert.equal((await client.visit(slug)).status, 302);
    const again = await client.post(`/links/${id}/restore`, { version: 2 });
    assert.equal(again.data<LinkObject>().isArchived, true);
    assert.equal((await client.visit(slug)).status, 410);
  });

  it('brings a password back, with which no cookie of before opens the link', async () => {
    const { id, slug } = await client.createLink({ password: 'first one' });
    const unlock = (password: string): Promise<HttpAnswer> =>
      sendRequest(server.address, {
        method: 'POST',
        path: `/${slug}`,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ password }),
      });
    const cookies: string[] = [];
    for (const password of ['first one', 'second one']) {
      await client.patch(`/links/${id}`, { password });
      const cookie = (await unlock(password)).headers['set-cookie']?.join().split(';', 1)[0] ?? '';
      assert.equal((await client.visit(slug, { cookie })).status, 302);
      cookies.push(cookie);
    }
    assert.equal((await client.post(`/links/${id}/restore`, { version: 1 })).status, 200);
    for (const cookie of cookies) assert.equal((await client.visit(slug, { cookie })).status, 200);
    assert.deepEqual([(await unlock('second one')).status, (await unlock('first one')).status], [401, 303]);
  });

  it('does not restore a slug that somebody else has taken since', async () => {
    const { id } = await client.createLink({ slug: 'history-old' });
    await client.patch(`/links/${id}`, { slug: 'history-new' });
    await other.createLink({ slug: 'history-old' });
    const answer = await client.post(`/links/${id}/restore`, { version: 1 });
    assert.equal(answer.error.code, 'SLUG_EXISTS');
    assert.equal((await client.link(id)).slug, 'history-new');
  });

  it("knows no version that never was, and is nobody else's", async () => {
    const { id } = await client.createLink();
    for (const version of [1, 2, 99]) {
      assert.equal((await client.post(`/links/${id}/restore`, { version })).error.code, 'NOT_FOUND');
    }
    for (const body of [{}, { version: 0 }, { version: '1' }, { version: 1.5 }, []]) {
      assert.equal((await client.post(`/links/${id}/restore`, body)).error.code, 'VALIDATION_ERROR');
    }
    assert.equal((await other.get(`/links/${id}/history`)).status, 404);
    assert.equal((await other.post(`/links/${id}/restore`, { version: 1 })).status, 404);
  });
});

describe('findExisting', () => {
  const find = (fields: object, by = client) => by.post('/links', { findExisting: true, ...fields });

  it("returns the caller's identical live link instead of another", async () => {
    const fields = { destinationUrl: 'https://example.com/existing', title: 'T', tags: ['a'] };
    const made = await find(fields);
    assert.equal(made.status, 201);
    const found = await find(fields);
    assert.equal(found.status, 200);
    assert.equal(found.data<LinkObject>().id, made.data<LinkObject>().id);
    const { slug, id } = made.data<LinkObject>();
    assert.equal((await find({ ...fields, slug })).data<LinkObject>().id, id);
  });

  it('takes none that is used up: nobody could open it', async () => {
    for (const limit of [{ oneTime: true }, { clickLimit: 2 }]) {
      const fields = { destinationUrl: 'https://example.com/limited', ...limit };
      const { id, slug } = (await find(fields)).data<LinkObject>();
      assert.equal((await find(fields)).data<LinkObject>().id, id);
      while ((await client.visit(slug)).status === 302) continue;
      const fresh = await find(fields);
      assert.equal(fresh.status, 201);
      assert.equal((await client.visit(fresh.data<LinkObject>().slug)).status, 302);
    }
  });

  it('takes nothing for identical that differs', async () => {
    const fields = { destinationUrl: 'https://example.com/different' };
    const { id } = (await find(fields)).data<LinkObject>();
    assert.equal((await find({ ...fields, title: 'T' })).status, 201);
    assert.equal((await find({ ...fields, clickLimit: 3 })).status, 201);
    assert.equal((await find({ ...fields, password: 'secret' })).status, 201);
    assert.equal((await find({ ...fields, password: 'secret' })).status, 201);
    assert.equal((await find(fields, other)).status, 201);
    await client.delete(`/links/${id}`);
    assert.equal((await find(fields)).status, 201);
  });

  it('makes one link when many ask at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 30 }, () => find({ destinationUrl: 'https://example.com/together' })),
    );
    assert.equal(new Set(answers.map((answer) => answer.data<LinkObject>().id)).size, 1);
    assert.equal(answers.filter((answer) => answer.status === 201).length, 1);
  });
});

describe('a cursor', () => {
  const slugs = (answer: { data<T>(): T }): string[] => answer.data<LinkObject[]>().map((link) => link.slug);

  for (const sort of ['created', 'updated', 'clicks']) {
    for (const order of ['asc', 'desc']) {
      it(`leads through all links once, by ${sort} ${order}, while others are made`, async () => {
        const tag = `cursor-${sort}-${order}`;
        const made = new Set<string>();
        for (let i = 0; i < 11; i++) made.add((await client.createLink({ tags: [tag] })).slug);
        const seen: string[] = [];
        let cursor: string | null = null;
        do {
          const question: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
          const answer = await client.get(`/links?tag=${tag}&sort=${sort}&order=${order}&perPage=3${question}`);
          seen.push(...slugs(answer));
          cursor = (answer.meta as unknown as { nextCursor: string | null }).nextCursor;
          assert.equal(answer.meta.hasMore, cursor !== null);
          if (order === 'desc' && sort !== 'clicks') await client.createLink({ tags: [tag] });
        } while (cursor !== null);
        assert.equal(new Set(seen).size, seen.length);
        for (const slug of made) assert.ok(seen.includes(slug), slug);
      });
    }
  }

  it('is refused when it is none, or of another order, or beside a page', async () => {
    const { nextCursor } = (await client.get('/links?perPage=1')).meta as unknown as { nextCursor: string };
    for (const question of [
      'cursor=x',
      `cursor=${nextCursor}&sort=clicks`,
      `cursor=${nextCursor}&order=asc`,
      `cursor=${nextCursor}&page=2`,
    ]) {
      const answer = await client.get(`/links?${question}`);
      assert.equal(answer.error.code, 'VALIDATION_ERROR', question);
      assert.ok(
        answer.error.details?.some((detail) => detail.path === 'cursor'),
        question,
      );
    }
  });
});
