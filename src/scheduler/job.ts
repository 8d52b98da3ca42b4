// What a timed job is, and when it is tried again after a failure.

import { hourMs } from '../core/periods.ts';

/** What a job is run with. */
export interface JobRun {
  /** True once the server is about to stop: what is left then waits for the next start. */
  readonly isStopping: () => boolean;
}

export interface Job {
  /** For people, and stable: its row in the database goes by it. `webhooks.drop-old` */
  readonly name: string;
  /** From the end of one run to the beginning of the next. */
  readonly everyMs: number;
  /** Also at every start, since part of what it looks after ends with the process. */
  readonly isDueAtStart?: true;
  /**
   * Does the work, in short transactions. Must bear being run again after a crash in the middle of it.
   * Rejects where it failed; resolves false where it was not finished because the server stops.
   */
  run(run: JobRun): Promise<void | boolean>;
}

const firstRetryMs = 10_000;
const longestRetryMs = hourMs;

/** How long to wait after so many failures in a row: never longer than the job waits anyway. */
export function backOffMs(failures: number, everyMs: number): number {
  return Math.min(everyMs, longestRetryMs, firstRetryMs * 2 ** Math.min(failures - 1, 20));
}
