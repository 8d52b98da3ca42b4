// When the client comes again: by its own back-off where nothing says when, and by Retry-After in both of its forms.

import assert from 'node:assert/strict';
import { after, describe, it, type TestContext } from 'node:test';
import { ApiError, ConnectionError, Signpost } from '../../src/sdk/client.ts';
import { delayBefore } from '../../src/sdk/transport.ts';
import { ApiClient } from '../support/api-client.ts';
import { closeServers, startServer } from '../support/server-process.ts';
import { closeTroubledServers, troubledServer } from '../support/troubled-server.ts';

after(async () => {
  closeTroubledServers();
  await closeServers();
});

const server = await startServer();
const apiKey = ApiClient.of(server).key!;

/** What is waited for is written down, and waited for a thousandth as long. */
function waitsOf(test: TestContext, chance: number): number[] {
  const waits: number[] = [];
  test.mock.method(Math, 'random', () => chance);
  const setReal = setTimeout;
  const set = (run: (...values: unknown[]) => void, delayMs = 0, ...values: unknown[]): NodeJS.Timeout => {
    // Not fetch's own, and not the limit of a try.
    const isWait = new Error().stack?.includes('/sdk/transport.ts') === true && delayMs < 20_000;
    if (isWait) waits.push(delayMs);
    return setReal(run, isWait ? delayMs / 1_000 : delayMs, ...values);
  };
  test.mock.method(globalThis, 'setTimeout', set as typeof setTimeout);
  return waits;
}

/** Busy for so many tries, each of which says when to come again, or does not. */
function busyFor(tries: number, status: number, retryAfter?: () => string) {
  return troubledServer(server.address, (_request, response, n) => {
    if (n > tries) return false;
    response.writeHead(status, retryAfter === undefined ? {} : { 'retry-after': retryAfter() }).end('later');
    return true;
  });
}

describe('the client, where a server is busy', () => {
  for (const status of [429, 503]) {
    it(`comes again after ${status} without Retry-After, each time after twice as long`, async (test) => {
      const waits = waitsOf(test, 0.5);
      const { address, received } = await busyFor(7, status);
      const client = new Signpost({ apiKey, baseUrl: address, maxRetries: 7 });
      assert.equal((await client.account.me()).user.plan, 'unlimited');
      assert.deepEqual(waits, [125, 250, 500, 1_000, 2_000, 4_000, 4_000]);
      assert.equal(received.length, 8);
    });
  }

  it('gives up after three more tries, unless it is told another number', async (test) => {
    const waits = waitsOf(test, 0.5);
    const { address, received } = await busyFor(100, 503);
    const client = new Signpost({ apiKey, baseUrl: address });
    await assert.rejects(client.account.me(), { name: 'ApiError', status: 503, retryAfterMs: undefined });
    assert.deepEqual(waits, [125, 250, 500]);
    await assert.rejects(client.account.me({ maxRetries: 1 }), { status: 503 });
    assert.equal(received.length, 4 + 2);
  });

  it('waits for any part of the time, by chance', () => {
    const busy = new ApiError('later', {
      code: 'UNAVAILABLE',
      status: 503,
      details: [],
      requestId: undefined,
      retryAfterMs: undefined,
    });
    for (const error of [busy, new ConnectionError('gone')]) {
      const drawn = Array.from({ length: 200 }, () => delayBefore(error, 2)!);
      assert.ok(drawn.every((delayMs) => delayMs >= 0 && delayMs <= 1_000));
      assert.ok(new Set(drawn).size > 100);
    }
  });

  it('comes again when Retry-After says so, in seconds or as a date', async (test) => {
    const waits = waitsOf(test, 0.5);
    const inSeconds = await busyFor(1, 503, () => '7');
    await new Signpost({ apiKey, baseUrl: inSeconds.address }).account.me();
    assert.deepEqual(waits.splice(0), [7_000]);
    // As long ago as any: at once.
    const past = await busyFor(1, 429, () => 'Sun, 06 Nov 1994 08:49:37 GMT');
    await new Signpost({ apiKey, baseUrl: past.address }).account.me();
    assert.deepEqual(waits.splice(0), [0]);
    const now = Date.parse('2030-01-01T00:00:00Z');
    test.mock.method(Date, 'now', () => now);
    const soon = await busyFor(1, 503, () => new Date(now + 15_000).toUTCString());
    await new Signpost({ apiKey, baseUrl: soon.address }).account.me();
    assert.deepEqual(waits.splice(0), [15_000]);
    // What is neither says nothing.
    for (const odd of ['soon', '1.5', '-1', '']) {
      const { address } = await busyFor(1, 503, () => odd);
      await new Signpost({ apiKey, baseUrl: address }).account.me();
      assert.deepEqual(waits.splice(0), [125], odd);
    }
  });

  it('says when to come again, and does not wait, where that is later than in a minute', async (test) => {
    const now = Date.parse('2030-01-01T00:00:00Z');
    test.mock.method(Date, 'now', () => now);
    for (const [retryAfter, retryAfterMs] of [
      ['61', 61_000],
      [new Date(now + 3_600_000).toUTCString(), 3_600_000],
    ] as const) {
      const { address, received } = await busyFor(1, 503, () => retryAfter);
      await assert.rejects(new Signpost({ apiKey, baseUrl: address }).account.me(), { status: 503, retryAfterMs });
      assert.equal(received.length, 1);
    }
  });
});
