// GET /me and /usage, and a user's own keys: what they show, what they may grant, and when they end.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { secretLooksRight } from '../../src/accounts/key-format.ts';
import { addKey, addUser } from '../support/accounts.ts';
import { type ApiAnswer, ApiClient } from '../support/api-client.ts';
import { checkExchanges } from '../support/recorded-exchanges.ts';
import { closeServers, type ServerProcess, startServer } from '../support/server-process.ts';

after(closeServers);
checkExchanges();

let server: ServerProcess;
before(async () => {
  server = await startServer({ flags: ['--plans-pro-max-keys', '3', '--plans-pro-requests-per-minute', '0'] });
});

interface KeyObject {
  readonly id: string;
  readonly name: string;
  readonly hint: string;
  readonly scopes: readonly string[] | null;
  readonly expiresAt: string | null;
  readonly lastUsedAt: string | null;
  readonly createdAt: string;
}
type NewKeyObject = KeyObject & { readonly secret: string | null };

interface Me {
  readonly user: { readonly id: string; readonly email: string; readonly plan: string; readonly createdAt: string };
  readonly key: { readonly id: string; readonly scopes: readonly string[] | null; readonly expiresAt: string | null };
}

const me = async (client: ApiClient): Promise<Me> => (await client.get('/me')).data<Me>();

async function keysOf(client: ApiClient): Promise<KeyObject[]> {
  const answer = await client.get('/api-keys?perPage=100');
  assert.equal(answer.status, 200, answer.text);
  return answer.data<KeyObject[]>();
}

async function newKey(client: ApiClient, fields: object = {}): Promise<{ object: NewKeyObject; client: ApiClient }> {
  const answer = await client.post('/api-keys', { name: 'made', ...fields });
  assert.equal(answer.status, 201, answer.text);
  const object = answer.data<NewKeyObject>();
  return { object, client: new ApiClient(server.address, object.secret ?? undefined) };
}

function assertError(answer: ApiAnswer, status: number, code: string, path?: string): void {
  assert.deepEqual([answer.status, answer.error.code], [status, code], answer.text);
  if (path !== undefined)
    assert.deepEqual(
      answer.error.details?.map((detail) => detail.path),
      [path],
    );
}

const inOneHour = (): string => new Date(Date.now() + 3_600_000).toISOString();

describe('GET /me', () => {
  it('says who asks, and with which key', async () => {
    const { email, id, client } = addUser(server, 'pro');
    const answer = await client.get('/me');
    assert.equal(answer.status, 200);
    const { user, key } = answer.data<Me>();
    assert.deepEqual(Object.keys(user), ['id', 'email', 'name', 'plan', 'createdAt']);
    assert.match(user.id, /^usr_\w{16}$/);
    assert.deepEqual([user.email, user.plan], [email, 'pro']);
    assert.ok(Math.abs(Date.parse(user.createdAt) - Date.now()) < 3_600_000);
    assert.deepEqual(Object.keys(key), ['id', 'name', 'scopes', 'expiresAt']);
    assert.match(key.id, /^key_\w{16}$/);
    assert.deepEqual([key.scopes, key.expiresAt], [null, null]);
    assert.doesNotMatch(answer.text, /secret|hash/i);

    const narrow = await me(addKey(server, id, { scopes: ['qr:*'], expires: '1h' }));
    assert.deepEqual([narrow.user.id, narrow.key.scopes], [user.id, ['qr:*']]);
    assert.ok(Date.parse(narrow.key.expiresAt!) > Date.now());
  });
});

describe('GET /usage', () => {
  it('says what is used and what is allowed', async () => {
    const { client } = addUser(server, 'pro');
    const archived = await client.createLink();
    await client.createLink();
    await client.delete(`/links/${archived.id}`);
    const hook = { name: 'w', url: 'https://hooks.example/', events: ['*'] };
    const [kept, deleted] = [await client.post('/webhooks', hook), await client.post('/webhooks', hook)];
    assert.deepEqual([kept.status, deleted.status], [201, 201]);
    await client.delete(`/webhooks/${deleted.data<{ id: string }>().id}`);
    assert.deepEqual((await client.get('/usage')).data(), {
      plan: 'pro',
      links: { used: 1, limit: 10_000 },
      domains: { used: 0, limit: 10 },
      webhooks: { used: 1, limit: 20 },
      qrCodes: { used: 0, limit: 1_000 },
      galleries: { used: 0, limit: 10 },
      apiKeys: { used: 1, limit: 3 },
      requestsPerMinute: { limit: null },
    });
  });

  it('shows no limit as null', async () => {
    const { client } = addUser(server);
    assert.deepEqual((await client.get('/usage')).data(), {
      plan: 'unlimited',
      links: { used: 0, limit: null },
      domains: { used: 0, limit: null },
      webhooks: { used: 0, limit: null },
      qrCodes: { used: 0, limit: null },
      galleries: { used: 0, limit: null },
      apiKeys: { used: 1, limit: null },
      requestsPerMinute: { limit: null },
    });
  });
});

describe('POST /api-keys', () => {
  it('makes a key that works, and shows its secret this once', async () => {
    const { client } = addUser(server);
    const { object, client: made } = await newKey(client, { name: ' laptop ', scopes: ['links:write', 'links:read'] });
    assert.deepEqual(
      [object.name, object.scopes, object.expiresAt, object.lastUsedAt],
      ['laptop', ['links:read', 'links:write'], null, null],
    );
    assert.ok(secretLooksRight(object.secret!));
    assert.equal(object.hint, object.secret!.slice(-4));
    assert.equal((await me(made)).key.id, object.id);
    await made.createLink();
    const listed = await client.get('/api-keys');
    assert.ok(!listed.text.includes(object.secret!));
    assert.ok(!listed.text.includes('secret'));
    assert.deepEqual(
      listed.data<KeyObject[]>().map(({ id }) => id),
      [object.id, (await me(client)).key.id],
    );
  });

  it('makes one in the other format, and one that ends', async () => {
    const { client } = addUser(server);
    const expiresAt = inOneHour();
    const { object, client: made } = await newKey(client, { format: 'hex', expiresAt });
    assert.match(object.secret!, /^[0-9a-f]{32}$/);
    assert.equal(object.expiresAt, expiresAt);
    assert.equal((await me(made)).key.expiresAt, expiresAt);
  });

  const wrong: [name: string, body: unknown, code: string, path: string][] = [
    ['no name', {}, 'VALIDATION_ERROR', 'name'],
    ['an empty name', { name: ' ' }, 'VALIDATION_ERROR', 'name'],
    ['a name of two lines', { name: 'a\nb' }, 'VALIDATION_ERROR', 'name'],
    ['an unknown scope', { name: 'k', scopes: ['links:read', 'links:*'] }, 'VALIDATION_ERROR', 'scopes.1'],
    ['scopes as text', { name: 'k', scopes: 'links:read' }, 'VALIDATION_ERROR', 'scopes'],
    ['an end in the past', { name: 'k', expiresAt: '2020-01-01T00:00:00Z' }, 'INVALID_EXPIRATION', 'expiresAt'],
    ['an end without a zone', { name: 'k', expiresAt: '2999-01-01T00:00:00' }, 'INVALID_EXPIRATION', 'expiresAt'],
    ['an end too far away', { name: 'k', expiresAt: '2999-01-01T00:00:00Z' }, 'INVALID_EXPIRATION', 'expiresAt'],
    ['an unknown format', { name: 'k', format: 'jwt' }, 'VALIDATION_ERROR', 'format'],
    ['an unknown field', { name: 'k', userId: 1 }, 'VALIDATION_ERROR', 'userId'],
  ];
  it('refuses what makes no key, and says which field is at fault', async () => {
    const { client } = addUser(server);
    for (const [name, body, code, path] of wrong) {
      const answer = await client.post('/api-keys', body);
      assert.deepEqual(
        [name, answer.status, answer.error.code, answer.error.details?.map((detail) => detail.path)],
        [name, 400, code, [path]],
      );
    }
    assert.equal((await keysOf(client)).length, 1);
  });

  it('makes one key for one Idempotency-Key, and keeps its secret nowhere', async () => {
    const { client } = addUser(server);
    const send = () => client.send('POST', '/api-keys', { name: 'once' }, { 'idempotency-key': 'k-1' });
    const made = (await send()).data<NewKeyObject>();
    const again = await send();
    assert.equal(again.status, 201);
    assert.deepEqual(again.data(), { ...made, secret: null });
    assert.equal((await keysOf(client)).length, 2);
    const files = readdirSync(server.dataFolder).filter((name) => name.startsWith('signpost.db'));
    // Read by another process: SQLite's locks in this one would go with the first file that it closes.
    const bytes = files.map((name) => execFileSync('cat', [join(server.dataFolder, name)], { maxBuffer: 1e9 }));
    assert.ok(bytes.some((file) => file.includes(made.id)));
    assert.ok(!bytes.some((file) => file.includes(made.secret!)));
  });

  it('makes as many as the plan allows, also when they are asked for at once; revoking makes room', async () => {
    for (let round = 0; round < 5; round++) {
      const { client } = addUser(server, 'pro');
      const answers = await Promise.all(Array.from({ length: 20 }, () => client.post('/api-keys', { name: 'k' })));
      assert.equal(answers.filter(({ status }) => status === 201).length, 2);
      for (const answer of answers) if (answer.status !== 201) assertError(answer, 402, 'LIMIT_REACHED');
      const [newest] = await keysOf(client);
      assert.equal((await client.delete(`/api-keys/${newest!.id}`)).status, 204);
      await newKey(client);
      assertError(await client.post('/api-keys', { name: 'k' }), 402, 'LIMIT_REACHED');
    }
  });
});

describe('what a key may grant', () => {
  it('is what it holds: everything but admin, where it has no scopes', async () => {
    const { client } = addUser(server);
    assert.equal((await newKey(client, { scopes: ['links:read'] })).object.scopes?.length, 1);
    assert.equal((await newKey(client, { scopes: [] })).object.scopes, null);
    assertError(await client.post('/api-keys', { name: 'k', scopes: ['links:read', 'admin'] }), 403, 'FORBIDDEN');
  });

  it('is everything, where it has admin', async () => {
    const { id } = addUser(server);
    const admin = addKey(server, id, { scopes: ['admin'] });
    const { client: second } = await newKey(admin, { scopes: ['admin', 'qr:*'] });
    assert.equal((await newKey(second, {})).object.scopes, null);
  });

  it('is nothing, where it is narrowed to some scopes', async () => {
    const { id, client } = addUser(server);
    const narrow = addKey(server, id, { scopes: ['links:read', 'links:write', 'domains:write', 'qr:*'] });
    for (const scopes of [undefined, null, [], ['links:read'], ['admin']]) {
      assertError(await narrow.post('/api-keys', { name: 'k', scopes }), 403, 'FORBIDDEN');
    }
    assertError(await narrow.get('/api-keys'), 403, 'FORBIDDEN');
    assert.equal((await keysOf(client)).length, 2);
  });

  it('ends with it at the latest', async () => {
    const { id } = addUser(server);
    const shortLived = addKey(server, id, { expires: '1h' });
    const { expiresAt } = (await me(shortLived)).key;
    assert.equal((await newKey(shortLived)).object.expiresAt, expiresAt);
    const sooner = new Date(Date.parse(expiresAt!) - 60_000).toISOString();
    assert.equal((await newKey(shortLived, { expiresAt: sooner })).object.expiresAt, sooner);
    const later = new Date(Date.parse(expiresAt!) + 1).toISOString();
    assertError(await shortLived.post('/api-keys', { name: 'k', expiresAt: later }), 403, 'FORBIDDEN');
  });
});

describe('GET /api-keys', () => {
  it('lists the user’s own, the newest first, in pages and by cursor, without the revoked', async () => {
    const { client } = addUser(server);
    addUser(server);
    const made: string[] = [];
    for (let i = 0; i < 5; i++) made.unshift((await newKey(client, { name: `key ${i}` })).object.id);
    const revoked = await newKey(client);
    await client.delete(`/api-keys/${revoked.object.id}`);
    const all = [...made, (await me(client)).key.id];
    const ids = (answer: ApiAnswer) => answer.data<KeyObject[]>().map(({ id }) => id);

    const second = await client.get('/api-keys?page=2&perPage=4');
    assert.deepEqual(ids(second), all.slice(4));
    const { nextCursor: last, ...meta } = second.meta as unknown as Record<string, unknown>;
    assert.deepEqual([meta, last], [{ page: 2, perPage: 4, total: 6, hasMore: false }, null]);

    const walked: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const page = await client.get(`/api-keys?perPage=2${cursor === '' ? '' : `&cursor=${cursor}`}`);
      walked.push(...ids(page));
      cursor = (page.meta as unknown as { nextCursor: string | null }).nextCursor;
      // What is made meanwhile moves no page.
      if (walked.length === 2) await newKey(client);
    }
    assert.deepEqual(walked, all);
  });

  for (const question of ['page=0', 'perPage=101', 'cursor=x', 'cursor=MQ&page=1', 'sort=name']) {
    it(`refuses ?${question}`, async () => {
      assertError(await addUser(server).client.get(`/api-keys?${question}`), 400, 'VALIDATION_ERROR');
    });
  }

  it('shows when each was last used', async () => {
    const start = Date.now();
    const { client, id } = addUser(server);
    const other = addKey(server, id);
    // Its use is stored before its link: by the time the link is there, so is the use.
    await client.createLink();
    const [unused, used] = await keysOf(client);
    assert.equal(unused?.lastUsedAt, null);
    const usedAt = Date.parse(used?.lastUsedAt ?? '');
    assert.ok(usedAt >= start && usedAt <= Date.now());
    await other.createLink();
    assert.ok((await keysOf(client))[0]!.lastUsedAt !== null);
  });
});

describe('DELETE /api-keys/:id', () => {
  it('ends a key at once, and again is fine', async () => {
    const { client } = addUser(server);
    const { object, client: made } = await newKey(client);
    await me(made);
    assert.equal((await client.delete(`/api-keys/${object.id}`)).status, 204);
    assertError(await made.get('/me'), 401, 'UNAUTHORIZED');
    assert.equal((await client.delete(`/api-keys/${object.id}`)).status, 204);
  });

  it('ends the key in use', async () => {
    const { client } = addUser(server);
    assert.equal((await client.delete(`/api-keys/${(await me(client)).key.id}`)).status, 204);
    assertError(await client.get('/me'), 401, 'UNAUTHORIZED');
  });

  it('lets a narrowed key end itself, and no other', async () => {
    const { client, id } = addUser(server);
    const narrow = addKey(server, id, { scopes: ['links:read'] });
    assertError(await narrow.delete(`/api-keys/${(await me(client)).key.id}`), 403, 'FORBIDDEN');
    assert.equal((await narrow.delete(`/api-keys/${(await me(narrow)).key.id}`)).status, 204);
    assertError(await narrow.get('/me'), 401, 'UNAUTHORIZED');
    assert.equal((await client.get('/me')).status, 200);
  });

  it('knows no other user’s key', async () => {
    const [one, other] = [addUser(server).client, addUser(server).client];
    const { id } = (await me(other)).key;
    assertError(await one.delete(`/api-keys/${id}`), 404, 'NOT_FOUND');
    assertError(await one.delete('/api-keys/key_nothing'), 404, 'NOT_FOUND');
    assert.equal((await other.get('/me')).status, 200);
  });
});
