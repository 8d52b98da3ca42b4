// Writes src/storage/tables.ts, the table types for Kysely, from schema.sql. `npm run tables` after a change; a test keeps them equal.

import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import Database from 'better-sqlite3';

interface Column {
  name: string;
  type: string;
  notnull: number;
  dflt_value: string | null;
  pk: number;
}

const typeOf: Readonly<Record<string, string>> = { INTEGER: 'number', REAL: 'number', TEXT: 'string', BLOB: 'Buffer' };

const interfaceName = (table: string): string =>
  table.replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase()) + 'Table';

function columnType(column: Column, columns: readonly Column[]): string {
  const plain = typeOf[column.type];
  if (plain === undefined) throw new Error(`no type for ${column.type} of column ${column.name}`);
  // A lone INTEGER PRIMARY KEY is the rowid: never NULL, and given by SQLite where the insert leaves it out.
  const isRowid = column.pk === 1 && column.type === 'INTEGER' && columns.filter((c) => c.pk > 0).length === 1;
  const nullable = column.notnull === 0 && column.pk === 0;
  const type = nullable ? `${plain} | null` : plain;
  return isRowid || column.dflt_value !== null ? `Generated<${type}>` : type;
}

/** The whole text of src/storage/tables.ts for a schema. */
export function tableTypes(schema: string): string {
  const database = new Database(':memory:');
  try {
    database.exec(schema);
    const tables = database
      .prepare<[], { name: string }>(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name",
      )
      .all();
    let text = '// Made from schema.sql by `npm run tables`; do not edit.\n\n';
    text += "import type { Generated } from 'kysely';\n";
    for (const { name } of tables) {
      const columns = database.pragma(`table_info(${name})`) as Column[];
      text += `\nexport interface ${interfaceName(name)} {\n`;
      for (const column of columns) text += `  ${column.name}: ${columnType(column, columns)};\n`;
      text += '}\n';
    }
    text += '\nexport interface Tables {\n';
    for (const { name } of tables) text += `  ${name}: ${interfaceName(name)};\n`;
    return `${text}}\n`;
  } finally {
    database.close();
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const root = new URL('../', import.meta.url);
  writeFileSync(new URL('src/storage/tables.ts', root), tableTypes(readFileSync(new URL('schema.sql', root), 'utf8')));
}
