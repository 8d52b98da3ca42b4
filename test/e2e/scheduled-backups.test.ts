// Backups that a real server makes by itself: when, how many are kept, and what is said when one fails.

import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { restore } from '../../src/storage/backup.ts';
import { openForCommand, openReader } from '../../src/storage/database.ts';
import { ApiClient } from '../support/api-client.ts';
import {
  closeServers,
  MachineClock,
  runSignpost,
  type ServerProcess,
  startServer,
  temporaryFolder,
} from '../support/server-process.ts';
import { mountSmallDisk, unmountSmallDisks } from '../support/small-disk.ts';

after(unmountSmallDisks);
after(closeServers);

const token = 'sixteen-letters-and-more';
const backupName = /^signpost-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ\.db$/;

interface Finding {
  readonly check: string;
  readonly level: string;
  readonly message: string;
}

/** Of a stopped server; at 50 MB a second its backup takes more than one. */
async function largeDataFolder(): Promise<string> {
  const dataFolder = temporaryFolder();
  const ready = await startServer({ dataFolder });
  const connection = openForCommand(dataFolder);
  connection.prepare("INSERT INTO settings (name, value) VALUES ('ballast', zeroblob(60000000))").run();
  connection.close();
  assert.equal(await ready.stop(), 0);
  return dataFolder;
}

class Backups {
  readonly server: ServerProcess;
  readonly folder: string;

  private constructor(server: ServerProcess, folder: string) {
    this.server = server;
    this.folder = folder;
  }

  static async start(folder?: string, dataFolder = temporaryFolder(), keep = 2): Promise<Backups> {
    const flags = ['--backups-schedule', 'every 15m', '--backups-keep', String(keep), '--metrics-token', token];
    if (folder !== undefined) flags.push('--backups-folder', folder);
    const server = await startServer({ dataFolder, flags });
    return new Backups(server, folder ?? join(dataFolder, 'backups'));
  }

  run() {
    return runSignpost(['jobs', 'run', 'backups.make', '--data-dir', this.server.dataFolder]);
  }

  names(): string[] {
    return readdirSync(this.folder).toSorted();
  }

  /** Waits until a backup is being made; gives the process that makes it. */
  async begun(): Promise<number> {
    for (;;) {
      const found = existsSync(this.folder) ? /\.partial-(\d+)/.exec(this.names().join(' ')) : null;
      if (found !== null) return Number(found[1]);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async metric(name: string): Promise<number> {
    const response = await fetch(`${this.server.address}/metrics`, { headers: { Authorization: `Bearer ${token}` } });
    const line = (await response.text()).split('\n').find((text) => text.startsWith(`${name}{job="backups.make"} `));
    return Number(line?.split(' ').at(-1));
  }

  async findings(...checks: string[]): Promise<string[]> {
    const flags = ['--backups-schedule', 'every 15m', '--backups-folder', this.folder];
    const { stdout } = await runSignpost([
      'doctor',
      '--json',
      '--quick',
      '--offline',
      '--data-dir',
      this.server.dataFolder,
      ...flags,
    ]);
    const found = (JSON.parse(stdout) as Finding[]).filter(({ check }) => checks.includes(check));
    return found.map(({ check, level, message }) => `${check} ${level}: ${message}`);
  }
}

function linksIn(backup: string): unknown {
  const dataFolder = temporaryFolder();
  restore(backup, dataFolder, { replace: false, suffix: 'x' });
  const connection = openReader(dataFolder);
  try {
    return connection.prepare('SELECT count(*) FROM links').pluck().get();
  } finally {
    connection.close();
  }
}

/** Files are named by the second. */
async function nextSecond(): Promise<void> {
  const second = Math.floor(Date.now() / 1_000);
  while (Math.floor(Date.now() / 1_000) === second) await new Promise((resolve) => setTimeout(resolve, 20));
}

describe('backups.schedule', () => {
  it('makes whole backups, of which the newest are kept, and touches nothing else in the folder', async () => {
    const dataFolder = temporaryFolder();
    const folder = join(dataFolder, 'backups');
    mkdirSync(folder);
    const others = ['notes.txt', 'signpost-2020-01-01.db', 'signpost.db'];
    for (const name of others) writeFileSync(join(folder, name), '');
    // Of a run that was killed: no process has such a number.
    writeFileSync(join(folder, 'signpost-2020-01-01T00-00-00Z.db.partial-4194305'), '');
    writeFileSync(join(folder, 'signpost-2020-01-01T00-00-00Z.db'), 'the oldest of all');
    const backups = await Backups.start(undefined, dataFolder);
    await backups.server.logged(/a backup is made and checked/);
    assert.equal(backups.names().length, others.length + 2, 'one of each is left');
    const api = ApiClient.of(backups.server);
    for (const links of [1, 2, 3]) {
      await api.createLink();
      await nextSecond();
      const { code, stdout, stderr } = await backups.run();
      assert.deepEqual([code, stderr], [0, '']);
      assert.match(stdout, /^backups\.make ran in \d+ ms\n$/);
      const made = backups.names().filter((name) => backupName.test(name));
      assert.equal(made.length, 2);
      assert.equal(linksIn(join(folder, made.at(-1)!)), links);
    }
    assert.deepEqual(
      backups.names().filter((name) => !backupName.test(name)),
      others,
    );
    for (const name of backups.names().filter((one) => backupName.test(one)))
      if (process.platform !== 'win32') assert.equal(statSync(join(folder, name)).mode & 0o777, 0o600);
    assert.deepEqual(
      [await backups.metric('signpost_job_runs_total'), await backups.metric('signpost_job_failures_total')],
      [4, 0],
    );
    const [first, second] = await backups.findings('backups', 'jobs');
    assert.match(first!, /^backups ok: the newest is of 20/);
    assert.match(second!, /^jobs ok: \d+ timed jobs, none of which failed/);
    assert.equal(await backups.server.stop(), 0);
  });

  it('is a time of day, too, and nothing is made before it', async () => {
    const clock = new MachineClock('2027-01-10T02:30:00Z');
    const environment = { ...clock.environment, TZ: 'UTC' };
    const flags = ['--backups-schedule', 'daily 03:00'];
    const server = await startServer({ flags, environment });
    assert.equal(existsSync(join(server.dataFolder, 'backups')), false);
    clock.set(30 * 60_000);
    await server.logged(/a backup is made and checked/);
    const [name, ...more] = readdirSync(join(server.dataFolder, 'backups'));
    assert.match(name!, /^signpost-2027-01-10T03-00-\d\dZ\.db$/);
    assert.deepEqual(more, []);
    const jobs = await runSignpost(['jobs', 'list', '--json', '--data-dir', server.dataFolder]);
    const job = (JSON.parse(jobs.stdout) as { name: string; nextRunAt: string }[]).find(
      (one) => one.name === 'backups.make',
    );
    assert.equal(job?.nextRunAt, '2027-01-11T03:00:00.000Z');
    assert.equal(await server.stop(), 0);
  });

  it('that fails is logged, counted and told by doctor; what there was is kept, and it works again once it can', async () => {
    const folder = join(temporaryFolder(), 'elsewhere');
    const backups = await Backups.start(folder, undefined, 1);
    await backups.server.logged(/a backup is made and checked/);
    const before = backups.names();
    renameSync(folder, `${folder}-away`);
    writeFileSync(folder, 'not a folder');
    const failed = await backups.run();
    assert.deepEqual([failed.code, failed.stdout], [1, '']);
    assert.match(failed.stderr, /^backups\.make failed: EEXIST[^\n]+\n$/);
    await backups.server.logged(/"job":"backups\.make".*a job failed; it will be tried again/);
    assert.equal(await backups.metric('signpost_job_failures_total'), 1);
    rmSync(folder);
    renameSync(`${folder}-away`, folder);
    const found = await backups.findings('jobs');
    assert.match(found.join('\n'), /^jobs error: backups\.make has failed once: EEXIST/);
    assert.deepEqual(backups.names(), before);
    await nextSecond();
    assert.equal((await backups.run()).code, 0);
    assert.match((await backups.findings('jobs')).join('\n'), /^jobs ok/);
    assert.equal(backups.names().length, 1);
    assert.notDeepEqual(backups.names(), before);
    assert.equal(await backups.server.stop(), 0);
  });

  it('says what is missing', async () => {
    const folder = join(temporaryFolder(), 'none');
    const server = await startServer();
    const doctor = async (...flags: string[]): Promise<string> => {
      const { stdout } = await runSignpost([
        'doctor',
        '--quick',
        '--offline',
        '--data-dir',
        server.dataFolder,
        ...flags,
      ]);
      return stdout.split('\n').find((line) => / backups /.test(line)) ?? '';
    };
    assert.match(await doctor(), /^skipped +backups +the server makes none by itself/);
    const flags = ['--backups-schedule', 'daily 03:00', '--backups-folder', folder];
    assert.match(await doctor(...flags), /^warning +backups +there is none in \S+ yet/);
    mkdirSync(folder);
    writeFileSync(join(folder, 'signpost-2020-01-01T00-00-00Z.db'), '');
    assert.match(
      await doctor(...flags),
      /^error +backups +the newest is of 2020-01-01T00:00:00\.000Z: some are missing/,
    );
    assert.equal(await server.stop(), 0);
  });

  it('leaves room for clicks: a backup that would fill the disk is not begun', async (t) => {
    const disk = mountSmallDisk(16_384);
    if (disk === undefined) return t.skip('no file system can be mounted here');
    const backups = await Backups.start(disk);
    await backups.server.logged(/there is no room for a backup in \S+: \d+ MB are free, and the database has \d+ MB/);
    assert.deepEqual(readdirSync(disk), []);
    assert.equal(await backups.server.stop(), 0);
  });

  it('is cut off when the server stops, and made up for at the next start', async () => {
    const dataFolder = await largeDataFolder();
    const folder = join(dataFolder, 'backups');
    const backups = await Backups.start(folder, dataFolder);
    const pid = await backups.begun();
    // As systemd does it: every process is told, and the backup is gone first.
    process.kill(pid, 'SIGTERM');
    assert.equal(await backups.server.stop(), 0);
    assert.doesNotMatch(backups.server.stderr(), /a job failed/);
    assert.deepEqual(
      backups.names().filter((name) => backupName.test(name)),
      [],
    );
    const again = await Backups.start(folder, dataFolder);
    await again.server.logged(/a backup is made and checked/);
    assert.equal(again.names().length, 1, 'what was left over is gone');
    assert.equal(await again.server.stop(), 0);
  });

  it('is told of, and made up for, by the start after it was killed along with its server', async () => {
    const dataFolder = await largeDataFolder();
    const backups = await Backups.start(undefined, dataFolder);
    const pid = await backups.begun();
    // The server first: the one that is left would go on to its end.
    await backups.server.kill();
    process.kill(pid, 'SIGKILL');
    const again = await Backups.start(undefined, dataFolder);
    await again.server.logged(/"file":"\S+\.db","msg":"a backup was interrupted, and what it left is removed"/);
    await again.server.logged(/a backup is made and checked/);
    assert.deepEqual(
      again.names().filter((name) => !backupName.test(name)),
      [],
    );
    assert.equal(await again.server.stop(), 0);
  });

  it('can be in a folder that the server makes, for its owner alone', async () => {
    const parent = temporaryFolder();
    chmodSync(parent, 0o755);
    const backups = await Backups.start(join(parent, 'a', 'b'));
    await backups.server.logged(/a backup is made and checked/);
    if (process.platform !== 'win32') assert.equal(statSync(backups.folder).mode & 0o777, 0o700);
    assert.equal(await backups.server.stop(), 0);
  });
});
