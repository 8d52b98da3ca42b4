// Makes a job due at once, as the command line asks: whoever runs jobs finds it at its next look. One that is being run is run again
// afterwards: it may have begun before what it is asked for.

import { type Connection, execute, query } from '../storage/query.ts';

/** False where there is no job of that name. */
export function requestJob(connection: Connection, name: string, now: number): boolean {
  const requested = query
    .updateTable('jobs')
    // Later than that run began, by which its end knows that it was asked for meanwhile.
    .set((is) => ({ due_at: is.fn<number>('max', [is.val(now), is(is.fn.coalesce('started_at', is.val(0)), '+', 1)]) }))
    .where('name', '=', name)
    .where('claim', 'is not', null);
  if (execute(connection, requested).changes === 1) return true;
  const waiting = query.updateTable('jobs').set({ due_at: now }).where('name', '=', name);
  return execute(connection, waiting).changes === 1;
}
