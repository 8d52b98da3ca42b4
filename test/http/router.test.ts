// What the router does with routes that fail, seen from the other end of a real connection.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, describe, it } from 'node:test';
import { pino } from 'pino';
import { plansFrom } from '../../src/accounts/plans.ts';
import { systemClock } from '../../src/core/clock.ts';
import { AppError } from '../../src/core/errors.ts';
import { data } from '../../src/http/answer.ts';
import { ClientAddresses } from '../../src/http/client-address.ts';
import { Entrance } from '../../src/http/entrance.ts';
import { Listener } from '../../src/http/listener.ts';
import { nextRequestId } from '../../src/http/request-id.ts';
import { ApiRouter, type PublicRoute } from '../../src/http/router.ts';
import { openReader, prepareDatabase } from '../../src/storage/database.ts';
import type { Connection } from '../../src/storage/query.ts';
import { ApiAnswer, sendRequest } from '../support/api-client.ts';
import { closing } from '../support/closing.ts';
import { RawConnection } from './raw-connection.ts';

const route = (path: string, handle: PublicRoute['handle']): PublicRoute => ({
  method: 'GET',
  path,
  scope: 'public',
  handle,
});

let arrived = Promise.withResolvers<void>();
let released = Promise.withResolvers<void>();
const routes: PublicRoute[] = [
  route('/bug', () => {
    throw new TypeError("cannot read 'secret' of undefined");
  }),
  route('/late-bug', () => Promise.reject(new Error('SQLITE_CORRUPT: /var/lib/secret.db'))),
  route('/unserializable', () => data(1n)),
  route('/split', () => ({ status: 200, body: {}, headers: { 'X-Secret': 'a\r\nSet-Cookie: b' } })),
  route('/busy', () => Promise.reject(new AppError('UNAVAILABLE', 'the change could not be stored; try again'))),
  route('/own-headers', () => ({ status: 200, body: {}, headers: { 'Cache-Control': 'public', 'X-Own': 'yes' } })),
  route('/slow', async () => {
    arrived.resolve();
    await released.promise;
    return data('done');
  }),
];

const logged: Record<string, unknown>[] = [];
const log = pino({}, { write: (line: string) => logged.push(JSON.parse(line) as Record<string, unknown>) });
let folder: string;
let reader: Connection;
let listener: Listener;
let address: string;
let settled: Promise<void>;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'signpost-router-'));
  prepareDatabase(folder);
  reader = openReader(folder);
  const router = new ApiRouter({
    routes,
    entrance: new Entrance({
      reader,
      plans: plansFrom(() => 0),
      clientAddresses: new ClientAddresses([]),
      wrongKeysPerMinute: 0,
      anonymousRequestsPerMinute: 0,
      storeKeyUse: () => Promise.resolve(),
      clock: systemClock,
      log,
    }),
    clock: systemClock,
    log,
  });
  listener = new Listener({
    handle(request, response) {
      settled = router.handle(request, response, nextRequestId());
    },
    refusal: () => undefined,
    sendOn: () => undefined,
    maxConnections: 100,
    meter: undefined,
    clock: systemClock,
  });
  const { port } = await listener.listen('127.0.0.1', 0);
  address = `http://127.0.0.1:${port}`;
});
after(async () => {
  await listener.stop();
  reader.close();
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  logged.length = 0;
  arrived = Promise.withResolvers();
  released = Promise.withResolvers();
});

const get = async (path: string): Promise<ApiAnswer> => new ApiAnswer(await sendRequest(address, { path }));

describe('a route that fails', () => {
  for (const path of ['/bug', '/late-bug', '/unserializable', '/split']) {
    it(`shows a bug as INTERNAL_ERROR and tells the log alone what it was: ${path}`, async () => {
      const answer = await get(path);
      assert.equal(answer.status, 500);
      assert.deepEqual(answer.json, {
        success: false,
        error: { code: 'INTERNAL_ERROR', message: 'something went wrong on our side' },
      });
      assert.deepEqual(
        logged.map(({ requestId, method, path }) => ({ requestId, method, path })),
        [{ requestId: answer.headers['x-request-id'], method: 'GET', path }],
      );
      assert.match(JSON.stringify(logged[0]), /secret|BigInt/i);
    });
  }

  it('says when to come back where it is only busy, and logs it', async () => {
    const answer = await get('/busy');
    assert.deepEqual([answer.status, answer.error.code, answer.headers['retry-after']], [503, 'UNAVAILABLE', '1']);
    assert.deepEqual(
      logged.map(({ requestId }) => requestId),
      [answer.headers['x-request-id']],
    );
  });

  it('logs nothing that the caller did wrong', async () => {
    assert.equal((await get('/unknown')).status, 404);
    assert.equal((await sendRequest(address, { path: '/bug', method: 'POST' })).status, 405);
    assert.deepEqual(logged, []);
  });
});

describe('a route that answers', () => {
  it('keeps its own headers beside the common ones', async () => {
    const { headers } = await get('/own-headers');
    assert.deepEqual([headers['cache-control'], headers['x-own']], ['public', 'yes']);
  });

  it('is no failure when nobody waits for the answer any more', async () => {
    const connection = await RawConnection.to(Number(new URL(address).port));
    connection.write('GET /slow HTTP/1.1\r\nHost: a\r\n\r\n');
    await arrived.promise;
    const closed = closing(connection.socket);
    connection.socket.resetAndDestroy();
    await closed;
    released.resolve();
    await settled;
    assert.equal((await get('/own-headers')).status, 200);
    assert.deepEqual(logged, []);
  });
});
