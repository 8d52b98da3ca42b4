// The newest hits that pass what a question asks for. Goes backwards through the asked links' own hits, or through everybody's from the
// moment at which the period ends, a bounded number of them: newest are asked for, and mostly found soon.

import { quarterOf } from '../core/periods.ts';
import type { QuarterRange } from '../core/time-zone.ts';
import { totalsOfMany } from '../links/link-totals-store.ts';
import type { Connection } from '../storage/query.ts';
import { userColumns } from './hit-columns.ts';
import type { IdFilter } from './stats-filter.ts';
import type { BotFilter } from './tally.ts';
import { countedVerdict } from './verdict.ts';

/** Hits that one question looks at, some tenths of a second of work. */
export const maxSearched = 200_000;
/** So many links are gone through one by one sooner than everybody's hits. */
const maxSeparateLinks = 200;

export interface RecentSearch {
  readonly userId: number;
  readonly limit: number;
  readonly bots: BotFilter;
  /** undefined: all time. */
  readonly range: QuarterRange | undefined;
  /** By column (clicks/hit-columns.ts). */
  readonly filters: readonly (IdFilter | undefined)[];
  /** The user's own, of which alone hits are asked for; undefined: all of the user's. */
  readonly linkIds: ReadonlySet<number> | undefined;
}

type Row = [
  id: number,
  previousId: number,
  clickedAt: number,
  verdict: number,
  placeId: number,
  agentId: number,
  referrerId: number,
  contextId: number,
  linkId: number,
];
const idColumns = 4;

function prepareStatements(connection: Connection) {
  const columns =
    'c.id, c.previous_id, c.clicked_at, c.verdict, c.place_id, c.user_agent_id, c.referrer_id, c.context_id, c.link_id';
  return {
    newest: connection.prepare<[], number>('SELECT max(id) FROM clicks').pluck(),
    // The next one, because hits may have been deleted.
    at: connection
      .prepare<[number], [id: number, clickedAt: number]>(
        'SELECT id, clicked_at FROM clicks WHERE id >= ? ORDER BY id LIMIT 1',
      )
      .raw(),
    between: connection
      .prepare<[number, number, number], Row>(
        `SELECT ${columns} FROM clicks c CROSS JOIN links l ON l.id = c.link_id
         WHERE c.id > ? AND c.id <= ? AND l.user_id = ? ORDER BY c.id DESC`,
      )
      .raw(),
    one: connection.prepare<[number], Row>(`SELECT ${columns} FROM clicks c WHERE c.id = ?`).raw(),
  };
}

export class RecentHitSearch {
  readonly #connection: Connection;
  readonly #statements: ReturnType<typeof prepareStatements>;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#statements = prepareStatements(connection);
  }

  /** Ids, newest first. To be called inside a transaction. */
  ids(search: RecentSearch): number[] {
    const { linkIds, limit } = search;
    const isOfFew = linkIds !== undefined && linkIds.size <= maxSeparateLinks;
    const found: number[] = [];
    for (const row of isOfFew ? this.#ofLinks(linkIds) : this.#ofUser(search)) {
      if (passes(row, search)) found.push(row[0]);
      if (found.length === limit) break;
    }
    return found;
  }

  *#ofUser({ userId, range }: RecentSearch): Generator<Row> {
    const newest = this.#statements.newest.get() ?? 0;
    const last = range === undefined ? newest : this.#lastBefore(range.to, newest);
    yield* this.#statements.between.iterate(last - maxSearched, last, userId);
  }

  /** The hits of these links, of all the newest first. */
  *#ofLinks(linkIds: ReadonlySet<number>): Generator<Row> {
    const { one } = this.#statements;
    const totals = totalsOfMany(this.#connection, linkIds);
    const heads = [...linkIds].map((id) => one.get(totals(id)?.lastClickId ?? 0)).filter((row) => row !== undefined);
    for (let searched = 0; searched < maxSearched && heads.length > 0; searched++) {
      let newest = 0;
      for (let i = 1; i < heads.length; i++) if (heads[i]![0] > heads[newest]![0]) newest = i;
      const head = heads[newest]!;
      yield head;
      const next = one.get(head[1]);
      if (next === undefined) heads.splice(newest, 1);
      else heads[newest] = next;
    }
  }

  /** The last hit before a quarter-hour, by halves: hits are stored in the order of time, but for a clock that is set. */
  #lastBefore(quarter: number, newest: number): number {
    let [before, behind] = [0, newest + 1];
    while (behind - before > 1) {
      const middle = Math.floor((before + behind) / 2);
      const [id = behind, at = 0] = this.#statements.at.get(middle) ?? [];
      if (id >= behind || quarterOf(at) >= quarter) behind = middle;
      else before = id;
    }
    return before;
  }
}

function passes(row: Row, { bots, range, filters }: RecentSearch): boolean {
  const isCounted = row[3] === countedVerdict;
  if (bots === 'exclude' ? !isCounted : bots === 'only' && isCounted) return false;
  const quarter = quarterOf(row[2]);
  if (range !== undefined && (quarter < range.from || quarter >= range.to)) return false;
  for (let column = 0; column < userColumns; column++)
    if (filters[column]?.(row[idColumns + column]!) === false) return false;
  return true;
}
