// A thread that holds the lock of a data folder. Told that somebody asks for it, it gives it back ten seconds later, or once told again.

import { strict as assert } from 'node:assert';
import { parentPort, workerData } from 'node:worker_threads';
import { lockDataFolder } from '../../src/storage/process-lock.ts';

const patienceMs = 10_000;

assert(parentPort !== null);
const { dataFolder, said } = workerData as { dataFolder: string; said: Int32Array };
const lock = lockDataFolder(dataFolder);
parentPort.postMessage('locked');
Atomics.wait(said, 0, 0);
Atomics.wait(said, 0, 1, patienceMs);
lock.release();
