// Has a running server run a timed job now, and waits for its end. The server looks at the table of jobs every 2 s.

import { systemClock } from '../core/clock.ts';
import { exitCodes, StartError } from '../core/exit.ts';
import { refreshCachesJob } from '../scheduler/job.ts';
import { type JobState, listJobs } from '../scheduler/job-list-store.ts';
import { requestJob } from '../scheduler/request-job-store.ts';
import type { Connection } from '../storage/query.ts';
import { ProgressBar } from './progress.ts';

/** How often a command looks whether the server has done what it waits for. */
export const lookEveryMs = 100;
/** And how long it waits for what may take long. */
export const longestWaitMs = 10 * 60_000;
const longestRefreshMs = 30_000;

export function findJob(connection: Connection, name: string): JobState | undefined {
  return listJobs(connection).find((job) => job.name === name);
}

/** The job as its run left it; undefined where it has not ended in time. Throws unless the server has a job of that name. */
export async function runJob(connection: Connection, name: string, longestMs: number): Promise<JobState | undefined> {
  const before = findJob(connection, name);
  const requestedAt = systemClock.now();
  if (before === undefined || !requestJob(connection, name, requestedAt)) throw new Error(`there is no job ${name}`);
  const end = systemClock.monotonic() + longestMs;
  while (systemClock.monotonic() < end) {
    const job = findJob(connection, name);
    if (job !== undefined && job.runs > before.runs && (job.startedAt ?? 0) >= requestedAt) return job;
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
  }
  return undefined;
}

/**
 * To be called after a command has changed links or domains: a server that runs has read the change when this resolves, and sends
 * what webhooks are owed for it. Throws a StartError where it does not say so in time; what was written stays.
 * @param done what was done: "the link is archived"
 */
export async function letServerFollow(connection: Connection, dataFolder: string, done: string): Promise<void> {
  const { isInUse } = await import('../storage/process-lock.ts');
  if (!isInUse(dataFolder)) return;
  const bar = new ProgressBar('signpost');
  bar.note('waiting until the server has taken notice');
  const ended = await runJob(connection, refreshCachesJob, longestRefreshMs).finally(() => bar.end());
  // One that stopped meanwhile will read the change when it starts.
  if (ended?.error === null || !isInUse(dataFolder)) return;
  const reason = ended?.error ?? `it took no notice within ${longestRefreshMs / 1_000} s`;
  throw new StartError(`${done}, and the running server may not know yet (${reason}): restart it`, exitCodes.failure);
}
