// What the commands that copy, put back and read databases say of what they cannot use: one line, by the names that they were given, with
// nothing made and nothing lost.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { databaseFile, openForCommand } from '../../src/storage/database.ts';
import { schemaVersion } from '../../src/storage/migrations.ts';
import { ApiClient } from '../support/api-client.ts';
import { programFile } from '../support/program.ts';
import { closeServers, runServeToEnd, runSignpost, startServer, temporaryFolder } from '../support/server-process.ts';

after(closeServers);

const nobody = 65_534;

/** A stopped server's folder with one link, `kept`; a backup and an archive of it. */
let sound: string;
let backup: string;
let archive: string;
before(async () => {
  const server = await startServer();
  await ApiClient.of(server).createLink({ slug: 'kept' });
  assert.equal(await server.stop(), 0);
  sound = server.dataFolder;
  backup = join(temporaryFolder(), 'backup');
  archive = join(temporaryFolder(), 'archive');
  assert.equal((await runSignpost(['backup', backup, '--data-dir', sound])).code, 0);
  assert.equal((await runSignpost(['export', archive, '--data-dir', sound])).code, 0);
});

function slugsIn(dataFolder: string): unknown[] {
  const connection = openForCommand(dataFolder);
  try {
    return connection.prepare('SELECT slug FROM links ORDER BY slug').pluck().all();
  } finally {
    connection.close();
  }
}

async function refusal(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await runSignpost(args);
  assert.deepEqual([code, stdout], [1, ''], stderr);
  assert.match(stderr, /^signpost: [^\n]+\n$/);
  assert.doesNotMatch(stderr, /internal error/);
  return stderr.slice('signpost: '.length, -1);
}

/** What a server leaves that is killed after it made a link: everything of it is in the log. */
async function killedServer(): Promise<string> {
  const server = await startServer();
  await ApiClient.of(server).createLink({ slug: 'from-the-log' });
  await server.kill();
  assert.ok(statSync(`${databaseFile(server.dataFolder)}-wal`).size > 0);
  return server.dataFolder;
}

describe('a log whose database somebody has taken away', () => {
  for (const command of ['restore', 'import']) {
    it(`is not read into the one that ${command} puts there`, async () => {
      const dataFolder = await killedServer();
      const log = readFileSync(`${databaseFile(dataFolder)}-wal`);
      rmSync(databaseFile(dataFolder));
      const source = command === 'restore' ? backup : archive;
      const done = await runSignpost([command, source, '--data-dir', dataFolder]);
      assert.equal(done.code, 0, done.stderr);
      assert.deepEqual(slugsIn(dataFolder), ['kept']);
      // It may be what the database is mended with, should that be found again.
      const [kept, ...more] = readdirSync(dataFolder).filter((name) => name.includes('.replaced-'));
      assert.match(kept!, /^signpost\.db\.replaced-\S+-wal$/);
      assert.deepEqual(more, []);
      assert.ok(readFileSync(join(dataFolder, kept!)).equals(log));
      const server = await startServer({ dataFolder, printsKey: false });
      assert.equal(await server.stop(), 0);
      assert.deepEqual(slugsIn(dataFolder), ['kept']);
    });
  }
});

describe('a database without a byte, as a first start leaves that was killed early,', () => {
  let dataFolder: string;
  before(() => {
    dataFolder = temporaryFolder();
    writeFileSync(databaseFile(dataFolder), '');
  });

  it('is none', async () => {
    const folder = temporaryFolder();
    for (const args of [
      ['users', 'list'],
      ['backup', join(folder, 'b')],
      ['export', join(folder, 'e')],
    ])
      assert.match(
        await refusal(...args, '--data-dir', dataFolder),
        /^no database in \S+; start the server there once/,
      );
    assert.deepEqual(readdirSync(folder), []);
    const doctor = await runSignpost(['doctor', '--offline', '--data-dir', dataFolder]);
    assert.match(doctor.stdout, /^error +database +no database in .*\n +→ start the server once, /m);
  });

  it('makes room for a backup without --replace', async () => {
    const done = await runSignpost(['restore', backup, '--json', '--data-dir', dataFolder]);
    assert.equal(done.code, 0, done.stderr);
    assert.equal((JSON.parse(done.stdout) as { replaced: unknown }).replaced, null);
    assert.deepEqual(slugsIn(dataFolder), ['kept']);
  });
});

describe('what is wrong with a file', () => {
  it('is said of the backup that was named, and not of the copy that is gone', async () => {
    const folder = temporaryFolder();
    const text = join(folder, 'text');
    writeFileSync(text, 'not a database, but longer than nothing '.repeat(30));
    const dataFolder = join(folder, 'new');
    const put = (file: string): Promise<string> => refusal('restore', file, '--data-dir', dataFolder);
    assert.equal(
      await put(text),
      `${text} is damaged or not a database (file is not a database); it was left as it is`,
    );
    const newer = Buffer.from(readFileSync(backup));
    newer.writeUInt32BE(schemaVersion + 1, 60); // user_version
    const newerFile = join(folder, 'newer');
    writeFileSync(newerFile, newer);
    assert.ok((await put(newerFile)).startsWith(`${newerFile} was written by a newer Signpost (schema `));
    assert.ok((await put(folder)).startsWith(`cannot restore ${folder}: EISDIR`));
    assert.equal(await put(join(folder, 'none')), `there is no file ${join(folder, 'none')}`);
    assert.deepEqual(
      readdirSync(dataFolder).filter((name) => name.startsWith('signpost.db')),
      [],
    );
  });

  it('is said of the database that a backup was to be made of', async () => {
    const dataFolder = temporaryFolder();
    const file = databaseFile(dataFolder);
    writeFileSync(file, readFileSync(backup));
    const newer = readFileSync(file);
    newer.writeUInt32BE(schemaVersion + 1, 60); // user_version
    writeFileSync(file, newer);
    const target = join(temporaryFolder(), 'b');
    for (const command of ['backup', 'export'])
      assert.ok(
        (await refusal(command, target, '--data-dir', dataFolder)).startsWith(`${file} was written by a newer`),
      );
    assert.equal(existsSync(target), false);
  });

  it('is that it is the folder or the database itself', async () => {
    const file = databaseFile(sound);
    for (const command of ['backup', 'export'])
      for (const target of [sound, file])
        assert.equal(await refusal(command, target, '--data-dir', sound), `${target} exists already`);
  });

  it('is that a server has it open, or did not close it; and nothing where it was closed', async () => {
    const own = await runSignpost(['restore', databaseFile(sound), '--replace', '--data-dir', sound]);
    assert.equal(own.code, 0, own.stderr);
    assert.deepEqual(slugsIn(sound), ['kept']);
    const server = await startServer();
    const file = databaseFile(server.dataFolder);
    const elsewhere = join(temporaryFolder(), 'new');
    assert.match(await refusal('restore', file, '--data-dir', elsewhere), / is the database of a running server, /);
    await server.kill();
    assert.match(await refusal('restore', file, '--data-dir', elsewhere), / has a write-ahead log beside it: /);
    assert.equal(existsSync(databaseFile(elsewhere)), false);
  });
});

describe('a folder in which nothing can be made', () => {
  it('is refused, and not tried for ever', { skip: process.platform !== 'linux' && 'there is no /proc' }, async () => {
    // Where mkdir says that there is no such folder, whatever is asked.
    const dataFolder = '/proc/signpost/data';
    const { code, stderr } = await runServeToEnd({ dataFolder });
    assert.equal(code, 1);
    assert.match(stderr, /^signpost: cannot write to the data folder \/proc\/signpost\/data: ENOENT[^\n]*\n$/);
    assert.match(await refusal('restore', backup, '--data-dir', dataFolder), /^cannot write to the data folder /);
  });
});

describe('files that the server makes', { skip: process.platform === 'win32' && 'there are no modes' }, () => {
  it('are for its owner alone, even where others may look into the folder', async () => {
    const dataFolder = temporaryFolder();
    chmodSync(dataFolder, 0o755);
    const flags = ['--backups-schedule', 'every 15m'];
    const server = await startServer({ dataFolder, flags });
    await server.logged(/a backup is made and checked/);
    for (const command of ['backup', 'export'])
      assert.equal((await runSignpost([command, join(dataFolder, command), '--data-dir', dataFolder])).code, 0);
    const open = readdirSync(dataFolder, { recursive: true, encoding: 'utf8' }).filter(
      (name) => ((statSync(join(dataFolder, name), { throwIfNoEntry: false })?.mode ?? 0) & 0o077) !== 0,
    );
    assert.deepEqual(open, []);
    assert.equal(await server.stop(), 0);
  });
});

describe("another user's database", { skip: process.getuid?.() !== 0 && 'only root can become somebody else' }, () => {
  function asNobody(...args: string[]): { status: number | null; stdout: string; stderr: string } {
    const argv = [`--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups', process.execPath, programFile()];
    return spawnSync('setpriv', [...argv, ...args], { cwd: '/', env: {}, encoding: 'utf8' });
  }

  for (const [what, folderMode] of [
    ['a folder that is closed', 0o700],
    ['a folder that is open', 0o755],
  ] as const) {
    it(`is not called missing or damaged in ${what}, and nobody is told to take it`, () => {
      const parent = temporaryFolder();
      chmodSync(parent, 0o755);
      const dataFolder = join(parent, 'data');
      mkdirSync(dataFolder, { mode: folderMode });
      copyFileSync(databaseFile(sound), databaseFile(dataFolder));
      chmodSync(databaseFile(dataFolder), 0o600);
      chownSync(dataFolder, 4_711, 4_711);
      const { status, stderr } = asNobody('users', 'list', '--data-dir', dataFolder);
      const said = `${databaseFile(dataFolder)} is not for this user to read; run this as the user of the server, or as root`;
      assert.deepEqual([status, stderr], [1, `signpost: ${said}\n`]);
      const { stdout } = asNobody('doctor', '--offline', '--data-dir', dataFolder);
      assert.match(
        stdout,
        /^error +permissions +\S+ belongs to another user \(4711\)[^\n]*\n +→ run this as that user, /m,
      );
      assert.match(stdout, /^error +database +\S+ is not for this user to read/m);
      assert.doesNotMatch(stdout, /could not be looked at|report it/);
      if (folderMode === 0o700) assert.match(stdout, /^skipped +lock +this user may not look into the data folder$/m);
    });
  }
});
