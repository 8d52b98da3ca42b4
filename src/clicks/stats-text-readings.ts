// Statistics whose lists are written as JSON on the reader thread already: with `limit=0` they may have a million rows, and neither
// copying nor writing those may hold up the main thread, where visitors wait for their redirects.

import { defineReading } from '../storage/reading.ts';
import type { AnalyticsAnswer, AnalyticsQuestion } from './analytics.ts';
import { answeringOn } from './click-readings.ts';
import type { StatsAnswer, StatsOwner, StatsQuestion } from './stats.ts';

export type InText<Answer extends StatsAnswer> = Omit<Answer, 'breakdowns' | 'overTime'> & {
  /** The JSON of an object, in UTF-8: `overTime` and every breakdown. */
  readonly lists: Uint8Array;
};

function inText<Answer extends StatsAnswer>({ breakdowns, overTime, ...answer }: Answer): InText<Answer> {
  return { ...answer, lists: new TextEncoder().encode(JSON.stringify({ ...breakdowns, overTime })) };
}

export const linkStatsTextReading = defineReading(
  'stats.link-text',
  (connection, { owner, question }: { owner: StatsOwner; question: StatsQuestion }): InText<StatsAnswer> =>
    inText(answeringOn(connection).statistics.answer(owner, question)),
);

export const analyticsTextReading = defineReading(
  'stats.user-text',
  (connection, question: AnalyticsQuestion): InText<AnalyticsAnswer> =>
    inText(answeringOn(connection).analytics.answer(question)),
);

export const statsTextReadings = [linkStatsTextReading, analyticsTextReading];
