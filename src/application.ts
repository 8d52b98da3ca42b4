// Wires what answers requests: domains, links, redirects, API routes and pages. Started and stopped by server.ts.

import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import { createFirstUser } from './accounts/first-user.ts';
import { LinkPresenter } from './api/link-object.ts';
import { linkRoutes } from './api/links.ts';
import { linkStatsRoutes } from './api/link-stats.ts';
import { serviceRoutes } from './api/service.ts';
import { closeDays } from './clicks/day-closing-store.ts';
import { openGeo } from './clicks/geo.ts';
import { Languages } from './clicks/language.ts';
import type { Recorder } from './clicks/recorder.ts';
import { Referrers } from './clicks/referrer.ts';
import { StatsStore } from './clicks/stats-store.ts';
import { UserAgents } from './clicks/user-agent.ts';
import { StoredVisitorKeys } from './clicks/visitor-key-store.ts';
import { Visitors } from './clicks/visitors.ts';
import type { Config } from './config/options.ts';
import { assetBytes } from './core/assets.ts';
import type { Clock } from './core/clock.ts';
import { exitCodes, StartError } from './core/exit.ts';
import { utcDay } from './core/periods.ts';
import { Domains } from './domains/domain.ts';
import { listVerifiedDomains, setDefaultHost } from './domains/domain-store.ts';
import { Authenticator } from './http/auth.ts';
import { ClientAddresses } from './http/client-address.ts';
import { Redirector } from './http/redirect.ts';
import { nextRequestId } from './http/request-id.ts';
import { ApiRouter } from './http/router.ts';
import { LinkResolver } from './links/link-resolver.ts';
import { Links } from './links/links.ts';
import { Passwords } from './links/passwords.ts';
import { visitorPages } from './pages/visitor-pages.ts';
import { openForCommand, openReader } from './storage/database.ts';
import { pingWriter } from './storage/ping.ts';
import type { Writer } from './storage/writer.ts';

const rememberedVisitors = 50_000;

interface ApplicationOptions {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Logger;
  readonly writer: Writer;
  readonly recorder: Recorder;
  /** Origin of the default domain. Its port may be set later, where it is known only once the server listens. */
  readonly publicUrl: URL;
}

export interface Application {
  /** The first key's secret, on the first start only. */
  readonly firstKey: string | undefined;
  handle(request: IncomingMessage, response: ServerResponse): void;
  /** What is due every few minutes: turning salts, closing days. */
  maintain(): Promise<void>;
  close(): void;
}

function geoBytes(source: string): Buffer {
  if (source === 'embedded') return assetBytes('country.mmdb');
  try {
    return readFileSync(source);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new StartError(`cannot read geo.database: ${reason}`, exitCodes.failure, { cause });
  }
}

function firstKeyOf(dataFolder: string, now: number): string | undefined {
  const connection = openForCommand(dataFolder);
  try {
    return createFirstUser(connection, now);
  } finally {
    connection.close();
  }
}

function isApiPath(path: string): boolean {
  return path.startsWith('/api/') || path === '/api' || path === '/healthz' || path === '/readyz';
}

/** Throws a StartError when something that the configuration names cannot be used. */
export async function buildApplication({
  config,
  clock,
  log,
  writer,
  recorder,
  publicUrl,
}: ApplicationOptions): Promise<Application> {
  const geo = openGeo({ bytes: geoBytes(config['geo.database']) });
  await writer.ready;
  const firstKey = firstKeyOf(config.data_dir, clock.now());
  await writer.run(setDefaultHost, { host: publicUrl.hostname, now: clock.now() });
  const visitorKeys = await StoredVisitorKeys.open(writer, utcDay(clock.now()));
  const reader = openReader(config.data_dir);
  const domains = new Domains(listVerifiedDomains(reader));
  const resolver = new LinkResolver(reader, config['cache.links']);
  const links = new Links({ reader, writer, domains, resolver, passwords: new Passwords(), clock });
  const reserved = new Set(config['links.reserved_slugs']);
  const redirector = new Redirector({
    domains,
    resolver,
    visitors: new Visitors({
      userAgents: new UserAgents(),
      geo,
      keys: visitorKeys,
      privacy: config['privacy.ip'],
      capacity: rememberedVisitors,
    }),
    referrers: new Referrers(),
    languages: new Languages(),
    recorder,
    clientAddresses: new ClientAddresses(config['server.trusted_proxies']),
    pages: { ...visitorPages, password: visitorPages.notFound },
    clock,
  });
  const router = new ApiRouter({
    routes: [
      ...linkRoutes({
        links,
        presenter: new LinkPresenter(domains, publicUrl),
        inputContext: () => ({
          now: clock.now(),
          reserved,
          ownHosts: (name) => name === publicUrl.host || domains.isOwn(name),
        }),
      }),
      ...linkStatsRoutes({ links, stats: new StatsStore(reader), clock }),
      ...serviceRoutes(async () => writer.run(pingWriter, null)),
    ],
    authenticator: new Authenticator(reader, clock),
    log,
  });

  return {
    firstKey,
    handle(request, response) {
      const isRead = request.method === 'GET' || request.method === 'HEAD';
      if (isRead && redirector.handle(request, response)) return;
      const path = (request.url ?? '/').split('?', 1)[0] as string;
      if (isApiPath(path)) void router.handle(request, response, nextRequestId());
      else if (!isRead) visitorPages.methodNotAllowed(request, response);
      else if (path === '/') visitorPages.home(request, response);
      else visitorPages.notFound(request, response);
    },
    async maintain() {
      const today = utcDay(clock.now());
      await visitorKeys.turn(writer, today);
      while (await writer.run(closeDays, { today }));
    },
    close: () => reader.close(),
  };
}
