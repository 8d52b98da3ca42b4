// What hosting.md and README have an operator type as root, in a mount namespace in which the folders that it changes are others: the
// machine stays as it is. Only what needs a systemd that runs is left out.

import assert from 'node:assert/strict';
import { type ChildProcessByStdio, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, copyFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import { ApiClient } from '../support/api-client.ts';
import { pages } from '../support/docs-pages.ts';
import { builtExecutable } from '../support/executable-build.ts';
import { closeServers, temporaryFolder } from '../support/server-process.ts';

after(closeServers);

const own = ['unshare', '--mount', '--propagation', 'private'];
const needed = 'mount -t tmpfs none /mnt && command -v useradd runuser nsenter';
const skip =
  (`${process.platform}-${process.arch}` !== 'linux-x64' && 'built for linux-x64') ||
  (process.getuid?.() !== 0 && 'only root can') ||
  (spawnSync(own[0]!, [...own.slice(1), 'sh', '-c', needed]).status !== 0 && 'no namespace can be made here');

function block(page: string, holds: string): string {
  const found = pages.find(({ name }) => name === page)?.blocks.find(({ text }) => text.includes(holds));
  return found?.text ?? assert.fail(`${page} has no block with ${holds}`);
}

/** What the commands write to, empty or a copy. */
const otherFolders = `
  mount -t tmpfs none /mnt
  cp -a /etc /mnt/etc && mount --bind /mnt/etc /etc
  mkdir /mnt/bin /mnt/lib && mount --bind /mnt/bin /usr/local/bin && mount --bind /mnt/lib /var/lib`;

describe('what an operator types', { skip }, () => {
  let folder: string;
  const started = new Set<ChildProcessByStdio<null, Readable, null>>();
  before(() => {
    folder = temporaryFolder();
    copyFileSync(builtExecutable('linux-x64'), join(folder, 'signpost'));
    chmodSync(folder, 0o755);
  });
  after(async () => {
    for (const child of started) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      process.kill(-child.pid!, 'SIGKILL');
      await once(child, 'exit');
    }
  });

  function run(script: string): ChildProcessByStdio<null, Readable, null> {
    const env = { PATH: '/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', SIGNPOST_SERVER_PORT: '0' };
    const argv = [...own.slice(1), 'sh', '-euc', `${otherFolders}\n${script}`];
    const child = spawn(own[0]!, argv, { cwd: folder, env, stdio: ['ignore', 'pipe', 'inherit'], detached: true });
    started.add(child);
    return child;
  }

  it('by hand starts a server that nobody else can look into', async () => {
    const child = run(block('hosting.md', 'useradd'));
    const ended = once(child, 'close');
    let printed = '';
    for await (const chunk of child.stdout.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
      printed += String(chunk);
      if (/\bcurl .*\n/.test(printed)) break;
    }
    const inside = (...command: string[]): string => {
      const { status, stdout, stderr } = spawnSync('nsenter', ['-t', String(child.pid), '-m', ...command], {
        encoding: 'utf8',
      });
      assert.equal(status, 0, `${printed}${stdout}${stderr}`);
      return stdout;
    };
    const [, address = '', firstKey] = /listens on (\S+)\n[^]*\n {2}(sp_\w+)\n/.exec(printed) ?? [];
    const api = ApiClient.of({ address, firstKey });
    await api.createLink({ slug: 'by-hand', password: 'a long password' });
    const doctor = inside('/usr/local/bin/signpost', 'doctor', '--offline', '--data-dir', '/var/lib/signpost');
    assert.match(doctor, /^ok +permissions +\/var\/lib\/signpost is for its owner alone$/m);
    assert.doesNotMatch(doctor, /^error/m);
    const names = inside('ls', '-A', '/var/lib/signpost').trim().split('\n');
    assert.deepEqual(
      names.filter((name) => !/^(?:\.native|signpost\..*)$/.test(name)),
      [],
    );
    process.kill(Number(inside('cat', '/var/lib/signpost/signpost.lock')), 'SIGTERM');
    child.stdout.resume();
    assert.deepEqual(await ended, [0, null]);
  });

  for (const [page, holds] of [
    ['hosting.md', 'journalctl'],
    ['README.md', 'service install'],
  ] as const) {
    it(`makes the unit that systemd is to start, in ${page}`, async (t) => {
      if (spawnSync('systemctl', ['--version']).status !== 0) return t.skip('there is no systemd here');
      const lines = block(page, holds)
        .replaceAll('sudo ', '')
        .replace('install dist/', 'install ')
        // Not with a systemd that runs, which would be the machine's.
        .replace(/^.*service install$/m, '$& --unit-dir /etc/systemd/system')
        .split('\n')
        .filter((line) => !/^(?:journalctl|signpost doctor)/.test(line))
        .map((line) => (line.startsWith('systemctl') ? line.replace(' --now', ' --root=/ --no-reload') : line));
      const child = run(`${lines.join('\n')}\nls /etc/systemd/system/multi-user.target.wants`);
      const [output, ended] = await Promise.all([child.stdout.toArray(), once(child, 'close')]);
      assert.deepEqual(ended, [0, null], output.join(''));
      assert.match(output.join(''), /^signpost\.service$/m);
    });
  }
});
