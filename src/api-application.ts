// The part of the application that is the native API: every route, and the description of them all. Loaded with the first request to it
// (application.ts): a server that only leads visitors on does without the memory for all these schemas.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import packageJson from '../package.json' with { type: 'json' };
import { OwnKeys } from './accounts/own-keys.ts';
import { accountRoutes } from './api/account.ts';
import { analyticsRoutes } from './api/analytics.ts';
import { apiKeyRoutes } from './api/api-keys.ts';
import { clickExportRoutes } from './api/click-export.ts';
import { clickJobRoutes } from './api/click-jobs.ts';
import { documentRoutes } from './api/document.ts';
import { domainRoutes } from './api/domains.ts';
import { galleryRoutes } from './api/galleries.ts';
import { galleryItemRoutes } from './api/gallery-items.ts';
import { GalleryPresenter } from './api/gallery-object.ts';
import { galleryStatsRoutes } from './api/gallery-stats.ts';
import type { HealthChecks } from './api/health.ts';
import { LinkPresenter } from './api/link-object.ts';
import { linkBulkRoutes } from './api/link-bulk.ts';
import { linkExplainRoutes } from './api/link-explain.ts';
import { linkHistoryRoutes } from './api/link-history.ts';
import { linkRoutes } from './api/links.ts';
import { linkStatsRoutes } from './api/link-stats.ts';
import { liveRoutes } from './api/live.ts';
import { publicGalleryRoutes } from './api/public-galleries.ts';
import { serviceRoutes } from './api/service.ts';
import { webhookDeliveryRoutes } from './api/webhook-deliveries.ts';
import { webhookRoutes } from './api/webhooks.ts';
import type { Background } from './background.ts';
import type { ClickApplication } from './click-application.ts';
import type { Clock } from './core/clock.ts';
import type { Domains } from './domains/domain.ts';
import { OwnDomains } from './domains/own-domains.ts';
import type { Verifier } from './domains/verifier.ts';
import type { GalleryApplication } from './gallery-application.ts';
import type { Entrance } from './http/entrance.ts';
import { openApiDocument } from './http/openapi.ts';
import type { OpenApiDocument } from './http/openapi-shape.ts';
import { redirectDocs } from './http/redirect-docs.ts';
import { nextRequestId } from './http/request-id.ts';
import type { Documented } from './http/route-docs.ts';
import { ApiRouter, type Route } from './http/router.ts';
import type { SiteHosts } from './http/site-hosts.ts';
import { BulkLinks } from './links/bulk-links.ts';
import { DomainLinks } from './links/domain-links.ts';
import { LinkHistory } from './links/link-history.ts';
import type { LinkInputContext } from './links/link-input.ts';
import type { LinkLists } from './links/link-lists.ts';
import type { LinkResolver } from './links/link-resolver.ts';
import type { Links } from './links/links.ts';
import type { LinkSearch } from './links/search/link-search.ts';
import { referenceRoute } from './pages/api-reference.ts';
import { buildQrApplication } from './qr-application.ts';
import type { RedirectApplication } from './redirect-application.ts';
import type { Connection } from './storage/query.ts';
import type { ReaderThread } from './storage/reader.ts';
import type { Writer } from './storage/writer.ts';
import type { Once } from './storage/writer-protocol.ts';

export interface ApiOptions {
  readonly publicUrl: URL;
  readonly reader: Connection;
  readonly writer: Writer;
  readonly questions: ReaderThread;
  readonly entrance: Entrance;
  readonly hosts: SiteHosts;
  readonly domains: Domains;
  readonly verifier: Verifier;
  readonly ownHosts: (name: string) => boolean;
  readonly resolver: LinkResolver;
  readonly links: Links;
  readonly lists: LinkLists;
  readonly search: LinkSearch;
  readonly reserved: ReadonlySet<string>;
  readonly inputContext: (once?: Once) => LinkInputContext;
  readonly redirects: Pick<RedirectApplication, 'userAgents' | 'geo' | 'filteredNetworks'>;
  readonly galleries: GalleryApplication;
  readonly clicks: ClickApplication;
  readonly background: Background;
  readonly health: HealthChecks;
  /** Hosts and networks that logos may be fetched from although they are not public. */
  readonly logoHosts: readonly string[];
  readonly clock: Clock;
  readonly log: Logger;
  /** Told which route answers, once that is known. */
  readonly routed: (response: ServerResponse, route: string) => void;
}

export interface Api {
  handle(request: IncomingMessage, response: ServerResponse): void;
  close(): Promise<void>;
}

export function buildApi(options: ApiOptions): Api {
  const { publicUrl, reader, writer, questions, domains, resolver, links, search, reserved, clock } = options;
  const { verifier, ownHosts, hosts, inputContext, clicks, background } = options;
  const { galleries, previews } = options.galleries;
  const { userAgents, geo, filteredNetworks } = options.redirects;
  const presenter = new LinkPresenter(domains, publicUrl);
  const galleryPresenter = new GalleryPresenter(presenter);
  const qr = buildQrApplication({
    reader,
    writer,
    links,
    presenter,
    allow: options.logoHosts,
    origin: () => publicUrl.origin,
    clock,
  });
  const routes: Documented<Route>[] = [
    ...linkBulkRoutes({
      links,
      bulk: new BulkLinks({ links, writer, resolver, search, reserved }),
      presenter,
      inputContext,
    }),
    ...linkRoutes({ links, lists: options.lists, presenter, inputContext }),
    ...linkHistoryRoutes({ history: new LinkHistory({ links, reader, writer, resolver }), presenter }),
    ...linkExplainRoutes({ links, userAgents, geo, filteredNetworks, clock }),
    ...domainRoutes({
      domains: new OwnDomains({ reader, writer, verifier, clock }),
      domainLinks: new DomainLinks({ reader, writer, domains, links, resolver, clock }),
      isServerName: (name) => hosts.isServerName(name),
      ownHosts,
      clock,
    }),
    ...linkStatsRoutes({ links, questions, clock }),
    ...analyticsRoutes({ questions, presenter, domains, clock }),
    ...qr.routes,
    ...galleryRoutes({ galleries, presenter: galleryPresenter, previews, reserved, clock }),
    ...galleryItemRoutes({ galleries, presenter: galleryPresenter, inputContext }),
    ...galleryStatsRoutes({ galleries, questions, clock }),
    ...publicGalleryRoutes({ galleries, presenter: galleryPresenter }),
    ...clickExportRoutes({ links, hits: clicks.hits, exports: clicks.exports }),
    ...liveRoutes({ feed: clicks.feed, links, reader, clock }),
    ...clickJobRoutes({ jobs: clicks.jobs, links }),
    ...accountRoutes({ reader }),
    ...apiKeyRoutes({ keys: new OwnKeys({ reader, writer, clock }), clock }),
    ...webhookRoutes(background),
    ...webhookDeliveryRoutes({ webhooks: background.webhooks, clock }),
    ...serviceRoutes(options.health),
  ];
  let document: OpenApiDocument | undefined;
  // Not before somebody asks.
  const describe = (): OpenApiDocument =>
    (document ??= openApiDocument([...routes, ...redirectDocs], {
      version: packageJson.version,
      serverUrl: publicUrl.origin,
    }));
  routes.push(...documentRoutes(describe), referenceRoute(describe));
  const { entrance, log, routed } = options;
  const router = new ApiRouter({ routes, entrance, clock, log, routed });
  return {
    handle: (request, response) => void router.handle(request, response, nextRequestId()),
    close: () => qr.close(),
  };
}
