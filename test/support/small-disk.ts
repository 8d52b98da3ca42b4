// A disk that is really full: a file system of a few megabytes, where the tests may mount one.

import { spawnSync } from 'node:child_process';
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from './server-process.ts';

const mounted: string[] = [];

/** The path of an empty file system of that size; undefined where none can be mounted. */
export function mountSmallDisk(kibibytes: number): string | undefined {
  if (process.platform !== 'linux') return undefined;
  const folder = temporaryFolder();
  const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${kibibytes}k,mode=700`, 'tmpfs', folder]);
  if (status !== 0) return undefined;
  mounted.push(folder);
  return folder;
}

/** Takes all that is left, to the last page; the result gives it back. */
export function fillDisk(disk: string): () => void {
  const ballast = join(disk, 'ballast');
  const file = openSync(ballast, 'w');
  try {
    for (let size = 2 ** 20; size >= 4_096;) {
      try {
        writeSync(file, Buffer.alloc(size));
      } catch (error) {
        if (!(error instanceof Error) || !('code' in error) || error.code !== 'ENOSPC') throw error;
        size /= 2;
      }
    }
  } finally {
    closeSync(file);
  }
  return () => rmSync(ballast);
}

/** Before the folders are removed. */
export function unmountSmallDisks(): void {
  for (const folder of mounted.splice(0)) {
    spawnSync('umount', ['-l', folder]);
    rmSync(folder, { recursive: true, force: true });
  }
}
