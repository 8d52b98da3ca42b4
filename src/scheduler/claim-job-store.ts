// Takes a due job, for as long as its lease lasts. Only one can: who comes second gets nothing.

import { defineOperation } from '../storage/operation.ts';
import { execute, query } from '../storage/query.ts';

export interface ClaimJob {
  readonly name: string;
  /** Names the claimer. */
  readonly claim: string;
  readonly now: number;
  readonly leaseMs: number;
}

/** True when it is the caller's now. A claim whose lease has ended belonged to somebody who is gone. */
export const claimJob = defineOperation(
  'jobs.claim',
  (connection, { name, claim, now, leaseMs }: ClaimJob): boolean => {
    const taken = query
      .updateTable('jobs')
      .set({ claim, lease_until: now + leaseMs, started_at: now })
      .where('name', '=', name)
      .where('due_at', '<=', now)
      .where((is) => is.or([is('claim', 'is', null), is('lease_until', '<=', now)]));
    return execute(connection, taken).changes === 1;
  },
);
