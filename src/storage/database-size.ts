// How much room the database takes and how much is left, without opening one of its files: closing such a descriptor would
// drop the locks that SQLite holds on it.

import { statfsSync, statSync } from 'node:fs';
import { databaseFile } from './database.ts';
import type { Connection } from './query.ts';

export interface DatabaseSize {
  readonly databaseBytes: number;
  readonly logBytes: number;
  /** What the file system has left for us. */
  readonly freeBytes: number;
}

export function databaseSize(connection: Connection, dataFolder: string): DatabaseSize {
  const pages = connection.pragma('page_count', { simple: true }) as number;
  const pageBytes = connection.pragma('page_size', { simple: true }) as number;
  const { bavail, bsize } = statfsSync(dataFolder);
  return {
    databaseBytes: pages * pageBytes,
    logBytes: statSync(`${databaseFile(dataFolder)}-wal`, { throwIfNoEntry: false })?.size ?? 0,
    freeBytes: bavail * bsize,
  };
}
