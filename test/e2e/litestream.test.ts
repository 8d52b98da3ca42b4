// What Litestream relies on, done as it does it: two tables of its own in the database, a reading transaction that is held open, and the
// log copied from beside it. Litestream itself is not here.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import Database from 'better-sqlite3';
import { databaseFile } from '../../src/storage/database.ts';
import { ApiClient } from '../support/api-client.ts';
import { Load } from '../support/load.ts';
import { closeServers, runSignpost, startServer, temporaryFolder } from '../support/server-process.ts';

after(closeServers);

/** By a process of its own: to open and close them here would drop the locks that SQLite holds for this process. */
function copyFile(from: string, to: string): void {
  assert.equal(spawnSync('cp', [from, to]).status, 0);
}

/** The number that a log gets whenever it starts over. */
function saltsOf(log: string): string {
  return spawnSync('od', ['-An', '-tx1', '-j16', '-N8', log], { encoding: 'utf8' }).stdout;
}

describe('Litestream', { skip: process.platform === 'win32' && 'it is not for Windows' }, () => {
  it('finds everything in the log for as long as it reads, and its tables disturb nothing', async () => {
    const server = await startServer({ flags: ['--clicks-durability', 'process'] });
    const api = ApiClient.of(server);
    const { slug, id } = await api.createLink();
    const file = databaseFile(server.dataFolder);
    const log = `${file}-wal`;
    const litestream = new Database(file, { timeout: 10_000 });
    assert.equal(litestream.pragma('journal_mode', { simple: true }), 'wal');
    litestream.pragma('wal_autocheckpoint = 0');
    litestream.exec('CREATE TABLE IF NOT EXISTS _litestream_seq (id INTEGER PRIMARY KEY, seq INTEGER)');
    litestream.exec('CREATE TABLE IF NOT EXISTS _litestream_lock (id INTEGER)');
    litestream.exec('INSERT INTO _litestream_seq (id, seq) VALUES (1, 1)');
    litestream.exec('BEGIN; SELECT count(*) FROM _litestream_seq');

    const copies = temporaryFolder();
    copyFile(file, join(copies, 'signpost.db'));
    const salts = saltsOf(log);
    const load = new Load({ port: server.port, slugs: [slug], connections: 16 });
    await load.redirects(4_000);
    await load.stop();
    // In pieces, as they are committed; here the last piece alone.
    copyFile(log, join(copies, 'signpost.db-wal'));
    assert.equal(saltsOf(log), salts, 'the log has not started over while it was being read');
    litestream.exec('COMMIT');
    // Its own turn to move the log into the database.
    litestream.exec('BEGIN IMMEDIATE; INSERT INTO _litestream_lock (id) VALUES (1); ROLLBACK');
    litestream.pragma('wal_checkpoint(RESTART)');
    litestream.exec('UPDATE _litestream_seq SET seq = seq + 1');
    litestream.close();
    assert.equal((await api.visit(slug)).status, 302);

    // What `litestream restore` puts together: one file.
    const copy = new Database(join(copies, 'signpost.db'));
    copy.pragma('wal_checkpoint(TRUNCATE)');
    copy.pragma('journal_mode = DELETE');
    copy.close();
    const dataFolder = join(temporaryFolder(), 'restored');
    const put = await runSignpost(['restore', join(copies, 'signpost.db'), '--data-dir', dataFolder]);
    assert.equal(put.code, 0, put.stderr);
    const restored = await startServer({ dataFolder, printsKey: false });
    const stats = await new ApiClient(restored.address, api.key).stats(id, 'bots=include');
    assert.ok(stats.totalClicks >= 4_000, String(stats.totalClicks));
    assert.equal(await restored.stop(), 0);

    const archive = join(temporaryFolder(), 'archive.ndjson');
    for (const command of [
      ['doctor', '--offline'],
      ['export', archive],
    ]) {
      const { code, stdout, stderr } = await runSignpost([...command, '--data-dir', server.dataFolder]);
      assert.equal(code, 0, stdout + stderr);
    }
    const empty = join(temporaryFolder(), 'empty');
    assert.equal((await runSignpost(['import', archive, '--data-dir', empty])).code, 0);
    assert.equal(await server.stop(), 0);
  });
});
