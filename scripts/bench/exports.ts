// What long work on stored clicks costs everybody else: memory while all of them are exported, and how long redirects take meanwhile,
// while all are judged anew, and while the heaviest questions are asked, beside an idle server.

import { request } from 'node:http';
import { join } from 'node:path';
import { writeHistory } from './click-history.ts';
import { type DataFolder, linkHost, makeDataFolder } from './data-folder.ts';
import { copyLinks } from './many-links.ts';
import { residentMegabytes } from './process-figures.ts';
import { zipfDraw } from './random-draws.ts';
import { atMost, type BenchmarkOptions, type Report, shown } from './report.ts';
import { makeScratchFolder, outputOf, removeScratchFolder, startProcess } from './scratch.ts';
import { chosenLaunch, type SignpostProcess, startSignpost } from './signpost-process.ts';

const usualClicks = 1_000_000;
const quickClicks = 30_000;
const clicksPerLink = 100;
const days = 90;
/** Redirects a second, evenly: how long one takes beside other work, not how many there can be. */
const redirectsPerSecond = 200;
const idleSeconds = 20;
const questionSeconds = 20;
const sampleMs = 100;
const leastSecondsForMemory = 20;
/**
 * For the programs beside the server: the threads that collect their garbage would wake up all at once, on the server's cores. Whoever visits
 * or exports does so on another machine.
 */
const ownGarbage = ['--single-threaded-gc'];

interface Phase {
  readonly name: string;
  readonly seconds: number;
  readonly redirects: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** The highest while the first fifth of the work was done, and while all of it was. */
  readonly firstMegabytes: number;
  readonly mostMegabytes: number;
  /** What was done a second. */
  readonly rate: number | undefined;
}

interface Paced {
  readonly redirects: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly faults: number;
}

/** Redirects at an even pace, from a process of their own, until the work is done; each is timed from when it was due. */
async function beside(
  name: string,
  server: SignpostProcess,
  slug: string,
  work: () => Promise<number | undefined>,
): Promise<Phase> {
  const program = join(import.meta.dirname, 'paced-load.ts');
  const args = [...ownGarbage, program, server.origin, `/${slug}`, String(redirectsPerSecond), 'stdin', linkHost];
  const load = startProcess(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const output = outputOf(load);
  const memory: number[] = [];
  const sampling = setInterval(() => memory.push(residentMegabytes(server.pid)), sampleMs);
  const startedAt = performance.now();
  const done = await work();
  const seconds = (performance.now() - startedAt) / 1_000;
  clearInterval(sampling);
  load.stdin?.end();
  const { redirects, p50Ms, p99Ms, faults } = JSON.parse(await output) as Paced;
  if (faults > 0) throw new Error(`${faults} redirects failed beside ${name}`);
  const rate = done === undefined ? undefined : done / seconds;
  const firstMegabytes = Math.max(...memory.slice(0, Math.ceil(memory.length / 5)));
  return { name, seconds, redirects, p50Ms, p99Ms, firstMegabytes, mostMegabytes: Math.max(...memory), rate };
}

interface Api {
  readonly origin: string;
  readonly key: string;
}

function startReader(program: string, args: readonly string[]) {
  return startProcess(process.execPath, [...ownGarbage, join(import.meta.dirname, program), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

/** Reads an export to its end without keeping it; returns how many rows there were. */
async function exported({ origin, key }: Api, path: string): Promise<number> {
  return Number(await outputOf(startReader('export-reader.ts', [`${origin}/api/v1${path}`, key])));
}

function asked<Data>({ origin, key }: Api, method: string, path: string): Promise<Data> {
  return new Promise((resolve, reject) => {
    const body = method === 'POST' ? '{}' : undefined;
    const headers = { authorization: `Bearer ${key}`, ...(body && { 'content-type': 'application/json' }) };
    request(`${origin}/api/v1${path}`, { method, agent: false, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.once('end', () => resolve((JSON.parse(text) as { data: Data }).data));
    })
      .once('error', reject)
      .end(body);
  });
}

async function reclassified(api: Api): Promise<number> {
  await asked(api, 'POST', '/analytics/reclassify');
  for (;;) {
    const job = await asked<{ status: string; examined: number }>(api, 'GET', '/analytics/reclassify');
    if (job.status === 'failed') throw new Error('the reclassification failed');
    if (job.status === 'done') return job.examined;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Questions that look at everything and answer with all rows, one after the other; returns how many. */
async function questioned({ origin, key }: Api, seconds: number): Promise<number> {
  const heaviest = [
    'overview?limit=0&compare=previous&period=90d',
    'referrers?limit=0&period=all',
    'clicks?limit=0&period=90d&interval=hour&browser=Chrome&device=mobile',
    'geo?limit=0&period=all&language=en',
  ];
  const urls = heaviest.map((question) => `${origin}/api/v1/analytics/${question}`);
  return Number(await outputOf(startReader('question-reader.ts', [key, String(seconds), ...urls])));
}

async function measure(
  data: DataFolder,
  clicks: number,
  { isExecutable, isQuick, say }: BenchmarkOptions,
): Promise<{
  phases: Phase[];
  failures: string[];
}> {
  // A window, so that a part of the visits turn out to be duplicates.
  const settings = { 'clicks.duplicate_window_s': 3_600, 'clicks.durability': 'process' };
  const server = await startSignpost(chosenLaunch(isExecutable), data.path, settings);
  const api = { origin: server.origin, key: data.apiKey };
  const { slug } = data.links[0]!;
  const failures: string[] = [];
  const phases: Phase[] = [];
  const run = async (name: string, work: () => Promise<number | undefined>): Promise<void> => {
    say(name);
    phases.push(await beside(name, server, slug, work));
  };
  try {
    const seconds = isQuick ? 2 : idleSeconds;
    await run('nothing', () => new Promise((resolve) => setTimeout(() => resolve(undefined), seconds * 1_000)));
    for (const [name, path] of [
      ['export of all hits, CSV', '/analytics/export?format=csv'],
      ['export of all roll-ups, NDJSON', '/analytics/export?subject=stats&format=ndjson'],
    ] as const) {
      await run(name, async () => {
        const rows = await exported(api, path);
        if (name.includes('hits') && rows < clicks) failures.push(`${name}: ${shown(rows)} rows of ${shown(clicks)}`);
        return rows;
      });
    }
    await run('the heaviest statistics', () => questioned(api, isQuick ? 2 : questionSeconds));
    await run('reclassification', () => reclassified(api));
  } finally {
    await server.stop();
  }
  return { phases, failures };
}

export async function exports(options: BenchmarkOptions): Promise<Report> {
  const clicks = options.clicks?.[0] ?? (options.isQuick ? quickClicks : usualClicks);
  const folder = makeScratchFolder();
  const data = await makeDataFolder(chosenLaunch(options.isExecutable), folder, 1);
  const links = Math.max(10, Math.round(clicks / clicksPerLink));
  const { firstId } = copyLinks(data.path, data.links[0]!, links);
  options.say(`writing ${shown(clicks)} clicks`);
  let draw: (() => number) | undefined;
  writeHistory(data.path, {
    clicks,
    days,
    now: Date.now(),
    drawLink: (random) => firstId + (draw ??= zipfDraw(links, random))(),
    say: options.say,
  });
  const { phases, failures } = await measure(data, clicks, options);
  removeScratchFolder(folder);
  const [idle, ...others] = phases as [Phase, ...Phase[]];
  return {
    tables: [
      {
        title: `${shown(clicks)} clicks; ${redirectsPerSecond} redirects a second beside`,
        columns: ['work', 'seconds', 'a second', 'redirects', 'p50 ms', 'p99 ms', 'MB in the first fifth', 'most MB'],
        rows: phases.map(({ name, seconds, rate, redirects, p50Ms, p99Ms, firstMegabytes, mostMegabytes }) => [
          name,
          shown(seconds, 1),
          rate === undefined ? '–' : shown(rate),
          shown(redirects),
          shown(p50Ms, 2),
          shown(p99Ms, 2),
          shown(firstMegabytes),
          shown(mostMegabytes),
        ]),
      },
    ],
    notes: [],
    targets: [
      ...others.map(({ name, p99Ms }) =>
        atMost(`${name}: p99 of redirects, times that of an idle server`, 2, p99Ms / idle.p99Ms),
      ),
      ...others
        // At first any work makes a server grow: caches, and what is loaded late.
        .filter(({ name, seconds }) => name.startsWith('export') && seconds > leastSecondsForMemory)
        .map(({ name, firstMegabytes, mostMegabytes }) =>
          atMost(`${name}: memory, times that of its first fifth`, 1.1, mostMegabytes / firstMegabytes),
        ),
    ],
    failures,
    figures: { clicks, phases },
  };
}
