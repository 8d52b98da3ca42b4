// The reads of the search, prepared once a connection: they are many and small.

import type Database from 'better-sqlite3';
import { atOnce, type Connection } from '../../storage/query.ts';
import type { LinkPlace } from '../link-cursor.ts';
import { clicksBetween, totalsOfMany } from '../link-totals-store.ts';
import { partId, type PartKind, type SearchEntry, type Segment } from './segment-parts.ts';

interface SegmentRow {
  id: number;
  first_entry: number;
  last_entry: number;
  documents: number;
  suffixes: number;
  min_created: number;
  max_created: number;
  min_updated: number;
  max_updated: number;
}

interface EntryPage {
  readonly sort: 'created' | 'updated';
  readonly order: 'asc' | 'desc';
  readonly place: LinkPlace | undefined;
  readonly limit: number;
}

export type SearchReads = ReturnType<typeof prepareSearchReads>;

export function prepareSearchReads(connection: Connection) {
  const segments = connection.prepare<[number], SegmentRow>(
    `SELECT id, first_entry, last_entry, documents, suffixes, min_created, max_created, min_updated, max_updated
     FROM link_search_segments WHERE user_id = ? AND is_complete = 1`,
  );
  const part = connection.prepare<[number], { bytes: Buffer }>('SELECT bytes FROM link_search_parts WHERE id = ?');
  const dead = connection
    .prepare<[number, number, number], number>(
      'SELECT entry FROM link_search_dead WHERE user_id = ? AND entry BETWEEN ? AND ?',
    )
    .pluck();
  const openEntries = connection.prepare<
    [number, number, number],
    { entry: number; link_id: number; created_at: number; updated_at: number; text: string }
  >(
    `SELECT entry, link_id, created_at, updated_at, text FROM link_search_entries
     WHERE user_id = ? AND entry > ? ORDER BY entry LIMIT ?`,
  );
  const openSize = connection.prepare<[number, number, number], { entries: number; bytes: number }>(
    `SELECT count(*) AS entries, coalesce(sum(octet_length(text)), 0) AS bytes
     FROM (SELECT text FROM link_search_entries WHERE user_id = ? AND entry > ? ORDER BY entry LIMIT ?)`,
  );
  // By what is selected, and the number of pieces.
  const scans = new Map<string, Database.Statement<(number | string)[], [number, number]>>();
  function scan(selected: string, pieces: number, end = '') {
    const key = `${pieces} ${selected}${end}`;
    let prepared = scans.get(key);
    if (prepared === undefined) {
      const holds = ' AND instr(text, ?) > 0'.repeat(pieces);
      prepared = connection
        .prepare<(number | string)[], [number, number]>(
          `SELECT ${selected} FROM link_search_entries WHERE user_id = ? AND entry > ?${holds}${end}`,
        )
        .raw();
      scans.set(key, prepared);
    }
    return prepared;
  }

  return {
    /** All reads inside see the same state. */
    atOnce: <T>(read: () => T): T => atOnce(connection, read),

    segments: (userId: number): Segment[] =>
      segments.all(userId).map((row) => ({
        id: row.id,
        firstEntry: row.first_entry,
        lastEntry: row.last_entry,
        documents: row.documents,
        suffixes: row.suffixes,
        minCreated: row.min_created,
        maxCreated: row.max_created,
        minUpdated: row.min_updated,
        maxUpdated: row.max_updated,
      })),

    part: (segmentId: number, kind: PartKind, number: number): Buffer | undefined =>
      part.get(partId(segmentId, kind, number))?.bytes,

    /** Of a segment, those that have not been folded in. */
    dead: (userId: number, { firstEntry, lastEntry }: Segment): number[] => dead.all(userId, firstEntry, lastEntry),

    /** Entries after the one given, by number. */
    openEntries: (userId: number, after: number, limit: number): SearchEntry[] =>
      openEntries.all(userId, after, limit).map((row) => ({
        entry: row.entry,
        linkId: row.link_id,
        createdAt: row.created_at,
        updatedAt: row.updated_at,
        text: row.text,
      })),

    openSize: (userId: number, after: number, limit: number): { entries: number; bytes: number } =>
      openSize.get(userId, after, limit)!,

    /** How many entries after the one given hold all pieces. */
    countHolding: (userId: number, after: number, pieces: readonly string[]): number =>
      scan('count(*), 0', pieces.length).get(userId, after, ...pieces)![0],

    /** The links of all of them. */
    linksHolding: (userId: number, after: number, pieces: readonly string[]): number[] =>
      scan('link_id, 0', pieces.length)
        .all(userId, after, ...pieces)
        .map(([linkId]) => linkId),

    /** The first of them in an order, after a place where one is given. */
    firstHolding: (userId: number, after: number, pieces: readonly string[], page: EntryPage): LinkPlace[] => {
      const { sort, order, place, limit } = page;
      const column = sort === 'created' ? 'created_at' : 'updated_at';
      const beyond = place === undefined ? '' : ` AND (${column}, link_id) ${order === 'asc' ? '>' : '<'} (?, ?)`;
      const end = `${beyond} ORDER BY ${column} ${order}, link_id ${order} LIMIT ?`;
      const values = [userId, after, ...pieces, ...(place === undefined ? [] : [place.value, place.id]), limit];
      return scan(`${column}, link_id`, pieces.length, end)
        .all(...values)
        .map(([value, id]) => ({ value, id }));
    },

    /** Tells how often each of these links was clicked, as long as the transaction lasts in which this is called. */
    clicksNow: (linkIds: Iterable<number>): ((linkId: number) => number) => {
      const totals = totalsOfMany(connection, linkIds);
      return (linkId) => totals(linkId)?.clicks ?? 0;
    },

    /** How often links were clicked that ever had a hit, from one number to, and without, another. */
    clicksBetween: (first: number, past: number): Map<number, number> =>
      atOnce(connection, () => clicksBetween(connection, first, past)),
  };
}

/** Users that have at least so many entries to be sealed, dead ones included. */
export function usersWithOpenEntries(connection: Connection, least: number): number[] {
  return connection
    .prepare<[number], number>(
      `SELECT user_id FROM link_search_numbers AS n
       WHERE latest - coalesce((SELECT max(last_entry) FROM link_search_segments AS s
         WHERE s.user_id = n.user_id AND is_complete = 1), 0) >= ?`,
    )
    .pluck()
    .all(least);
}

/** A segment that was never completed, or has nothing left in it. */
export function findDiscardedSegment(connection: Connection): number | undefined {
  return connection
    .prepare<[], number>('SELECT id FROM link_search_segments WHERE is_complete = 0 LIMIT 1')
    .pluck()
    .get();
}

/** Whether entries that lie in a segment are still among the others, too. */
export function hasSealedEntries(connection: Connection, userId: number, lastSealed: number): boolean {
  return (
    connection
      .prepare<[number, number], number>('SELECT 1 FROM link_search_entries WHERE user_id = ? AND entry <= ? LIMIT 1')
      .pluck()
      .get(userId, lastSealed) !== undefined
  );
}
