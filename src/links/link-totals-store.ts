// The totals of links up to the last commit. Under load hits are added to their links' rows some thousands later than they are stored
// (clicks/running-totals-store.ts): a row stands as of its last_click_id, and the link's hits with higher ids come on top of it. None of
// those is older than link_totals_end, so that they are found at the end of `clicks`, after a crash as well.

import { type Connection, oncePerConnection } from '../storage/query.ts';

export interface LinkTotals {
  /** Hits that count. */
  readonly clicks: number;
  /** Hits that counted when they happened: what a limit is compared with. */
  readonly consumed: number;
  /** null: no hit has counted yet. */
  readonly lastClickedAt: number | null;
  /** Of any hit; where the newest are deleted, of the newest that is left. */
  readonly lastClickId: number;
  /** Newest hits that no roll-up holds. */
  readonly tail: number;
  /** Hits whose rows are deleted. */
  readonly dropped: number;
}

/** What the hits that a link's row does not hold add to it. */
export interface AddedHits {
  readonly linkId: number;
  readonly hits: number;
  readonly clicks: number;
  readonly lastClickedAt: number | null;
  readonly lastClickId: number;
}

// Before which id every hit is in its link's row.
const end = 'coalesce((SELECT click_id FROM link_totals_end), 0)';

// By link, what is to be added to rows. CROSS, so that the hits come first: there are few of them, and of rows any number.
const addedTo = (
  links: string,
): string => `SELECT c.link_id, count(*) AS hits, count(*) FILTER (WHERE c.verdict = 0) AS clicks,
    max(c.clicked_at) FILTER (WHERE c.verdict = 0) AS last_clicked_at, max(c.id) AS last_click_id
  FROM clicks c CROSS JOIN link_totals t ON t.link_id = c.link_id
  WHERE c.id > ${end}${links} AND c.id > t.last_click_id GROUP BY c.link_id`;
const added = addedTo('');

// A row `t` and what is to be added to it, `a`, which may be nothing.
const sums = {
  clicks: 't.clicks + coalesce(a.clicks, 0)',
  consumed: 't.consumed + coalesce(a.clicks, 0)',
  last_clicked_at: 'coalesce(max(t.last_clicked_at, a.last_clicked_at), t.last_clicked_at, a.last_clicked_at)',
  last_click_id: 'coalesce(a.last_click_id, t.last_click_id)',
  tail: 't.tail + coalesce(a.hits, 0)',
};
const eachSum = (written: (column: string, sum: string) => string): string =>
  Object.entries(sums)
    .map(([column, sum]) => written(column, sum))
    .join(', ');

/** In place of the table where all rows are read: a SELECT of its columns, in their order. */
export const currentTotals = `SELECT t.link_id, ${eachSum((column, sum) => `${sum} AS ${column}`)}, t.dropped
  FROM link_totals t LEFT JOIN (${added}) a ON a.link_id = t.link_id`;

const settling = (more: string): string =>
  `UPDATE link_totals AS t SET ${eachSum((column, sum) => `${column} = ${sum}`)} FROM (${more}) a WHERE a.link_id = t.link_id`;

const addedColumns = 'link_id AS linkId, hits, clicks, last_clicked_at AS lastClickedAt, last_click_id AS lastClickId';

const statementsOf = oncePerConnection((connection) => ({
  // Through the SELECT above it would take half as long again.
  one: connection.prepare<[number], LinkTotals>(
    `SELECT t.clicks + count(c.id) FILTER (WHERE c.verdict = 0) AS clicks, t.consumed + count(c.id) FILTER (WHERE c.verdict = 0) AS consumed,
       coalesce(max(t.last_clicked_at, max(c.clicked_at) FILTER (WHERE c.verdict = 0)), t.last_clicked_at,
         max(c.clicked_at) FILTER (WHERE c.verdict = 0)) AS lastClickedAt,
       coalesce(max(c.id), t.last_click_id) AS lastClickId, t.tail + count(c.id) AS tail, t.dropped
     FROM link_totals t LEFT JOIN clicks c ON c.id > max(t.last_click_id, ${end}) AND c.link_id = t.link_id
     WHERE t.link_id = ? GROUP BY t.link_id`,
  ),
  row: connection.prepare<[number], LinkTotals>(
    `SELECT clicks, consumed, last_clicked_at AS lastClickedAt, last_click_id AS lastClickId, tail, dropped
     FROM link_totals WHERE link_id = ?`,
  ),
  added: connection.prepare<[], AddedHits>(`SELECT ${addedColumns} FROM (${added})`),
  addedToSome: connection.prepare<[string], AddedHits>(
    `SELECT ${addedColumns} FROM (${addedTo(' AND c.link_id IN (SELECT value FROM json_each(?))')})`,
  ),
  between: connection
    .prepare<[number, number], [linkId: number, clicks: number]>(
      'SELECT link_id, clicks FROM link_totals WHERE link_id >= ? AND link_id < ?',
    )
    .raw(),
  addedBetween: connection.prepare<[number, number], AddedHits>(
    `SELECT ${addedColumns} FROM (${addedTo(' AND c.link_id >= ? AND c.link_id < ?')})`,
  ),
  settle: connection.prepare<[]>(settling(added)),
  settleOne: connection.prepare<[number]>(settling(addedTo(' AND c.link_id = ?'))),
  newest: connection.prepare<[], number | null>('SELECT max(id) FROM clicks').pluck(),
  end: connection.prepare<[], number>(`SELECT ${end}`).pluck(),
  setEnd: connection.prepare<[number]>(
    `INSERT INTO link_totals_end (id, click_id) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET click_id = excluded.click_id`,
  ),
}));

/** undefined: nothing was ever recorded of the link. */
export function totalsOf(connection: Connection, linkId: number): LinkTotals | undefined {
  return statementsOf(connection).one.get(linkId);
}

/**
 * The same for many links, one after the other: what has to be added to rows is read once, so it holds for the transaction in which this
 * is called. undefined: nothing was ever recorded of the link.
 * @param linkIds those that will be asked for; without them, any
 */
export function totalsOfMany(
  connection: Connection,
  linkIds?: Iterable<number>,
): (linkId: number) => LinkTotals | undefined {
  const { row, added: addedToAny, addedToSome } = statementsOf(connection);
  const rows = linkIds === undefined ? addedToAny.all() : addedToSome.all(JSON.stringify([...linkIds]));
  const byLink = new Map(rows.map((hits) => [hits.linkId, hits]));
  return (linkId) => {
    const totals = row.get(linkId);
    const more = byLink.get(linkId);
    return totals === undefined || more === undefined ? totals : withAdded(totals, more);
  };
}

/** What a row says, and what comes on top of it. */
export function withAdded<Totals extends Omit<LinkTotals, 'dropped'>>(totals: Totals, more: AddedHits): Totals {
  return {
    ...totals,
    clicks: totals.clicks + more.clicks,
    consumed: totals.consumed + more.clicks,
    lastClickedAt: later(totals.lastClickedAt, more.lastClickedAt),
    lastClickId: more.lastClickId,
    tail: totals.tail + more.hits,
  };
}

function later(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b;
  return Math.max(a, b);
}

/** How often links were clicked that ever had a hit, from one number to, and without, another. To be called inside a transaction. */
export function clicksBetween(connection: Connection, first: number, past: number): Map<number, number> {
  const { between, addedBetween } = statementsOf(connection);
  const clicks = new Map(between.iterate(first, past));
  for (const { linkId, clicks: more } of addedBetween.iterate(first, past))
    clicks.set(linkId, (clicks.get(linkId) ?? 0) + more);
  return clicks;
}

/** Of the links whose rows do not hold all of their hits. */
export function addedHits(connection: Connection): AddedHits[] {
  return statementsOf(connection).added.all();
}

/** The id up to which every hit is in its link's row. */
export function totalsEnd(connection: Connection): number {
  return statementsOf(connection).end.get()!;
}

/** Only once every hit up to this one is in its link's row. */
export function setTotalsEnd(connection: Connection, clickId: number): void {
  statementsOf(connection).setEnd.run(clickId);
}

// What is remembered of the tables that hold a tail or a total is wrong once an operation has changed them.
const versions = new WeakMap<Connection, number>();

/** Rises whenever `settleTotals` is called on this connection. */
export function totalsVersion(connection: Connection): number {
  return versions.get(connection) ?? 0;
}

/**
 * Adds every stored hit to its link's row. To be called, inside its transaction, by whatever changes clicks, link_totals or roll-ups
 * besides the recording of hits, before it reads or writes them: it finds whole rows, and the recorder reads anew what it remembers.
 */
export function settleTotals(connection: Connection): void {
  versions.set(connection, totalsVersion(connection) + 1);
  const { settle, newest } = statementsOf(connection);
  settle.run();
  const last = newest.get() ?? 0;
  if (last > totalsEnd(connection)) setTotalsEnd(connection, last);
}

/** Adds the link's stored hits to its row, for whoever reads rows alone. Changes nothing that the recorder remembers. */
export function settleTotalsOf(connection: Connection, linkId: number): void {
  statementsOf(connection).settleOne.run(linkId);
}
