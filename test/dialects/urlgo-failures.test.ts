import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { addUser } from '../support/accounts.ts';
import { type HttpAnswer, type RequestOptions, sendRequest } from '../support/api-client.ts';
import { dialectKeys, sendJson, startServerAs } from '../support/dialects.ts';
import { closeServers } from '../support/server-process.ts';

after(closeServers);

const server = await startServerAs('https://urlgo.in', { flags: ['--limits-wrong-keys-per-minute', '0'] });
const user = addUser(server);
const key = user.client.key!;
const keys = dialectKeys(server, user.id);
const base = '/api/v1/short-url';

const failed = (code: number, errorKey: string, data: unknown, message: string): string =>
  JSON.stringify({ status: 'fail', code, error_key: errorKey, data, message });
const unauthenticated = failed(401, 'UNAUTHENTICATED_ERROR', null, 'Unauthenticated.');
const routeNotFound = failed(404, 'ROUTE_NOT_FOUND_ERROR', null, 'Route not found.');
const dataNotFound = failed(404, 'DATA_NOT_FOUND_ERROR', null, 'Short url not found.');
const methodNotAllowed = failed(405, 'METHOD_NOT_ALLOWED_ERROR', null, 'Method not allowed.');
const unreadable = failed(422, 'VALIDATION_ERROR', null, 'The given data was invalid.');
const forbidden = failed(403, 'FORBIDDEN_ERROR', null, 'This access token may not do that.');
const invalid = (data: Record<string, string[]>): string =>
  failed(422, 'VALIDATION_ERROR', data, 'The given data was invalid.');

async function uidOf(body: object): Promise<string> {
  const headers = { authorization: `Bearer ${key}` };
  const answer = await sendJson(server.address, `${base}/generate`, { url: 'https://example.com', ...body }, headers);
  return (JSON.parse(answer.text) as { data: { uid: string } }).data.uid;
}

const uid = await uidOf({ short_key: 'taken' });
const archived = await user.client.createLink({ slug: 'archived' });
await user.client.delete(`/links/${archived.id}`);
await addUser(server).client.createLink({ slug: 'theirs' });

async function answered(request: RequestOptions, expected: string): Promise<HttpAnswer> {
  const answer = await sendRequest(server.address, request);
  assert.equal(answer.text, expected);
  assert.equal(answer.status, (JSON.parse(expected) as { code: number }).code);
  assert.equal(answer.headers['content-type'], 'application/json; charset=utf-8');
  return answer;
}

async function check(request: RequestOptions, expected: string): Promise<void> {
  await answered(request, expected);
}

function post(body: string | Buffer, headers: Record<string, string> = {}): RequestOptions {
  const own = { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers };
  return { method: 'POST', path: `${base}/generate`, headers: own, body };
}

function get(path: string, authorization: string | undefined = `Bearer ${key}`): RequestOptions {
  return { path, headers: authorization === '' ? {} : { authorization } };
}

const required = ['The url field is required.'];
const wrongUrl = ['The url format is invalid.'];
const short = ['The short key must be at least 5 characters.'];
const format = ['The short key format is invalid.'];
const taken = ['The short key has already been taken.'];
const good = 'https://example.com/';

describe('the failures of UrlGo.in', () => {
  const bodies: [body: unknown, data: Record<string, string[]>][] = [
    [{}, { url: required }],
    [[], { url: required }],
    ['url', { url: required }],
    [7, { url: required }],
    [null, { url: required }],
    [{ url: null }, { url: required }],
    [{ url: '' }, { url: required }],
    [{ URL: good }, { url: required }],
    [{ url: 7 }, { url: ['The url must be a string.'] }],
    [{ url: [good] }, { url: ['The url must be a string.'] }],
    [{ url: { href: good } }, { url: ['The url must be a string.'] }],
    [{ url: true }, { url: ['The url must be a string.'] }],
    [{ url: 'example.com' }, { url: wrongUrl }],
    [{ url: '//example.com' }, { url: wrongUrl }],
    [{ url: 'ftp://example.com' }, { url: wrongUrl }],
    [{ url: 'javascript:alert(1)' }, { url: wrongUrl }],
    [{ url: 'mailto:a@example.com' }, { url: wrongUrl }],
    [{ url: 'http://' }, { url: wrongUrl }],
    [{ url: 'https://exa mple.com' }, { url: wrongUrl }],
    [{ url: 'https://a:b@example.com' }, { url: wrongUrl }],
    [{ url: 'https://example.com/\0' }, { url: wrongUrl }],
    [{ url: 'https://example.com/\ud800' }, { url: wrongUrl }],
    [{ url: ` ${good}` }, { url: wrongUrl }],
    [{ url: good + 'a'.repeat(9_000) }, { url: wrongUrl }],
    [{ url: 'https://urlgo.in/taken' }, { url: ["The url leads back to one of this server's own short domains."] }],
    [{ url: good, short_key: 'abcd' }, { short_key: short }],
    [{ url: good, short_key: 'a' }, { short_key: short }],
    [{ url: good, short_key: 'a!' }, { short_key: [...short, ...format] }],
    [{ url: good, short_key: 'with space' }, { short_key: format }],
    [{ url: good, short_key: 'with.dot' }, { short_key: format }],
    [{ url: good, short_key: 'with/slash' }, { short_key: format }],
    [{ url: good, short_key: 'élèves' }, { short_key: format }],
    [{ url: good, short_key: '\0\0\0\0\0' }, { short_key: format }],
    [
      { url: good, short_key: 'a'.repeat(101) },
      { short_key: ['The short key may not be greater than 100 characters.'] },
    ],
    [{ url: good, short_key: 12_345 }, { short_key: ['The short key must be a string.'] }],
    [{ url: good, short_key: ['abcdef'] }, { short_key: ['The short key must be a string.'] }],
    [{ url: good, short_key: false }, { short_key: ['The short key must be a string.'] }],
    [{ url: good, short_key: 'taken' }, { short_key: taken }],
    [{ url: good, short_key: 'theirs' }, { short_key: taken }],
    [{ url: good, short_key: 'archived' }, { short_key: taken }],
    [{ url: good, short_key: 'healthz' }, { short_key: taken }],
    [{ url: good, short_key: 'Dashboard' }, { short_key: taken }],
    [{ short_key: 'taken' }, { url: required, short_key: taken }],
    [
      { url: 'nowhere', short_key: 'abc' },
      { url: wrongUrl, short_key: short },
    ],
  ];
  for (const [body, data] of bodies) {
    const text = JSON.stringify(body);
    it(`422 for ${text.slice(0, 100)}`, () => check(post(text), invalid(data)));
  }

  const pages: [query: string, data: Record<string, string[]>][] = [
    ['per_page=0', { per_page: ['The per page must be at least 1.'] }],
    ['per_page=101', { per_page: ['The per page may not be greater than 100.'] }],
    ['per_page=-1', { per_page: ['The per page must be at least 1.'] }],
    ['per_page=ten', { per_page: ['The per page must be an integer.'] }],
    ['per_page=1.5', { per_page: ['The per page must be an integer.'] }],
    ['per_page=1e1', { per_page: ['The per page must be an integer.'] }],
    ['per_page=%00', { per_page: ['The per page must be an integer.'] }],
    ['per_page=5&per_page=6', { per_page: ['The per page may be given only once.'] }],
    ['page=0', { page: ['The page must be at least 1.'] }],
    ['page=x', { page: ['The page must be an integer.'] }],
    ['page=99999999999999999999', { page: ['The page must be an integer.'] }],
    ['page=1000001', { page: ['The page may not be greater than 1000000.'] }],
    ['per_page=a&page=b', { per_page: ['The per page must be an integer.'], page: ['The page must be an integer.'] }],
  ];
  for (const [query, data] of pages) {
    it(`422 for a list with ${query}`, () => check(get(`${base}/list?${query}`), invalid(data)));
    it(`422 for a click log with ${query}`, () =>
      check(get(`${base}/read/${uid}/click-log/list?${query}`), invalid(data)));
  }

  it('are tried in many ways', () => assert.ok(bodies.length + 2 * pages.length >= 60));

  it('of bodies that cannot be read are those of invalid data', async () => {
    const json = { 'content-type': 'application/json' };
    for (const body of ['', '{', '{"url":', Buffer.from([0x7b, 0xff]), '['.repeat(40), `"${'a'.repeat(1_100_000)}"`])
      await check(post(body, json), unreadable);
    await check(
      post('url=https%3A%2F%2Fexample.com', { 'content-type': 'application/x-www-form-urlencoded' }),
      unreadable,
    );
    await check(post('{}', { ...json, 'content-encoding': 'gzip' }), unreadable);
    await check(post('{}', { ...json, 'content-type': 'text/plain' }), unreadable);
  });

  it('of keys are 401, wherever the key stands or does not', async () => {
    const wrong = ['', 'Bearer', 'Bearer wrong', 'Basic YTpi', `Bearer ${key}x`, key, `Bearer ${keys.revoked}`];
    for (const authorization of wrong) {
      for (const path of [
        '/api/v1/user',
        `${base}/list`,
        `${base}/read/${uid}`,
        `${base}/list?api_key=${key}&key=${key}`,
      ]) {
        const answer = await answered(get(path, authorization), unauthenticated);
        assert.equal(answer.headers['www-authenticate'], 'Bearer');
      }
      const own: Record<string, string> = authorization === '' ? {} : { authorization };
      const body = JSON.stringify({ url: good, api_key: key });
      await check({ method: 'POST', path: `${base}/generate`, headers: own, body }, unauthenticated);
    }
    // Neither a body of whatever kind nor another header is a place for it.
    const form = new FormData();
    for (const [name, value] of Object.entries({ url: good, api_key: key, key })) form.set(name, value);
    const parts = new Response(form);
    const multipart = Buffer.from(await parts.arrayBuffer());
    for (const [type, body] of [
      ['application/json', JSON.stringify({ url: good, api_key: key, key })],
      ['application/x-www-form-urlencoded', `url=${good}&api_key=${key}&key=${key}`],
      [parts.headers.get('content-type')!, multipart],
    ] as const) {
      const headers = { 'content-type': type, 'x-api-key': key };
      await check({ method: 'POST', path: `${base}/generate?api_key=${key}`, headers, body }, unauthenticated);
      const wrongToo = { ...headers, authorization: 'Bearer wrong' };
      await check({ method: 'POST', path: `${base}/generate`, headers: wrongToo, body }, unauthenticated);
    }
    // With the right one it is the form that cannot be read.
    await check(post(multipart, { 'content-type': parts.headers.get('content-type')! }), unreadable);
    const readOnly = `Bearer ${keys.readOnly}`;
    await check(post('{}', { authorization: readOnly }), forbidden);
    await check(get(`${base}/read/${uid}`, readOnly), forbidden);
  });

  it('of links that are not there are 404, in two ways', async () => {
    const changed = uid.slice(0, -1) + (uid.endsWith('0') ? '1' : '0');
    for (const other of [
      'x',
      changed,
      uid.toUpperCase(),
      `${uid}0`,
      'taken',
      archived.id,
      '__proto__',
      '%00',
      '%F0%9F%92%A9',
    ]) {
      await check(get(`${base}/read/${other}`), dataNotFound);
      await check(get(`${base}/read/${other}/click-log/list`), dataNotFound);
    }
    for (const path of ['', '/', '/x', '/read', `/read/${uid}/x`, `/read/${uid}/click-log`, '/list/x'])
      await check(get(`${base}${path}`), routeNotFound);
    await check(get('/api/v1/user/x'), routeNotFound);
    // Beside it, the native API speaks for itself.
    const native = await sendRequest(server.address, get('/api/v1/users'));
    assert.match(native.text, /^\{"success":false,"error":\{"code":"NOT_FOUND"/);
  });

  it('of methods are 405', async () => {
    for (const method of ['PUT', 'DELETE', 'PATCH', 'OPTIONS', 'PROPFIND']) {
      for (const [path, allow] of [
        ['/api/v1/user', 'GET, HEAD'],
        [`${base}/list`, 'GET, HEAD'],
        [`${base}/read/${uid}`, 'GET, HEAD'],
        [`${base}/generate`, 'POST'],
      ] as const) {
        const answer = await answered({ method, path }, methodNotAllowed);
        if (method !== 'PROPFIND') assert.equal(answer.headers.allow, allow);
      }
    }
    await check({ method: 'POST', path: `${base}/list` }, methodNotAllowed);
    await check(get(`${base}/generate`), methodNotAllowed);
    assert.doesNotMatch(server.stderr(), /"level":"(?:error|fatal)"/);
  });

  it('of plans and limits are in its words', async () => {
    const small = await startServerAs('https://urlgo.in', {
      flags: ['--plans-free-max-links=1', '--plans-free-requests-per-minute=5'],
    });
    const { client } = addUser(small, 'free');
    const headers = { authorization: `Bearer ${client.key}` };
    const answers: HttpAnswer[] = [];
    for (let n = 0; n < 6; n++) answers.push(await sendJson(small.address, `${base}/generate`, { url: good }, headers));
    assert.equal(answers[1]!.text, failed(402, 'LIMIT_REACHED_ERROR', null, 'There is no room for another short url.'));
    assert.equal(answers[5]!.text, failed(429, 'TOO_MANY_REQUESTS_ERROR', null, 'Too many requests.'));
    assert.match(answers[5]!.headers['retry-after'] ?? '', /^\d+$/);
  });

  it('are those of the native API where UrlGo.in is switched off', async () => {
    const off = await startServerAs('https://urlgo.in', { flags: ['--dialects-urlgo-enabled=false'] });
    const headers = { authorization: `Bearer ${addUser(off).client.key}` };
    for (const path of ['/api/v1/user', `${base}/list`, `${base}/generate`]) {
      const answer = await sendRequest(off.address, { path, headers });
      const unknown = await sendRequest(off.address, { path: '/api/v1/no-such-thing', headers });
      assert.deepEqual([answer.status, answer.text], [404, unknown.text]);
      const posted = await sendJson(off.address, path, { url: good }, headers);
      assert.deepEqual([posted.status, posted.text], [404, unknown.text]);
    }
  });
});
