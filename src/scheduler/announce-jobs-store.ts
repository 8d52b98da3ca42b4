// Makes the table of jobs say what the program has: new jobs are due at once, gone ones are forgotten.

import { defineOperation } from '../storage/operation.ts';
import { execute, query } from '../storage/query.ts';

interface AnnounceJobs {
  readonly jobs: readonly { readonly name: string; readonly everyMs: number; readonly isDue: boolean }[];
  readonly now: number;
}

/**
 * Also brings back jobs that are further away than they ever wait: the clock was set back. Where it was set forth they are overdue,
 * each of them once.
 */
export const announceJobs = defineOperation(
  'jobs.announce',
  (connection, { jobs, now }: AnnounceJobs): void => {
    for (const { name, everyMs, isDue } of jobs) {
      const row = { name, due_at: now };
      execute(
        connection,
        query
          .insertInto('jobs')
          .values(row)
          .onConflict((conflict) => conflict.doNothing()),
      );
      const latest = isDue ? now : now + everyMs;
      execute(
        connection,
        query.updateTable('jobs').set({ due_at: latest }).where('name', '=', name).where('due_at', '>', latest),
      );
    }
    const names = jobs.map((job) => job.name);
    execute(connection, query.deleteFrom('jobs').where('name', 'not in', names));
  },
  { isRepeatable: true },
);
