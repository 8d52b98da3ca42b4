// What takes long says how far it is, to people at a terminal and to nobody else.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { openForCommand, prepareDatabase } from '../../src/storage/database.ts';
import { programFile } from '../support/program.ts';
import { ApiClient } from '../support/api-client.ts';
import { claimDomain } from '../support/domains.ts';
import { freePort } from '../support/free-port.ts';
import { closeServers, runSignpost, startServer, temporaryFolder } from '../support/server-process.ts';

after(closeServers);

const hasTerminal = spawnSync('script', ['-qec', 'true', '/dev/null']).status === 0;

/** Where seconds are milliseconds, everything takes more than one. */
const slowMachine = ['--import', new URL('../support/fast-clock.mjs', import.meta.url).href];

/** What a terminal is sent. */
function atTerminal(...args: string[]): string {
  return atTerminalOf([], args, 0);
}

function atTerminalOf(options: readonly string[], args: readonly string[], code: number): string {
  const words = [process.execPath, ...options, programFile(), ...args].map((word) => `'${word}'`).join(' ');
  const { status, stdout } = spawnSync('script', ['-qec', words, '/dev/null'], { encoding: 'utf8', env: {} });
  assert.equal(status, code, stdout);
  // Back to the beginning of the line, and nothing left on it.
  return stdout.replaceAll('\r\u001b[K', '<clear>');
}

describe('on a terminal', { skip: !hasTerminal && 'script is not installed' }, () => {
  let dataFolder: string;
  let file: string;
  before(() => {
    dataFolder = temporaryFolder();
    file = join(temporaryFolder(), 'backup');
    prepareDatabase(dataFolder);
    const connection = openForCommand(dataFolder);
    connection.prepare("INSERT INTO settings (name, value) VALUES ('ballast', zeroblob(6000000))").run();
    connection.close();
  });

  it('a backup shows how far it is, what it does then, and nothing of it when it is done', () => {
    // Two seconds.
    const shown = atTerminal('backup', file, '--max-rate', '3', '--data-dir', dataFolder);
    assert.match(shown, /\rbackup \[#+\.*\] +\d+ %/);
    assert.match(shown, /<clear>backup: checking the copy …<clear>\S+: 6\.\d MB, checked\r\n$/);
  });

  it('so do a restore and doctor', () => {
    const restored = join(temporaryFolder(), 'restored');
    const shown = atTerminal('restore', file, '--data-dir', restored);
    assert.match(shown, /<clear>restore: checking the copy …<clear>\S+: restored 6\.\d MB\r\n$/);
    const checks = atTerminal('doctor', '--offline', '--data-dir', restored);
    assert.match(checks, /<clear>doctor: integrity …<clear>ok +integrity /);
  });

  it('so do an export and an import', () => {
    const from = temporaryFolder();
    prepareDatabase(from);
    const connection = openForCommand(from);
    connection.exec(`
      WITH RECURSIVE ids (id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM ids WHERE id < 5000)
      INSERT INTO clicks SELECT id, 1, 1e12 + id, 0, 0, 0, 0, 0, id, 0, x'c0000200', id - 1 FROM ids`);
    connection.close();
    const archive = join(temporaryFolder(), 'archive');
    const out = atTerminalOf(slowMachine, ['export', archive, '--clicks', '--data-dir', from], 0);
    assert.match(out, /\rexport \[#+\.*\] +\d+ %[^]*<clear>\S+: \d+ rows, \d\.\d MB\r\n$/);
    const back = atTerminalOf(slowMachine, ['import', archive, '--data-dir', join(from, 'new')], 0);
    assert.match(
      back,
      /\rimport \[#*\.*\] +\d+ %<clear>import: checking the database …<clear>\S+: \d+ rows imported\r\n$/,
    );
  });

  it('so does what looks through hits or links, or waits for the server, a job or a DNS server', async () => {
    const server = await startServer();
    const api = ApiClient.of(server);
    const drafts = Array.from({ length: 600 }, () => ({ destinationUrl: 'https://example.com/' }));
    assert.equal((await api.post('/links/bulk', drafts)).status, 201);
    const { id } = await api.createLink();
    const domain = await claimDomain(api, 'go.example.com');
    const [user] = JSON.parse(
      (await runSignpost(['users', 'list', '--json', '--data-dir', server.dataFolder])).stdout,
    ) as {
      email: string;
    }[];
    const ask = (code: number, ...args: string[]): string =>
      atTerminalOf(args[1] === 'list' ? slowMachine : [], [...args, '--data-dir', server.dataFolder], code);
    const purged = (await api.createLink()).id;
    await api.delete(`/links/${purged}`);
    assert.match(
      ask(0, 'links', 'purge', purged),
      /^<clear>links delete: waiting until the server has deleted it …<clear>/,
    );
    const waiting = '<clear>signpost: waiting until the server has taken notice …<clear>';
    assert.match(ask(0, 'links', 'list', '--user', user!.email, '--limit', '601'), /^\rlinks list \[#+\.*\] +\d+ %/);
    assert.ok(ask(0, 'links', 'archive', id).startsWith(waiting));
    assert.match(ask(0, 'jobs', 'run', 'clicks.tend'), /^<clear>jobs run: waiting for clicks\.tend …<clear>/);
    assert.match(
      ask(0, 'clicks', 'erase', '--address', '192.0.2.1'),
      /^<clear>clicks erase: looking through stored hits …/,
    );
    const verified = ask(1, 'domains', 'verify', domain.id, '--dns-servers', `127.0.0.1:${await freePort()}`);
    assert.ok(verified.startsWith(`<clear>domains verify: looking for the proof of go.example.com …<clear>${waiting}`));
    assert.equal(await server.stop(), 0);
    assert.match(ask(0, 'links', 'purge', id), /^<clear>links delete: taking its clicks out …<clear>lnk_/);
  });

  it('and a pipe is sent none of it', async () => {
    const { stderr } = await runSignpost([
      'backup',
      join(dataFolder, 'x'),
      '--max-rate',
      '3',
      '--data-dir',
      dataFolder,
    ]);
    assert.equal(stderr, '');
  });
});
