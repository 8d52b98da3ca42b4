// Deno, where there is one: named in DENO, as npm's package of the binary, or on the path.

import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const packaged = fileURLToPath(
  new URL(`../../node_modules/@deno/${process.platform}-${process.arch}-glibc/deno`, import.meta.url),
);

function find(): string | undefined {
  const named = process.env['DENO'] ?? (existsSync(packaged) ? packaged : 'deno');
  try {
    execFileSync(named, ['--version'], { stdio: 'ignore' });
    return named;
  } catch {
    return undefined;
  }
}

export const deno = find();

/** For a test's `skip`: false where there is Deno, otherwise why not. */
export const noDeno =
  deno === undefined ? 'there is no Deno: `npm install --no-save @deno/linux-x64-glibc`, or name one in DENO' : false;
