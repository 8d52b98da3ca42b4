// Keeps a job that takes longer than its lease.

import { defineOperation } from '../storage/operation.ts';
import { execute, query } from '../storage/query.ts';
import type { ClaimJob } from './claim-job-store.ts';

/** False where somebody else has it by now. */
export const renewLease = defineOperation(
  'jobs.renew-lease',
  (connection, { name, claim, now, leaseMs }: ClaimJob): boolean => {
    const renewed = query
      .updateTable('jobs')
      .set({ lease_until: now + leaseMs })
      .where('name', '=', name)
      .where('claim', '=', claim);
    return execute(connection, renewed).changes === 1;
  },
  { isRepeatable: true },
);
