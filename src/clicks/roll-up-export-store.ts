// Exports roll-ups: for each quarter-hour and each kind of hit how many there were, also of hits whose rows are deleted by now. Oldest
// first; each call reads a bounded stretch, so that nothing holds a snapshot in between.

import { BoundedCache } from '../core/bounded-cache.ts';
import { quarterMs } from '../core/periods.ts';
import { totalsOf } from '../links/link-totals-store.ts';
import type { Connection } from '../storage/query.ts';
import type { ExportPage, ExportQuestion } from './export-format.ts';
import { rowsText } from './export-format.ts';
import { HitColumns, linkColumns, userColumns } from './hit-columns.ts';
import { HitReader } from './hit-store.ts';
import { type RollUpRow, rollUpFields, TermTexts } from './roll-up-row-store.ts';
import { readPart } from './roll-up-part.ts';
import { StoredSummary } from './roll-up-summary.ts';
import { rollUpScopes } from './roll-up-store.ts';
import { countedVerdict, verdictOf } from './verdict.ts';

/** A page ends with the first quarter-hour after so many rows. */
const rowsAtOnce = 4_000;
const keptParts = 6;

interface Leaf {
  readonly id: number;
  readonly first_quarter: number;
  readonly last_quarter: number;
}

/** Hits by quarter-hour, ascending, with the positions of each. */
interface Opened {
  readonly hits: HitColumns;
  readonly byQuarter: ReadonlyMap<number, readonly number[]>;
  readonly quarters: readonly number[];
}

function opened(hits: HitColumns): Opened {
  const byQuarter = new Map<number, number[]>();
  for (let i = 0; i < hits.length; i++) {
    const quarter = hits.quarters[i]!;
    const positions = byQuarter.get(quarter);
    if (positions === undefined) byQuarter.set(quarter, [i]);
    else positions.push(i);
  }
  return { hits, byQuarter, quarters: [...byQuarter.keys()].toSorted((a, b) => a - b) };
}

function prepareStatements(connection: Connection, table: string) {
  return {
    leaves: connection.prepare<[number], Leaf>(
      `SELECT id, first_quarter, last_quarter FROM ${table} WHERE owner_id = ? AND rows IS NOT NULL
       ORDER BY first_quarter`,
    ),
    part: connection.prepare<[number], { summary: Buffer; rows: Buffer }>(
      `SELECT summary, rows FROM ${table} WHERE id = ?`,
    ),
    summary: connection.prepare<[number], Buffer>(`SELECT summary FROM ${table} WHERE id = ?`).pluck(),
  };
}

/** What one owner has in one snapshot. */
class Snapshot {
  readonly #statements: ReturnType<typeof prepareStatements>;
  readonly #width: number;
  readonly #leaves: readonly Leaf[];
  readonly #tail: Opened;
  readonly #open = new BoundedCache<number, Opened>(keptParts);
  readonly #quarters = new Map<number, Uint32Array>();

  constructor(statements: ReturnType<typeof prepareStatements>, width: number, owner: number, tail: HitColumns) {
    this.#statements = statements;
    this.#width = width;
    this.#leaves = statements.leaves.all(owner);
    this.#tail = opened(tail);
  }

  /** The first quarter-hour from this one on in which there was a hit. */
  next(from: number): number | null {
    let next = this.#tail.quarters.find((quarter) => quarter >= from) ?? Infinity;
    for (const { id, first_quarter: first, last_quarter: last } of this.#leaves) {
      if (first >= next) break;
      if (last >= from) next = Math.min(next, first >= from ? first : this.#nextIn(id, from));
    }
    return next === Infinity ? null : next;
  }

  /** Hits of one quarter-hour, by kind: verdict and ids. */
  kinds(quarter: number): Kind[] {
    const within = this.#leaves.filter(({ first_quarter: a, last_quarter: b }) => a <= quarter && b >= quarter);
    const kinds = new Map<string, Kind>();
    for (const { hits, byQuarter } of [...within.map(({ id }) => this.#part(id)), this.#tail]) {
      for (const i of byQuarter.get(quarter) ?? []) {
        const ids = Array.from({ length: this.#width }, (_, column) => hits.ids[column]![i]!);
        const verdict = hits.verdicts[i]!;
        const key = `${verdict} ${ids.join(' ')}`;
        const kind = kinds.get(key);
        if (kind === undefined) kinds.set(key, { verdict, ids, hits: 1 });
        else kind.hits++;
      }
    }
    return [...kinds.values()];
  }

  #nextIn(id: number, from: number): number {
    let quarters = this.#quarters.get(id);
    if (quarters === undefined) {
      quarters = new StoredSummary(this.#statements.summary.get(id)!, this.#width).quarters.keys;
      this.#quarters.set(id, quarters);
    }
    return quarters.find((quarter) => quarter >= from) ?? Infinity;
  }

  #part(id: number): Opened {
    let part = this.#open.get(id);
    if (part === undefined) {
      const { summary, rows } = this.#statements.part.get(id)!;
      part = opened(readPart(summary, rows, this.#width).hits());
      this.#open.set(id, part);
    }
    return part;
  }
}

interface Kind {
  readonly verdict: number;
  readonly ids: readonly number[];
  hits: number;
}

export class RollUpExport {
  readonly #connection: Connection;
  readonly #hits: HitReader;
  readonly #texts: TermTexts;
  readonly #ofLinks: ReturnType<typeof prepareStatements>;
  readonly #ofUsers: ReturnType<typeof prepareStatements>;
  readonly #userRollUpEnd;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#hits = new HitReader(connection);
    this.#texts = new TermTexts(connection);
    this.#ofLinks = prepareStatements(connection, rollUpScopes.link.table);
    this.#ofUsers = prepareStatements(connection, rollUpScopes.user.table);
    this.#userRollUpEnd = connection.prepare<[], number>('SELECT click_id FROM user_roll_up_end').pluck();
  }

  /** @param question.position the quarter-hour to begin with */
  page({ scope, format, position }: ExportQuestion): ExportPage {
    // One snapshot: a hit must not be in the tail and, a moment later, in a roll-up.
    return this.#connection.transaction(() => {
      this.#texts.forgetLinks();
      const snapshot = this.#snapshot(scope);
      const rows: RollUpRow[] = [];
      let next = snapshot.next(position ?? -Infinity);
      while (next !== null && rows.length < rowsAtOnce) {
        for (const kind of snapshot.kinds(next)) rows.push(this.#rowOf(next, kind, scope.linkId));
        next = snapshot.next(next + 1);
      }
      return { text: rowsText(rows, rollUpFields, format), position: next };
    })();
  }

  #snapshot({ linkId, userId }: ExportQuestion['scope']): Snapshot {
    if (linkId === undefined) {
      const tail = this.#hits.ofUserAfter(this.#userRollUpEnd.get() ?? 0, userId);
      return new Snapshot(this.#ofUsers, userColumns, userId, tail);
    }
    const totals = totalsOf(this.#connection, linkId);
    const tail =
      totals === undefined ? new HitColumns(linkColumns, 1) : this.#hits.tail(totals.lastClickId, totals.tail);
    return new Snapshot(this.#ofLinks, linkColumns, linkId, tail);
  }

  #rowOf(quarter: number, { verdict, ids, hits }: Kind, linkId: number | undefined): RollUpRow {
    return {
      from: new Date(quarter * quarterMs).toISOString(),
      hits,
      counted: verdict === countedVerdict,
      verdict: verdictOf(verdict),
      ...this.#texts.of(linkId === undefined ? ids : [...ids, linkId]),
    };
  }
}
