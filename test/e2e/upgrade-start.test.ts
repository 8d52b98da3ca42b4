// The start of a program of a version to come on a database of this one: what it says, what it leaves, and that nothing is lost where it is
// killed, fails, or finds the disk full.

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, beforeEach, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { databaseFile, openForCommand } from '../../src/storage/database.ts';
import { schemaVersion } from '../../src/storage/migrations.ts';
import { ApiClient } from '../support/api-client.ts';
import { closeServers, runServeToEnd, runSignpost, startServer, temporaryFolder } from '../support/server-process.ts';
import { mountSmallDisk, unmountSmallDisks } from '../support/small-disk.ts';

after(unmountSmallDisks);
after(closeServers);

const root = join(import.meta.dirname, '..', '..');
const preload = pathToFileURL(join(root, 'test', 'support', 'later-schema.mjs')).href;
const next = schemaVersion + 1;
const addTable = 'CREATE TABLE later (id INTEGER PRIMARY KEY) STRICT; INSERT INTO later SELECT id FROM links';
const rows = (limit: string): string =>
  'CREATE TABLE later (id INTEGER PRIMARY KEY, text TEXT) STRICT; DELETE FROM link_tags; ' +
  `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n ${limit}) INSERT INTO later SELECT i, hex(randomblob(500)) FROM n`;

const running = new Set<ChildProcess>();

class LaterProgram {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown[]>;
  stdout = '';
  stderr = '';

  constructor(dataFolder: string, migration: string) {
    const argv = ['--import', preload, join(root, 'src', 'main.ts'), 'serve', '--data-dir', dataFolder];
    this.#child = spawn(process.execPath, [...argv, '--server-port', '0'], {
      env: { TEST_MIGRATIONS: JSON.stringify([migration]) },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    running.add(this.#child);
    this.#child.stdout!.setEncoding('utf8').on('data', (text: string) => (this.stdout += text));
    this.#child.stderr!.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
    this.#ended = once(this.#child, 'close');
  }

  async end(signal?: NodeJS.Signals): Promise<number | null> {
    if (signal !== undefined) this.#child.kill(signal);
    const [code] = await this.#ended;
    running.delete(this.#child);
    return code as number | null;
  }

  /** Its address, once it listens. */
  async address(): Promise<string> {
    for (;;) {
      const found = /listens on (\S+)\n/.exec(this.stdout)?.[1];
      if (found !== undefined) return found;
      assert.equal(this.#child.exitCode, null, this.stderr);
      await Promise.race([once(this.#child.stdout!, 'data'), this.#ended]);
    }
  }
}

afterEach(async () => {
  for (const child of running) {
    child.kill('SIGKILL');
    await once(child, 'close');
  }
  running.clear();
});

let dataFolder: string;
let key: string | undefined;
let copy: string;

async function fill(folder: string): Promise<void> {
  const server = await startServer({ dataFolder: folder });
  const api = ApiClient.of(server);
  key = api.key;
  copy = `${databaseFile(folder)}.before-schema-${next}`;
  await api.createLink({ slug: 'kept', tags: ['a'] });
  assert.equal((await api.visit('kept')).status, 302);
  assert.equal(await server.stop(), 0);
}

/** This version starts on it, and finds what was there, to the click. */
async function isAsItWas(folder: string): Promise<void> {
  const server = await startServer({ dataFolder: folder, printsKey: false });
  const api = new ApiClient(server.address, key);
  const [link, ...more] = (await api.get('/links?tag=a')).data<{ slug: string; clickCount: number }[]>();
  assert.deepEqual([link?.slug, link?.clickCount, more.length], ['kept', 1, 0]);
  assert.equal(await server.stop(), 0);
  const checked = await runSignpost(['doctor', '--offline', '--data-dir', folder]);
  for (const check of ['integrity', 'roll-ups']) assert.match(checked.stdout, new RegExp(`^ok +${check} `, 'm'));
}

describe('the first start of a newer version', () => {
  beforeEach(async () => {
    dataFolder = temporaryFolder();
    await fill(dataFolder);
  });

  it('copies the database, upgrades it and serves it; the older program goes back to the copy only when told to', async () => {
    const later = new LaterProgram(dataFolder, addTable);
    const api = new ApiClient(await later.address(), key);
    assert.equal((await api.visit('kept')).status, 302);
    assert.equal(await later.end('SIGTERM'), 0);
    assert.match(later.stderr, /"msg":"upgrading the database; a copy is made first"/);
    assert.doesNotMatch(later.stderr, /interrupted/);
    const older = await runServeToEnd({ dataFolder });
    assert.equal(older.code, 1);
    assert.match(older.stderr, /^signpost: \S+ was written by a newer Signpost .*; it was left as it is\n$/);
    const back = await runSignpost(['restore', copy, '--replace', '--data-dir', dataFolder]);
    assert.equal(back.code, 0, back.stderr);
    await isAsItWas(dataFolder);
  });

  it('killed in the middle leaves the database to either version, and the next start says so', async () => {
    const killed = new LaterProgram(dataFolder, rows(''));
    const log = `${databaseFile(dataFolder)}-wal`;
    // By then it has written what was not committed.
    while (!existsSync(copy) || !existsSync(log) || statSync(log).size < 2 ** 20)
      await new Promise((resolve) => setImmediate(resolve));
    assert.equal(await killed.end('SIGKILL'), null);
    await isAsItWas(dataFolder);
    const later = new LaterProgram(dataFolder, addTable);
    assert.equal((await new ApiClient(await later.address(), key).visit('kept')).status, 302);
    assert.equal(await later.end('SIGTERM'), 0);
    assert.match(later.stderr, /an upgrade failed or was interrupted; the database is as it was before it/);
  });

  it('killed while it made its copy says so the next time, and makes another', async () => {
    const connection = openForCommand(dataFolder);
    connection.prepare("INSERT INTO settings (name, value) VALUES ('ballast', zeroblob(60000000))").run();
    connection.close();
    const killed = new LaterProgram(dataFolder, addTable);
    while (!readdirSync(dataFolder).some((name) => name.includes('.partial-')))
      await new Promise((resolve) => setImmediate(resolve));
    assert.equal(await killed.end('SIGKILL'), null);
    assert.equal(existsSync(copy), false);
    const later = new LaterProgram(dataFolder, addTable);
    await later.address();
    assert.equal(await later.end('SIGTERM'), 0);
    assert.match(later.stderr, /an upgrade failed or was interrupted; the database is as it was before it/);
    assert.deepEqual(
      readdirSync(dataFolder).filter((name) => name.includes('before')),
      [`signpost.db.before-schema-${next}`],
    );
  });

  it('that fails ends with 1 and one line, and leaves the database to the version before', async () => {
    const failing = new LaterProgram(dataFolder, 'DELETE FROM link_tags; INSERT INTO nowhere VALUES (1)');
    assert.equal(await failing.end(), 1);
    assert.match(
      failing.stderr,
      /\nsignpost: cannot upgrade \S+: no such table: nowhere; it is as it was, with schema \d+, and so is the copy \S+\n$/,
    );
    await isAsItWas(dataFolder);
  });
});

describe('the first start of a newer version on a full disk', () => {
  it('ends with 1 and one line, and leaves the database to the version before', async (t) => {
    const disk = mountSmallDisk(12_288);
    if (disk === undefined) return t.skip('no file system can be mounted here');
    await fill(disk);
    const large = new LaterProgram(disk, rows('LIMIT 20000'));
    assert.equal(await large.end(), 1);
    assert.match(
      large.stderr,
      /\nsignpost: cannot upgrade \S+: database or disk is full; it is as it was, with schema \d+, and so is the copy \S+\n$/,
    );
    await isAsItWas(disk);
  });
});
