// Redirects with clicks recorded, against a bare node:http server and nginx, in turn under the same load; and afterwards
// whether every 302 that the load generator counted is in the database.

import { join } from 'node:path';
import { mkdirSync } from 'node:fs';
import { systemClock } from '../../src/core/clock.ts';
import { measureFsyncMs } from '../../src/storage/durability.ts';
import { type Contender, startBare, startNginx, startOurs } from './contenders.ts';
import { type DataFolder, makeDataFolder } from './data-folder.ts';
import { connections, type Load, type LoadRun, prepareLoad } from './load.ts';
import { processorMicros, residentMegabytes } from './process-figures.ts';
import { atLeast, atMost, type BenchmarkOptions, median, type Report, shown, type Table } from './report.ts';
import { isScratchInMemory, makeScratchFolder, removeScratchFolder } from './scratch.ts';
import { chosenLaunch, statusOf } from './signpost-process.ts';
import { countStoredClicks } from './stored-clicks.ts';
import { drawForwardedVisits, drawVisits, type Visit } from './visits.ts';

const linkCount = 10_000;
const quickLinkCount = 2_000;
const visitCount = 65_536;
const forwardedVisitCount = 131_072;
const forwardedVisitors = 100_000;
// What a server does after its last answer (a batch that is written later, a checkpoint) belongs to the run as well.
const settleMs = 500;

export interface Run extends LoadRun {
  readonly rate: number;
  readonly processorMicros: number;
}

/** One contender's part: its measured runs, and all that it was asked, warm-up and first look included. */
export interface Lane {
  readonly contender: Contender;
  readonly runs: Run[];
  answered: number;
  runCount: number;
  faults: number;
  memoryMegabytes: number;
}

interface Lap {
  readonly rounds: number;
  readonly seconds: number;
  readonly warmUpSeconds: number;
}

export function laneOf(contender: Contender): Lane {
  return { contender, runs: [], answered: 0, runCount: 0, faults: 0, memoryMegabytes: 0 };
}

/** A person's visit by hand: whoever does not answer it with a redirect would look fast. */
export async function look(lane: Lane, visit: Visit): Promise<void> {
  const response = await statusOf(`${lane.contender.origin}${visit.path}`, Object.fromEntries(visit.headers));
  if (response?.statusCode !== 302) throw new Error(`${lane.contender.name} answers ${response?.statusCode}, not 302`);
  lane.answered++;
}

export async function drive(lane: Lane, load: Load, seconds: number): Promise<Run> {
  const { pid, origin } = lane.contender;
  const before = processorMicros(pid);
  const run = await load.run(origin, seconds);
  await new Promise((resolve) => setTimeout(resolve, settleMs));
  const used = processorMicros(pid) - before;
  lane.answered += run.redirects;
  lane.faults += run.faults;
  lane.runCount++;
  return { ...run, rate: run.redirects / run.seconds, processorMicros: used / run.redirects };
}

/** Each in turn, forth in one round and back in the next, so that a machine that slows down does so for all. */
async function race(
  contenders: readonly Contender[],
  load: Load,
  visit: Visit,
  { rounds, seconds, warmUpSeconds }: Lap,
  say: BenchmarkOptions['say'],
): Promise<Lane[]> {
  const lanes = contenders.map(laneOf);
  for (const lane of lanes) {
    await look(lane, visit);
    await drive(lane, load, warmUpSeconds);
  }
  for (let round = 0; round < rounds; round++) {
    for (const lane of round % 2 === 0 ? lanes : lanes.toReversed()) {
      const run = await drive(lane, load, seconds);
      lane.runs.push(run);
      say(`round ${round + 1} of ${rounds}: ${lane.contender.name} ${shown(run.rate)} requests/s`);
    }
  }
  for (const lane of lanes) lane.memoryMegabytes = residentMegabytes(lane.contender.pid);
  await Promise.all(lanes.map((lane) => lane.contender.stop()));
  return lanes;
}

interface LaneFigures {
  readonly name: string;
  readonly rate: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly processorMicros: number;
  readonly memoryMegabytes: number;
  /** Medians of the ratios to the bare server's run in the same round. */
  readonly rateRatio: number;
  readonly processorRatio: number;
  readonly runs: readonly Run[];
}

function figuresOf(lane: Lane, bare: Lane): LaneFigures {
  const over = (value: (run: Run) => number): number => median(lane.runs.map(value));
  const ratio = (value: (run: Run) => number): number =>
    median(lane.runs.map((run, round) => value(run) / value(bare.runs[round] as Run)));
  return {
    name: lane.contender.name,
    rate: over((run) => run.rate),
    p50Ms: over((run) => run.p50Ms),
    p99Ms: over((run) => run.p99Ms),
    processorMicros: over((run) => run.processorMicros),
    memoryMegabytes: lane.memoryMegabytes,
    rateRatio: ratio((run) => run.rate),
    processorRatio: ratio((run) => run.processorMicros),
    runs: lane.runs,
  };
}

function tableOf(title: string, figures: readonly LaneFigures[]): Table {
  return {
    title,
    columns: [
      '',
      'requests/s',
      'lowest',
      'highest',
      'p50 ms',
      'p99 ms',
      'CPU µs/request',
      'memory MB',
      'rate ÷ bare',
      'CPU ÷ bare',
    ],
    rows: figures.map((lane) => [
      lane.name,
      shown(lane.rate),
      shown(Math.min(...lane.runs.map((run) => run.rate))),
      shown(Math.max(...lane.runs.map((run) => run.rate))),
      shown(lane.p50Ms, 2),
      shown(lane.p99Ms, 2),
      shown(lane.processorMicros, 1),
      shown(lane.memoryMegabytes),
      shown(lane.rateRatio, 2),
      shown(lane.processorRatio, 2),
    ]),
  };
}

export interface Counted {
  readonly notes: string[];
  readonly failures: string[];
}

/** A stopped server must have stored every redirect that was answered, and no more than may have been on their way. */
export function checkClicks({ contender, answered, runCount, faults }: Lane, { notes, failures }: Counted): void {
  if (faults > 0) failures.push(`${contender.name}: ${faults} requests failed`);
  if (contender.dataFolder === undefined) return;
  const stored = countStoredClicks(contender.dataFolder);
  const most = answered + runCount * connections;
  const text = `${contender.name}: ${shown(answered)} redirects answered, ${shown(stored.totals)} clicks stored`;
  notes.push(`${text} (at most ${shown(most)})`);
  if (stored.totals < answered || stored.totals > most) failures.push(text);
  if (stored.rawRows !== stored.totals || stored.rollups !== stored.totals)
    failures.push(`${text}, but ${shown(stored.rawRows)} raw rows and ${shown(stored.rollups)} in roll-ups`);
}

interface Setting {
  readonly folder: string;
  readonly data: DataFolder;
  readonly lap: Lap;
  readonly options: BenchmarkOptions;
}

async function raceOneAddress({ folder, data, lap, options }: Setting): Promise<Lane[]> {
  const visits = drawVisits(
    data.links.map((link) => link.slug),
    visitCount,
  );
  const load = prepareLoad(folder, 'visits', visits);
  const launch = chosenLaunch(options.isExecutable);
  const contenders = [
    await startBare(),
    await startOurs(launch, folder, data, 'process'),
    await startOurs(launch, folder, data, 'power'),
  ];
  if (!options.isQuick) {
    contenders.push(await startOurs(launch, folder, data, 'batched'));
    const nginx = await startNginx(folder);
    if (nginx !== undefined) contenders.push(nginx);
  }
  return race(contenders, load, visits[0] as Visit, lap, options.say);
}

async function raceManyVisitors({ folder, data, lap, options }: Setting): Promise<Lane[]> {
  const own = join(folder, 'many');
  mkdirSync(own);
  const visits = drawForwardedVisits(
    data.links.map((link) => link.slug),
    forwardedVisitCount,
    forwardedVisitors,
  );
  const load = prepareLoad(own, 'visits', visits);
  const settings = { 'server.trusted_proxies': ['127.0.0.1/32'] };
  const launch = chosenLaunch(options.isExecutable);
  const contenders = [await startBare(), await startOurs(launch, own, data, 'process', settings)];
  return race(contenders, load, visits[0] as Visit, lap, options.say);
}

function lapOf({ isQuick, seconds, rounds }: BenchmarkOptions): Lap {
  if (isQuick) return { rounds: rounds ?? 1, seconds: seconds ?? 2, warmUpSeconds: 1 };
  return { rounds: rounds ?? 5, seconds: seconds ?? 5, warmUpSeconds: 2 };
}

export async function redirects(options: BenchmarkOptions): Promise<Report> {
  const folder = makeScratchFolder();
  const links = options.isQuick ? quickLinkCount : linkCount;
  options.say(`making ${shown(links)} links`);
  const data = await makeDataFolder(chosenLaunch(options.isExecutable), folder, links);
  const setting: Setting = { folder, data, lap: lapOf(options), options };
  const fsyncMs = measureFsyncMs(folder, systemClock);
  const counted: Counted = { notes: [], failures: [] };

  const lanes = await raceOneAddress(setting);
  const figures = lanes.map((lane) => figuresOf(lane, lanes[0] as Lane));
  const manyLanes = options.isQuick ? [] : await raceManyVisitors(setting);
  const manyFigures = manyLanes.map((lane) => figuresOf(lane, manyLanes[0] as Lane));
  for (const lane of [...lanes, ...manyLanes]) checkClicks(lane, counted);

  const [, ofProcess, ofPower] = figures as [LaneFigures, LaneFigures, LaneFigures];
  const tables = [tableOf(`Redirects, ${shown(links)} links, ${connections} connections`, figures)];
  if (manyFigures.length > 0)
    tables.push(
      tableOf(`The same from ${shown(forwardedVisitors)} addresses behind a proxy (information)`, manyFigures),
    );
  const memoryNote = isScratchInMemory() ? '; the folder is in memory, so power is not what a disk gives' : '';
  removeScratchFolder(folder);
  return {
    tables,
    notes: [`fsync takes ${shown(fsyncMs, 2)} ms here${memoryNote}`, ...counted.notes],
    targets: [
      atLeast('process, rate against the bare server', 0.65, ofProcess.rateRatio),
      atMost('process, CPU per request against the bare server', 2, ofProcess.processorRatio),
      atLeast('power, rate against the bare server', 0.55, ofPower.rateRatio),
    ],
    failures: counted.failures,
    figures: { lap: setting.lap, fsyncMs, oneAddress: figures, manyVisitors: manyFigures },
  };
}
