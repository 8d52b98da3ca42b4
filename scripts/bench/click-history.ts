// Months of clicks as visitors would have left them, written through the program's own ClickStore in the batches of a busy server:
// the file ends up as a running server's would.

import { batchBytes, type ClickBatch, ClickRecords, type NewTerms } from '../../src/clicks/click-batch.ts';
import { ClickStore } from '../../src/clicks/click-store.ts';
import { dayMs, hourMs } from '../../src/core/periods.ts';
import { openWriter } from '../../src/storage/database.ts';
import { gatherCrowd } from './click-visitors.ts';
import { type Random, seededRandom } from './random-draws.ts';

export interface HistoryShape {
  readonly clicks: number;
  readonly days: number;
  /** Which link is clicked next. */
  readonly drawLink: (random: Random) => number;
  /** The last click's time at the latest. */
  readonly now: number;
  readonly say?: (line: string) => void;
}

export interface History {
  readonly seconds: number;
  /** Of the writer's work alone. */
  readonly microsPerClick: number;
  readonly slowestBatchMs: number;
}

const batchClicks = 4_096;
const batchesPerCheckpoint = 256;
const visitsPerVisitor = 1.6;
const noTerms: NewTerms = { place: [], agent: [], referrer: [], context: [] };

// Clicks by hour of the day (UTC): few at night, most in the evening.
const hourWeights = [3, 2, 2, 2, 2, 3, 4, 6, 7, 8, 8, 8, 9, 9, 8, 8, 8, 9, 10, 11, 11, 10, 7, 4];
const dayWeight = hourWeights.reduce((sum, weight) => sum + weight, 0);

/** The moments of `count` clicks, in order: the same number on every day, more in the evening. */
function* clickTimes(count: number, days: number, now: number): IterableIterator<number> {
  const first = Math.floor((now - days * dayMs) / dayMs) * dayMs + dayMs;
  const whole = (now - first) / dayMs;
  let hour = 0;
  let weightBefore = 0;
  const total = weightUntil(whole);
  for (let i = 0; i < count; i++) {
    const weight = ((i + 0.5) / count) * total;
    while (weight >= weightBefore + hourWeights[hour % 24]!) weightBefore += hourWeights[hour++ % 24]!;
    const share = (weight - weightBefore) / hourWeights[hour % 24]!;
    yield Math.min(now, Math.floor(first + (hour + share) * hourMs));
  }
}

function weightUntil(days: number): number {
  const hours = (days % 1) * 24;
  let weight = Math.floor(days) * dayWeight;
  for (let hour = 0; hour < hours; hour++) weight += hourWeights[hour]! * Math.min(1, hours - hour);
  return weight;
}

export function writeHistory(dataFolder: string, shape: HistoryShape): History {
  const { clicks, days, drawLink, now, say } = shape;
  const startedAt = performance.now();
  const random = seededRandom(42);
  const crowd = gatherCrowd(Math.ceil(clicks / visitsPerVisitor), random);
  const connection = openWriter(dataFolder);
  // What is lost in a crash is made anew; the figures are of the file and of reading it.
  connection.pragma('synchronous = OFF');
  const memory = [new SharedArrayBuffer(batchBytes), new SharedArrayBuffer(batchBytes)] as const;
  const store = new ClickStore(connection, memory);
  const records = new ClickRecords(memory[0]);
  const times = clickTimes(clicks, days, now);
  let writingMs = 0;
  let slowestBatchMs = 0;
  try {
    for (let written = 0, batches = 0; written < clicks; batches++) {
      const count = Math.min(batchClicks, clicks - written);
      for (let position = 0; position < count; position++) {
        const clickedAt = times.next().value as number;
        records.put(position, {
          ...crowd.draw(),
          linkId: drawLink(random),
          clickedAt,
          limit: 0,
          totalOnly: false,
        });
      }
      const terms = batches === 0 ? crowd.terms : noTerms;
      const batch: ClickBatch = { buffer: 0, count, limited: false, restart: false, terms };
      store.receive(batch);
      const before = performance.now();
      connection.transaction(() => store.write(batch)).immediate();
      const ms = performance.now() - before;
      writingMs += ms;
      slowestBatchMs = Math.max(slowestBatchMs, ms);
      written += count;
      if (batches % batchesPerCheckpoint === 0) {
        connection.pragma('wal_checkpoint(TRUNCATE)');
        say?.(`${written} of ${clicks} clicks written`);
      }
    }
    connection.pragma('wal_checkpoint(TRUNCATE)');
  } finally {
    connection.close();
  }
  return {
    seconds: (performance.now() - startedAt) / 1000,
    microsPerClick: (writingMs * 1000) / clicks,
    slowestBatchMs,
  };
}
