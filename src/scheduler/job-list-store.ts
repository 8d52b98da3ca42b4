// Reads how the jobs stand.

import { allRows, type Connection, query } from '../storage/query.ts';

export interface JobState {
  readonly name: string;
  readonly dueAt: number;
  /** null: it is not being run. */
  readonly claim: string | null;
  readonly leaseUntil: number | null;
  readonly runs: number;
  /** In a row. */
  readonly failures: number;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
  readonly durationMs: number | null;
  readonly error: string | null;
}

/** The one that has been due longest first. */
export function listJobs(connection: Connection): JobState[] {
  const jobs = query
    .selectFrom('jobs')
    .select([
      'name',
      'due_at as dueAt',
      'claim',
      'lease_until as leaseUntil',
      'runs',
      'failures',
      'started_at as startedAt',
      'ended_at as endedAt',
      'duration_ms as durationMs',
      'error',
    ])
    .orderBy('due_at')
    .orderBy('name');
  return allRows(connection, jobs);
}
