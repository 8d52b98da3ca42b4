// Every question about clicks that is answered on the reader thread.

import { defineReading } from '../storage/reading.ts';
import type { Connection } from '../storage/query.ts';
import { Analytics, type AnalyticsQuestion } from './analytics.ts';
import { ClickExport, type ExportSubject } from './click-export.ts';
import type { ExportQuestion, ExportScope } from './export-format.ts';
import { LinkHitReader } from './link-hits-store.ts';
import { type RecentQuestion, RecentHitReader } from './recent-hits-store.ts';
import { Statistics, type StatsOwner, type StatsQuestion } from './stats.ts';
import { TermReader } from './term-reader-store.ts';

interface Answering {
  readonly statistics: Statistics;
  readonly analytics: Analytics;
  readonly recent: RecentHitReader;
  readonly exports: ClickExport;
  readonly hits: LinkHitReader;
}

// Statements and what is remembered of dictionaries, once a connection.
const answering = new WeakMap<Connection, Answering>();

/** What answers on this connection. */
export function answeringOn(connection: Connection): Answering {
  let found = answering.get(connection);
  if (found === undefined) {
    const terms = new TermReader(connection);
    const statistics = new Statistics(connection, terms);
    found = {
      statistics,
      analytics: new Analytics(connection, statistics),
      recent: new RecentHitReader(connection, terms),
      exports: new ClickExport(connection),
      hits: new LinkHitReader(connection),
    };
    answering.set(connection, found);
  }
  return found;
}

export const linkStatsReading = defineReading(
  'stats.link',
  (connection, { owner, question }: { owner: StatsOwner; question: StatsQuestion }) =>
    answeringOn(connection).statistics.answer(owner, question),
);

export const analyticsReading = defineReading('stats.user', (connection, question: AnalyticsQuestion) =>
  answeringOn(connection).analytics.answer(question),
);

export const recentHitsReading = defineReading('clicks.recent', (connection, question: RecentQuestion) =>
  answeringOn(connection).recent.newest(question),
);

/** In UTF-8 already: text would have to be encoded on the main thread, where visitors wait for their redirects. */
export const exportPageReading = defineReading(
  'exports.page',
  (connection, { subject, question }: { subject: ExportSubject; question: ExportQuestion }) => {
    const { text, position } = answeringOn(connection).exports.page(subject, question);
    return { bytes: new TextEncoder().encode(text), position };
  },
);

export const exportCountReading = defineReading('exports.count', (connection, scope: ExportScope) =>
  answeringOn(connection).exports.count(scope),
);

/** A link's newest hits that count. */
export const newestHitsReading = defineReading(
  'clicks.newest-of-link',
  (connection, { linkId, limit }: { linkId: number; limit: number }) =>
    answeringOn(connection).hits.newestCounted(linkId, limit),
);

export const pageOfHitsReading = defineReading(
  'clicks.page-of-link',
  (connection, { linkId, offset, limit }: { linkId: number; offset: number; limit: number }) =>
    answeringOn(connection).hits.page(linkId, offset, limit),
);

export const clickReadings = [
  linkStatsReading,
  analyticsReading,
  recentHitsReading,
  exportPageReading,
  exportCountReading,
  newestHitsReading,
  pageOfHitsReading,
];
