// Who may ask for what: keys, scopes, methods and paths, before any route looks at the question.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { openForCommand } from '../../src/storage/database.ts';
import { ApiClient, type HttpAnswer, sendRequest } from '../support/api-client.ts';
import { checkExchanges } from '../support/recorded-exchanges.ts';
import { closeServers, startServer } from '../support/server-process.ts';
import { addKey, addUser, revokeKey } from './other-users.ts';
import { sendRaw } from './raw-connection.ts';

after(closeServers);
checkExchanges();

// One address tries more wrong keys here than a guesser would be allowed.
const server = await startServer({ flags: ['--limits-wrong-keys-per-minute', '0'] });
const api = ApiClient.of(server);
const link = await api.createLink({ slug: 'known' });
const scoped = await api.createLink({ slug: 'scoped' });
const to = 'https://example.com/';

function withAuthorization(authorization: string | undefined, method = 'GET'): Promise<HttpAnswer> {
  const headers = authorization === undefined ? {} : { authorization };
  return sendRequest(server.address, { method, path: '/api/v1/links', headers });
}

function assertUnauthorized({ status, headers, text }: HttpAnswer): void {
  const { error } = JSON.parse(text) as { error: { code: string } };
  assert.deepEqual([status, error.code, headers['www-authenticate']], [401, 'UNAUTHORIZED', 'Bearer']);
}

describe('a key', () => {
  it('opens the API, in either form and however the scheme is written', async () => {
    const hex = await addKey(server, 'admin@localhost', { format: 'hex' });
    assert.match(hex.key!, /^[0-9a-f]{32}$/);
    assert.equal((await hex.get('/links')).status, 200);
    for (const scheme of ['Bearer', 'bearer', 'BEARER']) {
      assert.equal((await withAuthorization(`${scheme} ${api.key}`)).status, 200);
    }
  });

  const wrong: [name: string, authorization: string | undefined][] = [
    ['missing', undefined],
    ['empty', ''],
    ['of another scheme', `Basic ${Buffer.from(`admin:${api.key}`).toString('base64')}`],
    ['without a scheme', api.key!],
    ['with something behind it', `Bearer ${api.key} x`],
    ['cut short', `Bearer ${api.key!.slice(0, -1)}`],
    ['mistyped', `Bearer ${api.key!.replace(/.$/, (last) => (last === 'a' ? 'b' : 'a'))}`],
    ['in another case', `Bearer ${api.key!.toUpperCase()}`],
  ];
  for (const [name, authorization] of wrong) {
    it(`does not when it is ${name}`, async () => {
      const answer = await withAuthorization(authorization);
      assertUnauthorized(answer);
      assert.ok(!answer.text.includes(api.key!));
    });
  }

  it('is asked for before the body is looked at, and before it is said what there is', async () => {
    const anyone = new ApiClient(server.address, undefined);
    assertUnauthorized(await anyone.post('/links', { nonsense: true }));
    assertUnauthorized(await anyone.get(`/links/${link.id}`));
    assertUnauthorized(await anyone.get('/links/lnk_0000000000000000'));
  });

  it('stops at once when it is revoked', async () => {
    const client = await addKey(server, 'admin@localhost');
    assert.equal((await client.get('/links')).status, 200);
    await revokeKey(server, client);
    assertUnauthorized(await client.get('/links'));
    assert.equal((await api.get('/links')).status, 200);
  });

  it('stops when it expires', async () => {
    const client = await addUser(server, 'late');
    assert.equal((await client.get('/links')).status, 200);
    const connection = openForCommand(server.dataFolder);
    connection.prepare('UPDATE api_keys SET expires_at = ? WHERE hint = ?').run(Date.now(), client.key!.slice(-4));
    connection.close();
    assertUnauthorized(await client.get('/links'));
  });
});

describe('a scope', () => {
  const requests: [method: string, path: string, body: unknown, scope: string][] = [
    ['GET', '/links', undefined, 'links:read'],
    ['HEAD', '/links', undefined, 'links:read'],
    ['GET', `/links/${scoped.id}`, undefined, 'links:read'],
    ['POST', '/links', { destinationUrl: to }, 'links:write'],
    ['PATCH', `/links/${scoped.id}`, { title: 'x' }, 'links:write'],
    ['DELETE', `/links/${scoped.id}`, undefined, 'links:write'],
    ['GET', `/links/${scoped.id}/stats`, undefined, 'analytics:read'],
  ];
  const scopes = ['links:read', 'links:write', 'analytics:read', 'domains:write', 'admin'];
  const keys = new Map<string, ApiClient>();
  before(async () => {
    const made = await Promise.all(scopes.map((scope) => addKey(server, 'admin@localhost', { scopes: [scope] })));
    made.forEach((client, position) => keys.set(scopes[position]!, client));
  });

  for (const [method, path, body, needed] of requests) {
    it(`${needed} is what ${method} ${path.replace(scoped.id, ':id')} asks for`, async () => {
      const before = await api.link(scoped.id);
      for (const [scope, client] of keys) {
        if (scope === needed || scope === 'admin') continue;
        const answer = await client.send(method, path, body);
        assert.equal(answer.status, 403, scope);
        if (method !== 'HEAD') assert.equal(answer.error.code, 'FORBIDDEN');
      }
      assert.deepEqual(await api.link(scoped.id), before);
      for (const scope of [needed, 'admin']) {
        const answer = await keys.get(scope)!.send(method, path, body);
        assert.ok(answer.status < 300, `${scope}: ${answer.text}`);
      }
    });
  }
});

describe('a path', () => {
  const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
  const paths: [path: string, methods: string[]][] = [
    ['/api/v1/links', ['GET', 'HEAD', 'POST', 'PUT']],
    [`/api/v1/links/${link.id}`, ['GET', 'HEAD', 'PATCH', 'DELETE']],
    [`/api/v1/links/${link.id}/stats`, ['GET', 'HEAD']],
    ['/healthz', ['GET', 'HEAD']],
    ['/readyz', ['GET', 'HEAD']],
  ];
  for (const [path, allowed] of paths) {
    it(`${path.replace(link.id, ':id')} takes ${allowed.join(', ')} and says so`, async () => {
      for (const method of methods) {
        const answer = await sendRequest(server.address, { method, path });
        if (allowed.includes(method)) {
          assert.notEqual(answer.status, 405, method);
          continue;
        }
        const { error } = JSON.parse(answer.text) as { error: { code: string } };
        assert.deepEqual([answer.status, error.code], [405, 'METHOD_NOT_ALLOWED'], method);
        assert.deepEqual(answer.headers.allow?.split(', ').sort(), allowed.toSorted());
      }
    });
  }

  it('may end in a slash', async () => {
    assert.equal((await api.get('/links/')).text, (await api.get('/links')).text);
    assert.equal((await api.get(`/links/${link.id}/`)).text, (await api.get(`/links/${link.id}`)).text);
    assert.equal((await api.get(`/links/${link.id}/stats/`)).status, 200);
    assert.equal((await api.get('/links/?perPage=1')).meta.perPage, 1);
  });

  it('that is unknown is 404 in the envelope, with or without a key', async () => {
    for (const path of ['/nope', '/links/a/b/c', '', '/']) {
      for (const client of [api, new ApiClient(server.address, undefined)]) {
        const answer = await client.get(path);
        assert.deepEqual([answer.status, answer.error.code], [404, 'NOT_FOUND'], path);
        assert.equal(answer.headers['content-type'], 'application/json; charset=utf-8');
      }
    }
  });
});

describe('HEAD', () => {
  for (const path of ['/links', `/links/${link.id}`, `/links/${link.id}/stats`, '/links/unknown', '/nope']) {
    it(`answers ${path.replace(link.id, ':id')} as GET does, without the body`, async () => {
      const [head, get] = await Promise.all([api.send('HEAD', path), api.get(path)]);
      assert.deepEqual([head.status, head.text], [get.status, '']);
      for (const name of ['content-type', 'content-length', 'cache-control']) {
        assert.equal(head.headers[name], get.headers[name], name);
      }
    });
  }
});

describe('health', () => {
  it('is told to anyone', async () => {
    for (const [path, status] of [
      ['/healthz', 'ok'],
      ['/readyz', 'ready'],
    ] as const) {
      const answer = await sendRequest(server.address, { path });
      assert.deepEqual([answer.status, JSON.parse(answer.text)], [200, { success: true, data: { status } }]);
    }
  });
});

describe('X-Request-Id', () => {
  it('stands once on every answer, and never twice the same', async () => {
    const gone = await api.createLink({ slug: 'gone' });
    await api.createLink({ slug: 'over', oneTime: true, expiredUrl: to });
    await api.createLink({ slug: 'locked', password: 'correct horse' });
    await api.createLink({ slug: 'card', ogTitle: 'Card' });
    const open = await api.createLink({ publicStats: true });
    await api.visit('over');
    const answers: HttpAnswer[] = await Promise.all([
      api.get('/links'),
      api.send('HEAD', '/links'),
      api.post('/links', { destinationUrl: to }),
      api.post('/links', { destinationUrl: 'nowhere' }),
      api.delete(`/links/${gone.id}`),
      api.get('/links/unknown'),
      api.get('/nope'),
      api.send('PATCH', '/links'),
      api.send('POST', '/links', {}, { 'content-type': 'text/plain' }),
      withAuthorization(undefined),
      ...['/healthz', '/readyz', '/', '/unknown', '/robots.txt'].map((path) => sendRequest(server.address, { path })),
      sendRequest(server.address, { path: '/known', method: 'POST' }),
      sendRequest(server.address, { path: '/known', method: 'TRACE' }),
      api.visit('known'),
      api.visit('known', {}, 'HEAD'),
      api.visit('over'),
      ...['/docs', '/openapi.json', '/favicon.ico', '/known+', `/stats/${open.id}`, '/internal/tls-check'].map((path) =>
        sendRequest(server.address, { path }),
      ),
      sendRequest(server.address, { path: '/openapi.json', headers: { 'if-none-match': '*' } }),
      api.visit('locked'),
      api.visit('card', { 'user-agent': 'facebookexternalhit/1.1' }),
      ...['correct horse', 'wrong'].map((password) =>
        sendRequest(server.address, {
          method: 'POST',
          path: '/locked',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ password }),
        }),
      ),
      api.send('POST', '/links', undefined, { 'content-length': 2 ** 21, connection: 'close' }),
      new ApiClient(server.address, undefined).post('/qr/generate', { url: to }),
      api.get(`/links/${open.id}/clicks?format=csv`),
      api.get('/analytics/overview'),
    ]);
    answers.push(await api.visit('gone'), await api.visit('gone', { accept: 'application/json' }));
    const ids = answers.map(({ headers }) => headers['x-request-id']);
    for (const bytes of ['GET / HTTP/1.1\r\n\r\n', 'garbage\r\n\r\n']) {
      const [answer] = await sendRaw(server.port, bytes);
      ids.push(answer?.headers.get('x-request-id')?.join());
    }
    ids.forEach((id, position) => assert.match(String(id), /^req_[0-9A-Za-z]+$/, `answer ${position}`));
    assert.equal(new Set(ids).size, ids.length);
  });
});
