// Requests that cannot be read to their end: each is told so in the words of the API that its path belongs to, wherever the fault is.

import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { RawConnection } from '../http/raw-connection.ts';
import { addUser } from '../support/accounts.ts';
import { sendRequest } from '../support/api-client.ts';
import { startServerAs } from '../support/dialects.ts';
import { closeServers } from '../support/server-process.ts';

after(closeServers);

// With a name of its own, below which it answers and below no other.
const server = await startServerAs('https://go.example');
const { key } = addUser(server).client;
const host = 'Host: go.example\r\n';
const native = (status: number, message: string): string =>
  `${status} {"success":false,"error":{"code":"VALIDATION_ERROR","message":"${message}"}}`;

interface Api {
  readonly name: string;
  /** Request lines without the version; what the first two ask for is there. */
  readonly read: string;
  readonly write: string;
  readonly told: (status: number, message: string) => string;
}
const urlgo =
  '422 {"status":"fail","code":422,"error_key":"VALIDATION_ERROR","data":null,"message":"The given data was invalid."}';
const apis: Api[] = [
  {
    name: 'X.gd',
    read: `GET /V1/shorten?key=${key}`,
    write: 'POST /V1/shorten',
    told: (_status, message) => `200 {"status":400,"message":"${message.charAt(0).toUpperCase()}${message.slice(1)}."}`,
  },
  {
    name: 'yeb.to',
    read: 'GET /v1/short-links/get',
    write: 'POST /v1/short-links/get',
    told: (_status, message) => `400 {"error":"${message}","code":400}`,
  },
  { name: 'UrlGo.in', read: 'GET /api/v1/user', write: 'POST /api/v1/short-url/generate', told: () => urlgo },
  { name: 'the native API', read: 'GET /api/v1/me', write: 'POST /api/v1/links', told: native },
];

/** What the server says last, before it ends the connection. */
async function lastWords(connection: RawConnection, ...pieces: string[]): Promise<string> {
  for (const [n, piece] of pieces.entries()) {
    // Another client's answer comes when the piece before has been read.
    if (n > 0) await sendRequest(server.address, { path: '/healthz' });
    connection.write(piece);
  }
  const answer = (await connection.rest()).at(-1);
  assert.deepEqual(answer?.headers.get('connection'), ['close']);
  assert.deepEqual(answer?.headers.get('content-type'), ['application/json; charset=utf-8']);
  assert.match(answer?.headers.get('x-request-id')?.[0] ?? '', /^req_\w+$/);
  return `${answer?.status} ${answer?.body}`;
}

const tell = async (...pieces: string[]): Promise<string> => lastWords(await RawConnection.to(server.port), ...pieces);
const long = 'a'.repeat(20_000);
const notHttp = 'the request is not valid HTTP';
const tooLong = 'headers may have 16384 bytes at most';

for (const { name, read, write, told } of apis) {
  describe(`a request to ${name} that cannot be read`, () => {
    it('is told so where its head is no HTTP', async () => {
      for (const head of [
        `${read} HTTP/1.1\r\n${host}: no name\r\n\r\n`,
        `${read} HTTP/1.2\r\n${host}\r\n`,
        `${read.replace(/^[A-Z]+/, (method) => method.toLowerCase())} HTTP/1.1\r\n${host}\r\n`,
        `${read} b HTTP/1.1\r\n${host}\r\n`,
        `\r\n${write} HTTP/1.1\r\n${host}Content-Length: -1\r\n\r\n`,
        `${write} HTTP/1.1\r\n${host}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      ])
        assert.equal(await tell(head), told(400, notHttp), head);
    });

    it('is told so where its body is no HTTP, in the first chunk or a later one', async () => {
      const type = 'Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n';
      const head = `${write} HTTP/1.1\r\n${host}Authorization: Bearer ${key}\r\n${type}`;
      // X.gd answers at once, with 405, whatever the body is.
      if (name === 'X.gd') {
        const get = head.replace('POST', 'GET');
        assert.equal(await tell(`${get}zz\r\n{}\r\n0\r\n\r\n`), told(400, notHttp));
        return;
      }
      assert.equal(await tell(`${head}zz\r\n{}\r\n0\r\n\r\n`), told(400, notHttp));
      assert.equal(await tell(`${head}1\r\n{\r\n`, '-5\r\n'), told(400, notHttp));
    });

    it('is told so where its head is too long, in one piece or in many', async () => {
      assert.equal(await tell(`${read} HTTP/1.1\r\n${host}X-Long: ${long}\r\n\r\n`), told(431, tooLong));
      assert.equal(
        await tell(`${read} HTTP/1.1\r\n${host}X-Long: ${long.slice(0, 9_000)}`, long.slice(0, 9_000)),
        told(431, tooLong),
      );
      // Its host is in none of them.
      const path = `${read}${read.includes('?') ? '&' : '?'}long=`;
      assert.equal(await tell(path + long.slice(0, 9_000), long.slice(0, 9_000)), told(431, tooLong));
    });

    it('is told so behind others on its connection, in pieces or together', async () => {
      const healthy = `GET /healthz HTTP/1.1\r\n${host}\r\n`;
      assert.equal(await tell(`${healthy}${read} HTTP/1.1\r\n${host}: no name\r\n\r\n`), told(400, notHttp));
      const connection = await RawConnection.to(server.port);
      connection.write(`${read} HTTP/1.1\r\n${host}\r\n`);
      assert.notEqual((await connection.answer())?.status, undefined);
      assert.equal(
        await lastWords(connection, `${read} HTTP/1.1\r\n${host}X-Long: ${long.slice(0, 9_000)}`, long.slice(0, 9_000)),
        told(431, tooLong),
      );
    });
  });
}

describe('a request that cannot be read, to a custom domain', () => {
  it('is told so in the words of the native API: no other is spoken there', async () => {
    for (const { read } of apis)
      assert.equal(await tell(`${read} HTTP/1.1\r\nHost: other.example\r\n: a\r\n\r\n`), native(400, notHttp));
  });
});
