// Makes a job due at once, as the command line asks: whoever runs jobs finds it at its next look.

import { type Connection, execute, query } from '../storage/query.ts';

/** False where there is no job of that name. */
export function requestJob(connection: Connection, name: string, now: number): boolean {
  const requested = query.updateTable('jobs').set({ due_at: now }).where('name', '=', name);
  return execute(connection, requested).changes === 1;
}
