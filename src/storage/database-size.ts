// How much room the database takes and how much is left, without opening one of its files: closing such a descriptor would
// drop the locks that SQLite holds on it.

import { statfsSync, statSync } from 'node:fs';
import { databaseFile } from './database.ts';
import type { Connection } from './query.ts';

export interface DatabaseSize {
  readonly databaseBytes: number;
  readonly logBytes: number;
  readonly freeBytes: number;
}

/** What a file system has left for us. */
export function freeBytesIn(folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return bavail * bsize;
}

export function databaseSize(connection: Connection, dataFolder: string): DatabaseSize {
  const pages = connection.pragma('page_count', { simple: true }) as number;
  const pageBytes = connection.pragma('page_size', { simple: true }) as number;
  return {
    databaseBytes: pages * pageBytes,
    logBytes: statSync(`${databaseFile(dataFolder)}-wal`, { throwIfNoEntry: false })?.size ?? 0,
    freeBytes: freeBytesIn(dataFolder),
  };
}
