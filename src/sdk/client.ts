// The client of the native API: `new Signpost({ apiKey, baseUrl })`. Runs wherever there is fetch: Node, browsers, Deno, edge.

import { AccountClient, ApiKeysClient } from './account.ts';
import { AnalyticsClient } from './analytics.ts';
import { DomainsClient } from './domains.ts';
import { GalleriesClient } from './galleries.ts';
import { LinksClient } from './links.ts';
import { QrClient } from './qr.ts';
import { Transport } from './transport.ts';
import { WebhooksClient } from './webhooks.ts';

export interface SignpostOptions {
  /** `sp_…` */
  readonly apiKey: string;
  /** Where the server is: `https://go.example`, with or without `/api/v1`. */
  readonly baseUrl: string | URL;
  /** For one try of a call, its body included; Infinity: no limit. Default: 30,000. */
  readonly timeoutMs?: number | undefined;
  /** Tries after the first, on 429, 503 and where there was no answer. Default: 3. */
  readonly maxRetries?: number | undefined;
  /** The fetch to use, where it is not to be the platform's own. */
  readonly fetch?: typeof fetch | undefined;
}

export class Signpost {
  readonly links: LinksClient;
  readonly qr: QrClient;
  readonly galleries: GalleriesClient;
  readonly domains: DomainsClient;
  readonly analytics: AnalyticsClient;
  readonly account: AccountClient;
  readonly apiKeys: ApiKeysClient;
  readonly webhooks: WebhooksClient;

  constructor(options: SignpostOptions) {
    const transport = new Transport(options);
    this.links = new LinksClient(transport);
    this.webhooks = new WebhooksClient(transport);
    this.galleries = new GalleriesClient(transport);
    this.qr = new QrClient(transport);
    this.domains = new DomainsClient(transport);
    this.analytics = new AnalyticsClient(transport);
    this.account = new AccountClient(transport);
    this.apiKeys = new ApiKeysClient(transport);
  }
}

export { ApiError, ConnectionError, SignpostError, TimeoutError, WebhookSignatureError } from './errors.ts';
export type { ErrorCode, ErrorDetail } from './errors.ts';
export { Rows } from './exports.ts';
export type { LiveEvent } from './live.ts';
export { Pages, type Page } from './pages.ts';
export type { CallOptions } from './transport.ts';
export { verifyWebhook, type VerifyOptions, type WebhookEvent, type WebhookHeaders } from './webhook-signature.ts';
export type { Click, Link, LinkChange, LinkStats, ListMeta, NewLink, Operations, RollUp } from './api-types.ts';
