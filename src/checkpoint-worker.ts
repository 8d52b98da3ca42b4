// The checkpoint thread: looks at the write-ahead log a few times a second until it is told to stop.

import { strict as assert } from 'node:assert';
import { parentPort, workerData } from 'node:worker_threads';
import { Checkpointer } from './storage/checkpoint.ts';
import { databaseFile, openWriter } from './storage/database.ts';

const intervalMs = 200;

assert(parentPort !== null);
const { dataFolder } = workerData as { dataFolder: string };
const connection = openWriter(dataFolder);
connection.pragma('synchronous = NORMAL');
// Holding the write lock while a long reader is in the way would hold up every redirect: the next look tries again.
connection.pragma('busy_timeout = 5');
const checkpointer = new Checkpointer(connection, databaseFile(dataFolder));

const timer = setInterval(() => {
  try {
    checkpointer.look();
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error) || !String(error.code).startsWith('SQLITE_BUSY')) throw error;
    // A long reader or another process is in the way: the next look tries again.
  }
}, intervalMs);

parentPort.once('message', () => {
  clearInterval(timer);
  connection.close();
  parentPort?.close();
});
