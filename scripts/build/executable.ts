// Node's single executable application: a stripped copy of Node with one blob of files inside.
// The finished file appears under its name only when it is complete.

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { hostTargetName } from './target.ts';
import type { Target } from './target.ts';

/** The text by which Node finds out that a blob was added; the same for every version. */
const sentinelFuse = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';

export interface Contents {
  /** The text of the main bundle. */
  readonly main: string;
  /** Asset name to the path of a file. */
  readonly files: ReadonlyMap<string, string>;
  /** Asset name to a text made by the build. */
  readonly texts: ReadonlyMap<string, string>;
  /** Native parts, name to the path of the file. */
  readonly addons: ReadonlyMap<string, string>;
}

/**
 * Writes the executable to `output`. Build with the Node that goes inside: the blob's format is that of one version.
 * @param say told of every step that did not go as it should and does not stop the build
 */
export function writeExecutable(target: Target, contents: Contents, output: string, say: (line: string) => void): void {
  if (process.versions.node !== target.nodeVersion) {
    throw new Error(`build with Node ${target.nodeVersion}, which goes inside, and not with ${process.versions.node}`);
  }
  mkdirSync(dirname(output), { recursive: true });
  // Beside the output: the last step is a rename, which does not cross file systems.
  const folder = mkdtempSync(join(dirname(output), '.build-'));
  try {
    const blob = writeBlob(folder, contents);
    const program = join(folder, basename(output));
    copyFileSync(target.nodeProgram, program);
    chmodSync(program, 0o755);
    strip(target, program, say);
    for (const [command, ...argv] of injection(target, program, blob)) run(command, argv);
    // Postject writes the file with one call, which the kernel caches in large pieces and later maps whole: a program started
    // from them has 20 MB more of its own file in memory than one started from a copy, such as every user has.
    const copy = join(folder, 'copy');
    copyFileSync(program, copy);
    renameSync(copy, output);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The commands that put a blob into a program. On macOS a program that was changed is not run before it is signed anew. */
export function injection({ name }: Target, program: string, blob: string): [command: string, ...argv: string[]][] {
  const postject = createRequire(import.meta.url).resolve('postject/dist/cli.js');
  const inject = [postject, program, 'NODE_SEA_BLOB', blob, '--sentinel-fuse', sentinelFuse];
  if (!name.startsWith('darwin-')) return [[process.execPath, ...inject]];
  return [
    ['codesign', '--remove-signature', program],
    [process.execPath, ...inject, '--macho-segment-name', 'NODE_SEA'],
    ['codesign', '--sign', '-', program],
  ];
}

function writeBlob(folder: string, { main, files, texts, addons }: Contents): string {
  const assets: Record<string, string> = Object.fromEntries([...files, ...addons]);
  const addText = (name: string, text: string): void => {
    const path = join(folder, name);
    writeFileSync(path, text);
    assets[name] = path;
  };
  for (const [name, text] of texts) addText(name, text);
  // What core/native-addons.ts reads: each part's name and the folder it unpacks it to.
  const list = [...addons].map(([name, path]) => ({ name, sha256: sha256Of(path) }));
  addText('native-addons.json', JSON.stringify(list));
  writeFileSync(join(folder, 'main.cjs'), main);
  const config = {
    // Relative to the folder, because the blob keeps this name: two builds of the same source are the same file.
    main: 'main.cjs',
    output: 'blob',
    assets,
    disableExperimentalSEAWarning: true,
    // The code cache gained nothing that could be measured and made every build differ from the one before.
    useCodeCache: false,
    useSnapshot: false,
    // As `npm start` does: docs/decisions/005-start-from-a-bundle.md.
    execArgv: ['--max-semi-space-size=1', '--single-threaded-gc', '--no-short-builtin-calls'],
  };
  writeFileSync(join(folder, 'sea.json'), JSON.stringify(config));
  run(process.execPath, ['--experimental-sea-config', 'sea.json'], folder);
  return join(folder, 'blob');
}

function sha256Of(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

/** Takes the symbols off, 18 of 127 MB. Any reason why not leaves a program that works. */
function strip(target: Target, program: string, say: (line: string) => void): void {
  // What strip leaves of a program for macOS was never tried.
  if (target.name.startsWith('darwin-')) return;
  if (target.name !== hostTargetName()) return say(`not stripped: ${target.name} is another platform than this one`);
  try {
    run('strip', [program]);
  } catch (error) {
    say(`not stripped, about 18 MB larger: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`);
  }
}

function run(program: string, argv: readonly string[], cwd = process.cwd()): void {
  try {
    execFileSync(program, argv, { cwd, stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' });
  } catch (cause) {
    const output = cause instanceof Error && 'stderr' in cause ? String(cause.stderr).trim() : '';
    throw new Error(`${basename(program)} ${argv[0]} failed: ${output || String(cause)}`, { cause });
  }
}
