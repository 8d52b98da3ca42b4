// Kysely as a typed SQL builder over better-sqlite3's synchronous statements: queries are written portably,
// transactions stay synchronous and short. Statements are prepared once per connection.

import type Database from 'better-sqlite3';
import { DummyDriver, Kysely, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler, type Compilable } from 'kysely';
import { BoundedCache } from '../core/bounded-cache.ts';
import type { Tables } from './tables.ts';

export type Connection = Database.Database;

const maxStatements = 500;
const statements = new WeakMap<Connection, BoundedCache<string, Database.Statement>>();

/** Builds queries only; `allRows`, `firstRow` and `execute` run them. */
export const query = new Kysely<Tables>({
  dialect: {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (database) => new SqliteIntrospector(database),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  },
});

function prepared(connection: Connection, sql: string): Database.Statement {
  let cache = statements.get(connection);
  if (cache === undefined) statements.set(connection, (cache = new BoundedCache(maxStatements)));
  let statement = cache.get(sql);
  if (statement === undefined) cache.set(sql, (statement = connection.prepare(sql)));
  return statement;
}

export function allRows<Row>(connection: Connection, built: Compilable<Row>): Row[] {
  const { sql, parameters } = built.compile();
  return prepared(connection, sql).all(...parameters) as Row[];
}

export function firstRow<Row>(connection: Connection, built: Compilable<Row>): Row | undefined {
  const { sql, parameters } = built.compile();
  return prepared(connection, sql).get(...parameters) as Row | undefined;
}

export function execute(connection: Connection, built: Compilable): Database.RunResult {
  const { sql, parameters } = built.compile();
  return prepared(connection, sql).run(...parameters);
}

/**
 * A write whose text is built once, from the first values it sees, and only bound afterwards: for writes so frequent that
 * building them would cost more than running them. Every call must bring the same columns in the same order.
 */
export function repeated<Values extends object>(
  build: (values: Values) => Compilable,
): (connection: Connection, values: Values) => Database.RunResult {
  let sql: string | undefined;
  return (connection, values) => {
    sql ??= build(values).compile().sql;
    return prepared(connection, sql).run(...(Object.values(values) as unknown[]));
  };
}

/** The same for a write of several rows: its text is built once for each number of rows that it meets. */
export function repeatedRows<Row extends object>(
  build: (rows: readonly Row[]) => Compilable,
): (connection: Connection, rows: readonly Row[]) => Database.RunResult {
  const texts = new Map<number, string>();
  return (connection, rows) => {
    let sql = texts.get(rows.length);
    if (sql === undefined) texts.set(rows.length, (sql = build(rows).compile().sql));
    return prepared(connection, sql).run(...rows.flatMap((row) => Object.values(row) as unknown[]));
  };
}

/**
 * The same for rows that differ in some columns only: the others are bound once, by name, from one of the rows.
 * @param own the columns in which they differ
 */
export function rowsOf<Row extends object>(
  table: keyof Tables,
  own: readonly string[],
): (connection: Connection, shared: Row, ownValues: readonly unknown[], count: number) => Database.RunResult {
  const texts = new Map<number, string>();
  return (connection, shared, ownValues, count) => {
    let sql = texts.get(count);
    if (sql === undefined) {
      const columns = [...own, ...Object.keys(shared).filter((name) => !own.includes(name))];
      const row = `(${columns.map((name) => (own.includes(name) ? '?' : `@${name}`)).join(', ')})`;
      sql = `INSERT INTO ${table} (${columns.join(', ')}) VALUES ${Array.from({ length: count }, () => row).join(', ')}`;
      texts.set(count, sql);
    }
    return prepared(connection, sql).run(...ownValues, shared);
  };
}

/** The same for reading one row; `build` must use each value it is given once, and in order. */
export function repeatedRead<Row, Parameters extends readonly (string | number | Buffer)[]>(
  build: (...parameters: Parameters) => Compilable<Row>,
): (connection: Connection, ...parameters: Parameters) => Row | undefined {
  let sql: string | undefined;
  return (connection, ...parameters) => {
    sql ??= build(...parameters).compile().sql;
    return prepared(connection, sql).get(...parameters) as Row | undefined;
  };
}

/** The same for reading any number of rows. */
export function repeatedReadAll<Row, Parameters extends readonly (string | number | Buffer)[]>(
  build: (...parameters: Parameters) => Compilable<Row>,
): (connection: Connection, ...parameters: Parameters) => Row[] {
  let sql: string | undefined;
  return (connection, ...parameters) => {
    sql ??= build(...parameters).compile().sql;
    return prepared(connection, sql).all(...parameters) as Row[];
  };
}

/** Every read inside sees the database as it is at the first of them. */
export function atOnce<T>(connection: Connection, read: () => T): T {
  return connection.transaction(read)();
}

/** Statements that a connection prepares when it first needs them: `prepare` runs once for each connection. */
export function oncePerConnection<T>(prepare: (connection: Connection) => T): (connection: Connection) => T {
  const known = new WeakMap<Connection, { readonly value: T }>();
  return (connection) => {
    let entry = known.get(connection);
    if (entry === undefined) known.set(connection, (entry = { value: prepare(connection) }));
    return entry.value;
  };
}

/** True when a write failed because a trigger of schema.sql refused it with this text. */
export function isRefusedByTrigger(error: unknown, text: string): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    error.code === 'SQLITE_CONSTRAINT_TRIGGER' &&
    error.message.includes(text)
  );
}

/** True when a write failed because a UNIQUE constraint on `column` (as in `links.slug`) was violated. */
export function isUniqueViolation(error: unknown, column: string): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    (error.code === 'SQLITE_CONSTRAINT_UNIQUE' || error.code === 'SQLITE_CONSTRAINT_PRIMARYKEY') &&
    error.message.includes(column)
  );
}
