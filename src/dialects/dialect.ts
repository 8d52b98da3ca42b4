// What a dialect is made with and what it gives: routes of its own in a router that speaks its way.

import type { Logger } from 'pino';
import type { LinkHit, PageOfHits } from '../clicks/link-hits-store.ts';
import type { StatsAnswer, StatsOwner, StatsQuestion } from '../clicks/stats.ts';
import type { Clock } from '../core/clock.ts';
import type { Entrance } from '../http/entrance.ts';
import type { Route } from '../http/router.ts';
import type { Speech } from '../http/speech.ts';
import type { LinkInputContext } from '../links/link-input.ts';
import type { LinkLists } from '../links/link-lists.ts';
import type { LinkUids } from '../links/link-uid.ts';
import type { Link } from '../links/link.ts';
import type { PasswordTotals } from '../links/password-visit-store.ts';
import type { Links } from '../links/links.ts';

/** What the dialects translate to. */
export interface DialectContext {
  readonly links: Links;
  readonly lists: LinkLists;
  /** What input is checked against at this moment. */
  readonly inputContext: () => LinkInputContext;
  readonly shortUrl: (link: Link) => string;
  readonly askStatistics: (owner: StatsOwner, question: StatsQuestion) => Promise<StatsAnswer>;
  /** Those that count, newest first. */
  readonly newestHits: (linkId: number, limit: number) => Promise<readonly LinkHit[]>;
  /** All there are, newest first. */
  readonly pageOfHits: (linkId: number, offset: number, limit: number) => Promise<PageOfHits>;
  /** Of the UTC days from the first to the last, both included. */
  readonly passwordTotals: (linkId: number, firstDay: number, lastDay: number) => Promise<PasswordTotals>;
  readonly linkUids: LinkUids;
  /** Of the default domain. */
  readonly origin: () => string;
  readonly entrance: Entrance;
  readonly xgdHttpStatus: boolean;
  /** Of one key; 0: no limit. */
  readonly yebRequestsPerSecond: number;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface Dialect {
  readonly speech: Speech;
  readonly routes: readonly Route[];
}
