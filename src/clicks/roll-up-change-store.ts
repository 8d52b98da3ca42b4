// Changes verdicts of hits that are rolled up already, in place: in the rows that hold them, and in the sums and sketches of every
// roll-up above. What the roll-ups are to be is planned first, which takes long and only reads; writing it is short, and refused where
// a roll-up has become another one meanwhile. Written inside the transaction that changes the raw hits.

import type { Connection } from '../storage/query.ts';
import type { HitColumns } from './hit-columns.ts';
import type { StoredHit } from './recent-hits.ts';
import { encodePart, readPart } from './roll-up-part.ts';
import { encodeSummary, StoredSummary, type Summary, type Sums } from './roll-up-summary.ts';
import { rollUpScopes, type RollUpScope } from './roll-up-store.ts';
import { countedVerdict } from './verdict.ts';
import { VisitorUnion } from './visitor-sketch.ts';

/** The setting that gets another value with every change of roll-ups in place, drawn so that one that was rolled back never comes again. */
export const rollUpChangesName = 'roll_up_changes';

/** A hit as it was, and the verdict that it gets. */
export interface VerdictChange {
  readonly hit: StoredHit;
  readonly to: number;
}

/** A roll-up as it is to be. */
export interface PlannedRollUp {
  readonly id: number;
  readonly parentId: number;
  /** The summary of which this was planned. */
  readonly before: Uint8Array;
  readonly summary: Uint8Array;
  readonly sketch: Uint8Array | null;
  /** null: the sums of others, with which the rows are. */
  readonly rows: Uint8Array | null;
}

interface PartRow {
  readonly parent_id: number;
  readonly summary: Buffer;
  readonly rows: Buffer;
}

interface SumRow {
  readonly parent_id: number;
  readonly level: number;
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
    sums: connection.prepare<[number], SumRow>(`SELECT parent_id, level, summary FROM ${table} WHERE id = ?`),
    set: connection.prepare<[Uint8Array, Uint8Array | null, Uint8Array | null, number, number, Uint8Array]>(
      `UPDATE ${table} SET summary = ?, sketch = ?, rows = ? WHERE id = ? AND parent_id = ? AND summary = ?`,
    ),
    noteChange: connection.prepare(
      `INSERT INTO settings (name, value) VALUES ('${rollUpChangesName}', randomblob(16))
       ON CONFLICT (name) DO UPDATE SET value = excluded.value`,
    ),
    children: connection.prepare<[number], { id: number; summary: Buffer; sketch: Buffer | null; rows: Buffer | null }>(
      `SELECT id, summary, sketch, rows FROM ${table} WHERE parent_id = ?`,
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

  /** What the owner's roll-ups are to be. Only reads. Throws where a hit is in none of them. */
  plan(ownerId: number, changes: readonly VerdictChange[]): PlannedRollUp[] {
    if (changes.length === 0) return [];
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
    const planned = new Map<number, PlannedRollUp>();
    const moved = new Map<number, VerdictChange[]>();
    for (const id of this.#statements.parts.all(ownerId, last, first)) {
      if (wanted.size === 0) break;
      this.#planPart(id, wanted, planned, moved);
    }
    if (wanted.size > 0) throw new Error(`${wanted.size} kinds of hits are in no roll-up of ${ownerId}`);
    this.#planAbove(moved, planned);
    return [...planned.values()];
  }

  /** False where one of them is another roll-up by now, or gone: then nothing that was written with them may stay. */
  write(planned: readonly PlannedRollUp[]): boolean {
    this.#statements.noteChange.run();
    return planned.every(
      ({ id, parentId, before, summary, sketch, rows }) =>
        this.#statements.set.run(summary, sketch, rows, id, parentId, before).changes === 1,
    );
  }

  /** Changes what the part has of the wanted, and takes it from them. */
  #planPart(
    id: number,
    wanted: Map<string, VerdictChange[]>,
    planned: Map<number, PlannedRollUp>,
    moved: Map<number, VerdictChange[]>,
  ): void {
    const { parent_id: parentId, summary: before, rows } = this.#statements.part.get(id)!;
    const hits = readPart(before, rows, this.#width).hits();
    const changed = takeWanted(hits, wanted, this.#width);
    if (changed.length === 0) return;
    const part = encodePart(hits);
    planned.set(id, { id, parentId, before, summary: part.summary, sketch: part.sketch, rows: part.rows });
    // What only changes its reason stays uncounted: the sums above are the same.
    addMoved(
      moved,
      parentId,
      changed.filter(({ hit, to }) => (hit.verdict === countedVerdict) !== (to === countedVerdict)),
    );
  }

  /** Each roll-up once, after all that it sums up. */
  #planAbove(moved: Map<number, VerdictChange[]>, planned: Map<number, PlannedRollUp>): void {
    while (moved.size > 0) {
      const rows = [...moved.keys()].map((id) => ({ id, ...this.#statements.sums.get(id)! }));
      const lowest = Math.min(...rows.map(({ level }) => level));
      for (const { id, level, parent_id: parentId, summary: before } of rows) {
        if (level !== lowest) continue;
        const changes = moved.get(id)!;
        const summary: Summary = new StoredSummary(before, this.#width).whole();
        for (const { hit, to } of changes) {
          const step = to === countedVerdict ? 1 : -1;
          move(summary.quarters, hit.quarter, step);
          idsOf(hit, this.#width).forEach((key, column) => move(summary.columns[column]!, key, step));
        }
        const sketch = this.#sketchOf(id, planned);
        planned.set(id, { id, parentId, before, summary: encodeSummary(summary), sketch, rows: null });
        moved.delete(id);
        addMoved(moved, parentId, changes);
      }
    }
  }

  /** Nobody can be taken out of a sketch: it is made anew of those below. */
  #sketchOf(id: number, planned: ReadonlyMap<number, PlannedRollUp>): Buffer {
    const visitors = new VisitorUnion();
    for (const child of this.#statements.children.all(id)) {
      const { summary, sketch, rows } = planned.get(child.id) ?? child;
      if (sketch !== null) visitors.add(sketch);
      else if (rows !== null) visitors.addEntries(readPart(summary, rows, this.#width).countedSketches());
    }
    return visitors.toSketch();
  }
}

function addMoved(moved: Map<number, VerdictChange[]>, parentId: number, changes: readonly VerdictChange[]): void {
  if (parentId === 0 || changes.length === 0) return;
  const known = moved.get(parentId);
  if (known === undefined) moved.set(parentId, [...changes]);
  else known.push(...changes);
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
