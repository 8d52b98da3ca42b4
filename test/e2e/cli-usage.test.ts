import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import packageJson from '../../package.json' with { type: 'json' };
import { programFile } from '../support/program.ts';

const main = programFile();

let folder: string;
before(() => {
  folder = mkdtempSync(join(tmpdir(), 'signpost-cli-'));
});
after(() => rmSync(folder, { recursive: true }));

function signpost(args: readonly string[], environment: Record<string, string> = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
    cwd: folder,
    env: environment,
    encoding: 'utf8',
    timeout: 60_000,
  });
  return { status, stdout, stderr };
}

describe('help and version', () => {
  const asked: [args: string[], stdout: RegExp][] = [
    [[], /^Signpost \S+, a self-hosted link shortener\.\n[^]*\n {2}users create +Create a user/],
    [['--help'], /^Signpost /],
    [['help'], /^Signpost /],
    [['help', 'serve'], /^Start the server\.\n[^]*--server-port N/],
    [['serve', '--help'], /--log-format TEXT/],
    [['serve', '--server-port', 'x', '-h'], /^Start the server/],
    [['users', '--help'], /^Usage: signpost users COMMAND/],
    [['users', 'create', '--help'], /--email ADDRESS/],
    [['keys', 'create', '--help'], /--format FORMAT/],
    [['keys', 'revoke', '--help'], /^Revoke [^]*Usage: signpost keys revoke ID \[flags\]/],
    [['help', 'keys', 'list'], /--json/],
    [['config', 'print', '--help'], /--config FILE/],
    [['version', '--help'], /^Print the version/],
  ];
  for (const [args, stdout] of asked) {
    it(`answers "signpost ${args.join(' ')}" on standard output, with no line over 100 columns`, () => {
      const answer = signpost(args);
      assert.deepEqual({ status: answer.status, stderr: answer.stderr }, { status: 0, stderr: '' });
      assert.match(answer.stdout, stdout);
      assert.deepEqual(
        answer.stdout.split('\n').filter((line) => line.length > 100),
        [],
      );
    });
  }

  for (const args of [['version', '--short'], ['--version'], ['-V']]) {
    it(`prints the version alone for "signpost ${args.join(' ')}"`, () => {
      assert.deepEqual(signpost(args), { status: 0, stdout: `${packageJson.version}\n`, stderr: '' });
    });
  }

  it('says what it runs on for "signpost version"', () => {
    const { status, stdout } = signpost(['version', '--json']);
    assert.equal(status, 0);
    const { version, commit, target, node, sqlite } = JSON.parse(stdout) as Record<string, string | null>;
    assert.deepEqual([version, commit, target, node], [packageJson.version, null, null, process.versions.node]);
    assert.match(sqlite ?? '', /^3\.\d+\.\d+$/);
  });

  it('says where licences are when running from source', () => {
    const { status, stderr } = signpost(['licenses']);
    assert.equal(status, 1);
    assert.match(stderr, /^signpost: licences are gathered when the executable is built/);
  });

  it('survives a reader of its output that goes away', async () => {
    const child = spawn(process.execPath, [main, 'serve', '--help'], { cwd: folder, env: {} });
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.stdout.destroy();
    const [code] = (await once(child, 'close')) as [number | null];
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
  });
});

describe('a wrong command line ends in one line on standard error, exit code 2, and nothing on disk', () => {
  const wrong: [args: string[], line: string][] = [
    [['srve'], 'unknown command "srve", did you mean "serve"? (see: signpost help)'],
    [['usres', 'create'], 'unknown command "usres", did you mean "users"? (see: signpost help)'],
    [['users'], '"signpost users" needs one of: create, list (see: signpost users --help)'],
    [['users', 'creat'], 'unknown command "users creat", did you mean "users create"? (see: signpost users --help)'],
    [['users create'], 'unknown command "users create", the nearest known one is "users" (see: signpost help)'],
    [['help', 'nothing'], 'unknown command "nothing", the nearest known one is "domains" (see: signpost help)'],
    [['__proto__'], 'unknown command "__proto__", the nearest known one is "export" (see: signpost help)'],
    [['a\nb\u001b[2J'], 'unknown command "a\\u000ab\\u001b[2J", the nearest known one is "jobs" (see: signpost help)'],
    [
      ['--port', '1'],
      '"--port" stands before the command; flags follow it: signpost serve --server-port 9000 (see: signpost help)',
    ],
    [['serve', '--prot', '1'], 'unknown flag "--prot", did you mean "--server-port"? (see: signpost serve --help)'],
    [
      ['serve', '--__proto__', '1'],
      'unknown flag "--__proto__", the nearest known one is "--config" (see: signpost serve --help)',
    ],
    [['serve', '-p', '1'], 'unknown flag "-p", the nearest known one is "--help" (see: signpost serve --help)'],
    [['serve', 'now'], 'unexpected "now" after "signpost serve" (see: signpost serve --help)'],
    [['serve', '--server-port'], 'flag --server-port needs a value: --server-port=N (see: signpost serve --help)'],
    [
      ['serve', '--data-dir', '--log-level', 'info'],
      'flag --data-dir needs a value: --data-dir=TEXT (see: signpost serve --help)',
    ],
    [['users', 'list', '--json=yes'], 'flag --json takes no value (see: signpost users list --help)'],
    [
      ['users', 'list', '--server-port', '1'],
      'unknown flag "--server-port", the nearest known one is "--data-dir" (see: signpost users list --help)',
    ],
    [['users', 'create', '--name', 'A'], 'flag --email is missing (see: signpost users create --help)'],
    [['users', 'create', '--name', 'A', '--email', 'x'], '"x" is not an e-mail address'],
    [
      ['users', 'create', '--name', 'A', '--email', 'a@b.c', '--plan', 'fre'],
      'unknown plan "fre", did you mean "free"?',
    ],
    [
      ['keys', 'create', '--user', 'a@b.c', '--name', 'k', '--scopes', 'links:raed'],
      'unknown scope "links:raed", did you mean "links:read"?',
    ],
    [
      ['keys', 'create', '--user', 'a@b.c', '--name', 'k', '--expires', '1999-01-01'],
      'expiry "1999-01-01" is not in the future',
    ],
    [['keys', 'revoke'], '"signpost keys revoke" needs ID (see: signpost keys revoke --help)'],
    [
      ['keys', 'revoke', 'key_1', 'key_2'],
      'unexpected "key_2" after "signpost keys revoke" (see: signpost keys revoke --help)',
    ],
    [
      ['serve', '--server-port', '70000'],
      '"server.port" in flag --server-port must be an integer from 0 to 65535, not 70000',
    ],
    [
      ['config', 'check', '--server-port', '-5'],
      '"server.port" in flag --server-port must be an integer from 0 to 65535, not -5',
    ],
    [['serve', '--config', 'no.toml'], 'cannot read no.toml: there is no such file'],
    [['users', 'list', '--config', 'no.toml'], 'cannot read no.toml: there is no such file'],
  ];
  for (const [args, line] of wrong) {
    it(JSON.stringify(args), () => {
      assert.deepEqual(signpost(args), { status: 2, stdout: '', stderr: `signpost: ${line}\n` });
      assert.deepEqual(readdirSync(folder), []);
    });
  }

  it('a variable that is none of ours', () => {
    assert.deepEqual(signpost(['serve'], { SIGNPOST_SERVER_PROT: '1' }), {
      status: 2,
      stdout: '',
      stderr: 'signpost: unknown environment variable "SIGNPOST_SERVER_PROT", did you mean "SIGNPOST_SERVER_PORT"?\n',
    });
    assert.deepEqual(readdirSync(folder), []);
  });

  it('a key in ./signpost.toml that is none of ours', (t) => {
    writeFileSync(join(folder, 'signpost.toml'), '[server]\nprot = 1\n');
    t.after(() => rmSync(join(folder, 'signpost.toml')));
    assert.deepEqual(signpost(['serve']), {
      status: 2,
      stdout: '',
      stderr: 'signpost: unknown key "server.prot" in signpost.toml, did you mean "server.port"?\n',
    });
    assert.deepEqual(readdirSync(folder), ['signpost.toml']);
  });
});

describe('signpost config', () => {
  it('checks without creating anything', () => {
    assert.deepEqual(signpost(['config', 'check']), { status: 0, stdout: 'configuration is fine\n', stderr: '' });
    assert.deepEqual(readdirSync(folder), []);
  });

  it('prints what it can read again as the same configuration', (t) => {
    const args = ['--server-public-url=https://go.example/', '--links-reserved-slugs=a,"b', '--data-dir', 'here'];
    const printed = signpost(['config', 'print', ...args], { SIGNPOST_LOG_LEVEL: 'warn' });
    assert.equal(printed.status, 0);
    assert.match(printed.stdout, /^server\.public_url = "https:\/\/go\.example" {2}# flag --server-public-url$/m);
    assert.match(printed.stdout, /^log\.level = "warn" {2}# environment variable SIGNPOST_LOG_LEVEL$/m);
    writeFileSync(join(folder, 'printed.toml'), printed.stdout);
    t.after(() => rmSync(join(folder, 'printed.toml')));
    const again = signpost(['config', 'print', '--config', 'printed.toml']);
    const values = (text: string) => text.replaceAll(/ {2}# .*$/gm, '');
    assert.equal(values(again.stdout), values(printed.stdout));
  });
});

describe('signpost config print', () => {
  it('does not print what is secret, but where it comes from', () => {
    const token = 'nobody-must-read-this';
    const { status, stdout } = signpost(['config', 'print'], { SIGNPOST_METRICS_TOKEN: token });
    assert.equal(status, 0);
    assert.match(stdout, /^# metrics\.token is set by environment variable SIGNPOST_METRICS_TOKEN, and not shown$/m);
    assert.equal(stdout.includes(token), false);
  });
});

describe('commands on a data folder without a database', () => {
  for (const args of [
    ['users', 'list'],
    ['users', 'create', '--name', 'A', '--email', 'a@b.example'],
    ['keys', 'list', '--user', 'x'],
    ['keys', 'create', '--user', 'x', '--name', 'k'],
    ['keys', 'revoke', 'key_x'],
    ['domains', 'list'],
    ['domains', 'verify', 'dom_x'],
    ['links', 'list', '--user', 'x'],
    ['links', 'show', 'lnk_x'],
    ['links', 'create', '--user', 'x', '--url', 'https://example.com/'],
    ['links', 'archive', 'lnk_x'],
    ['stats', 'lnk_x'],
    ['clicks', 'erase', '--address', '203.0.113.7'],
    ['jobs', 'list'],
    ['jobs', 'run', 'clicks.tend'],
    ['backup', 'backup'],
    ['export', 'archive'],
  ]) {
    it(`refuses "signpost ${args.join(' ')}" and creates nothing`, () => {
      const answer = signpost([...args, '--data-dir', 'none']);
      assert.deepEqual({ status: answer.status, stdout: answer.stdout }, { status: 1, stdout: '' });
      assert.match(answer.stderr, /^signpost: no database in \S+none; start the server there once first\n$/);
      assert.deepEqual(readdirSync(folder), []);
    });
  }
});
