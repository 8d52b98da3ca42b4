import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { ApiClient } from '../support/api-client.ts';
import { builtExecutable } from '../support/executable-build.ts';
import { programFile } from '../support/program.ts';
import { closeServers, runSignpost, temporaryFolder } from '../support/server-process.ts';

after(closeServers);

const nobody = 65_534;
/** What the unit promises. */
const unitLines = [
  'DynamicUser=yes',
  'ProtectSystem=strict',
  'NoNewPrivileges=yes',
  'CapabilityBoundingSet=',
  'StateDirectory=signpost',
  'CacheDirectory=signpost',
  'NoExecPaths=/',
  // A wrong configuration and a folder in use do not mend themselves.
  'RestartPreventExitStatus=2 3',
];

/** The reason why a program cannot be run here. */
function whyNot(program: string, ...args: string[]): string | false {
  const { error, status, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  if (error !== undefined) return `${program} is not installed`;
  return status !== 0 && `${program} cannot be used here: ${stderr.trim().split('\n', 1)[0]}`;
}

describe('signpost service install', () => {
  const hidden = ['/home/', '/root/', '/tmp/'].some((folder) =>
    [process.execPath, programFile()].some((path) => path.startsWith(folder)),
  );

  async function unit(...flags: string[]): Promise<string> {
    const { code, stdout, stderr } = await runSignpost(['service', 'install', '--dry-run', '--json', ...flags]);
    assert.deepEqual([code, stderr], [0, '']);
    const { path, unit: text } = JSON.parse(stdout) as { path: string | null; unit: string };
    assert.equal(path, null);
    return text;
  }

  it('prints the same unit to people', async () => {
    const { stdout } = await runSignpost(['service', 'install', '--dry-run']);
    assert.equal(stdout, await unit());
    assert.match(stdout, /^ExecStart=\S+ \S+main\.js serve --data-dir \/var\/lib\/signpost$/m);
    for (const line of unitLines) assert.ok(stdout.split('\n').includes(line), line);
  });

  it('lets the service take a low port, and nothing else, where the configuration asks for one', async () => {
    const config = join(temporaryFolder(), 'two words%.toml');
    writeFileSync(config, '[server]\nport = 443\n');
    const text = await unit('--config', config);
    assert.match(text, /^CapabilityBoundingSet=CAP_NET_BIND_SERVICE$/m);
    assert.ok(text.includes(` --config "${config.replace('%', '%%')}"`), text);
  });

  it('refuses a configuration that is wrong, or that the service could not see', async () => {
    const folder = temporaryFolder();
    const config = join(folder, 'signpost.toml');
    const install = ['service', 'install', '--config', config, '--unit-dir', folder];
    writeFileSync(config, 'prot = 1\n');
    assert.equal((await runSignpost(install)).code, 2);
    writeFileSync(config, '');
    // Only a folder below /tmp is one that is hidden: TMPDIR may name another.
    if (!folder.startsWith('/tmp/')) return;
    const { code, stderr } = await runSignpost(install);
    assert.equal(code, 1);
    assert.match(stderr, /^signpost: the service cannot see \/tmp\//);
    assert.deepEqual(readdirSync(folder), ['signpost.toml']);
  });

  it(
    'writes the unit as a whole',
    { skip: hidden && 'the program lies where the service could not see it' },
    async () => {
      const folder = temporaryFolder();
      const { code, stdout } = await runSignpost(['service', 'install', '--unit-dir', folder]);
      assert.equal(code, 0);
      assert.match(stdout, /signpost\.service is written\. Start it: systemctl enable --now signpost\n$/);
      assert.equal(readFileSync(join(folder, 'signpost.service'), 'utf8'), await unit());
      assert.deepEqual(readdirSync(folder), ['signpost.service']);
    },
  );

  it(
    'is understood by systemd, which finds little to attack',
    { skip: whyNot('systemd-analyze', '--version') },
    async () => {
      const file = join(temporaryFolder(), 'signpost.service');
      writeFileSync(file, await unit());
      const verified = spawnSync('systemd-analyze', ['verify', '--man=no', file], { encoding: 'utf8' });
      assert.deepEqual([verified.status, verified.stderr.includes('signpost.service')], [0, false], verified.stderr);
      // 10 is a service without any protection; 25 stands for 2.5.
      const rated = spawnSync('systemd-analyze', ['security', '--offline=true', '--threshold=25', '--no-pager', file], {
        encoding: 'utf8',
      });
      assert.equal(rated.status, 0, rated.stdout);
    },
  );
});

describe('the executable on a system that it cannot write to', () => {
  const isRoot = process.getuid?.() === 0;
  // As root: become somebody else first.
  const unprivileged = isRoot
    ? ['setpriv', `--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups', '--no-new-privs']
    : [];
  const sealed = [
    ...unprivileged,
    'bwrap',
    '--unshare-user',
    '--ro-bind',
    '/',
    '/',
    '--dev',
    '/dev',
    '--proc',
    '/proc',
  ];
  const skip =
    (`${process.platform}-${process.arch}` !== 'linux-x64' && 'built for linux-x64') ||
    whyNot(sealed[0]!, ...sealed.slice(1), 'true');
  let folder: string;
  let child: ChildProcess | undefined;
  before(() => {
    if (skip !== false) return;
    folder = temporaryFolder();
    chmodSync(folder, 0o755);
    copyFileSync(builtExecutable('linux-x64'), join(folder, 'signpost'));
    mkdirSync(join(folder, 'data'), { mode: 0o700 });
    if (isRoot) chownSync(join(folder, 'data'), nobody, nobody);
  });
  after(async () => {
    if (child?.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  });

  it('runs as nobody, with one folder to write in', { skip }, async () => {
    const data = join(folder, 'data');
    const argv = [...sealed, '--bind', data, data, '--die-with-parent', join(folder, 'signpost')];
    const serve = [...argv, 'serve', '--data-dir', data, '--server-port', '0'];
    const server = (child = spawn(serve[0]!, serve.slice(1), {
      cwd: '/',
      env: { PATH: '/usr/bin:/bin' },
      stdio: ['ignore', 'pipe', 'inherit'],
    }));
    let printed = '';
    for await (const chunk of server.stdout.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
      printed += String(chunk);
      if (printed.includes('/api/v1/links')) break;
    }
    const [, address = '', firstKey] = /listens on (\S+)\n[^]*\n {2}(sp_\w+)\n/.exec(printed) ?? [];
    const api = ApiClient.of({ address, firstKey });
    const { id } = await api.createLink({ slug: 'sealed', password: 'a long password' });
    assert.equal((await api.link(id)).clickCount, 0);
    if (isRoot) assert.equal(statSync(join(data, 'signpost.db')).uid, nobody);
    const status = readFileSync(`/proc/${server.pid}/status`, 'utf8');
    if (isRoot) assert.match(status, new RegExp(`^Uid:\\s+${nobody}\\s`, 'm'));
    server.kill('SIGTERM');
    await once(server, 'exit');
    assert.deepEqual(readdirSync(folder).toSorted(), ['data', 'signpost']);
  });
});
