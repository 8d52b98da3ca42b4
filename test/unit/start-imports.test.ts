// What a start must not load, because it costs memory that a server may never need (docs/decisions/005-start-from-a-bundle.md).

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, describe, it } from 'node:test';
import { build, type Metafile } from 'esbuild';

const projectFolder = join(import.meta.dirname, '..', '..');
const entries = [
  'src/main.ts',
  'src/server.ts',
  'src/application.ts',
  'src/writer-worker.ts',
  'src/checkpoint-worker.ts',
];

/** Everything that is loaded along with `entry`: our files and packages, each with what imports it. */
function loadedWith(entry: string, { inputs }: Metafile): Map<string, string> {
  const found = new Map([[entry, '']]);
  for (const file of found.keys()) {
    for (const { path, kind } of inputs[file]?.imports ?? []) {
      if (kind === 'import-statement' && !found.has(path)) found.set(path, file);
    }
  }
  return found;
}

describe('a start', () => {
  let metafile: Metafile;
  before(async () => {
    ({ metafile } = await build({
      entryPoints: [...entries, 'src/api-application.ts'],
      absWorkingDir: projectFolder,
      outdir: 'never-written',
      write: false,
      metafile: true,
      bundle: true,
      splitting: true,
      format: 'esm',
      platform: 'node',
      packages: 'external',
    }));
  });

  for (const entry of entries) {
    it(`loads neither schemas nor node:http by an import statement: ${entry}`, () => {
      const loaded = loadedWith(entry, metafile);
      const undici = 'undici/lib/dispatcher/client.js';
      const unwanted = ['zod', 'node:http', undici, 'tldts', 'css-tree', 'src/api-application.ts'];
      assert.deepEqual(
        unwanted.filter((path) => loaded.has(path)).map((path) => `${loaded.get(path)} imports ${path}`),
        [],
      );
    });
  }

  it('leaves them for the first request to the API', () => {
    assert.ok(loadedWith('src/api-application.ts', metafile).has('zod'));
  });
});
