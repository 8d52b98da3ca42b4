// Ends a job's run: says how it went and when it is due again.

import { defineOperation } from '../storage/operation.ts';
import { execute, query } from '../storage/query.ts';

interface FinishJob {
  readonly name: string;
  readonly claim: string;
  /** null: it went well. */
  readonly error: string | null;
  readonly dueAt: number;
  readonly now: number;
  readonly durationMs: number;
}

const maxErrorLength = 500;

/** Changes nothing where the lease has ended and somebody else has the job. */
export const finishJob = defineOperation(
  'jobs.finish',
  (connection, { name, claim, error, dueAt, now, durationMs }: FinishJob): void => {
    const finished = query
      .updateTable('jobs')
      .set((is) => ({
        claim: null,
        lease_until: null,
        // What was asked for while it ran stays due.
        due_at: is.case().when('due_at', '>', is.ref('started_at')).then(is.ref('due_at')).else(is.val(dueAt)).end(),
        runs: is('runs', '+', 1),
        failures: error === null ? 0 : is('failures', '+', 1),
        ended_at: now,
        duration_ms: Math.round(durationMs),
        error: error === null ? null : error.slice(0, maxErrorLength).toWellFormed(),
      }))
      .where('name', '=', name)
      .where('claim', '=', claim);
    execute(connection, finished);
  },
);
