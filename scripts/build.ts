// `npm run build`: dist/signpost, one file that holds Node, the program, its threads, native parts, schema and country database.
// `--target linux-x64|linux-arm64|win-x64` builds for another platform (`--parts` first installs what that takes), `--out FILE`
// elsewhere. Beside it: what is inside (CycloneDX) and SHA256SUMS. And dist/sdk, the client's package.

import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { assetNames, assetSourcePath, type BuiltName } from '../src/core/assets.ts';
import { workerNames, workerSourcePath } from '../src/core/worker-threads.ts';
import { writeBill, writeChecksums } from './build/bill.ts';
import { argon2AddonName, bundle, sqliteAddonName } from './build/bundle.ts';
import { componentsOf, ownComponent } from './build/components.ts';
import { writeExecutable } from './build/executable.ts';
import { buildClient } from './build/client.ts';
import { fileNames, findTarget, hostTargetName, installCommand, parseTargetName } from './build/target.ts';

/** What an executable is made of. A change elsewhere makes it no other one. */
const madeOf = [
  'src',
  'scripts/build',
  'scripts/build.ts',
  'schema.sql',
  'package.json',
  'package-lock.json',
  'LICENSE',
];

const projectFolder = join(import.meta.dirname, '..');

async function buildExecutable(targetName: string, out: string | undefined): Promise<void> {
  const startedAt = performance.now();
  const target = findTarget(projectFolder, parseTargetName(targetName));
  const output = resolve(out ?? join(projectFolder, 'dist', target.fileName));
  const sources = new Set<string>();
  const main = await bundle(projectFolder, join(projectFolder, 'src', 'main.ts'), target, sources);
  const texts = new Map<string, string>();
  for (const name of workerNames) {
    texts.set(`${name}-worker.cjs`, await bundle(projectFolder, workerSourcePath(name), target, sources));
  }
  const files = new Map(assetNames.map((name) => [name, assetSourcePath(name)]));
  const addons = new Map([
    [sqliteAddonName, target.sqliteAddon],
    [argon2AddonName, target.argon2Addon],
  ]);
  const own = ownComponent(projectFolder);
  const components = componentsOf(target, [...sources, ...files.values(), ...addons.values()]);
  const build = { commit: commitOf(projectFolder), target: target.name, sqlite: target.sqliteVersion };
  texts.set('build.json' satisfies BuiltName, JSON.stringify(build));
  const licenses = [own, ...components].map(({ name, version, license, text }) => ({ name, version, license, text }));
  texts.set('licenses.json' satisfies BuiltName, JSON.stringify(licenses));
  writeExecutable(target, { main, texts, files, addons }, output, (line) => console.log(line));

  writeBill(output, own, components);
  writeChecksums(output, fileNames);
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  const programBytes = [main, ...texts.values()].reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  console.log(`${output}: ${target.name}, Node ${target.nodeVersion}, built in ${seconds} s`);
  console.log(`${megabytes(statSync(output).size)}, of which the program ${megabytes(programBytes)}`);
}

/** The commit that is built, marked where the sources differ from it; null where git does not say. */
function commitOf(folder: string): string | null {
  const git = (...args: string[]): string =>
    execFileSync('git', args, { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  try {
    const changes = git('status', '--porcelain', '--untracked-files=no', '--', ...madeOf);
    return `${git('rev-parse', 'HEAD')}${changes === '' ? '' : '-changed'}`;
  } catch {
    return null;
  }
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

try {
  const { values } = parseArgs({
    options: { target: { type: 'string' }, out: { type: 'string' }, parts: { type: 'boolean' } },
  });
  const targetName = parseTargetName(values.target ?? hostTargetName() ?? 'linux-x64');
  if (values.parts === true && targetName !== hostTargetName())
    execFileSync('sh', ['-c', installCommand(targetName)], { cwd: projectFolder, stdio: 'inherit' });
  await buildExecutable(targetName, values.out);
  await buildClient(join(projectFolder, 'dist', 'sdk'));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
