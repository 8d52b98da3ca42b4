// What a backup costs the visitors: redirects without one and while one is being made, by the server itself, in turn.

import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { openForCommand } from '../../src/storage/database.ts';
import { makeDataFolder } from './data-folder.ts';
import type { LoadRun } from './load.ts';
import { atMost, type BenchmarkOptions, median, type Report, shown } from './report.ts';
import { makeScratchFolder, outputOf, removeScratchFolder, startProcess } from './scratch.ts';
import { chosenLaunch, chosenProgram, type Launch, startSignpost } from './signpost-process.ts';

const usual = { seconds: 12, rounds: 5, megabytes: 500 };
const quick = { seconds: 3, rounds: 1, megabytes: 100 };
const redirectsPerSecond = 1_200;
const bytesPerRow = 100_000;

async function drive(origin: string, slug: string, seconds: number): Promise<LoadRun> {
  const program = join(import.meta.dirname, 'paced-load.ts');
  const args = [program, origin, `/${slug}`, String(redirectsPerSecond), String(seconds)];
  const output = await outputOf(startProcess(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] }));
  return JSON.parse(output.trim().split('\n').at(-1) ?? '') as LoadRun;
}

/** So much that copying it takes longer than a round. */
function addBallast(dataFolder: string, megabytes: number): void {
  const connection = openForCommand(dataFolder);
  connection.pragma('synchronous = OFF');
  const insert = connection.prepare('INSERT INTO settings (name, value) VALUES (?, randomblob(?))');
  connection.transaction(() => {
    for (let row = 0; row < (megabytes * 1e6) / bytesPerRow; row++) insert.run(`ballast-${row}`, bytesPerRow);
  })();
  connection.pragma('wal_checkpoint(TRUNCATE)');
  connection.close();
}

/** Makes backups, one after the other, until there are enough; one at least. */
async function makeBackups(program: Launch, dataFolder: string, isEnough: () => boolean): Promise<number> {
  const args = [...program.args, 'jobs', 'run', 'backups.make', '--data-dir', dataFolder];
  let made = 0;
  do {
    await outputOf(startProcess(program.command, args, { stdio: ['ignore', 'pipe', 'pipe'] }));
    made++;
  } while (!isEnough());
  return made;
}

export async function backups(options: BenchmarkOptions): Promise<Report> {
  const { isQuick, isExecutable, say } = options;
  const plan = isQuick ? quick : usual;
  const seconds = options.seconds ?? plan.seconds;
  const rounds = options.rounds ?? plan.rounds;
  const folder = makeScratchFolder();
  const launch = chosenLaunch(isExecutable);
  const program = chosenProgram(isExecutable);
  const data = await makeDataFolder(launch, folder, 10);
  addBallast(data.path, plan.megabytes);
  const kept = join(folder, 'backups');
  const settings = {
    'clicks.durability': 'process',
    'log.level': 'warn',
    // Due at the first start, and not again while this runs.
    'backups.schedule': 'every 30d',
    'backups.folder': kept,
    'backups.keep': 1,
  };
  const server = await startSignpost(launch, data.path, settings);
  const slug = data.links[0]?.slug ?? '';
  await makeBackups(program, data.path, () => true);
  await drive(server.origin, slug, 1);
  const runs = { without: [] as LoadRun[], during: [] as LoadRun[] };
  let made = 0;
  for (let round = 1; round <= rounds; round++) {
    const without = await drive(server.origin, slug, seconds);
    let isOver = false;
    const making = makeBackups(program, data.path, () => isOver);
    const during = await drive(server.origin, slug, seconds);
    isOver = true;
    made += await making;
    runs.without.push(without);
    runs.during.push(during);
    say(`round ${round}: p99 ${shown(without.p99Ms, 1)} ms without, ${shown(during.p99Ms, 1)} ms during a backup`);
  }
  const [newest] = readdirSync(kept).filter((name) => name.endsWith('.db'));
  const bytes = newest === undefined ? 0 : statSync(join(kept, newest)).size;
  await server.stop();
  rmSync(kept, { recursive: true });
  removeScratchFolder(folder);
  const over = (all: readonly LoadRun[], value: (run: LoadRun) => number): number => median(all.map(value));
  const row = (name: string, all: readonly LoadRun[]): string[] => [
    name,
    shown(over(all, ({ redirects, seconds: took }) => redirects / took)),
    shown(
      over(all, ({ p50Ms }) => p50Ms),
      2,
    ),
    shown(
      over(all, ({ p99Ms }) => p99Ms),
      2,
    ),
  ];
  const faults = [...runs.without, ...runs.during].reduce((sum, run) => sum + run.faults, 0);
  return {
    tables: [
      {
        title: `${shown(redirectsPerSecond)} redirects/s, a database of ${shown(plan.megabytes)} MB, median of ${rounds} rounds of ${seconds} s`,
        columns: ['', 'redirects/s', 'p50 ms', 'p99 ms'],
        rows: [row('no backup', runs.without), row('during backups', runs.during)],
      },
    ],
    notes: [
      `${made} backups of ${shown(bytes / 1e6)} MB, each checked; the round that waits for the last one ends before it`,
    ],
    targets: [
      atMost(
        "redirects' p99, times that without a backup",
        2,
        over(runs.during, ({ p99Ms }) => p99Ms) / over(runs.without, ({ p99Ms }) => p99Ms),
      ),
    ],
    failures: [
      ...(faults > 0 ? [`${faults} redirects failed`] : []),
      ...(bytes < plan.megabytes * 1e6 ? ['there is no whole backup'] : []),
    ],
    figures: runs,
  };
}
