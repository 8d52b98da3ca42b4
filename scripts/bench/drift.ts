// Whether a server that has been under full load for ten minutes is still as fast as in the first of them, and as small. A bare server has
// its turn in between, so that a machine that slows down is not taken for a server that does.

import { type Contender, startBare, startOurs } from './contenders.ts';
import { makeDataFolder } from './data-folder.ts';
import { connections, prepareLoad } from './load.ts';
import { residentMegabytes } from './process-figures.ts';
import { checkClicks, type Counted, drive, type Lane, laneOf, look, type Run } from './redirects.ts';
import { atLeast, atMost, type BenchmarkOptions, median, type Report, shown } from './report.ts';
import { makeScratchFolder, removeScratchFolder } from './scratch.ts';
import { chosenLaunch } from './signpost-process.ts';
import { drawVisits } from './visits.ts';

const usualSeconds = 600;
const quickSeconds = 12;
const linkCount = 10_000;
const quickLinkCount = 2_000;
const visitCount = 65_536;
const warmUpSeconds = 5;
/** Half a minute a round, of which the bare server has a little. */
const roundSeconds = 30;
const bareSeconds = 3;
const quickRoundSeconds = 4;
const quickBareSeconds = 1;

interface Round {
  readonly ours: Run;
  readonly bare: Run;
  readonly memoryMegabytes: number;
}

/** What a minute, or a tenth of a shorter run, was like. */
interface Stretch {
  readonly rate: number;
  readonly rateRatio: number;
  readonly p99Ms: number;
  readonly processorMicros: number;
  readonly memoryMegabytes: number;
}

function stretchOf(rounds: readonly Round[]): Stretch {
  const over = (value: (round: Round) => number): number => median(rounds.map(value));
  return {
    rate: over(({ ours }) => ours.rate),
    rateRatio: over(({ ours, bare }) => ours.rate / bare.rate),
    p99Ms: over(({ ours }) => ours.p99Ms),
    processorMicros: over(({ ours }) => ours.processorMicros),
    memoryMegabytes: over(({ memoryMegabytes }) => memoryMegabytes),
  };
}

async function runRounds(
  contenders: readonly [Contender, Contender],
  folder: string,
  slugs: readonly string[],
  { seconds: given, isQuick, say }: BenchmarkOptions,
): Promise<{ rounds: Round[]; lanes: Lane[] }> {
  const seconds = given ?? (isQuick ? quickSeconds : usualSeconds);
  const [round, ofBare] = isQuick ? [quickRoundSeconds, quickBareSeconds] : [roundSeconds, bareSeconds];
  const visits = drawVisits(slugs, visitCount);
  const load = prepareLoad(folder, 'visits', visits);
  const [ours, bare] = contenders.map(laneOf) as [Lane, Lane];
  for (const lane of [ours, bare]) {
    await look(lane, visits[0]!);
    await drive(lane, load, isQuick ? 1 : warmUpSeconds);
  }
  const rounds: Round[] = [];
  const count = Math.max(2, Math.round(seconds / round));
  for (let n = 1; n <= count; n++) {
    const run = await drive(ours, load, round - ofBare);
    const memoryMegabytes = residentMegabytes(ours.contender.pid);
    rounds.push({ ours: run, bare: await drive(bare, load, ofBare), memoryMegabytes });
    say(`round ${n} of ${count}: ${shown(run.rate)} requests/s, ${shown(memoryMegabytes)} MB`);
  }
  await Promise.all(contenders.map((contender) => contender.stop()));
  return { rounds, lanes: [ours, bare] };
}

export async function drift(options: BenchmarkOptions): Promise<Report> {
  const folder = makeScratchFolder();
  const launch = chosenLaunch(options.isExecutable);
  const links = options.isQuick ? quickLinkCount : linkCount;
  options.say(`making ${shown(links)} links`);
  const data = await makeDataFolder(launch, folder, links);
  const contenders = [await startOurs(launch, folder, data, 'process'), await startBare()] as const;
  const slugs = data.links.map(({ slug }) => slug);
  const { rounds, lanes } = await runRounds(contenders, folder, slugs, options);
  const counted: Counted = { notes: [], failures: [] };
  for (const lane of lanes) checkClicks(lane, counted);
  removeScratchFolder(folder);

  const inStretch = Math.max(1, Math.round(rounds.length / 10));
  const first = stretchOf(rounds.slice(0, inStretch));
  const last = stretchOf(rounds.slice(-inStretch));
  const row = (name: string, { rate, rateRatio, p99Ms, processorMicros, memoryMegabytes }: Stretch): string[] => [
    name,
    shown(rate),
    shown(rateRatio, 2),
    shown(p99Ms, 2),
    shown(processorMicros, 1),
    shown(memoryMegabytes),
  ];
  const spread = inStretch === 1 ? 'round' : `${inStretch} rounds`;
  return {
    tables: [
      {
        title: `${rounds.length} rounds of full load, ${connections} connections`,
        columns: ['', 'requests/s', '÷ bare', 'p99 ms', 'CPU µs/request', 'memory MB'],
        rows: [row(`first ${spread}`, first), row('all', stretchOf(rounds)), row(`last ${spread}`, last)],
      },
    ],
    notes: counted.notes,
    targets: [
      atLeast('rate at the end against the beginning', 0.95, last.rate / first.rate),
      atLeast('the same, each against the bare server of its time', 0.95, last.rateRatio / first.rateRatio),
      atMost('CPU per request at the end against the beginning', 1.1, last.processorMicros / first.processorMicros),
    ],
    failures: counted.failures,
    figures: { rounds, first, last },
  };
}
