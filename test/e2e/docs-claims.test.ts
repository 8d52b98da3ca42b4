// What the docs name is there: pages, commands and their flags, npm scripts, benchmarks, files of the map. Also in the blocks that no test
// can run.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, describe, it } from 'node:test';
import { optionKeys } from '../../src/config/options.ts';
import { eventNames } from '../../src/storage/outbox-store.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { pages, projectFolder } from '../support/docs-pages.ts';
import { closeServers, runSignpost } from '../support/server-process.ts';

after(closeServers);

interface Described {
  readonly name: string;
  readonly positionals: readonly string[];
  readonly flags: readonly { readonly name: string }[];
}

const commands = JSON.parse((await runSignpost(['help', '--json'])).stdout) as Described[];

interface Named {
  readonly where: string;
  /** Behind `signpost`. */
  readonly words: readonly string[];
}

/** Every command line of ours, in sentences and in blocks. */
function commandLines(): Named[] {
  return pages.flatMap(({ name, text, blocks }) => {
    const shell = blocks.filter(({ language }) => language === 'sh').map((block) => block.text);
    const inBlocks = shell
      .join('')
      .matchAll(
        /^(?:sudo |docker exec CONTAINER |runuser .* -- |SIGNPOST_\S+ )*\/?[\w/.]*\bsignpost ([a-z][^|#&\n]*)/gm,
      );
    const inSentences = text.matchAll(/`signpost ([a-z][^`]*)`/g);
    return [...inBlocks, ...inSentences].map(([, line]) => ({
      where: `${name}: signpost ${line}`,
      words: line!.trim().split(/\s+/),
    }));
  });
}

/** What has names that look like those of options: timed jobs and events. */
const noOptions = new Set<string>([...eventNames, 'backups.make', 'geo.reload', 'clicks.tend']);

const contributing = pages.find(({ name }) => name === 'contributing.md')!;

describe('the docs', () => {
  it('lead to pages that there are', () => {
    for (const { name, path, text } of pages)
      for (const [, target] of text.matchAll(/\]\((?!https?:|#|mailto:)([^)#]+)/g))
        assert.ok(existsSync(join(dirname(path), target!)), `${name} leads to ${target}`);
  });

  it('name commands and flags that there are', () => {
    const lines = commandLines();
    assert.ok(lines.length > 40, String(lines.length));
    for (const { where, words } of lines) {
      const command = commands.find(({ name }) => [words[0], words.slice(0, 2).join(' ')].includes(name));
      // A whole group: `signpost jobs`.
      assert.ok(
        command !== undefined || commands.some(({ name }) => words.length === 1 && name.startsWith(`${words[0]} `)),
        where,
      );
      const known = ['help', ...(command?.flags.map((flag) => flag.name) ?? [])];
      for (const word of words.filter((one) => one.startsWith('--') && one !== '--'))
        assert.ok(known.includes(word.slice(2).split('=', 1)[0]!), `${where}: no flag ${word}`);
    }
  });

  it('name npm scripts that there are', () => {
    for (const { name, text } of pages)
      for (const [, script] of text.matchAll(/\bnpm (?:run )?((?<=run )[\w-]+|start|test)\b/g))
        assert.ok(Object.hasOwn(packageJson.scripts, script!), `${name}: npm run ${script}`);
  });

  it('name benchmarks and their flags that there are', () => {
    const { stdout: usage } = spawnSync(process.execPath, [join(projectFolder, 'scripts', 'bench.ts'), '--help'], {
      encoding: 'utf8',
    });
    const known = new Set(usage.match(/--[a-z]+|\b[a-z]+(?:-[a-z]+)*\b/g));
    assert.ok(known.has('--quick') && known.has('redirects'), usage);
    for (const { name, text } of pages)
      for (const [line, words] of text.matchAll(/npm run bench -- ([^`#\n]+)/g))
        for (const word of words!
          .trim()
          .split(/ +/)
          .filter((one) => /^(?:--[a-z]|[a-z-]+$)/.test(one)))
          assert.ok(known.has(word), `${name}: ${line}`);
  });

  it('have a map of the sources that is right', () => {
    const map = contributing.blocks.find(({ language }) => language === '')!.text;
    const source = map.slice(0, map.indexOf('\nscripts/'));
    const named = [...source.matchAll(/^ {2}([\w./-]+)/gm)].map(([, path]) => path!);
    assert.ok(named.length > 30, String(named.length));
    assert.deepEqual(
      named.filter((path) => !existsSync(join(projectFolder, 'src', path))),
      [],
    );
    const [, folders] = /^test\/(.*)$/m.exec(map)!;
    assert.deepEqual(
      folders!.split(' ').filter((folder) => !existsSync(join(projectFolder, 'test', folder))),
      [],
    );
  });

  it('name variables of the environment that there are', async () => {
    // Of the executable, and of the compose file.
    const others = new Set(['SIGNPOST_CACHE_DIR', 'SIGNPOST_HOST']);
    const named = new Set(pages.flatMap(({ text }) => text.match(/\bSIGNPOST_[A-Z_]+\b/g) ?? []));
    assert.ok(named.has('SIGNPOST_SERVER_PORT'));
    for (const variable of named.difference(others)) {
      const { stderr } = await runSignpost(['config', 'check'], { [variable]: '' });
      assert.doesNotMatch(stderr, /unknown environment variable/, variable);
    }
  });

  it('name options that there are', () => {
    const keys: readonly string[] = optionKeys;
    const sections = new Set(keys.map((key) => key.split('.', 1)[0]));
    for (const { name, text } of pages)
      for (const [, key, section] of text.matchAll(/`(([a-z]+)\.[a-z_]+(?:\.[a-z_]+)?)(?: = [^`]+)?`/g))
        if (sections.has(section) && !/\.(?:ts|md|json)$/.test(key!) && !noOptions.has(key!))
          assert.ok(keys.includes(key!), `${name}: ${key}`);
  });
});
