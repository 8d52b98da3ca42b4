// A server that has more to do than it can: whoever comes after that is told to come again, in the words of the API that they speak.

import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { RawConnection } from '../http/raw-connection.ts';
import { addUser } from '../support/accounts.ts';
import { type HttpAnswer, sendRequest } from '../support/api-client.ts';
import { dialectKeys, sendJson } from '../support/dialects.ts';
import { HangingThreads } from '../support/hanging-threads.ts';
import { closeServers, startServer } from '../support/server-process.ts';

after(closeServers);

const threads = new HangingThreads();
const server = await startServer({
  flags: ['--dialects-yeb-requests-per-second=0'],
  environment: threads.environment,
});
const user = addUser(server);
const key = user.client.key!;
const { hex } = dialectKeys(server, user.id);
const authorization = `Bearer ${key}`;
const { id } = await user.client.createLink({ slug: 'asked-for' });

const get = (path: string): Promise<HttpAnswer> => sendRequest(server.address, { path, headers: { authorization } });
const yeb = (name: string, body: object): Promise<HttpAnswer> =>
  sendJson(server.address, `/v1/short-links/${name}`, { api_key: key, ...body });
const { uid } = (JSON.parse((await get('/api/v1/short-url/list')).text) as { data: { data: { uid: string }[] } }).data
  .data[0]!;
// Both threads are there by now.
assert.equal((await get(`/api/v1/short-url/read/${uid}`)).status, 200);
assert.equal((await get('/api/v1/links?search=asked')).status, 200);

/** As of src/storage/writer.ts. */
const maxPendingOperations = 10_000;

const saying = ({ status, text }: HttpAnswer): string => `${status} ${text}`;

/** Asks again and again, since nobody is answered any more, until somebody is told that there are too many. */
async function crowd(ask: () => Promise<HttpAnswer>): Promise<HttpAnswer> {
  const refused: HttpAnswer[] = [];
  while (refused.length === 0) {
    void ask().then(
      (answer) => {
        if (answer.status === 503) refused.push(answer);
      },
      // The server's end.
      () => {},
    );
    // What came before has been taken up when this is answered.
    await sendRequest(server.address, { path: '/healthz' });
  }
  return refused[0]!;
}

async function assertBusy(asked: readonly (readonly [answer: Promise<HttpAnswer>, text: string])[]): Promise<void> {
  for (const [asking, text] of asked) {
    const answer = await asking;
    assert.equal(saying(answer), text);
    assert.equal(answer.headers['retry-after'], '1');
    assert.equal(answer.headers['content-type'], 'application/json; charset=utf-8');
  }
}

const native = (message: string): string =>
  `503 {"success":false,"error":{"code":"UNAVAILABLE","message":"${message}"}}`;
const urlgo = '503 {"status":"fail","code":503,"error_key":"SERVER_ERROR","data":null,"message":"Server error."}';

describe('a server that is busy', () => {
  it('tells yeb.to’s clients that too many passwords are being hashed', async () => {
    assert.equal((await yeb('create-basic', { original_url: 'example.com', alias: 'locked' })).status, 200);
    for (const ask of [
      () => yeb('create-basic', { original_url: 'example.com', password: 'letmein' }),
      () => yeb('update', { code: 'locked', password: 'letmein' }),
    ]) {
      const answers = await Promise.all(Array.from({ length: 60 }, ask));
      const refused = answers.filter(({ status }) => status !== 200);
      assert.ok(refused.length > 0 && refused.length <= 42, `${refused.length} were refused`);
      for (const answer of refused) {
        assert.equal(saying(answer), '429 {"error":"too many passwords are being checked; try again","code":429}');
        assert.equal(answer.headers['retry-after'], '1');
      }
    }
  });

  it('tells in each dialect that too many questions are waiting', async () => {
    await threads.hang();
    const message = 'too many questions are waiting; try again';
    const refused = await crowd(() => get(`/api/v1/links/${id}/stats`));
    assert.equal(saying(refused), native(message));
    await assertBusy([
      [get(`/api/v1/links/${id}/stats`), native(message)],
      [yeb('stats', { code: 'asked-for' }), `503 {"error":"${message}","code":503}`],
      [get(`/api/v1/short-url/read/${uid}`), urlgo],
      [get(`/api/v1/short-url/read/${uid}/click-log/list`), urlgo],
    ]);
    // What needs no question is answered as ever.
    assert.equal((await yeb('get', { code: 'asked-for' })).status, 200);
    assert.equal((await get('/api/v1/short-url/list')).status, 200);
  });

  it('tells in each dialect that too many writes are waiting', async () => {
    const message = 'too many writes are waiting';
    // Nearly all that may wait come on one connection, the rest one after the other.
    const filling = await RawConnection.to(server.port);
    const change = '{"title":"waits"}';
    const head =
      `PATCH /api/v1/links/${id} HTTP/1.1\r\nHost: ${new URL(server.address).host}\r\n` +
      `Authorization: ${authorization}\r\nContent-Type: application/json\r\nContent-Length: ${change.length}\r\n\r\n`;
    filling.write(`${head}${change}`.repeat(maxPendingOperations));
    const refused = await crowd(() => user.client.patch(`/links/${id}`, { title: 'waits' }));
    assert.equal(saying(refused), native(message));
    const url = 'https://example.com/';
    const told = `503 {"error":"${message}","code":503}`;
    await assertBusy([
      [
        sendRequest(server.address, { path: `/V1/shorten?url=${url}&key=${hex}` }),
        '200 {"status":503,"message":"Too many writes are waiting."}',
      ],
      [yeb('create-basic', { original_url: url }), told],
      [yeb('create-advanced', { original_url: url }), told],
      [yeb('update', { code: 'asked-for', original_url: url }), told],
      [yeb('delete', { code: 'asked-for' }), told],
      [sendJson(server.address, '/api/v1/short-url/generate', { url }, { authorization }), urlgo],
    ]);
    filling.close();
    // Nobody is told of the inside, and no crash is among it.
    assert.doesNotMatch(server.stderr(), /"msg":"a dialect failed"|"level":"fatal"/);
  });
});
