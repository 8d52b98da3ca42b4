// The thread that answers questions which may take long, on a connection of its own that can only read.

import { strict as assert } from 'node:assert';
import { parentPort, workerData } from 'node:worker_threads';
import { clickReadings } from './clicks/click-readings.ts';
import { statsTextReadings } from './clicks/stats-text-readings.ts';
import { yieldToOthers } from './core/background.ts';
import { noteLoaded } from './core/worker-threads.ts';
import { passwordTotalsReading } from './links/password-visit-store.ts';
import { openReader } from './storage/database.ts';
import type { ReaderData } from './storage/reader-protocol.ts';
import { runReaderThread } from './storage/reader-thread.ts';

assert(parentPort !== null);
const { dataFolder, isBackground } = workerData as ReaderData;
if (isBackground) yieldToOthers();
const connection = openReader(dataFolder);
noteLoaded();
runReaderThread({
  connection,
  port: parentPort,
  readings: [...clickReadings, ...statsTextReadings, passwordTotalsReading],
});
