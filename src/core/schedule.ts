// When something happens again and again, as an operator writes it: `daily 03:00`, by the clock of the machine, or `every 6h`.

import { dayMs, hourMs } from './periods.ts';

const minuteMs = 60_000;
const units = { m: minuteMs, h: hourMs, d: dayMs } as const;
const [shortestMs, longestMs] = [15 * minuteMs, 30 * dayMs];

export interface Schedule {
  /** The longest that two times are apart; a day of 25 hours included. */
  readonly everyMs: number;
  /** The first time of all, for what has never happened. */
  readonly first: (now: number) => number;
  /** The first time after `now`. */
  readonly next: (now: number) => number;
}

/** Where the clock skips that time on one day of the year, as much later as it skips; where it comes twice, the first of them. */
function daily(hours: number, minutes: number): Schedule {
  const next = (now: number): number => {
    const today = new Date(now);
    const on = (day: number): number =>
      new Date(today.getFullYear(), today.getMonth(), day, hours, minutes, 0, 0).getTime();
    const at = on(today.getDate());
    return at > now ? at : on(today.getDate() + 1);
  };
  return { everyMs: dayMs + hourMs, first: next, next };
}

function every(intervalMs: number): Schedule {
  return { everyMs: intervalMs, first: (now) => now, next: (now) => now + intervalMs };
}

/** undefined: it is none. */
export function parseSchedule(text: string): Schedule | undefined {
  const [, hours, minutes] = /^daily ([01]\d|2[0-3]):([0-5]\d)$/.exec(text) ?? [];
  if (hours !== undefined) return daily(Number(hours), Number(minutes));
  const [, count, unit] = /^every ([1-9]\d{0,4})([mhd])$/.exec(text) ?? [];
  if (count === undefined) return undefined;
  const intervalMs = Number(count) * units[unit as keyof typeof units];
  return intervalMs >= shortestMs && intervalMs <= longestMs ? every(intervalMs) : undefined;
}
