// What webhooks cost: redirects with and without an event for each click, how fast a backlog of a million is delivered, in what order,
// and in how much memory, and how long a page of the log takes meanwhile.

import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { newId } from '../../src/core/ids.ts';
import { openForCommand } from '../../src/storage/database.ts';
import { putEvent } from '../../src/storage/outbox-store.ts';
import { fanOut } from '../../src/webhooks/fan-out-store.ts';
import { newSecret } from '../../src/webhooks/signature.ts';
import { createWebhook, updateWebhook } from '../../src/webhooks/webhook-store.ts';
import { type DataFolder, makeDataFolder } from './data-folder.ts';
import type { LoadRun } from './load.ts';
import { processorMicros, residentMegabytes } from './process-figures.ts';
import { type Receiver, startReceiver } from './receiver.ts';
import { atLeast, atMost, type BenchmarkOptions, median, percentile, type Report, shown } from './report.ts';
import { makeScratchFolder, outputOf, removeScratchFolder, startProcess } from './scratch.ts';
import { chosenLaunch, type Launch, type SignpostProcess, startSignpost } from './signpost-process.ts';

const usual = { seconds: 10, rounds: 3, backlog: 1_000_000, drainSeconds: 20, questions: 100 };
const quick = { seconds: 2, rounds: 1, backlog: 10_000, drainSeconds: 3, questions: 10 };
const clicksPerSecond = 1_200;
const settleMs = 1_500;
const eventsPerTransaction = 5_000;
const settings = { 'webhooks.allow': ['127.0.0.1'], 'clicks.durability': 'process', 'log.level': 'warn' };

async function drive(origin: string, slug: string, seconds: number): Promise<LoadRun> {
  const program = join(import.meta.dirname, 'paced-load.ts');
  const args = [program, origin, `/${slug}`, String(clicksPerSecond), String(seconds)];
  const output = await outputOf(startProcess(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] }));
  return JSON.parse(output.trim().split('\n').at(-1) ?? '') as LoadRun;
}

function ownerOf(dataFolder: string): number {
  const connection = openForCommand(dataFolder);
  const id = connection.prepare<[], number>('SELECT min(id) FROM users').pluck().get();
  connection.close();
  if (id === undefined) throw new Error('the data folder has no user');
  return id;
}

function addWebhook(dataFolder: string, url: string, event: 'click' | 'link.created'): string {
  const connection = openForCommand(dataFolder);
  const publicId = newId('wh');
  createWebhook.apply(connection, {
    userId: ownerOf(dataFolder),
    publicId,
    fields: { name: event, url, events: [event], batch: null },
    secret: newSecret(),
    maxWebhooks: Infinity,
    now: Date.now(),
  });
  connection.close();
  return publicId;
}

/** Switches it, without a server. */
function switchWebhook(dataFolder: string, publicId: string, isActive: boolean): void {
  const connection = openForCommand(dataFolder);
  const userId = ownerOf(dataFolder);
  updateWebhook.apply(connection, { userId, publicId, fields: {}, isActive, now: Date.now() });
  connection.close();
}

interface ClickFigures {
  readonly run: LoadRun;
  readonly deliveriesPerSecond: number;
  readonly processorMicros: number;
}

async function driveClicks(
  server: SignpostProcess,
  slug: string,
  target: Receiver,
  seconds: number,
): Promise<ClickFigures> {
  const before = await target.figures();
  const processor = processorMicros(server.pid);
  const startedAt = performance.now();
  const run = await drive(server.origin, slug, seconds);
  const took = (performance.now() - startedAt) / 1_000;
  const { received } = await target.figures();
  const used = processorMicros(server.pid) - processor;
  await sleep(settleMs);
  return {
    run,
    deliveriesPerSecond: (received - before.received) / took,
    processorMicros: used / run.redirects,
  };
}

interface ClickRounds {
  readonly without: readonly ClickFigures[];
  readonly with: readonly ClickFigures[];
  readonly redirects: number;
  readonly received: number;
}

/** In turn without and with a webhook, on servers that both run all the time. */
async function measureClicks(
  launch: Launch,
  data: DataFolder,
  target: Receiver,
  { seconds, rounds }: { seconds: number; rounds: number },
  say: BenchmarkOptions['say'],
): Promise<ClickRounds> {
  const slug = data.links[0]?.slug ?? '';
  const figures = { without: [] as ClickFigures[], with: [] as ClickFigures[] };
  const webhook = addWebhook(data.path, target.url, 'click');
  for (let round = 1; round <= rounds; round++) {
    for (const kind of ['without', 'with'] as const) {
      switchWebhook(data.path, webhook, kind === 'with');
      if (kind === 'without') forgetInterest(data.path);
      const server = await startSignpost(launch, data.path, settings);
      await driveClicks(server, slug, target, 1);
      const found = await driveClicks(server, slug, target, seconds);
      figures[kind].push(found);
      say(
        `round ${round}, ${kind} webhook: p99 ${shown(found.run.p99Ms, 1)} ms, ${shown(found.deliveriesPerSecond)} deliveries/s`,
      );
      await server.stop();
    }
  }
  const redirects = figures.with.reduce((sum, { run }) => sum + run.redirects, 0);
  return { ...figures, redirects, received: (await target.figures()).received };
}

/** As if nobody had a webhook: one that is switched off still keeps its events. */
function forgetInterest(dataFolder: string): void {
  const connection = openForCommand(dataFolder);
  connection.exec('DELETE FROM webhook_interests');
  connection.close();
}

function makeBacklog(dataFolder: string, count: number): void {
  const connection = openForCommand(dataFolder);
  connection.pragma('synchronous = OFF');
  const userId = ownerOf(dataFolder);
  for (let done = 0; done < count; done += eventsPerTransaction) {
    const end = Math.min(count, done + eventsPerTransaction);
    connection.transaction(() => {
      for (let n = done + 1; n <= end; n++) putEvent(connection, userId, 'link.created', { n }, Date.now());
      while (fanOut.apply(connection, null));
    })();
  }
  connection.pragma('wal_checkpoint(TRUNCATE)');
  connection.close();
}

interface BacklogFigures {
  readonly emptyMegabytes: number;
  readonly fullMegabytes: number;
  readonly deliveriesPerSecond: number;
  /** Of the server, for each delivery. */
  readonly processorMicros: number;
  readonly furthest: number;
  readonly pageMs: readonly number[];
}

async function pagesOf(
  server: SignpostProcess,
  data: DataFolder,
  webhook: string,
  questions: number,
): Promise<number[]> {
  const times: number[] = [];
  let cursor = '';
  for (let n = 0; n < questions; n++) {
    const startedAt = performance.now();
    const response = await fetch(`${server.origin}/api/v1/webhooks/${webhook}/deliveries?perPage=100${cursor}`, {
      headers: { authorization: `Bearer ${data.apiKey}` },
    });
    const { data: rows, meta } = (await response.json()) as { data: unknown[]; meta: { nextCursor: string } };
    times.push(performance.now() - startedAt);
    if (response.status !== 200 || rows.length === 0) throw new Error(`the log answers ${response.status}`);
    cursor = meta.nextCursor === null ? '' : `&cursor=${meta.nextCursor}`;
  }
  return times;
}

async function measureBacklog(
  launch: Launch,
  data: DataFolder,
  { backlog, drainSeconds, questions }: typeof usual,
  say: BenchmarkOptions['say'],
): Promise<BacklogFigures> {
  const target = await startReceiver();
  const webhook = addWebhook(data.path, target.url, 'link.created');
  const idle = await startSignpost(launch, data.path, settings);
  await sleep(settleMs);
  const emptyMegabytes = residentMegabytes(idle.pid);
  await idle.stop();
  say(`making a backlog of ${shown(backlog)}`);
  makeBacklog(data.path, backlog);
  const server = await startSignpost(launch, data.path, settings);
  const before = (await target.figures()).received;
  const processor = processorMicros(server.pid);
  const startedAt = performance.now();
  let fullMegabytes = 0;
  while (performance.now() - startedAt < drainSeconds * 1_000) {
    await sleep(250);
    fullMegabytes = Math.max(fullMegabytes, residentMegabytes(server.pid));
  }
  const { received, furthest } = await target.figures();
  const used = processorMicros(server.pid) - processor;
  const took = (performance.now() - startedAt) / 1_000;
  say(`${shown((received - before) / took)} deliveries/s, ${shown(fullMegabytes)} MB`);
  const pageMs = await pagesOf(server, data, webhook, questions);
  await server.stop();
  await target.stop();
  return {
    emptyMegabytes,
    fullMegabytes,
    deliveriesPerSecond: (received - before) / took,
    processorMicros: used / (received - before),
    furthest,
    pageMs,
  };
}

export async function webhooks(options: BenchmarkOptions): Promise<Report> {
  const { isQuick, isExecutable, say } = options;
  const plan = isQuick ? quick : usual;
  const lap = { seconds: options.seconds ?? plan.seconds, rounds: options.rounds ?? plan.rounds };
  const folder = makeScratchFolder();
  const launch = chosenLaunch(isExecutable);
  const data = await makeDataFolder(launch, folder, 10);
  const target = await startReceiver();
  const clicks = await measureClicks(launch, data, target, lap, say);
  await target.stop();
  const backlog = await measureBacklog(launch, data, plan, say);
  removeScratchFolder(folder);

  const over = (runs: readonly ClickFigures[], value: (one: ClickFigures) => number): number => median(runs.map(value));
  const row = (name: string, runs: readonly ClickFigures[]): string[] => [
    name,
    shown(over(runs, ({ run }) => run.redirects / run.seconds)),
    shown(
      over(runs, ({ run }) => run.p50Ms),
      2,
    ),
    shown(
      over(runs, ({ run }) => run.p99Ms),
      2,
    ),
    shown(over(runs, (one) => one.processorMicros)),
    shown(over(runs, (one) => one.deliveriesPerSecond)),
  ];
  const p99Ratio = over(clicks.with, ({ run }) => run.p99Ms) / over(clicks.without, ({ run }) => run.p99Ms);
  const faults = [...clicks.with, ...clicks.without].reduce((sum, { run }) => sum + run.faults, 0);
  return {
    tables: [
      {
        title: `${shown(clicksPerSecond)} redirects/s, median of ${lap.rounds} rounds of ${lap.seconds} s`,
        columns: ['', 'redirects/s', 'p50 ms', 'p99 ms', 'CPU µs/redirect', 'deliveries/s'],
        rows: [row('no webhook', clicks.without), row('a webhook for clicks', clicks.with)],
      },
      {
        title: `a backlog of ${shown(plan.backlog)} deliveries for one webhook`,
        columns: [
          'deliveries/s',
          'CPU µs/delivery',
          'memory MB, idle',
          'memory MB, at most',
          'furthest from its place',
          'page p50 ms',
          'page p95 ms',
        ],
        rows: [
          [
            shown(backlog.deliveriesPerSecond),
            shown(backlog.processorMicros),
            shown(backlog.emptyMegabytes),
            shown(backlog.fullMegabytes),
            shown(backlog.furthest),
            shown(percentile(backlog.pageMs, 0.5), 1),
            shown(percentile(backlog.pageMs, 0.95), 1),
          ],
        ],
      },
    ],
    notes: [
      `${shown(clicks.redirects)} redirects in the rounds with a webhook, ${shown(clicks.received)} deliveries in all, warm-ups included`,
    ],
    targets: [
      atLeast(
        'deliveries/s while redirects are answered',
        1_000,
        over(clicks.with, (one) => one.deliveriesPerSecond),
      ),
      atMost("redirects' p99, times that without a webhook", 2, p99Ratio),
      atMost('memory for the backlog, MB', 100, backlog.fullMegabytes - backlog.emptyMegabytes),
      atMost('a page of the log, p95 ms', 30, percentile(backlog.pageMs, 0.95)),
      atMost('places that a delivery of the backlog is from its own', 8, backlog.furthest),
    ],
    failures: [
      ...(faults > 0 ? [`${faults} redirects failed`] : []),
      ...(clicks.received < clicks.redirects ? ['deliveries are missing'] : []),
    ],
    figures: { clicks, backlog },
  };
}
