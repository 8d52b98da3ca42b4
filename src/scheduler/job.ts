// What a timed job is, and when it is tried again after a failure.

import { hourMs } from '../core/periods.ts';
import type { Schedule } from '../core/schedule.ts';

/** What a job is run with. */
export interface JobRun {
  /** True once the server is about to stop: what is left then waits for the next start. */
  readonly isStopping: () => boolean;
  /** Aborted at that moment. */
  readonly stopping: AbortSignal;
}

/**
 * Jobs of one lane are run one at a time; lanes go beside each other. `usual`: short work. `prompt`: somebody waits for it. `long`: takes
 * minutes, and mostly waits itself. `clearing`: somebody waits for it, and it takes as long as there is much to be deleted.
 */
export const lanes = ['usual', 'prompt', 'long', 'clearing'] as const;
export type Lane = (typeof lanes)[number];

export interface Job {
  /** For people, and stable: its row in the database goes by it. `webhooks.drop-old` */
  readonly name: string;
  /** Default: `usual`. */
  readonly lane?: Lane;
  /** From the end of one run to the beginning of the next; with a schedule, the longest that can be. */
  readonly everyMs: number;
  /** Says when, where it is not simply after so much time. */
  readonly schedule?: Schedule;
  /** Also at every start, since part of what it looks after ends with the process. */
  readonly isDueAtStart?: true;
  /**
   * Does the work, in short transactions. Must bear being run again after a crash in the middle of it.
   * Rejects where it failed; resolves false where it was not finished because the server stops.
   */
  run(run: JobRun): Promise<void | boolean>;
}

/** The name of the job by which a running server follows what the command line has changed in its database. */
export const refreshCachesJob = 'caches.refresh';

/** The one by which it deletes links for good that the command line wants gone. */
export const deleteLinksJob = 'links.delete';

/** And the one by which it finds events for webhooks that were stored by somebody else. */
export const findEventsJob = 'webhooks.find-events';

/** When a job that has just been run, or is being waited for, is due at the latest. */
export function nextRunAt({ everyMs, schedule }: Pick<Job, 'everyMs' | 'schedule'>, now: number): number {
  return schedule === undefined ? now + everyMs : schedule.next(now);
}

const firstRetryMs = 10_000;
const longestRetryMs = hourMs;

/** How long to wait after so many failures in a row: never longer than the job waits anyway. */
export function backOffMs(failures: number, everyMs: number): number {
  return Math.min(everyMs, longestRetryMs, firstRetryMs * 2 ** Math.min(failures - 1, 20));
}
