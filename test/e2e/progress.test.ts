// What takes long says how far it is, to people at a terminal and to nobody else.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { openForCommand, prepareDatabase } from '../../src/storage/database.ts';
import { programFile } from '../support/program.ts';
import { closeServers, runSignpost, temporaryFolder } from '../support/server-process.ts';

after(closeServers);

const hasTerminal = spawnSync('script', ['-qec', 'true', '/dev/null']).status === 0;

/** What a terminal is sent. */
function atTerminal(...args: string[]): string {
  const words = [process.execPath, programFile(), ...args].map((word) => `'${word}'`).join(' ');
  const { status, stdout } = spawnSync('script', ['-qec', words, '/dev/null'], { encoding: 'utf8', env: {} });
  assert.equal(status, 0, stdout);
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
