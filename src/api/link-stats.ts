// /api/v1/links/:id/stats: one link's numbers.

import * as z from 'zod';
import { linkStatsReading } from '../clicks/click-readings.ts';
import { dimensionNames } from '../clicks/dimensions.ts';
import type { Clock } from '../core/clock.ts';
import { data } from '../http/answer.ts';
import { dataDocs, type Documented } from '../http/route-docs.ts';
import type { PrivateRoute } from '../http/router.ts';
import type { Links } from '../links/links.ts';
import type { ReaderThread } from '../storage/reader.ts';
import { linkIdParam } from './link-docs.ts';
import { readStatsQuery, statsQuerySchema } from './stats-query.ts';
import {
  exampleLists,
  examplePeriod,
  exampleVisitorsOverTime,
  listFields,
  periodFields,
  periodOf,
  visitorsOverTimeSchema,
} from './stats-shapes.ts';

const statsSchema = z
  .object({
    ...periodFields,
    lastClickedAt: z.string().meta({ format: 'date-time' }).nullable().describe('Ever, whatever the period.'),
    ...listFields(dimensionNames),
    overTime: visitorsOverTimeSchema,
  })
  .meta({
    id: 'LinkStats',
    description: '`totalClicks`, the sum of `overTime` and that of each breakdown without a limit are the same number.',
  });

const statsExample = {
  ...examplePeriod,
  lastClickedAt: '2026-07-14T16:20:05.120Z',
  ...exampleLists(dimensionNames),
  overTime: exampleVisitorsOverTime,
};

interface StatsRoutesOptions {
  readonly links: Links;
  readonly questions: ReaderThread;
  readonly clock: Clock;
}

export function linkStatsRoutes({ links, questions, clock }: StatsRoutesOptions): Documented<PrivateRoute>[] {
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
      async handle({ identity, params, query }) {
        const { asked } = readStatsQuery(statsQuerySchema, query, clock.now());
        const { filters, bots, ...question } = asked;
        const { link, lastClickedAt } = links.get(identity.userId, params['id'] ?? '');
        const answer = await questions.ask(linkStatsReading, {
          owner: { scope: 'link', id: link.id, since: link.createdAt },
          question: {
            ...question,
            // Where programs count, what is left out by default elsewhere belongs to the numbers.
            bots: bots ?? (link.filterBots ? 'exclude' : 'include'),
            filters: { dimensions: filters, linkIds: undefined },
            lists: dimensionNames,
            visitorsOverTime: true,
          },
        });
        return data({
          ...periodOf(answer),
          lastClickedAt: lastClickedAt === null ? null : new Date(lastClickedAt).toISOString(),
          ...answer.breakdowns,
          overTime: answer.overTime,
        });
      },
    },
  ];
}
