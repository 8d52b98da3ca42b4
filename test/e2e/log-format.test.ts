// What the log looks like: lines for people on a terminal, JSON for everything else, and otherwise as it was asked for.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { after, describe, it } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { programFile } from '../support/program.ts';
import { closeServers, startServer, temporaryFolder } from '../support/server-process.ts';

after(closeServers);

const hasTerminal = spawnSync('script', ['-qec', 'true', '/dev/null']).status === 0;
const ctrlC = '\u0003';
const pretty = /^\d\d:\d\d:\d\d\.\d{3} INFO {2}stopping signal=SIGINT$/m;
const json = /^\{"level":"info","time":"[^"]+","signal":"SIGINT","msg":"stopping"\}$/m;

/** What a terminal is sent by a server that is started on it and ended by Ctrl-C. */
async function atTerminal(...flags: string[]): Promise<string> {
  const words = [
    process.execPath,
    programFile(),
    'serve',
    '--data-dir',
    temporaryFolder(),
    '--server-port',
    '0',
    ...flags,
  ];
  const terminal = spawn('script', ['-qec', `exec ${words.map((word) => `'${word}'`).join(' ')}`, '/dev/null'], {
    env: {},
  });
  let shown = '';
  terminal.stdout.setEncoding('utf8').on('data', (text: string) => {
    const before = shown;
    shown += text;
    // The last that a first start prints.
    if (/\bcurl .*\r\n/.test(shown) && !/\bcurl .*\r\n/.test(before)) terminal.stdin.write(ctrlC);
  });
  const [code] = (await once(terminal, 'close')) as [number];
  assert.equal(code, 0, shown);
  // A terminal shows the keystroke, too.
  return stripVTControlCharacters(shown).replace('^C', '').replaceAll('\r\n', '\n');
}

describe('the log', () => {
  it('is for people on a terminal', { skip: !hasTerminal && 'script is not installed' }, async () => {
    assert.match(await atTerminal(), pretty);
  });

  it('is JSON on a terminal that was asked for it', { skip: !hasTerminal && 'script is not installed' }, async () => {
    assert.match(await atTerminal('--log-format', 'json'), json);
  });

  for (const [flags, expected] of [
    [[], json],
    [['--log-format', 'auto'], json],
    [['--log-format', 'pretty'], pretty],
  ] as const) {
    it(`is ${expected === json ? 'JSON' : 'for people'} in a pipe: ${flags.join(' ') || 'no flag'}`, async () => {
      const server = await startServer({ flags });
      assert.equal(await server.stop('SIGINT'), 0);
      assert.match(server.stderr(), expected);
      assert.doesNotMatch(server.stderr(), expected === json ? pretty : json);
    });
  }
});
