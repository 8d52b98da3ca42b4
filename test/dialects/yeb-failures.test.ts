import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { addUser } from '../support/accounts.ts';
import { type ApiClient, type HttpAnswer, personsBrowser, sendRequest } from '../support/api-client.ts';
import { dialectKeys, sendJson, startServerAs } from '../support/dialects.ts';
import { closeServers, stoppedTimer } from '../support/server-process.ts';

after(closeServers);

const server = await startServerAs('https://yeb.to', {
  flags: ['--dialects-yeb-requests-per-second', '0', '--limits-wrong-keys-per-minute', '0'],
});
const user = addUser(server);
const key = user.client.key!;
const path = (name: string): string => `/v1/short-links/${name}`;

async function make(fields: object): Promise<void> {
  const body = { api_key: key, original_url: 'https://example.com/', ...fields };
  const answer = await sendJson(server.address, path('create-basic'), body);
  assert.equal(answer.status, 200, answer.text);
}

describe('the failures of yeb.to', () => {
  const other = addUser(server);
  const keys = dialectKeys(server, user.id);
  const good = { original_url: 'https://example.com/' };
  const huge = 'a'.repeat(1_100_000);
  type Case = [name: string, body: unknown, code: number, error: string];
  const wrongUrl = 'original_url must be an absolute http:// or https:// URL';
  const wrongAlias = 'alias must be 1 to 100 letters of A to Z, digits, "-" or "_"';
  const wrongTime = 'expires_at must be an ISO 8601 time with an offset, such as 2030-01-31T12:00:00Z';
  const withKey = (body: object): object => ({ api_key: key, ...body });
  const cases: Case[] = [
    ['create-basic', good, 401, 'api_key is required'],
    ['create-basic', { ...good, api_key: '' }, 401, 'api_key is required'],
    ['create-basic', { ...good, api_key: null }, 401, 'api_key is required'],
    ['create-basic', { ...good, api_key: 7 }, 401, 'api_key must be a string'],
    ['create-basic', { ...good, api_key: [key] }, 401, 'api_key must be a string'],
    ['create-basic', { ...good, api_key: { key } }, 401, 'api_key must be a string'],
    ['create-basic', { ...good, api_key: 'YOUR_KEY' }, 401, 'the API key is not valid'],
    ['create-basic', { ...good, api_key: `${key} ` }, 401, 'the API key is not valid'],
    ['create-basic', { ...good, api_key: '\0' }, 401, 'the API key is not valid'],
    ['create-basic', { ...good, api_key: 'a'.repeat(100_000) }, 401, 'the API key is not valid'],
    ['create-basic', { ...good, api_key: keys.revoked }, 403, 'api_key is not active'],
    ['create-basic', { ...good, api_key: keys.readOnly }, 403, 'this key lacks the scope links:write'],
    ['stats', { code: 'basic', api_key: keys.readOnly }, 403, 'this key lacks the scope analytics:read'],
    ['create-basic', withKey({}), 422, 'original_url is required'],
    ['create-basic', withKey({ original_url: null }), 422, 'original_url must be a string'],
    ['create-basic', withKey({ original_url: 7 }), 422, 'original_url must be a string'],
    ['create-basic', withKey({ original_url: ['https://example.com'] }), 422, 'original_url must be a string'],
    ['create-basic', withKey({ original_url: '' }), 422, wrongUrl],
    ['create-basic', withKey({ original_url: 'javascript:alert(1)' }), 422, wrongUrl],
    ['create-basic', withKey({ original_url: 'ftp://example.com' }), 422, wrongUrl],
    ['create-basic', withKey({ original_url: 'mailto:a@example.com' }), 422, wrongUrl],
    ['create-basic', withKey({ original_url: 'https://' }), 422, wrongUrl],
    ['create-basic', withKey({ original_url: 'exa mple.com' }), 422, wrongUrl],
    [
      'create-basic',
      withKey({ original_url: 'https://a:b@example.com' }),
      422,
      'original_url carries a user name or password',
    ],
    [
      'create-basic',
      withKey({ original_url: 'https://yeb.to/l/basic' }),
      422,
      "original_url leads back to one of this server's own short domains",
    ],
    [
      'create-basic',
      withKey({ original_url: 'https://example.com/\0' }),
      422,
      'original_url contains a control character, tab or line break',
    ],
    [
      'create-basic',
      withKey({ original_url: 'https://example.com/\ud800' }),
      422,
      'original_url contains half of a surrogate pair',
    ],
    [
      'create-basic',
      withKey({ original_url: `example.com/${'a'.repeat(8200)}` }),
      422,
      'original_url is longer than 8192 bytes',
    ],
    ['create-basic', withKey({ ...good, alias: '' }), 422, wrongAlias],
    ['create-basic', withKey({ ...good, alias: 7 }), 422, 'alias must be a string'],
    ['create-basic', withKey({ ...good, alias: ['a'] }), 422, 'alias must be a string'],
    ['create-basic', withKey({ ...good, alias: 'with space' }), 422, wrongAlias],
    ['create-basic', withKey({ ...good, alias: 'ключ' }), 422, wrongAlias],
    ['create-basic', withKey({ ...good, alias: 'a/b' }), 422, wrongAlias],
    ['create-basic', withKey({ ...good, alias: 'a'.repeat(101) }), 422, wrongAlias],
    ['create-basic', withKey({ ...good, alias: 'healthz' }), 422, 'alias is reserved'],
    ['create-basic', withKey({ ...good, alias: 'basic' }), 422, 'alias is taken on this domain'],
    ['create-basic', withKey({ ...good, alias: 'AB12CDE' }), 422, 'alias is taken on this domain'],
    ['create-basic', withKey({ ...good, alias: 'is-deleted' }), 422, 'alias is taken on this domain'],
    ['create-basic', withKey({ ...good, alias: 'theirs' }), 422, 'alias is taken on this domain'],
    ['create-basic', withKey({ ...good, short_code: 'theirs' }), 422, 'short_code is taken on this domain'],
    ['create-basic', withKey({ ...good, short_code: 'basic' }), 422, 'short_code is taken on this domain'],
    ['create-basic', withKey({ ...good, short_code: 'is-deleted' }), 422, 'short_code is taken on this domain'],
    [
      'create-basic',
      withKey({ ...good, alias: 'same', short_code: 'same' }),
      422,
      'alias and short_code must be different',
    ],
    ['create-basic', withKey({ ...good, short_code: 'API' }), 422, 'short_code is reserved'],
    ['create-basic', withKey({ ...good, short_code: true }), 422, 'short_code must be a string'],
    ['create-basic', withKey({ ...good, password: 'abc' }), 422, 'password is shorter than 4 characters'],
    ['create-basic', withKey({ ...good, password: 1234 }), 422, 'password must be a string'],
    ['create-basic', withKey({ ...good, password: 'a'.repeat(101) }), 422, 'password is longer than 100 characters'],
    ['create-basic', withKey({ ...good, expires_at: 'tomorrow' }), 422, wrongTime],
    ['create-basic', withKey({ ...good, expires_at: 1767225540 }), 422, 'expires_at must be a string'],
    ['create-basic', withKey({ ...good, expires_at: '2025-02-30T00:00:00Z' }), 422, wrongTime],
    ['create-basic', withKey({ ...good, click_limit: 0 }), 422, 'click_limit must be at least 1'],
    ['create-basic', withKey({ ...good, click_limit: -1 }), 422, 'click_limit must be at least 1'],
    ['create-basic', withKey({ ...good, click_limit: 1.5 }), 422, 'click_limit must be a whole number'],
    ['create-basic', withKey({ ...good, click_limit: '100' }), 422, 'click_limit must be a number'],
    ['create-basic', withKey({ ...good, click_limit: [1] }), 422, 'click_limit must be a number'],
    ['create-basic', withKey({ ...good, one_time: 'yes' }), 422, 'one_time must be true or false'],
    ['create-advanced', withKey({ ...good, advanced_analytics: 1 }), 422, 'advanced_analytics must be true or false'],
    ['create-basic', withKey({ ...good, settings: { owner: 'a' } }), 422, 'settings must be a list'],
    ['create-basic', withKey({ ...good, settings: ['a'] }), 422, 'settings.0 must be an object with key and value'],
    ['create-basic', withKey({ ...good, settings: [{ value: 'a' }] }), 422, 'settings.0.key is required'],
    ['create-basic', withKey({ ...good, settings: [{ key: 'a' }] }), 422, 'settings.0.value is required'],
    ['create-basic', withKey({ ...good, settings: [{ key: '', value: 'a' }] }), 422, 'settings.0.key is empty'],
    [
      'create-basic',
      withKey({ ...good, settings: [{ key: 'a', value: {} }] }),
      422,
      'settings.0.value must be a string, a number, true, false or null',
    ],
    [
      'create-basic',
      withKey({
        ...good,
        settings: [
          { key: 'a', value: 1 },
          { key: 'a', value: 2 },
        ],
      }),
      422,
      'settings.1.key is given twice',
    ],
    [
      'create-basic',
      withKey({ ...good, settings: Array.from({ length: 51 }, (_, n) => ({ key: `k${n}`, value: n })) }),
      422,
      'settings has more than 50 items',
    ],
    [
      'create-basic',
      withKey({ ...good, settings: [{ key: 'a'.repeat(101), value: 1 }] }),
      422,
      'settings.0.key is longer than 100 characters',
    ],
    ['get', withKey({}), 422, 'code is required'],
    ['get', withKey({ code: '' }), 422, 'code is required'],
    ['get', withKey({ code: 7 }), 422, 'code must be a string'],
    ['get', withKey({ code: 'there-is-none' }), 404, 'no such link'],
    ['get', withKey({ code: 'theirs' }), 404, 'no such link'],
    ['get', withKey({ code: '\0' }), 404, 'no such link'],
    ['get', withKey({ code: '__proto__' }), 404, 'no such link'],
    ['get', withKey({ code: 'a'.repeat(10_000) }), 404, 'no such link'],
    ['update', withKey({ code: 'theirs', original_url: 'https://example.com' }), 404, 'no such link'],
    ['update', withKey({ code: 'is-deleted', click_limit: 1 }), 404, 'no such link'],
    ['update', withKey({ code: 'basic', alias: 'by-form' }), 422, 'alias is taken on this domain'],
    ['update', withKey({ code: 'basic', short_code: 'is-deleted' }), 422, 'short_code is taken on this domain'],
    ['update', withKey({ code: 'basic', short_code: null }), 422, 'short_code must be a string'],
    ['update', withKey({ code: 'basic', original_url: null }), 422, 'original_url must be a string'],
    ['update', withKey({ code: 'basic', settings: 'none' }), 422, 'settings must be a list'],
    ['delete', withKey({ code: 'theirs' }), 404, 'no such link'],
    ['delete', withKey({ code: 'is-deleted' }), 404, 'no such link'],
    ['stats', withKey({ code: 'theirs' }), 404, 'no such link'],
    ['stats', withKey({ code: 'basic', period: '1y' }), 422, 'period must be one of 7d, 30d, 90d'],
    ['stats', withKey({ code: 'basic', limit_recent: 201 }), 422, 'limit_recent must be at most 200'],
    ['stats', withKey({ code: 'basic', limit_recent: -1 }), 422, 'limit_recent must be at least 0'],
    ['stats', withKey({ code: 'basic', limit_recent: 'ten' }), 422, 'limit_recent must be a number'],
    ['stats', withKey({ code: 'basic', tz: 'a\nb' }), 422, 'tz contains a control character'],
    ['stats', withKey({ code: 'basic', debug: 'yes' }), 422, 'debug must be true or false'],
    ['get', [], 400, 'the body must be a JSON object'],
    ['get', 'code', 400, 'the body must be a JSON object'],
    ['get', withKey({ code: huge }), 400, 'a body may have 1048576 bytes at most'],
    ['no-such-thing', withKey({}), 404, 'no such path'],
  ];

  it('are tried in many ways', async () => {
    assert.ok(cases.length >= 60);
    await other.client.createLink({ slug: 'theirs' });
    await make({ alias: 'basic' });
    await make({ short_code: 'AB12CDE', alias: 'by-form' });
    await make({ alias: 'is-deleted' });
    await sendJson(server.address, path('delete'), { api_key: key, code: 'is-deleted' });
  });

  for (const [name, body, code, error] of cases) {
    const shown = JSON.stringify(body).replaceAll(key, 'KEY').slice(0, 110);
    it(`${code} for ${name} ${shown}`, async () => {
      const answer = await sendJson(server.address, path(name), body);
      assert.equal(answer.status, code, answer.text);
      assert.equal(answer.headers['content-type'], 'application/json; charset=utf-8');
      assert.equal(answer.text, JSON.stringify({ error, code }));
    });
  }

  const raw = async (body: string | Buffer, headers: Record<string, string>, method = 'POST'): Promise<string> => {
    const { status, text } = await sendRequest(server.address, { method, path: path('get'), headers, body });
    return `${status} ${text}`;
  };
  const json = { 'content-type': 'application/json' };

  const told = (code: number, error: string): string => `${code} ${JSON.stringify({ error, code })}`;
  const form = { 'content-type': 'application/x-www-form-urlencoded' };

  it('of bodies that cannot be read are 400', async () => {
    assert.equal(await raw('{"api_key":', json), told(400, 'the body is not valid JSON'));
    assert.equal(await raw(Buffer.from([0x7b, 0xff]), json), told(400, 'the body is not valid UTF-8'));
    assert.equal(
      await raw(`{"a":${'['.repeat(40)}${']'.repeat(40)}}`, json),
      told(400, 'the body nests deeper than 32 levels'),
    );
    assert.equal(await raw('<a/>', { 'content-type': 'text/xml' }), told(400, 'the body must be JSON or a form'));
    assert.equal(
      await raw('{}', { ...json, 'content-encoding': 'gzip' }),
      told(400, 'the body must not be compressed'),
    );
    const parts = { 'content-type': 'multipart/form-data; boundary=a' };
    assert.equal(await raw('x', parts), told(400, 'the body is not a valid form'));
    const file = '--a\r\ncontent-disposition: form-data; name="code"; filename="a"\r\n\r\nx\r\n--a--\r\n';
    assert.equal(await raw(file, parts), told(400, 'a form must not hold files'));
    const many = Array.from({ length: 201 }, (_, n) => `a${n}=1`).join('&');
    assert.equal(await raw(many, form), told(400, 'a form may have 200 fields at most'));
    for (const type of [json, form, parts])
      assert.equal(await raw(Buffer.from('code=caf\xe9', 'latin1'), type), told(400, 'the body is not valid UTF-8'));
    // An escape names its field.
    assert.equal(await raw(`api_key=${key}&code=caf%E9`, form), told(422, 'code is not valid UTF-8'));
  });

  it('of keys are 401, wherever the key stands or does not', async () => {
    const multipart = async (fields: Record<string, string>, headers: Record<string, string> = {}): Promise<string> => {
      const data = new FormData();
      for (const [name, value] of Object.entries(fields)) data.set(name, value);
      const parts = new Response(data);
      const body = Buffer.from(await parts.arrayBuffer());
      return raw(body, { ...headers, 'content-type': parts.headers.get('content-type')! });
    };
    const required = told(401, 'api_key is required');
    assert.equal(await raw('', json), required);
    assert.equal(await raw('code=a', form), required);
    assert.equal(await raw('code=a&api_key=', form), required);
    assert.equal(await multipart({ code: 'basic' }), required);
    assert.equal(await multipart({ code: 'basic', api_key: '' }), required);
    const bad = told(401, 'the API key is not valid');
    for (const authorization of ['Basic YTpi', 'Bearer', key])
      for (const [body, type] of [
        ['{"code":"basic"}', json],
        ['code=basic', form],
      ] as const)
        assert.equal(await raw(body, { ...type, authorization }), bad, authorization);
    for (const wrong of ['wrong', `${key}x`, key.slice(0, -1)]) {
      assert.equal(await raw(`code=basic&api_key=${wrong}`, form), bad);
      assert.equal(await multipart({ code: 'basic', api_key: wrong }), bad);
      assert.equal(await raw('{"code":"basic"}', { ...json, authorization: `Bearer ${wrong}` }), bad);
      assert.equal(await raw('code=basic', { ...form, authorization: `Bearer ${wrong}` }), bad);
      // The body's key is the one that counts.
      const authorization = `Bearer ${key}`;
      assert.equal(await raw(JSON.stringify({ api_key: wrong, code: 'basic' }), { ...json, authorization }), bad);
      assert.equal(await raw(`code=basic&api_key=${wrong}`, { ...form, authorization }), bad);
      assert.equal(await multipart({ code: 'basic', api_key: wrong }, { authorization }), bad);
    }
    const inactive = told(403, 'api_key is not active');
    assert.equal(await raw(`code=basic&api_key=${keys.revoked}`, form), inactive);
    assert.equal(await multipart({ code: 'basic', api_key: keys.revoked }), inactive);
    assert.equal(await raw('{"code":"basic"}', { ...json, authorization: `Bearer ${keys.revoked}` }), inactive);
    // Neither of these is a place for it.
    const { status, text } = await sendRequest(server.address, {
      method: 'POST',
      path: `${path('get')}?api_key=${key}`,
      headers: { ...json, 'x-api-key': key },
      body: '{"code":"basic"}',
    });
    assert.equal(`${status} ${text}`, required);
  });

  it('of other methods and paths are in its words', async () => {
    for (const method of ['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
      const answer = await sendRequest(server.address, {
        method,
        path: path('get'),
        headers: { 'user-agent': personsBrowser },
      });
      assert.deepEqual(
        [answer.status, answer.headers.allow, answer.text],
        [405, 'POST', '{"error":"this path takes POST","code":405}'],
      );
    }
    for (const target of [
      '/v1',
      '/v1/',
      '/v1/short-links',
      '/v1/short-links/',
      '/v1/short-links/get/more',
      '/v1/%2e%2e/api',
    ]) {
      const answer = await sendRequest(server.address, { path: target });
      assert.deepEqual([answer.status, answer.text], [404, '{"error":"no such path","code":404}'], target);
    }
    const odd = await sendRequest(server.address, { method: 'PROPFIND', path: path('get') });
    assert.equal(odd.text, '{"error":"this method is not supported","code":405}');
    assert.doesNotMatch(server.stderr(), /"level":"(?:error|fatal)"/);
  });

  it('of too many requests tell when to come again: the 21st of a second, of one key', async () => {
    // No time passes on the clock that the limit goes by.
    const environment = { NODE_OPTIONS: stoppedTimer };
    const tooMany = told(429, 'too many requests');
    for (const [flags, perSecond] of [
      [[], 20],
      [['--dialects-yeb-requests-per-second=3'], 3],
    ] as const) {
      const limited = await startServerAs('https://yeb.to', { environment, flags });
      const ask = async ({ client }: { client: ApiClient }): Promise<HttpAnswer> =>
        sendJson(limited.address, path('get'), { api_key: client.key, code: 'x' });
      const [first, second] = [addUser(limited), addUser(limited)];
      for (let n = 0; n < perSecond; n++) assert.equal((await ask(first)).status, 404, `request ${n + 1}`);
      for (let n = 0; n < 2; n++) {
        const { status, headers, text } = await ask(first);
        assert.deepEqual([`${status} ${text}`, headers['retry-after']], [tooMany, '1']);
      }
      assert.equal((await ask(second)).status, 404);
    }
  });

  it('of a quota that is used up are 403', async () => {
    const small = await startServerAs('https://yeb.to', { flags: ['--plans-free-max-links=1'] });
    const { client } = addUser(small, 'free');
    const create = (): Promise<HttpAnswer> =>
      sendJson(small.address, path('create-advanced'), { api_key: client.key, ...good });
    assert.equal((await create()).status, 200);
    const { status, text } = await create();
    assert.equal(`${status} ${text}`, told(403, "your plan's limit on links that are not archived is reached: 1"));
  });

  it('are those of any unknown path where yeb.to is switched off', async () => {
    const off = await startServerAs('https://yeb.to', { flags: ['--dialects-yeb-enabled', 'false'] });
    const headers = { accept: 'application/json', 'user-agent': personsBrowser };
    await addUser(off).client.createLink({ slug: 'there-is-one' });
    for (const target of ['/l/there-is-one', '/v1/short-links/get']) {
      const [answer, unknown] = [
        await sendRequest(off.address, { path: target, headers }),
        await sendRequest(off.address, { path: '/such/a/path', headers }),
      ];
      assert.deepEqual([answer.status, answer.text], [404, unknown.text]);
      if (target.startsWith('/l/')) continue;
      const posted = await sendRequest(off.address, { method: 'POST', path: target, headers, body: '{}' });
      assert.deepEqual([posted.status, posted.text], [404, unknown.text]);
    }
  });
});
