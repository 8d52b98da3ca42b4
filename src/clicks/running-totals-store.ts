// The totals of links on the writer thread, and when their rows are written. A row on a page of its own costs as much as the hit itself,
// and where visits go to many links nearly every row is. So rows are written in rounds, in the order of their links, each of them once
// for all the hits of some thousands of redirects. What a row does not hold yet stands in `clicks` (links/link-totals-store.ts).

import { BoundedCache } from '../core/bounded-cache.ts';
import { addedHits, setTotalsEnd, totalsEnd, withAdded } from '../links/link-totals-store.ts';
import type { Connection } from '../storage/query.ts';
import { maxBatchClicks } from './click-batch.ts';
import { type Folding, maxTail } from './folding-store.ts';

/**
 * Hits in which one round goes through all links that had a hit before it. Readers look through those of two rounds, and of the batches
 * in which these end.
 */
const roundHits = 2_048;
/** A round is made in steps of so many rows: neighbours, so that they share pages, and few, so that no redirect waits for long. */
const stepRows = 128;
/** Hits of a batch that puts nothing off: there is little to do. It writes as many rows that were put off before, too. */
const calmHits = 8;
/** Rows that are written in one go while nothing else is to be done: a redirect may have to wait for it. */
const quietRows = 512;
/** Hits that readers may look through in vain, so that not every batch writes down where they begin. */
const endLag = 256;
// More than twice a batch: what a link is due for in the running batch is never forgotten before its row is written.
const cachedLinks = 4 * maxBatchClicks;

/** A link's totals as they will stand after the running transaction. */
export interface RunningTotals {
  readonly linkId: number;
  /** undefined: nobody's; null: not looked for yet. */
  userId: number | undefined | null;
  clicks: number;
  consumed: number;
  lastClickedAt: number | null;
  lastClickId: number;
  tail: number;
  /** Whether there is a row. */
  hasRow: boolean;
  readonly isDeleted: boolean;
  /** Whether the row is behind. */
  isBehind: boolean;
  /** Whether the running batch has to write it. */
  isDue: boolean;
}

interface TotalsRow {
  /** null, as the others then: there are none yet. */
  clicks: number | null;
  consumed: number | null;
  last_clicked_at: number | null;
  last_click_id: number | null;
  tail: number | null;
  is_deleted: number;
}

function prepareStatements(connection: Connection) {
  return {
    find: connection.prepare<[number], TotalsRow>(
      `SELECT t.clicks, t.consumed, t.last_clicked_at, t.last_click_id, t.tail, d.link_id IS NOT NULL AS is_deleted
       FROM (SELECT ? AS id) LEFT JOIN link_totals t ON t.link_id = id LEFT JOIN deleted_links d ON d.link_id = id`,
    ),
    // Two statements, since one that inserts and meets a conflict goes through the tree twice.
    change: connection.prepare(
      `UPDATE link_totals SET clicks = ?, consumed = ?, last_clicked_at = ?, last_click_id = ?, tail = ? WHERE link_id = ?`,
    ),
    add: connection.prepare(
      `INSERT INTO link_totals (clicks, consumed, last_clicked_at, last_click_id, tail, link_id) VALUES (?, ?, ?, ?, ?, ?)`,
    ),
  };
}

export class RunningTotalsStore {
  readonly #connection: Connection;
  readonly #statements: ReturnType<typeof prepareStatements>;
  readonly #folding: Folding;
  readonly #links = new BoundedCache<number, RunningTotals>(cachedLinks);
  /** Those whose rows are behind, until they are not: what their rows say would be wrong. */
  readonly #behind = new Map<number, RunningTotals>();
  #due: RunningTotals[] = [];
  /** Those of the next round. */
  #waiting: RunningTotals[] = [];
  #round: RunningTotals[] = [];
  #position = 0;
  /** Rows of the round that are to be written by now, and are not. */
  #share = 0;
  /** The last hit before the round. */
  #roundEnd = 0;
  #end = 0;

  constructor(connection: Connection, folding: Folding) {
    this.#connection = connection;
    this.#statements = prepareStatements(connection);
    this.#folding = folding;
  }

  /** Whether every row holds what it should. */
  get isSettled(): boolean {
    return this.#waiting.length === 0 && this.#isRoundOver;
  }

  of(linkId: number): RunningTotals {
    const known = this.#links.get(linkId);
    if (known !== undefined) return known;
    const link = this.#behind.get(linkId) ?? this.#read(linkId);
    this.#links.set(linkId, link);
    return link;
  }

  /** As its row says. */
  #read(linkId: number): RunningTotals {
    const row = this.#statements.find.get(linkId)!;
    return {
      linkId,
      userId: null,
      clicks: row.clicks ?? 0,
      consumed: row.consumed ?? 0,
      lastClickedAt: row.last_clicked_at,
      lastClickId: row.last_click_id ?? 0,
      tail: row.tail ?? 0,
      hasRow: row.clicks !== null,
      isDeleted: row.is_deleted === 1,
      isBehind: false,
      isDue: false,
    };
  }

  /** To be called after each hit. @param isExact `clicks` tells less of the hit than the row is to hold */
  changed(link: RunningTotals, isExact: boolean): void {
    // Without a row there is nothing that hits could come on top of; a tail is rolled up as soon as it is long enough.
    const isDue = isExact || !link.hasRow || link.isDeleted || link.tail >= maxTail;
    if (isDue && !link.isDue) {
      link.isDue = true;
      this.#due.push(link);
    }
    if (link.isBehind) return;
    link.isBehind = true;
    if (!isDue) this.#putOff(link);
  }

  /**
   * Writes the rows that this batch has to write, and its share of the round.
   * @param hits in the batch
   * @param lastClickId of its last one
   */
  write(hits: number, lastClickId: number): void {
    for (const link of this.#due) {
      link.isDue = false;
      this.#writeRow(link);
    }
    this.#due = [];
    if (hits <= calmHits) this.#goOn(2 * calmHits, lastClickId, endLag);
    else {
      this.#share += (this.#round.length * hits) / roundHits;
      if (this.#share < Math.min(stepRows, this.#round.length - this.#position)) return;
      this.#goOn(Math.ceil(this.#share), lastClickId, endLag);
      this.#share = 0;
      if (this.#isRoundOver) this.#beginRound(lastClickId);
    }
  }

  /** Writes some of the rows that are behind; to be called until `isSettled`. */
  settle(lastClickId: number): void {
    this.#goOn(quietRows, lastClickId, 1);
  }

  /** Forgets everything, and finds out which rows are behind. */
  readAnew(): void {
    this.#links.clear();
    this.#behind.clear();
    this.#due = [];
    this.#waiting = [];
    this.#round = [];
    this.#position = 0;
    this.#share = 0;
    this.#end = totalsEnd(this.#connection);
    for (const more of addedHits(this.#connection))
      this.#putOff({ ...withAdded(this.#read(more.linkId), more), isBehind: true });
  }

  #putOff(link: RunningTotals): void {
    this.#waiting.push(link);
    this.#behind.set(link.linkId, link);
  }

  get #isRoundOver(): boolean {
    return this.#position === this.#round.length;
  }

  #beginRound(lastClickId: number): void {
    this.#round = this.#waiting.sort((a, b) => a.linkId - b.linkId);
    this.#waiting = [];
    this.#position = 0;
    this.#share = 0;
    this.#roundEnd = lastClickId;
  }

  #goOn(rows: number, lastClickId: number, lag: number): void {
    if (this.#isRoundOver) this.#beginRound(lastClickId);
    for (let left = rows; left > 0 && this.#position < this.#round.length; this.#position++) {
      const link = this.#round[this.#position]!;
      // Some were due before the round came to them.
      if (!link.isBehind) continue;
      this.#writeRow(link);
      left--;
    }
    if (!this.#isRoundOver) return;
    const end = this.#waiting.length === 0 ? lastClickId : this.#roundEnd;
    if (end - this.#end < lag) return;
    setTotalsEnd(this.#connection, end);
    this.#end = end;
  }

  #writeRow(link: RunningTotals): void {
    if (link.tail >= maxTail) {
      this.#folding.foldTail(link.linkId, link.lastClickId, link.tail);
      link.tail = 0;
    }
    const { change, add } = this.#statements;
    const { linkId, clicks, consumed, lastClickedAt, lastClickId, tail } = link;
    const put = link.hasRow ? change : add;
    const { changes } = put.run(clicks, consumed, lastClickedAt, lastClickId, tail, linkId);
    if (changes !== 1) throw new Error(`the totals of link ${linkId} are gone`);
    link.hasRow = true;
    link.isBehind = false;
    this.#behind.delete(linkId);
  }
}
