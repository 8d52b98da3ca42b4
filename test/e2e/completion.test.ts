import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { closeServers, runSignpost, temporaryFolder } from '../support/server-process.ts';

after(closeServers);

interface Described {
  readonly name: string;
  readonly summary: string;
  readonly positionals: readonly string[];
  readonly flags: readonly { name: string; placeholder: string | null; help: string }[];
}

let folder: string;
let commands: Described[];
before(async () => {
  folder = temporaryFolder();
  commands = JSON.parse((await runSignpost(['help', '--json'])).stdout) as Described[];
});

const lacks = (shell: string) => spawnSync(shell, ['-c', 'true']).error !== undefined && `${shell} is not installed`;

/** The script for a shell, in a file that can be named in single quotes. */
async function script(shell: string): Promise<string> {
  const { code, stdout, stderr } = await runSignpost(['completion', shell]);
  assert.deepEqual([code, stderr], [0, '']);
  const file = join(folder, `completion.${shell}`);
  writeFileSync(file, stdout);
  return file;
}

function run(shell: string, args: readonly string[]): string[] {
  const { status, stdout, stderr } = spawnSync(shell, args, {
    cwd: folder,
    env: { HOME: folder, PATH: '/usr/bin:/bin' },
    encoding: 'utf8',
  });
  assert.deepEqual([status, stderr], [0, '']);
  return stdout.split('\n').filter((line) => line !== '');
}

describe('every command', () => {
  it('tells its flags, and answers programs in JSON', () => {
    assert.ok(commands.length > 12);
    // What prints a script for a shell has no other form.
    const others = commands.filter(({ name }) => name !== 'completion');
    assert.deepEqual(
      others.filter(({ flags }) => !flags.some(({ name }) => name === 'json')),
      [],
    );
    for (const { name, summary, flags } of commands) {
      assert.match(summary, /^[A-Z].*\.?$/, name);
      for (const flag of flags) assert.ok(flag.help.length > 5, `${name} --${flag.name}`);
    }
  });
});

describe('completion in bash', { skip: lacks('bash') }, () => {
  let file: string;
  before(async () => {
    file = await script('bash');
  });

  function complete(...words: string[]): string[] {
    const typed = words.map((word) => `'${word}'`).join(' ');
    const ask = `COMP_WORDS=(signpost ${typed}); COMP_CWORD=${words.length}; _signpost; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return run('bash', ['--norc', '-c', `source '${file}'; ${ask}`]).toSorted();
  }

  it('knows every command', () => {
    const first = new Set(commands.map(({ name }) => name.split(' ', 1)[0]!));
    assert.deepEqual(complete(''), [...first].toSorted());
    assert.deepEqual(complete('us'), ['users']);
    assert.deepEqual(complete('users', ''), ['create', 'list']);
  });

  it('knows every flag of a command, and none of another', () => {
    for (const { name, flags } of commands) {
      const known = [...flags.map((flag) => `--${flag.name}`), '--help'].toSorted();
      assert.deepEqual(complete(...name.split(' '), '--'), known, name);
    }
  });

  it('offers files where one is wanted', () => {
    assert.ok(complete('restore', 'compl').includes('completion.bash'));
    assert.ok(complete('serve', '--config', 'compl').includes('completion.bash'));
    assert.deepEqual(complete('serve', '--server-port', 'compl'), []);
  });
});

describe('completion in fish', { skip: lacks('fish') }, () => {
  it('knows commands and flags', async () => {
    const file = await script('fish');
    const complete = (line: string): string[] =>
      run('fish', ['--no-config', '-c', `source '${file}'; complete -C '${line}'`]).map(
        (found) => found.split('\t')[0]!,
      );
    assert.deepEqual(complete('signpost us'), ['users']);
    assert.deepEqual(complete('signpost users cr'), ['create']);
    assert.deepEqual(complete('signpost users create --em'), ['--email']);
    assert.deepEqual(complete('signpost users create --server'), []);
  });
});

describe('completion in zsh', { skip: lacks('zsh') }, () => {
  it('is a script that zsh takes', async () => {
    const file = await script('zsh');
    const load = `autoload -U compinit; compinit -D; source '${file}'; echo $_comps[signpost]`;
    assert.deepEqual(run('zsh', ['-f', '-c', load]), ['_signpost']);
  });
});

describe('completion', () => {
  it('names the shells that it knows', async () => {
    const { code, stderr } = await runSignpost(['completion', 'bahs']);
    assert.equal(code, 2);
    assert.match(stderr, /no completion for "bahs", did you mean "bash"\?/);
  });
});
