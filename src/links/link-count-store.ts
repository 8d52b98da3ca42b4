// How many links a user has, read off the counter that the schema's triggers keep.

import { type Connection, firstRow, query } from '../storage/query.ts';

export interface LinkCount {
  /** Not archived. */
  readonly live: number;
  readonly archived: number;
}

/** Exact at any moment, inside a transaction too; costs one look-up however many links there are. */
export function countOfLinks(connection: Connection, userId: number): LinkCount {
  const counted = query.selectFrom('link_counts').select(['live', 'archived']).where('user_id', '=', userId);
  return firstRow(connection, counted) ?? { live: 0, archived: 0 };
}
