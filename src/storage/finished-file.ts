// Files that are whole or not there: written under another name, flushed, and named when they are finished. What is left of a
// run that was killed is told by its name, and removed.

import {
  chownSync,
  closeSync,
  constants,
  copyFileSync,
  fsyncSync,
  linkSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** Where a file is written until it is finished; the number tells whose it is. */
export const partialName = (file: string): string => `${file}.partial-${process.pid}`;

export function syncPath(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** The rename or link in it is on the disk afterwards. Windows has no such thing, and needs none. */
export function syncFolder(folder: string): void {
  if (process.platform !== 'win32') syncPath(folder);
}

/** Gives a finished file its name, unless somebody has made a file of that name meanwhile: a rename would replace it. */
export function publish(partial: string, file: string): void {
  keepBeside(partial, file);
  rmSync(partial);
}

/** A second name for a file; a second file where the file system has no second names (FAT, some network drives). */
export function keepBeside(file: string, name: string): void {
  try {
    linkSync(file, name);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'ENOSYS' && code !== 'EOPNOTSUPP') throw error;
    copyFileSync(file, name, constants.COPYFILE_EXCL);
    syncPath(name);
  }
}

/** What root puts into the server's folder has to be the server's, which could not start on it otherwise. */
export function giveToOwnerOf(folder: string, file: string): void {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = statSync(folder);
  chownSync(file, uid, gid);
}

/** What a database consists of besides its file while it is in use. */
export const logsOf = (file: string): string[] => [`${file}-wal`, `${file}-shm`];

export function removeDatabase(file: string): void {
  for (const path of [file, `${file}-journal`, ...logsOf(file)]) rmSync(path, { force: true });
}

function isRunning(pid: number): boolean {
  // In a container the same numbers come again.
  if (pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/**
 * Removes what runs left that were killed, but not what another process is writing at this moment. Returns whether there was
 * anything.
 */
export function clearPartials(file: string): boolean {
  const start = `${basename(file)}.partial-`;
  const left = readdirSync(dirname(file)).filter((name) => {
    const pid = name.startsWith(start) ? /^\d+$/.exec(name.slice(start.length))?.[0] : undefined;
    return pid !== undefined && !isRunning(Number(pid));
  });
  for (const name of left) removeDatabase(join(dirname(file), name));
  return left.length > 0;
}
