import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { auditRollUps } from '../../src/clicks/roll-up-audit-store.ts';
import { type BotFilter, botFilters, type Period, periods } from '../../src/clicks/stats.ts';
import { verdictCode } from '../../src/clicks/verdict.ts';
import { dayMs, hourMs, utcDay } from '../../src/core/periods.ts';
import { ClickRecording, type TestHit } from '../support/click-recording.ts';
import { closeServers, temporaryFolder } from '../support/server-process.ts';

after(closeServers);

const now = Date.parse('2026-07-01T12:34:56.789Z');
const today = utcDay(now);
const bot = verdictCode('bot');

let clicks: ClickRecording;
let lastLinkId = 0;
before(async () => {
  clicks = await ClickRecording.open(temporaryFolder());
});
after(() => clicks.close());

type Stats = ReturnType<ClickRecording['stats']>;

const sum = (rows: readonly { count: number }[]): number => rows.reduce((total, { count }) => total + count, 0);

/** Every sum that must be the same number. */
function sumsOf(stats: Stats): Record<string, number> {
  const { totalClicks, byCountry, byDevice, byBrowser, byOs, byReferrer, byLanguage, overTime } = stats;
  const lists = { byCountry, byDevice, byBrowser, byOs, byReferrer, byLanguage, overTime };
  return { totalClicks, ...Object.fromEntries(Object.entries(lists).map(([name, rows]) => [name, sum(rows)])) };
}

type Dimension = 'country' | 'device' | 'browser' | 'os' | 'referrer' | 'language';

/** What a breakdown should hold, counted one by one. */
function expectedRows(hits: readonly TestHit[], dimension: Dimension): Record<string, number> {
  const counts = new Map<string, number>();
  for (const hit of hits) {
    const known = hit.totalOnly === true ? '' : (hit[dimension] ?? '');
    const value = known === '' ? (dimension === 'referrer' ? 'direct' : 'unknown') : known;
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return Object.fromEntries(counts);
}

function assertBreakdowns(stats: Stats, hits: readonly TestHit[]): void {
  const lists = {
    country: stats.byCountry.map(({ country, count }) => [country, count]),
    device: stats.byDevice.map(({ device, count }) => [device, count]),
    browser: stats.byBrowser.map(({ browser, count }) => [browser, count]),
    os: stats.byOs.map(({ os, count }) => [os, count]),
    referrer: stats.byReferrer.map(({ referrer, count }) => [referrer, count]),
    language: stats.byLanguage.map(({ language, count }) => [language, count]),
  };
  for (const dimension of Object.keys(lists) as Dimension[]) {
    const rows = lists[dimension];
    assert.deepEqual(Object.fromEntries(rows), expectedRows(hits, dimension), dimension);
    assert.equal(new Set(rows.map(([name]) => name)).size, rows.length, `${dimension} names something twice`);
  }
}

const isAsked = ({ verdict = 0 }: TestHit, bots: BotFilter): boolean =>
  bots === 'include' || (verdict === 0) === (bots === 'exclude');

/** The period's first moment, and the first after it, from its definition. */
function boundsOf(period: Exclude<Period, 'all'>): [from: number, to: number] {
  const nextHour = Date.parse('2026-07-01T13:00:00Z');
  const tomorrow = Date.parse('2026-07-02T00:00:00Z');
  if (period === '24h') return [nextHour - 24 * hourMs, nextHour];
  return [tomorrow - { '7d': 7, '30d': 30, '90d': 90 }[period] * dayMs, tomorrow];
}

describe('statistics of any hits', () => {
  const anyHit: fc.Arbitrary<TestHit> = fc.record({
    // A hundred days back, and a few hours of a clock that was ahead; half of all on one day, so that its cube gets a summary.
    at: fc.oneof(
      fc.integer({ min: now - 100 * dayMs, max: now + 30 * hourMs }),
      fc.integer({ min: (today - 2) * dayMs, max: (today - 1) * dayMs - 1 }),
    ),
    visitor: fc.integer({ min: 0, max: 40 }),
    device: fc.constantFrom('desktop', 'mobile', 'bot', 'unknown'),
    browser: fc.constantFrom('Firefox', 'Chrome', 'constructor', '__proto__'),
    os: fc.constantFrom('Linux', 'iOS'),
    country: fc.constantFrom('CH', 'NZ', ''),
    referrer: fc.constantFrom('', 'news.example', 'direct'),
    language: fc.constantFrom('', 'de', 'en'),
    verdict: fc.constantFrom(0, 0, 0, bot, verdictCode('head'), verdictCode('prefetch')),
    totalOnly: fc.constantFrom(false, false, false, true),
  });

  /** Asks for everything that can be asked of the link, and compares it with its hits. */
  function checkedStats(linkId: number, hits: readonly TestHit[]): Stats[] {
    return periods.flatMap((period) =>
      botFilters.map((bots) => {
        const stats = clicks.stats({ linkId, now, period, bots, createdAt: now - 50 * dayMs });
        assert.deepEqual(new Set(Object.values(sumsOf(stats))), new Set([stats.totalClicks]));
        const [from, to] = period === 'all' ? [-Infinity, Infinity] : boundsOf(period);
        const asked = hits.filter((hit) => hit.at >= from && hit.at < to && isAsked(hit, bots));
        assert.equal(stats.totalClicks, asked.length, `${period}, bots=${bots}`);
        assertBreakdowns(stats, asked);
        return stats;
      }),
    );
  }

  it('agree with themselves and with the hits, before and after their days are closed', async () => {
    const anyBatches = fc.array(fc.array(anyHit, { maxLength: 60, size: 'max' }), { minLength: 1, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(anyBatches, async (batches) => {
        const linkId = ++lastLinkId;
        for (const batch of batches) await clicks.record(batch.map((hit) => ({ ...hit, linkId })));
        const hits = batches.flat();
        assert.equal(clicks.clicksOf(linkId), hits.filter(({ verdict }) => verdict === 0).length);
        const open = checkedStats(linkId, hits);
        await clicks.closeDays(today);
        assert.deepEqual(checkedStats(linkId, hits), open);
      }),
      { seed: 42, numRuns: 20, endOnFailure: true },
    );
    const days = clicks.connection
      .prepare<[], { short: number; long: number }>(
        'SELECT sum(summary IS NULL) AS short, sum(summary IS NOT NULL) AS long FROM click_days',
      )
      .get();
    assert.ok(days!.short > 5 && days!.long > 5, 'days are read from their cubes as well as from their summaries');
    assert.deepEqual(auditRollUps(clicks.connection), []);
  });
});

describe('a period', () => {
  const expected: [period: Exclude<Period, 'all'>, steps: number, first: string, last: string][] = [
    ['24h', 24, '2026-06-30T13:00:00.000Z', '2026-07-01T12:00:00.000Z'],
    ['7d', 7, '2026-06-25', '2026-07-01'],
    ['30d', 30, '2026-06-02', '2026-07-01'],
    ['90d', 90, '2026-04-03', '2026-07-01'],
  ];
  for (const [period, steps, first, last] of expected) {
    it(`of ${period} begins and ends at its first and last millisecond, with no gap`, async () => {
      const linkId = ++lastLinkId;
      const [from, to] = boundsOf(period);
      const inside = [from, from + 1, now, to - 1];
      await clicks.record([from - 1, ...inside, to].map((at, visitor) => ({ linkId, at, visitor })));
      for (const closing of [false, true]) {
        if (closing) await clicks.closeDays(today);
        const { totalClicks, overTime } = clicks.stats({ linkId, now, period, createdAt: now });
        assert.equal(totalClicks, inside.length);
        assert.equal(overTime.length, steps);
        assert.deepEqual([overTime[0]?.date, overTime.at(-1)?.date], [first, last]);
        assert.deepEqual([overTime[0]?.count, overTime.at(-1)?.count], [2, 2]);
        assert.equal(new Set(overTime.map(({ date }) => date)).size, steps);
        assert.deepEqual(
          overTime,
          overTime.toSorted((a, b) => (a.date < b.date ? -1 : 1)),
        );
      }
    });
  }

  it('of everything begins on the day the link was made and ends today', () => {
    const { overTime, totalClicks } = clicks.stats({ linkId: ++lastLinkId, now, createdAt: now - 3 * dayMs });
    assert.equal(totalClicks, 0);
    assert.deepEqual(
      overTime,
      ['2026-06-28', '2026-06-29', '2026-06-30', '2026-07-01'].map((date) => ({ date, count: 0 })),
    );
  });

  it('of everything holds what was stored under a clock that was wrong, whatever it was', async () => {
    const linkId = ++lastLinkId;
    const times = [now - 2 * dayMs, now, now + 2 * dayMs];
    await clicks.record(
      times.flatMap((at) => [
        { linkId, at },
        { linkId, at, verdict: bot },
      ]),
    );
    for (const closing of [false, true]) {
      if (closing) await clicks.closeDays(today);
      for (const [bots, expected] of [
        ['exclude', 3],
        ['only', 3],
        ['include', 6],
      ] as const) {
        assert.equal(clicks.stats({ linkId, now, bots, createdAt: now }).totalClicks, expected);
      }
      assert.deepEqual(
        clicks.stats({ linkId, now, createdAt: now }).overTime.map(({ count }) => count),
        [1, 0, 1, 0, 1],
      );
    }
    assert.equal(clicks.clicksOf(linkId), 3);
  });
});

describe('a breakdown', () => {
  it('names what is unknown, sorts by count and then by name, and keeps to its limit', async () => {
    const linkId = ++lastLinkId;
    const hit = { linkId, at: now, device: 'mobile', browser: 'Firefox', os: 'Android', language: 'de' } as const;
    await clicks.record([
      { ...hit, country: 'NZ', referrer: 'b.example' },
      { ...hit, country: 'NZ', referrer: 'a.example' },
      { ...hit, country: 'CH' },
      { linkId, at: now, country: 'CH' },
      { linkId, at: now },
    ]);
    const stats = clicks.stats({ linkId, now });
    assert.deepEqual(stats.byCountry, [
      { country: 'CH', count: 2 },
      { country: 'NZ', count: 2 },
      { country: 'unknown', count: 1 },
    ]);
    assert.deepEqual(stats.byReferrer, [
      { referrer: 'direct', count: 3 },
      { referrer: 'a.example', count: 1 },
      { referrer: 'b.example', count: 1 },
    ]);
    assert.deepEqual(stats.byOs, [
      { os: 'Android', count: 3 },
      { os: 'unknown', count: 2 },
    ]);
    const limited = clicks.stats({ linkId, now, limit: 1 });
    assert.deepEqual(limited.byCountry, stats.byCountry.slice(0, 1));
    assert.equal(limited.totalClicks, 5);
    assert.deepEqual(limited.overTime, stats.overTime);
  });

  it('never holds what belongs to another link', async () => {
    const [mine, other] = [++lastLinkId, ++lastLinkId];
    await clicks.record([{ linkId: mine, at: now, country: 'CH' }]);
    await clicks.record(
      Array.from({ length: 50 }, (_, visitor) => ({ linkId: other, at: now, visitor, country: 'NZ' })),
    );
    assert.deepEqual(clicks.stats({ linkId: mine, now }).byCountry, [{ country: 'CH', count: 1 }]);
    assert.equal(clicks.stats({ linkId: mine, now }).uniqueVisitors, 1);
  });
});

describe('unique visitors', () => {
  const standardError = 1.04 / Math.sqrt(4096);

  it('are people, each counted once however often and on however many days', async () => {
    const linkId = ++lastLinkId;
    const visits = [1, 2, 1, 3, 2, 1].map((visitor, i) => ({ linkId, at: now - (i % 3) * dayMs, visitor }));
    await clicks.record([...visits, { linkId, at: now, visitor: 9, verdict: bot }]);
    assert.equal(clicks.stats({ linkId, now, period: '7d' }).uniqueVisitors, 3);
  });

  it('are right within three standard errors, for a day and for all of them', async () => {
    const linkId = ++lastLinkId;
    // Each day half of the visitors come back.
    for (let day = 0; day < 5; day++) {
      const visitors = Array.from({ length: 3_000 }, (_, i) => day * 1_500 + i);
      await clicks.record(visitors.map((visitor) => ({ linkId, at: (today - 5 + day) * dayMs + hourMs, visitor })));
    }
    for (const closing of [false, true]) {
      if (closing) await clicks.closeDays(today);
      for (const [period, expected] of [
        ['all', 9_000],
        ['7d', 9_000],
        ['24h', 3_000],
      ] as const) {
        const { uniqueVisitors } = clicks.stats({ linkId, now, period, createdAt: now - 9 * dayMs });
        assert.ok(Math.abs(uniqueVisitors - expected) <= 3 * standardError * expected, `${period}: ${uniqueVisitors}`);
      }
    }
  });
});
