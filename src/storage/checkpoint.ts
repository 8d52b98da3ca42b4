// Moves committed pages from the write-ahead log into the database file, from a thread and connection of its own, so that no
// redirect waits for it. Copies when the log has grown, and lets it start over when it has grown far.

import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
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

interface CheckpointResult {
  busy: number;
  log: number;
  checkpointed: number;
}

export interface LogState {
  /** Frames (pages, each in one version) in the log. */
  readonly frames: number;
  /** How many of them are in the database file as well. */
  readonly copied: number;
}

// The index's header as https://www.sqlite.org/walformat.html lays it down: mxFrame and nBackfill, in the machine's byte order.
const headerBytes = 136;
const framesOffset = 16;
const copiedOffset = 96;
const header = new Uint8Array(headerBytes);
const fields = new Uint32Array(header.buffer);

/** Looks at the log without a lock and without touching it: a look may be old by the time it is used. */
export function readLogState(walIndexFile: string): LogState {
  if (!existsSync(walIndexFile)) return { frames: 0, copied: 0 };
  const descriptor = openSync(walIndexFile, 'r');
  try {
    if (readSync(descriptor, header, 0, headerBytes, 0) < headerBytes) return { frames: 0, copied: 0 };
  } finally {
    closeSync(descriptor);
  }
  return { frames: fields[framesOffset / 4] as number, copied: fields[copiedOffset / 4] as number };
}

/** Returns how many frames are left to copy. */
function copy(connection: Connection, mode: 'PASSIVE' | 'RESTART' | 'TRUNCATE'): number {
  const [result] = connection.pragma(`wal_checkpoint(${mode})`) as CheckpointResult[];
  return result === undefined ? 0 : result.log - result.checkpointed;
}

/** Looks after the log of one database; to be asked a few times a second. */
export class Checkpointer {
  readonly #connection: Connection;
  readonly #logFile: string;
  readonly #indexFile: string;
  #framesBefore = 0;
  #quietLooks = 0;

  /** @param databaseFile of the connection */
  constructor(connection: Connection, databaseFile: string) {
    this.#connection = connection;
    this.#logFile = `${databaseFile}-wal`;
    this.#indexFile = `${databaseFile}-shm`;
  }

  look(): void {
    const { frames, copied } = readLogState(this.#indexFile);
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
  const [result] = connection.pragma('wal_checkpoint(TRUNCATE)') as CheckpointResult[];
  return result?.busy === 0;
}
