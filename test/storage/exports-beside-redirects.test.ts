// Exports beside redirects, on a thread of their own as in the server: all of it comes, with rests only while visitors are redirected.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { Exports } from '../../src/clicks/exports.ts';
import { startWorker } from '../../src/core/worker-threads.ts';
import type { ReaderData } from '../../src/storage/reader-protocol.ts';
import { ReaderThread } from '../../src/storage/reader.ts';
import { ClickWriting, giveUserLinks } from '../support/click-writing.ts';
import { FakeTime } from '../support/fake-time.ts';

const hits = 1_000;
const folder = mkdtempSync(join(tmpdir(), 'signpost-exports-'));
const writing = new ClickWriting(folder);
giveUserLinks(writing.connection, 1, [1]);
const start = Date.parse('2026-07-01T00:00:00Z');
// All in one quarter-hour, each of a kind of its own: one page of roll-ups.
writing.write(
  Array.from({ length: hits }, (_, n) => ({
    at: start + n,
    linkId: 1,
    visitor: 1 + n,
    referrer: `site-${n}.example`,
    verdict: 0,
  })),
);
const workerData: ReaderData = { dataFolder: folder, isBackground: true };
const thread = new ReaderThread(() => startWorker('stats', { workerData }));
after(async () => {
  await thread.close();
  writing.close();
  rmSync(folder, { recursive: true });
});

const time = new FakeTime(start);
const scope = { userId: 1, linkId: undefined };

/** The rests of an export of five pages, a piece each, in milliseconds; `beforePage` happens before each is taken. */
async function restsOf(beforePage: (traffic: { taken: number }, page: number) => void): Promise<number[]> {
  const rests: number[] = [];
  const traffic = { taken: 7 };
  const rest = (ms: number): Promise<void> => {
    rests.push(ms);
    return Promise.resolve();
  };
  const exports = new Exports({ thread, traffic, clock: time, rest });
  let rows = 0;
  let page = 0;
  beforePage(traffic, page++);
  for await (const bytes of exports.pages('clicks', { scope, format: 'csv', position: undefined })) {
    rows += new TextDecoder().decode(bytes).split('\n').length - 1;
    beforePage(traffic, page++);
  }
  assert.equal(rows, hits);
  return rests;
}

describe('an export', () => {
  it('rests between pages while there are redirects, and goes on at once without', async () => {
    assert.deepEqual(await restsOf(() => {}), []);
    // After every page but the last. A page takes no time on this clock: the least rest.
    assert.deepEqual(await restsOf((traffic) => traffic.taken++), [1, 1, 1, 1]);
  });

  it('rests for a second after the last redirect', async () => {
    const once = await restsOf((traffic, page) => {
      if (page === 0) traffic.taken++;
      else time.advance(400);
    });
    // The second begins with the page that noticed the redirect: at 400 ms; it is over at 1,400.
    assert.equal(once.length, 3);
  });

  it('hands a long page on in pieces, and lets others have their turn in between', async () => {
    const exports = new Exports({ thread, traffic: { taken: 0 }, clock: time });
    const pieces: Uint8Array[] = [];
    let turns = 0;
    const count = (): void => {
      turns++;
      turn = setImmediate(count);
    };
    let turn = setImmediate(count);
    const turnsBefore: number[] = [];
    try {
      for await (const piece of exports.pages('stats', { scope, format: 'ndjson', position: undefined })) {
        pieces.push(piece);
        turnsBefore.push(turns);
      }
    } finally {
      clearImmediate(turn);
    }
    assert.ok(pieces.length > 3, `${pieces.length} pieces`);
    assert.ok(pieces.every(({ length }) => length <= 65_536));
    assert.equal(Buffer.concat(pieces).toString().split('\n').length - 1, hits);
    assert.ok(
      turnsBefore.every((before, i) => i === 0 || before > turnsBefore[i - 1]!),
      turnsBefore.join(' '),
    );
  });
});
