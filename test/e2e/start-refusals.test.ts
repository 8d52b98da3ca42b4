import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import Database from 'better-sqlite3';
import { schemaVersion } from '../../src/storage/migrations.ts';
import { ApiClient } from '../support/api-client.ts';
import { seededRandom } from '../support/seeded-random.ts';
import {
  closeServers,
  type ProcessEnd,
  runServeToEnd,
  runSignpost,
  startServer,
  temporaryFolder,
} from '../support/server-process.ts';

after(closeServers);

/** A data folder as a stopped server leaves it, with something in every table that a click fills. */
let sound: string;
before(async () => {
  const server = await startServer();
  const api = ApiClient.of(server);
  for (let count = 0; count < 20; count++) {
    const { slug } = await api.createLink({ description: 'd'.repeat(400), tags: ['one', 'two'] });
    await api.visit(slug);
  }
  assert.equal(await server.stop(), 0);
  sound = server.dataFolder;
});

function copyOfSound(): { folder: string; file: string } {
  const folder = temporaryFolder();
  const file = join(folder, 'signpost.db');
  copyFileSync(join(sound, 'signpost.db'), file);
  return { folder, file };
}

/** Fingerprints of the database's files; that of shared memory has none, it is made anew by every start. */
function fingerprints(folder: string): Record<string, string> {
  const files = readdirSync(folder).filter((name) => /^signpost\.db(-wal)?$/.test(name));
  const entries = files.map((name) => [name, readFileSync(join(folder, name))] as const);
  // An empty log is none.
  const kept = entries.filter(([name, bytes]) => name === 'signpost.db' || bytes.length > 0);
  return Object.fromEntries(kept.map(([name, bytes]) => [name, createHash('sha256').update(bytes).digest('hex')]));
}

function assertRefusal({ code, signal, stdout, stderr }: ProcessEnd, message: RegExp): void {
  assert.deepEqual({ code, signal, stdout }, { code: 1, signal: null, stdout: '' });
  assert.match(stderr, /^signpost: [^\n]+\n$/, 'one line');
  assert.match(stderr, message);
  assert.doesNotMatch(stderr, /\n {4}at |internal error/);
}

function editDatabase(file: string, sql: string): void {
  const database = new Database(file);
  database.exec(sql);
  database.pragma('wal_checkpoint(TRUNCATE)');
  database.close();
}

/** Overwrites bytes; a negative position counts from the end. */
function overwrite(file: string, position: number, bytes: Buffer): void {
  const content = readFileSync(file);
  bytes.copy(content, position < 0 ? content.length + position : position);
  writeFileSync(file, content);
}

const random = seededRandom(99);
const noise = (length: number): Buffer => Buffer.from(Array.from({ length }, () => random(256)));

function rootPageOf(file: string, table: string): { start: number; size: number } {
  const database = new Database(file, { readonly: true });
  const size = database.pragma('page_size', { simple: true }) as number;
  const page = database.prepare('SELECT rootpage FROM sqlite_schema WHERE name = ?').pluck().get(table) as number;
  database.close();
  return { start: (page - 1) * size, size };
}

describe('a database that must not be touched', () => {
  const damaged = /signpost\.db is damaged or not a database \(.+\); it was left as it is/;
  const newer = new RegExp(
    `written by a newer Signpost \\(schema ${schemaVersion + 1}, this program knows ${schemaVersion}\\)`,
  );
  const cases: [what: string, spoil: (file: string) => void, message: RegExp][] = [
    ['noise', (file) => writeFileSync(file, noise(20_000)), damaged],
    ['one byte', (file) => writeFileSync(file, 'S'), damaged],
    ['a text', (file) => writeFileSync(file, 'My shopping list\n'.repeat(500)), damaged],
    [
      'a database that was cut off in the middle',
      (file) => truncateSync(file, Math.floor(statSync(file).size / 2)),
      damaged,
    ],
    ['a database that lacks its last page', (file) => truncateSync(file, statSync(file).size - 4096), damaged],
    ['a database whose header is damaged', (file) => overwrite(file, 0, noise(100)), damaged],
    ['a database whose schema is damaged', (file) => overwrite(file, 100, noise(900)), damaged],
    [
      'a database with a damaged table',
      (file) => {
        const { start, size } = rootPageOf(file, 'links');
        overwrite(file, start, noise(size));
      },
      damaged,
    ],
    [
      'a database of another program',
      (file) => {
        writeFileSync(file, '');
        editDatabase(file, 'CREATE TABLE recipes (name TEXT); PRAGMA user_version = 1');
      },
      /signpost\.db is not a Signpost database/,
    ],
    [
      'a database of another program that keeps no version',
      (file) => {
        writeFileSync(file, '');
        editDatabase(file, 'PRAGMA application_id = 1; CREATE TABLE recipes (name TEXT)');
      },
      /signpost\.db is not a Signpost database/,
    ],
    ['a newer schema', (file) => editDatabase(file, `PRAGMA user_version = ${schemaVersion + 1}`), newer],
  ];
  for (const [what, spoil, message] of cases) {
    it(`is refused and left as it is: ${what}`, async () => {
      const { folder, file } = copyOfSound();
      spoil(file);
      const before = fingerprints(folder);
      assertRefusal(await runServeToEnd({ dataFolder: folder }), message);
      assert.deepEqual(fingerprints(folder), before);
      assert.equal(existsSync(join(folder, 'signpost.lock')), false, 'the lock is given back');
    });
  }

  it('is refused and left as it is by the other commands, too', async () => {
    const { folder, file } = copyOfSound();
    editDatabase(file, `PRAGMA user_version = ${schemaVersion + 1}`);
    const before = fingerprints(folder);
    assertRefusal(await runSignpost(['users', 'list', '--data-dir', folder]), newer);
    assert.deepEqual(fingerprints(folder), before);
  });

  it('is refused and left as it is: a newer schema that a crash left in the write-ahead log', async () => {
    const { folder, file } = copyOfSound();
    const database = new Database(file);
    database.pragma('wal_autocheckpoint = 0');
    database.exec(`PRAGMA user_version = ${schemaVersion + 1}`);
    // What a crash at this moment would leave: both files as they stand, and no shared memory.
    const crashed = temporaryFolder();
    for (const name of ['signpost.db', 'signpost.db-wal']) copyFileSync(join(folder, name), join(crashed, name));
    database.close();
    const before = fingerprints(crashed);
    assert.equal(Object.keys(before).length, 2);
    assertRefusal(await runServeToEnd({ dataFolder: crashed }), newer);
    assert.deepEqual(fingerprints(crashed), before);
  });

  it('is refused where it is a folder', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'signpost.db'));
    assertRefusal(await runServeToEnd({ dataFolder: folder }), /signpost\.db/);
  });

  it('starts again once what was wrong is gone', async () => {
    const { folder, file } = copyOfSound();
    editDatabase(file, `PRAGMA user_version = ${schemaVersion + 1}`);
    assertRefusal(await runServeToEnd({ dataFolder: folder }), newer);
    editDatabase(file, `PRAGMA user_version = ${schemaVersion}`);
    const server = await startServer({ dataFolder: folder });
    assert.equal(await server.stop(), 0);
  });
});

describe('a folder that cannot be used', () => {
  it('is refused where it lies below a file', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'file'), '');
    const end = await runServeToEnd({ dataFolder: join(folder, 'file', 'data') });
    assertRefusal(end, /cannot write to the data folder .*\/file\/data: ENOTDIR/);
    assert.deepEqual(readdirSync(folder), ['file']);
  });

  it('is refused where it is a file itself', async () => {
    const file = join(temporaryFolder(), 'data');
    writeFileSync(file, 'precious');
    assertRefusal(await runServeToEnd({ dataFolder: file }), /cannot write to the data folder .*\/data: /);
    assert.equal(readFileSync(file, 'utf8'), 'precious');
  });

  it(
    'is refused where it may not be written',
    { skip: process.getuid?.() === 0 && 'root may write anywhere' },
    async (t) => {
      const folder = temporaryFolder();
      chmodSync(folder, 0o500);
      t.after(() => chmodSync(folder, 0o700));
      assertRefusal(await runServeToEnd({ dataFolder: folder }), /cannot write to the data folder .*: EACCES/);
      assert.deepEqual(readdirSync(folder), []);
    },
  );

  it('is refused where its lock is not what it should be', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'signpost.guard'), noise(5_000));
    assertRefusal(await runServeToEnd({ dataFolder: folder }), /cannot lock .*signpost\.guard/);
    assert.deepEqual(readdirSync(folder), ['signpost.guard']);
  });
});
