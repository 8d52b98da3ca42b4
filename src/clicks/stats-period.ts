// Which stretch of time a question is about, in which steps, and which stretch came before it.

import { AppError } from '../core/errors.ts';
import { quarterOf, quartersPerDay } from '../core/periods.ts';
import { type Interval, type QuarterRange, type Step, TimeZone } from '../core/time-zone.ts';

export const periods = ['24h', '7d', '30d', '90d', 'all'] as const;
export type Period = (typeof periods)[number];

/** Steps of a course over time: hours of more than a year, days of more than a generation. */
export const maxSteps = 10_000;

export interface AskedPeriod {
  /** Holds where neither `from` nor `to` is given. */
  readonly period: Period;
  /** Quarter-hours since 1970; `to` is not included. */
  readonly from: number | undefined;
  readonly to: number | undefined;
  /** An IANA name that `TimeZone.named` knows. */
  readonly timeZone: string;
  /** undefined: hours for 24h, else days, or longer steps where those would be too many. */
  readonly interval: Interval | undefined;
  /** Unix milliseconds. */
  readonly now: number;
}

/** What there is to ask about: since when, in Unix milliseconds, and the quarter-hours of the first and the last hit. */
export interface Lifetime {
  readonly since: number;
  readonly hits: { readonly first: number; readonly last: number } | undefined;
}

export interface ResolvedPeriod {
  readonly range: QuarterRange;
  readonly interval: Interval;
  readonly steps: readonly Step[];
  /** As long and just before; undefined where the range is everything. */
  readonly previous: QuarterRange | undefined;
}

const daysOf: Readonly<Record<Exclude<Period, '24h' | 'all'>, number>> = { '7d': 7, '30d': 30, '90d': 90 };
const quartersOf: Readonly<Record<Interval, number>> = {
  hour: 4,
  day: quartersPerDay,
  week: 7 * quartersPerDay,
  month: 28 * quartersPerDay,
};

/** Whole local days from the first to the last moment of which there is anything. */
function everything(now: number, zone: TimeZone, { since, hits }: Lifetime): QuarterRange {
  const running = quarterOf(now);
  // Hits that were stored while the clock was wrong are part of all.
  const first = Math.min(quarterOf(since), running, hits?.first ?? Infinity);
  const last = Math.max(running, hits?.last ?? -Infinity);
  return { from: zone.startOfDay(zone.localDay(first)), to: zone.startOfDay(zone.localDay(last) + 1) };
}

function rangeOf(asked: AskedPeriod, zone: TimeZone, lifetime: Lifetime): QuarterRange {
  const { period, now } = asked;
  if (asked.from !== undefined || asked.to !== undefined) {
    const all = everything(now, zone, lifetime);
    const from = asked.from ?? Math.min(all.from, asked.to! - 1);
    return { from, to: asked.to ?? Math.max(all.to, from + 1) };
  }
  if (period === '24h') return zone.lastDayOfHours(quarterOf(now));
  if (period === 'all') return everything(now, zone, lifetime);
  const today = zone.localDay(quarterOf(now));
  return { from: zone.startOfDay(today - daysOf[period] + 1), to: zone.startOfDay(today + 1) };
}

/** The same number of local days where it is made of whole ones, else as many quarter-hours. */
function before({ from, to }: QuarterRange, zone: TimeZone): QuarterRange {
  const first = zone.localDay(from);
  const end = zone.localDay(to);
  const isWhole = zone.startOfDay(first) === from && zone.startOfDay(end) === to;
  return { from: isWhole ? zone.startOfDay(first - (end - first)) : from - (to - from), to: from };
}

function intervalOf({ interval, period, from, to }: AskedPeriod, length: number): Interval {
  const stepsOf = (candidate: Interval): number => length / quartersOf[candidate];
  if (interval !== undefined) {
    if (stepsOf(interval) <= maxSteps) return interval;
    const message = `interval makes more than ${maxSteps} steps of this period; ask for longer ones`;
    throw new AppError('VALIDATION_ERROR', message, [{ path: 'interval', message }]);
  }
  if (period === '24h' && from === undefined && to === undefined) return 'hour';
  return (['day', 'week', 'month'] as const).find((candidate) => stepsOf(candidate) <= maxSteps) ?? 'month';
}

/** Throws a VALIDATION_ERROR where the interval makes too many steps of the range. */
export function resolvePeriod(asked: AskedPeriod, lifetime: Lifetime): ResolvedPeriod {
  const zone = TimeZone.named(asked.timeZone);
  if (zone === undefined) throw new Error(`no time zone is called ${asked.timeZone}`);
  const range = rangeOf(asked, zone, lifetime);
  const interval = intervalOf(asked, range.to - range.from);
  const isEverything = asked.period === 'all' && asked.from === undefined && asked.to === undefined;
  return {
    range,
    interval,
    steps: zone.steps(range, interval),
    previous: isEverything ? undefined : before(range, zone),
  };
}
