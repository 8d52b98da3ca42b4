import assert from 'node:assert/strict';
import { after, afterEach, beforeEach, describe, it } from 'node:test';
import { closeDays } from '../../src/clicks/day-closing-store.ts';
import { auditRollUps } from '../../src/clicks/roll-up-audit-store.ts';
import { botFilters, type Period, periods } from '../../src/clicks/stats.ts';
import { dayMs, hourMs, quarterMs, utcDay } from '../../src/core/periods.ts';
import { ClickRecording, type TestHit } from '../support/click-recording.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { closeServers, temporaryFolder } from '../support/server-process.ts';

after(closeServers);

const now = Date.parse('2026-07-09T15:40:00Z');
const today = utcDay(now);
const links = [1, 2, 3, 900_000];

let clicks: ClickRecording;
beforeEach(async () => {
  clicks = await ClickRecording.open(temporaryFolder());
});
afterEach(() => clicks.close());

const one = (sql: string): unknown => clicks.connection.prepare(sql).pluck().get();

/** Every number that the API can be asked for. */
function allStats(asked: readonly Period[] = periods): unknown {
  return links.map((linkId) =>
    asked.map((period) =>
      botFilters.map((bots) => clicks.stats({ linkId, now, period, bots, createdAt: now - 10 * dayMs })),
    ),
  );
}

function randomHits(seed: number, count: number, days: number): TestHit[] {
  const random = seededRandom(seed);
  const pick = <T>(values: readonly T[]): T => values[random(values.length)]!;
  return Array.from({ length: count }, () => ({
    linkId: pick(links),
    at: now - random(days * dayMs),
    visitor: random(300),
    agent: `Agent/${random(5)}`,
    country: pick(['CH', 'NZ', '']),
    browser: pick(['Firefox', 'Chrome']),
    referrer: pick(['', 'news.example']),
    verdict: pick([0, 0, 0, 1, 2, 4]),
    totalOnly: random(10) === 0,
  }));
}

describe('closing days', () => {
  it('keeps every number, at each of its steps', async () => {
    for (const seed of [1, 2, 3]) await clicks.record(randomHits(seed, 1_000, 8));
    const [before, allBefore] = [allStats(), allStats(['all'])];
    const steps = await clicks.closeDays(today, () => assert.deepEqual(allStats(['all']), allBefore));
    assert.deepEqual(allStats(), before);
    assert.ok(steps >= 8);
    assert.equal(one(`SELECT min(bucket) / 96 FROM click_buckets`), today, 'the running day stays open');
    assert.ok(
      Number(one('SELECT count(summary) FROM click_days')) >= 4 * 7,
      'these days are long enough for a summary',
    );
    assert.deepEqual(auditRollUps(clicks.connection), []);
  });

  it('survives that the process ends between two steps', async () => {
    const folder = temporaryFolder();
    const first = await ClickRecording.open(folder);
    await first.record(randomHits(4, 3_000, 5));
    for (let steps = 0; steps < 2; steps++) await first.writer.run(closeDays, { today });
    assert.deepEqual(auditRollUps(first.connection), []);
    await first.close();
    const second = await ClickRecording.open(folder);
    await second.closeDays(today);
    assert.deepEqual(auditRollUps(second.connection), []);
    await second.close();
  });

  it('adds hits that come late to what was closed', async () => {
    const early = randomHits(5, 2_000, 4);
    await clicks.record(early);
    await clicks.closeDays(today);
    // The clock was set back: these fall into closed days, some of them into quarter-hours that are in the cube already.
    const late = [...randomHits(6, 1_000, 4), ...early.slice(0, 500)];
    await clicks.record(late);
    const before = allStats();
    assert.deepEqual(auditRollUps(clicks.connection), []);
    await clicks.closeDays(today);
    assert.deepEqual(allStats(), before);
    assert.equal(one('SELECT count(*) FROM click_buckets WHERE bucket < 96 * ' + today), 0);
    assert.deepEqual(auditRollUps(clicks.connection), []);
    const counted = [...early, ...late].filter(({ linkId, verdict }) => linkId === 2 && verdict === 0).length;
    assert.equal(clicks.stats({ linkId: 2, now, createdAt: 0 }).totalClicks, counted);
  });

  it('goes through a day of many links and many kinds in several steps', async () => {
    const at = now - 2 * dayMs;
    const hits: TestHit[] = [];
    // More rows in one quarter-hour than a step takes of it: of many links, of some links with several kinds of visits each,
    // and of one with many.
    for (let i = 0; i < 200; i++) hits.push({ linkId: 10 + i, at, visitor: i });
    for (let i = 0; i < 160; i++)
      hits.push({ linkId: 300 + (i >> 2), at: at + quarterMs, visitor: i, referrer: `host-${i % 4}.example` });
    for (let i = 0; i < 100; i++) {
      hits.push({ linkId: 1, at: at - quarterMs, visitor: i, referrer: `host-${i}.example` });
      hits.push({ linkId: 2, at: at - (i % 30) * quarterMs, visitor: i, referrer: `${i}.example` });
    }
    await clicks.record(hits);
    const before = allStats(['all']);
    const steps = await clicks.closeDays(today, () => {
      assert.deepEqual(allStats(['all']), before);
      assert.deepEqual(auditRollUps(clicks.connection), []);
    });
    assert.ok(steps > 3, `${steps} steps`);
    assert.equal(one('SELECT count(*) FROM click_buckets'), 0);
    assert.equal(one('SELECT count(*) FROM click_days WHERE link_id >= 10'), 240);
  });

  it('leaves the running day and later ones alone', async () => {
    await clicks.record([{ at: now }, { at: today * dayMs }, { at: now + 3 * dayMs }]);
    assert.equal(await clicks.closeDays(today), 0);
    await clicks.record([{ at: today * dayMs - 1 }]);
    assert.equal(await clicks.closeDays(today), 1);
    assert.equal(one('SELECT count(*) FROM click_days'), 1);
    assert.equal(one('SELECT sum(clicks) FROM click_buckets'), 3);
  });

  it('keeps what happens meanwhile', async () => {
    const early = randomHits(8, 3_000, 6);
    const late = randomHits(9, 600, 6);
    await clicks.record(early);
    let recorded: Promise<unknown> | undefined;
    await clicks.closeDays(today, () => {
      recorded ??= clicks.record(late);
    });
    await recorded;
    await clicks.closeDays(today);
    assert.equal(
      one('SELECT count(*) FROM clicks'),
      [...early, ...late].filter((hit) => hit.totalOnly !== true).length,
    );
    assert.deepEqual(auditRollUps(clicks.connection), []);
  });

  it('answers by the hour from a closed day', async () => {
    const yesterday = (today - 1) * dayMs + 20 * hourMs;
    await clicks.record([{ at: yesterday }, { at: yesterday + 59 * 60_000 }, { at: yesterday + hourMs }]);
    await clicks.closeDays(today);
    const course = clicks.stats({ now, period: '24h' }).overTime.filter(({ count }) => count > 0);
    assert.deepEqual(course, [
      { date: '2026-07-08T20:00:00.000Z', count: 2 },
      { date: '2026-07-08T21:00:00.000Z', count: 1 },
    ]);
  });
});
