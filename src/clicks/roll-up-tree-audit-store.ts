// Whether each roll-up says what the rows under it say: sums, visitors, span and number of hits are made anew and compared.

import { isDeepStrictEqual } from 'node:util';
import type { Connection } from '../storage/query.ts';
import { HitSums } from './hit-sums.ts';
import { encodePart, PartRows } from './roll-up-part.ts';
import { type RollUpScope, rollUpScopes } from './roll-up-store.ts';
import { mergedSummary, StoredSummary, type Summary } from './roll-up-summary.ts';
import { VisitorUnion } from './visitor-sketch.ts';

interface RollUpRow {
  readonly id: number;
  readonly owner_id: number;
  readonly hits: number;
  readonly first_quarter: number;
  readonly last_quarter: number;
  readonly summary: Buffer;
  readonly sketch: Buffer | null;
  readonly rows: Buffer | null;
}

/** What was read of one roll-up, for the one above it. */
interface Read {
  readonly sums: HitSums;
  readonly summary: Summary;
  readonly visitors: VisitorUnion;
  readonly hits: number;
  readonly firstQuarter: number;
  readonly lastQuarter: number;
}

type Report = (ownerId: number, message: string) => void;

/** Returns what each owner's roll-ups hold, by the owner's id; what is wrong within them is reported. */
export function auditRollUpTree(connection: Connection, scope: RollUpScope, report: Report): Map<number, HitSums> {
  const { table, width } = rollUpScopes[scope];
  const columns = 'id, owner_id, hits, first_quarter, last_quarter, summary, sketch, rows';
  const owners = connection.prepare<[], number>(`SELECT DISTINCT owner_id FROM ${table} ORDER BY owner_id`).pluck();
  const children = connection.prepare<[number, number], RollUpRow>(
    `SELECT ${columns} FROM ${table} WHERE owner_id = ? AND parent_id = ? ORDER BY id`,
  );
  const orphans = connection.prepare<[], { id: number; owner_id: number }>(
    `SELECT c.id, c.owner_id FROM ${table} c LEFT JOIN ${table} p ON p.id = c.parent_id AND p.owner_id = c.owner_id
     WHERE c.parent_id <> 0 AND p.id IS NULL`,
  );

  function readPart(row: RollUpRow): Read {
    const hits = new PartRows(new StoredSummary(row.summary, width), row.rows!).hits();
    const again = encodePart(hits);
    if (!again.summary.equals(row.summary))
      report(row.owner_id, `roll-up ${row.id}: its sums are not those of its rows`);
    if (!isDeepStrictEqual(again.sketch, row.sketch))
      report(row.owner_id, `roll-up ${row.id}: its visitors are not those of its rows`);
    const sums = new HitSums();
    sums.addAll(hits, scope === 'link' ? row.owner_id : undefined);
    const visitors = new VisitorUnion();
    for (let i = 0; i < sums.counted; i++) visitors.addEntry(hits.sketches[i]!);
    const { firstQuarter, lastQuarter } = again;
    return {
      sums,
      summary: new StoredSummary(again.summary, width).whole(),
      visitors,
      hits: hits.length,
      firstQuarter,
      lastQuarter,
    };
  }

  function readParent(row: RollUpRow): Read {
    const parts = children.all(row.owner_id, row.id).map(read);
    const sums = new HitSums();
    for (const part of parts) sums.add(part.sums);
    const visitors = new VisitorUnion();
    for (const part of parts) visitors.add(part.visitors.toSketch());
    const summary = parts.length === 0 ? undefined : mergedSummary(parts.map((part) => part.summary));
    if (!isDeepStrictEqual(summary, new StoredSummary(row.summary, width).whole()))
      report(row.owner_id, `roll-up ${row.id}: its sums are not those of the ${parts.length} under it`);
    if (row.sketch === null || !visitors.toSketch().equals(row.sketch))
      report(row.owner_id, `roll-up ${row.id}: its visitors are not those of the ${parts.length} under it`);
    return {
      sums,
      summary: new StoredSummary(row.summary, width).whole(),
      visitors,
      hits: sums.hits,
      firstQuarter: Math.min(...parts.map(({ firstQuarter }) => firstQuarter)),
      lastQuarter: Math.max(...parts.map(({ lastQuarter }) => lastQuarter)),
    };
  }

  function read(row: RollUpRow): Read {
    const found = row.rows === null ? readParent(row) : readPart(row);
    if (found.hits !== row.hits)
      report(row.owner_id, `roll-up ${row.id} says ${row.hits} hits and holds ${found.hits}`);
    if (found.firstQuarter !== row.first_quarter || found.lastQuarter !== row.last_quarter)
      report(row.owner_id, `roll-up ${row.id} is of another time than its hits`);
    return found;
  }

  const byOwner = new Map<number, HitSums>();
  for (const ownerId of owners.all()) {
    const sums = new HitSums();
    for (const row of children.all(ownerId, 0)) {
      try {
        sums.add(read(row).sums);
      } catch (error) {
        report(ownerId, `roll-up ${row.id}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    byOwner.set(ownerId, sums);
  }
  for (const { id, owner_id } of orphans.iterate()) report(owner_id, `roll-up ${id} is under one that is missing`);
  return byOwner;
}
