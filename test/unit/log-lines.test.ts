import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { prettyLine } from '../../src/cli/log.ts';

const line = (fields: object) => JSON.stringify({ level: 'info', time: '2026-07-01T12:34:56.789Z', ...fields });

describe('log lines for people', () => {
  it('show time, level, message and fields', () => {
    const json = line({
      msg: 'server is ready',
      port: 8787,
      folder: '/srv/a b',
      on: true,
      none: null,
      list: [1, 'x y'],
    });
    const expected =
      '12:34:56.789 INFO  server is ready port=8787 folder="/srv/a b" on=true none=null list="[1,\\"x y\\"]"\n';
    assert.equal(prettyLine(json, false), expected.replace('"[1,\\"x y\\"]"', '[1,"x y"]'));
    assert.equal(stripVTControlCharacters(prettyLine(json, true)), prettyLine(json, false));
    assert.notEqual(prettyLine(json, true), prettyLine(json, false));
  });

  it('keep foreign text on its line and away from the terminal', () => {
    const printed = prettyLine(line({ msg: 'a\nb\u001b[2J', 'k\n': 'v\r\n12:00:00 FATAL forged' }), false);
    assert.equal(printed, '12:34:56.789 INFO  a\\u000ab\\u001b[2J k\\u000a="v\\r\\n12:00:00 FATAL forged"\n');
  });

  it("show an error's stack below, and a missing message as none", () => {
    const err = { type: 'Error', message: 'boom', stack: 'Error: boom\n    at f (x.ts:1:2)\u001b' };
    assert.equal(
      prettyLine(line({ err }), false),
      '12:34:56.789 INFO  \n    Error: boom\n        at f (x.ts:1:2)\\u001b\n',
    );
  });
});

describe('the log', () => {
  /** Runs one line of a program that logs, and gives back what it wrote. */
  function logged(flags: object, statement: string) {
    const log = new URL('../../src/cli/log.ts', import.meta.url).href;
    const load = new URL('../../src/config/load.ts', import.meta.url).href;
    const program = `import { createLog } from '${log}'; import { loadConfig } from '${load}';
      const log = createLog(loadConfig({ flags: ${JSON.stringify(flags)}, environment: {} })); ${statement}`;
    const { stdout, stderr, status } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
      encoding: 'utf8',
      env: {},
    });
    return { stdout, stderr, status };
  }

  it('goes to standard error as JSON where that is no terminal, whole also when the process ends at once', () => {
    const { stdout, stderr, status } = logged({}, `log.debug('no'); log.info({ port: 1 }, 'yes'); process.exit(7)`);
    assert.deepEqual({ stdout, status }, { stdout: '', status: 7 });
    const { time, ...rest } = JSON.parse(stderr) as Record<string, unknown>;
    assert.deepEqual(rest, { level: 'info', port: 1, msg: 'yes' });
    assert.match(String(time), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  });

  it('is for people where they ask for it, and says nothing when silent', () => {
    assert.match(
      logged({ 'log-format': 'pretty', 'log-level': 'debug' }, `log.debug('seen')`).stderr,
      /^\S+ DEBUG seen\n$/,
    );
    assert.equal(logged({ 'log-level': 'silent' }, `log.fatal('unseen')`).stderr, '');
  });
});
