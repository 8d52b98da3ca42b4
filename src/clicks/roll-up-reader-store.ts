// Reads what there is of a link's hits, or of those on all links of a user: the fewest roll-ups that answer a question, and the
// hits that no roll-up holds yet. Together they are all hits, and none twice.

import type { QuarterRange } from '../core/time-zone.ts';
import { totalsOf } from '../links/link-totals-store.ts';
import type { Connection } from '../storage/query.ts';
import type { HitColumns } from './hit-columns.ts';
import { HitReader } from './hit-store.ts';
import { rollUpChangesName } from './roll-up-change-store.ts';
import { PartRows } from './roll-up-part.ts';
import { type RollUpScope, rollUpScopes } from './roll-up-store.ts';
import { StoredSummary } from './roll-up-summary.ts';
import { type StepPiece, stepPieces, StepVisitors } from './step-visitors.ts';
import type { Tally } from './tally.ts';

interface RollUpHead {
  readonly id: number;
  readonly first_quarter: number;
  readonly last_quarter: number;
  /** Whether its rows are those of other roll-ups, which it sums up. */
  readonly is_parent: number;
}

function prepareStatements(connection: Connection, table: string) {
  return {
    // Only the head of each row: the rest of it lies on other pages, and its type alone does not make SQLite read them.
    heads: connection.prepare<[number, number, number, number], RollUpHead>(
      `SELECT id, first_quarter, last_quarter, typeof(rows) = 'null' AS is_parent FROM ${table}
       WHERE owner_id = ? AND parent_id = ? AND first_quarter < ? AND last_quarter >= ? ORDER BY id`,
    ),
    span: connection.prepare<[number], { first: number | null; last: number | null }>(
      `SELECT min(first_quarter) AS first, max(last_quarter) AS last FROM ${table} WHERE owner_id = ? AND parent_id = 0`,
    ),
    summary: connection.prepare<[number], { summary: Buffer; sketch: Buffer | null }>(
      `SELECT summary, sketch FROM ${table} WHERE id = ?`,
    ),
    rows: connection.prepare<[number], Buffer | null>(`SELECT rows FROM ${table} WHERE id = ?`).pluck(),
  };
}

export class RollUpReader {
  readonly scope: RollUpScope;
  readonly #width: number;
  readonly #statements: ReturnType<typeof prepareStatements>;
  readonly #hits: HitReader;
  readonly #connection: Connection;
  readonly #userRollUpEnd;
  readonly #changes;
  readonly #stepVisitors = new StepVisitors();

  constructor(connection: Connection, scope: RollUpScope) {
    const { table, width } = rollUpScopes[scope];
    this.scope = scope;
    this.#width = width;
    this.#statements = prepareStatements(connection, table);
    this.#hits = new HitReader(connection);
    this.#connection = connection;
    this.#changes = connection
      .prepare<[], Buffer>(`SELECT value FROM settings WHERE name = '${rollUpChangesName}'`)
      .pluck();
    this.#userRollUpEnd = connection.prepare<[], number>('SELECT click_id FROM user_roll_up_end').pluck();
  }

  /** Hits that no roll-up holds yet. */
  tail(ownerId: number): HitColumns {
    if (this.scope === 'user') return this.#hits.ofUserAfter(this.#userRollUpEnd.get() ?? 0, ownerId);
    const totals = totalsOf(this.#connection, ownerId);
    return this.#hits.tail(totals?.lastClickId ?? 0, totals?.tail ?? 0);
  }

  /** The first and the last quarter-hour of a hit. */
  span(ownerId: number, tail: HitColumns): { first: number; last: number } | undefined {
    const rolledUp = this.#statements.span.get(ownerId);
    let first = rolledUp?.first ?? Infinity;
    let last = rolledUp?.last ?? -Infinity;
    for (let i = 0; i < tail.length; i++) {
      first = Math.min(first, tail.quarters[i]!);
      last = Math.max(last, tail.quarters[i]!);
    }
    return first === Infinity ? undefined : { first, last };
  }

  /** Adds every hit that is asked for. */
  addTo(tally: Tally, ownerId: number, range: QuarterRange, tail: HitColumns): void {
    if (tally.tellsStepVisitors) this.#stepVisitors.renew(this.#changes.get());
    this.#addChildren(tally, ownerId, 0, range);
    tally.addHits(tail);
  }

  #addChildren(tally: Tally, ownerId: number, parentId: number, range: QuarterRange): void {
    for (const head of this.#statements.heads.all(ownerId, parentId, range.to, range.from)) {
      this.#addRollUp(tally, ownerId, head, parentId, range);
    }
  }

  #addRollUp(tally: Tally, ownerId: number, head: RollUpHead, parentId: number, range: QuarterRange): void {
    const { id } = head;
    const isWhole = head.first_quarter >= range.from && head.last_quarter < range.to;
    const isParent = head.is_parent === 1;
    if (!isWhole && isParent && !tally.isFiltered) {
      this.#addChildren(tally, ownerId, id, range);
      return;
    }
    const { summary: bytes, sketch } = this.#statements.summary.get(id)!;
    const summary = new StoredSummary(bytes, this.#width);
    if (isWhole && !tally.isFiltered) {
      tally.addSummary(summary);
      if (sketch === null) tally.visitors.addEntries(this.#part(id, summary).countedSketches());
      else tally.visitors.add(sketch);
      if (tally.tellsStepVisitors) this.#addStepVisitors(tally, ownerId, head, parentId);
    } else if (!tally.mayPass(summary)) return;
    else if (isParent) this.#addChildren(tally, ownerId, id, range);
    else tally.addPart(this.#part(id, summary));
  }

  #addStepVisitors(tally: Tally, ownerId: number, head: RollUpHead, parentId: number): void {
    const { id, first_quarter: first, last_quarter: last } = head;
    const starts = tally.startsWithin(first, last);
    const isParent = head.is_parent === 1;
    if (isParent && starts.length > 0) {
      for (const child of this.#statements.heads.all(ownerId, id, Number.MAX_SAFE_INTEGER, 0))
        this.#addStepVisitors(tally, ownerId, child, id);
      return;
    }
    const read = (): StepPiece[] => {
      const { summary, sketch } = this.#statements.summary.get(id)!;
      if (starts.length === 0 && sketch !== null) return [{ quarter: first, visitors: sketch }];
      return stepPieces(this.#part(id, new StoredSummary(summary, this.#width)), starts);
    };
    // What has no parent yet may become a part of another one, and its number that of yet another.
    const isFinal = isParent || parentId !== 0;
    tally.addStepVisitors(isFinal ? this.#stepVisitors.of(id, starts, read) : read());
  }

  #part(id: number, summary: StoredSummary): PartRows {
    const rows = this.#statements.rows.get(id);
    if (rows === undefined || rows === null) throw new Error(`roll-up ${id} of ${this.scope} has no rows`);
    return new PartRows(summary, rows);
  }
}
