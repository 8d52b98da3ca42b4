// Opens the one database file: creates or migrates it, refuses what it must not touch, and sets every connection up alike.

import { accessSync, closeSync, constants, existsSync, openSync, statSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { assetText } from '../core/assets.ts';
import { exitCodes, StartError } from '../core/exit.ts';
import { applicationId, createSchema, type Migration, migrate, migrations, schemaVersion } from './migrations.ts';
import { ensurePrivateFolder } from './private-folder.ts';
import type { Connection } from './query.ts';

// A request must never wait long for a lock; other processes (the command line) hold it for milliseconds.
const busyTimeoutMs = 100;
const commandBusyTimeoutMs = 5_000;
const cacheKib = 32 * 1024;
const smallestPageBytes = 512;

export const databaseFile = (dataFolder: string): string => join(dataFolder, 'signpost.db');

/** What keeps a program from a database. */
export type DatabaseFault = 'missing' | 'unreadable' | 'older' | 'newer' | 'foreign' | 'damaged';

/** There is no database that this program may use; the file, if any, is as it was. */
export class UnusableDatabase extends StartError {
  readonly fault: DatabaseFault;

  constructor(fault: DatabaseFault, message: string, cause?: unknown) {
    super(message, exitCodes.failure, { cause });
    this.fault = fault;
  }
}

function failure(message: string, cause?: unknown): StartError {
  return new StartError(message, exitCodes.failure, { cause });
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Creates the folder where it is missing, readable by its owner alone; throws a StartError when it cannot be written. */
export function ensureDataFolder(dataFolder: string): void {
  try {
    ensurePrivateFolder(dataFolder);
    accessSync(dataFolder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw failure(`cannot write to the data folder ${dataFolder}: ${reason(cause)}`, cause);
  }
}

/** Whether there is one. A first start that was killed early leaves a file without a byte, which is none. */
export function hasDatabase(dataFolder: string): boolean {
  const file = databaseFile(dataFolder);
  return existsSync(file) && statSync(file).size > 0;
}

/** Throws an UnusableDatabase where this user may not read the file, or not look for it. */
function requireReadable(file: string, name: string): void {
  try {
    accessSync(file, constants.R_OK);
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'EACCES')) return;
    const message = `${name} is not for this user to read; run this as the user of the server, or as root`;
    throw new UnusableDatabase('unreadable', message, cause);
  }
}

/**
 * The schema version of an existing file, read without changing a byte of it; 0 for an empty one. Throws an UnusableDatabase.
 * @param known the newest schema that is
 * @param name what people know the file as
 */
export function inspectDatabase(file: string, known = schemaVersion, name = file): number {
  requireReadable(file, name);
  let connection: Connection | undefined;
  try {
    // SQLite takes anything shorter for a new database, and would write over it.
    if (statSync(file).size < smallestPageBytes) throw new Error('file is too short');
    connection = new Database(file, { readonly: true, fileMustExist: true, timeout: commandBusyTimeoutMs });
    const version = connection.pragma('user_version', { simple: true }) as number;
    const owner = connection.pragma('application_id', { simple: true }) as number;
    const tables = connection.prepare<[], { n: number }>('SELECT count(*) AS n FROM sqlite_schema').get()?.n ?? 0;
    if (tables === 0 && version === 0) return 0;
    if (owner !== applicationId) throw new UnusableDatabase('foreign', `${name} is not a Signpost database`);
    if (version > known) {
      throw new UnusableDatabase(
        'newer',
        `${name} was written by a newer Signpost (schema ${version}, this program knows ${known}); it was left as it is`,
      );
    }
    // Reads every page of the schema's tables that a start needs anyway; a damaged root page shows here and not in mid-flight.
    for (const { name: table } of connection
      .prepare<[], { name: string }>("SELECT name FROM sqlite_schema WHERE type = 'table'")
      .all()) {
      // Else SQLite would answer from an index and never look at the table.
      connection.prepare(`SELECT 1 FROM "${table}" NOT INDEXED LIMIT 1`).get();
    }
    return version;
  } catch (cause) {
    if (cause instanceof StartError) throw cause;
    const message = `${name} is damaged or not a database (${reason(cause)}); it was left as it is`;
    throw new UnusableDatabase('damaged', message, cause);
  } finally {
    connection?.close();
  }
}

function setUp(connection: Connection): Connection {
  connection.pragma('foreign_keys = ON');
  connection.pragma(`cache_size = -${cacheKib}`);
  connection.pragma('temp_store = MEMORY');
  return connection;
}

/** Makes the file ready for this version: creates it, migrates it, or refuses with a StartError and leaves it untouched. */
export function prepareDatabase(dataFolder: string, steps: readonly Migration[] = migrations): void {
  const file = databaseFile(dataFolder);
  const version = hasDatabase(dataFolder) ? inspectDatabase(file, 1 + steps.length) : 0;
  if (version === 1 + steps.length) return;
  let connection: Connection | undefined;
  try {
    // Made before SQLite opens it, for its owner alone; its logs take after it.
    if (!existsSync(file)) closeSync(openSync(file, 'wx', 0o600));
    connection = new Database(file, { timeout: commandBusyTimeoutMs });
    connection.pragma('journal_mode = WAL');
    connection.pragma('synchronous = FULL');
    if (version === 0) createSchema(connection, assetText('schema.sql'));
    else migrate(connection, version, steps);
  } catch (cause) {
    throw failure(`cannot ${version === 0 ? 'create' : 'upgrade'} ${file}: ${reason(cause)}`, cause);
  } finally {
    connection?.close();
  }
}

/** The writer thread's connection: the only one in the server that writes. Checkpoints are left to the checkpoint thread. */
export function openWriter(dataFolder: string): Connection {
  const connection = setUp(new Database(databaseFile(dataFolder), { fileMustExist: true, timeout: busyTimeoutMs }));
  connection.pragma('wal_autocheckpoint = 0');
  return connection;
}

/** A connection that can only read; it sees every commit that returned before its statement began. */
export function openReader(dataFolder: string): Connection {
  return setUp(new Database(databaseFile(dataFolder), { readonly: true, fileMustExist: true, timeout: busyTimeoutMs }));
}

/** Throws an UnusableDatabase unless there is a database that this program or one before it wrote. Returns its schema version. */
export function requireKnownDatabase(dataFolder: string): number {
  const file = databaseFile(dataFolder);
  requireReadable(file, file);
  if (!hasDatabase(dataFolder))
    throw new UnusableDatabase('missing', `no database in ${dataFolder}; start the server there once first`);
  return inspectDatabase(file);
}

/** Throws an UnusableDatabase unless there is a database of this program's schema. */
export function requirePresentDatabase(dataFolder: string): void {
  const version = requireKnownDatabase(dataFolder);
  if (version === schemaVersion) return;
  const message = `${databaseFile(dataFolder)} has schema ${version}, this program ${schemaVersion}`;
  throw new UnusableDatabase('older', `${message}; start the server once to upgrade it`);
}

/** The command line's connection to a database that may be in use by a running server. Throws an UnusableDatabase when there is none. */
export function openForCommand(dataFolder: string): Connection {
  const file = databaseFile(dataFolder);
  requirePresentDatabase(dataFolder);
  const connection = setUp(new Database(file, { fileMustExist: true, timeout: commandBusyTimeoutMs }));
  connection.pragma('synchronous = FULL');
  return connection;
}
