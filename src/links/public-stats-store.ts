// Finds a link whose statistics are for everybody, by nothing but its public id.

import { type Connection, firstRow, query } from '../storage/query.ts';
import type { CountedLink } from './link.ts';
import { findCountedLink } from './link-store.ts';

function liveLinks(publicId: string) {
  return query.selectFrom('links').select('user_id').where('public_id', '=', publicId).where('is_archived', '=', 0);
}

/** For whoever has proved to know the link's long id; undefined where there is no such link, or it was taken down. */
export function findLiveLink(connection: Connection, publicId: string): CountedLink | undefined {
  const row = firstRow(connection, liveLinks(publicId));
  return row && findCountedLink(connection, row.user_id, publicId);
}

/** undefined where there is no such link, it was taken down, or its statistics are its owner's alone: nobody can tell which. */
export function findPublicStatsLink(connection: Connection, publicId: string): CountedLink | undefined {
  const row = firstRow(connection, liveLinks(publicId).where('public_stats', '=', 1));
  return row && findCountedLink(connection, row.user_id, publicId);
}
