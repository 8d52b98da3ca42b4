// What a look for a domain's proof found, written down: the one place where a domain becomes verified, or loses that.

import type { Updateable } from 'kysely';
import { AppError } from '../core/errors.ts';
import { dayMs } from '../core/periods.ts';
import { defineOperation } from '../storage/operation.ts';
import { emitEvent } from '../storage/outbox-store.ts';
import { type Connection, execute, firstRow, query } from '../storage/query.ts';
import type { DomainsTable } from '../storage/tables.ts';
import type { Domain } from './domain.ts';
import { findDomainById, findServingDomain } from './domain-store.ts';
import { type ProofProblem, problemText } from './proof.ts';

/** A working domain keeps its status for so long without a single good check, and at least for so many checks. */
export const graceMs = 7 * dayMs;
export const graceChecks = 8;

interface DomainCheck {
  readonly id: number;
  /** null: the proof is there. */
  readonly problem: ProofProblem | null;
  readonly now: number;
}

export interface CheckedDomain {
  readonly domain: Domain;
  /** Its first proof. Says so once in the life of a domain. */
  readonly isNewlyVerified: boolean;
  /** It was verified until now, and has not been proved for the time of grace. */
  readonly isNewlyFailed: boolean;
  /** Another user's domain of the same name, whose proof had failed: it does not serve any more. */
  readonly replacedId: number | null;
}

function change(connection: Connection, id: number, set: Updateable<DomainsTable>): void {
  execute(connection, query.updateTable('domains').set(set).where('id', '=', id));
}

/** Throws CONFLICT when the host is another user's, whose proof stands. A host whose proof has failed is free to be proved by others. */
function takeHost(connection: Connection, { id, host }: Domain, now: number): number | null {
  const holder = findServingDomain(connection, host);
  if (holder === undefined || holder.id === id) return null;
  if (holder.status === 'verified') {
    const message = `${host} is verified by another user`;
    throw new AppError('CONFLICT', message, [{ path: 'domain', message }]);
  }
  change(connection, holder.id, { serves: 0, updated_at: now });
  return holder.id;
}

/** Gives the id of the domain that had the host until now, if another did. */
function succeed(connection: Connection, domain: Domain, now: number): number | null {
  const replacedId = takeHost(connection, domain, now);
  const isNews = domain.status !== 'verified' || !domain.serves;
  change(connection, domain.id, {
    status: 'verified',
    serves: 1,
    verified_at: domain.verifiedAt ?? now,
    checked_at: now,
    problem: null,
    failing_since: null,
    failed_checks: 0,
    ...(isNews ? { updated_at: now } : {}),
  });
  return replacedId;
}

function fail(connection: Connection, domain: Domain, problem: ProofProblem, now: number): null {
  const { id, serves, status, failingSince } = domain;
  if (!serves) {
    change(connection, id, { checked_at: now, problem });
    return null;
  }
  const counted = query.selectFrom('domains').select('failed_checks').where('id', '=', id);
  const failedChecks = (firstRow(connection, counted)?.failed_checks ?? 0) + 1;
  const since = failingSince ?? now;
  // By time and by number: a server that was switched off for a month has not looked for a month.
  const isOver = status === 'verified' && now - since >= graceMs && failedChecks >= graceChecks;
  change(connection, id, {
    checked_at: now,
    problem,
    failing_since: since,
    failed_checks: failedChecks,
    ...(isOver ? { status: 'failed', updated_at: now } : {}),
  });
  return null;
}

function tellVerified(connection: Connection, { userId, publicId, host }: Domain, now: number): void {
  if (userId === null) return;
  const data = (): object => ({ domainId: publicId, domain: host, verifiedAt: new Date(now).toISOString() });
  emitEvent(connection, { userId, event: 'domain.verified', data, now });
}

function tellFailing(
  connection: Connection,
  { userId, publicId, host, failingSince, problem }: Domain,
  now: number,
): void {
  if (userId === null || failingSince === null || problem === null) return;
  const data = (): object => ({
    domainId: publicId,
    domain: host,
    failingSince: new Date(failingSince).toISOString(),
    reason: problem,
    message: problemText(problem, host),
  });
  emitEvent(connection, { userId, event: 'domain.failing', data, now });
}

/** Throws NOT_FOUND when the domain is gone; CONFLICT when it was proved, but another user's proof of the same name stands. */
export const recordCheck = defineOperation(
  'domains.record-check',
  (connection, { id, problem, now }: DomainCheck): CheckedDomain => {
    const before = findDomainById(connection, id);
    if (before === undefined) throw new AppError('NOT_FOUND', 'no such domain');
    const replacedId = problem === null ? succeed(connection, before, now) : fail(connection, before, problem, now);
    const domain = findDomainById(connection, id) as Domain;
    const isNewlyVerified = before.verifiedAt === null && domain.verifiedAt !== null;
    if (isNewlyVerified) tellVerified(connection, domain, now);
    const isNewlyFailed = before.status === 'verified' && domain.status === 'failed';
    if (isNewlyFailed) tellFailing(connection, domain, now);
    return { domain, isNewlyVerified, isNewlyFailed, replacedId };
  },
);
