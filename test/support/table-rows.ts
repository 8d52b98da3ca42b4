// A row in every table of a database, whatever its schema: for what has to take all of them along.

import type { Connection } from '../../src/storage/query.ts';

const tablesSql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";

interface Column {
  readonly name: string;
  readonly type: string;
}

export const tablesOf = (connection: Connection): string[] => connection.prepare<[], string>(tablesSql).pluck().all();

export const rowsOf = (connection: Connection, table: string): number =>
  connection.prepare<[], number>(`SELECT count(*) FROM ${table}`).pluck().get()!;

/** A row of some sort, that refers to what there is. */
function addRow(connection: Connection, table: string): void {
  const columns = connection.prepare<[string], Column>('SELECT name, type FROM pragma_table_info(?)').all(table);
  const keys = connection
    .prepare<[string], { column: string; parent: string; target: string | null }>(
      'SELECT "from" AS column, "table" AS parent, "to" AS target FROM pragma_foreign_key_list(?)',
    )
    .all(table);
  const sql = connection.prepare<[string], string>('SELECT sql FROM sqlite_schema WHERE name = ?').pluck().get(table)!;
  // The first of those that a CHECK allows.
  const allowed = new Map([...sql.matchAll(/CHECK \((\w+) IN \('(\w+)'/g)].map(([, name, text]) => [name!, text]));
  const byType: Readonly<Record<string, unknown>> = { INTEGER: 1, REAL: 0.1, BLOB: Buffer.from([0, 255]) };
  // Texts unlike any other column's.
  const valueOf = ({ name, type }: Column): unknown => allowed.get(name) ?? byType[type] ?? `Ünï "${name}"`;
  const values = columns.map((column) => {
    const key = keys.find((one) => one.column === column.name);
    if (key === undefined) return valueOf(column);
    return connection
      .prepare(`SELECT min(${key.target ?? 'id'}) FROM ${key.parent}`)
      .pluck()
      .get();
  });
  const places = columns.map(() => '?').join(', ');
  connection.prepare(`INSERT INTO ${table} VALUES (${places})`).run(values);
}

/** Every table has a row afterwards, and no reference leads to nothing. */
export function fillEmptyTables(connection: Connection): void {
  for (const table of tablesOf(connection)) if (rowsOf(connection, table) === 0) addRow(connection, table);
}
