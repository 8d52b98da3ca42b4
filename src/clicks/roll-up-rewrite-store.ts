// Changes the verdicts that roll-ups hold, one part at a time, with the sums of all roll-ups above it: for rules that are applied
// to hits of long ago, whether or not their raw rows are still there. The caller changes raw rows and totals in the same transaction.

import type { Connection } from '../storage/query.ts';
import { noteClickStateChange } from './folding-store.ts';
import { encodePart, readPart } from './roll-up-part.ts';
import { type RollUpScope, rollUpScopes, sumUp } from './roll-up-store.ts';
import { countedVerdict } from './verdict.ts';

/** What a roll-up knows of one hit. */
export interface RolledUpHit {
  readonly quarter: number;
  readonly verdict: number;
  /** Ids in the dictionaries. */
  readonly place: number;
  readonly agent: number;
  readonly referrer: number;
  readonly context: number;
  /** In the roll-ups of users; 0 in those of links. */
  readonly linkId: number;
}

export interface Rewritten {
  /** Hits with another verdict than before. */
  readonly changed: number;
  /** How many more of them count now; below 0: fewer. */
  readonly counted: number;
}

interface PartRow {
  readonly owner_id: number;
  readonly parent_id: number;
  readonly summary: Buffer;
  readonly rows: Buffer | null;
}

function prepareStatements(connection: Connection, table: string) {
  return {
    next: connection.prepare<[number, number], { id: number; ownerId: number }>(
      `SELECT id, owner_id AS ownerId FROM ${table} WHERE id > ? AND rows IS NOT NULL ORDER BY id LIMIT ?`,
    ),
    find: connection.prepare<[number], PartRow>(`SELECT owner_id, parent_id, summary, rows FROM ${table} WHERE id = ?`),
    children: connection.prepare<[number, number], { summary: Buffer; sketch: Buffer | null; rows: Buffer | null }>(
      `SELECT summary, sketch, rows FROM ${table} WHERE owner_id = ? AND parent_id = ? ORDER BY id`,
    ),
    putPart: connection.prepare(`UPDATE ${table} SET summary = ?, sketch = ?, rows = ? WHERE id = ?`),
    putParent: connection.prepare(`UPDATE ${table} SET summary = ?, sketch = ? WHERE id = ?`),
  };
}

export class RollUpRewriter {
  readonly #connection: Connection;
  readonly #width: number;
  readonly #statements: ReturnType<typeof prepareStatements>;

  constructor(connection: Connection, scope: RollUpScope) {
    const { table, width } = rollUpScopes[scope];
    this.#connection = connection;
    this.#width = width;
    this.#statements = prepareStatements(connection, table);
  }

  /** The next parts with their owners, by ascending id: a cursor that goes on where it stopped. Later merges make parts with higher ids. */
  partsAfter(id: number, limit: number): { id: number; ownerId: number }[] {
    return this.#statements.next.all(id, limit);
  }

  /** Gives every hit of the part the verdict that is returned for it. A part that was merged meanwhile has nothing to change. */
  rewrite(id: number, verdictOf: (hit: RolledUpHit) => number): Rewritten {
    const row = this.#statements.find.get(id);
    if (row === undefined || row.rows === null) return { changed: 0, counted: 0 };
    const hits = readPart(row.summary, row.rows, this.#width).hits();
    const [places, agents, referrers, contexts, links] = hits.ids;
    let changed = 0;
    let counted = 0;
    for (let i = 0; i < hits.length; i++) {
      const before = hits.verdicts[i]!;
      const verdict = verdictOf({
        quarter: hits.quarters[i]!,
        verdict: before,
        place: places![i]!,
        agent: agents![i]!,
        referrer: referrers![i]!,
        context: contexts![i]!,
        linkId: links?.[i] ?? 0,
      });
      if (verdict === before) continue;
      hits.verdicts[i] = verdict;
      changed++;
      counted += (verdict === countedVerdict ? 1 : 0) - (before === countedVerdict ? 1 : 0);
    }
    if (changed === 0) return { changed, counted };
    noteClickStateChange(this.#connection);
    const { summary, sketch, rows } = encodePart(hits);
    this.#statements.putPart.run(summary, sketch, rows, id);
    for (let parentId = row.parent_id; parentId !== 0; parentId = this.#statements.find.get(parentId)!.parent_id) {
      const { summary: sums, sketch: visitors } = sumUp(
        this.#statements.children.all(row.owner_id, parentId),
        this.#width,
      );
      this.#statements.putParent.run(sums, visitors, parentId);
    }
    return { changed, counted };
  }
}
