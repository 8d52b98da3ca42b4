// Local days and hours of any IANA time zone, across its clock changes, in quarter-hours since 1970: every zone's offset is a
// multiple of one. Knows nothing of the machine's own zone.

import { BoundedCache } from './bounded-cache.ts';
import { quarterMs, quartersPerDay } from './periods.ts';

/** A stretch of quarter-hours since 1970; `to` is not included. */
export interface QuarterRange {
  readonly from: number;
  readonly to: number;
}

export const intervals = ['hour', 'day', 'week', 'month'] as const;
export type Interval = (typeof intervals)[number];

/** One step of a course over time. */
export interface Step {
  /** The quarter-hour with which it begins. */
  readonly start: number;
  /** A local date, the first of the week or month; of an hour, its first moment with the zone's offset. */
  readonly label: string;
}

interface Segment extends QuarterRange {
  readonly offset: number;
}

const quartersPerHour = 4;
// No zone changes its clocks twice within a week.
const probeQuarters = 7 * quartersPerDay;
const dateMs = quartersPerDay * quarterMs;
const cachedZones = 64;
const maxNameLength = 64;

const mod = (value: number, divisor: number): number => ((value % divisor) + divisor) % divisor;
const isoDate = (day: number): string => new Date(day * dateMs).toISOString().slice(0, 10);
const twoDigits = (value: number): string => String(value).padStart(2, '0');

export class TimeZone {
  /** As it was asked for. */
  readonly name: string;
  readonly #formatter: Intl.DateTimeFormat | undefined;
  readonly #offsets = new BoundedCache<number, number>(8_192);

  private constructor(name: string, formatter: Intl.DateTimeFormat | undefined) {
    this.name = name;
    this.#formatter = formatter;
  }

  static readonly utc = new TimeZone('UTC', undefined);
  static readonly #known = new BoundedCache<string, TimeZone>(cachedZones);

  /** The zone with this IANA name, in any case; undefined where there is none. */
  static named(name: string): TimeZone | undefined {
    if (name.toUpperCase() === 'UTC') return TimeZone.utc;
    if (name.length > maxNameLength || !/^[a-z]/i.test(name)) return undefined;
    let zone = TimeZone.#known.get(name);
    if (zone === undefined) {
      try {
        const numbers = {
          year: 'numeric',
          month: 'numeric',
          day: 'numeric',
          hour: 'numeric',
          minute: 'numeric',
        } as const;
        // No era, and hours from 0: parts that can be put together again.
        const format = {
          timeZone: name,
          calendar: 'iso8601',
          numberingSystem: 'latn',
          hourCycle: 'h23',
          ...numbers,
        } as const;
        zone = new TimeZone(name, new Intl.DateTimeFormat('en', format));
      } catch {
        return undefined;
      }
      TimeZone.#known.set(name, zone);
    }
    return zone;
  }

  /** Quarter-hours that local time is ahead of UTC. */
  offsetAt(quarter: number): number {
    return this.#segments(quarter, quarter + 1)[0]!.offset;
  }

  /** Local days since 1970-01-01. */
  localDay(quarter: number): number {
    return Math.floor((quarter + this.offsetAt(quarter)) / quartersPerDay);
  }

  /** The first quarter-hour of a local day; where the zone left a day out, of the next. */
  startOfDay(localDay: number): number {
    const midnight = localDay * quartersPerDay;
    for (const { from, to, offset } of this.#segments(midnight - quartersPerDay, midnight + quartersPerDay)) {
      const start = Math.max(from, midnight - offset);
      if (start < to) return start;
    }
    throw new Error(`no start of day ${localDay} in ${this.name}`);
  }

  /** The running local hour and the 23 before it. */
  lastDayOfHours(now: number): QuarterRange {
    const offset = this.offsetAt(now);
    const to = (Math.floor((now + offset) / quartersPerHour) + 1) * quartersPerHour - offset;
    return { from: to - quartersPerDay, to };
  }

  /** Steps without a gap from `from` to `to`. The first may have begun earlier: it is then cut. */
  steps({ from, to }: QuarterRange, interval: Interval): Step[] {
    if (interval === 'hour') return this.#hours(from, to);
    const starts = this.#firstDays(this.localDay(from), this.localDay(to - 1), interval);
    const steps = starts.map((day) => ({ start: Math.max(from, this.startOfDay(day)), label: isoDate(day) }));
    // A day that the zone left out begins where the next one does.
    return steps.filter(({ start }, i) => start !== steps[i + 1]?.start && start < to);
  }

  /** Local days with which a step begins, the last not after `last`. */
  #firstDays(first: number, last: number, interval: Exclude<Interval, 'hour'>): number[] {
    const days: number[] = [];
    if (interval === 'month') {
      const date = new Date(first * dateMs);
      const month = { year: date.getUTCFullYear(), month: date.getUTCMonth() };
      for (let day = 0; ; month.month++) {
        day = Date.UTC(month.year, month.month) / dateMs;
        if (day > last) return days;
        days.push(day);
      }
    }
    const length = interval === 'week' ? 7 : 1;
    // 1970-01-05 was a Monday.
    const start = interval === 'week' ? first - mod(first - 4, 7) : first;
    for (let day = start; day <= last; day += length) days.push(day);
    return days;
  }

  #hours(from: number, to: number): Step[] {
    const steps: Step[] = [];
    for (const segment of this.#segments(from, to)) {
      const first = segment.from + mod(-(segment.from + segment.offset), quartersPerHour);
      if (segment.from === from && first > from) {
        const hour = from - mod(from + segment.offset, quartersPerHour);
        steps.push({ start: from, label: this.#momentLabel(hour, segment.offset) });
      }
      for (let quarter = first; quarter < segment.to; quarter += quartersPerHour) {
        steps.push({ start: quarter, label: this.#momentLabel(quarter, segment.offset) });
      }
    }
    return steps;
  }

  #momentLabel(quarter: number, offset: number): string {
    if (this.#formatter === undefined) return new Date(quarter * quarterMs).toISOString();
    const local = new Date((quarter + offset) * quarterMs).toISOString().slice(0, 19);
    const minutes = Math.abs(offset) * 15;
    return `${local}${offset < 0 ? '-' : '+'}${twoDigits(Math.floor(minutes / 60))}:${twoDigits(minutes % 60)}`;
  }

  /** The range in stretches of one offset each, in order. */
  #segments(from: number, to: number): Segment[] {
    const segments: Segment[] = [];
    const add = (start: number, end: number, offset: number): void => {
      const last = segments.at(-1);
      if (last !== undefined && last.offset === offset) segments[segments.length - 1] = { ...last, to: end };
      else segments.push({ from: start, to: end, offset });
    };
    for (let start = from; start < to;) {
      const probe = Math.floor(start / probeQuarters) * probeQuarters;
      const end = Math.min(to, probe + probeQuarters);
      const before = this.#probe(probe);
      const after = this.#probe(probe + probeQuarters);
      const change = before === after ? end : this.#changeBetween(probe, probe + probeQuarters, before);
      if (start < change) add(start, Math.min(end, change), before);
      if (change < end) add(Math.max(start, change), end, after);
      start = end;
    }
    return segments;
  }

  #changeBetween(from: number, to: number, before: number): number {
    let low = from;
    let high = to;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.#probe(middle) === before) low = middle;
      else high = middle;
    }
    return high;
  }

  #probe(quarter: number): number {
    if (this.#formatter === undefined) return 0;
    let offset = this.#offsets.get(quarter);
    if (offset === undefined) {
      const parts: Record<string, number> = {};
      for (const { type, value } of this.#formatter.formatToParts(quarter * quarterMs)) parts[type] = Number(value);
      const { year = 0, month = 1, day = 1, hour = 0, minute = 0 } = parts;
      offset = Math.round(Date.UTC(year, month - 1, day, hour, minute) / quarterMs) - quarter;
      this.#offsets.set(quarter, offset);
    }
    return offset;
  }
}
