// The thread of a job on stored hits: reads and judges, says what is to be written, and waits until it has been. It lives as long as
// the job.

import { strict as assert } from 'node:assert';
import { parentPort, workerData } from 'node:worker_threads';
import type { ClickJobData, JobReply, PlannedStep } from './clicks/click-jobs.ts';
import { workOn, type WorkStep } from './clicks/click-job-work.ts';
import { NetworkSet } from './clicks/network-set.ts';
import { planVerdicts, sharedPlan } from './clicks/verdict-change-store.ts';
import { yieldToOthers } from './core/background.ts';
import { noteLoaded } from './core/worker-threads.ts';
import { openReader } from './storage/database.ts';

assert(parentPort !== null);
const port = parentPort;
yieldToOthers('some');
const { dataFolder, job, windowMs, networks } = workerData as ClickJobData;
const connection = openReader(dataFolder);
noteLoaded();
const steps = workOn(connection, job, { windowMs, networks: NetworkSet.restore(networks) });

let current: WorkStep | undefined;

function send(step: WorkStep): void {
  current = step;
  port.postMessage({ ...step, plan: sharedPlan(planVerdicts(connection, step.verdicts)) } satisfies PlannedStep);
}

function next(): void {
  const step = steps.next();
  if (step.done !== true) {
    send(step.value);
    return;
  }
  connection.close();
  port.close();
}

port.on('message', (reply: JobReply) => {
  if (reply === 'again' && current !== undefined) send(current);
  else next();
});
next();
