// Domains in the database. Row 1 is the default domain.

import { AppError } from '../core/errors.ts';
import { newId } from '../core/ids.ts';
import { defineOperation } from '../storage/operation.ts';
import { allRows, type Connection, execute, firstRow, query } from '../storage/query.ts';
import { type Domain, defaultDomainId } from './domain.ts';

/** Every verified domain, the default one included. */
export function listVerifiedDomains(connection: Connection): Domain[] {
  const verified = query
    .selectFrom('domains')
    .select(['id', 'public_id as publicId', 'user_id as userId', 'host'])
    .where('verified_at', 'is not', null)
    .orderBy('id');
  return allRows(connection, verified);
}

/** How many domains are the user's own, verified or not. */
export function countOwnDomains(connection: Connection, userId: number): number {
  const counted = query
    .selectFrom('domains')
    .select((is) => is.fn.countAll<number>().as('total'))
    .where('user_id', '=', userId);
  return firstRow(connection, counted)?.total ?? 0;
}

/**
 * Gives the default domain this host, creating it at the first start. Links keep pointing at the domain, not at the host,
 * so they move along. Throws CONFLICT when the host is already one of the other domains.
 */
export const setDefaultHost = defineOperation(
  'domains.set-default-host',
  (connection, { host, now }: { host: string; now: number }): void => {
    const holder = firstRow(connection, query.selectFrom('domains').select('id').where('host', '=', host));
    if (holder?.id === defaultDomainId) return;
    if (holder !== undefined) throw new AppError('CONFLICT', `${host} is already one of the custom domains`);
    const current = firstRow(connection, query.selectFrom('domains').select('id').where('id', '=', defaultDomainId));
    if (current === undefined) {
      const row = {
        id: defaultDomainId,
        public_id: newId('dom'),
        user_id: null,
        host,
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

export const domainOperations = [setDefaultHost];
