// The numbers of any question about any hits, against the raw rows counted one by one.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { auditRollUps } from '../../src/clicks/roll-up-audit-store.ts';
import { type DimensionName, dimensionNames, dimensions } from '../../src/clicks/dimensions.ts';
import { type DimensionFilters } from '../../src/clicks/stats-filter.ts';
import { periods } from '../../src/clicks/stats-period.ts';
import { type BotFilter, botFilters } from '../../src/clicks/tally.ts';
import { verdictCode } from '../../src/clicks/verdict.ts';
import { VisitorUnion } from '../../src/clicks/visitor-sketch.ts';
import { dayMs, hourMs, quarterMs } from '../../src/core/periods.ts';
import { intervals } from '../../src/core/time-zone.ts';
import { type AskedStats, shownCounts, type TestStats } from '../support/asked-stats.ts';
import { ClickWriting, giveUserLinks } from '../support/click-writing.ts';
import { closeServers, temporaryFolder } from '../support/server-process.ts';
import type { TestHit } from '../support/test-hits.ts';

after(closeServers);

const now = Date.parse('2026-04-10T12:34:56.789Z');
const bot = verdictCode('bot');
const linksPerUser = 3;

let clicks: ClickWriting;
let lastId = 0;
before(() => {
  clicks = new ClickWriting(temporaryFolder());
});
after(() => clicks.close());

/** A new user with `linksPerUser` links; their ids are the user's times ten and one more each. */
function newUser(): { userId: number; linkIds: number[] } {
  const userId = ++lastId;
  const linkIds = Array.from({ length: linksPerUser }, (_, i) => userId * 10 + i + 1);
  giveUserLinks(clicks.connection, userId, linkIds);
  return { userId, linkIds };
}

interface RawRow extends Readonly<Record<DimensionName, string>> {
  readonly linkId: number;
  readonly at: number;
  readonly verdict: number;
  readonly sketch: number;
}

/** Every hit of these links as it stands in the raw rows, its dimensions read by joins of our own. */
function rawRows(linkIds: readonly number[]): RawRow[] {
  const columns = dimensionNames.map((name) => {
    const { kind, expressions, absent } = dimensions[name];
    const table = { place: 'p', agent: 'u', referrer: 'r', context: 'v' }[kind];
    const value = expressions[0].replaceAll(
      /\b(region_name|region|browser_version|browser|os_version|os)\b/g,
      `${table}.$1`,
    );
    return `coalesce(nullif(${value}, ''), '${absent}') AS ${name}`;
  });
  return clicks.connection
    .prepare<[string], RawRow>(
      `SELECT c.link_id AS linkId, c.clicked_at AS at, c.verdict, c.sketch + 32768 AS sketch, ${columns.join(', ')}
       FROM clicks c LEFT JOIN places p ON p.id = c.place_id LEFT JOIN user_agents u ON u.id = c.user_agent_id
         LEFT JOIN referrers r ON r.id = c.referrer_id LEFT JOIN contexts v ON v.id = c.context_id
       WHERE c.link_id IN (SELECT value FROM json_each(?))`,
    )
    .all(JSON.stringify(linkIds));
}

function isAsked({ verdict }: RawRow, bots: BotFilter): boolean {
  return bots === 'include' || (verdict === 0) === (bots === 'exclude');
}

function countsBy(rows: readonly RawRow[], name: DimensionName): Map<string, number> {
  const counts = new Map<string, number>();
  for (const row of rows) counts.set(row[name], (counts.get(row[name]) ?? 0) + 1);
  return counts;
}

/** Compares an answer with the rows that it should be of. */
function assertAnswer(stats: TestStats, rows: readonly RawRow[], asked: AskedStats): void {
  const { bots = 'exclude', filters = {}, linkIds } = asked;
  const [from, to] = [Date.parse(stats.from), Date.parse(stats.to)];
  const passing = rows.filter(
    (row) =>
      row.at >= from &&
      row.at < to &&
      (linkIds === undefined || linkIds.has(row.linkId)) &&
      Object.entries(filters).every(([name, values]) => values.includes(row[name as DimensionName])),
  );
  const counted = passing.filter((row) => isAsked(row, bots));
  assert.equal(stats.totalClicks, counted.length, 'totalClicks');
  assert.equal(
    stats.overTime.reduce((sum, { count }) => sum + count, 0),
    counted.length,
    'overTime',
  );
  for (const name of dimensionNames) {
    const shown = shownCounts(stats, name);
    assert.equal(
      shown.reduce((sum, [, count]) => sum + count, 0),
      counted.length,
      name,
    );
    // Cities of the same name are rows of their own.
    const sums = new Map<string, number>();
    for (const [value, count] of shown) sums.set(value, (sums.get(value) ?? 0) + count);
    assert.deepEqual(sums, countsBy(counted, name), name);
  }
  const visitors = new VisitorUnion();
  for (const row of passing) if (row.verdict === 0) visitors.addEntry(row.sketch);
  assert.equal(stats.uniqueVisitors, visitors.estimate(), 'uniqueVisitors');
}

const anyHit: fc.Arbitrary<TestHit> = fc.record({
  // A hundred days back over a change of clocks, and a few hours of a clock that was ahead; many on one day.
  at: fc.oneof(
    fc.integer({ min: now - 100 * dayMs, max: now + 30 * hourMs }),
    fc.integer({ min: now - 13 * dayMs, max: now - 12 * dayMs }),
  ),
  linkId: fc.integer({ min: 0, max: linksPerUser - 1 }),
  visitor: fc.integer({ min: 0, max: 60 }),
  device: fc.constantFrom('desktop', 'mobile', 'bot', 'unknown'),
  browser: fc.constantFrom('Firefox', 'Chrome', 'constructor', '__proto__', ''),
  browserVersion: fc.constantFrom('131.0.1', '9', ''),
  os: fc.constantFrom('Linux', 'iOS'),
  country: fc.constantFrom('CH', 'NZ', ''),
  region: fc.constantFrom('CH-ZH', ''),
  city: fc.constantFrom('Bern', 'Aarau', ''),
  referrer: fc.constantFrom('', 'news.example', 'direct'),
  referrerPath: fc.constantFrom('/', '/a?b=c'),
  language: fc.constantFrom('', 'de', 'en'),
  utmSource: fc.constantFrom('', 'poster', 'none'),
  target: fc.constantFrom('destination', 'geo:CH', 'ios'),
  qr: fc.constantFrom('', 'qr_1'),
  verdict: fc.constantFrom(0, 0, 0, bot, verdictCode('head')),
  totalOnly: fc.constantFrom(false, false, false, true),
});

const zones = ['UTC', 'Europe/Berlin', 'Asia/Kathmandu', 'America/St_Johns', 'Australia/Lord_Howe', 'Pacific/Auckland'];

const anyFilters: fc.Arbitrary<DimensionFilters> = fc.record(
  {
    country: fc.subarray(['CH', 'NZ', 'unknown'], { minLength: 1 }),
    city: fc.subarray(['Bern', 'unknown', 'Nowhere'], { minLength: 1 }),
    browser: fc.subarray(['__proto__', 'Chrome'], { minLength: 1 }),
    browserVersion: fc.subarray(['Chrome 131', 'Firefox'], { minLength: 1 }),
    referrer: fc.subarray(['direct', 'news.example'], { minLength: 1 }),
    referrerUrl: fc.subarray(['direct', 'https://news.example/a?b=c'], { minLength: 1 }),
    utmSource: fc.subarray(['none', 'poster'], { minLength: 1 }),
    qr: fc.subarray(['qr_1'], { minLength: 1 }),
  },
  { requiredKeys: [] },
);

const anyQuestion = fc.record({
  period: fc.constantFrom(...periods),
  timeZone: fc.constantFrom(...zones),
  bots: fc.constantFrom(...botFilters),
  // Three in four are filtered by little or nothing, or hardly any hit would pass.
  filters: fc.oneof(fc.constant({}), fc.constant({}), anyFilters),
  interval: fc.constantFrom(undefined, ...intervals),
  bounds: fc.option(fc.tuple(fc.integer({ min: 1, max: 9_000 }), fc.integer({ min: 1, max: 4_000 }))),
});

function asked({
  bounds,
  ...question
}: typeof anyQuestion extends fc.Arbitrary<infer Q> ? Q : never): Omit<AskedStats, 'linkId'> {
  const to = bounds === null ? undefined : Math.floor(now / quarterMs) + 200 - bounds[0];
  return { ...question, now, createdAt: now - 50 * dayMs, to, from: bounds === null ? undefined : to! - bounds[1] };
}

type Step = { readonly hits: readonly TestHit[] } | { readonly rollUp: readonly number[] };

describe('statistics of any hits', () => {
  const anySteps = fc.array(
    fc.oneof(
      { weight: 3, arbitrary: fc.record({ hits: fc.array(anyHit, { maxLength: 90, size: 'max' }) }) },
      { weight: 2, arbitrary: fc.record({ rollUp: fc.subarray([0, 1, 2], { minLength: 1 }) }) },
    ),
    { minLength: 12, maxLength: 60, size: 'max' },
  );

  it('are what the raw rows say, whatever is asked and wherever they were rolled up', () => {
    let levels = 0;
    fc.assert(
      fc.property(anySteps, fc.array(anyQuestion, { minLength: 4, maxLength: 8 }), (steps: Step[], questions) => {
        const { userId, linkIds } = newUser();
        for (const step of steps) {
          if ('hits' in step) clicks.write(step.hits.map((hit) => ({ ...hit, linkId: linkIds[hit.linkId!]! })));
          else clicks.rollUp(step.rollUp.map((i) => linkIds[i]!));
        }
        const rows = rawRows(linkIds);
        for (const [i, question] of questions.entries()) {
          const linkId = linkIds[i % linksPerUser]!;
          const ofLink = { ...asked(question), linkId };
          assertAnswer(
            clicks.stats(ofLink),
            rows.filter((row) => row.linkId === linkId),
            ofLink,
          );
          const ofUser = { ...asked(question), userId, ...(i % 2 === 0 && { linkIds: new Set(linkIds.slice(1)) }) };
          const stats = clicks.stats(ofUser);
          assertAnswer(stats, rows, ofUser);
        }
        levels = Math.max(
          levels,
          Number(clicks.connection.prepare('SELECT max(level) FROM user_roll_ups').pluck().get()),
        );
      }),
      { seed: 42, numRuns: 30, endOnFailure: true },
    );
    assert.ok(levels >= 1, 'no roll-ups were merged');
    assert.deepEqual(auditRollUps(clicks.connection), []);
  });
});
