// What long work on stored clicks costs everybody else: memory while all of them are exported, and how long redirects take meanwhile
// and while all are judged anew, beside an idle server.

import { Agent, get, request } from 'node:http';
import { writeHistory } from './click-history.ts';
import { type DataFolder, linkHost, makeDataFolder } from './data-folder.ts';
import { copyLinks } from './many-links.ts';
import { residentMegabytes } from './process-figures.ts';
import { zipfDraw } from './random-draws.ts';
import { atMost, type BenchmarkOptions, percentile, type Report, shown } from './report.ts';
import { makeScratchFolder, removeScratchFolder } from './scratch.ts';
import { chosenLaunch, type SignpostProcess, startSignpost } from './signpost-process.ts';

const usualClicks = 1_000_000;
const quickClicks = 30_000;
const clicksPerLink = 100;
const days = 90;
/** Redirects a second, evenly: how long one takes beside other work, not how many there can be. */
const redirectsPerSecond = 200;
const idleSeconds = 10;
const browser = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';

interface Phase {
  readonly name: string;
  readonly seconds: number;
  readonly redirects: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly memoryMegabytes: number;
  /** What was done a second. */
  readonly rate: number | undefined;
}

/** Redirects at an even pace until the work is done; each is timed from when it was due. */
async function beside(
  name: string,
  server: SignpostProcess,
  slug: string,
  work: () => Promise<number | undefined>,
): Promise<Phase> {
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  const waits: number[] = [];
  const pending = new Set<Promise<void>>();
  let memoryMegabytes = residentMegabytes(server.pid);
  const startedAt = performance.now();
  const visit = (dueAt: number): Promise<void> =>
    new Promise((resolve, reject) => {
      get(`${server.origin}/${slug}`, { agent, headers: { host: linkHost, 'user-agent': browser } }, (response) => {
        response.resume();
        response.once('end', () => {
          if (response.statusCode !== 302) return reject(new Error(`a redirect answers ${response.statusCode}`));
          waits.push(performance.now() - dueAt);
          return resolve();
        });
      }).once('error', reject);
    });
  const working = new AbortController();
  const redirecting = (async (): Promise<void> => {
    for (let n = 0; !working.signal.aborted; n++) {
      const dueAt = startedAt + (n * 1_000) / redirectsPerSecond;
      const left = dueAt - performance.now();
      if (left > 1) await new Promise((resolve) => setTimeout(resolve, left));
      if (n % 50 === 0) memoryMegabytes = Math.max(memoryMegabytes, residentMegabytes(server.pid));
      const one = visit(dueAt);
      pending.add(one);
      void one.finally(() => pending.delete(one));
    }
    await Promise.all(pending);
  })();
  const done = await work();
  const seconds = (performance.now() - startedAt) / 1_000;
  working.abort();
  await redirecting;
  agent.destroy();
  const rate = done === undefined ? undefined : done / seconds;
  const times = { p50Ms: percentile(waits, 0.5), p99Ms: percentile(waits, 0.99) };
  return { name, seconds, redirects: waits.length, ...times, memoryMegabytes, rate };
}

interface Api {
  readonly origin: string;
  readonly key: string;
}

/** Reads an export to its end without keeping it; returns how many rows there were. */
function exported({ origin, key }: Api, path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    get(`${origin}/api/v1${path}`, { agent: false, headers: { authorization: `Bearer ${key}` } }, (response) => {
      if (response.statusCode !== 200) return reject(new Error(`${path} answers ${response.statusCode}`));
      let rows = 0;
      response.on('data', (chunk: Buffer) => {
        for (const byte of chunk) if (byte === 10) rows++;
      });
      response.once('end', () => resolve(rows));
      return response.once('error', reject);
    }).once('error', reject);
  });
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
        columns: ['work', 'seconds', 'a second', 'redirects', 'p50 ms', 'p99 ms', 'memory MB'],
        rows: phases.map(({ name, seconds, rate, redirects, p50Ms, p99Ms, memoryMegabytes }) => [
          name,
          shown(seconds, 1),
          rate === undefined ? '–' : shown(rate),
          shown(redirects),
          shown(p50Ms, 2),
          shown(p99Ms, 2),
          shown(memoryMegabytes),
        ]),
      },
    ],
    notes: [],
    targets: others.map(({ name, p99Ms }) =>
      atMost(`${name}: p99 of redirects, times that of an idle server`, 2, p99Ms / idle.p99Ms),
    ),
    failures,
    figures: { clicks, phases },
  };
}
