// Upgrades at the start of a server: a copy first, then everything or nothing, with steps that stand for those of later versions.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, beforeEach, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import Database from 'better-sqlite3';
import { restore } from '../../src/storage/backup.ts';
import { databaseFile, openForCommand, prepareDatabase } from '../../src/storage/database.ts';
import { type Migration, schemaVersion } from '../../src/storage/migrations.ts';
import { prepareOrUpgrade, type Upgrade } from '../../src/storage/upgrade.ts';
import { closeServers, startServer, temporaryFolder } from '../support/server-process.ts';
import { mountSmallDisk, unmountSmallDisks } from '../support/small-disk.ts';

after(unmountSmallDisks);
after(closeServers);

// Up to the present version nothing is to be done.
const known: Migration[] = Array.from({ length: schemaVersion - 1 }, (_, i) => ({ version: i + 2, sql: '' }));
const next = schemaVersion + 1;
const stepsWith = (...sql: string[]): Migration[] => [
  ...known,
  ...sql.map((text, i) => ({ version: next + i, sql: text })),
];
const addTable = 'CREATE TABLE later (id INTEGER PRIMARY KEY) STRICT; INSERT INTO later VALUES (1), (2)';
const failing = "DELETE FROM settings; INSERT INTO no_such_table VALUES ('x')";

let dataFolder: string;
let file: string;
let copy: string;

function fillDatabase(folder: string): void {
  prepareDatabase(folder);
  const connection = openForCommand(folder);
  connection.exec("INSERT INTO settings (name, value) VALUES ('mark', x'01')");
  connection.close();
}

beforeEach(() => {
  dataFolder = temporaryFolder();
  file = databaseFile(dataFolder);
  copy = `${file}.before-schema-${next}`;
  fillDatabase(dataFolder);
});

/** The schema's version, whether the mark is there, and whether the file is whole. */
function stateOf(path: string): { version: unknown; marks: unknown; integrity: unknown } {
  const connection = new Database(path);
  try {
    return {
      version: connection.pragma('user_version', { simple: true }),
      marks: connection.prepare("SELECT count(*) FROM settings WHERE name = 'mark'").pluck().get(),
      integrity: connection.pragma('integrity_check', { simple: true }),
    };
  } finally {
    connection.close();
  }
}
const asItWas = { version: schemaVersion, marks: 1, integrity: 'ok' };

describe('an upgrade', () => {
  it('copies the database first, and leaves one with every step done', async () => {
    const told: Upgrade[] = [];
    const steps = stepsWith(addTable, 'DELETE FROM later WHERE id = 1');
    const last = `${file}.before-schema-${next + 1}`;
    const upgrade = await prepareOrUpgrade(dataFolder, { steps, onUpgrade: (about) => told.push(about) });
    assert.deepEqual(upgrade, { from: schemaVersion, to: next + 1, copy: last, isRepeated: false });
    assert.deepEqual(told, [upgrade]);
    assert.deepEqual(stateOf(file), { ...asItWas, version: next + 1 });
    assert.deepEqual(stateOf(last), asItWas);
    assert.equal(await prepareOrUpgrade(dataFolder, { steps }), undefined);
  });

  it('can be gone back from, to what the copy holds', async () => {
    await prepareOrUpgrade(dataFolder, { steps: stepsWith(addTable) });
    restore(copy, dataFolder, { replace: true, suffix: 'later' });
    assert.deepEqual(stateOf(file), asItWas);
    const server = await startServer({ dataFolder });
    assert.equal(await server.stop(), 0);
    assert.equal(stateOf(`${file}.later`).version, next);
  });

  it('that fails leaves the database as it was, and says so', async () => {
    await assert.rejects(prepareOrUpgrade(dataFolder, { steps: stepsWith(addTable, failing) }), {
      name: 'StartError',
      exitCode: 1,
      message: new RegExp(
        `^cannot upgrade \\S+: no such table: no_such_table; it is as it was, with schema ${schemaVersion}, and so is the copy \\S+$`,
      ),
    });
    assert.deepEqual(stateOf(file), asItWas);
    const server = await startServer({ dataFolder });
    assert.equal(await server.stop(), 0);
  });

  it('that fails again and again keeps one copy, and tells that it is not the first', async () => {
    const told: boolean[] = [];
    for (let round = 0; round < 3; round++) {
      const tried = prepareOrUpgrade(dataFolder, {
        steps: stepsWith(failing),
        onUpgrade: ({ isRepeated }) => told.push(isRepeated),
      });
      await assert.rejects(tried, /no_such_table/);
    }
    assert.deepEqual(told, [false, true, true]);
    assert.deepEqual(
      readdirSync(dataFolder).filter((name) => name.includes('before') || name.includes('partial')),
      [`signpost.db.before-schema-${next}`],
    );
    assert.deepEqual(stateOf(copy), asItWas);
  });

  it('does nothing to a database of a later version', async () => {
    await prepareOrUpgrade(dataFolder, { steps: stepsWith(addTable) });
    await assert.rejects(prepareOrUpgrade(dataFolder), /written by a newer Signpost .* left as it is/);
    assert.equal(stateOf(file).version, next);
  });

  it('that is killed in the middle leaves the database as it was', async () => {
    const endless =
      'CREATE TABLE later (id INTEGER PRIMARY KEY, text TEXT) STRICT; DELETE FROM settings; ' +
      'WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) INSERT INTO later SELECT i, hex(randomblob(500)) FROM n';
    const upgradeFile = pathToFileURL(join(import.meta.dirname, '..', '..', 'src', 'storage', 'upgrade.ts')).href;
    const script = `import(${JSON.stringify(upgradeFile)}).then(({ prepareOrUpgrade }) =>
      prepareOrUpgrade(${JSON.stringify(dataFolder)}, { steps: ${JSON.stringify(stepsWith(endless))} }))`;
    const child = spawn(process.execPath, ['-e', script], { stdio: 'ignore' });
    const ended = once(child, 'exit');
    const log = `${file}-wal`;
    // By then it has written what was not committed.
    while (!existsSync(copy) || !existsSync(log) || statSync(log).size < 2 ** 20)
      await new Promise((resolve) => setImmediate(resolve));
    child.kill('SIGKILL');
    await ended;
    assert.deepEqual(stateOf(file), asItWas);
    assert.deepEqual(stateOf(copy), asItWas);
    const told: boolean[] = [];
    const steps = stepsWith(addTable);
    await prepareOrUpgrade(dataFolder, { steps, onUpgrade: ({ isRepeated }) => told.push(isRepeated) });
    assert.deepEqual(told, [true]);
    assert.equal(stateOf(file).version, next);
  });

  it('is not begun where there is no room for a copy, and undone where there is none for itself', async (t) => {
    const disk = mountSmallDisk(4_096);
    if (disk === undefined) return t.skip('no file system can be mounted here');
    fillDatabase(disk);
    const own = databaseFile(disk);
    // A little at a time: what is written stands in the log and in the file for a moment.
    const ballast = (pieces: number): void => {
      const connection = openForCommand(disk);
      for (let piece = 0; piece < pieces; piece++) {
        connection.exec(`INSERT INTO settings (name, value) VALUES ('ballast ${piece}', randomblob(200000))`);
        connection.pragma('wal_checkpoint(TRUNCATE)');
      }
      connection.close();
    };
    const large = `CREATE TABLE later (bytes BLOB) STRICT; INSERT INTO later VALUES (randomblob(5000000))`;
    await assert.rejects(
      prepareOrUpgrade(disk, { steps: stepsWith(large) }),
      /^StartError: cannot upgrade \S+: database or disk is full; it is as it was/,
    );
    assert.deepEqual(stateOf(own), asItWas);
    ballast(10);
    await assert.rejects(
      prepareOrUpgrade(disk, { steps: stepsWith(addTable) }),
      /^StartError: cannot upgrade \S+: there has to be a copy first, and .*full; the database is as it was$/,
    );
    assert.deepEqual(stateOf(own), asItWas);
    assert.deepEqual(
      readdirSync(disk).filter((name) => name.includes('.new')),
      [],
    );
  });
});
