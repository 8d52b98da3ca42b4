// Errors that come from before a route or from below it: each in the words of the API that the path belongs to.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import Database from 'better-sqlite3';
import { RawConnection } from '../http/raw-connection.ts';
import { addUser } from '../support/accounts.ts';
import { type HttpAnswer, sendRequest } from '../support/api-client.ts';
import { sendJson } from '../support/dialects.ts';
import { closeServers, startServer, stoppedTimer } from '../support/server-process.ts';

after(closeServers);

const server = await startServer();
const key = addUser(server).client.key!;
const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };

describe('every dialect', () => {
  it('tells of a failure of ours in its own words, and nothing of the inside', async () => {
    const database = new Database(join(server.dataFolder, 'signpost.db'));
    database.exec('ALTER TABLE links RENAME TO elsewhere');
    const send = (method: string, path: string, body?: object): Promise<HttpAnswer> =>
      sendRequest(server.address, { method, path, headers, ...(body && { body: JSON.stringify(body) }) });
    const answers = [
      await send('GET', `/V1/shorten?url=https://example.com&key=${key}`),
      await send('POST', '/v1/short-links/get', { code: 'any' }),
      await send('GET', '/api/v1/short-url/list'),
      await send('GET', '/api/v1/links'),
    ];
    database.exec('ALTER TABLE elsewhere RENAME TO links');
    database.close();
    assert.deepEqual(
      answers.map(({ status, text }) => `${status} ${text}`),
      [
        '200 {"status":500,"message":"Something went wrong on our side."}',
        '500 {"error":"something went wrong on our side","code":500}',
        '500 {"status":"fail","code":500,"error_key":"SERVER_ERROR","data":null,"message":"Server error."}',
        '500 {"success":false,"error":{"code":"INTERNAL_ERROR","message":"something went wrong on our side"}}',
      ],
    );
    await server.logged(/(?:"msg":"request failed"[^]*){4}/);
    assert.equal(server.stderr().match(/"msg":"request failed"/g)?.length, 4);
    assert.ok(!server.stderr().includes(key));
    for (const { headers: own } of answers) assert.match(String(own['x-request-id']), /^req_\w+$/);
  });

  it('tells in its own words, and when to come again, while nothing can be written', async () => {
    const database = new Database(join(server.dataFolder, 'signpost.db'));
    database.exec('BEGIN IMMEDIATE');
    const send = (method: string, path: string, body?: object): Promise<HttpAnswer> =>
      sendRequest(server.address, { method, path, headers, ...(body && { body: JSON.stringify(body) }) });
    const answers = await Promise.all([
      send('GET', `/V1/shorten?url=https://example.com&shortid=while_busy&key=${key}`),
      send('POST', '/v1/short-links/create-basic', { original_url: 'example.com', alias: 'while-busy' }),
      send('POST', '/api/v1/short-url/generate', { url: 'https://example.com', short_key: 'while-busy' }),
      send('POST', '/api/v1/links', { destinationUrl: 'https://example.com', slug: 'while-busy' }),
    ]);
    database.exec('ROLLBACK');
    database.close();
    const message = 'the change could not be stored; try again';
    assert.deepEqual(
      answers.map(({ status, text }) => `${status} ${text}`),
      [
        '200 {"status":503,"message":"The change could not be stored; try again."}',
        `503 {"error":"${message}","code":503}`,
        '503 {"status":"fail","code":503,"error_key":"SERVER_ERROR","data":null,"message":"Server error."}',
        `503 {"success":false,"error":{"code":"UNAVAILABLE","message":"${message}"}}`,
      ],
    );
    for (const { headers: own } of answers) assert.equal(own['retry-after'], '1');
    // None of it was done.
    const listed = await send('GET', '/api/v1/short-url/list');
    assert.match(listed.text, /"data":\[\],/);
  });

  it('tells in its own words of a request that is not let in', async () => {
    const answerTo = async (target: string): Promise<string> => {
      const connection = await RawConnection.to(server.port);
      connection.write(`GET ${target} HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n`);
      const [answer] = await connection.rest();
      return `${answer?.status} ${answer?.body}`;
    };
    const message = 'there is more than one Host header';
    assert.equal(
      await answerTo(`/V1/shorten?key=${key}`),
      '200 {"status":400,"message":"There is more than one Host header."}',
    );
    assert.equal(await answerTo('/v1/short-links/get'), `400 {"error":"${message}","code":400}`);
    assert.equal(
      await answerTo('/api/v1/user'),
      '422 {"status":"fail","code":422,"error_key":"VALIDATION_ERROR","data":null,"message":"The given data was invalid."}',
    );
    assert.equal(
      await answerTo('/api/v1/me'),
      `400 {"success":false,"error":{"code":"VALIDATION_ERROR","message":"${message}"}}`,
    );
  });

  it('tells in its own words of a head that is too long to be read', async () => {
    const answerTo = async (target: string, head = ''): Promise<string> => {
      const connection = await RawConnection.to(server.port);
      connection.write(`GET ${target} HTTP/1.1\r\nHost: 127.0.0.1\r\n${head}`);
      const [answer, ...more] = await connection.rest();
      assert.deepEqual([answer?.headers.get('connection'), more.length], [['close'], 0]);
      return `${answer?.status} ${answer?.body}`;
    };
    const message = 'headers may have 16384 bytes at most';
    const long = 'a'.repeat(20_000);
    assert.equal(
      await answerTo(`/V1/shorten?url=https://example.com/${long}&key=${key}`),
      '200 {"status":400,"message":"Headers may have 16384 bytes at most."}',
    );
    assert.equal(
      await answerTo('/v1/short-links/get', `X-Long: ${long}\r\n\r\n`),
      `400 {"error":"${message}","code":400}`,
    );
    assert.equal(
      await answerTo(`/api/v1/short-url/list?page=${long}`),
      '422 {"status":"fail","code":422,"error_key":"VALIDATION_ERROR","data":null,"message":"The given data was invalid."}',
    );
    assert.equal(
      await answerTo(`/api/v1/links?search=${long}`),
      `431 {"success":false,"error":{"code":"VALIDATION_ERROR","message":"${message}"}}`,
    );
  });

  it('limits the requests of a plan, and says when to come again', async () => {
    const strict = await startServer({
      environment: { NODE_OPTIONS: stoppedTimer },
      flags: ['--plans-free-requests-per-minute=2'],
    });
    const spoken: [ask: (key: string) => Promise<HttpAnswer>, refused: string][] = [
      [
        (own) => sendRequest(strict.address, { path: `/V1/shorten?key=${own}` }),
        '200 {"status":429,"message":"Too many requests."}',
      ],
      [
        (own) => sendJson(strict.address, '/v1/short-links/get', { api_key: own, code: 'none' }),
        '429 {"error":"too many requests","code":429}',
      ],
      [
        (own) => sendRequest(strict.address, { path: '/api/v1/user', headers: { authorization: `Bearer ${own}` } }),
        '429 {"status":"fail","code":429,"error_key":"TOO_MANY_REQUESTS_ERROR","data":null,"message":"Too many requests."}',
      ],
    ];
    for (const [ask, refused] of spoken) {
      const own = addUser(strict, 'free').client.key!;
      for (let n = 0; n < 2; n++) assert.doesNotMatch((await ask(own)).text, /429/);
      const { status, headers: answered, text } = await ask(own);
      assert.deepEqual([`${status} ${text}`, answered['retry-after']], [refused, '30']);
    }
  });

  it('limits wrong keys by address, whichever way they come', async () => {
    const strict = await startServer({ flags: ['--limits-wrong-keys-per-minute=3'] });
    const ask = (path: string, body?: string): Promise<HttpAnswer> =>
      sendRequest(strict.address, {
        method: body === undefined ? 'GET' : 'POST',
        path,
        headers: { 'content-type': 'application/json', authorization: 'Bearer wrong' },
        ...(body !== undefined && { body }),
      });
    assert.match((await ask('/V1/shorten?key=wrong')).text, /"status":401/);
    assert.equal((await ask('/v1/short-links/get', '{"api_key":"wrong"}')).status, 401);
    assert.equal((await ask('/api/v1/user')).status, 401);
    assert.equal((await ask('/V1/shorten?key=wrong')).text, '{"status":429,"message":"Too many requests."}');
    const { status, text } = await ask('/v1/short-links/get', '{"api_key":"wrong"}');
    assert.deepEqual([status, text], [429, '{"error":"too many wrong API keys came from this address","code":429}']);
    assert.equal((await ask('/api/v1/user')).status, 429);
  });

  it('tells in its own words of a body that is too large, and does not say before it comes how large', async () => {
    const chunked = { ...headers, 'transfer-encoding': 'chunked' };
    const send = async (path: string): Promise<string> => {
      const body = `{"url":"${'a'.repeat(1_100_000)}"}`;
      const { status, text } = await sendRequest(server.address, { method: 'POST', path, headers: chunked, body });
      return `${status} ${text}`;
    };
    const message = 'a body may have 1048576 bytes at most';
    assert.equal(await send('/v1/short-links/get'), `400 {"error":"${message}","code":400}`);
    assert.equal(
      await send('/api/v1/short-url/generate'),
      '422 {"status":"fail","code":422,"error_key":"VALIDATION_ERROR","data":null,"message":"The given data was invalid."}',
    );
    assert.equal(
      await send('/api/v1/links'),
      `413 {"success":false,"error":{"code":"PAYLOAD_TOO_LARGE","message":"${message}"}}`,
    );
    // X.gd's requests have no body; one that is there all the same is read and dropped.
    const request = { path: `/V1/shorten?url=https://example.com&key=${key}`, headers: chunked };
    const { text } = await sendRequest(server.address, { ...request, body: 'a'.repeat(1_100_000) });
    assert.match(text, /^\{"status":200,/);
  });

  it('tells in its own words of an Idempotency-Key that is none, or another request’s', async () => {
    const send = async (path: string, body: object, idempotencyKey: string): Promise<string> => {
      const own = { authorization: `Bearer ${key}`, 'idempotency-key': idempotencyKey };
      const { status, text } = await sendJson(server.address, path, body, own);
      return `${status} ${text}`;
    };
    const invalid =
      '422 {"status":"fail","code":422,"error_key":"VALIDATION_ERROR","data":null,"message":"The given data was invalid."}';
    const yeb = '/v1/short-links/create-basic';
    const urlgo = '/api/v1/short-url/generate';
    const wrong = 'Idempotency-Key must be 1 to 255 visible ASCII characters';
    const reused = 'this Idempotency-Key was used for another request, or with another API key';
    assert.equal(await send(yeb, { original_url: 'example.com' }, 'a b'), `422 {"error":"${wrong}","code":422}`);
    assert.equal(await send(urlgo, { url: 'https://example.com' }, 'a b'), invalid);
    for (const [path, body, other, told] of [
      [yeb, { original_url: 'example.com' }, { original_url: 'example.org' }, `422 {"error":"${reused}","code":422}`],
      [urlgo, { url: 'https://example.com' }, { url: 'https://example.org' }, invalid],
    ] as const) {
      const first = await send(path, body, `one-${path}`);
      assert.match(first, /^200 /);
      assert.equal(await send(path, body, `one-${path}`), first);
      assert.equal(await send(path, other, `one-${path}`), told);
    }
  });

  it('answers a HEAD with the head of the same answer, and no body', async () => {
    for (const [path, status, allow] of [
      ['/api/v1/user', 200, undefined],
      ['/api/v1/short-url/list', 200, undefined],
      ['/api/v1/short-url/generate', 405, 'POST'],
      ['/api/v1/short-url/none', 404, undefined],
      ['/v1/short-links/get', 405, 'POST'],
      ['/v1/short-links/none', 404, undefined],
      ['/V1/shorten', 405, 'GET'],
      ['/V1/none', 404, undefined],
    ] as const) {
      const answer = await sendRequest(server.address, { method: 'HEAD', path, headers });
      assert.deepEqual([answer.status, answer.headers.allow, answer.text], [status, allow, ''], path);
      assert.equal(answer.headers['content-type'], 'application/json; charset=utf-8');
      if (status === 405) continue;
      const { text } = await sendRequest(server.address, { path, headers });
      assert.equal(answer.headers['content-length'], String(Buffer.byteLength(text)), path);
    }
  });

  it('takes a path with a slash behind it for the same, and one with an escape that is none for unknown', async () => {
    const ask = async (path: string): Promise<string> => {
      const { status, text } = await sendRequest(server.address, { path, headers });
      return `${status} ${text}`;
    };
    for (const path of ['/V1/shorten', '/v1/short-links/get', '/api/v1/user', '/api/v1/short-url/list'])
      assert.equal(await ask(`${path}/`), await ask(path));
    const routeNotFound =
      '404 {"status":"fail","code":404,"error_key":"ROUTE_NOT_FOUND_ERROR","data":null,"message":"Route not found."}';
    for (const escape of ['%', '%zz', '%ff', '%00', '%2e%2e/me', '%E0%80%80']) {
      assert.equal(await ask(`/V1/${escape}`), '404 {"status":404,"message":"No such path."}');
      assert.equal(await ask(`/v1/${escape}`), '404 {"error":"no such path","code":404}');
      assert.equal(await ask(`/v1/short-links/get${escape}`), '404 {"error":"no such path","code":404}');
      assert.equal(await ask(`/api/v1/short-url/${escape}`), routeNotFound);
      assert.equal(await ask(`/api/v1/user/${escape}`), routeNotFound);
    }
    for (const uid of ['%', '%zz', '%ff', '%E0%80%80'])
      assert.match(await ask(`/api/v1/short-url/read/${uid}`), /^404 .*"DATA_NOT_FOUND_ERROR"/);
    assert.doesNotMatch(server.stderr(), /URIError/);
  });
});
