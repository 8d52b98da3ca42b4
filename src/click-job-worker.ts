// The thread of a job on stored hits: reads and judges, says what is to be written, and waits until it has been. It lives as long as
// the job.

import { strict as assert } from 'node:assert';
import { parentPort, workerData } from 'node:worker_threads';
import type { ClickJobData } from './clicks/click-jobs.ts';
import { workOn } from './clicks/click-job-work.ts';
import { NetworkSet } from './clicks/network-set.ts';
import { yieldToOthers } from './core/background.ts';
import { openReader } from './storage/database.ts';

assert(parentPort !== null);
const port = parentPort;
yieldToOthers();
const { dataFolder, job, windowMs, networks } = workerData as ClickJobData;
const connection = openReader(dataFolder);
const steps = workOn(connection, job, { windowMs, networks: NetworkSet.restore(networks) });

function next(): void {
  const step = steps.next();
  if (step.done !== true) {
    port.postMessage(step.value);
    return;
  }
  connection.close();
  port.close();
}

port.on('message', next);
next();
