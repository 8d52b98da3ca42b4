// The client as the package `signpost-sdk`: one ES module without a dependency, its types, and what npm wants to know.

import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { build } from 'esbuild';

const projectFolder = join(import.meta.dirname, '..', '..');
const sdkFolder = join(projectFolder, 'src', 'sdk');

/** Type declarations, checked as they are written: against the web's own types alone, so that nothing of Node's slips in. */
function writeTypes(folder: string): void {
  const compiler = join(createRequire(import.meta.url).resolve('typescript/package.json'), '..', 'bin', 'tsc');
  try {
    execFileSync(process.execPath, [compiler, '-p', sdkFolder, '--outDir', join(folder, 'types')], { stdio: 'pipe' });
  } catch (cause) {
    const output = cause instanceof Error && 'stdout' in cause ? String(cause.stdout) : '';
    throw new Error(`the client has type errors:\n${output}`, { cause });
  }
  // The compiler leaves the names of the sources in, which the package does not hold.
  for (const name of readdirSync(join(folder, 'types'))) {
    const file = join(folder, 'types', name);
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll(/from '(\.\/[\w-]+)\.ts'/g, "from '$1.js'"));
  }
}

function packageOf(version: string, license: string): object {
  return {
    name: 'signpost-sdk',
    version,
    description: 'Client of the Signpost link shortener. Node, browsers, Deno and edge workers; no dependencies.',
    license,
    type: 'module',
    sideEffects: false,
    exports: { '.': { types: './types/client.d.ts', default: './index.js' } },
    types: './types/client.d.ts',
    files: ['index.js', 'types', 'LICENSE', 'README.md'],
    engines: { node: '>=20.3' },
  };
}

/** The part of README.md about the client. */
function readmeText(): string {
  const readme = readFileSync(join(projectFolder, 'README.md'), 'utf8');
  const [, section] = /^## The client\n([^]*?)(?=^## )/m.exec(readme) ?? [];
  if (section === undefined) throw new Error('README.md has no section "The client"');
  return `# signpost-sdk\n${section}`;
}

export async function buildClient(folder: string): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  await build({
    entryPoints: [join(sdkFolder, 'client.ts')],
    outfile: join(folder, 'index.js'),
    bundle: true,
    platform: 'neutral',
    format: 'esm',
    target: 'es2022',
    // Errors carry the names of their classes.
    keepNames: true,
    logLevel: 'warning',
  });
  writeTypes(folder);
  const { version, license } = JSON.parse(readFileSync(join(projectFolder, 'package.json'), 'utf8')) as {
    version: string;
    license: string;
  };
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(packageOf(version, license), null, 2)}\n`);
  writeFileSync(join(folder, 'README.md'), readmeText());
  copyFileSync(join(projectFolder, 'LICENSE'), join(folder, 'LICENSE'));
}
