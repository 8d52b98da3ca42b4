// Writes roll-ups on the writer thread, inside the transaction of the hits they are of. New parts gather until there are several of
// a size; these become one, so that a hit is rewritten a few times in its life and a link of any age has few roll-ups.

import type { Connection } from '../storage/query.ts';
import { HitColumns, linkColumns, userColumns } from './hit-columns.ts';
import { type EncodedPart, encodePart, readPart } from './roll-up-part.ts';
import { encodeSummary, mergedSummary, StoredSummary } from './roll-up-summary.ts';
import { VisitorUnion } from './visitor-sketch.ts';

/** Which roll-ups: those of links, or those over all links of users. */
export const rollUpScopes = {
  link: { table: 'link_roll_ups', width: linkColumns },
  user: { table: 'user_roll_ups', width: userColumns },
} as const;
export type RollUpScope = keyof typeof rollUpScopes;

export interface RollUpShape {
  /** Roll-ups of one level that become one of the next. */
  readonly fanOut: number;
  /** Hits of the smallest; each level holds `fanOut` times as many. */
  readonly leastHits: number;
  /** The highest level: merging more would hold up the redirects for too long. */
  readonly maxLevel: number;
  /** Hits whose rows are rewritten to lie together; beyond, only sums are merged. */
  readonly maxRewritten: number;
}

// Rewriting as many takes some ten milliseconds, for which redirects wait.
const maxRewritten = 2 ** 15;

const usualShape: RollUpShape = { fanOut: 6, leastHits: 256, maxLevel: 6, maxRewritten };

interface StoredRollUp {
  readonly id: number;
  readonly hits: number;
  readonly first_quarter: number;
  readonly last_quarter: number;
  readonly summary: Buffer;
  readonly sketch: Buffer | null;
  readonly rows: Buffer | null;
}

function levelOf(hits: number, { fanOut, leastHits, maxLevel }: RollUpShape): number {
  let level = 0;
  for (let limit = leastHits * fanOut; hits >= limit && level < maxLevel; limit *= fanOut) level++;
  return level;
}

function prepareStatements(connection: Connection, table: string) {
  return {
    insert: connection.prepare(
      `INSERT INTO ${table} (owner_id, parent_id, level, hits, first_quarter, last_quarter, summary, sketch, rows)
       VALUES (?, 0, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    count: connection
      .prepare<[number, number], number>(
        `SELECT count(*) FROM ${table} WHERE owner_id = ? AND parent_id = 0 AND level = ?`,
      )
      .pluck(),
    ofLevel: connection.prepare<[number, number], StoredRollUp>(
      `SELECT id, hits, first_quarter, last_quarter, summary, sketch, rows FROM ${table}
       WHERE owner_id = ? AND parent_id = 0 AND level = ? ORDER BY id`,
    ),
    setParent: connection.prepare<[number, number]>(`UPDATE ${table} SET parent_id = ? WHERE id = ?`),
    remove: connection.prepare<[number]>(`DELETE FROM ${table} WHERE id = ?`),
  };
}

export class RollUpWriter {
  readonly #width: number;
  readonly #shape: RollUpShape;
  readonly #statements: ReturnType<typeof prepareStatements>;

  constructor(connection: Connection, scope: RollUpScope, shape = usualShape) {
    this.#shape = shape;
    const { table, width } = rollUpScopes[scope];
    this.#width = width;
    this.#statements = prepareStatements(connection, table);
  }

  /** Adds hits that no roll-up of this owner holds yet; at most `maxPartHits`. */
  add(ownerId: number, hits: HitColumns): void {
    const { fanOut, maxLevel } = this.#shape;
    const level = levelOf(hits.length, this.#shape);
    this.#insert(ownerId, level, encodePart(hits));
    for (let full = level; full < maxLevel && this.#statements.count.get(ownerId, full)! >= fanOut; full++) {
      this.#merge(ownerId, full);
    }
  }

  #insert(ownerId: number, level: number, part: Omit<EncodedPart, 'rows'> & { readonly rows: Buffer | null }): number {
    const { hits, firstQuarter, lastQuarter, summary, sketch, rows } = part;
    return Number(
      this.#statements.insert.run(ownerId, level, hits, firstQuarter, lastQuarter, summary, sketch, rows)
        .lastInsertRowid,
    );
  }

  #merge(ownerId: number, level: number): void {
    const parts = this.#statements.ofLevel.all(ownerId, level);
    const hits = parts.reduce((sum, part) => sum + part.hits, 0);
    if (hits <= this.#shape.maxRewritten && parts.every(({ rows }) => rows !== null))
      this.#join(ownerId, level, parts, hits);
    else this.#sumUp(ownerId, level, parts, hits);
  }

  /** One part of several, which are no longer needed. */
  #join(ownerId: number, level: number, parts: readonly StoredRollUp[], hits: number): void {
    const all = new HitColumns(this.#width, hits);
    for (const { id, summary, rows } of parts) {
      all.append(readPart(summary, rows!, this.#width).hits());
      this.#statements.remove.run(id);
    }
    this.#insert(ownerId, level + 1, encodePart(all));
  }

  /** The sums of several, whose rows stay where they are. */
  #sumUp(ownerId: number, level: number, parts: readonly StoredRollUp[], hits: number): void {
    const id = this.#insert(ownerId, level + 1, {
      hits,
      firstQuarter: Math.min(...parts.map(({ first_quarter }) => first_quarter)),
      lastQuarter: Math.max(...parts.map(({ last_quarter }) => last_quarter)),
      ...sumUp(parts, this.#width),
      rows: null,
    });
    for (const part of parts) this.#statements.setParent.run(id, part.id);
  }
}

/** Sums and visitors of all these roll-ups together. */
export function sumUp(
  parts: readonly Pick<StoredRollUp, 'summary' | 'sketch' | 'rows'>[],
  width: number,
): { summary: Buffer; sketch: Buffer } {
  const visitors = new VisitorUnion();
  const summaries = parts.map(({ summary, sketch, rows }) => {
    if (sketch !== null) visitors.add(sketch);
    else if (rows !== null) visitors.addEntries(readPart(summary, rows, width).countedSketches());
    return new StoredSummary(summary, width).whole();
  });
  return { summary: encodeSummary(mergedSummary(summaries)), sketch: visitors.toSketch() };
}
