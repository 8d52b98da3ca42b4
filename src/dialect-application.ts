// The part of the application that speaks as other shorteners do. Wired by application.ts.

import type { IncomingMessage } from 'node:http';
import type { Logger } from 'pino';
import { linkStatsReading, newestHitsReading, pageOfHitsReading } from './clicks/click-readings.ts';
import type { Clock } from './core/clock.ts';
import { type DialectName, Dialects } from './dialects/dialects.ts';
import type { Entrance } from './http/entrance.ts';
import type { LinkInputContext } from './links/link-input.ts';
import type { LinkLists } from './links/link-lists.ts';
import type { LinkUids } from './links/link-uid.ts';
import type { Link } from './links/link.ts';
import type { Links } from './links/links.ts';
import { passwordTotalsReading } from './links/password-visit-store.ts';
import type { ReaderThread } from './storage/reader.ts';

interface DialectApplicationOptions {
  readonly isEnabled: Readonly<Record<DialectName, boolean>>;
  readonly xgdHttpStatus: boolean;
  readonly yebRequestsPerSecond: number;
  readonly questions: ReaderThread;
  readonly links: Links;
  readonly lists: LinkLists;
  readonly linkUids: LinkUids;
  readonly inputContext: () => LinkInputContext;
  readonly shortUrl: (link: Link) => string;
  /** Of the default domain. */
  readonly origin: () => string;
  readonly servesApi: (request: IncomingMessage) => boolean;
  readonly entrance: Entrance;
  readonly clock: Clock;
  readonly log: Logger;
}

export function buildDialectApplication(options: DialectApplicationOptions): Dialects {
  const { isEnabled, servesApi, questions } = options;
  return new Dialects({
    isEnabled,
    servesApi,
    context: {
      ...options,
      askStatistics: (owner, question) => questions.ask(linkStatsReading, { owner, question }),
      newestHits: (linkId, limit) => questions.ask(newestHitsReading, { linkId, limit }),
      pageOfHits: (linkId, offset, limit) => questions.ask(pageOfHitsReading, { linkId, offset, limit }),
      passwordTotals: (linkId, firstDay, lastDay) =>
        questions.ask(passwordTotalsReading, { linkId, firstDay, lastDay }),
    },
  });
}
