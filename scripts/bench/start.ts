// How long a start takes until the server is ready, and how much memory it has then: from source, as `npm start` runs it once
// it is bundled, and as the executable, on a fresh data folder and on one with links.

import { statSync } from 'node:fs';
import { join } from 'node:path';
import { makeDataFolder } from './data-folder.ts';
import { residentMegabytes } from './process-figures.ts';
import { atMost, type BenchmarkOptions, median, type Report, shown, type Target } from './report.ts';
import { makeScratchFolder, removeScratchFolder } from './scratch.ts';
import {
  executableLaunch,
  type Launch,
  npmStartLaunch,
  prepareStartScript,
  startScriptLaunch,
  startSignpost,
} from './signpost-process.ts';

const linkCount = 10_000;
const quickLinkCount = 500;
const restMs = 1_000;

interface Series {
  readonly name: string;
  readonly launch: Launch;
  /** A folder that has been started before; undefined: a fresh one every time. */
  readonly dataFolder: string | undefined;
  /** Whether the targets are meant for it. */
  readonly isTarget: boolean;
  readonly readyMs: number[];
  readonly memoryMegabytes: number[];
}

const seriesOf = (name: string, launch: Launch, dataFolder: string | undefined, isTarget = true): Series => ({
  name,
  launch,
  dataFolder,
  isTarget,
  readyMs: [],
  memoryMegabytes: [],
});

function allSeries(existing: string, isQuick: boolean): Series[] {
  const series = [
    seriesOf('source (bundled), existing data', startScriptLaunch(), existing),
    seriesOf('source (bundled), fresh data', startScriptLaunch(), undefined),
  ];
  const executable = executableLaunch();
  if (executable !== undefined)
    series.push(
      seriesOf('executable, existing data', executable, existing),
      seriesOf('executable, fresh data', executable, undefined),
    );
  if (!isQuick)
    series.push(seriesOf('npm start, with npm and bundling (information)', npmStartLaunch(), existing, false));
  return series;
}

/** @param folder for this one start */
async function startOnce(series: Series, folder: string): Promise<void> {
  const server = await startSignpost(series.launch, series.dataFolder ?? join(folder, 'data'));
  series.readyMs.push(server.readyMs);
  await new Promise((resolve) => setTimeout(resolve, restMs));
  series.memoryMegabytes.push(residentMegabytes(server.pid));
  await server.stop();
}

function targetsOf({ name, readyMs, memoryMegabytes }: Series): Target[] {
  return [
    atMost(`${name}, ready after ms`, 500, median(readyMs)),
    atMost(`${name}, memory in MB`, 130, median(memoryMegabytes)),
  ];
}

export async function start({ isQuick, rounds: wanted, say }: BenchmarkOptions): Promise<Report> {
  const folder = makeScratchFolder();
  const links = isQuick ? quickLinkCount : linkCount;
  say(`making ${shown(links)} links`);
  prepareStartScript();
  const existing = (await makeDataFolder(startScriptLaunch(), folder, links)).path;
  const series = allSeries(existing, isQuick);
  const rounds = wanted ?? (isQuick ? 1 : 7);
  for (let round = 0; round < rounds; round++) {
    say(`start ${round + 1} of ${rounds}`);
    for (const one of series) {
      const own = makeScratchFolder();
      await startOnce(one, own);
      removeScratchFolder(own);
    }
  }
  removeScratchFolder(folder);
  const file = join(import.meta.dirname, '..', '..', 'dist', 'signpost');
  const executableBytes = statSync(file, { throwIfNoEntry: false })?.size ?? null;
  const note =
    executableBytes === null
      ? 'dist/signpost is missing and was not measured: npm run build makes it'
      : `dist/signpost has ${(executableBytes / 1e6).toFixed(1)} MB`;
  return {
    tables: [
      {
        title: `Start: from the making of the process to the first 200 on /readyz, and memory ${restMs / 1000} s later`,
        columns: ['', 'ready ms', 'lowest', 'highest', 'memory MB'],
        rows: series.map(({ name, readyMs, memoryMegabytes }) => [
          name,
          shown(median(readyMs)),
          shown(Math.min(...readyMs)),
          shown(Math.max(...readyMs)),
          shown(median(memoryMegabytes)),
        ]),
      },
    ],
    notes: [note],
    targets: series.filter((one) => one.isTarget).flatMap(targetsOf),
    failures: [],
    figures: {
      executableBytes,
      series: series.map(({ name, readyMs, memoryMegabytes }) => ({ name, readyMs, memoryMegabytes })),
    },
  };
}
