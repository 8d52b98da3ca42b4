// Statistics as the API computes them, with everything that a test does not name left at its default.

import { type DimensionName, dimensionNames, dimensions, type ListName } from '../../src/clicks/dimensions.ts';
import { type StatsAnswer, type StatsQuestion, type Statistics } from '../../src/clicks/stats.ts';
import type { DimensionFilters } from '../../src/clicks/stats-filter.ts';

export interface AskedStats extends Partial<Omit<StatsQuestion, 'filters' | 'now'>> {
  readonly linkId?: number;
  /** Instead of a link: over all links of the user. */
  readonly userId?: number;
  readonly now: number;
  readonly filters?: DimensionFilters;
  readonly linkIds?: ReadonlySet<number>;
  readonly createdAt?: number;
}

export type TestStats = Omit<StatsAnswer, 'breakdowns'> &
  Readonly<Record<ListName, NonNullable<StatsAnswer['breakdowns'][ListName]>>>;

/** All rows of every breakdown unless told otherwise. */
export function askStats(
  statistics: Statistics,
  { linkId = 1, userId, now, filters = {}, linkIds, createdAt = now, ...asked }: AskedStats,
): TestStats {
  const owner = userId === undefined ? { scope: 'link' as const, id: linkId } : { scope: 'user' as const, id: userId };
  const { breakdowns, ...answer } = statistics.answer(
    { ...owner, since: createdAt },
    {
      period: 'all',
      from: undefined,
      to: undefined,
      timeZone: 'UTC',
      interval: undefined,
      bots: 'exclude',
      lists: dimensionNames,
      limit: 0,
      visitorsOverTime: true,
      comparesPrevious: false,
      ...asked,
      filters: { dimensions: filters, linkIds },
      now,
    },
  );
  return { ...answer, ...breakdowns } as TestStats;
}

/** What `stats` shows of a dimension, as hits by value. */
export function shownCounts(stats: TestStats, name: DimensionName): [value: string, count: number][] {
  return stats[dimensions[name].list].map((row) => [String(row[name]), row.count]);
}
