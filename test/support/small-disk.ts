// A disk that is really full: a file system of a few megabytes, where the tests may mount one.

import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
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

/** Before the folders are removed. */
export function unmountSmallDisks(): void {
  for (const folder of mounted.splice(0)) {
    spawnSync('umount', ['-l', folder]);
    rmSync(folder, { recursive: true, force: true });
  }
}
