// What becomes of a link's clicks when the link is deleted for good: single visits go, the numbers stay among its user's.

import { type Connection, execute, query } from '../storage/query.ts';
import { rollUpBeforeDeleting } from './folding-store.ts';

// A link's hits are a chain (previous_id), newest first: without it, all hits of all links would have to be read.
const deleteChain = `
  WITH RECURSIVE chain (id) AS (
    SELECT last_click_id FROM link_totals WHERE link_id = :linkId
    UNION ALL SELECT previous_id FROM clicks JOIN chain USING (id) WHERE previous_id > 0
  )
  DELETE FROM clicks WHERE id IN chain AND link_id = :linkId`;

/** To be called inside a transaction, and while no server runs: its writer thread keeps the ends of chains in memory. */
export function deleteHitsOf(connection: Connection, linkId: number): void {
  rollUpBeforeDeleting(connection, [linkId]);
  const { changes } = connection.prepare(deleteChain).run({ linkId });
  // Those of its hits alone have nothing to look at any more.
  execute(connection, query.deleteFrom('click_jobs').where('link_id', '=', linkId));
  execute(
    connection,
    query
      .updateTable('link_totals')
      .set((row) => ({ dropped: row('dropped', '+', changes) }))
      .where('link_id', '=', linkId),
  );
}
