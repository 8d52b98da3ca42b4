// Wires what answers requests: domains, links, redirects, API routes and pages. Started and stopped by server.ts.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import packageJson from '../package.json' with { type: 'json' };
import { noteKeyUse } from './accounts/account-operations.ts';
import { createFirstKeyIn } from './accounts/first-user.ts';
import { OwnKeys } from './accounts/own-keys.ts';
import { plansFrom } from './accounts/plans.ts';
import { accountRoutes } from './api/account.ts';
import { analyticsRoutes } from './api/analytics.ts';
import { apiKeyRoutes } from './api/api-keys.ts';
import { documentRoutes } from './api/document.ts';
import { domainRoutes } from './api/domains.ts';
import { LinkPresenter } from './api/link-object.ts';
import { linkBulkRoutes } from './api/link-bulk.ts';
import { linkExplainRoutes } from './api/link-explain.ts';
import { linkHistoryRoutes } from './api/link-history.ts';
import { linkRoutes } from './api/links.ts';
import { linkStatsRoutes } from './api/link-stats.ts';
import { serviceRoutes } from './api/service.ts';
import { DuplicateWindow } from './clicks/duplicate-window.ts';
import { EarlierClickStore } from './clicks/earlier-clicks-store.ts';
import { FilteredNetworks } from './clicks/filtered-networks.ts';
import { GeoSource } from './clicks/geo-source.ts';
import { Languages } from './clicks/language.ts';
import type { Recorder } from './clicks/recorder.ts';
import { Referrers } from './clicks/referrer.ts';
import { UserAgents } from './clicks/user-agent.ts';
import { StoredVisitorKeys } from './clicks/visitor-key-store.ts';
import { VisitContexts } from './clicks/visit-context.ts';
import { Visitors } from './clicks/visitors.ts';
import { buildClickApplication } from './click-application.ts';
import type { Config } from './config/options.ts';
import { assetBytes, startWorker } from './core/assets.ts';
import type { Clock } from './core/clock.ts';
import { openedOrRefused } from './core/exit.ts';
import { utcDay } from './core/periods.ts';
import { buildDialectApplication } from './dialect-application.ts';
import { type Domain, Domains } from './domains/domain.ts';
import { listVerifiedDomains, setDefaultHost } from './domains/domain-store.ts';
import { OwnDomains } from './domains/own-domains.ts';
import { TxtLookups } from './domains/txt-lookup.ts';
import { Verifier } from './domains/verifier.ts';
import { buildGalleryApplication } from './gallery-application.ts';
import { ClientAddresses } from './http/client-address.ts';
import { Entrance } from './http/entrance.ts';
import type { Refuse } from './http/listener.ts';
import { openApiDocument } from './http/openapi.ts';
import type { OpenApiDocument } from './http/openapi-shape.ts';
import { Previewer } from './http/preview.ts';
import { Redirector } from './http/redirect.ts';
import { redirectDocs } from './http/redirect-docs.ts';
import { nextRequestId } from './http/request-id.ts';
import type { Documented } from './http/route-docs.ts';
import { ApiRouter, type Route } from './http/router.ts';
import { SiteHosts } from './http/site-hosts.ts';
import { TlsCheck } from './http/tls-check.ts';
import { Unlocker } from './http/unlock.ts';
import { UnlockCookies } from './http/unlock-cookie.ts';
import { BulkLinks } from './links/bulk-links.ts';
import { DomainLinks } from './links/domain-links.ts';
import { setDefaultSlugCase } from './links/domain-links-store.ts';
import { LinkHistory } from './links/link-history.ts';
import type { LinkInputContext } from './links/link-input.ts';
import { LinkLists } from './links/link-lists.ts';
import { LinkResolver } from './links/link-resolver.ts';
import { LinkUids } from './links/link-uid.ts';
import { LinkSearch } from './links/search/link-search.ts';
import type { SearchThreadData } from './links/search/search-protocol.ts';
import { Links } from './links/links.ts';
import { PasswordVisits } from './links/password-visits.ts';
import { Passwords } from './links/passwords.ts';
import { referenceRoute } from './pages/api-reference.ts';
import { type Site, SitePages } from './pages/site-pages.ts';
import { visitorPages } from './pages/visitor-pages.ts';
import { buildQrApplication } from './qr-application.ts';
import { Scans } from './qr/scans.ts';
import { openReader } from './storage/database.ts';
import { firstAskedAt, forgetIdempotencyKeys } from './storage/idempotency-store.ts';
import { pingWriter } from './storage/ping.ts';
import { keepSecret } from './storage/server-secret.ts';
import type { ReaderThread } from './storage/reader.ts';
import type { Writer } from './storage/writer.ts';
import type { Once } from './storage/writer-protocol.ts';

const rememberedVisitors = 50_000;

interface ApplicationOptions {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Logger;
  readonly writer: Writer;
  readonly recorder: Recorder;
  /** Answers what may take long. */
  readonly questions: ReaderThread;
  /** Makes another thread of the same kind, not started before it is needed. */
  readonly readers: () => ReaderThread;
  /** Origin of the default domain. Its port may be set later, where it is known only once the server listens. */
  readonly publicUrl: URL;
  /** Has the write-ahead log emptied soon, so that what was overwritten in the database is gone from the disk. */
  readonly emptyLog: () => void;
}

export interface Application {
  /** In a database without users: makes the first one, and gives the secret of its key. To be asked for when it can be shown. */
  createFirstKey(): string | undefined;
  /** Redirects that need nothing of node:http; see Redirector. */
  readonly sendOn: Redirector['sendOn'];
  handle(request: IncomingMessage, response: ServerResponse): void;
  readonly refuse: Refuse;
  /** What is due every few minutes: turning salts, forgetting keys of past requests, sealing entries of the search. */
  maintain(): Promise<void>;
  /** The server is about to stop: what waits for others elsewhere, or would not end by itself, ends now. */
  endWaits(): void;
  close(): Promise<void>;
}

/** With all that is below /api: what answers on the server's own names, and on no custom domain. */
const servicePaths = new Set(['/api', '/healthz', '/readyz', '/openapi.json', '/docs']);

function isApiPath(path: string): boolean {
  return path.startsWith('/api/') || servicePaths.has(path);
}

/** Throws a StartError when something that the configuration names cannot be used. */
export async function buildApplication({
  config,
  clock,
  log,
  writer,
  recorder,
  questions,
  readers,
  publicUrl,
  emptyLog,
}: ApplicationOptions): Promise<Application> {
  const geoFile = config['geo.database'];
  const geo = openedOrRefused('geo.database', () =>
    geoFile === 'embedded' ? GeoSource.embedded(assetBytes('country.mmdb')) : GeoSource.file(geoFile, log),
  );
  const networksFile = config['clicks.filtered_networks_file'];
  const filteredNetworks = openedOrRefused('clicks.filtered_networks_file', () =>
    FilteredNetworks.open(networksFile, log),
  );
  await writer.ready;
  await writer.run(setDefaultHost, { host: publicUrl.hostname, now: clock.now() });
  await writer.run(setDefaultSlugCase, { slugCase: config['links.slug_case'] });
  const visitorKeys = await StoredVisitorKeys.open(writer, utcDay(clock.now()));
  const unlockCookies = new UnlockCookies({
    secret: await writer.run(keepSecret, { name: 'unlock_cookie_key' }),
    isSecure: publicUrl.protocol === 'https:',
  });
  const reader = openReader(config.data_dir);
  const domains = new Domains(listVerifiedDomains(reader));
  const resolver = new LinkResolver(reader, config['cache.links']);
  const reserved = new Set(config['links.reserved_slugs']);
  const passwords = new Passwords();
  const search = new LinkSearch({
    reader,
    writer,
    startThread: () =>
      startWorker('search', { workerData: { dataFolder: config.data_dir } satisfies SearchThreadData }),
    onFailure: (error) => log.error({ err: error }, 'keeping the search fast failed; it will be tried again'),
  });
  recorder.onCommitted = search;
  const links = new Links({ reader, writer, domains, resolver, passwords, reserved, search, clock });
  const presenter = new LinkPresenter(domains, publicUrl);
  const pages = visitorPages((link) => presenter.shortUrl(link));
  const passwordVisits = await PasswordVisits.open(writer, log);
  const userAgents = new UserAgents();
  const clientAddresses = new ClientAddresses(config['server.trusted_proxies']);
  const visitors = new Visitors({
    userAgents,
    geo,
    filteredNetworks,
    keys: visitorKeys,
    privacy: config['privacy.ip'],
    capacity: rememberedVisitors,
  });
  const windowMs = config['clicks.duplicate_window_s'] * 1_000;
  const earlier = new EarlierClickStore(reader);
  const redirector = new Redirector({
    domains,
    resolver,
    scans: new Scans(reader),
    visitors,
    referrers: new Referrers(),
    languages: new Languages(),
    contexts: new VisitContexts(),
    recorder,
    duplicates: windowMs === 0 ? undefined : new DuplicateWindow({ windowMs, earlier, now: clock.now() }),
    respectsDnt: config['privacy.respect_dnt'],
    clientAddresses,
    unlockCookies,
    passwordVisits,
    pages,
    hasDiscreetPaths: config['dialects.yeb.enabled'],
    clock,
  });
  const previewer = new Previewer(redirector, pages);
  const unlocker = new Unlocker({ redirector, passwords, passwordVisits, unlockCookies, pages, clock, log });
  const site = new SitePages({ securityContact: config['pages.security_contact'], clock });
  const hosts = new SiteHosts({
    domains,
    clientAddresses,
    apiHosts: config['server.api_hosts'],
    takesAnyName: config['server.public_url'] === undefined && config['server.api_hosts'].length === 0,
    log,
  });
  const siteOf = (request: IncomingMessage): Site => {
    const { id, defaultRedirectUrl, notFoundUrl }: Domain = hosts.domainOf(request);
    const host = hosts.headerOf(request);
    if (id !== domains.default.id) return { host, rootRedirect: defaultRedirectUrl, notFoundUrl };
    const { 'pages.root_redirect': root = null, 'pages.not_found_url': notFound = null } = config;
    return { host, rootRedirect: root, notFoundUrl: notFound };
  };
  const tlsCheck = new TlsCheck(domains, clientAddresses);
  const txtLookups = new TxtLookups(config['dns.servers']);
  const verifier = new Verifier({ reader, writer, domains, lookUp: txtLookups.lookUp, clock, log });
  const ownHosts = (name: string): boolean => name === publicUrl.host || domains.isOwn(name);
  const inputContext = (once?: Once): LinkInputContext => ({
    now: once === undefined ? clock.now() : firstAskedAt(reader, once),
    reserved,
    ownHosts,
  });
  const galleries = await buildGalleryApplication({
    reader,
    writer,
    questions,
    domains,
    links,
    redirector,
    clientAddresses,
    presenter,
    reserved,
    inputContext,
    clock,
  });
  const entrance = new Entrance({
    reader,
    plans: plansFrom((plan, option) => config[`plans.${plan}.${option}`]),
    clientAddresses,
    wrongKeysPerMinute: config['limits.wrong_keys_per_minute'],
    anonymousRequestsPerMinute: config['limits.anonymous_requests_per_minute'],
    storeKeyUse: async (keyId, usedAt) => writer.run(noteKeyUse, { keyId, usedAt }),
    clock,
    log,
  });
  const qr = buildQrApplication({
    reader,
    writer,
    links,
    presenter,
    allow: config['qr.allow'],
    origin: () => publicUrl.origin,
    clock,
  });
  const linkUids = new LinkUids(await writer.run(keepSecret, { name: 'link_uid_key' }));
  const clicks = buildClickApplication({
    dataFolder: config.data_dir,
    windowMs,
    retentionDays: config['clicks.retention_days'],
    reader,
    writer,
    recorder,
    questions,
    readers,
    filteredNetworks,
    links,
    shortUrlOf: (link) => presenter.shortUrl(link),
    linkUids: config['dialects.urlgo.enabled'] ? linkUids : undefined,
    emptyLog,
    admit: (request) => entrance.admitAnyone(request),
    notFound: (request, response) => site.handle(request, response, '/stats', siteOf(request)),
    failed: (request, response, error) => pages.failed(request, response, error),
    clock,
    log,
  });
  const lists = new LinkLists({ reader, links, search });
  const routes: Documented<Route>[] = [
    ...linkBulkRoutes({
      links,
      bulk: new BulkLinks({ links, writer, resolver, search, reserved }),
      presenter,
      inputContext,
    }),
    ...linkRoutes({ links, lists, presenter, inputContext }),
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
    ...galleries.routes,
    ...clicks.routes,
    ...accountRoutes({ reader }),
    ...apiKeyRoutes({ keys: new OwnKeys({ reader, writer, clock }), clock }),
    ...serviceRoutes(async () => writer.run(pingWriter, null)),
  ];
  let document: OpenApiDocument | undefined;
  // Not before somebody asks: the server must be ready by then.
  const describe = (): OpenApiDocument =>
    (document ??= openApiDocument([...routes, ...redirectDocs], {
      version: packageJson.version,
      serverUrl: publicUrl.origin,
    }));
  routes.push(...documentRoutes(describe), referenceRoute(describe));
  const router = new ApiRouter({ routes, entrance, clock, log });

  const answersRead = (request: IncomingMessage, response: ServerResponse, path: string): boolean =>
    galleries.pages.handle(request, response, path) ||
    clicks.publicStats.handle(request, response, path) ||
    tlsCheck.handle(request, response);

  const dialects = buildDialectApplication({
    isEnabled: {
      urlgo: config['dialects.urlgo.enabled'],
      xgd: config['dialects.xgd.enabled'],
      yeb: config['dialects.yeb.enabled'],
    },
    xgdHttpStatus: config['compat.xgd.http_status'],
    yebRequestsPerSecond: config['dialects.yeb.requests_per_second'],
    reader,
    questions,
    links,
    lists,
    linkUids,
    inputContext,
    shortUrl: (link) => presenter.shortUrl(link),
    origin: () => publicUrl.origin,
    servesApi: (request) => hosts.servesApi(request),
    entrance,
    clock,
    log,
  });

  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    if (dialects.handle(request, response)) return;
    if (isRead && (redirector.handle(request, response) || previewer.handle(request, response))) return;
    const path = (request.url ?? '/').split('?', 1)[0] as string;
    if (isApiPath(path)) {
      if (hosts.servesApi(request)) {
        // Whoever speaks to the API may ask for statistics next: by then the thread that answers them is there.
        if (path.startsWith('/api/')) questions.warmUp();
        void router.handle(request, response, nextRequestId());
      } else {
        hosts.noteRefusedApi(request);
        pages.notFound(request, response);
      }
    } else if (isRead ? !answersRead(request, response, path) : !unlocker.handle(request, response))
      site.handle(request, response, path, siteOf(request));
  };

  return {
    sendOn: (request, listener) => redirector.sendOn(request, listener),
    createFirstKey: () => createFirstKeyIn(config.data_dir, clock.now()),
    handle(request, response) {
      try {
        answer(request, response);
      } catch (error) {
        // A failed read, for instance: one visitor's error page, and not the end of the process.
        log.error({ method: request.method, err: error }, 'request failed');
        if (response.headersSent) response.destroy();
        else pages.failed(request, response, error);
      }
    },
    refuse(request, response, error, headers) {
      if (!dialects.refuse(request, response, error, headers)) router.refuse(response, error, headers);
    },
    async maintain() {
      const today = utcDay(clock.now());
      if (await visitorKeys.turn(writer, today)) emptyLog();
      visitors.forgetBefore(today);
      await writer.run(forgetIdempotencyKeys, { now: clock.now() });
      await passwordVisits.forgetOld(clock.now());
      await verifier.recheckDue();
      await clicks.maintain();
      await search.tend();
    },
    endWaits() {
      verifier.close();
      txtLookups.close();
      clicks.endWaits();
    },
    async close() {
      await Promise.all([qr.close(), clicks.close(), search.close()]);
      geo.close();
      filteredNetworks.close();
      reader.close();
    },
  };
}
