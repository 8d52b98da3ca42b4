// A link's statistics: totals, breakdowns and the course over time, all from the same roll-up entries of one snapshot, so that
// they agree to the click.

import { dayMs, hourMs, quarterMs, quartersPerDay, utcDay } from '../core/periods.ts';
import type { QuarterRange, StatsStore, StoredProfile } from './stats-store.ts';
import { VisitorUnion } from './visitor-sketch.ts';

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
const countedVerdict = 0;

const daysOf: Readonly<Record<Exclude<Period, '24h' | 'all'>, number>> = { '7d': 7, '30d': 30, '90d': 90 };

/** The running hour and the 23 before it; or the running UTC day and those before it; or everything since the link was made. */
function rangeOf(question: StatsQuestion, link: AskedLink, firstClosedDay: number | undefined): QuarterRange {
  const { period, now } = question;
  const tomorrow = (utcDay(now) + 1) * quartersPerDay;
  if (period === '24h') {
    const to = (Math.floor(now / hourMs) + 1) * (hourMs / quarterMs);
    return { from: to - 24 * (hourMs / quarterMs), to };
  }
  if (period === 'all') {
    const first = Math.min(utcDay(link.createdAt), firstClosedDay ?? Infinity, utcDay(now));
    // Hits that were stored while the clock was ahead are part of all.
    const last = Math.max(
      tomorrow,
      link.lastClickedAt === null ? 0 : (utcDay(link.lastClickedAt) + 1) * quartersPerDay,
    );
    return { from: first * quartersPerDay, to: last };
  }
  return { from: tomorrow - daysOf[period] * quartersPerDay, to: tomorrow };
}

function isAsked(verdict: number, bots: BotFilter): boolean {
  if (bots === 'include') return true;
  return (verdict === countedVerdict) === (bots === 'exclude');
}

/** Adds up hits by the value of one dimension. */
class Breakdown {
  readonly #counts = new Map<string, number>();
  readonly #valueOf: (profile: StoredProfile) => string;
  readonly #absent: string;

  constructor(valueOf: (profile: StoredProfile) => string, absent = unknown) {
    this.#valueOf = valueOf;
    this.#absent = absent;
  }

  add(profile: StoredProfile, clicks: number): void {
    const value = this.#valueOf(profile) || this.#absent;
    this.#counts.set(value, (this.#counts.get(value) ?? 0) + clicks);
  }

  /** Most first; equal counts in the order of their names, so that the same question always gets the same answer. */
  rows<Key extends string>(key: Key, limit: number): (Record<Key, string> & { count: number })[] {
    const sorted = [...this.#counts].toSorted(([a, x], [b, y]) => y - x || (a < b ? -1 : 1));
    return (limit === 0 ? sorted : sorted.slice(0, limit)).map(
      ([value, count]) => ({ [key]: value, count }) as Record<Key, string> & { count: number },
    );
  }
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

export function linkStats(store: StatsStore, link: AskedLink, question: StatsQuestion) {
  return store.snapshot(() => {
    const range = rangeOf(question, link, store.firstClosedDay(link.id));
    const quartersPerStep = question.period === '24h' ? hourMs / quarterMs : dayMs / quarterMs;
    const byProfile = new Map<StoredProfile, number>();
    const bySteps = new Map<number, number>();
    let lastId = -1;
    let profile: StoredProfile | undefined;
    store.visitRollups(link.id, range, (profileId, quarter, clicks) => {
      if (profileId !== lastId) {
        const found = store.profile(profileId);
        profile = isAsked(found.verdict, question.bots) ? found : undefined;
        lastId = profileId;
      }
      if (profile === undefined) return;
      byProfile.set(profile, (byProfile.get(profile) ?? 0) + clicks);
      const step = Math.floor(quarter / quartersPerStep);
      bySteps.set(step, (bySteps.get(step) ?? 0) + clicks);
    });
    const breakdowns = {
      country: new Breakdown((p) => p.country),
      device: new Breakdown((p) => p.device),
      browser: new Breakdown((p) => p.browser),
      os: new Breakdown((p) => p.os),
      referrer: new Breakdown((p) => p.referrer, noReferrer),
      language: new Breakdown((p) => p.language),
    };
    let totalClicks = 0;
    for (const [visited, clicks] of byProfile) {
      totalClicks += clicks;
      for (const breakdown of Object.values(breakdowns)) breakdown.add(visited, clicks);
    }
    return {
      totalClicks,
      uniqueVisitors: uniqueVisitors(store, link.id, range),
      lastClickedAt: link.lastClickedAt === null ? null : new Date(link.lastClickedAt).toISOString(),
      byCountry: breakdowns.country.rows('country', question.limit),
      byDevice: breakdowns.device.rows('device', question.limit),
      byBrowser: breakdowns.browser.rows('browser', question.limit),
      byOs: breakdowns.os.rows('os', question.limit),
      byReferrer: breakdowns.referrer.rows('referrer', question.limit),
      byLanguage: breakdowns.language.rows('language', question.limit),
      overTime: courseOfTime(bySteps, range, quartersPerStep),
    };
  });
}

/** Different counted visitors of the UTC days that the range touches. */
function uniqueVisitors(store: StatsStore, linkId: number, { from, to }: QuarterRange): number {
  const union = new VisitorUnion();
  for (const sketch of store.visitors(linkId, utcDay(from * quarterMs), utcDay(to * quarterMs - 1))) union.add(sketch);
  return union.estimate();
}
