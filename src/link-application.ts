// The part of the application by which links are made, changed and explained over the API. Wired by application.ts.

import { linkBulkRoutes } from './api/link-bulk.ts';
import { linkExplainRoutes } from './api/link-explain.ts';
import { linkHistoryRoutes } from './api/link-history.ts';
import type { LinkPresenter } from './api/link-object.ts';
import { linkRoutes } from './api/links.ts';
import { linkStatsRoutes } from './api/link-stats.ts';
import type { FilteredNetworks } from './clicks/filtered-networks.ts';
import type { GeoSource } from './clicks/geo-source.ts';
import type { UserAgents } from './clicks/user-agent.ts';
import type { Clock } from './core/clock.ts';
import type { Documented } from './http/route-docs.ts';
import type { Route } from './http/router.ts';
import { BulkLinks } from './links/bulk-links.ts';
import { LinkHistory } from './links/link-history.ts';
import type { LinkInputContext } from './links/link-input.ts';
import type { LinkLists } from './links/link-lists.ts';
import type { LinkResolver } from './links/link-resolver.ts';
import type { Links } from './links/links.ts';
import type { LinkSearch } from './links/search/link-search.ts';
import type { Connection } from './storage/query.ts';
import type { ReaderThread } from './storage/reader.ts';
import type { Writer } from './storage/writer.ts';
import type { Once } from './storage/writer-protocol.ts';

interface LinkApplicationOptions {
  readonly reader: Connection;
  readonly writer: Writer;
  readonly questions: ReaderThread;
  readonly links: Links;
  readonly lists: LinkLists;
  readonly search: LinkSearch;
  readonly resolver: LinkResolver;
  readonly reserved: ReadonlySet<string>;
  readonly presenter: LinkPresenter;
  readonly inputContext: (once?: Once) => LinkInputContext;
  readonly userAgents: UserAgents;
  readonly geo: GeoSource;
  readonly filteredNetworks: FilteredNetworks;
  readonly clock: Clock;
}

export function linkApplicationRoutes(options: LinkApplicationOptions): Documented<Route>[] {
  const { links, presenter, inputContext, clock } = options;
  return [
    ...linkBulkRoutes({ links, bulk: new BulkLinks(options), presenter, inputContext }),
    ...linkRoutes({ links, lists: options.lists, presenter, inputContext }),
    ...linkHistoryRoutes({ history: new LinkHistory(options), presenter }),
    ...linkExplainRoutes(options),
    ...linkStatsRoutes({ links, questions: options.questions, clock }),
  ];
}
