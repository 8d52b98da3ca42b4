// /api/v1/links/:id/stats: one link's numbers.

import * as z from 'zod';
import { linkStatsTextReading } from '../clicks/stats-text-readings.ts';
import { dimensionNames } from '../clicks/dimensions.ts';
import type { Clock } from '../core/clock.ts';
import type { Answer } from '../http/answer.ts';
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
  statsData,
  visitorsOverTimeSchema,
} from './stats-shapes.ts';

export const statsSchema = z
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

export const statsExample = {
  ...examplePeriod,
  lastClickedAt: '2026-07-14T16:20:05.120Z',
  ...exampleLists(dimensionNames),
  overTime: exampleVisitorsOverTime,
};

/** What is counted, by itself: a link, a gallery, an item of one. */
interface Counted {
  readonly id: number;
  readonly createdAt: number;
  readonly lastClickedAt: number | null;
  readonly filterBots: boolean;
}

/** The numbers that a query asks for. Throws VALIDATION_ERROR. */
export async function answerStats(
  questions: ReaderThread,
  { id, createdAt, lastClickedAt, filterBots }: Counted,
  query: URLSearchParams,
  now: number,
): Promise<Answer> {
  const { asked } = readStatsQuery(statsQuerySchema, query, now);
  const { filters, ...question } = asked;
  // Where programs count, what is left out by default elsewhere belongs to the numbers.
  const bots = asked.bots ?? (filterBots ? 'exclude' : 'include');
  const answer = await questions.ask(linkStatsTextReading, {
    owner: { scope: 'link', id, since: createdAt },
    question: {
      ...question,
      bots,
      filters: { dimensions: filters, linkIds: undefined },
      lists: dimensionNames,
      visitorsOverTime: true,
    },
  });
  const clickedAt = lastClickedAt === null ? null : new Date(lastClickedAt).toISOString();
  return statsData({ ...periodOf(answer, bots), lastClickedAt: clickedAt }, answer.lists);
}

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
        errors: ['NOT_FOUND', 'UNAVAILABLE'],
      },
      async handle({ identity, params, query }) {
        const { link, lastClickedAt } = links.get(identity.userId, params['id'] ?? '');
        return answerStats(questions, { ...link, lastClickedAt }, query, clock.now());
      },
    },
  ];
}
