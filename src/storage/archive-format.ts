// The archive of `signpost export`: what its lines are, and which tables it holds. docs/archive-format.md is for people.

import Database from 'better-sqlite3';
import type { Connection } from './query.ts';

export const archiveFormat = 'signpost-archive';
export const archiveVersion = 1;

/** Which raw hits are inside: all, or those alone that no roll-up holds yet. */
export const archivedClicks = ['all', 'not-rolled-up'] as const;
export type ArchivedClicks = (typeof archivedClicks)[number];

export interface ArchiveHeader {
  readonly format: typeof archiveFormat;
  readonly version: number;
  /** Of the database: the tables and columns are those of this version. */
  readonly schema: number;
  readonly clicks: ArchivedClicks;
}

/** Tables that stay behind, and why. Whatever else schema.sql has is in the archive. */
export const leftOut: Readonly<Record<string, string>> = {
  visitor_salts: 'with the salt of a day, whoever has the archive could look for the addresses behind its visitors',
  idempotency_keys: 'they are forgotten after a day anyway, and hold answers',
};

/** What SQLite remembers of ids that are never given twice; it is no table of schema.sql. */
export const sequenceTable = 'sqlite_sequence';

export interface ArchiveTable {
  readonly name: string;
  readonly columns: readonly string[];
  readonly keys: readonly string[];
}

export type SqlValue = string | number | Buffer | null;

function tableOf(connection: Connection, name: string): ArchiveTable {
  const columns = connection.prepare<[string], { name: string; pk: number }>(
    'SELECT name, pk FROM pragma_table_info(?) ORDER BY cid',
  );
  const rows = columns.all(name);
  const keys = rows.filter(({ pk }) => pk > 0).toSorted((a, b) => a.pk - b.pk);
  return { name, columns: rows.map((row) => row.name), keys: keys.map((row) => row.name) };
}

/**
 * Tables in the order of their schema, which is the same for a database that came to its version by migrations.
 * @param schema the text that makes it
 */
export function archiveTables(schema: string): readonly ArchiveTable[] {
  const connection = new Database(':memory:');
  try {
    connection.exec(schema);
    const names = connection
      .prepare<[], string>(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY rowid",
      )
      .pluck()
      .all();
    const tables = names.filter((name) => !Object.hasOwn(leftOut, name)).map((name) => tableOf(connection, name));
    return [...tables, { name: sequenceTable, columns: ['name', 'seq'], keys: ['name'] }];
  } finally {
    connection.close();
  }
}

function jsonOf(value: SqlValue): string {
  if (typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value))
    throw new Error(`${value} is too large a number for JSON`);
  return Buffer.isBuffer(value) ? `{"base64":"${value.toString('base64')}"}` : JSON.stringify(value);
}

/** What of a table's lines is always the same, so that it is made once. */
export class RowLines {
  readonly #parts: readonly string[];

  constructor({ name, columns }: ArchiveTable) {
    this.#parts = columns.map(
      (column, i) => `${i === 0 ? `{"table":${JSON.stringify(name)},"row":{` : ','}${JSON.stringify(column)}:`,
    );
  }

  line(values: readonly SqlValue[]): string {
    return `${values.map((value, i) => this.#parts[i]! + jsonOf(value)).join('')}}}\n`;
  }
}

export function headerLine(header: ArchiveHeader): string {
  return `${JSON.stringify(header)}\n`;
}

/** The last line: how many rows there are, and the SHA-256 of every byte before it. */
export function endLine(rows: number, digest: string): string {
  return `${JSON.stringify({ end: { rows, sha256: digest } })}\n`;
}
