// Long work on stored hits: its rows in `click_jobs`, and the small transactions it consists of. Each writes down how far it came
// together with what it did, so that nothing is done twice or left out, whenever the process ends.

import type { Selectable } from 'kysely';
import { AppError } from '../core/errors.ts';
import { defineOperation } from '../storage/operation.ts';
import { overwriting } from '../storage/overwriting.ts';
import { type Connection, execute, firstRow, query } from '../storage/query.ts';
import type { ClickJobsTable } from '../storage/tables.ts';
import { visitorBias } from './hit-store.ts';
import { changeVerdicts, type NewVerdict, type VerdictPlan, writeVerdicts } from './verdict-change-store.ts';

export const clickJobKinds = ['reclassify', 'erase'] as const;
export type ClickJobKind = (typeof clickJobKinds)[number];

export interface ClickJob {
  readonly id: number;
  readonly kind: ClickJobKind;
  /** null: everybody's hits. */
  readonly userId: number | null;
  readonly linkId: number | null;
  readonly input: string | null;
  readonly position: number;
  readonly endPosition: number;
  readonly examined: number;
  readonly changed: number;
  readonly createdAt: number;
  readonly finishedAt: number | null;
  readonly problem: string | null;
}

function jobOf(row: Selectable<ClickJobsTable>): ClickJob {
  return {
    id: row.id,
    kind: row.kind as ClickJobKind,
    userId: row.user_id,
    linkId: row.link_id,
    input: row.input,
    position: row.position,
    endPosition: row.end_position,
    examined: row.examined,
    changed: row.changed,
    createdAt: row.created_at,
    finishedAt: row.finished_at,
    problem: row.problem,
  };
}

function ofUser(kind: ClickJobKind, userId: number | null) {
  return query
    .selectFrom('click_jobs')
    .selectAll()
    .where('kind', '=', kind)
    .where('user_id', userId === null ? 'is' : '=', userId);
}

/** The one that was started last. */
export function latestClickJob(
  connection: Connection,
  kind: ClickJobKind,
  userId: number | null,
): ClickJob | undefined {
  const row = firstRow(connection, ofUser(kind, userId).orderBy('id', 'desc').limit(1));
  return row && jobOf(row);
}

/** The one that has waited longest. */
export function nextClickJob(connection: Connection): ClickJob | undefined {
  const unfinished = query.selectFrom('click_jobs').selectAll().where('finished_at', 'is', null);
  const row = firstRow(connection, unfinished.orderBy('id').limit(1));
  return row && jobOf(row);
}

interface StartJob {
  readonly kind: ClickJobKind;
  readonly userId: number | null;
  readonly linkId: number | null;
  readonly input: string | null;
  readonly now: number;
}

function requireLink(connection: Connection, linkId: number): void {
  const found = firstRow(connection, query.selectFrom('links').select('id').where('id', '=', linkId));
  if (found === undefined) throw new AppError('NOT_FOUND', 'no such link');
}

/** Throws CONFLICT while another one of the same kind and user is not finished, NOT_FOUND where its link is gone. */
export const startClickJob = defineOperation(
  'clicks.start-job',
  (connection, { kind, userId, linkId, input, now }: StartJob): ClickJob => {
    if (linkId !== null) requireLink(connection, linkId);
    if (firstRow(connection, ofUser(kind, userId).where('finished_at', 'is', null)) !== undefined)
      throw new AppError('CONFLICT', 'another one is still running; ask how far it is');
    // Only the last one is ever asked for.
    const earlier = ofUser(kind, userId).clearSelect().select('id');
    execute(connection, query.deleteFrom('click_jobs').where('id', 'in', earlier));
    const last = firstRow(connection, query.selectFrom('clicks').select('id').orderBy('id', 'desc').limit(1));
    const values = {
      kind,
      user_id: userId,
      link_id: linkId,
      input,
      position: 0,
      end_position: last?.id ?? 0,
      created_at: now,
      finished_at: last === undefined ? now : null,
    };
    const job = jobOf(firstRow(connection, query.insertInto('click_jobs').values(values).returningAll())!);
    // What an operation returns may be kept for its Idempotency-Key, and an address that is to be erased must not be.
    return { ...job, input: null };
  },
);

/** How far a job has come, and what to note of it. */
export interface JobStep {
  readonly jobId: number;
  /** The last hit that was looked at. */
  readonly position: number;
  readonly examined: number;
  readonly isLast: boolean;
  readonly now: number;
}

function note(connection: Connection, { jobId, position, examined, isLast, now }: JobStep, changed: number): void {
  // At the end an address that was to be erased goes, too.
  const update = query.updateTable('click_jobs').set((row) => ({
    position,
    examined: row('examined', '+', examined),
    changed: row('changed', '+', changed),
    ...(isLast ? { finished_at: now, input: null } : {}),
  }));
  overwriting(connection, () => execute(connection, update.where('id', '=', jobId)));
}

interface ReclassifyStep {
  readonly step: JobStep;
  readonly verdicts: readonly NewVerdict[];
  /** What is to be written of the verdicts; undefined: it is worked out while redirects wait. */
  readonly plan?: VerdictPlan | undefined;
}

/** Gives hits their new verdicts. Throws CONFLICT where new hits have overtaken the plan. */
export const reclassifyStep = defineOperation(
  'clicks.reclassify-step',
  (connection, { step, verdicts, plan }: ReclassifyStep): void => {
    if (plan !== undefined && !writeVerdicts(connection, plan))
      throw new AppError('CONFLICT', 'new hits have overtaken what was planned');
    note(connection, step, plan === undefined ? changeVerdicts(connection, verdicts) : plan.verdicts.length);
  },
);

/** Takes address and visitor out of hits. Returns how many there were. */
export function eraseVisitors(connection: Connection, clickIds: readonly number[]): number {
  const erase = connection.prepare<[number, number]>('UPDATE clicks SET address = NULL, visitor = ? WHERE id = ?');
  return overwriting(connection, () =>
    clickIds.reduce((erased, id) => erased + erase.run(-visitorBias, id).changes, 0),
  );
}

export const eraseStep = defineOperation(
  'clicks.erase-step',
  (connection, { step, clickIds }: { step: JobStep; clickIds: readonly number[] }): void =>
    note(connection, step, eraseVisitors(connection, clickIds)),
);

/** Ends a job that cannot go on. */
export const endClickJob = defineOperation(
  'clicks.end-job',
  (connection, { jobId, problem, now }: { jobId: number; problem: string; now: number }): void => {
    const ended = { finished_at: now, problem, input: null };
    const update = query.updateTable('click_jobs').set(ended).where('id', '=', jobId);
    overwriting(connection, () => execute(connection, update));
  },
);
