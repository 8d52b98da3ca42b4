import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import Database from 'better-sqlite3';
import { importArchive } from '../../src/storage/archive-import.ts';
import { databaseFile } from '../../src/storage/database.ts';
import { schemaVersion } from '../../src/storage/migrations.ts';
import { type SchemaHistory, schemaHistory } from '../../src/storage/schema-history.ts';
import { ApiClient } from '../support/api-client.ts';
import { exported, lookInto } from '../support/archives.ts';
import { Load } from '../support/load.ts';
import { closeServers, runSignpost, startServer, temporaryFolder } from '../support/server-process.ts';

after(closeServers);

const original = { dataFolder: '' };
before(async () => {
  const server = await startServer({ flags: ['--clicks-durability', 'process'] });
  const api = ApiClient.of(server);
  const links = await Promise.all([{}, { tags: ['a'] }, {}].map((fields) => api.createLink(fields)));
  const load = new Load({ port: server.port, slugs: links.map(({ slug }) => slug), connections: 16 });
  await load.redirects(900);
  await load.stop();
  assert.equal(await server.stop(), 0);
  original.dataFolder = server.dataFolder;
});

describe('an archive of an older schema', () => {
  // A program to come, whose schema has a table more and a column less.
  const later = schemaVersion + 1;
  const sql =
    'CREATE TABLE later (link_id INTEGER PRIMARY KEY, slug TEXT NOT NULL) STRICT; ' +
    'INSERT INTO later SELECT id, slug FROM links; ALTER TABLE jobs DROP COLUMN error';
  const known = Array.from({ length: schemaVersion - 1 }, (_, i) => ({ version: i + 2, sql: '' }));
  const historyWith = (step: string): SchemaHistory => ({
    steps: [...known, { version: later, sql: step }],
    schemaOf: schemaHistory.schemaOf,
  });

  it('is read as what it is, and brought up to date', async () => {
    const file = await exported(original.dataFolder);
    const dataFolder = temporaryFolder();
    importArchive(file, dataFolder, { suffix: 'x', history: historyWith(sql) });
    const connection = new Database(databaseFile(dataFolder), { readonly: true });
    const read = (text: string): unknown => connection.prepare(text).pluck().get();
    assert.equal(connection.pragma('user_version', { simple: true }), later);
    assert.deepEqual([read('SELECT count(*) FROM later'), read('SELECT count(*) FROM links')], [3, 3]);
    const clicks = 'SELECT sum(clicks) FROM link_totals';
    assert.deepEqual([read(clicks)], lookInto(original.dataFolder, clicks));
    assert.equal(connection.pragma('integrity_check', { simple: true }), 'ok');
    connection.close();
  });

  it('of version 1 has all hits in the rows of their links', async () => {
    const lines = readFileSync(await exported(original.dataFolder), 'utf8')
      .trimEnd()
      .split('\n')
      .slice(0, -1);
    const older = lines
      .map((line, i) => (i === 0 ? line.replace(`"schema":${schemaVersion}`, '"schema":1') : line))
      .filter((line) => !line.startsWith('{"table":"link_totals_end"'));
    assert.equal(older.length, lines.length - 1);
    const text = `${older.join('\n')}\n`;
    const file = join(temporaryFolder(), 'archive');
    writeFileSync(
      file,
      `${text}${JSON.stringify({ end: { rows: older.length - 1, sha256: hash('sha256', text) } })}\n`,
    );
    const dataFolder = temporaryFolder();
    const read = await runSignpost(['import', file, '--data-dir', dataFolder]);
    assert.deepEqual({ code: read.code, stderr: read.stderr }, { code: 0, stderr: '' });
    const total = 'SELECT sum(clicks) FROM link_totals';
    assert.deepEqual(lookInto(dataFolder, total), lookInto(original.dataFolder, total));
    const end = lookInto(dataFolder, 'SELECT click_id FROM link_totals_end');
    assert.deepEqual(end, lookInto(dataFolder, 'SELECT max(id) FROM clicks'));
    assert.equal((await runSignpost(['doctor', '--data-dir', dataFolder])).code, 0);
  });

  it('leaves nothing behind where a step fails', async () => {
    const file = await exported(original.dataFolder);
    const dataFolder = temporaryFolder();
    assert.throws(
      () =>
        importArchive(file, dataFolder, {
          suffix: 'x',
          history: historyWith(`${sql}; INSERT INTO no_such_table VALUES (1)`),
        }),
      /^StartError: cannot import \S+: no such table: no_such_table$/,
    );
    assert.deepEqual(
      readdirSync(dataFolder).filter((name) => name.startsWith('signpost.db')),
      [],
    );
  });
});
