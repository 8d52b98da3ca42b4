// Files that the program carries with it: the same calls work from source and inside the executable. Its worker threads: worker-threads.ts.
// Whatever it hands out is read-only: inside the executable, bytes are the mapped file itself, and writing to them ends the process.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { getAsset, getRawAsset, isSea } from 'node:sea';
import { fileURLToPath } from 'node:url';

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

/** The command line that starts this program anew; what it is to do follows. */
export function ownProgram(): string[] {
  if (executable) return [process.execPath];
  const isSource = import.meta.url.endsWith('.ts');
  return [process.execPath, fileURLToPath(new URL(isSource ? '../main.ts' : 'main.js', import.meta.url))];
}

/** Where the asset lies in a checkout; the build reads it from there. Meaningless inside the executable. */
export function assetSourcePath(name: AssetName): string {
  const source = assetSources[name];
  if (source.startsWith('npm:')) return createRequire(import.meta.url).resolve(source.slice('npm:'.length));
  return fileURLToPath(new URL(source, import.meta.url));
}
