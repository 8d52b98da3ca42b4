// What `signpost doctor` says of each thing that can be wrong on a machine and in a database, and that it names a way out of each.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, closeSync, openSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, beforeEach, describe, it } from 'node:test';
import Database from 'better-sqlite3';
import { databaseFile, openForCommand, prepareDatabase } from '../../src/storage/database.ts';
import { schemaVersion } from '../../src/storage/migrations.ts';
import { writeMmdb } from '../support/mmdb-writer.ts';
import { programFile } from '../support/program.ts';
import { closeServers, runSignpost, temporaryFolder } from '../support/server-process.ts';
import { mountSmallDisk, unmountSmallDisks } from '../support/small-disk.ts';

after(unmountSmallDisks);
after(closeServers);

interface Finding {
  readonly check: string;
  readonly level: string;
  readonly message: string;
  readonly remedy: string | null;
}

interface Asking {
  readonly flags?: readonly string[];
  /** What the clock of the machine says. */
  readonly clockAt?: string;
  readonly dataFolder?: string;
}

const nobody = 65_534;
let folder: string;

beforeEach(() => {
  folder = temporaryFolder();
  prepareDatabase(folder);
});

function change(sql: string): void {
  const connection = openForCommand(folder);
  connection.pragma('foreign_keys = OFF');
  connection.exec(sql);
  connection.close();
}

/** The findings of one check, "level: message → remedy". */
async function findings(check: string, { flags = [], clockAt, dataFolder = folder }: Asking = {}): Promise<string[]> {
  const preload = new URL('../support/stopped-clock.mjs', import.meta.url).href;
  const clock: Record<string, string> =
    clockAt === undefined ? {} : { TEST_CLOCK: clockAt, NODE_OPTIONS: `--import=${preload}` };
  const { code, stdout, stderr } = await runSignpost(
    ['doctor', '--json', '--offline', '--data-dir', dataFolder, ...flags],
    clock,
  );
  assert.equal(stderr, '');
  const all = JSON.parse(stdout) as Finding[];
  assert.equal(code, all.some(({ level }) => level === 'error') ? 1 : 0);
  return all
    .filter((finding) => finding.check === check)
    .map(({ level, message, remedy }) => `${level}: ${message}${remedy === null ? '' : ` → ${remedy}`}`);
}

describe('signpost doctor finds', () => {
  it('keys that cross the network in the clear', async () => {
    const [, open] = await findings('config', { flags: ['--server-host', '0.0.0.0'] });
    assert.match(
      open!,
      /^warning: server\.host is 0\.0\.0\.0, .* in the clear → listen on 127\.0\.0\.1 behind a proxy/,
    );
  });

  it('no folder, and says that there is nothing further to look at', async () => {
    const dataFolder = join(folder, 'none');
    const [missing] = await findings('permissions', { dataFolder });
    assert.match(missing!, /^error: there is no folder \S+ → start the server once, or set data_dir/);
    assert.deepEqual(await findings('disk', { dataFolder }), ['skipped: there is no data folder']);
  });

  it("somebody else's folder", { skip: process.getuid?.() !== 0 && 'only root can become somebody else' }, () => {
    chownSync(folder, 4_711, 4_711);
    chmodSync(folder, 0o755);
    const argv = [`--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups', process.execPath, programFile()];
    const { stdout } = spawnSync('setpriv', [...argv, 'doctor', '--quick', '--offline', '--data-dir', folder], {
      cwd: '/',
      env: {},
      encoding: 'utf8',
    });
    assert.match(
      stdout,
      /error +permissions +\S+ belongs to another user \(4711\) than this one \(65534\)\n +→ run this as that user, .*: chown -R 65534 \S+\n/,
    );
  });

  it(
    "a database that is not the folder's owner's",
    { skip: process.getuid?.() !== 0 && 'only root can give it away' },
    async () => {
      chownSync(join(folder, 'signpost.db'), nobody, nobody);
      const [other] = await findings('permissions');
      assert.match(
        other!,
        /^error: \S+\/signpost\.db belongs to another user \(65534\) than its folder \(0\), .* → chown 0 \S+\/signpost\.db$/,
      );
    },
  );

  it('a lock that names no process', async () => {
    writeFileSync(join(folder, 'signpost.lock'), 'x\n');
    assert.deepEqual(await findings('lock'), [
      'warning: signpost.lock names no process → it is written anew at the next start',
    ]);
  });

  it('a disk that is nearly full', async (t) => {
    const disk = mountSmallDisk(16_384);
    if (disk === undefined) return t.skip('no file system can be mounted here');
    prepareDatabase(disk);
    const [full] = await findings('disk', { dataFolder: disk });
    assert.match(full!, /^error: [\d.]+ MB free, the database has [\d.]+ MB, its log 0\.0 MB → make room: /);
  });

  it('a disk that has no room for a copy of the database and its log', async () => {
    const log = join(folder, 'signpost.db-wal');
    closeSync(openSync(log, 'wx'));
    // With no bytes on the disk.
    truncateSync(log, 2 ** 42);
    const [large] = await findings('disk');
    rmSync(log, { force: true });
    assert.match(large!, /^warning: [\d.]+ [MG]B free, .* its log 4398\.0 GB → make room: a backup and an upgrade/);
  });

  it('a clock that was never set', async () => {
    assert.deepEqual(await findings('clock', { clockAt: '1999-12-31T00:00:00Z' }), [
      'error: the clock says 1999-12-31T00:00:00.000Z → set it, best by NTP: links would not expire when they should',
    ]);
  });

  it('a geo file that is old, of the operator or built in', async () => {
    const file = join(folder, 'places.mmdb');
    const builtAt = new Date('2027-01-01T00:00:00Z');
    writeFileSync(
      file,
      writeMmdb({ databaseType: 'Test-City', builtAt, networks: [['192.0.2.0/24', { country: { iso_code: 'DE' } }]] }),
    );
    const flags = ['--geo-database', file];
    const [fresh] = await findings('geo', { flags, clockAt: '2027-04-30T00:00:00Z' });
    assert.match(fresh!, /^ok: \S+places\.mmdb, Test-City, is 119 days old$/);
    const [old] = await findings('geo', { flags, clockAt: '2027-05-03T00:00:00Z' });
    assert.match(old!, /^warning: \S+places\.mmdb, Test-City, is 122 days old → get a newer file; it is taken up/);
    const [builtIn] = await findings('geo', { clockAt: '2031-01-01T00:00:00Z' });
    assert.match(
      builtIn!,
      /^warning: the one built in, country \w+, is \d+ days old → update Signpost, or set geo\.database/,
    );
  });

  it('what cannot be looked at, and goes on', async () => {
    const file = join(folder, 'not-a-folder');
    writeFileSync(file, '');
    const flags = ['--backups-schedule', 'every 6h', '--backups-folder', file];
    const [backups] = await findings('backups', { flags });
    assert.match(backups!, /^error: could not be looked at: ENOTDIR[^→]* → \w/);
    assert.deepEqual(await findings('integrity', { flags }), ['ok: every page and reference is right']);
  });

  it('a domain that has lost its proof', async () => {
    change(`
      INSERT INTO users VALUES (1, 'usr_1', 'a@b.example', 'a@b.example', 'A', 'unlimited', 0, 0);
      INSERT INTO domains
        (id, public_id, user_id, host, status, serves, verification_token, failing_since, created_at, updated_at)
        VALUES (2, 'dom_2', 1, 'go.example', 'verified', 1, 't', ${Date.UTC(2027, 0, 1)}, 0, 0)`);
    assert.deepEqual(await findings('domains'), [
      'warning: go.example has lost its proof since 2027-01-01T00:00:00.000Z → ' +
        'put its TXT record back: signpost domains list, docs/custom-domains.md',
    ]);
  });

  it('a job that fails', async () => {
    change("INSERT INTO jobs (name, due_at, failures, error) VALUES ('backups.make', 0, 3, 'no room')");
    assert.deepEqual(await findings('jobs'), [
      'error: backups.make has failed 3 times in a row: no room → ' +
        'it is tried again by itself; after mending what it says: signpost jobs run backups.make',
    ]);
  });

  it('rows that refer to what is gone', async () => {
    change(`INSERT INTO link_search_numbers (user_id, latest) VALUES (7, 0)`);
    const [broken] = await findings('integrity');
    assert.match(
      broken!,
      /^error: a row of link_search_numbers refers to one of users that is gone → keep a copy .* signpost restore FILE --replace$/,
    );
  });

  it('a database that it cannot use, and says what to do about each', async () => {
    const file = databaseFile(folder);
    const set = (sql: string): void => {
      const connection = new Database(file);
      connection.exec(sql);
      connection.close();
    };
    set(`PRAGMA user_version = ${schemaVersion + 1}`);
    const [newer] = await findings('database');
    assert.match(newer!, /^error: \S+ was written by a newer Signpost .* → run that version, or go back to the copy/);
    set('PRAGMA user_version = 0');
    const [older] = await findings('database');
    assert.match(older!, /^error: \S+ has schema 0, .* → start the server: it makes a copy first, and upgrades it$/);
    set(`PRAGMA user_version = ${schemaVersion}; PRAGMA application_id = 1`);
    const [foreign] = await findings('database');
    assert.match(foreign!, /^error: \S+ is not a Signpost database → set data_dir to where the data is$/);
    writeFileSync(file, 'no database '.repeat(100));
    const [damaged] = await findings('database');
    assert.match(
      damaged!,
      /^error: \S+ is damaged .* → keep a copy of the data folder .* signpost restore FILE --replace$/,
    );
    rmSync(file);
    const [missing] = await findings('database');
    assert.match(missing!, /^error: no database in \S+; .* → start the server once, or set data_dir/);
  });

  it('a data folder that is none', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    const asked = { dataFolder: file };
    assert.deepEqual(await findings('permissions', asked), [
      `error: ${file} is no folder → set data_dir to where the data is`,
    ]);
    assert.deepEqual(await findings('lock', asked), ['skipped: there is no data folder']);
  });
});
