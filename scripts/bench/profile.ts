// Where the processor time of a redirect goes: a CPU profile of the server under load, added up by who spent it, for the
// main thread and the writer thread. From source only. Profiling itself slows the server: shares matter, not rates.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeDataFolder, publicUrl } from './data-folder.ts';
import { prepareLoad } from './load.ts';
import { type BenchmarkOptions, type Report, shown, type Table } from './report.ts';
import { makeScratchFolder, removeScratchFolder } from './scratch.ts';
import { sourceLaunch, startSignpost } from './signpost-process.ts';
import { drawVisits } from './visits.ts';

const linkCount = 10_000;
const visitCount = 65_536;
const shownRows = 14;
const keptFunctions = 100;
const warmUpSeconds = 2;

const projectFolder = join(import.meta.dirname, '..', '..');

interface Profile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  /** Of a clock that all processes share, in microseconds. */
  readonly startTime: number;
  readonly samples: readonly number[];
  /** Microseconds before each sample. */
  readonly timeDeltas: readonly number[];
}

type CallFrame = Profile['nodes'][number]['callFrame'];

/** Who owns a function: a file of ours, a package, Node's HTTP or streams, V8, or native code. */
function groupOf({ url, functionName }: CallFrame): string {
  if (url.startsWith('file:')) {
    const path = fileURLToPath(url);
    const inPackage = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1];
    return inPackage ?? path.slice(projectFolder.length + 1);
  }
  if (/^node:(?:_?http|internal\/http)/.test(url)) return 'node: http';
  if (/^node:(?:net|internal\/(?:net|stream_base|js_stream))/.test(url)) return 'node: net';
  if (/^node:(?:_?stream|internal\/(?:streams|webstreams))/.test(url)) return 'node: streams';
  if (url.startsWith('node:')) return 'node: everything else';
  return /^\((?:garbage collector|program|idle|root)\)$/.test(functionName) ? `V8 ${functionName}` : 'native calls';
}

function nameOf(frame: CallFrame): string {
  return `${frame.functionName || '(anonymous)'} · ${groupOf(frame)}${frame.url === '' ? '' : `:${frame.lineNumber + 1}`}`;
}

interface Span {
  readonly from: number;
  readonly to: number;
}

/** Self time in microseconds under each name, most first. */
function selfTimes(profile: Profile, { from, to }: Span, name: (frame: CallFrame) => string): [string, number][] {
  const frames = new Map(profile.nodes.map((node) => [node.id, node.callFrame]));
  const times = new Map<string, number>();
  let time = profile.startTime;
  profile.samples.forEach((id, index) => {
    time += profile.timeDeltas[index] ?? 0;
    const frame = frames.get(id);
    if (frame === undefined || time < from || time > to) return;
    const key = name(frame);
    times.set(key, (times.get(key) ?? 0) + (profile.timeDeltas[index] ?? 0));
  });
  return [...times].toSorted(([, a], [, b]) => b - a);
}

const monotonicMicros = (): number => Number(process.hrtime.bigint() / 1000n);

/** Which thread a profile is of: each worker's entry file runs in its own thread alone. */
function threadOf({ nodes }: Profile): string {
  const hasRun = (file: string): boolean => nodes.some(({ callFrame }) => callFrame.url.endsWith(file));
  if (hasRun('src/main.ts')) return 'main thread';
  if (hasRun('src/writer-worker.ts') || hasRun('storage/writer-thread.ts')) return 'writer thread';
  return 'another thread';
}

function tableOf(title: string, times: readonly (readonly [string, number])[], requests: number): Table {
  const total = times.reduce((sum, [, micros]) => sum + micros, 0);
  const busy = total - (times.find(([name]) => name.includes('(idle)'))?.[1] ?? 0);
  return {
    title: `${title}, busy ${shown((busy / total) * 100)} % of the time`,
    columns: ['self time', '% of busy', 'µs/request'],
    rows: times
      .filter(([name]) => !name.includes('(idle)'))
      .slice(0, shownRows)
      .map(([name, micros]) => [name, shown((micros / busy) * 100, 1), shown(micros / requests, 2)]),
  };
}

export async function profile({ isQuick, seconds, say }: BenchmarkOptions): Promise<Report> {
  const folder = makeScratchFolder();
  say(`making ${shown(linkCount)} links`);
  const data = await makeDataFolder(sourceLaunch(), folder, linkCount);
  const slugs = data.links.map((link) => link.slug);
  const load = prepareLoad(folder, 'visits', drawVisits(slugs, visitCount));
  const profileFolder = join(folder, 'profiles');
  const launch = sourceLaunch(['--cpu-prof', '--cpu-prof-dir', profileFolder]);
  const server = await startSignpost(launch, data.path, {
    'clicks.durability': 'process',
    'server.public_url': publicUrl,
  });
  say('driving the profiled server');
  await load.run(server.origin, warmUpSeconds);
  const from = monotonicMicros();
  const run = await load.run(server.origin, seconds ?? (isQuick ? 3 : 10));
  const span: Span = { from, to: monotonicMicros() };
  await server.stop();
  const profiles = readdirSync(profileFolder).map(
    (name) => JSON.parse(readFileSync(join(profileFolder, name), 'utf8')) as Profile,
  );
  removeScratchFolder(folder);
  const threads = profiles
    .map((found) => ({
      thread: threadOf(found),
      groups: selfTimes(found, span, groupOf),
      functions: selfTimes(found, span, nameOf),
    }))
    .filter(({ thread }) => thread !== 'another thread')
    .toSorted((a, b) => (a.thread < b.thread ? -1 : 1));
  return {
    tables: threads.flatMap(({ thread, groups, functions }) => [
      tableOf(`${thread} by owner`, groups, run.redirects),
      tableOf(`${thread} by function`, functions, run.redirects),
    ]),
    notes: [`${shown(run.redirects)} redirects in ${shown(run.seconds, 1)} s, after ${warmUpSeconds} s to warm up`],
    targets: [],
    failures: threads.length >= 2 ? [] : [`found profiles of ${threads.length} threads, expected main and writer`],
    figures: {
      run,
      threads: threads.map((found) => ({ ...found, functions: found.functions.slice(0, keptFunctions) })),
    },
  };
}
