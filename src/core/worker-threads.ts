// The program's worker threads: started alike from source and inside the executable, and none ended while it loads its native parts.

import { getAsset } from 'node:sea';
import { fileURLToPath } from 'node:url';
import { getEnvironmentData, setEnvironmentData, Worker, type WorkerOptions } from 'node:worker_threads';
import { isExecutable } from './assets.ts';
import { unpackNativeAddons } from './native-addons.ts';

/** Every worker thread and its entry file in src. In the executable it is the asset `<name>-worker.cjs`. */
const workerSources = {
  writer: 'writer-worker.ts',
  checkpoint: 'checkpoint-worker.ts',
  stats: 'stats-worker.ts',
  drawing: 'drawing-worker.ts',
  'click-job': 'click-job-worker.ts',
  search: 'search-worker.ts',
  delivery: 'delivery-worker.ts',
} as const;

export type WorkerName = keyof typeof workerSources;
export const workerNames = Object.keys(workerSources) as WorkerName[];

/** One number that a thread and the main thread share: 0 until the thread has loaded what it needs. */
type LoadedFlag = Int32Array;

/** A thread takes what stands there when it is started. */
const loadedFlagKey = 'signpost.loadedFlag';

/** Every worker thread that has not ended. */
const running = new Map<Worker, LoadedFlag>();

/**
 * Starts one of the program's worker threads. The main thread must open its database first or, as here, at least have
 * unpacked the native parts: a worker that loaded a second copy of SQLite would break the locks of the first.
 */
export function startWorker(name: WorkerName, options: WorkerOptions = {}): Worker {
  const flag = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  setEnvironmentData(loadedFlagKey, flag);
  const worker = isExecutable() ? unpackedWorker(name, options) : new Worker(workerEntry(name), options);
  running.set(worker, flag);
  forgetAtItsEnd(worker, flag);
  return worker;
}

/** Called by every thread once it has opened its database, or needs none: from then on it may be ended at any moment. */
export function noteLoaded(): void {
  raise(getEnvironmentData(loadedFlagKey) as LoadedFlag);
}

/**
 * Ends a thread in the middle of what it does, but not while it loads: a native part that is stopped then aborts the whole
 * process. One that waits for a disk ends when that answers.
 * @param worker undefined, or one that has ended: there is nothing to do
 */
export async function endWorker(worker: Worker | undefined): Promise<void> {
  const flag = worker && running.get(worker);
  if (worker === undefined || flag === undefined) return;
  // The process must not end meanwhile, although it may do without this thread.
  worker.ref();
  const loaded = Atomics.waitAsync(flag, 0, 0);
  if (loaded.async) await loaded.value;
  await worker.terminate();
}

/** Ends every worker thread likewise; nobody hears of it. */
export async function endWorkers(): Promise<void> {
  const ends = [...running].map(([worker, flag]) => {
    forgetAtItsEnd(worker.removeAllListeners('exit'), flag);
    return endWorker(worker);
  });
  await Promise.all(ends);
}

function forgetAtItsEnd(worker: Worker, flag: LoadedFlag): void {
  worker.once('exit', () => {
    running.delete(worker);
    // It may have failed before it had loaded.
    raise(flag);
  });
}

function raise(flag: LoadedFlag): void {
  Atomics.store(flag, 0, 1);
  Atomics.notify(flag, 0);
}

function unpackedWorker(name: WorkerName, options: WorkerOptions): Worker {
  unpackNativeAddons();
  return new Worker(getAsset(`${name}-worker.cjs`, 'utf8'), { name, ...options, eval: true });
}

/** `npm start` bundles the sources into dist/app, main and workers side by side, as deep below the checkout as this file is. */
function workerEntry(name: WorkerName): URL {
  const isSource = import.meta.url.endsWith('.ts');
  return new URL(isSource ? `../${workerSources[name]}` : workerSources[name].replace(/\.ts$/, '.js'), import.meta.url);
}

/** Where a worker's entry file lies in a checkout; the build bundles it from there. */
export function workerSourcePath(name: WorkerName): string {
  return fileURLToPath(new URL(`../${workerSources[name]}`, import.meta.url));
}
