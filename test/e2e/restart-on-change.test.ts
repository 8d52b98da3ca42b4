// `npm run dev`, as package.json has it: a server that is started again whenever one of its files changes.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { closeServers, temporaryFolder } from '../support/server-process.ts';

after(closeServers);

const root = join(import.meta.dirname, '../..');

/** All of the project that a start needs. */
function copyOfProject(): string {
  const folder = temporaryFolder();
  for (const name of ['package.json', 'schema.sql', 'scripts', 'src'])
    cpSync(join(root, name), join(folder, name), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  return folder;
}

describe('npm run dev', () => {
  it('starts the server again when a file changes, on the same data, with the new code', async (t) => {
    const project = copyOfProject();
    const { scripts } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8')) as {
      scripts: { dev: string };
    };
    const child = spawn('sh', ['-c', `${scripts.dev} --data-dir data --server-port 0`], {
      cwd: project,
      // npm looks there first.
      env: { PATH: `${join(project, 'node_modules/.bin')}:${process.env['PATH']}` },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    // Passed on to the server.
    t.after(() => child.kill('SIGTERM'));
    let printed = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (printed += text));
    const saw = async (pattern: RegExp): Promise<void> => {
      while (!pattern.test(printed)) {
        await Promise.race([
          once(child.stdout, 'data'),
          once(child.stderr, 'data'),
          once(child, 'close').then(() => assert.fail(`ended: ${printed}`)),
        ]);
      }
    };
    await saw(/^Signpost listens on http/m);
    await saw(/^ {2}curl /m);

    const file = join(project, 'src/cli/serve.ts');
    writeFileSync(file, readFileSync(file, 'utf8').replace('Signpost listens on', 'Signpost listens again on'));
    await saw(/^Signpost listens again on http/m);
    assert.equal(printed.match(/Your API key/g)?.length, 1, 'a later start');
    const closed = once(child, 'close');
    child.kill('SIGTERM');
    await closed;
  });
});
