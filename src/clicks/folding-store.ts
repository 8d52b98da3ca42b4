// Moves hits from where they were recorded into roll-ups: a link's tail when it has grown, and all links' newest hits every few
// thousand. Runs inside the transaction that recorded the last of them. A hit is always in exactly one place of each.

import { settleTotals } from '../links/link-totals-store.ts';
import type { Connection } from '../storage/query.ts';
import { HitColumns, userColumns } from './hit-columns.ts';
import { addHit, HitReader } from './hit-store.ts';
import type { RecentHits, StoredHit } from './recent-hits.ts';
import { RollUpWriter } from './roll-up-store.ts';

/** A link's tail is rolled up when it is this long: short enough to be read hit by hit, wherever in the file they lie. */
export const maxTail = 256;
/** The newest hits of all links are rolled up by user when they are so many. */
export const maxUserTail = 4_096;

/** As SQL: the highest id that any hit has had, also of hits whose rows are gone, as long as they were rolled up; 0: none. */
export const lastClickId =
  'max(coalesce((SELECT max(id) FROM clicks), 0), coalesce((SELECT click_id FROM user_roll_up_end), 0))';

function prepareStatements(connection: Connection) {
  return {
    userRollUpEnd: connection.prepare<[], number>('SELECT click_id FROM user_roll_up_end').pluck(),
    setUserRollUpEnd: connection.prepare<[number]>(
      `INSERT INTO user_roll_up_end (id, click_id) VALUES (1, ?)
       ON CONFLICT (id) DO UPDATE SET click_id = excluded.click_id`,
    ),
    lastClickId: connection.prepare<[], number>(`SELECT ${lastClickId}`).pluck(),
    tail: connection.prepare<[number], { last_click_id: number; tail: number }>(
      'SELECT last_click_id, tail FROM link_totals WHERE link_id = ?',
    ),
    emptyTail: connection.prepare<[number]>('UPDATE link_totals SET tail = 0 WHERE link_id = ?'),
    // A hit may have been waiting for its transaction when its link was deleted.
    userOf: connection
      .prepare<[number, number], number>(
        'SELECT user_id FROM links WHERE id = ? UNION ALL SELECT user_id FROM deleted_links WHERE link_id = ?',
      )
      .pluck(),
  };
}

export class Folding {
  readonly #statements: ReturnType<typeof prepareStatements>;
  readonly #hits: HitReader;
  readonly #links: RollUpWriter;
  readonly #users: RollUpWriter;
  readonly #recent: RecentHits | undefined;

  /** @param recent hits that need not be read */
  constructor(connection: Connection, recent?: RecentHits) {
    this.#statements = prepareStatements(connection);
    this.#hits = new HitReader(connection);
    this.#links = new RollUpWriter(connection, 'link');
    this.#users = new RollUpWriter(connection, 'user');
    this.#recent = recent;
  }

  /** The last hit that the users' roll-ups hold; 0: none. */
  userRollUpEnd(): number {
    return this.#statements.userRollUpEnd.get() ?? 0;
  }

  lastClickId(): number {
    return this.#statements.lastClickId.get()!;
  }

  userOf(linkId: number): number | undefined {
    return this.#statements.userOf.get(linkId, linkId);
  }

  /** Rolls up the newest `tail` hits of the link; the caller writes down that its tail is empty. */
  foldTail(linkId: number, lastClickId: number, tail: number): void {
    this.#links.add(
      linkId,
      this.#hits.tail(lastClickId, tail, (id) => this.#find(id)),
    );
  }

  /**
   * Rolls up every hit up to this one that the users' roll-ups do not hold yet.
   * @param userOf undefined for a link that is nobody's
   */
  foldUsers(upTo: number, userOf: (linkId: number) => number | undefined = (linkId) => this.userOf(linkId)): void {
    const byUser = new Map<number, HitColumns>();
    for (const hit of this.#since(this.userRollUpEnd(), upTo)) {
      const userId = userOf(hit.linkId);
      if (userId === undefined) continue;
      let hits = byUser.get(userId);
      if (hits === undefined) byUser.set(userId, (hits = new HitColumns(userColumns)));
      addHit(hits, hit);
    }
    for (const [userId, hits] of byUser) this.#users.add(userId, hits);
    this.#statements.setUserRollUpEnd.run(upTo);
  }

  /** Rolls up all that there is of the link, so that its raw hits may be deleted. */
  foldLink(linkId: number): void {
    const row = this.#statements.tail.get(linkId);
    if (row === undefined || row.tail === 0) return;
    this.foldTail(linkId, row.last_click_id, row.tail);
    this.#statements.emptyTail.run(linkId);
  }

  *#since(after: number, upTo: number): IterableIterator<StoredHit> {
    for (let id = after + 1; id <= upTo; id++) {
      const hit = this.#recent?.get(id);
      if (hit !== undefined) yield hit;
      else {
        yield* this.#hits.between(id - 1, upTo);
        return;
      }
    }
  }

  #find(id: number): StoredHit | undefined {
    return this.#recent?.get(id) ?? this.#hits.find(id);
  }
}

/**
 * Rolls up every hit of these links, and those of all users up to one: whoever deletes raw hits does this first, in the same
 * transaction, and adds the number of them to link_totals.dropped.
 * @param upTo the last hit that is to be deleted
 */
export function rollUpBeforeDeleting(connection: Connection, linkIds: Iterable<number>, upTo: number): void {
  settleTotals(connection);
  const folding = new Folding(connection);
  for (const linkId of linkIds) folding.foldLink(linkId);
  if (upTo > folding.userRollUpEnd()) folding.foldUsers(upTo);
}
