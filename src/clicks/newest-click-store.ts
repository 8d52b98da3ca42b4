// When the newest stored hit was.

import type { Connection } from '../storage/query.ts';

/** Unix milliseconds; undefined where no hit is stored. */
export function newestClickAt(connection: Connection): number | undefined {
  return connection.prepare<[], number>('SELECT clicked_at FROM clicks ORDER BY id DESC LIMIT 1').pluck().get();
}
