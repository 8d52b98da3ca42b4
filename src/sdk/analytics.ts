// `signpost.analytics`: the same questions as of one link, over all of the caller's.

import type { Operations } from './api-types.ts';
import type { CallOptions, Transport } from './transport.ts';

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
}
