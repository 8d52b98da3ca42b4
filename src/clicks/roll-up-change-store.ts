// Changes verdicts of hits that are rolled up already, in place: in the rows that hold them, and in the sums and sketches of every
// roll-up above. Runs on the writer thread, inside the transaction that changes the raw hits.

import type { Connection } from '../storage/query.ts';
import type { HitColumns } from './hit-columns.ts';
import type { StoredHit } from './recent-hits.ts';
import { encodePart, readPart } from './roll-up-part.ts';
import { encodeSummary, StoredSummary, type Summary, type Sums } from './roll-up-summary.ts';
import { rollUpScopes, type RollUpScope } from './roll-up-store.ts';
import { countedVerdict } from './verdict.ts';
import { VisitorUnion } from './visitor-sketch.ts';

/** A hit as it was, and the verdict that it gets. */
export interface VerdictChange {
  readonly hit: StoredHit;
  readonly to: number;
}

interface PartRow {
  readonly parent_id: number;
  readonly summary: Buffer;
  readonly rows: Buffer;
}

interface SumRow {
  readonly parent_id: number;
  readonly summary: Buffer;
}

function prepareStatements(connection: Connection, table: string) {
  return {
    parts: connection
      .prepare<[number, number, number], number>(
        `SELECT id FROM ${table} WHERE owner_id = ? AND rows IS NOT NULL AND first_quarter <= ? AND last_quarter >= ?
         ORDER BY id`,
      )
      .pluck(),
    part: connection.prepare<[number], PartRow>(`SELECT parent_id, summary, rows FROM ${table} WHERE id = ?`),
    setPart: connection.prepare<[Buffer, Buffer | null, Buffer, number]>(
      `UPDATE ${table} SET summary = ?, sketch = ?, rows = ? WHERE id = ?`,
    ),
    sums: connection.prepare<[number], SumRow>(`SELECT parent_id, summary FROM ${table} WHERE id = ?`),
    setSums: connection.prepare<[Buffer, Buffer, number]>(`UPDATE ${table} SET summary = ?, sketch = ? WHERE id = ?`),
    children: connection.prepare<[number], { summary: Buffer; sketch: Buffer | null; rows: Buffer | null }>(
      `SELECT summary, sketch, rows FROM ${table} WHERE parent_id = ?`,
    ),
  };
}

/** What tells rows apart that stand for different hits. */
function keyOf(quarter: number, verdict: number, sketch: number, ids: readonly number[]): string {
  return `${quarter} ${verdict} ${sketch} ${ids.join(' ')}`;
}

function idsOf(hit: StoredHit, width: number): number[] {
  return [hit.place, hit.agent, hit.referrer, hit.context, hit.linkId].slice(0, width);
}

/** Moves one hit from counted to uncounted, or back. */
function move(sums: Sums, key: number, step: 1 | -1): void {
  let low = 0;
  let high = sums.keys.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sums.keys[middle]! < key) low = middle + 1;
    else high = middle;
  }
  if (sums.keys[low] !== key) throw new Error('a roll-up lacks a key that the roll-ups below it have');
  sums.counted[low] = sums.counted[low]! + step;
  sums.uncounted[low] = sums.uncounted[low]! - step;
}

export class RollUpChanger {
  readonly #width: number;
  readonly #statements: ReturnType<typeof prepareStatements>;

  constructor(connection: Connection, scope: RollUpScope) {
    const { table, width } = rollUpScopes[scope];
    this.#width = width;
    this.#statements = prepareStatements(connection, table);
  }

  /** Throws where a hit is in none of the owner's roll-ups. */
  change(ownerId: number, changes: readonly VerdictChange[]): void {
    if (changes.length === 0) return;
    const wanted = new Map<string, VerdictChange[]>();
    let first = Infinity;
    let last = -Infinity;
    for (const change of changes) {
      const { quarter, verdict, sketch } = change.hit;
      const key = keyOf(quarter, verdict, sketch, idsOf(change.hit, this.#width));
      const same = wanted.get(key);
      if (same === undefined) wanted.set(key, [change]);
      else same.push(change);
      first = Math.min(first, quarter);
      last = Math.max(last, quarter);
    }
    for (const id of this.#statements.parts.all(ownerId, last, first)) {
      if (wanted.size === 0) return;
      this.#changePart(id, wanted);
    }
    if (wanted.size > 0) throw new Error(`${wanted.size} kinds of hits are in no roll-up of ${ownerId}`);
  }

  /** Changes what the part has of the wanted, and takes it from them. */
  #changePart(id: number, wanted: Map<string, VerdictChange[]>): void {
    const { parent_id: parentId, summary, rows } = this.#statements.part.get(id)!;
    const hits = readPart(summary, rows, this.#width).hits();
    const changed = takeWanted(hits, wanted, this.#width);
    if (changed.length === 0) return;
    const part = encodePart(hits);
    this.#statements.setPart.run(part.summary, part.sketch, part.rows, id);
    // What only changes its reason stays uncounted: the sums above are the same.
    const moved = changed.filter(({ hit, to }) => (hit.verdict === countedVerdict) !== (to === countedVerdict));
    if (moved.length > 0) this.#changeAbove(parentId, moved);
  }

  #changeAbove(id: number, moved: readonly VerdictChange[]): void {
    for (let above = id; above !== 0;) {
      const { parent_id: next, summary: bytes } = this.#statements.sums.get(above)!;
      const summary: Summary = new StoredSummary(bytes, this.#width).whole();
      for (const { hit, to } of moved) {
        const step = to === countedVerdict ? 1 : -1;
        move(summary.quarters, hit.quarter, step);
        idsOf(hit, this.#width).forEach((key, column) => move(summary.columns[column]!, key, step));
      }
      this.#statements.setSums.run(encodeSummary(summary), this.#sketchOf(above), above);
      above = next;
    }
  }

  /** Nobody can be taken out of a sketch: it is made anew of those below. */
  #sketchOf(id: number): Buffer {
    const visitors = new VisitorUnion();
    for (const { summary, sketch, rows } of this.#statements.children.all(id)) {
      if (sketch !== null) visitors.add(sketch);
      else if (rows !== null)
        for (const entry of readPart(summary, rows, this.#width).countedSketches()) visitors.addEntry(entry);
    }
    return visitors.toSketch();
  }
}

function takeWanted(hits: HitColumns, wanted: Map<string, VerdictChange[]>, width: number): VerdictChange[] {
  const quarters = new Set([...wanted.values()].map(([change]) => change!.hit.quarter));
  const taken: VerdictChange[] = [];
  for (let i = 0; i < hits.length; i++) {
    if (!quarters.has(hits.quarters[i]!)) continue;
    const ids = Array.from({ length: width }, (_, column) => hits.ids[column]![i]!);
    const key = keyOf(hits.quarters[i]!, hits.verdicts[i]!, hits.sketches[i]!, ids);
    const same = wanted.get(key);
    if (same === undefined) continue;
    const change = same.pop()!;
    if (same.length === 0) wanted.delete(key);
    hits.verdicts[i] = change.to;
    taken.push(change);
  }
  return taken;
}
