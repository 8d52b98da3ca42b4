import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
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

/** What the shell offers at the end of each line, sorted. */
type Complete = (...lines: string[]) => string[][];

const parts = (printed: readonly string[]): string[][] => {
  const found: string[][] = [[]];
  for (const line of printed) {
    if (line === 'end') found.push([]);
    else found.at(-1)!.push(line);
  }
  return found.slice(0, -1).map((offers) => offers.toSorted());
};

const shells: Readonly<Record<string, (file: string) => Complete>> = {
  bash:
    (file) =>
    (...lines) => {
      const ask = `COMP_WORDS=($line); [ "\${line: -1}" = ' ' ] && COMP_WORDS+=(''); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _signpost`;
      const print = `printf '%s\\n' "\${COMPREPLY[@]}" end`;
      return parts(
        run('bash', ['--norc', '-c', `source '${file}'; for line in "$@"; do ${ask}; ${print}; done`, '', ...lines]),
      );
    },
  fish:
    (file) =>
    (...lines) => {
      const ask = `source '${file}'; for line in $argv; complete -C $line | string split -f 1 \\t; echo end; end`;
      return parts(run('fish', ['--no-config', '-c', ask, ...lines]));
    },
  zsh:
    (file) =>
    (...lines) => {
      const driver = fileURLToPath(new URL('../support/zsh-completion.zsh', import.meta.url));
      return parts(run('zsh', ['-f', driver, file, folder, ...lines]));
    },
};

for (const [shell, completing] of Object.entries(shells))
  describe(`completion in ${shell}`, { skip: lacks(shell) }, () => {
    let complete: Complete;
    before(async () => {
      complete = completing(await script(shell));
    });

    it('knows every command', () => {
      const first = new Set(commands.map(({ name }) => name.split(' ', 1)[0]!));
      assert.deepEqual(complete('signpost ', 'signpost us', 'signpost users ', 'signpost users cr'), [
        [...first].toSorted(),
        ['users'],
        ['create', 'list'],
        ['create'],
      ]);
    });

    it('knows every flag of a command, and none of another', () => {
      const offered = complete(...commands.map(({ name }) => `signpost ${name} --`));
      commands.forEach(({ name, flags }, i) => {
        const known = [...flags.map((flag) => `--${flag.name}`), '--help'].toSorted();
        assert.deepEqual(offered[i], known, name);
      });
      assert.deepEqual(complete('signpost users create --em', 'signpost users create --server'), [['--email'], []]);
    });

    it('offers files where one is wanted, and nothing where something else is', () => {
      const own = `completion.${shell}`;
      const typed = own.slice(0, -1);
      const beginnings = ['restore', 'serve --config', 'serve --server-port', 'links show'];
      assert.deepEqual(complete(...beginnings.map((words) => `signpost ${words} ${typed}`)), [[own], [own], [], []]);
    });
  });

describe('completion, whatever shells there are', () => {
  for (const [shell, flag] of [
    ['bash', '--'],
    ['zsh', '--'],
    ['fish', '-l '],
  ] as const)
    it(`has every command and flag, and no quote that is left open, in ${shell}`, async () => {
      const text = readFileSync(await script(shell), 'utf8');
      for (const { name, flags } of commands) {
        const own = name.slice(name.lastIndexOf(' ') + 1);
        // Everything of one command is in its lines.
        const lines = text.split('\n').filter((line) => new RegExp(`\\b${own}(?:\\)| -a|'| -l)`).test(line));
        for (const one of [...flags.map((each) => each.name), 'help'])
          assert.ok(
            lines.some((line) => new RegExp(`${flag}${one}(?![\\w-])`).test(line)),
            `${name} --${one}`,
          );
      }
      // A quote inside of quotes is written so in each of the three.
      for (const line of text.split('\n'))
        assert.equal(line.replaceAll(String.raw`'\''`, '').split("'").length % 2, 1, line);
    });
});

describe('completion', () => {
  it('names the shells that it knows', async () => {
    const { code, stderr } = await runSignpost(['completion', 'bahs']);
    assert.equal(code, 2);
    assert.match(stderr, /no completion for "bahs", did you mean "bash"\?/);
  });
});
