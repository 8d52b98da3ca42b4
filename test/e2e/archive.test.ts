// `signpost export` and `signpost import`: everything, there and back, to the byte, and harmless wherever they are interrupted.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { hash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { databaseFile, openForCommand, prepareDatabase } from '../../src/storage/database.ts';
import { schemaVersion } from '../../src/storage/migrations.ts';
import { ApiClient, type LinkObject } from '../support/api-client.ts';
import { exported, lookInto } from '../support/archives.ts';
import { Load } from '../support/load.ts';
import { programFile } from '../support/program.ts';
import { closeServers, runSignpost, startServer, temporaryFolder } from '../support/server-process.ts';
import { mountSmallDisk, unmountSmallDisks } from '../support/small-disk.ts';

after(unmountSmallDisks);
after(closeServers);

// A tenth of the archive: whoever held it in memory would not come to the end.
const smallMemory = { NODE_OPTIONS: '--max-old-space-size=24' };
const manyClicks = 250_000;

interface Original {
  readonly dataFolder: string;
  readonly key: string | undefined;
  readonly link: LinkObject;
  readonly stats: unknown;
}

const statsPath = (link: LinkObject): string => `/links/${link.id}/stats?bots=include`;

/** A server on which something of everything was done, stopped. */
async function usedServer(): Promise<Original> {
  const server = await startServer({ flags: ['--clicks-durability', 'process'] });
  const api = ApiClient.of(server);
  const link = await api.createLink({ title: 'Ünï \u2028 "x"', tags: ['a', 'ß'], metadata: { n: 1 } });
  await api.createLink({ password: 'open sesame', clickLimit: 5, geoTargets: { DE: 'https://example.de/' } });
  await api.createLink();
  assert.equal((await api.patch(`/links/${link.id}`, { title: 'changed' })).status, 200);
  assert.equal((await api.post('/domains', { domain: 'go.example' })).status, 201);
  assert.equal((await api.post('/api-keys', { name: 'second', scopes: ['links:read'] })).status, 201);
  assert.equal((await api.post('/qr', { linkId: link.id, name: 'poster' })).status, 201);
  const gallery = await api.post('/galleries', { title: 'Ada', slug: 'ada', isPublished: true });
  assert.equal(gallery.status, 201, gallery.text);
  const { id } = gallery.data<{ id: string }>();
  assert.equal((await api.post(`/galleries/${id}/items`, { type: 'link', title: 'x', linkId: link.id })).status, 201);
  // Enough for roll-ups of the link (256 hits each) and of the user (4,096), and for a tail of both.
  const load = new Load({ port: server.port, slugs: [link.slug, 'bio/ada'], connections: 16 });
  await load.redirects(4_700);
  await load.stop();
  const stats = (await api.get(statsPath(link))).data();
  assert.equal(await server.stop(), 0);
  return { dataFolder: server.dataFolder, key: api.key, link, stats };
}

async function imported(file: string): Promise<string> {
  const dataFolder = join(temporaryFolder(), 'new');
  const done = await runSignpost(['import', file, '--data-dir', dataFolder]);
  assert.equal(done.code, 0, done.stderr);
  return dataFolder;
}

/** A database of far more clicks than there is memory for, and its archive. */
async function largeArchive(): Promise<{ dataFolder: string; file: string }> {
  const dataFolder = temporaryFolder();
  prepareDatabase(dataFolder);
  const connection = openForCommand(dataFolder);
  connection.exec(`
    WITH RECURSIVE ids (id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM ids WHERE id < ${manyClicks})
    INSERT INTO clicks SELECT id, 1, 1e12 + id, 0, 0, 0, 0, 0, id, 0, x'c0000200', id - 1 FROM ids`);
  connection.close();
  return { dataFolder, file: await exported(dataFolder, '--clicks') };
}

let original: Original;
let large: Awaited<ReturnType<typeof largeArchive>>;
before(async () => {
  original = await usedServer();
  large = await largeArchive();
});

describe('the round trip', () => {
  for (const flags of [['--clicks'], []]) {
    it(`is the same to the byte, "signpost export ${flags.join('')}"`, async () => {
      const file = await exported(original.dataFolder, ...flags);
      const dataFolder = await imported(file);
      assert.ok(readFileSync(file).equals(readFileSync(await exported(dataFolder, ...flags))));
    });

    it(`keeps keys, links, statistics and numbers, "signpost export ${flags.join('')}"`, async () => {
      const dataFolder = await imported(await exported(original.dataFolder, ...flags));
      const tables =
        'users api_keys links link_history link_tags domains qr_codes galleries gallery_items visit_counters';
      for (const table of tables.split(' ')) {
        const sql = `SELECT json_array(count(*), max(${table.startsWith('link_') ? 'link_id' : 'id'})) FROM ${table}`;
        assert.deepEqual(lookInto(dataFolder, sql), lookInto(original.dataFolder, sql), table);
      }
      const newest = 'SELECT seq FROM sqlite_sequence ORDER BY name';
      assert.deepEqual(lookInto(dataFolder, newest), lookInto(original.dataFolder, newest));
      const server = await startServer({ dataFolder, printsKey: false, flags: ['--clicks-durability', 'process'] });
      const api = new ApiClient(server.address, original.key);
      assert.deepEqual((await api.get(statsPath(original.link))).data(), original.stats);
      const before = (await api.link(original.link.id)).clickCount;
      const load = new Load({ port: server.port, slugs: [original.link.slug, 'bio/ada'], connections: 8 });
      await load.redirects(5_000);
      await load.stop();
      assert.ok((await api.link(original.link.id)).clickCount > before);
      assert.equal(await server.stop(), 0);
      lookInto(dataFolder, 'SELECT 1');
    });
  }

  it('without --clicks holds raw clicks only where no statistics hold them yet, and no addresses', async () => {
    const lines = readFileSync(await exported(original.dataFolder), 'utf8').split('\n');
    const hits = lines.filter((line) => line.startsWith('{"table":"clicks"'));
    assert.ok(hits.length > 0 && hits.length < 1_000, String(hits.length));
    assert.deepEqual(
      hits.filter((line) => !line.includes('"address":null')),
      [],
    );
  });

  it('leaves the salts of visitors behind', async () => {
    const text = readFileSync(await exported(original.dataFolder, '--clicks'), 'utf8');
    assert.notDeepEqual(lookInto(original.dataFolder, 'SELECT day FROM visitor_salts'), []);
    assert.doesNotMatch(text, /visitor_salts|idempotency_keys/);
  });

  it('needs no memory for what is inside', async () => {
    const file = join(temporaryFolder(), 'archive');
    const out = await runSignpost(['export', file, '--clicks', '--data-dir', large.dataFolder], smallMemory);
    assert.equal(out.code, 0, out.stderr);
    assert.ok(statSync(file).size > 40_000_000);
    const dataFolder = temporaryFolder();
    const back = await runSignpost(['import', file, '--data-dir', dataFolder, '--json'], smallMemory);
    assert.equal(back.code, 0, back.stderr);
    assert.ok((JSON.parse(back.stdout) as { rows: number }).rows >= manyClicks);
  });
});

describe('signpost export', () => {
  it('may run while the server does, and writes a file for its owner alone', async () => {
    const server = await startServer();
    const file = join(temporaryFolder(), 'archive');
    const done = await runSignpost(['export', file, '--json', '--data-dir', server.dataFolder]);
    assert.deepEqual({ code: done.code, stderr: done.stderr }, { code: 0, stderr: '' });
    const { rows, bytes } = JSON.parse(done.stdout) as { rows: number; bytes: number };
    assert.equal(bytes, statSync(file).size);
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    assert.equal(lines.length, rows + 2);
    assert.equal(
      lines[0],
      `{"format":"signpost-archive","version":1,"schema":${schemaVersion},"clicks":"not-rolled-up"}`,
    );
    const sha256 = hash('sha256', `${lines.slice(0, -1).join('\n')}\n`);
    assert.deepEqual(JSON.parse(lines.at(-1)!), { end: { rows, sha256 } });
    if (process.platform !== 'win32') assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.equal(await server.stop(), 0);
  });

  it('never replaces a file, and leaves none behind when it cannot go on', async () => {
    const folder = temporaryFolder();
    const file = join(folder, 'taken');
    writeFileSync(file, 'mine');
    const taken = await runSignpost(['export', file, '--data-dir', original.dataFolder]);
    assert.deepEqual([taken.code, taken.stderr], [1, `signpost: ${file} exists already\n`]);
    assert.equal(readFileSync(file, 'utf8'), 'mine');
    const nowhere = await runSignpost(['export', join(folder, 'no', 'x'), '--data-dir', original.dataFolder]);
    assert.equal(nowhere.code, 1);
    assert.match(nowhere.stderr, /^signpost: cannot export to [^\n]+\n$/);
    const without = await runSignpost(['export', join(folder, 'x'), '--data-dir', temporaryFolder()]);
    assert.match(without.stderr, /^signpost: no database in /);
    assert.deepEqual(readdirSync(folder), ['taken']);
  });

  it('can be killed in the middle, and does its work the next time', async () => {
    const file = join(temporaryFolder(), 'archive');
    const args = [programFile(), 'export', file, '--clicks', '--data-dir', large.dataFolder];
    const child = spawn(process.execPath, args, { stdio: 'ignore', env: {} });
    const ended = once(child, 'exit');
    const partial = `${file}.partial-${child.pid}`;
    while (!existsSync(partial)) await new Promise((resolve) => setImmediate(resolve));
    child.kill('SIGKILL');
    await ended;
    assert.equal(existsSync(file), false);
    const again = await runSignpost(['export', file, '--data-dir', large.dataFolder]);
    assert.equal(again.code, 0, again.stderr);
    assert.match(again.stdout, /MB; one was interrupted before, and what it left is removed\n$/);
    assert.deepEqual(readdirSync(join(file, '..')), ['archive']);
  });
});

describe('signpost import', () => {
  it('takes the place of what a first start made, and keeps that', async () => {
    const server = await startServer();
    assert.equal(await server.stop(), 0);
    const file = await exported(original.dataFolder);
    const done = await runSignpost(['import', file, '--json', '--data-dir', server.dataFolder]);
    assert.equal(done.code, 0, done.stderr);
    const { replaced } = JSON.parse(done.stdout) as { replaced: string };
    assert.ok(existsSync(replaced));
    assert.deepEqual(lookInto(server.dataFolder, 'SELECT count(*) FROM links'), [3]);
  });

  it('refuses a server that runs with code 3, and one that was used with code 1, and changes nothing', async () => {
    const file = await exported(original.dataFolder);
    const server = await startServer();
    await ApiClient.of(server).createLink();
    const running = await runSignpost(['import', file, '--data-dir', server.dataFolder]);
    assert.equal(running.code, 3, running.stderr);
    assert.equal(await server.stop(), 0);
    const used = await runSignpost(['import', file, '--data-dir', server.dataFolder]);
    assert.equal(used.code, 1);
    assert.match(used.stderr, /^signpost: \S+ is in use already: it holds links\. Import into an empty server\n$/);
    assert.deepEqual(lookInto(server.dataFolder, 'SELECT count(*) FROM links'), [1]);
  });

  it('refuses what is no whole archive of this version, names the line, and leaves the folder empty', async () => {
    const whole = readFileSync(await exported(original.dataFolder), 'utf8');
    const lines = whole.trimEnd().split('\n');
    const head = lines[0]!;
    const ownSchema = `"schema":${schemaVersion}`;
    const userLine = lines.findIndex((line) => line.startsWith('{"table":"users"'));
    const withUser = (line: string): string => [...lines.with(userLine, line), ''].join('\n');
    const user = lines[userLine]!;
    const cases: [name: string, text: string | Buffer, message: RegExp][] = [
      ['an empty file', '', /is not a Signpost archive/],
      ['a text', 'hello\n', /line 1 is not a JSON object/],
      ['zeros', Buffer.alloc(5_000), /was cut in line 1/],
      ['something else', '{"format":"bookmarks"}\n', /is not a Signpost archive/],
      [
        'a newer archive',
        whole.replace('"version":1', '"version":2'),
        /archive of version 2; this program knows version 1/,
      ],
      [
        'a newer schema',
        whole.replace(ownSchema, '"schema":999'),
        new RegExp(`a newer Signpost \\(schema 999, this program knows ${schemaVersion}\\)`),
      ],
      ['no schema', whole.replace(ownSchema, '"schema":0'), /line 1: "schema" is no version/],
      ['other clicks', whole.replace('"clicks":"not-rolled-up"', '"clicks":"some"'), /"clicks" is none of/],
      ['the head alone', `${head}\n`, /was cut: its last line is missing/],
      ['without its end', `${lines.slice(0, -1).join('\n')}\n`, /was cut: its last line is missing/],
      ['cut in a line', whole.slice(0, whole.length / 2), /was cut in line \d+/],
      ['a line less', [...lines.toSpliced(userLine, 1), ''].join('\n'), /rows were there, the end says/],
      ['more after the end', `${whole}{}\n`, /there is more after the end/],
      ['another name', withUser(user.replace('"plan":"', '"plan":"x')), /its SHA-256 is another/],
      ['no table', withUser(user.replace('"users"', '"sqlite_schema"')), /line \d+: no table "sqlite_schema"/],
      ['a prototype', withUser(user.replace('"users"', '"__proto__"')), /no table "__proto__"/],
      ['no row', withUser('{"table":"users"}'), /has no row/],
      ['a column more', withUser(user.replace('"row":{', '"row":{"__proto__":1,')), /users has no column "__proto__"/],
      ['a column less', withUser(user.replace(/,"plan":"\w+"/, '')), /users\.plan is missing/],
      ['a list', withUser(user.replace(/"plan":"\w+"/, '"plan":[]')), /users\.plan is neither text, number/],
      ['wrong base64', withUser(user.replace(/"plan":"\w+"/, '"plan":{"base64":"?"}')), /users\.plan is neither/],
      ['a wrong type', withUser(user.replace(/"created_at":\d+/, '"created_at":"x"')), /line \d+: cannot store TEXT/],
      ['nothing', withUser(user.replace(/"plan":"\w+"/, '"plan":null')), /line \d+: NOT NULL constraint failed/],
      ['twice the same', [...lines.toSpliced(userLine, 0, user), ''].join('\n'), /line \d+: UNIQUE constraint failed/],
    ];
    const folder = temporaryFolder();
    for (const [name, text, message] of cases) {
      const file = join(folder, name.replaceAll(' ', '-'));
      writeFileSync(file, text);
      const dataFolder = temporaryFolder();
      const result = await runSignpost(['import', file, '--data-dir', dataFolder]);
      assert.equal(result.code, 1, name);
      assert.match(result.stderr, /^signpost: [^\n]+\n$/, name);
      assert.match(result.stderr, message, name);
      assert.deepEqual(
        readdirSync(dataFolder).filter((entry) => entry.startsWith('signpost.db')),
        [],
        name,
      );
    }
    const missing = await runSignpost(['import', join(folder, 'missing'), '--data-dir', temporaryFolder()]);
    assert.match(missing.stderr, /^signpost: there is no file /);
    const format = await runSignpost(['import', 'x', '--format', 'singpost']);
    assert.deepEqual([format.code, /did you mean "signpost"/.test(format.stderr)], [2, true]);
  });

  it('that refers to what is missing is refused as a whole', async () => {
    const lines = readFileSync(await exported(original.dataFolder), 'utf8')
      .trimEnd()
      .split('\n')
      .slice(0, -1);
    const kept = lines.filter((line) => !line.startsWith('{"table":"users"'));
    const text = `${kept.join('\n')}\n`;
    const end = { end: { rows: kept.length - 1, sha256: hash('sha256', text) } };
    const file = join(temporaryFolder(), 'orphans');
    writeFileSync(file, `${text}${JSON.stringify(end)}\n`);
    const dataFolder = temporaryFolder();
    const result = await runSignpost(['import', file, '--data-dir', dataFolder]);
    assert.equal(result.code, 1);
    assert.match(result.stderr, /rows refer to nothing/);
    assert.equal(existsSync(databaseFile(dataFolder)), false);
  });

  it('that was killed is cleared away, and told of, by the next start', async () => {
    const dataFolder = temporaryFolder();
    const args = [programFile(), 'import', large.file, '--data-dir', dataFolder];
    const child = spawn(process.execPath, args, { stdio: 'ignore', env: {} });
    const ended = once(child, 'exit');
    const made = join(dataFolder, 'signpost.db.importing');
    while (!existsSync(made)) await new Promise((resolve) => setImmediate(resolve));
    child.kill('SIGKILL');
    await ended;
    assert.equal(existsSync(databaseFile(dataFolder)), false);
    const server = await startServer({ dataFolder });
    await server.logged(/an import was interrupted; the database is as it was before it/);
    assert.equal(existsSync(made), false);
    assert.equal(await server.stop(), 0);
    lookInto(dataFolder, 'SELECT 1');
  });
});

describe('on a full disk', () => {
  it('export and import say so, and nothing is lost or left', async (t) => {
    const disk = mountSmallDisk(2_048);
    if (disk === undefined) return t.skip('no file system can be mounted here');
    const file = join(disk, 'archive');
    const out = await runSignpost(['export', file, '--clicks', '--data-dir', large.dataFolder]);
    assert.equal(out.code, 1);
    assert.match(out.stderr, /^signpost: cannot export to \S+: ENOSPC: no space left on device[^\n]*\n$/);
    assert.deepEqual(readdirSync(disk), []);
    const back = await runSignpost(['import', large.file, '--data-dir', disk]);
    assert.equal(back.code, 1);
    assert.match(back.stderr, /^signpost: cannot import \S+: database or disk is full\n$/);
    assert.deepEqual(
      readdirSync(disk).filter((name) => name.startsWith('signpost.db')),
      [],
    );
    const server = await startServer({ dataFolder: disk });
    assert.equal(await server.stop(), 0);
  });
});
