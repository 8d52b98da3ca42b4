import assert from 'node:assert/strict';
import { chmodSync, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, beforeEach, describe, it } from 'node:test';
import Database from 'better-sqlite3';
import { tableTypes } from '../../scripts/tables.ts';
import { totalsEnd, totalsOf } from '../../src/links/link-totals-store.ts';
import { databaseFile, openForCommand, prepareDatabase } from '../../src/storage/database.ts';
import { schemaHistory } from '../../src/storage/schema-history.ts';
import { applicationId, type Migration, migrate, migrations, schemaVersion } from '../../src/storage/migrations.ts';
import type { Connection } from '../../src/storage/query.ts';
import { closeServers, temporaryFolder } from '../support/server-process.ts';
import { fillEmptyTables, rowsOf, tablesOf } from '../support/table-rows.ts';

after(closeServers);

const projectFolder = join(import.meta.dirname, '..', '..');
const schemasFolder = join(import.meta.dirname, 'schemas');
const schema = readFileSync(join(projectFolder, 'schema.sql'), 'utf8');

/** Everything that a schema consists of, without what has no meaning: comments, white space, quotes around plain names. */
function partsOf(connection: Connection): Record<string, string> {
  const rows = connection
    .prepare<[], { type: string; name: string; sql: string }>(
      'SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY type, name',
    )
    .all();
  const normalised = (sql: string): string =>
    sql
      .replaceAll(/--[^\n]*/g, '')
      .replaceAll(/"(\w+)"/g, '$1')
      .replaceAll(/\s+/g, ' ')
      .replaceAll(/ ?([(),]) ?/g, '$1')
      .trim();
  return Object.fromEntries(rows.map(({ type, name, sql }) => [`${type} ${name}`, normalised(sql)]));
}

function partsOfText(sql: string): Record<string, string> {
  const connection = new Database(':memory:');
  try {
    connection.exec(sql);
    return partsOf(connection);
  } finally {
    connection.close();
  }
}

const snapshot = (version: number): string => join(schemasFolder, `v${version}.sql`);

describe('the schema', () => {
  it('has a snapshot of its present version', () => {
    assert.ok(existsSync(snapshot(schemaVersion)), `copy schema.sql to ${snapshot(schemaVersion)}`);
    assert.deepEqual(
      partsOfText(readFileSync(snapshot(schemaVersion), 'utf8')),
      partsOfText(schema),
      `schema.sql is not what version ${schemaVersion} was. Where that version is released, add a migration and a snapshot; until then, copy schema.sql over the snapshot`,
    );
  });

  it('has a snapshot of every version, and of no other', () => {
    const expected = Array.from({ length: schemaVersion }, (_, i) => `v${i + 1}.sql`);
    assert.deepEqual(readdirSync(schemasFolder).toSorted(), expected.toSorted());
  });

  for (let version = 1; version <= schemaVersion; version++) {
    it(`is reached exactly from version ${version}`, () => {
      const folder = temporaryFolder();
      const old = new Database(databaseFile(folder));
      old.exec(readFileSync(snapshot(version), 'utf8'));
      old.pragma(`application_id = ${applicationId}`);
      old.pragma(`user_version = ${version}`);
      old.close();
      prepareDatabase(folder);
      const migrated = openForCommand(folder);
      assert.deepEqual(partsOf(migrated), partsOfText(schema));
      assert.equal(migrated.pragma('user_version', { simple: true }), schemaVersion);
      migrated.close();
    });
  }

  for (let version = 1; version <= schemaVersion; version++) {
    it(`takes a row of every table along from version ${version}`, () => {
      const folder = temporaryFolder();
      const old = new Database(databaseFile(folder));
      old.exec(readFileSync(snapshot(version), 'utf8'));
      old.pragma(`application_id = ${applicationId}`);
      old.pragma(`user_version = ${version}`);
      fillEmptyTables(old);
      const before = new Map(tablesOf(old).map((table) => [table, rowsOf(old, table)]));
      old.close();
      prepareDatabase(folder);
      const migrated = openForCommand(folder);
      for (const table of tablesOf(migrated))
        if (before.has(table)) assert.equal(rowsOf(migrated, table), before.get(table), table);
      assert.equal(migrated.pragma('integrity_check', { simple: true }), 'ok');
      assert.deepEqual(migrated.pragma('foreign_key_check'), []);
      migrated.close();
    });
  }

  it('takes hits of version 1 for what they were: in the rows of their links', () => {
    const folder = temporaryFolder();
    const old = new Database(databaseFile(folder));
    old.exec(readFileSync(snapshot(1), 'utf8'));
    old.pragma(`application_id = ${applicationId}`);
    old.pragma('user_version = 1');
    old.exec(
      `INSERT INTO clicks VALUES (1, 1, 1000, 0, 0, 0, 0, 0, 0, 0, NULL, 0), (2, 1, 2000, 0, 0, 0, 0, 0, 0, 0, NULL, 1);
       INSERT INTO link_totals VALUES (1, 2, 2, 2000, 2, 2, 0)`,
    );
    old.close();
    prepareDatabase(folder);
    const migrated = openForCommand(folder);
    assert.equal(totalsEnd(migrated), 2);
    assert.equal(totalsOf(migrated, 1)?.clicks, 2);
    migrated.close();
  });

  it('is carried in every version, for archives of it', () => {
    for (let version = 1; version <= schemaVersion; version++)
      assert.deepEqual(
        partsOfText(schemaHistory.schemaOf(version)),
        partsOfText(readFileSync(snapshot(version), 'utf8')),
        `add the schema of version ${version} to src/storage/schema-history.ts`,
      );
  });

  it('is what a new database gets', () => {
    const folder = temporaryFolder();
    // Not even where others may look into the folder.
    chmodSync(folder, 0o755);
    prepareDatabase(folder);
    if (process.platform !== 'win32') assert.equal(statSync(databaseFile(folder)).mode & 0o777, 0o600);
    const connection = openForCommand(folder);
    assert.deepEqual(partsOf(connection), partsOfText(schema));
    assert.equal(connection.pragma('user_version', { simple: true }), schemaVersion);
    assert.equal(connection.pragma('application_id', { simple: true }), applicationId);
    assert.equal(connection.pragma('journal_mode', { simple: true }), 'wal');
    assert.equal(connection.pragma('foreign_keys', { simple: true }), 1);
    // Names with sqlite_ are SQLite's own.
    const loose = connection
      .prepare(
        "SELECT name FROM pragma_table_list WHERE schema = 'main' AND strict = 0 AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
      )
      .all();
    assert.deepEqual(loose, []);
    connection.close();
  });

  it('has the table types that src/storage/tables.ts says', () => {
    const text = readFileSync(join(projectFolder, 'src/storage/tables.ts'), 'utf8');
    assert.equal(text, tableTypes(schema), 'run `npm run tables`');
  });
});

describe('migrations', () => {
  let connection: Connection;
  beforeEach(() => {
    connection = new Database(databaseFile(temporaryFolder()));
    connection.pragma('journal_mode = WAL');
    connection.exec(`
      CREATE TABLE owners (id INTEGER PRIMARY KEY, name TEXT) STRICT;
      CREATE TABLE things (id INTEGER PRIMARY KEY, owner_id INTEGER REFERENCES owners (id) ON DELETE CASCADE) STRICT;
      INSERT INTO owners VALUES (1, 'Ann');
      INSERT INTO things VALUES (10, 1), (11, 1);
      PRAGMA user_version = 1`);
  });

  afterEach(() => connection.close());

  const version = (): unknown => connection.pragma('user_version', { simple: true });
  const count = (table: string): unknown => connection.prepare(`SELECT count(*) FROM ${table}`).pluck().get();
  const addLog: Migration = { version: 2, sql: 'CREATE TABLE log (step INTEGER) STRICT; INSERT INTO log VALUES (2)' };
  const addLine = (to: number): Migration => ({ version: to, sql: `INSERT INTO log VALUES (${to})` });

  it('stand in order, without gaps, from version 2', () => {
    assert.deepEqual(
      migrations.map((step) => step.version),
      migrations.map((_, i) => i + 2),
    );
  });

  it('apply in order what is missing, and only that', () => {
    migrate(connection, 1, [addLog, addLine(3), addLine(4)]);
    assert.equal(version(), 4);
    migrate(connection, 3, [addLog, addLine(3), addLine(4), addLine(5)]);
    assert.equal(version(), 5);
    assert.deepEqual(connection.prepare('SELECT step FROM log').pluck().all(), [2, 3, 4, 4, 5]);
    migrate(connection, 5, [addLog, addLine(3), addLine(4), addLine(5)]);
    assert.equal(count('log'), 5);
  });

  it('leave everything as it was where one of them fails', () => {
    const failing: Migration = { version: 3, sql: "UPDATE owners SET name = 'Bob'; CREATE TABLE log (step INTEGER)" };
    const before = partsOf(connection);
    assert.throws(() => migrate(connection, 1, [addLog, failing, addLine(4)]), /log already exists/);
    assert.deepEqual(partsOf(connection), before);
    assert.equal(connection.prepare('SELECT name FROM owners').pluck().get(), 'Ann');
    assert.equal(version(), 1);
    assert.equal(connection.inTransaction, false);
  });

  it('may rebuild a table that others refer to, and lose none of their rows', () => {
    const rebuild = `
      CREATE TABLE new_owners (id INTEGER PRIMARY KEY, name TEXT NOT NULL, age INTEGER) STRICT;
      INSERT INTO new_owners (id, name) SELECT id, name FROM owners;
      DROP TABLE owners;
      ALTER TABLE new_owners RENAME TO owners`;
    migrate(connection, 1, [{ version: 2, sql: rebuild }]);
    assert.deepEqual([count('owners'), count('things')], [1, 2]);
    assert.equal(connection.pragma('foreign_keys', { simple: true }), 1, 'foreign keys are on again');
    assert.throws(() => connection.exec('INSERT INTO things VALUES (12, 99)'), /FOREIGN KEY/);
  });

  it('are undone where they leave rows that refer to nothing', () => {
    assert.throws(
      () => migrate(connection, 1, [{ version: 2, sql: 'DELETE FROM owners' }]),
      /2 rows that refer to nothing/,
    );
    assert.deepEqual([count('owners'), count('things'), version()], [1, 2, 1]);
    assert.equal(connection.pragma('foreign_keys', { simple: true }), 1);
  });
});
