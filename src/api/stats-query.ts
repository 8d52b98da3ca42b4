// The query parameters of every question of statistics: period, time zone, steps, filters. One schema validates and documents them.

import * as z from 'zod';
import { type DimensionName, dimensionNames, dimensions } from '../clicks/dimensions.ts';
import { maxRecent } from '../clicks/recent-hits-store.ts';
import type { DimensionFilters } from '../clicks/stats-filter.ts';
import { maxSteps, periods } from '../clicks/stats-period.ts';
import type { StatsQuestion } from '../clicks/stats.ts';
import { type BotFilter, botFilters } from '../clicks/tally.ts';
import { quarterMs } from '../core/periods.ts';
import { intervals, TimeZone } from '../core/time-zone.ts';
import { parseInstant } from '../core/instant.ts';
import { textField } from '../core/text-field.ts';
import { Faults, type QueryKind, queryValues } from '../core/validation.ts';

const defaultRows = 100;
const defaultRecent = 20;
const maxFilterValues = 50;
const maxFilterLength = 500;
const earliest = Date.parse('1970-01-01T00:00:00Z');
const latest = Date.parse('2200-01-01T00:00:00Z');
const datePattern = /^\d{4}-\d\d-\d\d$/;
const dayMs = 86_400_000;

const moment = (what: string) =>
  textField(40)
    .optional()
    .describe(`${what}: an ISO 8601 time with an offset, or a date, a day in \`tz\`. Counted to the quarter-hour.`);

const timeFields = {
  period: z
    .enum(periods)
    .optional()
    .describe(
      'The last so many hours or local days, the running one included; `all` by default. Not together with `from` and `to`.',
    ),
  from: moment('The first moment'),
  to: moment('The end: a time is not included any more, a date is'),
  tz: textField(64)
    .optional()
    .describe('An IANA time zone, such as `Europe/Berlin`: days begin at its midnights. `UTC` by default.'),
  interval: z
    .enum(intervals)
    .optional()
    .describe(
      `The steps of \`overTime\`, at most ${maxSteps}; weeks begin on Mondays. By default hours for \`24h\`, else days, or longer steps where those would be too many.`,
    ),
  bots: z
    .enum(botFilters)
    .optional()
    .describe(
      'Whether what does not count (bots, previews, prefetches …) is left out, included, or all there is. Left out by default; included for links with `filterBots: false`.',
    ),
  limit: z.int().min(0).max(1_000_000).default(defaultRows).describe('Rows of each breakdown; 0: all.'),
  compare: z
    .enum(['previous'])
    .optional()
    .describe(
      'Also tell the totals of the period before, as long as this one. null for `all`, before which there is nothing.',
    ),
};

const filterValues = (what: string) =>
  z
    .array(textField(maxFilterLength))
    .max(maxFilterValues)
    .optional()
    .describe(`${what}. Repeat it for several, of which any will do.`);

type DimensionFields = Record<DimensionName, ReturnType<typeof filterValues>>;
const dimensionFields = Object.fromEntries(
  dimensionNames.map((name) => [
    name,
    filterValues(`Only hits that \`${dimensions[name].list}\` shows as this (\`${dimensions[name].absent}\` included)`),
  ]),
) as DimensionFields;

export const linkFilterFields = {
  link: filterValues('Only hits on the link with this id'),
  domain: filterValues('Only hits on links of this domain'),
  tag: filterValues('Only hits on links with this tag'),
};

export const statsQuerySchema = z.strictObject({ ...timeFields, ...dimensionFields });
export const analyticsQuerySchema = z.strictObject({ ...timeFields, ...linkFilterFields, ...dimensionFields });

/** Of single hits, of which there are no breakdowns. */
export const recentQuerySchema = analyticsQuerySchema.extend({
  limit: z
    .int()
    .min(0)
    .max(1_000_000)
    .default(defaultRecent)
    .describe(`At most so many; ${maxRecent} are sent at the most, and for 0.`),
  interval: timeFields.interval.describe('Taken, but there are no steps.'),
  compare: timeFields.compare.describe('Taken, but there are no totals.'),
});

const kinds: Readonly<Record<string, QueryKind>> = {
  ...Object.fromEntries(Object.keys(timeFields).map((name) => [name, 'text'] as const)),
  ...Object.fromEntries([...Object.keys(linkFilterFields), ...dimensionNames].map((name) => [name, 'list'] as const)),
  limit: 'integer',
};

/** What a query asks, but for which breakdowns. `bots` is undefined where nothing was said. */
export type AskedQuery = Omit<StatsQuestion, 'filters' | 'lists' | 'bots' | 'visitorsOverTime'> & {
  readonly bots: BotFilter | undefined;
  readonly filters: DimensionFilters;
};

/** A quarter-hour, rounded towards the outside of the range; undefined with a fault noted. */
function boundary(name: 'from' | 'to', text: string | undefined, zone: TimeZone, faults: Faults): number | undefined {
  if (text === undefined) return undefined;
  const day = datePattern.test(text) ? parseInstant(`${text}T00:00:00Z`) : undefined;
  const time = day ?? parseInstant(text);
  if (time === undefined)
    faults.add(
      name,
      'must be a date such as 2026-12-24, or an ISO 8601 time with an offset such as 2026-12-24T18:00:00Z',
    );
  else if (time < earliest || time > latest) faults.add(name, 'must lie between 1970 and 2200');
  else if (day !== undefined) return zone.startOfDay(day / dayMs + (name === 'to' ? 1 : 0));
  else return name === 'from' ? Math.floor(time / quarterMs) : Math.ceil(time / quarterMs);
  return undefined;
}

/** The filters of `analyticsQuerySchema` that are about links. */
export type LinkFilters = Pick<z.output<typeof analyticsQuerySchema>, keyof typeof linkFilterFields>;

export function readStatsQuery(
  schema: typeof statsQuerySchema | typeof analyticsQuerySchema | typeof recentQuerySchema,
  query: URLSearchParams,
  now: number,
): { readonly asked: AskedQuery; readonly links: LinkFilters } {
  const faults = new Faults();
  // A schema without the filters by link leaves them undefined.
  const values: z.output<typeof analyticsQuerySchema> | undefined = faults.check(
    schema as typeof analyticsQuerySchema,
    queryValues(query, kinds, faults),
  );
  const zone = TimeZone.named(values?.tz ?? 'UTC');
  if (zone === undefined) faults.add('tz', 'must be the name of an IANA time zone, such as Europe/Berlin');
  const from = boundary('from', values?.from, zone ?? TimeZone.utc, faults);
  const to = boundary('to', values?.to, zone ?? TimeZone.utc, faults);
  if (from !== undefined && to !== undefined && to <= from) faults.add('to', 'must be after from');
  if (values?.period !== undefined && (values.from !== undefined || values.to !== undefined))
    faults.add('period', 'cannot be combined with from and to');
  faults.throwIfAny();
  const { period = 'all', interval, bots, limit, compare, tz = 'UTC' } = values!;
  const filters: Partial<Record<DimensionName, string[]>> = {};
  for (const name of dimensionNames) if (values![name] !== undefined) filters[name] = values![name];
  return {
    links: values!,
    asked: {
      period,
      from,
      to,
      timeZone: tz,
      interval,
      bots,
      limit,
      comparesPrevious: compare === 'previous',
      filters,
      now,
    },
  };
}
