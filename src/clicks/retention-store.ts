// Deletes raw hits whose time is over, the oldest first, in small transactions. Totals and roll-ups stay: what is deleted has been
// rolled up in the same transaction before.

import { dayMs } from '../core/periods.ts';
import { defineOperation } from '../storage/operation.ts';
import { allRows, type Connection, execute, firstRow, query } from '../storage/query.ts';
import { Folding, noteClickStateChange } from './folding-store.ts';

/** Hits that one transaction looks at: redirects wait behind it. */
const hitsAtOnce = 100;
const settingName = 'click_retention';

/** How long raw hits are kept, in days; 0: for ever. */
export interface Retention {
  readonly days: number;
  /** Domains that have a rule of their own. */
  readonly byDomain: readonly { readonly domainId: number; readonly days: number }[];
}

interface Hit {
  readonly id: number;
  readonly clicked_at: number;
  readonly link_id: number;
  readonly domain_id: number | null;
}

interface Progress {
  /** By days, the last hit that was looked at. */
  readonly positions: Readonly<Record<string, number>>;
  /** The rules that they hold for: others begin anew. */
  readonly rules: string;
}

function readProgress(connection: Connection, rules: string): Record<string, number> {
  const row = firstRow(connection, query.selectFrom('settings').select('value').where('name', '=', settingName));
  const stored = row === undefined ? undefined : (JSON.parse(row.value.toString()) as Progress);
  return stored?.rules === rules ? { ...stored.positions } : {};
}

function writeProgress(connection: Connection, progress: Progress): void {
  const row = { name: settingName, value: Buffer.from(JSON.stringify(progress)) };
  execute(
    connection,
    query
      .insertInto('settings')
      .values(row)
      .onConflict((conflict) => conflict.column('name').doUpdateSet({ value: row.value })),
  );
}

/** The rules of domains, as they are set. */
export function domainRetention(connection: Connection): Retention['byDomain'] {
  const own = query
    .selectFrom('domains')
    .select(['id as domainId', 'click_retention_days as days'])
    .where('click_retention_days', 'is not', null)
    .orderBy('id');
  return allRows(connection, own).map(({ domainId, days }) => ({ domainId, days: days ?? 0 }));
}

function dropHits(connection: Connection, hits: readonly Hit[]): void {
  noteClickStateChange(connection);
  const folding = new Folding(connection);
  const byLink = new Map<number, number>();
  for (const { link_id: linkId } of hits) byLink.set(linkId, (byLink.get(linkId) ?? 0) + 1);
  for (const linkId of byLink.keys()) folding.foldLink(linkId);
  const lastId = hits.at(-1)!.id;
  if (lastId > folding.userRollUpEnd()) folding.foldUsers(lastId);
  const drop = connection.prepare<[number]>('DELETE FROM clicks WHERE id = ?');
  for (const { id } of hits) drop.run(id);
  const note = connection.prepare<[number, number]>('UPDATE link_totals SET dropped = dropped + ? WHERE link_id = ?');
  for (const [linkId, count] of byLink) note.run(count, linkId);
}

/** Hits in front of the position that are over, up to the first that is not. A clock that ran ahead for a while stops nobody. */
function overHits(connection: Connection, after: number, cutoff: number, now: number): readonly Hit[] {
  const next = query
    .selectFrom('clicks')
    .leftJoin('links', 'links.id', 'clicks.link_id')
    .select(['clicks.id', 'clicks.clicked_at', 'clicks.link_id', 'links.domain_id'])
    .where('clicks.id', '>', after)
    .orderBy('clicks.id')
    .limit(hitsAtOnce);
  const hits = allRows(connection, next);
  const end = hits.findIndex(({ clicked_at: at }) => at >= cutoff && at <= now);
  return end === -1 ? hits : hits.slice(0, end);
}

interface DropOutcome {
  readonly dropped: number;
  /** Whether there may be more. */
  readonly hasMore: boolean;
}

/** One small step. To be repeated as long as there is more. */
export const dropOldHits = defineOperation(
  'clicks.drop-old',
  (connection, { retention, now }: { retention: Retention; now: number }): DropOutcome => {
    const rules = JSON.stringify(retention);
    const positions = readProgress(connection, rules);
    const daysOf = new Map(retention.byDomain.map(({ domainId, days }) => [domainId, days]));
    for (const days of new Set([retention.days, ...daysOf.values()])) {
      if (days === 0) continue;
      const hits = overHits(connection, positions[days] ?? 0, now - days * dayMs, now);
      const last = hits.at(-1);
      if (last === undefined) continue;
      const over = hits.filter(({ domain_id: id }) => (daysOf.get(id ?? 0) ?? retention.days) === days);
      if (over.length > 0) dropHits(connection, over);
      writeProgress(connection, { rules, positions: { ...positions, [days]: last.id } });
      return { dropped: over.length, hasMore: true };
    }
    return { dropped: 0, hasMore: false };
  },
);
