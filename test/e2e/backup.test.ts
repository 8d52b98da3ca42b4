// `signpost backup` and `signpost restore`: taken at full load, put back whole, and harmless wherever they are interrupted.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chownSync,
  existsSync,
  linkSync,
  readdirSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { auditRollUps } from '../../src/clicks/roll-up-audit-store.ts';
import { currentTotals } from '../../src/links/link-totals-store.ts';
import { backUp, restore } from '../../src/storage/backup.ts';
import { openForCommand, openReader } from '../../src/storage/database.ts';
import { ApiClient } from '../support/api-client.ts';
import { Load } from '../support/load.ts';
import { programFile } from '../support/program.ts';
import {
  closeServers,
  runServeToEnd,
  runSignpost,
  type ServerProcess,
  startServer,
  temporaryFolder,
} from '../support/server-process.ts';
import { mountSmallDisk, unmountSmallDisks } from '../support/small-disk.ts';

after(unmountSmallDisks);
after(closeServers);

const nobody = 65_534;
const fullSpeed = { maxBytesPerSecond: 0, onProgress: () => {} };

function countedIn(dataFolder: string): number {
  const connection = openReader(dataFolder);
  try {
    assert.deepEqual(auditRollUps(connection), []);
    assert.equal(connection.pragma('integrity_check', { simple: true }), 'ok');
    return connection.prepare<[], { clicks: number }>(`SELECT sum(clicks) AS clicks FROM (${currentTotals})`).get()!
      .clicks;
  } finally {
    connection.close();
  }
}

async function serverWithClicks(): Promise<{ server: ServerProcess; api: ApiClient; slug: string }> {
  const server = await startServer({ flags: ['--clicks-durability', 'process'] });
  const api = ApiClient.of(server);
  const { slug } = await api.createLink();
  return { server, api, slug };
}

/** A stopped server's folder with a link in it, and a backup of it. */
async function folderWithBackup(): Promise<{ dataFolder: string; file: string }> {
  const { server } = await serverWithClicks();
  assert.equal(await server.stop(), 0);
  const file = join(temporaryFolder(), 'signpost.backup');
  await backUp(server.dataFolder, file, fullSpeed);
  return { dataFolder: server.dataFolder, file };
}

const linksIn = (dataFolder: string): unknown => {
  const connection = openReader(dataFolder);
  try {
    return connection.prepare('SELECT count(*) FROM links').pluck().get();
  } finally {
    connection.close();
  }
};

describe('backups taken at full load', () => {
  it('hold, 20 of 20, every redirect that was answered before they began, and agree with themselves', async () => {
    const { server, slug } = await serverWithClicks();
    const load = new Load({ port: server.port, slugs: [slug], connections: 16 });
    const backups = temporaryFolder();
    // What each must hold at least, in the order in which they are taken.
    const answered: number[] = [];
    for (let round = 0; round < 20; round++) {
      const sofar = (round + 1) * 200;
      await load.redirects(sofar);
      answered.push(sofar);
      await backUp(server.dataFolder, join(backups, String(round)), fullSpeed);
    }
    await load.stop();
    assert.equal(await server.stop(), 0);
    // Crawlers' redirects are kept, and do not count.
    const all = (dataFolder: string): number => {
      countedIn(dataFolder);
      const connection = openReader(dataFolder);
      try {
        return connection.prepare<[], { n: number }>('SELECT count(*) AS n FROM clicks').get()!.n;
      } finally {
        connection.close();
      }
    };
    for (const [round, least] of answered.entries()) {
      const dataFolder = temporaryFolder();
      restore(join(backups, String(round)), dataFolder, { replace: false, suffix: 'x' });
      const kept = all(dataFolder);
      assert.ok(kept >= least, `backup ${round}: ${kept} hits kept, ${least} redirects answered before it`);
    }
  });

  it('can be served from', async () => {
    const { server, api, slug } = await serverWithClicks();
    const load = new Load({ port: server.port, slugs: [slug], connections: 8 });
    await load.redirects(300);
    const file = join(temporaryFolder(), 'backup');
    const made = await runSignpost(['backup', file, '--json', '--data-dir', server.dataFolder]);
    await load.stop();
    assert.deepEqual({ code: made.code, stderr: made.stderr }, { code: 0, stderr: '' });
    assert.deepEqual(JSON.parse(made.stdout), { file, bytes: statSync(file).size });
    if (process.platform !== 'win32') assert.equal(statSync(file).mode & 0o777, 0o600);

    const dataFolder = join(temporaryFolder(), 'new');
    const put = await runSignpost(['restore', file, '--data-dir', dataFolder]);
    assert.equal(put.code, 0, put.stderr);
    const restored = await startServer({ dataFolder, printsKey: false });
    const links = new ApiClient(restored.address, api.key);
    const response = await links.get('/links');
    assert.equal(response.status, 200);
    assert.equal(await restored.stop(), 0);
    assert.ok(countedIn(dataFolder) > 0);
  });
});

describe('signpost backup', () => {
  it('never replaces a file, and leaves none behind when it cannot go on', async () => {
    const { dataFolder, file } = await folderWithBackup();
    const bytes = readFileSync(file);
    const again = await runSignpost(['backup', file, '--data-dir', dataFolder]);
    assert.equal(again.code, 1);
    assert.match(again.stderr, /^signpost: \S+ exists already\n$/);
    assert.deepEqual(readFileSync(file), bytes);
    const nowhere = await runSignpost(['backup', join(dataFolder, 'no', 'such', 'folder'), '--data-dir', dataFolder]);
    assert.equal(nowhere.code, 1);
    assert.match(nowhere.stderr, /^signpost: cannot back up to [^\n]+\n$/);
    const wrong = await runSignpost(['backup', join(dataFolder, 'x'), '--max-rate', 'fast', '--data-dir', dataFolder]);
    assert.equal(wrong.code, 2);
    assert.match(wrong.stderr, /--max-rate/);
    const without = await runSignpost(['backup', join(dataFolder, 'x'), '--data-dir', temporaryFolder()]);
    assert.equal(without.code, 1);
    assert.deepEqual(
      readdirSync(dataFolder).filter((name) => name.includes('partial') || name === 'x'),
      [],
    );
  });

  it('can be killed in the middle, and does its work the next time', async () => {
    const { server } = await serverWithClicks();
    const connection = openForCommand(server.dataFolder);
    connection.prepare("INSERT INTO settings (name, value) VALUES ('ballast', zeroblob(40000000))").run();
    connection.close();
    const file = join(temporaryFolder(), 'backup');
    // Forty seconds at this rate: there is a middle to be killed in, and time for another one meanwhile.
    const args = ['backup', file, '--max-rate', '1', '--data-dir', server.dataFolder];
    const child = spawn(process.execPath, [programFile(), ...args], { stdio: 'ignore', env: {} });
    const ended = once(child, 'exit');
    const partial = `${file}.partial-${child.pid}`;
    while (!existsSync(partial)) await new Promise((resolve) => setImmediate(resolve));
    const other = join(file, '..', 'other');
    const second = await runSignpost(['backup', other, '--max-rate', '0', '--data-dir', server.dataFolder]);
    assert.equal(second.code, 0, second.stderr);
    assert.ok(existsSync(partial));
    child.kill('SIGKILL');
    await ended;
    assert.equal(existsSync(file), false);
    const third = await runSignpost(['backup', file, '--max-rate', '0', '--data-dir', server.dataFolder]);
    assert.equal(third.code, 0, third.stderr);
    assert.match(third.stdout, /MB, checked; one was interrupted before, and what it left is removed\n$/);
    assert.deepEqual(readdirSync(join(file, '..')).toSorted(), ['backup', 'other']);
    assert.equal(await server.stop(), 0);
  });
});

describe('on a full disk', () => {
  it('backup and restore say so, and nothing is lost or left', async (t) => {
    const disk = mountSmallDisk(2_048);
    if (disk === undefined) return t.skip('no file system can be mounted here');
    const { server } = await serverWithClicks();
    const connection = openForCommand(server.dataFolder);
    connection.prepare("INSERT INTO settings (name, value) VALUES ('ballast', zeroblob(4000000))").run();
    connection.close();
    const file = join(temporaryFolder(), 'whole');
    await backUp(server.dataFolder, file, fullSpeed);
    const full = await runSignpost(['backup', join(disk, 'backup'), '--data-dir', server.dataFolder]);
    assert.equal(full.code, 1);
    assert.match(full.stderr, /^signpost: cannot back up to \S+: database or disk is full\n$/);
    assert.deepEqual(readdirSync(disk), []);
    const small = await startServer({ dataFolder: disk });
    await ApiClient.of(small).createLink();
    assert.equal(await small.stop(), 0);
    const refused = await runSignpost(['restore', file, '--replace', '--data-dir', disk]);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /^signpost: cannot restore \S+: ENOSPC: no space left on device[^\n]*\n$/);
    assert.equal(existsSync(join(disk, 'signpost.db.restoring')), false);
    assert.equal(linksIn(disk), 1);
    assert.equal(await server.stop(), 0);
  });
});

describe('signpost restore', () => {
  it('refuses a folder that a server is using, with code 3', async () => {
    const { file } = await folderWithBackup();
    const { server } = await serverWithClicks();
    const result = await runSignpost(['restore', file, '--replace', '--data-dir', server.dataFolder]);
    assert.equal(result.code, 3);
    assert.match(result.stderr, /^signpost: another Signpost process \(pid \d+\) is using /);
    assert.equal(await server.stop(), 0);
    assert.equal(linksIn(server.dataFolder), 1);
  });

  it('replaces a database only when told to, and keeps it', async () => {
    const { file } = await folderWithBackup();
    const { server, api } = await serverWithClicks();
    await api.createLink();
    assert.equal(await server.stop(), 0);
    const refused = await runSignpost(['restore', file, '--data-dir', server.dataFolder]);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /holds a database already; with --replace/);
    assert.equal(linksIn(server.dataFolder), 2);
    const done = await runSignpost(['restore', file, '--replace', '--json', '--data-dir', server.dataFolder]);
    assert.equal(done.code, 0, done.stderr);
    assert.equal(linksIn(server.dataFolder), 1);
    const { replaced } = JSON.parse(done.stdout) as { replaced: string };
    const kept = temporaryFolder();
    restore(replaced, kept, { replace: false, suffix: 'x' });
    assert.equal(linksIn(kept), 2);
  });

  it('loses nothing of a database that was killed before, when it replaces it', async () => {
    const { file } = await folderWithBackup();
    const { server, api } = await serverWithClicks();
    await api.createLink();
    await server.kill();
    const done = await runSignpost(['restore', file, '--replace', '--json', '--data-dir', server.dataFolder]);
    assert.equal(done.code, 0, done.stderr);
    const kept = temporaryFolder();
    restore((JSON.parse(done.stdout) as { replaced: string }).replaced, kept, { replace: false, suffix: 'x' });
    assert.equal(linksIn(kept), 2);
    assert.equal(linksIn(server.dataFolder), 1);
  });

  it('takes the place of a database that is damaged, and keeps that with its log', async () => {
    const { dataFolder, file } = await folderWithBackup();
    const target = join(dataFolder, 'signpost.db');
    const damaged = Buffer.alloc(readFileSync(target).length, 0xff);
    writeFileSync(target, damaged);
    writeFileSync(`${target}-wal`, 'what may be mended with');
    const refused = await runServeToEnd({ dataFolder });
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /is damaged or not a database .*; it was left as it is\n$/);
    const done = await runSignpost(['restore', file, '--replace', '--json', '--data-dir', dataFolder]);
    assert.deepEqual([done.code, done.stderr], [0, '']);
    const { replaced } = JSON.parse(done.stdout) as { replaced: string };
    assert.ok(readFileSync(replaced).equals(damaged));
    assert.equal(readFileSync(`${replaced}-wal`, 'utf8'), 'what may be mended with');
    const server = await startServer({ dataFolder, printsKey: false });
    assert.equal(await server.stop(), 0);
    assert.equal(linksIn(dataFolder), 1);
  });

  it(
    'as root gives what it puts into a folder to whose folder it is',
    { skip: process.getuid?.() !== 0 && 'only root can' },
    async () => {
      const { file } = await folderWithBackup();
      const dataFolder = temporaryFolder();
      chownSync(dataFolder, nobody, nobody);
      assert.equal((await runSignpost(['restore', file, '--data-dir', dataFolder])).code, 0);
      const archive = join(temporaryFolder(), 'archive');
      assert.equal((await runSignpost(['export', archive, '--data-dir', dataFolder])).code, 0);
      const other = temporaryFolder();
      chownSync(other, nobody, nobody);
      assert.equal((await runSignpost(['import', archive, '--data-dir', other])).code, 0);
      for (const folder of [dataFolder, other]) {
        const names = readdirSync(folder);
        assert.ok(names.includes('signpost.db'));
        for (const name of names) assert.equal(statSync(join(folder, name)).uid, nobody, name);
      }
    },
  );

  it('refuses what is no whole backup, and leaves the folder as it was', async () => {
    const { dataFolder, file } = await folderWithBackup();
    const folder = temporaryFolder();
    const bytes = readFileSync(file);
    const cases: Record<string, (path: string) => void> = {
      'a text': (path) => writeFileSync(path, 'not a database, but longer than nothing '.repeat(30)),
      'an empty file': (path) => writeFileSync(path, ''),
      'a backup that was cut': (path) => {
        writeFileSync(path, bytes);
        truncateSync(path, bytes.length - 8_192);
      },
      'a page overwritten': (path) => {
        const damaged = Buffer.from(bytes);
        damaged.fill(0xff, bytes.length - 12_288, bytes.length - 4_096);
        writeFileSync(path, damaged);
      },
      'a newer database': (path) => {
        const newer = Buffer.from(bytes);
        newer.writeUInt32BE(999, 60); // user_version
        writeFileSync(path, newer);
      },
      'a database in use': (path) => {
        writeFileSync(path, bytes);
        writeFileSync(`${path}-wal`, 'frames');
      },
    };
    for (const [name, make] of Object.entries(cases)) {
      const path = join(folder, name.replaceAll(' ', '-'));
      make(path);
      const result = await runSignpost(['restore', path, '--replace', '--data-dir', dataFolder]);
      assert.equal(result.code, 1, name);
      assert.match(result.stderr, /^signpost: [^\n]+\n$/, name);
      assert.equal(linksIn(dataFolder), 1, name);
      assert.equal(existsSync(join(dataFolder, 'signpost.db.restoring')), false, name);
    }
    const missing = await runSignpost(['restore', join(folder, 'missing'), '--data-dir', dataFolder]);
    assert.equal(missing.code, 1);
  });

  it('can be killed in the middle: the next start serves what there was, and says so', async () => {
    const { server, api } = await serverWithClicks();
    const connection = openForCommand(server.dataFolder);
    connection.prepare("INSERT INTO settings (name, value) VALUES ('ballast', zeroblob(60000000))").run();
    connection.close();
    const large = join(temporaryFolder(), 'large');
    await backUp(server.dataFolder, large, fullSpeed);
    const { slug } = await api.createLink();
    assert.equal(await server.stop(), 0);
    const { dataFolder } = server;
    const args = ['restore', large, '--replace', '--data-dir', dataFolder];
    const child = spawn(process.execPath, [programFile(), ...args], { stdio: 'ignore', env: {} });
    const ended = once(child, 'exit');
    while (!existsSync(join(dataFolder, 'signpost.db.restoring')))
      await new Promise((resolve) => setImmediate(resolve));
    child.kill('SIGKILL');
    assert.deepEqual(await ended, [null, 'SIGKILL']);
    const again = await startServer({ dataFolder, printsKey: false });
    await again.logged(/a restore was interrupted; the database is as it was before it/);
    assert.equal((await new ApiClient(again.address, api.key).visit(slug)).status, 302);
    assert.equal(await again.stop(), 0);
    assert.equal(linksIn(dataFolder), 2);
    assert.deepEqual(
      readdirSync(dataFolder).filter((name) => /restor|replaced/.test(name)),
      [],
    );
    const done = await runSignpost(args);
    assert.equal(done.code, 0, done.stderr);
    assert.equal(linksIn(dataFolder), 1);
  });

  it('that was killed as it took its place leaves one name for what there was, and its log', async () => {
    const { dataFolder, file } = await folderWithBackup();
    const target = join(dataFolder, 'signpost.db');
    writeFileSync(join(dataFolder, 'signpost.db.restoring'), readFileSync(file));
    // The last thing before the one step.
    linkSync(target, `${target}.replaced-2027`);
    writeFileSync(`${target}.replaced-2027-wal`, '');
    const server = await startServer({ dataFolder, printsKey: false });
    await server.logged(/a restore was interrupted; the database is as it was before it/);
    assert.equal(await server.stop(), 0);
    assert.equal(linksIn(dataFolder), 1);
    assert.deepEqual(
      readdirSync(dataFolder).filter((name) => /replaced|restoring/.test(name)),
      [],
    );
  });

  it('that was killed is cleared away, and told of, by the next start', async () => {
    const { dataFolder, file } = await folderWithBackup();
    writeFileSync(join(dataFolder, 'signpost.db.restoring'), readFileSync(file).subarray(0, 20_000));
    const server = await startServer({ dataFolder, printsKey: false });
    await server.logged(/a restore was interrupted; the database is as it was before it/);
    assert.equal(existsSync(join(dataFolder, 'signpost.db.restoring')), false);
    assert.equal(await server.stop(), 0);
    assert.equal(linksIn(dataFolder), 1);
  });
});
