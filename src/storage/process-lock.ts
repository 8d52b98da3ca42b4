// One process per data folder. The operating system holds the lock (an exclusive SQLite lock on signpost.guard), so it goes
// away with the process, however that ends, and a recycled pid cannot fool it. signpost.lock tells people whose it is.

import { closeSync, existsSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { exitCodes, StartError } from '../core/exit.ts';
import { giveToOwnerOf } from './finished-file.ts';
import type { Connection } from './query.ts';

export interface ProcessLock {
  release(): void;
}

function holder(lockFile: string): string {
  try {
    const pid = readFileSync(lockFile, 'utf8').trim();
    return /^\d+$/.test(pid) ? ` (pid ${pid})` : '';
  } catch {
    return '';
  }
}

/**
 * Made before SQLite opens it: whoever may read it may hold it, and keep every server from starting. One that is there is not opened,
 * because to close it again would drop the locks that this process has on it.
 */
function makeGuard(guardFile: string): void {
  if (existsSync(guardFile)) return;
  // Another process may make it at this moment.
  closeSync(openSync(guardFile, 'a', 0o600));
}

/** Takes the lock or throws a StartError with exit code 3, at once. */
export function lockDataFolder(dataFolder: string): ProcessLock {
  const lockFile = join(dataFolder, 'signpost.lock');
  const guardFile = join(dataFolder, 'signpost.guard');
  let guard: Connection | undefined;
  try {
    makeGuard(guardFile);
    guard = new Database(guardFile, { timeout: 0 });
    guard.exec('BEGIN EXCLUSIVE');
    giveToOwnerOf(dataFolder, guardFile);
  } catch (cause) {
    guard?.close();
    if (cause instanceof Database.SqliteError && cause.code.startsWith('SQLITE_BUSY')) {
      throw new StartError(`another Signpost process${holder(lockFile)} is using ${dataFolder}`, exitCodes.locked, {
        cause,
      });
    }
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new StartError(`cannot lock ${guardFile}: ${reason}`, exitCodes.failure, { cause });
  }
  writeFileSync(lockFile, `${process.pid}\n`, { mode: 0o600 });
  giveToOwnerOf(dataFolder, lockFile);
  return {
    release() {
      rmSync(lockFile, { force: true });
      guard.exec('ROLLBACK');
      guard.close();
    },
  };
}

/** Whether a server is using the folder now. Asks without taking the lock, so that a server can start meanwhile. */
export function isInUse(dataFolder: string): boolean {
  const guardFile = join(dataFolder, 'signpost.guard');
  if (!existsSync(guardFile)) return false;
  const guard = new Database(guardFile, { readonly: true, timeout: 0 });
  try {
    guard.pragma('schema_version');
    return false;
  } catch (error) {
    if (error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY')) return true;
    throw error;
  } finally {
    guard.close();
  }
}
