// Files that are whole or not there: written under another name, flushed, and named when they are finished. What is left of a
// run that was killed is told by its name, and removed.

import { closeSync, constants, copyFileSync, fsyncSync, linkSync, openSync, readdirSync, rmSync } from 'node:fs';
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

/** What a database consists of besides its file while it is in use. */
export const logsOf = (file: string): string[] => [`${file}-wal`, `${file}-shm`];

export function removeDatabase(file: string): void {
  for (const path of [file, `${file}-journal`, ...logsOf(file)]) rmSync(path, { force: true });
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Removes what runs left that were killed, but not what another process is writing at this moment. */
export function clearPartials(file: string): void {
  const start = `${basename(file)}.partial-`;
  for (const name of readdirSync(dirname(file))) {
    const pid = name.startsWith(start) ? /^\d+$/.exec(name.slice(start.length))?.[0] : undefined;
    if (pid !== undefined && !isRunning(Number(pid))) removeDatabase(join(dirname(file), name));
  }
}
