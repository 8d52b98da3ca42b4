// Brings an older database to the schema of schema.sql. Append-only: a released step is never edited. The schema that it starts from is
// kept for archives: schema-history.ts.

import type { Connection } from './query.ts';

/** Marks a SQLite file as Signpost's (PRAGMA application_id): 'SPst'. */
export const applicationId = 0x53507374;

export interface Migration {
  /** The version that the step leads to; steps stand in order, without gaps, from 2. */
  readonly version: number;
  readonly sql: string;
}

export const migrations: readonly Migration[] = [
  {
    // Until then every hit was in its link's row with its own transaction.
    version: 2,
    sql: `
      CREATE TABLE link_totals_end (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        click_id INTEGER NOT NULL
      ) STRICT;
      INSERT INTO link_totals_end (id, click_id) SELECT 1, max(id) FROM clicks HAVING max(id) IS NOT NULL;`,
  },
];

/** The version of schema.sql, kept in PRAGMA user_version. */
export const schemaVersion = 1 + migrations.length;

/** Creates the schema in an empty database: all of it or nothing. */
export function createSchema(connection: Connection, schema: string, version = schemaVersion): void {
  connection
    .transaction(() => {
      connection.exec(schema);
      connection.pragma(`application_id = ${applicationId}`);
      connection.pragma(`user_version = ${version}`);
    })
    .immediate();
}

/**
 * Applies what is missing after `from`, in one transaction: a step that fails leaves the file as it was.
 * No step acts on rows by way of a foreign key; that all of them still refer to something is checked before the commit.
 */
export function migrate(connection: Connection, from: number, steps: readonly Migration[] = migrations): void {
  const enforced = connection.pragma('foreign_keys', { simple: true }) as number;
  // Rebuilding a table drops it for a moment, and with it every row that refers to it. Inside a transaction this would do nothing.
  connection.pragma('foreign_keys = OFF');
  try {
    connection.transaction(() => applySteps(connection, from, steps)).immediate();
  } finally {
    connection.pragma(`foreign_keys = ${enforced}`);
  }
}

function applySteps(connection: Connection, from: number, steps: readonly Migration[]): void {
  for (const step of steps) {
    if (step.version <= from) continue;
    connection.exec(step.sql);
    connection.pragma(`user_version = ${step.version}`);
  }
  const broken = connection.pragma('foreign_key_check') as unknown[];
  if (broken.length > 0) throw new Error(`migration leaves ${broken.length} rows that refer to nothing`);
}
