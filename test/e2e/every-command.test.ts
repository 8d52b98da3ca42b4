// What holds for every command that there is: its help, what it prints for programs, and its exit code for a command line that is wrong. A
// command that is added has to be tried here.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { ApiClient } from '../support/api-client.ts';
import { claimDomain } from '../support/domains.ts';
import { freePort } from '../support/free-port.ts';
import { programFile } from '../support/program.ts';
import { closeServers, runSignpost, startServer, temporaryFolder } from '../support/server-process.ts';

after(closeServers);

interface Described {
  readonly name: string;
  readonly summary: string;
  readonly positionals: readonly string[];
  readonly flags: readonly { name: string; placeholder: string | null; help: string }[];
}

const commands = JSON.parse((await runSignpost(['help', '--json'])).stdout) as Described[];

describe('every command', () => {
  for (const { name, summary, positionals, flags } of commands) {
    const words = name.split(' ');

    it(`explains itself: signpost ${name} --help`, async () => {
      const { code, stdout, stderr } = await runSignpost([...words, '--help']);
      assert.deepEqual([code, stderr], [0, '']);
      assert.ok(
        stdout.startsWith(`${summary}\n\nUsage: signpost ${[name, ...positionals].join(' ')} [flags]\n`),
        stdout,
      );
      for (const { name: flag, placeholder } of flags)
        assert.ok(stdout.includes(`\n  --${flag} ${placeholder === null ? '' : `${placeholder} `} `), flag);
      assert.deepEqual(
        stdout.split('\n').filter((line) => line.length > 100),
        [],
      );
    });

    it(`ends with 2 for what it does not know: signpost ${name} --no-such-flag`, async () => {
      const { code, stdout, stderr } = await runSignpost([...words, ...positionals, '--no-such-flag']);
      assert.deepEqual([code, stdout], [2, '']);
      assert.match(stderr, /^signpost: unknown flag "--no-such-flag", [^\n]+\n$/);
      assert.ok(stderr.endsWith(` (see: signpost ${name} --help)\n`), stderr);
    });
  }
});

describe('every command with --json', () => {
  /** How each is called, in this order, and the names in what it prints; `[]`: of the first in a list. */
  const tried = new Map<string, { args: readonly string[]; names: readonly string[]; code?: number }>();
  let dataFolder: string;

  before(async () => {
    const folder = temporaryFolder();
    const server = await startServer();
    dataFolder = server.dataFolder;
    const api = ApiClient.of(server);
    const { id: link } = await api.createLink({ title: 'a' });
    const { id: other } = await api.createLink();
    const { id: key } = (await api.post('/api-keys', { name: 'x' })).data<{ id: string }>();
    const domain = await claimDomain(api, 'go.example.com');
    assert.equal(await server.stop(), 0);
    const port = String(await freePort());
    const mail = 'ada@example.com';
    const linkNames = ['id', 'shortUrl', 'destinationUrl', 'clickCount', 'isArchived'];
    const all: Record<string, [args: string[], names: string[], code?: number]> = {
      'users create': [
        ['--email', mail, '--name', 'Ada'],
        ['id', 'email', 'name', 'plan'],
      ],
      'users list': [[], ['id', 'email', 'name', 'plan', 'createdAt']],
      'keys create': [
        ['--user', mail, '--name', 'x'],
        ['id', 'secret'],
      ],
      'keys list': [[], ['id', 'user', 'name', 'hint', 'scopes', 'state', 'expiresAt', 'lastUsedAt', 'createdAt']],
      'keys revoke': [[key], ['id', 'state']],
      'links create': [['--user', mail, '--url', 'https://example.com/'], linkNames],
      'links list': [['--user', mail], linkNames],
      'links show': [[link], linkNames],
      'links archive': [[link], linkNames],
      'links delete': [[link], ['id', 'state']],
      // The other one is not archived.
      'links purge': [[other], [], 1],
      stats: [[other], ['totalClicks', 'uniqueVisitors', 'byCountry']],
      backup: [[join(folder, 'backup')], ['file', 'bytes']],
      restore: [
        [join(folder, 'backup'), '--replace'],
        ['dataDir', 'bytes', 'replaced'],
      ],
      export: [[join(folder, 'archive')], ['file', 'rows', 'bytes']],
      import: [
        [join(folder, 'archive'), '--data-dir', join(folder, 'new')],
        ['dataDir', 'rows', 'replaced'],
      ],
      'domains list': [[], ['id', 'user', 'domain', 'status', 'problem', 'verifiedAt', 'checkedAt', 'createdAt']],
      // No DNS server answers there.
      'domains verify': [
        [domain.id, '--dns-servers', `127.0.0.1:${port}`],
        ['id', 'domain', 'status', 'problem', 'message'],
        1,
      ],
      'clicks erase': [['--address', '203.0.113.7'], ['erased']],
      'jobs list': [[], ['name', 'state', 'nextRunAt', 'lastRunAt', 'durationMs', 'runs', 'error']],
      'jobs run': [['clicks.tend'], ['name', 'ran', 'durationMs']],
      'config print': [[], ['data_dir', 'server.port']],
      'config check': [[], ['ok', 'problem']],
      doctor: [['--offline'], ['check', 'level', 'message', 'remedy']],
      'service install': [['--dry-run'], ['path', 'unit']],
      health: [['--server-port', port], ['ready', 'status'], 1],
      version: [[], ['version', 'commit', 'target', 'node', 'sqlite']],
      // test/e2e/build.test.ts: there is nothing to print outside of an executable.
      licenses: [[], [], 1],
      help: [[], ['name', 'summary', 'positionals', 'flags']],
    };
    for (const [name, [args, names, code]] of Object.entries(all))
      tried.set(name, { args, names, ...(code === undefined ? {} : { code }) });
  });

  it('is tried here', () => {
    // What prints a script for a shell has no other form; `serve` is tried below.
    const expected = commands.map(({ name }) => name).filter((name) => name !== 'completion' && name !== 'serve');
    assert.deepEqual([...tried.keys()].toSorted(), expected.toSorted());
  });

  it('prints JSON and nothing else, with an exit code that says how it went', async () => {
    for (const [name, { args, names, code = 0 }] of tried) {
      const ended = await runSignpost([...name.split(' '), ...args, '--json'], { SIGNPOST_DATA_DIR: dataFolder });
      assert.equal(ended.code, code, `${name}: ${ended.stderr}`);
      if (names.length === 0) {
        assert.equal(ended.stdout, '', name);
        assert.match(ended.stderr, /^signpost: [^\n]+\n$/, name);
        continue;
      }
      assert.equal(ended.stderr, '', name);
      const answer = JSON.parse(ended.stdout) as object | object[];
      const shown = Object.keys(Array.isArray(answer) ? (answer[0] as object) : answer);
      assert.deepEqual(
        names.filter((one) => !shown.includes(one)),
        [],
        `${name}: ${ended.stdout}`,
      );
    }
  });

  it('says where it listens: signpost serve', async () => {
    const folder = temporaryFolder();
    const argv = [programFile(), 'serve', '--json', '--data-dir', folder, '--server-port', '0'];
    for (const isFirst of [true, false]) {
      const child = spawn(process.execPath, argv, { env: {}, stdio: ['ignore', 'pipe', 'ignore'] });
      const ended = once(child, 'exit');
      let printed = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        printed += text;
        if (printed.includes('\n')) child.kill('SIGTERM');
      });
      assert.deepEqual(await ended, [0, null]);
      const { address, firstKey } = JSON.parse(printed) as { address: string; firstKey: string | null };
      assert.match(address, /^http:\/\/127\.0\.0\.1:\d+$/);
      if (isFirst) assert.match(firstKey ?? '', /^sp_\w{36}$/);
      else assert.equal(firstKey, null);
    }
  });
});
