// Copies the database of a running server into one file, consistently and slowly, and puts such a file back. Whatever is killed in
// the middle, the file that was there before is whole, and a file under a backup's name is a whole backup.

import {
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  copyFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { exitCodes, StartError } from '../core/exit.ts';
import { databaseFile, inspectDatabase, openReader } from './database.ts';
import { lockDataFolder } from './process-lock.ts';

// A step reads and writes this much at once; between two steps redirects have the disk.
const bytesPerStep = 2 ** 20;
const restoreName = 'signpost.db.restoring';

export interface CopyProgress {
  readonly copiedBytes: number;
  readonly totalBytes: number;
}

export interface BackupOptions {
  /** Bytes a second at most; 0: as fast as it goes. */
  readonly maxBytesPerSecond: number;
  readonly onProgress: (progress: CopyProgress) => void;
}

function failure(message: string, cause?: unknown): StartError {
  return new StartError(message, exitCodes.failure, { cause });
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Blocks the thread: this runs in a process or thread of its own. */
function pause(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

function syncPath(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** The rename or link in it is on the disk afterwards. Windows has no such thing, and needs none. */
function syncFolder(folder: string): void {
  if (process.platform !== 'win32') syncPath(folder);
}

/** Gives a finished file its name, unless somebody has made a file of that name meanwhile: a rename would replace it. */
function publish(partial: string, file: string): void {
  keepBeside(partial, file);
  rmSync(partial);
}

/** A second name for a file; a second file where the file system has no second names (FAT, some network drives). */
function keepBeside(file: string, name: string): void {
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
const logsOf = (file: string): string[] => [`${file}-wal`, `${file}-shm`];

function removeDatabase(file: string): void {
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
function clearPartials(file: string): void {
  const start = `${basename(file)}.partial-`;
  for (const name of readdirSync(dirname(file))) {
    const pid = name.startsWith(start) ? /^\d+$/.exec(name.slice(start.length))?.[0] : undefined;
    if (pid !== undefined && !isRunning(Number(pid))) removeDatabase(join(dirname(file), name));
  }
}

/** Throws a StartError unless the file is a whole Signpost database that this program knows. Leaves nothing beside it. */
function verify(file: string): void {
  inspectDatabase(file);
  const connection = new Database(file, { fileMustExist: true });
  try {
    const found = connection.pragma('integrity_check(1)', { simple: true });
    if (found !== 'ok') throw failure(`${file} is damaged: ${String(found)}`);
    const orphans = connection.pragma('foreign_key_check') as unknown[];
    if (orphans.length > 0) throw failure(`${file} is damaged: ${orphans.length} rows refer to nothing`);
  } finally {
    connection.close();
  }
}

/**
 * Writes the database as it stands at this moment into `file`, and checks it there. The server, if one runs, goes on meanwhile;
 * its write-ahead log grows until the copy is done. Returns the copy's size in bytes.
 * Throws a StartError when `file` exists already or cannot be written; then nothing is left of it.
 */
export async function backUp(dataFolder: string, file: string, options: BackupOptions): Promise<number> {
  if (existsSync(file)) throw failure(`${file} exists already`);
  const partial = `${file}.partial-${process.pid}`;
  const source = openReader(dataFolder);
  try {
    clearPartials(file);
    // Made before SQLite opens it, so that it is nobody else's to read at any moment.
    closeSync(openSync(partial, 'wx', 0o600));
    // Held to the end: without it, every write of the server's would make the copy begin anew.
    source.exec('BEGIN');
    const pageBytes = source.pragma('page_size', { simple: true }) as number;
    const startedAt = performance.now();
    await source.backup(partial, {
      progress({ totalPages, remainingPages }) {
        const copiedBytes = (totalPages - remainingPages) * pageBytes;
        options.onProgress({ copiedBytes, totalBytes: totalPages * pageBytes });
        if (options.maxBytesPerSecond > 0) {
          const dueMs = (copiedBytes / options.maxBytesPerSecond) * 1000;
          const aheadMs = dueMs - (performance.now() - startedAt);
          if (aheadMs > 0) pause(aheadMs);
        }
        return bytesPerStep / pageBytes;
      },
    });
    source.exec('COMMIT');
    verify(partial);
    syncPath(partial);
    publish(partial, file);
    syncFolder(dirname(file));
    return statSync(file).size;
  } catch (cause) {
    removeDatabase(partial);
    throw cause instanceof StartError ? cause : failure(`cannot back up to ${file}: ${reason(cause)}`, cause);
  } finally {
    source.close();
  }
}

export interface RestoreResult {
  readonly bytes: number;
  /** Where the database that was replaced is now; undefined: there was none. */
  readonly replaced: string | undefined;
}

/** Moves what is in the log into the file, so that the file alone is everything. */
function settle(file: string): void {
  const connection = new Database(file, { fileMustExist: true });
  connection.pragma('wal_checkpoint(TRUNCATE)');
  connection.close();
}

/**
 * Makes a backup the database of `dataFolder`. Throws a StartError, with nothing changed, when a server is running there, when
 * there is a database and `replace` is false, or when the backup is damaged, newer than this program, or not whole.
 * @param suffix for the name under which a database that was there is kept
 */
export function restore(
  file: string,
  dataFolder: string,
  { replace, suffix }: { replace: boolean; suffix: string },
): RestoreResult {
  if (!existsSync(file)) throw failure(`there is no file ${file}`);
  if (logsOf(file).some((log) => existsSync(log) && statSync(log).size > 0)) {
    throw failure(`${file} has a write-ahead log beside it: it is a database in use, and no backup of one`);
  }
  const lock = lockDataFolder(dataFolder);
  const target = databaseFile(dataFolder);
  const copy = join(dataFolder, restoreName);
  try {
    if (existsSync(target) && !replace) {
      throw failure(`${dataFolder} holds a database already; with --replace it is kept beside the restored one`);
    }
    removeDatabase(copy);
    copyFileSync(file, copy);
    verify(copy);
    syncPath(copy);
    const replaced = existsSync(target) ? `${target}.${suffix}` : undefined;
    if (replaced !== undefined) {
      settle(target);
      keepBeside(target, replaced);
      for (const log of logsOf(target)) rmSync(log, { force: true });
    }
    renameSync(copy, target);
    syncFolder(dataFolder);
    return { bytes: statSync(target).size, replaced };
  } catch (cause) {
    removeDatabase(copy);
    throw cause instanceof StartError ? cause : failure(`cannot restore ${file}: ${reason(cause)}`, cause);
  } finally {
    lock.release();
  }
}

/** Removes what a restore left that was killed, for a start that holds the lock. Returns whether there was something. */
export function clearRestoring(dataFolder: string): boolean {
  const copy = join(dataFolder, restoreName);
  if (!existsSync(copy)) return false;
  removeDatabase(copy);
  return true;
}
