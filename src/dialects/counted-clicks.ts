// The one question of statistics that dialects ask: the clicks of a link that count, in days of UTC.

import type { DimensionName } from '../clicks/dimensions.ts';
import type { StatsAnswer } from '../clicks/stats.ts';
import type { Period } from '../clicks/stats-period.ts';
import type { Link } from '../links/link.ts';
import type { DialectContext } from './dialect.ts';

/** Every row of the breakdowns that are asked for. */
export function countedClicks(
  { askStatistics, clock }: Pick<DialectContext, 'askStatistics' | 'clock'>,
  link: Link,
  period: Period,
  lists: readonly DimensionName[],
): Promise<StatsAnswer> {
  return askStatistics(
    { scope: 'link', id: link.id, since: link.createdAt },
    {
      period,
      from: undefined,
      to: undefined,
      timeZone: 'UTC',
      interval: 'month',
      // Where programs count, their verdict says so.
      bots: 'exclude',
      filters: { dimensions: {}, linkIds: undefined },
      lists,
      limit: 0,
      visitorsOverTime: false,
      comparesPrevious: false,
      now: clock.now(),
    },
  );
}
