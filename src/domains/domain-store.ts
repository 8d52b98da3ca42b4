// Domains in the database. Row 1 is the default domain.

import type { Selectable } from 'kysely';
import { requireRoom } from '../accounts/plans.ts';
import { AppError } from '../core/errors.ts';
import { newId } from '../core/ids.ts';
import { defineOperation } from '../storage/operation.ts';
import { allRows, type Connection, execute, firstRow, query, repeatedRead } from '../storage/query.ts';
import type { DomainsTable } from '../storage/tables.ts';
import {
  type Domain,
  defaultDomainId,
  type DomainSettings,
  type DomainStatus,
  type SlugCase,
  type SlugRule,
} from './domain.ts';
import type { ProofProblem } from './proof.ts';

export function toDomain(row: Selectable<DomainsTable>): Domain {
  return {
    id: row.id,
    publicId: row.public_id,
    userId: row.user_id,
    host: row.host,
    status: row.status as DomainStatus,
    serves: row.serves === 1,
    verificationToken: row.verification_token,
    verifiedAt: row.verified_at,
    checkedAt: row.checked_at,
    problem: row.problem as ProofProblem | null,
    failingSince: row.failing_since,
    defaultRedirectUrl: row.default_redirect_url,
    notFoundUrl: row.not_found_url,
    slugCase: row.slug_case as SlugCase,
    hasFoldedSlugs: row.has_folded_slugs === 1,
    clickRetentionDays: row.click_retention_days,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

const domains = query.selectFrom('domains').selectAll();

function firstDomain(connection: Connection, found: typeof domains): Domain | undefined {
  const row = firstRow(connection, found);
  return row && toDomain(row);
}

/** Every domain that was ever verified, the default one included. */
export function listVerifiedDomains(connection: Connection): Domain[] {
  return allRows(connection, domains.where('verified_at', 'is not', null).orderBy('id')).map(toDomain);
}

export function findDomainById(connection: Connection, id: number): Domain | undefined {
  return firstDomain(connection, domains.where('id', '=', id));
}

/** The domain that serves a host. */
export function findServingDomain(connection: Connection, host: string): Domain | undefined {
  return firstDomain(connection, domains.where('host', '=', host).where('serves', '=', 1));
}

/** The user's own domain; another user's is as absent as an unknown one. */
export function findDomain(connection: Connection, userId: number, publicId: string): Domain | undefined {
  return firstDomain(connection, domains.where('public_id', '=', publicId).where('user_id', '=', userId));
}

/** A domain of anybody's, for the operator. */
export function findAnyDomain(connection: Connection, publicId: string): Domain | undefined {
  return firstDomain(connection, domains.where('public_id', '=', publicId));
}

/** The user's own domain with that name, verified or not. */
export function findDomainByHost(connection: Connection, userId: number, host: string): Domain | undefined {
  return firstDomain(connection, domains.where('user_id', '=', userId).where('host', '=', host));
}

export interface DomainPlace {
  /** Domains made before the one with this id; `undefined`: from the newest. */
  readonly beforeId: number | undefined;
  readonly offset: number;
  readonly limit: number;
}

/** The user's domains, the newest first. */
export function listDomains(
  connection: Connection,
  userId: number,
  { beforeId, offset, limit }: DomainPlace,
): Domain[] {
  let rows = domains.where('user_id', '=', userId).orderBy('id', 'desc').limit(limit).offset(offset);
  if (beforeId !== undefined) rows = rows.where('id', '<', beforeId);
  return allRows(connection, rows).map(toDomain);
}

/** Custom domains of one user, or of all, the oldest first. */
export function listAllDomains(
  connection: Connection,
  userId: number | undefined,
  { afterId, limit }: { readonly afterId: number | undefined; readonly limit: number },
): Domain[] {
  const after = Math.max(afterId ?? 0, defaultDomainId);
  let rows = domains.where('id', '>', after).orderBy('id').limit(limit);
  if (userId !== undefined) rows = rows.where('user_id', '=', userId);
  return allRows(connection, rows).map(toDomain);
}

/** How many domains are the user's own, verified or not. */
export function countOwnDomains(connection: Connection, userId: number): number {
  const counted = query
    .selectFrom('domains')
    .select((is) => is.fn.countAll<number>().as('total'))
    .where('user_id', '=', userId);
  return firstRow(connection, counted)?.total ?? 0;
}

const readSlugRule = repeatedRead((id: number) =>
  query.selectFrom('domains').select(['slug_case', 'has_folded_slugs']).where('id', '=', id),
);

/** How slugs are found on a domain, as it stands inside the transaction. Throws VALIDATION_ERROR when it is gone. */
export function slugRuleOf(connection: Connection, domainId: number): SlugRule {
  const row = readSlugRule(connection, domainId);
  if (row !== undefined) return { slugCase: row.slug_case as SlugCase, hasFoldedSlugs: row.has_folded_slugs === 1 };
  const message = 'domain is not there any more';
  throw new AppError('VALIDATION_ERROR', message, [{ path: 'domain', message }]);
}

function conflict(message: string): AppError {
  return new AppError('CONFLICT', message, [{ path: 'domain', message }]);
}

interface AddDomain extends DomainSettings {
  readonly publicId: string;
  readonly userId: number;
  readonly host: string;
  readonly verificationToken: string;
  readonly now: number;
  /** How many domains the user's plan allows. */
  readonly maxDomains: number;
}

/**
 * A domain that waits for its proof. Several users may wait for the same one. Throws CONFLICT when the user has it already
 * or another user's is verified, or LIMIT_REACHED.
 */
export const addDomain = defineOperation(
  'domains.add',
  (connection, { userId, host, now, maxDomains, ...domain }: AddDomain): Domain => {
    if (findDomainByHost(connection, userId, host) !== undefined)
      throw conflict(`${host} is already one of your domains`);
    const holder = findServingDomain(connection, host);
    if (holder?.status === 'verified') throw conflict(`${host} is verified by another user`);
    if (maxDomains !== Infinity) requireRoom(countOwnDomains(connection, userId), maxDomains, 'domains');
    const row = {
      public_id: domain.publicId,
      user_id: userId,
      host,
      status: 'pending',
      serves: 0,
      verification_token: domain.verificationToken,
      default_redirect_url: domain.defaultRedirectUrl,
      not_found_url: domain.notFoundUrl,
      slug_case: domain.slugCase,
      // It has no links yet, so all that come are folded from the first on.
      has_folded_slugs: domain.slugCase === 'insensitive' ? 1 : 0,
      click_retention_days: domain.clickRetentionDays,
      created_at: now,
      updated_at: now,
    };
    const id = Number(execute(connection, query.insertInto('domains').values(row)).lastInsertRowid);
    return findDomainById(connection, id) as Domain;
  },
);

/**
 * Gives the default domain this host, creating it at the first start. Links keep pointing at the domain, not at the host,
 * so they move along. Throws CONFLICT when the host is already one of the other domains.
 */
export const setDefaultHost = defineOperation(
  'domains.set-default-host',
  (connection, { host, now }: { host: string; now: number }): void => {
    const holder = findServingDomain(connection, host);
    if (holder?.id === defaultDomainId) return;
    if (holder !== undefined) throw new AppError('CONFLICT', `${host} is already one of the custom domains`);
    if (findDomainById(connection, defaultDomainId) === undefined) {
      const row = {
        id: defaultDomainId,
        public_id: newId('dom'),
        user_id: null,
        host,
        status: 'verified',
        serves: 1,
        // The operator's word is the proof.
        verification_token: '',
        verified_at: now,
        created_at: now,
        updated_at: now,
      };
      execute(connection, query.insertInto('domains').values(row));
    } else
      execute(
        connection,
        query.updateTable('domains').set({ host, updated_at: now }).where('id', '=', defaultDomainId),
      );
  },
);
