// What becomes of a link's clicks when the link is deleted for good: single visits go, the numbers stay among its user's. Done in small
// steps, each of which leaves totals, roll-ups and hits in agreement, so that a server may redirect, stop or be killed in between.

import { type ArchivedLink, deleteLinkRow, requireArchived } from '../links/link-deletion-store.ts';
import { settleTotals } from '../links/link-totals-store.ts';
import { dropOldestPasswordDay } from '../links/password-visit-store.ts';
import { defineOperation } from '../storage/operation.ts';
import { type Connection, execute, oncePerConnection, query } from '../storage/query.ts';
import { rollUpBeforeDeleting } from './folding-store.ts';

/** Hits that one transaction deletes: redirects wait behind it, and each hit lies on a page of its own. */
const hitsAtOnce = 250;

interface ChainedHit {
  readonly id: number;
  readonly previousId: number;
}

const statementsOf = oncePerConnection((connection) => ({
  // A link's hits are a chain (previous_id), newest first: without it, all hits of all links would have to be read.
  newest: connection.prepare<[number], ChainedHit>(
    `WITH RECURSIVE chain (id, previous_id) AS (
       SELECT c.id, c.previous_id FROM link_totals t JOIN clicks c ON c.id = t.last_click_id WHERE t.link_id = ?
       UNION ALL SELECT c.id, c.previous_id FROM chain JOIN clicks c ON c.id = chain.previous_id
       LIMIT ${hitsAtOnce}
     )
     SELECT id, previous_id AS previousId FROM chain`,
  ),
  drop: connection.prepare<[number]>('DELETE FROM clicks WHERE id = ?'),
  shorten: connection.prepare<[number, number, number]>(
    'UPDATE link_totals SET last_click_id = ?, dropped = dropped + ? WHERE link_id = ?',
  ),
}));

/** Deletes some of the link's newest hits, which stay in totals and roll-ups. True where there may be more. */
function dropNewestHits(connection: Connection, linkId: number): boolean {
  settleTotals(connection);
  const { newest, drop, shorten } = statementsOf(connection);
  const hits = newest.all(linkId);
  const oldest = hits.at(-1);
  if (oldest === undefined) return false;
  rollUpBeforeDeleting(connection, [linkId], hits[0]!.id);
  for (const { id } of hits) drop.run(id);
  shorten.run(oldest.previousId, hits.length, linkId);
  return hits.length === hitsAtOnce;
}

/** Deletes all hits of the link, which stay in totals and roll-ups. To be called inside a transaction. */
export function dropHitsOf(connection: Connection, linkId: number): void {
  while (dropNewestHits(connection, linkId));
}

/** Takes away a part of what there may be much of. True where there may be more. */
function clearSome(connection: Connection, linkId: number): boolean {
  return dropNewestHits(connection, linkId) || dropOldestPasswordDay(connection, linkId);
}

/**
 * Deletes an archived link with all that there is of it, inside the caller's transaction, and returns what it was. Throws NOT_FOUND, or
 * CONFLICT unless it is archived.
 */
export function deleteArchivedLink(connection: Connection, publicId: string, now: number): ArchivedLink {
  const link = requireArchived(connection, publicId);
  while (clearSome(connection, link.id));
  // Those of its hits alone have nothing to look at any more.
  execute(connection, query.deleteFrom('click_jobs').where('link_id', '=', link.id));
  deleteLinkRow(connection, link, now);
  return link;
}

/**
 * One small step before an archived link is deleted, to be repeated as long as it says that there may be more. Throws NOT_FOUND, or
 * CONFLICT where the link was restored: then it keeps what is left.
 */
export const clearLink = defineOperation(
  'links.clear',
  (connection, { publicId }: { publicId: string }): boolean =>
    clearSome(connection, requireArchived(connection, publicId).id),
  // The link is still to be deleted when the power is back.
  { isRepeatable: true },
);

/** The last step: short where the others went before. Throws as they do. */
export const deleteLink = defineOperation(
  'links.delete',
  (connection, { publicId, now }: { publicId: string; now: number }): ArchivedLink =>
    deleteArchivedLink(connection, publicId, now),
);
