// Moves committed pages from the write-ahead log into the database file, from a thread and connection of its own, so that no
// redirect waits for it. Runs when the log has grown; lets the log start over when it has grown far.

import { statSync } from 'node:fs';
import type { Connection } from './query.ts';

const copyAboveBytes = 8 * 2 ** 20;
const restartAboveBytes = 128 * 2 ** 20;
// Starting the log over needs the write lock. What is still to be copied then is copied under it, so make it little first.
const maxCopies = 4;
const fewFrames = 500;

interface CheckpointResult {
  busy: number;
  log: number;
  checkpointed: number;
}

function walBytes(walFile: string): number {
  return statSync(walFile, { throwIfNoEntry: false })?.size ?? 0;
}

function copy(connection: Connection, mode: 'PASSIVE' | 'RESTART' | 'TRUNCATE'): number {
  const [result] = connection.pragma(`wal_checkpoint(${mode})`) as CheckpointResult[];
  return result === undefined ? 0 : result.log - result.checkpointed;
}

/** One look at the log; `before` is what the last one returned (0 at first). Returns the log's size in bytes. */
export function checkpointIfGrown(connection: Connection, walFile: string, before: number): number {
  const size = walBytes(walFile);
  if (size - before < copyAboveBytes && size < restartAboveBytes) return size < before ? size : before;
  let left = copy(connection, 'PASSIVE');
  if (size >= restartAboveBytes) {
    for (let copies = 1; left > fewFrames && copies < maxCopies; copies++) left = copy(connection, 'PASSIVE');
    // TRUNCATE, so that the size tells again how much is new.
    copy(connection, 'TRUNCATE');
    return walBytes(walFile);
  }
  return size;
}
