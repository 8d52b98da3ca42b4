// Files and worker threads that the program carries with it: the same calls work from source and inside the executable.
// Whatever it hands out is read-only: inside the executable, bytes are the mapped file itself, and writing to them ends the process.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { getAsset, getRawAsset, isSea } from 'node:sea';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import type { WorkerOptions } from 'node:worker_threads';
import { unpackNativeAddons } from './native-addons.ts';

/** Every file that the executable carries, and where it lies when running from source (`npm:` for one inside a package). */
const assetSources = {
  'schema.sql': '../../schema.sql',
  // From where the source lies, and the bundle of the start script as well.
  'schema-1.sql': '../../src/storage/schemas/1.sql',
  'country.mmdb': 'npm:@ip-location-db/geo-whois-asn-country-mmdb/geo-whois-asn-country.mmdb',
  'resvg.wasm': 'npm:@resvg/resvg-wasm/index_bg.wasm',
} as const;

export type AssetName = keyof typeof assetSources;
export const assetNames = Object.keys(assetSources) as AssetName[];

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

/** What only the build knows: the commit, and the licences of all that it put together. */
export type BuiltName = 'build.json' | 'licenses.json';

const executable = isSea();

/** True inside the executable, false from source. For messages and tests; code that needs a file asks for the asset instead. */
export function isExecutable(): boolean {
  return executable;
}

/** A text that the build wrote; undefined when running from source. */
export function builtText(name: BuiltName): string | undefined {
  return executable ? getAsset(name, 'utf8') : undefined;
}

/** The whole asset, decoded as UTF-8. */
export function assetText(name: AssetName): string {
  return executable ? getAsset(name, 'utf8') : readFileSync(assetSourcePath(name), 'utf8');
}

/** The whole asset. Inside the executable nothing is copied: 8 MB of countries cost no memory until they are looked at. Never write to it. */
export function assetBytes(name: AssetName): Buffer {
  return executable ? Buffer.from(getRawAsset(name)) : readFileSync(assetSourcePath(name));
}

/** Every worker thread that has not ended. */
const running = new Set<Worker>();

/**
 * Starts one of the program's worker threads. The main thread must open its database first or, as here, at least have
 * unpacked the native parts: a worker that loaded a second copy of SQLite would break the locks of the first.
 */
export function startWorker(name: WorkerName, options: WorkerOptions = {}): Worker {
  const worker = executable ? unpackedWorker(name, options) : new Worker(workerEntry(name), options);
  running.add(worker);
  worker.once('exit', () => running.delete(worker));
  return worker;
}

function unpackedWorker(name: WorkerName, options: WorkerOptions): Worker {
  unpackNativeAddons();
  return new Worker(getAsset(`${name}-worker.cjs`, 'utf8'), { name, ...options, eval: true });
}

/** Ends every worker thread in the middle of what it does; nobody hears of it. One that waits for a disk ends when that answers. */
export async function terminateWorkers(): Promise<void> {
  await Promise.all([...running].map((worker) => worker.removeAllListeners('exit').terminate()));
}

/** The command line that starts this program anew; what it is to do follows. */
export function ownProgram(): string[] {
  if (executable) return [process.execPath];
  const isSource = import.meta.url.endsWith('.ts');
  return [process.execPath, fileURLToPath(new URL(isSource ? '../main.ts' : 'main.js', import.meta.url))];
}

/** `npm start` bundles the sources into dist/app, main and workers side by side, as deep below the checkout as this file is. */
function workerEntry(name: WorkerName): URL {
  const isSource = import.meta.url.endsWith('.ts');
  return new URL(isSource ? `../${workerSources[name]}` : workerSources[name].replace(/\.ts$/, '.js'), import.meta.url);
}

/** Where the asset lies in a checkout; the build reads it from there. Meaningless inside the executable. */
export function assetSourcePath(name: AssetName): string {
  const source = assetSources[name];
  if (source.startsWith('npm:')) return createRequire(import.meta.url).resolve(source.slice('npm:'.length));
  return fileURLToPath(new URL(source, import.meta.url));
}

/** Where a worker's entry file lies in a checkout; the build bundles it from there. */
export function workerSourcePath(name: WorkerName): string {
  return fileURLToPath(new URL(`../${workerSources[name]}`, import.meta.url));
}
