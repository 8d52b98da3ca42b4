// `signpost.analytics`: the same questions as of one link, over all of the caller's.

import type { Click, Operations, RollUp } from './api-types.ts';
import { clickRows, type Rows, rollUpRows } from './exports.ts';
import { listen, type LiveEvent } from './live.ts';
import type { CallOptions, Transport } from './transport.ts';

/** Where an export goes on that broke off. */
export type ExportQuery = Pick<Operations['exportAnalytics']['query'], 'cursor'>;

/** One question: its query, which may be left out, and its answer. */
type Ask<Name extends keyof Operations> = Operations[Name] extends { query: infer Query; data: infer Data }
  ? (query?: Query, options?: CallOptions) => Promise<Data>
  : never;

export class AnalyticsClient {
  readonly overview: Ask<'getAnalyticsOverview'>;
  readonly clicks: Ask<'getAnalyticsClicks'>;
  readonly geo: Ask<'getAnalyticsGeo'>;
  readonly devices: Ask<'getAnalyticsDevices'>;
  readonly browsers: Ask<'getAnalyticsBrowsers'>;
  readonly referrers: Ask<'getAnalyticsReferrers'>;
  readonly topLinks: Ask<'getAnalyticsTopLinks'>;
  /** The newest clicks. */
  readonly recent: Ask<'getRecentClicks'>;
  readonly #transport: Transport;

  constructor(transport: Transport) {
    const ask =
      <Data>(path: string) =>
      (query: object = {}, options?: CallOptions): Promise<Data> =>
        transport.data<Data>({ method: 'GET', path: `/analytics/${path}`, query, options });
    this.overview = ask('overview');
    this.clicks = ask('clicks');
    this.geo = ask('geo');
    this.devices = ask('devices');
    this.browsers = ask('browsers');
    this.referrers = ask('referrers');
    this.topLinks = ask('top-links');
    this.recent = ask('recent');
    this.#transport = transport;
  }

  /** Applies today's rules to stored hits, in the background. */
  reclassify(
    of: Operations['reclassifyClicks']['body'] = {},
    options?: CallOptions,
  ): Promise<Operations['reclassifyClicks']['data']> {
    return this.#transport.data({ method: 'POST', path: '/analytics/reclassify', body: of, options });
  }

  /** How far the last reclassification is; null: there was none. */
  reclassification(options?: CallOptions): Promise<Operations['getReclassification']['data']> {
    return this.#transport.data({ method: 'GET', path: '/analytics/reclassify', options });
  }

  /**
   * Hits from now on, or from behind `lastEventId` on, as they come: `for await (const { event, data } of signpost.analytics.live())`.
   * Comes back by itself after a break, and then tells first what was missed meanwhile: up to 10,000 hits of the server, beyond
   * which there is a `gap`. Ends with its loop or its signal; throws what another try would not mend, as when the key was revoked,
   * and what a first connection meets. `timeoutMs` is for the silence between two signs of life, of which there are four a minute.
   */
  live(
    query: Operations['listenToClicks']['query'] = {},
    options?: CallOptions,
  ): AsyncGenerator<LiveEvent, void, undefined> {
    return listen(this.#transport, query, options);
  }

  /** The hits of all links, the newest first, those that do not count included. */
  exportClicks(query: ExportQuery = {}, options?: CallOptions): Rows<Click> {
    const path = '/analytics/export';
    return clickRows(this.#transport, { method: 'GET', path, query: { ...query, subject: 'clicks' }, options });
  }

  /** The roll-ups of all links, the oldest first: how many hits of each kind there were in each quarter-hour. */
  exportStats(query: ExportQuery = {}, options?: CallOptions): Rows<RollUp> {
    const path = '/analytics/export';
    return rollUpRows(this.#transport, { method: 'GET', path, query: { ...query, subject: 'stats' }, options });
  }

  /** Takes one visitor's address out of every stored hit of the server, in the background. The key needs the scope `admin`. */
  erase(of: Operations['eraseVisitor']['body'], options?: CallOptions): Promise<Operations['eraseVisitor']['data']> {
    return this.#transport.data({ method: 'POST', path: '/clicks/erasure', body: of, options });
  }

  /** How far the last erasure is; null: there was none. */
  erasure(options?: CallOptions): Promise<Operations['getErasure']['data']> {
    return this.#transport.data({ method: 'GET', path: '/clicks/erasure', options });
  }
}
