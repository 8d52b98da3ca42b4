// Deletes raw hits whose time is over, the oldest first, in small transactions. Totals and roll-ups stay: what is deleted has been
// rolled up in the same transaction before.

import { dayMs } from '../core/periods.ts';
import { linkMoves } from '../links/link-moves-store.ts';
import { defineOperation } from '../storage/operation.ts';
import { allRows, type Connection, execute, firstRow, query } from '../storage/query.ts';
import { rollUpBeforeDeleting } from './folding-store.ts';

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

/** Hits that were stored while the clock ran ahead: how old they are is known from when they were noticed at the latest. */
interface Ahead {
  /** The last one that may be such a hit. */
  readonly upTo: number;
  readonly since: number;
}

interface Progress {
  /** By days, the last hit that was looked at. */
  readonly positions: Readonly<Record<string, number>>;
  readonly ahead?: Ahead | undefined;
  /** The rules that the positions hold for: others begin anew. */
  readonly rules: string;
  /** How often links had been moved to another domain when the positions began. */
  readonly moves: number;
}

function readProgress(connection: Connection, rules: string): Progress {
  const row = firstRow(connection, query.selectFrom('settings').select('value').where('name', '=', settingName));
  const stored = row === undefined ? undefined : (JSON.parse(row.value.toString()) as Progress);
  if (stored?.rules === rules) return stored;
  return { positions: {}, ahead: stored?.ahead, rules, moves: linkMoves(connection) };
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
  const byLink = new Map<number, number>();
  for (const { link_id: linkId } of hits) byLink.set(linkId, (byLink.get(linkId) ?? 0) + 1);
  rollUpBeforeDeleting(connection, byLink.keys(), hits.at(-1)!.id);
  const drop = connection.prepare<[number]>('DELETE FROM clicks WHERE id = ?');
  for (const { id } of hits) drop.run(id);
  const note = connection.prepare<[number, number]>('UPDATE link_totals SET dropped = dropped + ? WHERE link_id = ?');
  for (const [linkId, count] of byLink) note.run(count, linkId);
}

interface Time {
  readonly now: number;
  readonly keptMs: number;
  readonly ahead: Ahead | undefined;
}

/** The next hits behind the position. */
function nextHits(connection: Connection, after: number): readonly Hit[] {
  const next = query
    .selectFrom('clicks')
    .leftJoin('links', 'links.id', 'clicks.link_id')
    .select(['clicks.id', 'clicks.clicked_at', 'clicks.link_id', 'links.domain_id'])
    .where('clicks.id', '>', after)
    .orderBy('clicks.id')
    .limit(hitsAtOnce);
  return allRows(connection, next);
}

/**
 * Those of them that are over, up to the first that is not. A hit from a clock that ran ahead is over with one that was stored after it,
 * or so long after it was noticed: neither is it deleted at once, nor does it hold up others until its own time comes.
 */
function overHits(hits: readonly Hit[], { now, keptMs, ahead }: Time): readonly Hit[] {
  const isOld = ({ clicked_at: at }: Hit): boolean => at < now - keptMs;
  const lastOld = hits.findLastIndex(isOld);
  const wasNoticed = ({ id }: Hit): boolean => ahead !== undefined && id <= ahead.upTo && ahead.since <= now - keptMs;
  const end = hits.findIndex(
    (hit, place) => !isOld(hit) && !(hit.clicked_at > now && (place < lastOld || wasNoticed(hit))),
  );
  return end === -1 ? hits : hits.slice(0, end);
}

/** What is to be remembered of a hit that nothing can be said of yet; undefined where that is known already. */
function noticed(
  connection: Connection,
  { id, clicked_at: at }: Hit,
  now: number,
  ahead: Ahead | undefined,
): Ahead | undefined {
  if (at <= now || (ahead !== undefined && id <= ahead.upTo && ahead.since <= now)) return undefined;
  const newest = query.selectFrom('clicks').select(({ fn }) => fn.max('id').as('id'));
  return { upTo: firstRow(connection, newest)?.id ?? id, since: now };
}

/**
 * Begins anew where links have been moved to another domain since: their hits may lie behind the position and be over by its rule. Once
 * before a row of steps, and not between them: they would not come to their end while links are moved all the time.
 */
export const noticeMovedLinks = defineOperation(
  'clicks.notice-moved-links',
  (connection, { retention }: { retention: Retention }): void => {
    const progress = readProgress(connection, JSON.stringify(retention));
    const moves = linkMoves(connection);
    if (moves !== progress.moves) writeProgress(connection, { ...progress, positions: {}, moves });
  },
);

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
    const progress = readProgress(connection, rules);
    const { positions, ahead } = progress;
    const daysOf = new Map(retention.byDomain.map(({ domainId, days }) => [domainId, days]));
    for (const days of new Set([retention.days, ...daysOf.values()])) {
      if (days === 0) continue;
      const next = nextHits(connection, positions[days] ?? 0);
      const hits = overHits(next, { now, keptMs: days * dayMs, ahead });
      const last = hits.at(-1);
      if (last === undefined) {
        const news = next[0] && noticed(connection, next[0], now, ahead);
        if (news === undefined) continue;
        writeProgress(connection, { ...progress, ahead: news });
        return { dropped: 0, hasMore: true };
      }
      const over = hits.filter(({ domain_id: id }) => (daysOf.get(id ?? 0) ?? retention.days) === days);
      if (over.length > 0) dropHits(connection, over);
      writeProgress(connection, { ...progress, positions: { ...positions, [days]: last.id } });
      return { dropped: over.length, hasMore: true };
    }
    return { dropped: 0, hasMore: false };
  },
);
