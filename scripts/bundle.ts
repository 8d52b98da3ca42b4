// The sources as few files in dist/app, which `npm start` runs: main, the threads, and what they share.
// The same program as from the sources, started in half the time (docs/decisions/005-start-from-a-bundle.md).

import { readdirSync, rmSync, utimesSync } from 'node:fs';
import { basename, join } from 'node:path';
import { build } from 'esbuild';
import { workerNames, workerSourcePath } from '../src/core/worker-threads.ts';

const projectFolder = join(import.meta.dirname, '..');
/** Has to lie as deep below the project as src's folders, since assets are found from there. */
const appFolder = process.argv[2] ?? join(projectFolder, 'dist', 'app');

const { metafile } = await build({
  entryPoints: [join(projectFolder, 'src', 'main.ts'), ...workerNames.map(workerSourcePath)],
  outdir: appFolder,
  metafile: true,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  minifySyntax: true,
  minifyWhitespace: true,
  sourcemap: true,
  logLevel: 'warning',
  // Native parts, and packages written as CommonJS: those cannot be part of a module.
  external: ['better-sqlite3', '@node-rs/argon2', 'pino', 'maxmind', 'ua-parser-js', 'ipaddr.js', 'tldts', 'undici'],
});

// Shared files are named after what is in them, so every change of the sources leaves the old ones behind.
const written = new Set(Object.keys(metafile.outputs).map((path) => basename(path)));
for (const name of readdirSync(appFolder)) if (!written.has(name)) rmSync(join(appFolder, name), { force: true });
// Tests take the bundle only while it is newer than every source.
const now = new Date();
utimesSync(join(appFolder, 'main.js'), now, now);
