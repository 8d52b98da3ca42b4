// /api/v1/links/:id/stats: one link's numbers.

import * as z from 'zod';
import type { Statistics } from '../clicks/stats.ts';
import { periods } from '../clicks/stats-period.ts';
import { botFilters } from '../clicks/tally.ts';
import type { Clock } from '../core/clock.ts';
import { TimeZone } from '../core/time-zone.ts';
import { Faults, queryValues } from '../core/validation.ts';
import { data } from '../http/answer.ts';
import { dataDocs, type Documented } from '../http/route-docs.ts';
import type { PrivateRoute } from '../http/router.ts';
import type { Links } from '../links/links.ts';
import { linkIdParam } from './link-docs.ts';

const defaultRows = 100;

const statsQuerySchema = z.strictObject({
  period: z.enum(periods).default('all').describe('The last so many hours or days, the running one included.'),
  bots: z
    .enum(botFilters)
    .default('exclude')
    .describe('Whether bots, previews and the like are left out, or all there is.'),
  limit: z.int().min(0).max(1_000_000).default(defaultRows).describe('Rows of each breakdown; 0: all.'),
});

const count = z.int().min(0);
/** Rows of one breakdown, most first. */
const breakdown = <Key extends string>(key: Key) => z.array(z.object({ [key]: z.string(), count } as Row<Key>));
type Row<Key extends string> = Record<Key, z.ZodString> & { count: typeof count };

const statsSchema = z
  .object({
    totalClicks: count,
    uniqueVisitors: count.describe('Counted visitors by UTC day, estimated where they are many.'),
    lastClickedAt: z.string().meta({ format: 'date-time' }).nullable(),
    byCountry: breakdown('country').describe('ISO 3166-1 alpha-2, or `unknown`.'),
    byDevice: breakdown('device'),
    byBrowser: breakdown('browser'),
    byOs: breakdown('os'),
    byReferrer: breakdown('referrer').describe('Hosts only; `direct` where there was none.'),
    byLanguage: breakdown('language'),
    overTime: z
      .array(z.object({ date: z.string(), count }))
      .describe('Without gaps: days, or the hours of the period `24h`.'),
  })
  .meta({
    id: 'LinkStats',
    description: '`totalClicks`, the sum of `overTime` and that of each breakdown without a limit are the same number.',
  });

const statsExample: z.output<typeof statsSchema> = {
  totalClicks: 3,
  uniqueVisitors: 2,
  lastClickedAt: '2026-07-14T16:20:05.120Z',
  byCountry: [
    { country: 'DE', count: 2 },
    { country: 'unknown', count: 1 },
  ],
  byDevice: [{ device: 'mobile', count: 3 }],
  byBrowser: [{ browser: 'Firefox', count: 3 }],
  byOs: [{ os: 'Android', count: 3 }],
  byReferrer: [{ referrer: 'direct', count: 3 }],
  byLanguage: [{ language: 'de', count: 3 }],
  overTime: [
    { date: '2026-07-13', count: 1 },
    { date: '2026-07-14', count: 2 },
  ],
};

interface StatsRoutesOptions {
  readonly links: Links;
  readonly stats: Statistics;
  readonly clock: Clock;
}

export function linkStatsRoutes({ links, stats, clock }: StatsRoutesOptions): Documented<PrivateRoute>[] {
  return [
    {
      method: 'GET',
      path: '/api/v1/links/:id/stats',
      scope: 'analytics:read',
      docs: {
        id: 'getLinkStats',
        tag: 'Statistics',
        summary: 'Get the statistics of a link',
        params: linkIdParam,
        query: statsQuerySchema,
        responses: { 200: dataDocs('The numbers of one moment.', statsSchema, statsExample) },
        errors: ['NOT_FOUND'],
      },
      handle({ identity, params, query }) {
        const faults = new Faults();
        const values = queryValues(query, { period: 'text', bots: 'text', limit: 'integer' }, faults);
        const asked = faults.check(statsQuerySchema, values);
        faults.throwIfAny();
        const { link, lastClickedAt } = links.get(identity.userId, params['id'] ?? '');
        const { totalClicks, uniqueVisitors, overTime, breakdowns } = stats.answer(
          { scope: 'link', id: link.id, since: link.createdAt },
          {
            ...asked!,
            from: undefined,
            to: undefined,
            zone: TimeZone.utc,
            interval: undefined,
            filters: { dimensions: {}, linkIds: undefined },
            lists: ['country', 'device', 'browser', 'os', 'referrer', 'language'],
            comparesPrevious: false,
            now: clock.now(),
          },
        );
        return data({
          totalClicks,
          uniqueVisitors,
          lastClickedAt: lastClickedAt === null ? null : new Date(lastClickedAt).toISOString(),
          ...breakdowns,
          overTime,
        });
      },
    },
  ];
}
