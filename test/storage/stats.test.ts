// The numbers of any question about any hits, against the raw rows counted one by one: every dimension, filter, zone, interval and
// period, the period before, and the same by link, domain and tag.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { Analytics } from '../../src/clicks/analytics.ts';
import { auditRollUps } from '../../src/clicks/roll-up-audit-store.ts';
import { type DimensionName, dimensionNames, dimensions } from '../../src/clicks/dimensions.ts';
import { type DimensionFilters } from '../../src/clicks/stats-filter.ts';
import { periods } from '../../src/clicks/stats-period.ts';
import { type PeriodTotals, Statistics, maxVisitorSteps } from '../../src/clicks/stats.ts';
import { type BotFilter, botFilters } from '../../src/clicks/tally.ts';
import { verdictCode } from '../../src/clicks/verdict.ts';
import { VisitorUnion } from '../../src/clicks/visitor-sketch.ts';
import { dayMs, hourMs, quarterMs } from '../../src/core/periods.ts';
import { intervals } from '../../src/core/time-zone.ts';
import { type AskedStats, shownCounts, type TestStats } from '../support/asked-stats.ts';
import { ClickWriting, giveUserLinks } from '../support/click-writing.ts';
import { closeServers, temporaryFolder } from '../support/server-process.ts';
import { openReader } from '../../src/storage/database.ts';
import type { Connection } from '../../src/storage/query.ts';
import { type NativeDimension, type RawRow, rawRows } from '../support/raw-rows.ts';
import type { TestHit } from '../support/test-hits.ts';

after(closeServers);

const now = Date.parse('2026-04-10T12:34:56.789Z');
const bot = verdictCode('bot');
const linksPerUser = 3;

let clicks: ClickWriting;
let reader: Connection;
let analytics: Analytics;
let lastId = 0;
before(() => {
  const folder = temporaryFolder();
  clicks = new ClickWriting(folder);
  reader = openReader(folder);
  analytics = new Analytics(reader, new Statistics(reader));
});
after(() => {
  reader.close();
  clicks.close();
});

/** Of a user's links the positions, by domain and by tag. */
const onDomain: Readonly<Record<string, readonly number[]>> = { 'go.example': [0, 1], 'other.example': [2] };
const withTag: Readonly<Record<string, readonly number[]>> = { print: [0], summer: [0, 2] };

/** A new user with `linksPerUser` links; their ids are the user's times ten and one more each. */
function newUser(): { userId: number; linkIds: number[] } {
  const userId = ++lastId;
  const linkIds = Array.from({ length: linksPerUser }, (_, i) => userId * 10 + i + 1);
  giveUserLinks(clicks.connection, userId, linkIds);
  clicks.connection.exec(
    `INSERT INTO domains (id, public_id, host, status, serves, verification_token, verified_at, created_at, updated_at)
     VALUES (2, 'dom_2', 'other.example', 'verified', 1, '', 0, 0, 0) ON CONFLICT DO NOTHING;
     UPDATE links SET domain_id = 2 WHERE id = ${linkIds[2]}`,
  );
  const insert = clicks.connection.prepare('INSERT INTO link_tags (link_id, position, tag) VALUES (?, ?, ?)');
  Object.entries(withTag).forEach(([tag, places], position) => {
    for (const place of places) insert.run(linkIds[place], position, tag);
  });
  return { userId, linkIds };
}

function isAsked({ verdict }: RawRow, bots: BotFilter): boolean {
  return bots === 'include' || (verdict === 0) === (bots === 'exclude');
}

function countsBy(rows: readonly RawRow[], name: DimensionName): Map<string, number> {
  const counts = new Map<string, number>();
  for (const row of rows) counts.set(row[name], (counts.get(row[name]) ?? 0) + 1);
  return counts;
}

/** Dimensions by which some rows of a period were let through and others not. */
const filteredBy = new Set<string>();

function passingRows(rows: readonly RawRow[], { from, to }: PeriodTotals, asked: AskedStats): RawRow[] {
  const { filters = {}, linkIds } = asked;
  const within = rows.filter(
    (row) =>
      row.at >= Date.parse(from) && row.at < Date.parse(to) && (linkIds === undefined || linkIds.has(row.linkId)),
  );
  const passing = within.filter((row) =>
    Object.entries(filters).every(([name, values]) => values.includes(row[name as DimensionName])),
  );
  for (const name of passing.length > 0 ? (Object.keys(filters) as DimensionName[]) : [])
    if (within.some((row) => !filters[name]!.includes(row[name]))) filteredBy.add(name);
  return passing;
}

function visitorsAmong(rows: readonly RawRow[]): number {
  const visitors = new VisitorUnion();
  for (const row of rows) if (row.verdict === 0) visitors.addEntry(row.sketch);
  return visitors.estimate();
}

const dateFormats = new Map<string, Intl.DateTimeFormat>();

/** The date of the step in which a moment lies, by the calendar of the system. */
function dateOfStep(at: number, { timeZone, interval, overTime }: TestStats): string {
  if (interval === 'hour') return overTime.findLast(({ date }) => Date.parse(date) <= at)!.date;
  const format = dateFormats.get(timeZone) ?? new Intl.DateTimeFormat('sv-SE', { timeZone });
  dateFormats.set(timeZone, format);
  const day = format.format(at);
  if (interval === 'month') return `${day.slice(0, 7)}-01`;
  if (interval === 'day') return day;
  const weekday = (new Date(day).getUTCDay() + 6) % 7;
  return new Date(Date.parse(day) - weekday * dayMs).toISOString().slice(0, 10);
}

/** Compares an answer with the rows that it should be of. */
function assertAnswer(stats: TestStats, rows: readonly RawRow[], asked: AskedStats): void {
  const { bots = 'exclude' } = asked;
  const passing = passingRows(rows, stats, asked);
  const counted = passing.filter((row) => isAsked(row, bots));
  assert.equal(stats.totalClicks, counted.length, 'totalClicks');
  const course = new Map(stats.overTime.map(({ date }) => [date, [] as RawRow[]]));
  for (const row of passing) course.get(dateOfStep(row.at, stats))!.push(row);
  assert.deepEqual(
    stats.overTime,
    [...course].map(([date, ofStep]) => ({
      date,
      count: ofStep.filter((row) => isAsked(row, bots)).length,
      ...(course.size <= maxVisitorSteps && { uniqueVisitors: visitorsAmong(ofStep) }),
    })),
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
  assert.equal(stats.uniqueVisitors, visitorsAmong(passing), 'uniqueVisitors');
  assertPrevious(stats, rows, asked);
}

/** The period before: it ends where this one begins, and has what the rows have. */
function assertPrevious(stats: TestStats, rows: readonly RawRow[], asked: AskedStats): void {
  const { previous } = stats;
  if (previous === null) {
    assert.deepEqual([asked.period, asked.from, asked.to], ['all', undefined, undefined]);
    return;
  }
  assert.equal(previous.to, stats.from);
  const before = passingRows(rows, previous, asked);
  assert.equal(previous.totalClicks, before.filter((row) => isAsked(row, asked.bots ?? 'exclude')).length, 'previous');
  assert.equal(previous.uniqueVisitors, visitorsAmong(before), 'previous');
  // As many local days, or as many hours: no longer or shorter by more than two changes of clocks.
  const length = (period: PeriodTotals): number => Date.parse(period.to) - Date.parse(period.from);
  assert.ok(Math.abs(length(previous) - length(stats)) <= 2 * hourMs);
}

/** A limit cuts lists, and nothing else. */
function assertLimited(limited: TestStats, all: TestStats, limit: number): void {
  for (const name of dimensionNames) {
    const { list } = dimensions[name];
    assert.deepEqual(limited[list], all[list].slice(0, limit), list);
  }
  assert.deepEqual([limited.totalClicks, limited.overTime], [all.totalClicks, all.overTime]);
}

/** The same question of all links of a user, or of some by domain or tag: by link, by domain, by tag. */
function assertAnalytics(
  { userId, linkIds }: { userId: number; linkIds: readonly number[] },
  rows: readonly RawRow[],
  asked: ReturnType<typeof questionOf>,
  by: { readonly domains: readonly string[]; readonly tags: readonly string[] },
): void {
  const { filters, createdAt, ...question } = asked;
  const answer = analytics.answer({
    ...wholeQuestion,
    ...question,
    userId,
    since: createdAt,
    filters,
    askedLinks: { links: [], ...by },
    topLinks: linksPerUser,
    byDomainAndTag: true,
  });
  const named = (list: Readonly<Record<string, readonly number[]>>, names: readonly string[]): number[] =>
    names.length === 0 ? [...linkIds] : names.flatMap((name) => list[name]!.map((place) => linkIds[place]!));
  const tagged = new Set(named(withTag, by.tags));
  const askedIds = new Set(named(onDomain, by.domains).filter((id) => tagged.has(id)));
  const counted = passingRows(rows, answer, { ...asked, linkIds: askedIds }).filter((row) =>
    isAsked(row, question.bots),
  );
  const countOf = (places: readonly number[]): number =>
    counted.filter((row) => places.some((place) => linkIds[place] === row.linkId)).length;
  const some = <Key>(counts: [Key, number][]): Map<Key, number> => new Map(counts.filter(([, count]) => count > 0));
  assert.equal(answer.totalClicks, counted.length);
  assert.deepEqual(
    new Map(answer.topLinks.map(({ link, count }) => [link.id, count])),
    some(linkIds.map((id, place) => [id, countOf([place])])),
  );
  assert.deepEqual(
    new Map(answer.byDomain.map(({ domainId, count }) => [domainId, count])),
    some(Object.values(onDomain).map((places, domain) => [domain + 1, countOf(places)])),
  );
  assert.deepEqual(
    new Map(answer.byTag.map(({ tag, count }) => [tag, count])),
    some(Object.entries(withTag).map(([tag, places]) => [tag, countOf(places)])),
  );
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
  osVersion: fc.constantFrom('6', '17.5', ''),
  country: fc.constantFrom('CH', 'NZ', ''),
  region: fc.constantFrom('CH-ZH', ''),
  city: fc.constantFrom('Bern', 'Aarau', ''),
  referrer: fc.constantFrom('', 'news.example', 'direct'),
  referrerPath: fc.constantFrom('/', '/a?b=c'),
  language: fc.constantFrom('', 'de', 'en'),
  utmSource: fc.constantFrom('', 'poster', 'none'),
  utmMedium: fc.constantFrom('', 'mail'),
  utmCampaign: fc.constantFrom('', 'summer', 'winter'),
  utmTerm: fc.constantFrom('', 'shoes'),
  utmContent: fc.constantFrom('', 'top', 'bottom'),
  target: fc.constantFrom('destination', 'geo:CH', 'ios'),
  qr: fc.constantFrom('', 'qr_1'),
  verdict: fc.constantFrom(0, 0, 0, bot, verdictCode('head')),
  totalOnly: fc.constantFrom(false, false, false, true),
});

const zones = ['UTC', 'Europe/Berlin', 'Asia/Kathmandu', 'America/St_Johns', 'Australia/Lord_Howe', 'Pacific/Auckland'];

/** Some values of each dimension, not all that there are. */
const someValues: Readonly<Record<NativeDimension, readonly string[]>> = {
  country: ['CH', 'NZ', 'unknown'],
  region: ['CH-ZH', 'unknown'],
  city: ['Bern', 'unknown', 'Nowhere'],
  device: ['desktop', 'bot'],
  browser: ['__proto__', 'Chrome'],
  browserVersion: ['Chrome 131', 'Firefox'],
  os: ['Linux', 'Haiku'],
  osVersion: ['iOS 17.5', 'Linux'],
  referrer: ['direct', 'news.example'],
  referrerUrl: ['direct', 'https://news.example/a?b=c'],
  language: ['de', 'unknown'],
  utmSource: ['none', 'poster'],
  utmMedium: ['mail'],
  utmCampaign: ['none', 'summer'],
  utmTerm: ['shoes', 'hats'],
  utmContent: ['none', 'top'],
  target: ['destination', 'geo:CH'],
  qr: ['qr_1'],
};

// By a few together: by more, hardly any hit would pass.
const anyFilters: fc.Arbitrary<DimensionFilters> = fc
  .uniqueArray(fc.constantFrom(...dimensionNames), { minLength: 1, maxLength: 3 })
  .chain((names) =>
    fc.record(Object.fromEntries(names.map((name) => [name, fc.subarray([...someValues[name]], { minLength: 1 })]))),
  );

const anyQuestion = fc.record({
  period: fc.constantFrom(...periods),
  timeZone: fc.constantFrom(...zones),
  bots: fc.constantFrom(...botFilters),
  filters: fc.oneof(fc.constant({}), anyFilters),
  interval: fc.constantFrom(undefined, ...intervals),
  bounds: fc.option(fc.tuple(fc.integer({ min: 1, max: 9_000 }), fc.integer({ min: 1, max: 4_000 }))),
  limit: fc.integer({ min: 1, max: 3 }),
  domains: fc.subarray(Object.keys(onDomain)),
  tags: fc.subarray(Object.keys(withTag)),
});
type Question = typeof anyQuestion extends fc.Arbitrary<infer Q> ? Q : never;

const wholeQuestion = {
  from: undefined,
  to: undefined,
  lists: dimensionNames,
  limit: 0,
  visitorsOverTime: true,
} as const;

function questionOf({ bounds, period, timeZone, bots, filters, interval }: Question) {
  const to = bounds === null ? undefined : Math.floor(now / quarterMs) + 200 - bounds[0];
  const from = bounds === null ? undefined : to! - bounds[1];
  return {
    period,
    timeZone,
    bots,
    filters,
    interval,
    now,
    createdAt: now - 50 * dayMs,
    to,
    from,
    comparesPrevious: true,
  };
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
        const rows = rawRows(clicks.connection, linkIds);
        for (const [i, question] of questions.entries()) {
          const linkId = linkIds[i % linksPerUser]!;
          const ofLink = { ...questionOf(question), linkId };
          assertAnswer(
            clicks.stats(ofLink),
            rows.filter((row) => row.linkId === linkId),
            ofLink,
          );
          const ofUser = {
            ...questionOf(question),
            userId,
            ...(i % 2 === 0 && { linkIds: new Set(linkIds.slice(1)) }),
          };
          const stats = clicks.stats(ofUser);
          assertAnswer(stats, rows, ofUser);
          assertLimited(clicks.stats({ ...ofUser, limit: question.limit }), stats, question.limit);
          assertAnalytics({ userId, linkIds }, rows, questionOf(question), question);
        }
        levels = Math.max(
          levels,
          Number(clicks.connection.prepare('SELECT max(level) FROM user_roll_ups').pluck().get()),
        );
      }),
      { seed: 42, numRuns: 30, endOnFailure: true },
    );
    assert.ok(levels >= 1, 'no roll-ups were merged');
    assert.deepEqual([...filteredBy].toSorted(), dimensionNames.toSorted(), 'some filters made no difference');
    assert.deepEqual(auditRollUps(clicks.connection), []);
  });
});
