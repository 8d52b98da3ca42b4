// Starts, drains and stops: the data folder and its lock, the threads, the application, the listener, in this order and back.

import { isIPv6 } from 'node:net';
import type { Logger } from 'pino';
import { Recorder } from './clicks/recorder.ts';
import type { Config } from './config/options.ts';
import { systemClock } from './core/clock.ts';
import { endProcess } from './core/end-process.ts';
import { exitCodes, StartError } from './core/exit.ts';
import { parseSchedule } from './core/schedule.ts';
import { keepNativeAddonsIn } from './core/native-addons.ts';
import { endWorkers, startWorker } from './core/worker-threads.ts';
import { Listener } from './http/listener.ts';
import { RequestMeter } from './http/request-meter.ts';
import { clearInterrupted } from './storage/backup.ts';
import { ensureDataFolder } from './storage/database.ts';
import { type Durability, durabilityFor, measureFsyncMs } from './storage/durability.ts';
import { EventSignal } from './storage/event-signal.ts';
import { lockDataFolder, type ProcessLock } from './storage/process-lock.ts';
import { backupFolder } from './storage/kept-backups.ts';
import type { BackupPlan } from './storage/scheduled-backup.ts';
import { ReaderThread } from './storage/reader.ts';
import type { ReaderData } from './storage/reader-protocol.ts';
import { prepareOrUpgrade } from './storage/upgrade.ts';
import { Writer } from './storage/writer.ts';
import type { WriterData } from './storage/writer-protocol.ts';

// The listener drains for 8 s at the most.
export const stopDeadlineMs = 9_800;
// Nobody waits for the end of a server that has failed, and threads of a machine that is too busy may still end in time.
const failedThreadsEndMs = 2_000;

export interface StartedServer {
  /** The address that people use: server.public_url, or the one that is listened on. */
  readonly address: string;
  /** The first key's secret, on the first start only. */
  readonly firstKey: string | undefined;
  /** Resolves when everything accepted is answered, every click is committed and every file is closed. */
  stop(): Promise<void>;
  /** Resolves when the server has stopped. */
  readonly closed: Promise<void>;
}

function chooseDurability(config: Config, log: Logger): Durability {
  const configured = config['clicks.durability'];
  if (configured !== 'auto') return configured;
  const fsyncMs = measureFsyncMs(config.data_dir, systemClock);
  const chosen = durabilityFor(fsyncMs);
  log.info({ durability: chosen, fsyncMs: Math.round(fsyncMs * 1000) / 1000 }, 'clicks.durability is auto');
  return chosen;
}

/** Origin of the default domain, as the configuration has it. */
export function publicUrlOf(config: Config): URL {
  const host = config['server.host'];
  return new URL(config['server.public_url'] ?? `http://${isIPv6(host) ? `[${host}]` : host}:${config['server.port']}`);
}

function backupPlanOf(config: Config): BackupPlan | undefined {
  const schedule = parseSchedule(config['backups.schedule'] ?? '');
  const folder = backupFolder(config['backups.folder'], config.data_dir);
  return schedule && { schedule, folder, keep: config['backups.keep'] };
}

async function listen(listener: Listener, config: Config, publicUrl: URL): Promise<void> {
  const { 'server.host': host, 'server.port': port } = config;
  try {
    const bound = await listener.listen(host, port);
    // Port 0 is known only now; nobody has been answered yet.
    if (config['server.public_url'] === undefined) publicUrl.port = String(bound.port);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new StartError(`cannot listen on ${host} port ${port}: ${reason}`, exitCodes.failure, { cause });
  }
}

async function startWithLock(config: Config, log: Logger, lock: ProcessLock): Promise<StartedServer> {
  const dataFolder = config.data_dir;
  for (const what of clearInterrupted(dataFolder))
    log.warn(`${what} was interrupted; the database is as it was before it`);
  await prepareOrUpgrade(dataFolder, {
    onUpgrade(upgrade) {
      if (upgrade.isRepeated) log.warn('an upgrade failed or was interrupted; the database is as it was before it');
      log.info(upgrade, 'upgrading the database; a copy is made first');
    },
  });
  const durability = chooseDurability(config, log);
  const memory = Recorder.sharedMemory();
  const eventSignal = EventSignal.sharedMemory();
  const writerData: WriterData = { dataFolder, memory, eventSignal, syncClicks: durability === 'power' };
  try {
    const writerThread = startWorker('writer', {
      workerData: writerData,
      resourceLimits: { maxYoungGenerationSizeMb: 8 },
    });
    const readerThread = (isBackground: boolean): ReaderThread =>
      new ReaderThread(() =>
        startWorker('stats', {
          workerData: { dataFolder, isBackground } satisfies ReaderData,
          resourceLimits: { maxYoungGenerationSizeMb: 8 },
        }),
      );
    const questions = readerThread(false);
    const checkpointer = startWorker('checkpoint', {
      workerData: { dataFolder },
      resourceLimits: { maxYoungGenerationSizeMb: 2 },
    });
    let isEnding = false;
    const endAtOnce = (reason: string): void => {
      // A thread may fail while another one's failure ends the process.
      if (isEnding) return;
      isEnding = true;
      log.fatal({ reason }, 'ending at once');
      recorder.answerOnlyStored();
      void endProcess(exitCodes.failure, failedThreadsEndMs);
    };
    const writer = new Writer(writerThread, (message) =>
      endAtOnce(`the database cannot be written safely: ${message}`),
    );
    checkpointer.on('error', (error) => endAtOnce(`the checkpoint thread failed: ${String(error)}`));
    const recorder = new Recorder(writer, memory, durability);
    const publicUrl = publicUrlOf(config);
    // Loaded while the threads start, which takes as long.
    const { buildApplication } = await import('./application.ts');
    const asksForMetrics = config['metrics.token'] !== undefined || config['metrics.listen'] !== undefined;
    const isMeasured = asksForMetrics || log.isLevelEnabled('debug');
    const meter = isMeasured ? new RequestMeter(systemClock, log) : undefined;
    const application = await buildApplication({
      config,
      clock: systemClock,
      log,
      writer,
      recorder,
      questions,
      backgroundReader: readerThread(true),
      publicUrl,
      eventSignal,
      emptyLog: () => checkpointer.postMessage('empty'),
      backups: backupPlanOf(config),
      meter,
    });
    const metrics =
      meter &&
      new (await import('./server-metrics.ts')).ServerMetrics({
        sources: {
          meter,
          recorder,
          writer,
          dataFolder,
          connections: () => listener.connections,
          startedAt: systemClock.now(),
          ...application.figures,
        },
        token: config['metrics.token'],
        log,
        address: config['metrics.listen'],
      });
    const listener: Listener = new Listener({
      // What is asked of /metrics is no slug to look for.
      sendOn: (request, hitListener) =>
        metrics?.serves(request) === true ? undefined : application.sendOn(request, hitListener),
      handle(request, response) {
        if (metrics?.serves(request) !== true || !application.servesApi(request)) application.handle(request, response);
        else metrics.handle(request, response);
      },
      refusal: (request, error, headers) => application.refusal(request, error, headers),
      maxConnections: config['server.max_connections'],
      clock: systemClock,
      meter,
    });
    const metricsAddress = await metrics?.listen();
    if (metricsAddress !== undefined) log.info({ address: metricsAddress }, 'metrics');
    await listen(listener, config, publicUrl);
    // Not before: a start that fails would take the key, which is shown once, along with it.
    const firstKey = application.createFirstKey();

    await application.background.start();

    let stopping: Promise<void> | undefined;
    let markClosed = (): void => {};
    const closed = new Promise<void>((resolve) => (markClosed = resolve));
    const stop = async (): Promise<void> => {
      // A disk that hangs must not keep the process for ever; whatever was answered is committed by then.
      const deadline = setTimeout(() => {
        log.fatal('stopping took too long, ending at once');
        void endProcess(exitCodes.failure);
      }, stopDeadlineMs);
      metrics?.close();
      application.endWaits();
      await Promise.all([listener.stop(), application.background.drain()]);
      await recorder.flush();
      await application.close();
      await questions.close();
      checkpointer.postMessage('stop');
      await new Promise((resolve) => checkpointer.once('exit', resolve));
      // Last, so that SQLite moves the whole log into the database file and leaves that file alone behind.
      await writer.close();
      lock.release();
      clearTimeout(deadline);
      markClosed();
    };
    return { address: publicUrl.origin, firstKey, stop: () => (stopping ??= stop()), closed };
  } catch (error) {
    await endWorkers();
    throw error;
  }
}

/** Throws a StartError when the server cannot start; then nothing is left running. */
export async function startServer(config: Config, { log }: { log: Logger }): Promise<StartedServer> {
  ensureDataFolder(config.data_dir);
  keepNativeAddonsIn(config.data_dir);
  const lock = lockDataFolder(config.data_dir);
  try {
    return await startWithLock(config, log, lock);
  } catch (error) {
    lock.release();
    throw error;
  }
}
