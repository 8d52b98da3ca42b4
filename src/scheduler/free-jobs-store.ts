// Frees the jobs of a process that died. Only for whoever knows that none is being run: the one process that holds the data folder,
// before it begins to. They are due at once then, and not when their leases end.

import { defineOperation } from '../storage/operation.ts';
import { execute, query } from '../storage/query.ts';

export const freeJobs = defineOperation(
  'jobs.free',
  (connection, _input: null): void => {
    execute(
      connection,
      query.updateTable('jobs').set({ claim: null, lease_until: null }).where('claim', 'is not', null),
    );
  },
  { isRepeatable: true },
);
