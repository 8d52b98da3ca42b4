// The end of a link, for good: asked for on the command line alone.

import { AppError } from '../core/errors.ts';
import { type Connection, execute, firstRow, query } from '../storage/query.ts';

/**
 * Deletes a link, its tags and its history, inside the caller's transaction; only whose it was is kept. Throws NOT_FOUND, or CONFLICT unless it is archived:
 * what still redirects is not deleted by a slip of the keyboard.
 * @param deleteWhatRefers takes away what else there is of it, before the link goes
 */
export function deleteArchivedLink(
  connection: Connection,
  publicId: string,
  now: number,
  deleteWhatRefers: (linkId: number) => void,
): void {
  const found = query.selectFrom('links').select(['id', 'user_id', 'is_archived']).where('public_id', '=', publicId);
  const row = firstRow(connection, found);
  if (row === undefined) throw new AppError('NOT_FOUND', `there is no link ${publicId}`);
  if (row.is_archived === 0) throw new AppError('CONFLICT', `${publicId} is not archived; archive it first`);
  deleteWhatRefers(row.id);
  const gone = { link_id: row.id, user_id: row.user_id, public_id: publicId, deleted_at: now };
  execute(connection, query.insertInto('deleted_links').values(gone));
  execute(connection, query.deleteFrom('links').where('id', '=', row.id));
}
