// Folders for their owner alone.

import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

/**
 * Makes the folder and those above it that are missing; one that is there stays as it is. Throws what the system refuses.
 * Not mkdir's own `recursive`: that never returns where a file system says ENOENT to every new folder, as /proc and automounters do.
 */
export function ensurePrivateFolder(folder: string): void {
  const make = (): void => mkdirSync(folder, { mode: 0o700 });
  try {
    make();
  } catch (error) {
    if (codeOf(error) === 'EEXIST' && statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true) return;
    if (codeOf(error) !== 'ENOENT' || existsSync(dirname(folder))) throw error;
    ensurePrivateFolder(dirname(folder));
    make();
  }
}
