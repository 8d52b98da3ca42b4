// The checkpoint thread: looks at the write-ahead log a few times a second until it is told to stop, and empties it when asked to.

import { strict as assert } from 'node:assert';
import { parentPort, workerData } from 'node:worker_threads';
import { noteLoaded } from './core/worker-threads.ts';
import { Checkpointer, emptyLog, passesByItself } from './storage/checkpoint.ts';
import { databaseFile, openWriter } from './storage/database.ts';

const intervalMs = 200;

assert(parentPort !== null);
const { dataFolder } = workerData as { dataFolder: string };
const connection = openWriter(dataFolder);
noteLoaded();
connection.pragma('synchronous = NORMAL');
// Holding the write lock while a long reader is in the way would hold up every redirect: the next look tries again.
connection.pragma('busy_timeout = 5');
const checkpointer = new Checkpointer(connection, databaseFile(dataFolder));
let isToBeEmptied = false;

const timer = setInterval(() => {
  try {
    if (isToBeEmptied && emptyLog(connection)) isToBeEmptied = false;
    checkpointer.look();
  } catch (error) {
    if (!passesByItself(error)) throw error;
  }
}, intervalMs);

parentPort.on('message', (message: 'empty' | 'stop') => {
  if (message === 'empty') {
    isToBeEmptied = true;
    return;
  }
  clearInterval(timer);
  connection.close();
  parentPort?.close();
});
