// The only wiring: opens, builds, listens, drains and stops. Nothing here decides anything about links or clicks.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { isIPv6 } from 'node:net';
import { readFileSync } from 'node:fs';
import type { Logger } from 'pino';
import { createFirstUser } from './accounts/first-user.ts';
import { LinkPresenter } from './api/link-object.ts';
import { linkRoutes } from './api/links.ts';
import { linkStatsRoutes } from './api/link-stats.ts';
import { serviceRoutes } from './api/service.ts';
import { closeDays } from './clicks/day-closing-store.ts';
import { openGeo } from './clicks/geo.ts';
import { Languages } from './clicks/language.ts';
import { Recorder } from './clicks/recorder.ts';
import { Referrers } from './clicks/referrer.ts';
import { StatsStore } from './clicks/stats-store.ts';
import { UserAgents } from './clicks/user-agent.ts';
import { StoredVisitorKeys } from './clicks/visitor-key-store.ts';
import { Visitors } from './clicks/visitors.ts';
import type { Config } from './config/options.ts';
import { assetBytes, startWorker } from './core/assets.ts';
import { systemClock } from './core/clock.ts';
import { exitCodes, StartError } from './core/exit.ts';
import { utcDay } from './core/periods.ts';
import { Domains } from './domains/domain.ts';
import { listVerifiedDomains, setDefaultHost } from './domains/domain-store.ts';
import { Authenticator } from './http/auth.ts';
import { ClientAddresses } from './http/client-address.ts';
import { Listener } from './http/listener.ts';
import { Redirector } from './http/redirect.ts';
import { nextRequestId } from './http/request-id.ts';
import { ApiRouter } from './http/router.ts';
import { LinkResolver } from './links/link-resolver.ts';
import { Links } from './links/links.ts';
import { Passwords } from './links/passwords.ts';
import { visitorPages } from './pages/visitor-pages.ts';
import { ensureDataFolder, openForCommand, openReader, prepareDatabase } from './storage/database.ts';
import { type Durability, durabilityFor, measureFsyncMs } from './storage/durability.ts';
import { lockDataFolder } from './storage/process-lock.ts';
import { pingWriter } from './storage/ping.ts';
import { Writer } from './storage/writer.ts';
import type { WriterData } from './storage/writer-protocol.ts';

const rememberedVisitors = 50_000;
const maintenanceIntervalMs = 10 * 60_000;

export interface StartedServer {
  /** The address that people use: server.public_url, or the one that is listened on. */
  readonly address: string;
  /** The first key's secret, on the first start only. */
  readonly firstKey: string | undefined;
  /** Resolves when everything accepted is answered, every click is committed and every file is closed. */
  stop(): Promise<void>;
  /** Resolves when the server has stopped for whatever reason. */
  readonly closed: Promise<void>;
}

function chooseDurability(config: Config, log: Logger): Durability {
  const configured = config['clicks.durability'];
  if (configured !== 'auto') return configured;
  const fsyncMs = measureFsyncMs(config.data_dir, systemClock.monotonic);
  const chosen = durabilityFor(fsyncMs);
  log.info({ durability: chosen, fsyncMs: Math.round(fsyncMs * 1000) / 1000 }, 'clicks.durability is auto');
  return chosen;
}

function geoBytes(config: Config): Buffer {
  const source = config['geo.database'];
  if (source === 'embedded') return assetBytes('country.mmdb');
  try {
    return readFileSync(source);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new StartError(`cannot read geo.database: ${reason}`, exitCodes.failure, { cause });
  }
}

function isApiPath(path: string): boolean {
  return path.startsWith('/api/') || path === '/api' || path === '/healthz' || path === '/readyz';
}

/** Throws a StartError when the server cannot start; then nothing is left running. */
export async function startServer(
  config: Config,
  { log }: { log: Logger; packageVersion: string },
): Promise<StartedServer> {
  const dataFolder = config.data_dir;
  const clock = systemClock;
  ensureDataFolder(dataFolder);
  const lock = lockDataFolder(dataFolder);
  try {
    prepareDatabase(dataFolder);
    const firstConnection = openForCommand(dataFolder);
    const firstKey = createFirstUser(firstConnection, clock.now());
    firstConnection.close();

    const durability = chooseDurability(config, log);
    const memory = Recorder.sharedMemory();
    const writerData: WriterData = { dataFolder, memory, syncClicks: durability === 'power' };
    const writer = new Writer(startWorker('writer', { workerData: writerData }), (message) => {
      log.fatal({ reason: message }, 'the database cannot be written safely any more; ending');
      process.exit(exitCodes.failure);
    });
    const checkpointer = startWorker('checkpoint', { workerData: { dataFolder } });
    const geo = openGeo({ bytes: geoBytes(config) });
    await writer.ready;

    const reader = openReader(dataFolder);
    const host = isIPv6(config['server.host']) ? `[${config['server.host']}]` : config['server.host'];
    const publicUrl = new URL(config['server.public_url'] ?? `http://${host}:${config['server.port']}`);
    await writer.run(setDefaultHost, { host: publicUrl.hostname, now: clock.now() });
    const domains = new Domains(listVerifiedDomains(reader));

    const visitorKeys = await StoredVisitorKeys.open(writer, utcDay(clock.now()));
    const recorder = new Recorder(writer, memory, durability);
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

    function handle(request: IncomingMessage, response: ServerResponse): void {
      const isRead = request.method === 'GET' || request.method === 'HEAD';
      if (isRead && redirector.handle(request, response)) return;
      const path = (request.url ?? '/').split('?', 1)[0] as string;
      if (isApiPath(path)) void router.handle(request, response, nextRequestId());
      else if (!isRead) visitorPages.methodNotAllowed(request, response);
      else if (path === '/') visitorPages.home(request, response);
      else visitorPages.notFound(request, response);
    }

    const listener = new Listener({ handle, maxConnections: config['server.max_connections'] });
    const bound = await listener.listen(config['server.host'], config['server.port']).catch((cause: unknown) => {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new StartError(
        `cannot listen on ${config['server.host']} port ${config['server.port']}: ${reason}`,
        exitCodes.failure,
        { cause },
      );
    });
    // Port 0 is known only now; nobody has been answered yet.
    if (config['server.public_url'] === undefined) publicUrl.port = String(bound.port);

    const maintain = async (): Promise<void> => {
      const today = utcDay(clock.now());
      await visitorKeys.turn(writer, today);
      while (await writer.run(closeDays, { today }));
    };
    const maintainAndLog = (): void =>
      void maintain().catch((error: unknown) =>
        log.error({ err: error }, 'maintenance failed; it will be tried again'),
      );
    const maintenance = setInterval(maintainAndLog, maintenanceIntervalMs);
    maintainAndLog();

    let markClosed = (): void => {};
    const closed = new Promise<void>((resolve) => (markClosed = resolve));
    let stopping: Promise<void> | undefined;
    const stop = async (): Promise<void> => {
      clearInterval(maintenance);
      await listener.stop();
      await recorder.flush();
      reader.close();
      checkpointer.postMessage('stop');
      await new Promise((resolve) => checkpointer.once('exit', resolve));
      // Last, so that SQLite moves the whole log into the database file and leaves that file alone behind.
      await writer.close();
      lock.release();
      markClosed();
    };
    return { address: publicUrl.origin, firstKey, stop: () => (stopping ??= stop()), closed };
  } catch (error) {
    lock.release();
    throw error;
  }
}
