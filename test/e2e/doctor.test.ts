import assert from 'node:assert/strict';
import { chmodSync, closeSync, mkdirSync, openSync, readSync, writeSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import Database from 'better-sqlite3';
import { ClickWriting, giveUserLinks } from '../support/click-writing.ts';
import { DnsServer } from '../support/dns-server.ts';
import { closeServers, runSignpost, startServer, temporaryFolder } from '../support/server-process.ts';

after(closeServers);

interface Finding {
  readonly check: string;
  readonly level: 'ok' | 'skipped' | 'warning' | 'error';
  readonly message: string;
  readonly remedy: string | null;
}

let folder: string;
let clicks: ClickWriting;
let dns: DnsServer;
before(async () => {
  dns = await DnsServer.start();
  folder = temporaryFolder();
  clicks = new ClickWriting(folder);
  giveUserLinks(clicks.connection, 1, [1, 2]);
  const hits = Array.from({ length: 700 }, (_, visitor) => ({
    at: visitor * 900_000,
    linkId: 1 + (visitor % 2),
    visitor,
  }));
  clicks.write(hits);
});
after(() => {
  clicks.close();
  dns.close();
});

async function doctor(flags: readonly string[] = [], dataFolder = folder) {
  const { code, stdout, stderr } = await runSignpost([
    'doctor',
    '--json',
    '--data-dir',
    dataFolder,
    '--dns-servers',
    dns.address,
    ...flags,
  ]);
  assert.equal(stderr, '');
  const findings = JSON.parse(stdout) as Finding[];
  for (const { level, remedy, message } of findings)
    assert.equal(remedy === null, level === 'ok' || level === 'skipped', `${message}: ${remedy}`);
  const of = (check: string): Finding[] => findings.filter((finding) => finding.check === check);
  return { code, findings, of };
}

/** The level and message of a check's only finding. */
function only([finding, ...more]: readonly Finding[]): [level: string, message: string] {
  assert.deepEqual(more, []);
  return [finding!.level, finding!.message];
}

describe('signpost doctor', () => {
  it('looks at everything, finds no error where there is none, and ends with 0 while the database is open', async () => {
    const { code, findings, of } = await doctor();
    assert.deepEqual(
      findings.filter(({ level }) => level === 'error'),
      [],
    );
    assert.equal(code, 0);
    const checks = 'config permissions lock disk clock geo backups times domains jobs integrity roll-ups dns'.split(
      ' ',
    );
    assert.deepEqual([...new Set(findings.map(({ check }) => check))], checks);
    assert.deepEqual(only(of('roll-ups')), ['ok', 'totals, roll-ups and hits agree']);
    assert.deepEqual(only(of('integrity')), ['ok', 'every page and reference is right']);
    assert.deepEqual(only(of('lock')), ['ok', 'no server is running here']);
  });

  it('says the same to people, with what to do in a line below', async () => {
    const { code, stdout } = await runSignpost(['doctor', '--offline', '--quick', '--data-dir', folder]);
    assert.equal(code, 0);
    assert.match(stdout, /^warning {2}config {7}server\.public_url is not set.*\n {22}→ set it to what visitors see/m);
    assert.doesNotMatch(stdout, /integrity|roll-ups|dns/);
  });

  it('lets warnings end with 1 where that is wanted', async () => {
    assert.equal((await doctor(['--strict', '--quick'])).code, 1);
  });

  it('asks the configured DNS servers whether the server can be found', async () => {
    dns.set('go.example', { a: '192.0.2.7' });
    const url = ['--quick', '--server-public-url', 'http://go.example'];
    assert.deepEqual(only((await doctor(url)).of('dns')), ['ok', 'go.example leads to 192.0.2.7']);
    dns.set('go.example', { code: 'NXDOMAIN' });
    assert.deepEqual(only((await doctor(url)).of('dns')), ['warning', 'go.example has no address']);
    dns.set('go.example', { code: 'REFUSED' });
    const [level, message] = only((await doctor(url)).of('dns'));
    assert.equal(level, 'warning');
    assert.match(message, /no DNS server answers for go\.example \(EREFUSED\)/);
  });

  it('finds a proxy that nobody trusts, and a key in a file that others can read', async () => {
    const { of } = await doctor(['--quick', '--server-public-url', 'https://go.example']);
    assert.match(only(of('config'))[1], /every visitor seems to come from the proxy/);
    const config = join(temporaryFolder(), 'signpost.toml');
    writeFileSync(config, '[metrics]\ntoken = "sixteen-letters-and-more"\n');
    chmodSync(config, 0o644);
    const second = await doctor(['--quick', '--config', config, '--server-public-url', 'http://localhost']);
    assert.deepEqual(only(second.of('config')), ['warning', `${config} holds metrics.token and others can read it`]);
  });

  it('finds a folder that others may look into', async () => {
    chmodSync(folder, 0o755);
    const { of } = await doctor(['--quick']);
    chmodSync(folder, 0o700);
    assert.deepEqual(only(of('permissions')), [
      'warning',
      `others may look into ${folder}, which has keys' hashes in it`,
    ]);
  });

  it('finds a geo file that cannot be read', async () => {
    const file = join(folder, 'places.mmdb');
    writeFileSync(file, 'no database');
    const { code, of } = await doctor(['--quick', '--geo-database', file]);
    assert.equal(code, 1);
    assert.match(only(of('geo'))[1], /not a readable MaxMind DB file/);
  });

  it('tells a server that runs from one that was killed', async () => {
    const server = await startServer();
    const running = await doctor(['--quick'], server.dataFolder);
    assert.deepEqual(only(running.of('lock')), ['ok', `a server is running here, process ${server.pid}`]);
    await server.kill();
    const killed = await doctor(['--quick'], server.dataFolder);
    assert.equal(only(killed.of('lock'))[0], 'warning');
    assert.equal(killed.code, 0);
  });

  it('ends with 2 and says what is wrong with the configuration', async () => {
    const { code, findings } = await doctor(['--server-port', 'x']);
    assert.equal(code, 2);
    assert.match(only(findings)[1], /^"server\.port" in flag --server-port must be an integer/);
  });

  it('ends with 1 where there is no database, and makes none', async () => {
    const nowhere = join(temporaryFolder(), 'none');
    const { code, of } = await doctor([], nowhere);
    assert.equal(code, 1);
    assert.match(only(of('database'))[1], /^no database in /);
  });

  it('finds a page that was damaged on the disk', async () => {
    const broken = join(temporaryFolder(), 'broken');
    mkdirSync(broken, { mode: 0o700 });
    clicks.connection.pragma('wal_checkpoint(TRUNCATE)');
    clicks.connection.prepare('VACUUM INTO ?').run(join(broken, 'signpost.db'));
    const path = join(broken, 'signpost.db');
    const copy = new Database(path, { readonly: true });
    const rootPage = copy.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'clicks'").pluck().get() as number;
    copy.close();
    const file = openSync(path, 'r+');
    // The table's last leaf, which the root names: a start looks at the first one only.
    const pageBytes = 4_096;
    const head = Buffer.alloc(12);
    readSync(file, head, 0, 12, (rootPage - 1) * pageBytes);
    writeSync(file, Buffer.alloc(64, 0xff), 0, 64, (head.readUInt32BE(8) - 1) * pageBytes + 12);
    closeSync(file);
    const { code, of } = await doctor([], broken);
    assert.equal(code, 1);
    assert.equal(of('integrity')[0]?.level, 'error');
  });

  it('finds clicks that are yet to come', async () => {
    const ahead = temporaryFolder();
    const later = new ClickWriting(ahead);
    giveUserLinks(later.connection, 1, [1]);
    later.write([{ at: Date.UTC(2100, 0, 1), linkId: 1, visitor: 1 }]);
    later.close();
    const { of } = await doctor(['--quick'], ahead);
    assert.match(only(of('times'))[1], /is to come: the clock was set back$/);
  });

  it('ends with 1 and names the link where a total is not what the hits say', async () => {
    clicks.connection.exec('UPDATE link_totals SET clicks = clicks + 1 WHERE link_id = 2');
    const { code, of } = await doctor();
    assert.equal(code, 1);
    assert.deepEqual(only(of('roll-ups')), [
      'error',
      'total of lnk_2: the total is 351, roll-ups and tail hold 350 counted hits',
    ]);
  });
});
