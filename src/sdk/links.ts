// `signpost.links`: short links, one and many, their numbers and their history.

import type { Click, Link, LinkChange, LinkVersion, NewLink, Operations, RollUp } from './api-types.ts';
import type { ExportQuery } from './analytics.ts';
import { clickRows, type Rows, rollUpRows } from './exports.ts';
import { Pages } from './pages.ts';
import { type CallOptions, segment, type Transport } from './transport.ts';

const pathOf = (id: string, rest = ''): string => `/links/${segment(id)}${rest}`;

export class LinksClient {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  create(link: NewLink, options?: CallOptions): Promise<Link> {
    return this.#transport.data({ method: 'POST', path: '/links', body: link, options });
  }

  get(id: string, options?: CallOptions): Promise<Link> {
    return this.#transport.data({ method: 'GET', path: pathOf(id), options });
  }

  /** Newest first, unless `sort` and `order` say otherwise. */
  list(query: Operations['listLinks']['query'] = {}, options?: CallOptions): Pages<Link> {
    return new Pages(this.#transport, { method: 'GET', path: '/links', query, options });
  }

  /** Absent fields stay as they are, null clears one. */
  update(id: string, change: LinkChange, options?: CallOptions): Promise<Link> {
    return this.#transport.data({ method: 'PATCH', path: pathOf(id), body: change, options });
  }

  /** Archives: the link answers 410, its slug stays taken, `update(id, { isArchived: false })` brings it back. */
  delete(id: string, options?: CallOptions): Promise<void> {
    return this.#transport.json({ method: 'DELETE', path: pathOf(id), options });
  }

  /** Makes the link, or changes your own that has its slug. */
  upsert(link: NewLink, options?: CallOptions): Promise<Link> {
    return this.#transport.data({ method: 'PUT', path: '/links', body: link, options });
  }

  stats(
    id: string,
    query: Operations['getLinkStats']['query'] = {},
    options?: CallOptions,
  ): Promise<Operations['getLinkStats']['data']> {
    return this.#transport.data({ method: 'GET', path: pathOf(id, '/stats'), query, options });
  }

  /** Its hits, the newest first, those that do not count included. */
  clicks(
    id: string,
    query: Omit<Operations['listClicks']['query'], 'format'> = {},
    options?: CallOptions,
  ): Pages<Click> {
    return new Pages(this.#transport, { method: 'GET', path: pathOf(id, '/clicks'), query, options });
  }

  /** All of them as a stream: the fastest way where there are many. */
  exportClicks(id: string, query: ExportQuery = {}, options?: CallOptions): Rows<Click> {
    return clickRows(this.#transport, { method: 'GET', path: pathOf(id, '/clicks'), query, options });
  }

  /** Its roll-ups, the oldest first: how many hits of each kind there were in each quarter-hour. */
  exportStats(id: string, query: ExportQuery = {}, options?: CallOptions): Rows<RollUp> {
    return rollUpRows(this.#transport, { method: 'GET', path: pathOf(id, '/stats/export'), query, options });
  }

  /** Up to 1,000 links in one transaction, a result for each in their order; `atomic`: all of them or none. */
  bulkCreate(
    links: readonly NewLink[],
    query: Operations['createLinks']['query'] = {},
    options?: CallOptions,
  ): Promise<Operations['createLinks']['data']> {
    return this.#transport.data({ method: 'POST', path: '/links/bulk', query, body: { links }, options });
  }

  bulkArchive(ids: readonly string[], options?: CallOptions): Promise<Operations['archiveLinks']['data']> {
    return this.#transport.data({ method: 'POST', path: '/links/bulk-archive', body: { ids }, options });
  }

  checkSlug(query: Operations['checkSlug']['query'], options?: CallOptions): Promise<Operations['checkSlug']['data']> {
    return this.#transport.data({ method: 'GET', path: '/links/check-slug', query, options });
  }

  /** Every version, the present one first. */
  history(id: string, options?: CallOptions): Promise<LinkVersion[]> {
    return this.#transport.data({ method: 'GET', path: pathOf(id, '/history'), options });
  }

  /** Makes the link what it was in an earlier version. */
  restore(id: string, version: number, options?: CallOptions): Promise<Link> {
    return this.#transport.data({ method: 'POST', path: pathOf(id, '/restore'), body: { version }, options });
  }

  /** What a visitor would get, and why; nothing is recorded. */
  explain(
    id: string,
    visit: Operations['explainLink']['body'] = {},
    options?: CallOptions,
  ): Promise<Operations['explainLink']['data']> {
    return this.#transport.data({ method: 'POST', path: pathOf(id, '/explain'), body: visit, options });
  }
}
