// A link's statistics: totals, breakdowns and the course over time, all from the same roll-up entries of one snapshot, so that
// they agree to the click.

import { hourMs, quarterMs, quartersPerDay, utcDay } from '../core/periods.ts';
import { addHits, addTally, type DaySummary, emptyTally, type Tally } from './day-summary.ts';
import type { QuarterRange, StatsStore } from './stats-store.ts';
import { VisitorUnion } from './visitor-sketch.ts';
import { countedVerdict } from './verdict.ts';

export const periods = ['24h', '7d', '30d', '90d', 'all'] as const;
export type Period = (typeof periods)[number];

export const botFilters = ['exclude', 'include', 'only'] as const;
export type BotFilter = (typeof botFilters)[number];

export interface StatsQuestion {
  readonly period: Period;
  readonly bots: BotFilter;
  /** Rows a breakdown at most; 0: all. */
  readonly limit: number;
  readonly now: number;
}

interface AskedLink {
  readonly id: number;
  readonly createdAt: number;
  readonly lastClickedAt: number | null;
}

export interface TimeCount {
  /** `2026-11-22`, or `2026-11-22T13:00:00.000Z` when the period is counted by the hour. */
  readonly date: string;
  readonly count: number;
}

/** What a breakdown shows where nothing is known. */
const unknown = 'unknown';
const noReferrer = 'direct';

const daysOf: Readonly<Record<Exclude<Period, '24h' | 'all'>, number>> = { '7d': 7, '30d': 30, '90d': 90 };

/** The running hour and the 23 before it; or the running UTC day and those before it; or everything since the link was made. */
function rangeOf(question: StatsQuestion, link: AskedLink, store: StatsStore): QuarterRange {
  const { period, now } = question;
  const tomorrow = (utcDay(now) + 1) * quartersPerDay;
  if (period === '24h') {
    const to = (Math.floor(now / hourMs) + 1) * (hourMs / quarterMs);
    return { from: to - 24 * (hourMs / quarterMs), to };
  }
  if (period === 'all') {
    // Hits that were stored while the clock was wrong are part of all.
    const hits = store.daysWithHits(link.id) ?? { first: Infinity, last: -Infinity };
    const first = Math.min(utcDay(link.createdAt), utcDay(now), hits.first);
    const last = Math.max(utcDay(now), hits.last);
    return { from: first * quartersPerDay, to: (last + 1) * quartersPerDay };
  }
  return { from: tomorrow - daysOf[period] * quartersPerDay, to: tomorrow };
}

function isAsked(verdict: number, bots: BotFilter): boolean {
  if (bots === 'include') return true;
  return (verdict === countedVerdict) === (bots === 'exclude');
}

function askedTallies({ counted, uncounted }: DaySummary, bots: BotFilter): Tally[] {
  if (bots === 'include') return [counted, uncounted];
  return [bots === 'exclude' ? counted : uncounted];
}

/** Most first; equal counts in the order of their names, so that the same question always gets the same answer. */
function rows<Key extends string>(counts: ReadonlyMap<string, number>, key: Key, limit: number, absent = unknown) {
  const named = new Map(counts);
  const blank = named.get('');
  // Something may really be called as what is absent is shown, a host "direct" for instance: still one row.
  if (blank !== undefined) named.set(absent, (named.get(absent) ?? 0) + blank);
  named.delete('');
  const sorted = [...named].toSorted(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
  return (limit === 0 ? sorted : sorted.slice(0, limit)).map(
    ([value, count]) => ({ [key]: value, count }) as Record<Key, string> & { count: number },
  );
}

function courseOfTime(
  counts: ReadonlyMap<number, number>,
  { from, to }: QuarterRange,
  quartersPerStep: number,
): TimeCount[] {
  const course: TimeCount[] = [];
  for (let quarter = from; quarter < to; quarter += quartersPerStep) {
    const start = new Date(quarter * quarterMs).toISOString();
    course.push({
      date: quartersPerStep === quartersPerDay ? start.slice(0, 10) : start,
      count: counts.get(quarter / quartersPerStep) ?? 0,
    });
  }
  return course;
}

/** Hits by dimension and by step of time, of one link in one range. */
function addUp(store: StatsStore, linkId: number, range: QuarterRange, bots: BotFilter, quartersPerStep: number) {
  const tally = emptyTally();
  const steps = new Map<number, number>();
  const increase = (step: number, hits: number): unknown => steps.set(step, (steps.get(step) ?? 0) + hits);
  // Entries wait until all profiles are known, which are then read at once: by profile and step of time.
  const entries = new Map<number, Map<number, number>>();
  store.visitRollUps(linkId, range, quartersPerStep === quartersPerDay, {
    day(day, summary) {
      for (const asked of askedTallies(summary, bots)) {
        addTally(tally, asked);
        increase(day, asked.total);
      }
    },
    entry(profileId, quarter, clicks) {
      let bySteps = entries.get(profileId);
      if (bySteps === undefined) entries.set(profileId, (bySteps = new Map<number, number>()));
      const step = Math.floor(quarter / quartersPerStep);
      bySteps.set(step, (bySteps.get(step) ?? 0) + clicks);
    },
  });
  for (const [id, profile] of store.profiles(entries.keys())) {
    if (!isAsked(profile.verdict, bots)) continue;
    let hits = 0;
    for (const [step, clicks] of entries.get(id)!) {
      increase(step, clicks);
      hits += clicks;
    }
    addHits(tally, profile, hits);
  }
  return { tally, steps };
}

export function linkStats(store: StatsStore, link: AskedLink, question: StatsQuestion) {
  return store.snapshot(() => {
    const { period, bots, limit } = question;
    const range = rangeOf(question, link, store);
    const quartersPerStep = period === '24h' ? hourMs / quarterMs : quartersPerDay;
    const { tally, steps } = addUp(store, link.id, range, bots, quartersPerStep);
    const { country, device, browser, os, referrer, language } = tally.by;
    return {
      totalClicks: tally.total,
      uniqueVisitors: uniqueVisitors(store, link.id, range),
      lastClickedAt: link.lastClickedAt === null ? null : new Date(link.lastClickedAt).toISOString(),
      byCountry: rows(country, 'country', limit),
      byDevice: rows(device, 'device', limit),
      byBrowser: rows(browser, 'browser', limit),
      byOs: rows(os, 'os', limit),
      byReferrer: rows(referrer, 'referrer', limit, noReferrer),
      byLanguage: rows(language, 'language', limit),
      overTime: courseOfTime(steps, range, quartersPerStep),
    };
  });
}

/** Different counted visitors of the UTC days that the range touches. */
function uniqueVisitors(store: StatsStore, linkId: number, { from, to }: QuarterRange): number {
  const union = new VisitorUnion();
  for (const sketch of store.visitors(linkId, utcDay(from * quarterMs), utcDay(to * quarterMs - 1))) union.add(sketch);
  return union.estimate();
}
