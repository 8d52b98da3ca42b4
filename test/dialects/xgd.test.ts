import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { RawConnection } from '../http/raw-connection.ts';
import { addUser } from '../support/accounts.ts';
import { ApiClient, type HttpAnswer, sendRequest } from '../support/api-client.ts';
import { dialectKeys, startServerAs } from '../support/dialects.ts';
import { noCurl, PrintedText } from '../support/printed-text.ts';
import { closeServers, startServer } from '../support/server-process.ts';

after(closeServers);

// As on X.gd itself, so that its example needs no change.
const server = await startServerAs('https://x.gd', {
  flags: ['--log-level', 'trace', '--limits-wrong-keys-per-minute', '0'],
});
const user = addUser(server);
const keys = dialectKeys(server, user.id);
const { hex: key } = keys;
const api = user.client;

const shorten = (query: string): Promise<HttpAnswer> => sendRequest(server.address, { path: `/V1/shorten?${query}` });
const bodyOf = async (query: string): Promise<Record<string, unknown>> =>
  JSON.parse((await shorten(query)).text) as Record<string, unknown>;

describe('X.gd', () => {
  it('answers the example of its text as printed', async () => {
    const answer = await shorten(`url=https://example.com&shortid=example&analytics=true&filterbots=false&key=${key}`);
    assert.deepEqual([answer.status, answer.headers['content-type']], [200, 'application/json; charset=utf-8']);
    assert.equal(
      answer.text,
      '{"status":200,"shorturl":"https://x.gd/example","analytics":true,"filterbots":false,"originalurl":"https://example.com/"}',
    );
  });

  it('answers the curl of its text', { skip: noCurl }, async () => {
    const text = new PrintedText({ 'https://xgd.io': server.address, '{Your API Key}': key });
    const answer = await text.print(
      "curl -X GET 'https://xgd.io/V1/shorten?url=https://example.com&key={Your API Key}'",
    );
    const { shorturl, ...others } = JSON.parse(answer) as Record<string, unknown>;
    assert.match(String(shorturl), /^https:\/\/x\.gd\/[0-9a-zA-Z_]{6}$/);
    const printed = { status: 200, analytics: true, filterbots: false, originalurl: 'https://example.com/' };
    assert.deepEqual(others, printed);
  });

  it('answers the request of its text, with a drawn shortid', async () => {
    const answer = await shorten(`url=https://example.com&key=${key}`);
    assert.match(
      answer.text,
      /^\{"status":200,"shorturl":"https:\/\/x\.gd\/[0-9a-zA-Z_]{6}","analytics":true,"filterbots":false,"originalurl":"https:\/\/example\.com\/"\}$/,
    );
  });

  it('makes links that the native API knows, and counts programs unless it is told not to', async () => {
    const answer = await bodyOf(`url=https%3A%2F%2Fexample.com%2Fa%3Fb%3Dc%26d&shortid=counts_all&key=${key}`);
    assert.equal(answer['originalurl'], 'https://example.com/a?b=c&d');
    await bodyOf(`url=https://example.com&shortid=people_only&filterbots=true&key=${key}`);
    await bodyOf(`url=https://example.com&shortid=no_trace&analytics=false&key=${key}`);
    for (const slug of ['counts_all', 'people_only', 'no_trace']) {
      await api.visit(slug, { 'user-agent': 'curl/8.0' });
      await api.visit(slug);
    }
    const listed = (await api.get('/links?perPage=100')).data<{ id: string; slug: string; clickCount: number }[]>();
    const found = (slug: string) => listed.find((link) => link.slug === slug)!;
    assert.deepEqual(
      ['counts_all', 'people_only', 'no_trace'].map((slug) => found(slug).clickCount),
      [2, 1, 2],
    );
    const stats = await api.stats(found('no_trace').id);
    assert.deepEqual(stats.byBrowser, [{ browser: 'unknown', count: 2 }]);
  });

  it('says which analytics and filterbots the link has', async () => {
    for (const [query, analytics, filterbots] of [
      ['', true, false],
      ['&analytics=true&filterbots=true', true, true],
      ['&analytics=false', false, false],
      ['&filterbots=true', true, true],
      ['&analytics=false&filterbots=true', false, true],
      ['&analytics=&filterbots=', true, false],
    ] as const) {
      const answer = await shorten(`url=https://example.com${query}&key=${key}`);
      const printed = `{"status":200,"shorturl":"","analytics":${analytics},"filterbots":${filterbots},"originalurl":"https://example.com/"}`;
      assert.equal(answer.text.replace(/https:\/\/x\.gd\/\w{6}/, ''), printed, query);
    }
  });

  it('takes a shortid of 6 letters, and one of 15', async () => {
    for (const shortid of ['Aa0_zZ', 'fifteen_letters']) {
      const answer = await bodyOf(`url=https://example.com&shortid=${shortid}&key=${key}`);
      assert.equal(answer['shorturl'], `https://x.gd/${shortid}`);
    }
  });

  it('makes nothing for a HEAD, which a browser or a proxy may send by itself', async () => {
    const path = `/V1/shorten?url=https://example.com&shortid=by_head&key=${key}`;
    const answer = await sendRequest(server.address, { method: 'HEAD', path });
    assert.deepEqual([answer.status, answer.headers.allow], [405, 'GET']);
    assert.equal((await api.get('/links/check-slug?slug=by_head')).data<{ available: boolean }>().available, true);
  });
});

describe('the failures of X.gd', () => {
  const good = 'url=https://example.com';
  const other = addUser(server);
  const wrongUrl = 'Url must be an absolute http:// or https:// URL.';
  const wrongShortid = 'Shortid must be 6 to 15 letters of a to z, digits or underscores.';
  const cases: [query: string, status: number, message: string][] = [
    ['', 400, 'Key is required.'],
    [good, 400, 'Key is required.'],
    [`${good}&key=`, 400, 'Key is required.'],
    [`${good}&key=${key}&key=${key}`, 400, 'Key is given more than once.'],
    [`${good}&Key=${key}`, 400, 'Key is required.'],
    [`${good}&key[]=${key}`, 400, 'Key is required.'],
    [`${good}&key=0af50e06255c7004f9ad71338f5ad56e`, 401, 'The API key is not valid.'],
    [`${good}&key=${key.slice(1)}`, 401, 'The API key is not valid.'],
    [`${good}&key=${key}0`, 401, 'The API key is not valid.'],
    [`${good}&key=${key.toUpperCase()}`, 401, 'The API key is not valid.'],
    [`${good}&key=%20${key}`, 401, 'The API key is not valid.'],
    [`${good}&key=sp_000000000000000000000000000000000000`, 401, 'The API key is not valid.'],
    [`${good}&key=%00`, 401, 'The API key is not valid.'],
    [`${good}&key=${'f'.repeat(8000)}`, 401, 'The API key is not valid.'],
    [`url=nowhere&key=wrong`, 401, 'The API key is not valid.'],
    [`${good}&key=${keys.revoked}`, 403, 'The API key is not valid.'],
    [`${good}&key=${keys.readOnly}`, 403, 'This key lacks the scope links:write.'],
    [`key=${key}`, 400, 'Url is required.'],
    [`url=&key=${key}`, 400, 'Url is required.'],
    [`URL=https://example.com&key=${key}`, 400, 'Url is required.'],
    [`url[]=https://example.com&key=${key}`, 400, 'Url is required.'],
    [`${good}&${good}&key=${key}`, 400, 'Url is given more than once.'],
    [`url=example.com&key=${key}`, 400, wrongUrl],
    [`url=%2F%2Fexample.com&key=${key}`, 400, wrongUrl],
    [`url=ftp://example.com&key=${key}`, 400, wrongUrl],
    [`url=javascript:alert(1)&key=${key}`, 400, wrongUrl],
    [`url=data:text/html,x&key=${key}`, 400, wrongUrl],
    [`url=http://&key=${key}`, 400, wrongUrl],
    [`url=https://&key=${key}`, 400, wrongUrl],
    [`url=https://exa%20mple.com&key=${key}`, 400, wrongUrl],
    [`url=https://example.com%00&key=${key}`, 400, 'Url contains a control character, tab or line break.'],
    [
      `url=https://example.com/%0D%0ASet-Cookie:a&key=${key}`,
      400,
      'Url contains a control character, tab or line break.',
    ],
    [`url=%20https://example.com&key=${key}`, 400, 'Url begins or ends with a space.'],
    [`url=https://user:secret@example.com&key=${key}`, 400, 'Url carries a user name or password.'],
    [`url=https://x.gd/example&key=${key}`, 400, "Url leads back to one of this server's own short domains."],
    [`url=https://example.com/${'a'.repeat(8200)}&key=${key}`, 400, 'Url is longer than 8192 bytes.'],
    [`${good}&shortid=short&key=${key}`, 400, wrongShortid],
    [`${good}&shortid=sixteen_letters_&key=${key}`, 400, wrongShortid],
    [`${good}&shortid=with-dash&key=${key}`, 400, wrongShortid],
    [`${good}&shortid=with%20space&key=${key}`, 400, wrongShortid],
    [`${good}&shortid=with.dot&key=${key}`, 400, wrongShortid],
    [`${good}&shortid=with%2Fslash&key=${key}`, 400, wrongShortid],
    [`${good}&shortid=%C3%A9l%C3%A8ves&key=${key}`, 400, wrongShortid],
    [`${good}&shortid=%00%00%00%00%00%00&key=${key}`, 400, wrongShortid],
    [`${good}&shortid=%FF%FF%FF%FF%FF%FF&key=${key}`, 400, 'Shortid is not valid UTF-8.'],
    [`url=https://example.com/caf%E9&key=${key}`, 400, 'Url is not valid UTF-8.'],
    [`url=https://example.com/%C3&key=wrong`, 401, 'The API key is not valid.'],
    [`${good}&shortid=example&shortid=example2&key=${key}`, 400, 'Shortid is given more than once.'],
    [`${good}&shortid=example&key=${key}`, 409, 'Shortid is taken on this domain.'],
    [`${good}&shortid=theirs&key=${key}`, 409, 'Shortid is taken on this domain.'],
    [`${good}&shortid=archived&key=${key}`, 409, 'Shortid is taken on this domain.'],
    [`${good}&shortid=second_code&key=${key}`, 409, 'Shortid is taken on this domain.'],
    [`${good}&shortid=healthz&key=${key}`, 409, 'Shortid is reserved.'],
    [`${good}&shortid=dashboard&key=${key}`, 409, 'Shortid is reserved.'],
    [`${good}&shortid=DashBoard&key=${key}`, 409, 'Shortid is reserved.'],
    [`${good}&analytics=yes&key=${key}`, 400, 'Analytics must be true or false.'],
    [`${good}&analytics=1&key=${key}`, 400, 'Analytics must be true or false.'],
    [`${good}&analytics=TRUE&key=${key}`, 400, 'Analytics must be true or false.'],
    [`${good}&analytics=true&analytics=false&key=${key}`, 400, 'Analytics is given more than once.'],
    [`${good}&filterbots=0&key=${key}`, 400, 'Filterbots must be true or false.'],
    [`${good}&filterbots=null&key=${key}`, 400, 'Filterbots must be true or false.'],
    [`${good}&filterbots=%00&key=${key}`, 400, 'Filterbots must be true or false.'],
    [`url=nowhere&shortid=x&key=${key}`, 400, wrongShortid],
  ];

  it('are tried in many ways', () => assert.ok(cases.length >= 60));

  it('take codes that are taken', async () => {
    await other.client.createLink({ slug: 'theirs' });
    const { id } = await api.createLink({ slug: 'archived' });
    await api.delete(`/links/${id}`);
    const body = { api_key: key, original_url: 'https://example.com', alias: 'second_code' };
    const answer = await sendRequest(server.address, {
      method: 'POST',
      path: '/v1/short-links/create-basic',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    assert.equal(answer.status, 200, answer.text);
  });

  for (const [query, status, message] of cases) {
    it(`${status} for ${query.replaceAll(key, 'KEY').slice(0, 100)}`, async () => {
      const answer = await shorten(query);
      assert.equal(answer.status, 200);
      assert.equal(answer.headers['content-type'], 'application/json; charset=utf-8');
      assert.equal(answer.text, JSON.stringify({ status, message }));
    });
  }

  it('take the key nowhere else', async () => {
    const required = '{"status":400,"message":"Key is required."}';
    const path = `/V1/shorten?${good}`;
    for (const headers of [
      { authorization: `Bearer ${key}` },
      { 'x-api-key': key },
      { 'content-type': 'application/x-www-form-urlencoded' },
      { 'content-type': 'application/json' },
    ]) {
      const body = headers['content-type'] === 'application/json' ? JSON.stringify({ key }) : `key=${key}`;
      const answer = await sendRequest(server.address, { path, headers, body });
      assert.deepEqual([answer.status, answer.text], [200, required]);
    }
    // Nor does a good one there make a wrong one right.
    const headers = { authorization: `Bearer ${key}` };
    const both = await sendRequest(server.address, { path: `${path}&key=wrong`, headers });
    assert.equal(both.text, '{"status":401,"message":"The API key is not valid."}');
  });

  it('tell other paths and methods by the HTTP status, too', async () => {
    const unknown = await sendRequest(server.address, { path: `/V1/expand?key=${key}` });
    assert.deepEqual([unknown.status, unknown.text], [404, '{"status":404,"message":"No such path."}']);
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS']) {
      const answer = await sendRequest(server.address, { method, path: `/V1/shorten?${good}&key=${key}` });
      assert.deepEqual(
        [answer.status, answer.headers.allow, answer.text],
        [405, 'GET', '{"status":405,"message":"This path takes GET."}'],
      );
    }
    const odd = await sendRequest(server.address, { method: 'PROPFIND', path: '/V1/shorten' });
    assert.deepEqual([odd.status, odd.text], [405, '{"status":405,"message":"This method is not supported."}']);
  });

  it('leave the key out of every log, also of a head that is too long to be read', async () => {
    const connection = await RawConnection.to(server.port);
    connection.write(`GET /V1/shorten?${good}${'a'.repeat(20_000)}&key=${key} HTTP/1.1\r\nHost: x.gd\r\n\r\n`);
    const [answer] = await connection.rest();
    assert.equal(answer?.body, '{"status":400,"message":"Headers may have 16384 bytes at most."}');
    assert.doesNotMatch(server.stderr(), new RegExp(`${key}|${keys.revoked}|${keys.readOnly}`));
    assert.doesNotMatch(server.stderr(), /"level":"(?:error|fatal)"/);
  });
});

describe('X.gd, set up in another way', () => {
  it('sends its status as the HTTP status, with Retry-After, where that is wanted', async () => {
    const strict = await startServer({ flags: ['--compat-xgd-http-status', 'true'] });
    const free = addUser(strict, 'free');
    const { hex } = dialectKeys(strict, free.id);
    const ask = (query: string): Promise<HttpAnswer> => sendRequest(strict.address, { path: `/V1/shorten?${query}` });
    assert.equal((await ask('key=wrong')).status, 401);
    assert.equal((await ask(`key=${hex}`)).status, 400);
    let answer = await ask(`key=${hex}`);
    while (answer.status === 400) answer = await ask(`key=${hex}`);
    assert.deepEqual([answer.status, answer.text], [429, '{"status":429,"message":"Too many requests."}']);
    assert.equal(answer.headers['retry-after'], '1');
  });

  it('answers 429 with the HTTP status 200, as its text shows', async () => {
    const free = addUser(server, 'free');
    const { hex } = dialectKeys(server, free.id);
    let answer = await shorten(`key=${hex}`);
    while (answer.text.includes('"status":400')) answer = await shorten(`key=${hex}`);
    assert.deepEqual([answer.status, answer.text], [200, '{"status":429,"message":"Too many requests."}']);
  });

  it('refuses a link past the quota of the plan', async () => {
    const small = await startServer({ flags: ['--plans-free-max-links', '1'] });
    const { hex } = dialectKeys(small, addUser(small, 'free').id);
    const ask = (): Promise<HttpAnswer> =>
      sendRequest(small.address, { path: `/V1/shorten?url=https://example.com&key=${hex}` });
    assert.match((await ask()).text, /"status":200/);
    assert.equal(
      (await ask()).text,
      '{"status":409,"message":"Your plan\'s limit on links that are not archived is reached: 1."}',
    );
  });

  it('is not there at all when it is switched off', async () => {
    const off = await startServer({ flags: ['--dialects-xgd-enabled', 'false', '--log-level', 'trace'] });
    const { hex } = dialectKeys(off, addUser(off).id);
    const path = `/V1/shorten?url=https://example.com&key=${hex}`;
    const answer = await sendRequest(off.address, { path, headers: { accept: 'application/json' } });
    assert.equal(answer.status, 404);
    const unknown = await sendRequest(off.address, { path: '/such/a/path', headers: { accept: 'application/json' } });
    assert.equal(answer.text, unknown.text);
    const posted = await sendRequest(off.address, { method: 'POST', path, headers: { accept: 'application/json' } });
    assert.deepEqual([posted.status, posted.text], [404, unknown.text]);
    assert.equal(ApiClient.of(off).address, off.address);
    const connection = await RawConnection.to(off.port);
    connection.write(`GET ${path}&more=${'a'.repeat(20_000)} HTTP/1.1\r\nHost: x.gd\r\n\r\n`);
    assert.equal((await connection.rest())[0]?.status, 431);
    // Three answers and the head are logged, and none of them with the key.
    await off.stop();
    assert.equal(off.stderr().match(/"status":"404".*"msg":"answered"/g)?.length, 3);
    assert.ok(!off.stderr().includes(hex));
  });
});
