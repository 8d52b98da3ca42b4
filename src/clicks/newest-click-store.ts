// When the newest stored hit was.

import { type Connection, firstRow, query } from '../storage/query.ts';

/** Unix milliseconds; undefined where no hit is stored. */
export function newestClickAt(connection: Connection): number | undefined {
  return firstRow(connection, query.selectFrom('clicks').select('clicked_at').orderBy('id', 'desc').limit(1))
    ?.clicked_at;
}
