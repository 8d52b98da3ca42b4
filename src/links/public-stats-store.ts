// Finds a link whose statistics are for everybody, by nothing but its public id.

import { type Connection, firstRow, query } from '../storage/query.ts';
import type { CountedLink } from './link.ts';
import { findCountedLink } from './link-store.ts';

/** undefined where there is no such link, it was taken down, or its statistics are its owner's alone: nobody can tell which. */
export function findPublicStatsLink(connection: Connection, publicId: string): CountedLink | undefined {
  const found = query
    .selectFrom('links')
    .select('user_id')
    .where('public_id', '=', publicId)
    .where('public_stats', '=', 1)
    .where('is_archived', '=', 0);
  const row = firstRow(connection, found);
  return row && findCountedLink(connection, row.user_id, publicId);
}
