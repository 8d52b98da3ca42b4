// Libraries in C that a server's process is started with (LD_PRELOAD), for what no test can do to it from outside.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from './server-process.ts';

/**
 * Returns the library to preload, or why there is none: a compiler is needed, and Linux.
 * @param name of the source beside this file
 */
export function compilePreload(name: string): { readonly library: string } | { readonly missing: string } {
  if (process.platform !== 'linux') return { missing: 'calls to the disk are caught on Linux only' };
  const source = fileURLToPath(new URL(`${name}.c`, import.meta.url));
  const library = join(temporaryFolder(), `${name}.so`);
  const { error, status, stderr } = spawnSync('cc', ['-O2', '-shared', '-fPIC', '-o', library, source, '-ldl'], {
    encoding: 'utf8',
  });
  if (error !== undefined) return { missing: 'there is no C compiler (cc)' };
  // It is there, and must understand our source.
  assert.equal(status, 0, stderr);
  return { library };
}
