// Makes a database of an archive: beside the one that is there, checked, and put in its place in one step. Only an empty server is
// replaced. Whatever goes wrong, the folder is as it was.

import { closeSync, existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import Database, { type Statement } from 'better-sqlite3';
import { exitCodes, StartError } from '../core/exit.ts';
import { archiveTables, type ArchiveTable, sequenceTable, type SqlValue } from './archive-format.ts';
import { ArchiveReader } from './archive-lines.ts';
import { importName, putInPlace, verify } from './backup.ts';
import { databaseFile, hasDatabase, inspectDatabase } from './database.ts';
import { removeDatabase, syncPath } from './finished-file.ts';
import { createSchema, migrate, schemaVersion } from './migrations.ts';
import { lockDataFolder } from './process-lock.ts';
import type { Connection } from './query.ts';
import { type SchemaHistory, schemaHistory } from './schema-history.ts';

const cacheKib = 32 * 1024;
const rowsBetweenReports = 1_000;

/** What the first start of a server makes, besides `settings`: its user, that user's key, the default domain. */
const madeByFirstStart: Readonly<Record<string, number>> = { users: 1, api_keys: 1, domains: 1 };
/** What it keeps for itself there. */
const ownTables = new Set([
  'settings',
  sequenceTable,
  'jobs',
  'user_roll_up_end',
  'link_totals_end',
  'webhook_fan_out',
]);

export interface ImportOptions {
  /** For the name under which an empty database that was there is kept. */
  readonly suffix: string;
  /** Bytes of the archive. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Everything is read, and is being checked. */
  readonly onCheck?: () => void;
  /** For tests: of a program to come. */
  readonly history?: SchemaHistory;
}

export interface ImportResult {
  readonly rows: number;
  readonly replaced: string | undefined;
}

function failure(message: string, cause?: unknown): StartError {
  return new StartError(message, exitCodes.failure, { cause });
}

/** Throws unless there is no database, or one in which nobody has done anything. */
function checkIsEmpty(dataFolder: string, tables: readonly ArchiveTable[]): void {
  if (!hasDatabase(dataFolder)) return;
  const file = databaseFile(dataFolder);
  const version = inspectDatabase(file);
  if (version !== schemaVersion) throw failure(`${dataFolder} holds a database already`);
  const connection = new Database(file, { readonly: true });
  try {
    for (const { name } of tables) {
      if (ownTables.has(name)) continue;
      const most = madeByFirstStart[name] ?? 0;
      const rows = connection.prepare<[number], number>(`SELECT count(*) FROM (SELECT 1 FROM ${name} LIMIT ?)`);
      if (rows.pluck().get(most + 1)! > most)
        throw failure(
          `${dataFolder} is in use already: it holds ${name.replaceAll('_', ' ')}. Import into an empty server`,
        );
    }
  } finally {
    connection.close();
  }
}

/** A database of the archive's rows, and of nothing else. Returns how many there are. */
function fill(
  connection: Connection,
  reader: ArchiveReader,
  version: number,
  { history = schemaHistory, onProgress }: ImportOptions,
): number {
  // Nothing reads the file before it is finished, and a run that is killed leaves it to be removed.
  connection.pragma('journal_mode = OFF');
  connection.pragma('synchronous = OFF');
  connection.pragma(`cache_size = -${cacheKib}`);
  connection.pragma('foreign_keys = OFF');
  const schema = history.schemaOf(version);
  createSchema(connection, schema, version);
  // What they would do is in the archive already.
  const triggers = connection
    .prepare<[], { name: string; sql: string }>("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'")
    .all();
  for (const { name } of triggers) connection.exec(`DROP TRIGGER ${name}`);
  connection.exec('BEGIN');
  const inserts = new Map<string, Statement<[SqlValue[]]>>();
  let rows = 0;
  for (const { table, values } of reader.rows(archiveTables(schema))) {
    let insert = inserts.get(table.name);
    if (insert === undefined) {
      // SQLite has written its own numbers by now: those of the rows that there are.
      if (table.name === sequenceTable) connection.exec(`DELETE FROM ${sequenceTable}`);
      const places = table.columns.map(() => '?').join(', ');
      insert = connection.prepare<[SqlValue[]]>(
        `INSERT INTO ${table.name} (${table.columns.join(', ')}) VALUES (${places})`,
      );
      inserts.set(table.name, insert);
    }
    try {
      insert.run([...values]);
    } catch (cause) {
      if (!(cause instanceof Database.SqliteError) || !cause.code.startsWith('SQLITE_CONSTRAINT')) throw cause;
      throw failure(`${reader.place()}: ${cause.message}`, cause);
    }
    if (++rows % rowsBetweenReports === 0) onProgress?.(reader.readBytes, reader.bytes);
  }
  connection.exec('COMMIT');
  for (const { sql } of triggers) connection.exec(sql);
  return rows;
}

/**
 * Makes the archive the database of `dataFolder`. Throws a StartError, with nothing changed, when a server is running there, when
 * the folder is in use already, or when the archive is damaged, cut, or of a newer version. One of an older version is brought up to date.
 */
export function importArchive(file: string, dataFolder: string, options: ImportOptions): ImportResult {
  if (!existsSync(file)) throw failure(`there is no file ${file}`);
  const lock = lockDataFolder(dataFolder);
  const made = join(dataFolder, importName);
  let reader: ArchiveReader | undefined;
  let connection: Connection | undefined;
  const { steps } = options.history ?? schemaHistory;
  const newest = 1 + steps.length;
  try {
    checkIsEmpty(dataFolder, archiveTables(schemaHistory.schemaOf(schemaVersion)));
    removeDatabase(made);
    reader = new ArchiveReader(file);
    const version = reader.schema(newest);
    closeSync(openSync(made, 'wx', 0o600));
    connection = new Database(made);
    const rows = fill(connection, reader, version, options);
    options.onCheck?.();
    connection.pragma('journal_mode = WAL');
    if (version < newest) migrate(connection, version, steps);
    connection.close();
    verify(made, { known: newest, name: file });
    syncPath(made);
    return { rows, replaced: putInPlace(made, dataFolder, options.suffix) };
  } catch (cause) {
    connection?.close();
    removeDatabase(made);
    if (cause instanceof StartError) throw cause;
    throw failure(`cannot import ${file}: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
  } finally {
    connection?.close();
    reader?.close();
    lock.release();
  }
}
