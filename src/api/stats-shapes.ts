// What answers of statistics look like: totals, the course over time, and a list for each dimension.

import * as z from 'zod';
import { type DimensionName, dimensions } from '../clicks/dimensions.ts';
import { type BotFilter, botFilters } from '../clicks/tally.ts';
import { maxVisitorSteps, type PeriodTotals, type StatsAnswer } from '../clicks/stats.ts';
import { intervals } from '../core/time-zone.ts';
import type { Answer } from '../http/answer.ts';

export const count = z.int().min(0);
const instant = z.string().meta({ format: 'date-time' });

const totalsFields = {
  from: instant,
  to: instant.describe('The first moment after the period.'),
  totalClicks: count,
  uniqueVisitors: count.describe(
    'Different visitors whose hits count: exact to about 50, else an estimate (HyperLogLog, standard error 1.6 %).',
  ),
};

/** What every answer begins with. */
export const periodFields = {
  ...totalsFields,
  timeZone: z.string(),
  interval: z.enum(intervals).describe('The steps of `overTime`.'),
  bots: z
    .enum(botFilters)
    .describe('Whether hits that do not count are in these numbers, asked for or because programs count on this link.'),
  previous: z
    .object(totalsFields)
    .nullable()
    .describe('The period before, where `compare=previous` asks for it and there is one.'),
};

const overTime = 'Without gaps. `date` is a local date, the first of a week or month; of an hour, its first moment.';
export const overTimeSchema = z.array(z.object({ date: z.string(), count })).describe(overTime);
/** With different visitors of each step. */
export const visitorsOverTimeSchema = z
  .array(z.object({ date: z.string(), count, uniqueVisitors: count.optional() }))
  .describe(`${overTime} Different visitors are told of up to ${maxVisitorSteps} steps.`);

const described: Readonly<Partial<Record<DimensionName, string>>> = {
  country: 'ISO 3166-1 alpha-2, or `unknown`.',
  region: 'ISO 3166-2, or `unknown`.',
  browserVersion: 'Name and major version.',
  osVersion: 'Name and version.',
  referrer: 'Hosts only; `direct` where there was none.',
  referrerUrl: 'Whole addresses, without fragment; `direct` where there was none.',
  target: 'Which rule chose the destination: `destination`, `ios`, `android`, `geo:CH`, `device:mobile`.',
  qr: 'Ids of QR codes; `none` for visits that came by the link itself.',
  utmSource: "Of the visit, else the link's own; `none` where there was none.",
};

type ListFields = Readonly<Record<string, z.ZodType>>;

/** A schema for the list of each of these dimensions. */
export function listFields(names: readonly DimensionName[]): ListFields {
  return Object.fromEntries(
    names.map((name) => {
      const further = Object.fromEntries(dimensions[name].further.map((key) => [key, z.string().nullable()] as const));
      const rows = z.array(z.object({ [name]: z.string(), ...further, count }));
      return [dimensions[name].list, rows.describe(described[name] ?? 'Most first.')];
    }),
  );
}

const exampleValues: Readonly<Partial<Record<DimensionName, string>>> = {
  country: 'DE',
  region: 'DE-BE',
  city: 'Berlin',
  device: 'mobile',
  browser: 'Firefox',
  browserVersion: 'Firefox 140',
  os: 'Android',
  osVersion: 'Android 16',
  referrer: 'news.example',
  referrerUrl: 'https://news.example/',
  language: 'de',
  target: 'destination',
};
const exampleFurther: Readonly<Record<string, string>> = { name: 'Berlin', region: 'DE-BE', country: 'DE' };

/** Lists of one row each, which are the same three clicks. */
export function exampleLists(names: readonly DimensionName[]): Record<string, unknown> {
  return Object.fromEntries(
    names.map((name) => {
      const further = Object.fromEntries(dimensions[name].further.map((key) => [key, exampleFurther[key] ?? null]));
      return [
        dimensions[name].list,
        [{ [name]: exampleValues[name] ?? dimensions[name].absent, ...further, count: 3 }],
      ];
    }),
  );
}

export const examplePeriod = {
  from: '2026-07-12T22:00:00.000Z',
  to: '2026-07-14T22:00:00.000Z',
  totalClicks: 3,
  uniqueVisitors: 2,
  timeZone: 'Europe/Berlin',
  interval: 'day' as const,
  bots: 'exclude' as const,
  previous: null,
};

export const exampleOverTime = [
  { date: '2026-07-13', count: 1 },
  { date: '2026-07-14', count: 2 },
];
export const exampleVisitorsOverTime = exampleOverTime.map((step) => ({ ...step, uniqueVisitors: step.count }));

const totalsOf = ({ from, to, totalClicks, uniqueVisitors }: PeriodTotals): PeriodTotals => ({
  from,
  to,
  totalClicks,
  uniqueVisitors,
});

/** @param lists the JSON of an object that is not empty, of which every member goes into the answer's data after the head's */
export function statsData(head: object, lists: Uint8Array): Answer {
  const text = JSON.stringify({ success: true, data: head });
  // Without the braces that end the head, and the one that begins the lists.
  const body = Buffer.concat([Buffer.from(`${text.slice(0, -2)},`), lists.subarray(1), Buffer.from('}')]);
  return { status: 200, body, headers: { 'Content-Type': 'application/json; charset=utf-8' } };
}

/**
 * The part of an answer that `periodFields` describes.
 * @param bots as it was asked for, or held without being asked for
 */
export function periodOf(
  answer: PeriodTotals & Pick<StatsAnswer, 'timeZone' | 'interval' | 'previous'>,
  bots: BotFilter,
) {
  const { timeZone, interval, previous } = answer;
  return { ...totalsOf(answer), timeZone, interval, bots, previous: previous === null ? null : totalsOf(previous) };
}
