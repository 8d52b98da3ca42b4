// Erases a visitor's address on a connection of its own, as the command line does: in small transactions, so that a running server
// waits for none of them.

import { emptyLog } from '../storage/checkpoint.ts';
import type { Connection } from '../storage/query.ts';
import { addressIdsAtOnce, AddressRows } from './address-rows-store.ts';
import { eraseVisitors } from './click-job-store.ts';

const erasedAtOnce = 1_000;

/** Returns how many hits were changed. */
export function eraseAddress(connection: Connection, address: string): number {
  const rows = new AddressRows(connection);
  const last = connection.prepare<[], number | null>('SELECT max(id) FROM clicks').pluck().get() ?? 0;
  const erase = connection.transaction((ids: readonly number[]) => eraseVisitors(connection, ids));
  let erased = 0;
  for (let position = 0; position < last; position += addressIdsAtOnce) {
    const found = rows.between(position, Math.min(last, position + addressIdsAtOnce), address);
    for (let start = 0; start < found.length; start += erasedAtOnce)
      erased += erase.immediate(found.slice(start, start + erasedAtOnce));
  }
  // What was there before may still be in the log. Of a running server's that may have to wait for its own next cut.
  emptyLog(connection);
  return erased;
}
