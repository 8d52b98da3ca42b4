// What SQLite itself says of the database: damaged pages and indexes, and rows that refer to rows that are not there.

import type { Connection } from './query.ts';

export interface BrokenReference {
  readonly table: string;
  readonly refersTo: string;
}

/** One line for each thing that is wrong, `limit` at most; reads the whole file. */
export function damages(connection: Connection, limit: number): string[] {
  const rows = connection.pragma(`integrity_check(${limit})`) as { integrity_check: string }[];
  return rows.map(({ integrity_check: line }) => line).filter((line) => line !== 'ok');
}

export function brokenReferences(connection: Connection, limit: number): BrokenReference[] {
  const statement = connection.prepare<[], { table: string; parent: string }>('PRAGMA foreign_key_check');
  const found: BrokenReference[] = [];
  for (const { table, parent } of statement.iterate()) {
    if (found.push({ table, refersTo: parent }) === limit) break;
  }
  return found;
}
