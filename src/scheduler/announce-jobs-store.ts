// Makes the table of jobs say what the program has: new jobs get their first time, gone ones are forgotten.

import { defineOperation } from '../storage/operation.ts';
import { execute, query } from '../storage/query.ts';

interface AnnouncedJob {
  readonly name: string;
  /** When it is due where there is no such job yet. */
  readonly firstAt: number;
  /** And where there is one, at the latest. */
  readonly latestAt: number;
}

interface AnnounceJobs {
  readonly jobs: readonly AnnouncedJob[];
}

/**
 * Also brings back jobs that are further away than they ever wait: the clock was set back. Where it was set forth they are overdue,
 * each of them once.
 */
export const announceJobs = defineOperation(
  'jobs.announce',
  (connection, { jobs }: AnnounceJobs): void => {
    for (const { name, firstAt, latestAt } of jobs) {
      const row = { name, due_at: firstAt };
      execute(
        connection,
        query
          .insertInto('jobs')
          .values(row)
          .onConflict((conflict) => conflict.doNothing()),
      );
      execute(
        connection,
        query.updateTable('jobs').set({ due_at: latestAt }).where('name', '=', name).where('due_at', '>', latestAt),
      );
    }
    const names = jobs.map((job) => job.name);
    execute(connection, query.deleteFrom('jobs').where('name', 'not in', names));
  },
  { isRepeatable: true },
);
