// The reader thread: in turn, in bounds, and started again when it was lost.

import assert from 'node:assert/strict';
import { after, afterEach, beforeEach, describe, it } from 'node:test';
import type { Worker } from 'node:worker_threads';
import { linkStatsReading } from '../../src/clicks/click-readings.ts';
import { AppError } from '../../src/core/errors.ts';
import { startWorker } from '../../src/core/worker-threads.ts';
import { ReaderThread } from '../../src/storage/reader.ts';
import { defineReading } from '../../src/storage/reading.ts';
import { ClickWriting } from '../support/click-writing.ts';
import { closeServers, temporaryFolder } from '../support/server-process.ts';

after(closeServers);

const now = Date.parse('2026-07-01T12:00:00Z');

let clicks: ClickWriting;
let workers: Worker[];
let reader: ReaderThread;
beforeEach(() => {
  const dataFolder = temporaryFolder();
  clicks = new ClickWriting(dataFolder);
  workers = [];
  reader = new ReaderThread(() => {
    const worker = startWorker('stats', { workerData: { dataFolder } });
    workers.push(worker);
    return worker;
  });
});
afterEach(async () => {
  await reader.close();
  clicks.close();
});

async function totalOf(linkId: number): Promise<number> {
  const { totalClicks } = await reader.ask(linkStatsReading, {
    owner: { scope: 'link', id: linkId, since: now },
    question: {
      period: 'all',
      from: undefined,
      to: undefined,
      timeZone: 'UTC',
      interval: undefined,
      bots: 'exclude',
      filters: { dimensions: {}, linkIds: undefined },
      lists: [],
      limit: 0,
      visitorsOverTime: false,
      comparesPrevious: false,
      now,
    },
  });
  return totalClicks;
}

const isUnavailable = (error: unknown): boolean => error instanceof AppError && error.code === 'UNAVAILABLE';

describe('the reader thread', () => {
  it('is not started before it is asked, and sees every commit before its question', async () => {
    assert.equal(workers.length, 0);
    for (let count = 1; count <= 3; count++) {
      clicks.write([{ at: now }]);
      assert.equal(await totalOf(1), count);
    }
    assert.equal(workers.length, 1);
  });

  it('answers many at once in turn, and refuses those that are too many', async () => {
    clicks.write([
      { at: now, linkId: 1 },
      { at: now, linkId: 2 },
      { at: now, linkId: 2 },
    ]);
    const asked = await Promise.allSettled(Array.from({ length: 150 }, (_, i) => totalOf(1 + (i % 2))));
    const answered = asked.filter((outcome) => outcome.status === 'fulfilled');
    asked.forEach((outcome, i) => {
      if (outcome.status === 'fulfilled') assert.equal(outcome.value, 1 + (i % 2));
      else assert.ok(isUnavailable(outcome.reason));
    });
    assert.ok(answered.length >= 100 && answered.length < 150, `${answered.length} answered`);
    assert.equal(await totalOf(2), 2);
  });

  it('is started again when it was lost, and tells those who waited', async () => {
    await totalOf(1);
    const waiting = Promise.allSettled([totalOf(1), totalOf(1), totalOf(1)]);
    await workers[0]!.terminate();
    for (const outcome of await waiting) if (outcome.status === 'rejected') assert.ok(isUnavailable(outcome.reason));
    clicks.write([{ at: now }]);
    assert.equal(await totalOf(1), 1);
    assert.equal(workers.length, 2);
  });

  it('passes on what a reading throws, and goes on', async () => {
    const unknown = defineReading('nothing', () => 0);
    await assert.rejects(reader.ask(unknown, null), /no reading is called nothing/);
    assert.equal(await totalOf(1), 0);
  });

  it('refuses questions once it is closed', async () => {
    await totalOf(1);
    await reader.close();
    await assert.rejects(totalOf(1), isUnavailable);
    assert.equal(workers.length, 1);
  });
});
