// /api/v1/links/:id/stats: one link's numbers.

import { z } from 'zod';
import { botFilters, linkStats, periods } from '../clicks/stats.ts';
import type { StatsStore } from '../clicks/stats-store.ts';
import type { Clock } from '../core/clock.ts';
import { Faults, queryValues } from '../core/validation.ts';
import { data } from '../http/answer.ts';
import type { PrivateRoute } from '../http/router.ts';
import type { Links } from '../links/links.ts';

const defaultRows = 100;

const statsQuerySchema = z.strictObject({
  period: z.enum(periods).default('all'),
  bots: z.enum(botFilters).default('exclude'),
  limit: z.int().min(0).max(1_000_000).default(defaultRows),
});

interface StatsRoutesOptions {
  readonly links: Links;
  readonly stats: StatsStore;
  readonly clock: Clock;
}

export function linkStatsRoutes({ links, stats, clock }: StatsRoutesOptions): PrivateRoute[] {
  return [
    {
      method: 'GET',
      path: '/api/v1/links/:id/stats',
      scope: 'analytics:read',
      handle({ identity, params, query }) {
        const faults = new Faults();
        const values = queryValues(query, { period: 'text', bots: 'text', limit: 'integer' }, faults);
        const asked = faults.check(statsQuerySchema, values);
        faults.throwIfAny();
        const { link, lastClickedAt } = links.get(identity.userId, params['id'] ?? '');
        return data(
          linkStats(stats, { id: link.id, createdAt: link.createdAt, lastClickedAt }, { ...asked!, now: clock.now() }),
        );
      },
    },
  ];
}
