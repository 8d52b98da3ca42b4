// The numbers under which visits to galleries and items are recorded, beside those of links in the same tables of clicks.

import { type Connection, execute, firstRow, query } from '../storage/query.ts';

/** Above every link's id, for good: a million links a second would take 12 days to reach it. */
const firstCounterId = 2 ** 40;

/** A number that nothing was ever recorded under. Its row stays when the gallery or item is deleted, so that nothing ever will inherit its visits. */
export function newCounter(connection: Connection, userId: number, counts: 'gallery' | 'item'): number {
  const last = query.selectFrom('visit_counters').select((is) => is.fn.max<number | null>('id').as('id'));
  const id = (firstRow(connection, last)?.id ?? firstCounterId) + 1;
  execute(connection, query.insertInto('visit_counters').values({ id, user_id: userId, counts }));
  return id;
}
