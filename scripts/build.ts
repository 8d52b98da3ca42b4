// `npm run build`: dist/signpost, one file that holds Node, the program, its threads, native parts, schema and country database.
// `--target linux-x64|linux-arm64|win-x64` builds for another platform, `--out FILE` elsewhere. And dist/sdk, the client's package.

import { statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { assetNames, assetSourcePath, workerNames, workerSourcePath } from '../src/core/assets.ts';
import { argon2AddonName, bundle, sqliteAddonName } from './build/bundle.ts';
import { writeExecutable } from './build/executable.ts';
import { buildClient } from './build/client.ts';
import { findTarget, hostTargetName, parseTargetName } from './build/target.ts';

const projectFolder = join(import.meta.dirname, '..');

async function buildExecutable(targetName: string, out: string | undefined): Promise<void> {
  const startedAt = performance.now();
  const target = findTarget(projectFolder, parseTargetName(targetName));
  const output = resolve(out ?? join(projectFolder, 'dist', target.fileName));
  const main = await bundle(projectFolder, join(projectFolder, 'src', 'main.ts'), target);
  const texts = new Map<string, string>();
  for (const name of workerNames) {
    texts.set(`${name}-worker.cjs`, await bundle(projectFolder, workerSourcePath(name), target));
  }
  const files = new Map(assetNames.map((name) => [name, assetSourcePath(name)]));
  const addons = new Map([
    [sqliteAddonName, target.sqliteAddon],
    [argon2AddonName, target.argon2Addon],
  ]);
  writeExecutable(target, { main, texts, files, addons }, output, (line) => console.log(line));

  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  const programBytes = [main, ...texts.values()].reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  console.log(`${output}: ${target.name}, Node ${target.nodeVersion}, built in ${seconds} s`);
  console.log(`${megabytes(statSync(output).size)}, of which the program ${megabytes(programBytes)}`);
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

try {
  const { values } = parseArgs({ options: { target: { type: 'string' }, out: { type: 'string' } } });
  await buildExecutable(values.target ?? hostTargetName() ?? 'linux-x64', values.out);
  await buildClient(join(projectFolder, 'dist', 'sdk'));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
