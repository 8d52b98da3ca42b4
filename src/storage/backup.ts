// Copies the database of a running server into one file, consistently and slowly, and puts such a file back. Whatever is killed in
// the middle, the file that was there before is whole, and a file under a backup's name is a whole backup.

import {
  closeSync,
  existsSync,
  fstatSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { exitCodes, StartError } from '../core/exit.ts';
import { databaseFile, hasDatabase, inspectDatabase, openReader, requireKnownDatabase } from './database.ts';
import {
  clearPartials,
  giveToOwnerOf,
  keepBeside,
  logsOf,
  partialName,
  publish,
  removeDatabase,
  syncFolder,
  syncPath,
} from './finished-file.ts';
import { isInUse, lockDataFolder } from './process-lock.ts';

// A step reads and writes this much at once; between two steps redirects have the disk.
const bytesPerStep = 2 ** 20;
const restoreName = 'signpost.db.restoring';
export const importName = 'signpost.db.importing';

export interface CopyProgress {
  readonly copiedBytes: number;
  readonly totalBytes: number;
}

export interface BackupOptions {
  /** Bytes a second at most; 0: as fast as it goes. */
  readonly maxBytesPerSecond: number;
  readonly onProgress: (progress: CopyProgress) => void;
  /** One of that name was killed before; what it left is removed. */
  readonly onInterrupted?: () => void;
  /** Everything is copied, and is being checked. */
  readonly onCheck?: () => void;
}

const logOf = (file: string): string => `${file}-wal`;

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

interface VerifyOptions {
  /** The newest schema that is. */
  readonly known?: number;
  /** What people know the file as. */
  readonly name: string;
}

/** Throws a StartError unless the file is a whole Signpost database that this program knows. Leaves nothing beside it. */
export function verify(file: string, { known, name }: VerifyOptions): void {
  inspectDatabase(file, known, name);
  const connection = new Database(file, { fileMustExist: true });
  try {
    const found = connection.pragma('integrity_check(1)', { simple: true });
    if (found !== 'ok') throw failure(`${name} is damaged: ${String(found)}`);
    const orphans = connection.pragma('foreign_key_check') as unknown[];
    if (orphans.length > 0) throw failure(`${name} is damaged: ${orphans.length} rows refer to nothing`);
  } finally {
    connection.close();
  }
}

/**
 * Writes the database as it stands at this moment into `file`, and checks it there. The server, if one runs, goes on meanwhile;
 * its write-ahead log grows until the copy is done. Returns the copy's size in bytes.
 * Throws a StartError when there is no database that this program knows, or when `file` exists already or cannot be written; then
 * nothing is left of it.
 */
export async function backUp(dataFolder: string, file: string, options: BackupOptions): Promise<number> {
  if (existsSync(file)) throw failure(`${file} exists already`);
  requireKnownDatabase(dataFolder);
  const partial = partialName(file);
  const source = openReader(dataFolder);
  try {
    if (clearPartials(file)) options.onInterrupted?.();
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
    options.onCheck?.();
    verify(partial, { name: `the copy of ${databaseFile(dataFolder)}` });
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

/**
 * Moves what is in the log into the file, so that the file alone is everything. False where the file is too damaged for that: then
 * the log may be what it is mended with.
 */
function settle(file: string): boolean {
  // One that may write would remove a log that it cannot read.
  const steps = [
    { readonly: true, sql: 'SELECT count(*) FROM sqlite_schema' },
    { readonly: false, sql: 'PRAGMA wal_checkpoint(TRUNCATE)' },
  ];
  for (const { readonly, sql } of steps) {
    const connection = new Database(file, { readonly, fileMustExist: true });
    try {
      connection.prepare(sql).get();
    } catch (error) {
      if (error instanceof Database.SqliteError && /^SQLITE_(?:NOTADB|CORRUPT)/.test(error.code)) return false;
      throw error;
    } finally {
      connection.close();
    }
  }
  return true;
}

/** Makes a finished file the database, in one step. Returns the name of the database before, which is kept beside it. */
export function putInPlace(finished: string, dataFolder: string, suffix: string): string | undefined {
  const target = databaseFile(dataFolder);
  const hadDatabase = hasDatabase(dataFolder);
  const kept = `${target}.${suffix}`;
  giveToOwnerOf(dataFolder, finished);
  const isSettled = hadDatabase && settle(target);
  if (hadDatabase) keepBeside(target, kept);
  // Also where somebody has taken the database away and left its log: SQLite would read it into the new one.
  if (!isSettled && existsSync(logOf(target))) renameSync(logOf(target), logOf(kept));
  for (const log of logsOf(target)) rmSync(log, { force: true });
  renameSync(finished, target);
  syncFolder(dataFolder);
  return hadDatabase ? kept : undefined;
}

/** Bit by bit, so that it can be told how far it is. */
function copyInSteps(from: string, to: string, onProgress: BackupOptions['onProgress']): void {
  const source = openSync(from, 'r');
  const target = openSync(to, 'wx', 0o600);
  try {
    const totalBytes = fstatSync(source).size;
    const piece = Buffer.alloc(bytesPerStep);
    for (let copiedBytes = 0; ;) {
      const length = readSync(source, piece, 0, piece.length, null);
      if (length === 0) return;
      for (let written = 0; written < length;) written += writeSync(target, piece, written, length - written);
      onProgress({ copiedBytes: (copiedBytes += length), totalBytes });
    }
  } finally {
    closeSync(target);
    closeSync(source);
  }
}

export interface RestoreOptions extends Partial<Pick<BackupOptions, 'onProgress' | 'onCheck'>> {
  /** Whether a database that is there may be replaced. */
  readonly replace: boolean;
  /** For the name under which it is kept then. */
  readonly suffix: string;
}

/**
 * Makes a backup the database of `dataFolder`. Throws a StartError, with nothing changed, when a server is running there, when
 * there is a database and `replace` is false, or when the backup is damaged, newer than this program, or not whole.
 */
export function restore(
  file: string,
  dataFolder: string,
  { replace, suffix, onProgress = () => {}, onCheck }: RestoreOptions,
): RestoreResult {
  if (!existsSync(file)) throw failure(`there is no file ${file}`);
  if (file === databaseFile(dirname(file)) && isInUse(dirname(file)))
    throw failure(`${file} is the database of a running server, and no backup of one: see signpost backup`);
  if (existsSync(logOf(file)) && statSync(logOf(file)).size > 0)
    throw failure(
      `${file} has a write-ahead log beside it: it is a database that was not closed, and no backup of one`,
    );
  const lock = lockDataFolder(dataFolder);
  const target = databaseFile(dataFolder);
  const copy = join(dataFolder, restoreName);
  try {
    if (hasDatabase(dataFolder) && !replace) {
      throw failure(`${dataFolder} holds a database already; with --replace it is kept beside the restored one`);
    }
    removeDatabase(copy);
    copyInSteps(file, copy, onProgress);
    onCheck?.();
    verify(copy, { name: file });
    syncPath(copy);
    const replaced = putInPlace(copy, dataFolder, suffix);
    return { bytes: statSync(target).size, replaced };
  } catch (cause) {
    removeDatabase(copy);
    throw cause instanceof StartError ? cause : failure(`cannot restore ${file}: ${reason(cause)}`, cause);
  } finally {
    lock.release();
  }
}

const interruptions = { [restoreName]: 'a restore', [importName]: 'an import' };

/** The database is one file with two names where what was to replace it was killed just before it did. */
function clearSecondName(dataFolder: string): void {
  const target = databaseFile(dataFolder);
  const numberOf = (path: string): bigint | undefined => statSync(path, { bigint: true, throwIfNoEntry: false })?.ino;
  const own = numberOf(target);
  for (const name of readdirSync(dataFolder)) {
    const path = join(dataFolder, name);
    if (!name.startsWith(`${basename(target)}.`) || own === undefined || numberOf(path) !== own) continue;
    // Whoever opened it under this one would not find its log.
    rmSync(path);
    if (existsSync(logOf(path))) renameSync(logOf(path), logOf(target));
  }
}

/** Removes what a restore or an import left that was killed, for a start that holds the lock. Returns which it was. */
export function clearInterrupted(dataFolder: string): string[] {
  clearSecondName(dataFolder);
  return Object.entries(interruptions).flatMap(([name, what]) => {
    const copy = join(dataFolder, name);
    if (!existsSync(copy)) return [];
    removeDatabase(copy);
    return [what];
  });
}
