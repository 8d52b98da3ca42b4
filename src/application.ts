// Wires what answers requests: domains, links, redirects, API routes and pages. Started and stopped by server.ts.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import packageJson from '../package.json' with { type: 'json' };
import { noteKeyUse } from './accounts/account-operations.ts';
import { createFirstKeyIn } from './accounts/first-user.ts';
import { plansFrom } from './accounts/plans.ts';
import type { Api } from './api-application.ts';
import { healthChecks, healthRoutes, isHealthPath } from './api/health.ts';
import { Background } from './background.ts';
import type { Recorder } from './clicks/recorder.ts';
import { buildClickApplication } from './click-application.ts';
import type { Config } from './config/options.ts';
import type { Clock } from './core/clock.ts';
import { openedOrRefused } from './core/exit.ts';
import { startWorker } from './core/worker-threads.ts';
import { buildDialectApplication } from './dialect-application.ts';
import { type Domain, Domains } from './domains/domain.ts';
import { listVerifiedDomains, setDefaultHost } from './domains/domain-store.ts';
import { TxtLookups } from './domains/txt-lookup.ts';
import { Verifier } from './domains/verifier.ts';
import { buildGalleryApplication } from './gallery-application.ts';
import { ClientAddresses } from './http/client-address.ts';
import { Entrance } from './http/entrance.ts';
import type { Refusal } from './http/listener.ts';
import type { Redirector } from './http/redirect.ts';
import { nextRequestId } from './http/request-id.ts';
import { pathOf } from './http/request-path.ts';
import { type RequestMeter, slugRoute } from './http/request-meter.ts';
import { ApiRouter } from './http/router.ts';
import { isApiPath, SiteHosts } from './http/site-hosts.ts';
import { TlsCheck, tlsCheckPath } from './http/tls-check.ts';
import { setDefaultSlugCase } from './links/domain-links-store.ts';
import { LinkAddresses } from './links/link-addresses.ts';
import type { LinkInputContext } from './links/link-input.ts';
import { LinkLists } from './links/link-lists.ts';
import { LinkResolver } from './links/link-resolver.ts';
import { LinkUids } from './links/link-uid.ts';
import { LinkSearch } from './links/search/link-search.ts';
import type { SearchThreadData } from './links/search/search-protocol.ts';
import { Links } from './links/links.ts';
import { Passwords } from './links/passwords.ts';
import { readFavicon, readRobots } from './pages/own-files.ts';
import { type Site, SitePages } from './pages/site-pages.ts';
import { visitorPages } from './pages/visitor-pages.ts';
import { buildRedirectApplication } from './redirect-application.ts';
import { openReader } from './storage/database.ts';
import { firstAskedAt } from './storage/idempotency-store.ts';
import type { ApplicationFigures } from './server-metrics.ts';
import { pingWriter } from './storage/ping.ts';
import type { BackupPlan } from './storage/scheduled-backup.ts';
import { keepSecret } from './storage/server-secret.ts';
import type { ReaderThread } from './storage/reader.ts';
import type { Writer } from './storage/writer.ts';
import type { Once } from './storage/writer-protocol.ts';

interface ApplicationOptions {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Logger;
  readonly writer: Writer;
  readonly recorder: Recorder;
  /** Answers what may take long. */
  readonly questions: ReaderThread;
  /** A thread of the same kind for what may take its time. Both are not started before they are needed. */
  readonly backgroundReader: ReaderThread;
  /** Origin of the default domain. Its port may be set later, where it is known only once the server listens. */
  readonly publicUrl: URL;
  /** Raised where events for webhooks are stored. */
  readonly eventSignal: SharedArrayBuffer;
  /** Has the write-ahead log emptied soon, so that what was overwritten in the database is gone from the disk. */
  readonly emptyLog: () => void;
  /** undefined: it makes none by itself. */
  readonly backups: BackupPlan | undefined;
  /** undefined: nobody asks for figures. */
  readonly meter: RequestMeter | undefined;
}

export interface Application {
  /** In a database without users: makes the first one, and gives the secret of its key. To be asked for when it can be shown. */
  createFirstKey(): string | undefined;
  /** Redirects that need nothing of node:http; see Redirector. */
  readonly sendOn: Redirector['sendOn'];
  handle(request: IncomingMessage, response: ServerResponse): void;
  /** In the words of the dialect whose path it is, if there is one. */
  readonly refusal: Refusal;
  /** What happens by itself: timed jobs and deliveries. */
  readonly background: Pick<Background, 'start' | 'drain'>;
  /** What /metrics tells of all this. */
  readonly figures: ApplicationFigures;
  /** Whether the request is for one of the server's own names. */
  servesApi(request: IncomingMessage): boolean;
  /** The server is about to stop: what waits for others elsewhere, or would not end by itself, ends now. */
  endWaits(): void;
  close(): Promise<void>;
}

/** Throws a StartError when something that the configuration names cannot be used. */
export async function buildApplication({
  config,
  clock,
  log,
  writer,
  recorder,
  questions,
  backgroundReader,
  publicUrl,
  eventSignal,
  emptyLog,
  backups,
  meter,
}: ApplicationOptions): Promise<Application> {
  await writer.ready;
  await writer.run(setDefaultHost, { host: publicUrl.hostname, now: clock.now() });
  await writer.run(setDefaultSlugCase, { slugCase: config['links.slug_case'] });
  const reader = openReader(config.data_dir);
  const domains = new Domains(listVerifiedDomains(reader));
  const resolver = new LinkResolver(reader, config['cache.links']);
  const reserved = new Set(config['links.reserved_slugs']);
  const passwords = new Passwords();
  const search = new LinkSearch({
    reader,
    writer,
    startThread: (isSealing) =>
      startWorker('search', { workerData: { dataFolder: config.data_dir, isSealing } satisfies SearchThreadData }),
    onFailure: (error) => log.error({ err: error }, 'keeping the search fast failed; it will be tried again'),
  });
  recorder.onCommitted = search;
  const links = new Links({ reader, writer, domains, resolver, passwords, reserved, search, clock });
  const addresses = new LinkAddresses(domains, publicUrl);
  const pages = visitorPages((link) => addresses.shortUrl(link));
  const clientAddresses = new ClientAddresses(config['server.trusted_proxies']);
  const windowMs = config['clicks.duplicate_window_s'] * 1_000;
  const redirects = await buildRedirectApplication({
    reader,
    writer,
    recorder,
    domains,
    resolver,
    passwords,
    clientAddresses,
    geoDatabase: config['geo.database'],
    networksFile: config['clicks.filtered_networks_file'],
    pages,
    isSecure: publicUrl.protocol === 'https:',
    privacy: config['privacy.ip'],
    respectsDnt: config['privacy.respect_dnt'],
    duplicateWindowMs: windowMs,
    hasDiscreetPaths: config['dialects.yeb.enabled'],
    clock,
    log,
  });
  const { redirector, userAgents, geo, filteredNetworks, visitors } = redirects;
  const { 'pages.robots_file': robotsFile, 'pages.favicon_file': faviconFile } = config;
  const site = new SitePages({
    robots: openedOrRefused('pages.robots_file', () => (robotsFile === undefined ? undefined : readRobots(robotsFile))),
    favicon: openedOrRefused('pages.favicon_file', () =>
      faviconFile === undefined ? undefined : readFavicon(faviconFile),
    ),
    securityContact: config['pages.security_contact'],
    clock,
  });
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
    domains,
    links,
    redirector,
    clientAddresses,
    addresses,
    reserved,
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
  const linkUids = new LinkUids(await writer.run(keepSecret, { name: 'link_uid_key' }));
  const clicks = buildClickApplication({
    dataFolder: config.data_dir,
    windowMs,
    retentionDays: config['clicks.retention_days'],
    reader,
    writer,
    recorder,
    questions,
    backgroundReader,
    filteredNetworks,
    links,
    shortUrlOf: (link) => addresses.shortUrl(link),
    recount: () => search.recount(),
    forgetLink: (link) => resolver.forget(link),
    linkUids: config['dialects.urlgo.enabled'] ? linkUids : undefined,
    emptyLog,
    admit: (request) => entrance.admitAnyone(request),
    notFound: (request, response) => site.handle(request, response, '/stats', siteOf(request)),
    failed: (request, response, error) => pages.failed(request, response, error),
    clock,
    log,
  });
  const background = new Background({
    dataFolder: config.data_dir,
    version: packageJson.version,
    allow: config['webhooks.allow'],
    retentionDays: config['webhooks.retention_days'],
    eventSignal,
    publicUrl,
    reader,
    writer,
    clock,
    log,
    async turnVisitorKeys(today) {
      if (await redirects.visitorKeys.turn(writer, today)) emptyLog();
      visitors.forgetBefore(today);
    },
    backups,
    geoFile: geo.file,
    networksFile: filteredNetworks.file,
    refreshCaches() {
      resolver.forgetAll();
      domains.replaceAll(listVerifiedDomains(reader));
    },
    recheckDomains: () => verifier.recheckDue(),
    tendClicks: () => clicks.maintain(),
    deleteLinks: ({ isStopping }) => clicks.deletions.run(isStopping),
    tendSearch: () => search.tend(),
    forgetPasswordVisits: () => redirects.passwordVisits.forgetOld(clock.now()),
  });
  const lists = new LinkLists({ reader, links, search });
  const routed = (response: ServerResponse, route: string): void => meter?.routed(response, route);
  const health = healthChecks(async () => writer.run(pingWriter, null));
  /** Answers whether the server is well, for which the API need not be loaded. */
  const healthRouter = new ApiRouter({ routes: healthRoutes(health), entrance, clock, log, routed });
  let api: Promise<Api> | undefined;
  const loadApi = async (): Promise<Api> => {
    const { buildApi } = await import('./api-application.ts');
    return buildApi({
      publicUrl,
      reader,
      writer,
      questions,
      entrance,
      hosts,
      domains,
      verifier,
      ownHosts,
      resolver,
      links,
      lists,
      search,
      reserved,
      inputContext,
      redirects,
      galleries,
      clicks,
      background,
      health,
      logoHosts: config['qr.allow'],
      clock,
      log,
      routed,
    });
  };
  const answerByApi = (request: IncomingMessage, response: ServerResponse, path: string): void => {
    if (isHealthPath(path)) return void healthRouter.handle(request, response, nextRequestId());
    // Whoever speaks to the API may ask for statistics next: by then the thread that answers them is there.
    if (path.startsWith('/api/')) questions.warmUp();
    api ??= loadApi();
    void api
      .then((loaded) => loaded.handle(request, response))
      .catch((error: unknown) => {
        log.error({ err: error }, 'the API failed');
        response.destroy();
      });
  };
  /** Answers what a page or a proxy's question is for, and gives its route. */
  const pageRoute = (request: IncomingMessage, response: ServerResponse, path: string): string | undefined => {
    if (galleries.pages.handle(request, response, path)) return '/bio/:slug';
    if (clicks.publicStats.handle(request, response, path)) return '/stats/:id';
    return tlsCheck.handle(request, response) ? tlsCheckPath : undefined;
  };

  const dialects = buildDialectApplication({
    isEnabled: {
      urlgo: config['dialects.urlgo.enabled'],
      xgd: config['dialects.xgd.enabled'],
      yeb: config['dialects.yeb.enabled'],
    },
    xgdHttpStatus: config['compat.xgd.http_status'],
    yebRequestsPerSecond: config['dialects.yeb.requests_per_second'],
    questions,
    links,
    lists,
    linkUids,
    inputContext,
    shortUrl: (link) => addresses.shortUrl(link),
    origin: () => publicUrl.origin,
    servesApi: (request) => hosts.servesApi(request),
    entrance,
    clock,
    log,
  });

  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    if (dialects.handle(request, response)) return;
    if (isRead && redirector.handle(request, response)) return routed(response, slugRoute);
    if (isRead && redirects.previewer.handle(request, response)) return routed(response, `${slugRoute}+`);
    const path = pathOf(request);
    if (isApiPath(path)) {
      if (hosts.servesApi(request)) {
        answerByApi(request, response, path);
      } else {
        hosts.noteRefusedApi(request);
        pages.notFound(request, response);
      }
    } else if (!isRead && redirects.unlocker.handle(request, response)) routed(response, slugRoute);
    else {
      const route = pageRoute(request, response, path);
      if (route === undefined) site.handle(request, response, path, siteOf(request));
      else routed(response, route);
    }
  };

  return {
    figures: {
      reader,
      caches: { links: resolver.cache, visitors: visitors.cache, user_agents: userAgents.cache },
      queues: { passwords: () => passwords.waiting },
      listeners: clicks.feed,
      deliveries: background.deliveries.figures,
      jobs: background.scheduler.figures,
    },
    servesApi: (request) => hosts.servesApi(request),
    sendOn: (request, listener) => redirector.sendOn(request, listener),
    createFirstKey: () => createFirstKeyIn(config.data_dir, clock.now()),
    handle(request, response) {
      try {
        answer(request, response);
      } catch (error) {
        // A failed read, for instance: one visitor's error page, and not the end of the process.
        if (response.headersSent) response.destroy();
        else pages.failed(request, response, error);
        log.error(
          { requestId: response.getHeader('x-request-id'), method: request.method, err: error },
          'request failed',
        );
      }
    },
    refusal: (request, error, headers) => dialects.refusal(request, error, headers),
    endWaits() {
      verifier.close();
      txtLookups.close();
      clicks.endWaits();
    },
    background,
    async close() {
      const loaded = await api;
      await Promise.all([loaded?.close(), clicks.close(), search.close()]);
      geo.close();
      filteredNetworks.close();
      reader.close();
    },
  };
}
