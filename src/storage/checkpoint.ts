// Moves committed pages from the write-ahead log into the database file, from a thread and connection of its own, so that no
// redirect waits for it. Copies when the log has grown, and lets it start over when it has grown far.

import { statSync } from 'node:fs';
import type { Connection } from './query.ts';

const pageBytes = 4_096;
const copyAboveFrames = (8 * 2 ** 20) / pageBytes;
const restartAboveFrames = (64 * 2 ** 20) / pageBytes;
// Starting the log over needs the write lock. What is still to be copied then is copied under it, so make it little first.
const maxCopies = 4;
const fewFrames = 500;
// A long log is cut only when nothing has been written for some 10 s: giving back its pages takes 20 to 50 ms.
const cutAboveBytes = 16 * 2 ** 20;
const quietLooks = 50;

type CheckpointMode = 'NOOP' | 'PASSIVE' | 'RESTART' | 'TRUNCATE';

export interface LogState {
  /** Frames (pages, each in one version) in the log. */
  readonly frames: number;
  /** How many of them are in the database file as well. */
  readonly copied: number;
  /** Whether a reader, a writer or another checkpoint was in the way. */
  readonly isBusy: boolean;
}

interface CheckpointResult {
  busy: number;
  log: number;
  checkpointed: number;
}

function checkpoint(connection: Connection, mode: CheckpointMode): LogState {
  const [result] = connection.pragma(`wal_checkpoint(${mode})`) as CheckpointResult[];
  return {
    frames: Math.max(0, result?.log ?? 0),
    copied: Math.max(0, result?.checkpointed ?? 0),
    isBusy: result?.busy !== 0,
  };
}

/**
 * Looks at the log without changing it. Asks SQLite, and does not read the log's files: closing a file of the database's takes
 * away all locks that this process holds on it (POSIX), and the next process to open the database would take it for unused.
 */
export function logState(connection: Connection): LogState {
  return checkpoint(connection, 'NOOP');
}

/** Returns how many frames are left to copy. */
function copy(connection: Connection, mode: CheckpointMode): number {
  const { frames, copied } = checkpoint(connection, mode);
  return frames - copied;
}

/**
 * Whether the next look may succeed: a long reader or another process was in the way, or the disk is full. The log then keeps what could
 * not be copied, and redirects go on.
 */
export function passesByItself(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^SQLITE_(?:BUSY|FULL)/.test(String(error.code));
}

/** Looks after the log of one database; to be asked a few times a second. */
export class Checkpointer {
  readonly #connection: Connection;
  readonly #logFile: string;
  #framesBefore = 0;
  #quietLooks = 0;

  /** @param databaseFile of the connection */
  constructor(connection: Connection, databaseFile: string) {
    this.#connection = connection;
    this.#logFile = `${databaseFile}-wal`;
  }

  look(): void {
    const { frames, copied } = logState(this.#connection);
    this.#quietLooks = frames === this.#framesBefore ? this.#quietLooks + 1 : 0;
    this.#framesBefore = frames;
    if (this.#quietLooks > 0) {
      if (this.#quietLooks % quietLooks === 0 && statSync(this.#logFile).size > cutAboveBytes) {
        copy(this.#connection, 'TRUNCATE');
      }
      return;
    }
    if (frames - copied < copyAboveFrames && frames < restartAboveFrames) return;
    let left = copy(this.#connection, 'PASSIVE');
    if (frames < restartAboveFrames) return;
    for (let copies = 1; left > fewFrames && copies < maxCopies; copies++) left = copy(this.#connection, 'PASSIVE');
    // Not TRUNCATE: every redirect would wait for it. Started over, the log is written into the pages that it has.
    if (left <= fewFrames) copy(this.#connection, 'RESTART');
  }
}

/**
 * Moves all of the log into the database and cuts it to nothing, so that no older version of a page is left in it.
 * False where somebody still reads from the log, or writes: to be tried again.
 */
export function emptyLog(connection: Connection): boolean {
  for (let copies = 0; copies < maxCopies && copy(connection, 'PASSIVE') > fewFrames; copies++);
  return !checkpoint(connection, 'TRUNCATE').isBusy;
}
