// The end of a link, for good: asked for on the command line alone. A server that runs is asked by a row, which goes with the link.

import { AppError } from '../core/errors.ts';
import { defineOperation } from '../storage/operation.ts';
import { allRows, type Connection, execute, firstRow, query } from '../storage/query.ts';
import type { Link } from './link.ts';

/** What is left to do of a deletion that was asked for; `dropped`: nothing, the link was restored meanwhile. */
export type DeletionState = 'requested' | 'deleted' | 'dropped';

export type ArchivedLink = Pick<Link, 'id' | 'publicId' | 'userId' | 'domainId' | 'slug' | 'alias'>;

/** Throws NOT_FOUND, or CONFLICT unless the link is archived: what still redirects is not deleted by a slip of the keyboard. */
export function requireArchived(connection: Connection, publicId: string): ArchivedLink {
  const columns = ['id', 'user_id', 'domain_id', 'slug', 'alias', 'is_archived'] as const;
  const row = firstRow(connection, query.selectFrom('links').select(columns).where('public_id', '=', publicId));
  if (row === undefined) throw new AppError('NOT_FOUND', `there is no link ${publicId}`);
  if (row.is_archived === 0) throw new AppError('CONFLICT', `${publicId} is not archived; archive it first`);
  const { id, user_id: userId, domain_id: domainId, slug, alias } = row;
  return { id, publicId, userId, domainId, slug, alias };
}

/** To be called inside a transaction. Throws as `requireArchived`. */
export function requestDeletion(connection: Connection, publicId: string, now: number): void {
  const row = { link_id: requireArchived(connection, publicId).id, requested_at: now };
  const insert = query.insertInto('link_deletions').values(row);
  execute(
    connection,
    insert.onConflict((conflict) => conflict.doNothing()),
  );
}

/** Public ids of the links that are to be deleted, the one that was asked for first in front. */
export function requestedDeletions(connection: Connection): string[] {
  const requested = query
    .selectFrom('link_deletions')
    .innerJoin('links', 'links.id', 'link_deletions.link_id')
    .select('links.public_id as publicId')
    .orderBy('link_deletions.requested_at')
    .orderBy('link_deletions.link_id');
  return allRows(connection, requested).map(({ publicId }) => publicId);
}

/** How the deletion of a link stands that was asked for. */
export function deletionState(connection: Connection, publicId: string): DeletionState {
  // One statement: what happens between two of them would look like neither.
  const states = query
    .selectFrom('link_deletions')
    .innerJoin('links', 'links.id', 'link_deletions.link_id')
    .select((is) => is.val<DeletionState>('requested').as('state'))
    .where('links.public_id', '=', publicId)
    .unionAll(
      query
        .selectFrom('deleted_links')
        .select((is) => is.val<DeletionState>('deleted').as('state'))
        .where('public_id', '=', publicId),
    );
  return firstRow(connection, states)?.state ?? 'dropped';
}

/** Forgets that a link was to be deleted. */
export const dropDeletion = defineOperation(
  'links.drop-deletion',
  (connection, { publicId }: { publicId: string }): void => {
    const link = query.selectFrom('links').select('id').where('public_id', '=', publicId);
    execute(connection, query.deleteFrom('link_deletions').where('link_id', '=', link));
  },
);

/**
 * Deletes the link's row, and with it its tags, its history and whatever else stands under it, inside the caller's transaction; only
 * whose it was is kept.
 */
export function deleteLinkRow(connection: Connection, { id, publicId, userId }: ArchivedLink, now: number): void {
  const gone = { link_id: id, user_id: userId, public_id: publicId, deleted_at: now };
  execute(connection, query.insertInto('deleted_links').values(gone));
  execute(connection, query.deleteFrom('links').where('id', '=', id));
}
