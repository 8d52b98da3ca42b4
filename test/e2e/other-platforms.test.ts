// The executable for linux-arm64 as far as qemu's emulation of its processor goes: both native parts, threads, a click.

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { ApiClient } from '../support/api-client.ts';
import { builtExecutable, lacksParts } from '../support/executable-build.ts';

/** Where Debian's packages libc6-arm64-cross and libstdc++6-arm64-cross put the C and C++ libraries. */
const libraries = '/usr/aarch64-linux-gnu';
const emulator = (process.env['PATH'] ?? '')
  .split(delimiter)
  .map((folder) => join(folder, 'qemu-aarch64'))
  .find((path) => existsSync(path));

function whyNot(): string | false {
  if (`${process.platform}-${process.arch}` !== 'linux-x64') return 'it is emulated on linux-x64 only';
  if (emulator === undefined) return 'qemu-aarch64 is not installed (Debian: qemu-user)';
  if (!existsSync(join(libraries, 'lib', 'libstdc++.so.6'))) return 'libstdc++6-arm64-cross is not installed';
  return lacksParts('linux-arm64') ?? false;
}

describe('the executable for linux-arm64', { skip: whyNot() }, () => {
  let executable: string;
  let folder: string;
  let child: ChildProcess | undefined;
  before(() => {
    executable = builtExecutable('linux-arm64');
    folder = mkdtempSync(join(tmpdir(), 'signpost-arm64-'));
  });
  after(async () => {
    if (child?.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    rmSync(folder, { recursive: true, force: true });
  });

  it('says what it is, starts, sends a visitor on, counts the click and stops', async () => {
    const run = (argv: readonly string[]) =>
      spawn(emulator!, ['-L', libraries, executable, ...argv], {
        cwd: folder,
        env: {},
        stdio: ['ignore', 'pipe', 'inherit'],
      });
    const asked = run(['version', '--json']);
    const [said] = await Promise.all([asked.stdout.toArray(), once(asked, 'exit')]);
    assert.equal((JSON.parse(said.join('')) as { target: string }).target, 'linux-arm64');

    const server = (child = run(['serve', '--server-port', '0']));
    let printed = '';
    for await (const chunk of server.stdout.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
      printed += String(chunk);
      if (printed.includes('/api/v1/links')) break;
    }
    const [, address = '', firstKey] = /listens on (\S+)\n[^]*\n {2}(sp_\w+)\n/.exec(printed) ?? [];
    const api = ApiClient.of({ address, firstKey });
    // A password takes the other native part.
    await api.createLink({ slug: 'locked', password: 'a long password' });
    const { id } = await api.createLink({ slug: 'far' });
    assert.equal((await api.visit('far')).status, 302);
    assert.equal((await api.link(id)).clickCount, 1);
    server.kill('SIGTERM');
    assert.deepEqual(await once(server, 'exit'), [0, null]);
  });
});
