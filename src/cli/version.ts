// `signpost version`: which program this is, of which sources, and on what it runs.

import { builtText } from '../core/assets.ts';
import { exitCodes } from '../core/exit.ts';
import type { Command } from './command.ts';
import { packageVersion } from './package-version.ts';

interface Build {
  readonly commit: string | null;
  readonly target: string;
  readonly sqlite: string;
}

async function sqliteVersion(build: Build | undefined): Promise<string> {
  // The executable would have to unpack its native part to ask that.
  if (build !== undefined) return build.sqlite;
  const { sqliteVersion: ask } = await import('../storage/sqlite-version.ts');
  return ask();
}

export const versionCommand: Command = {
  flags: {
    short: { help: 'Print the version alone, as --version does.' },
    json: { help: 'Print a JSON object.' },
  },
  async run(given) {
    if (given.has('short')) {
      process.stdout.write(`${packageVersion}\n`);
      return exitCodes.ok;
    }
    const text = builtText('build.json');
    const build = text === undefined ? undefined : (JSON.parse(text) as Build);
    const fields = {
      version: packageVersion,
      commit: build?.commit ?? null,
      target: build?.target ?? null,
      node: process.versions.node,
      sqlite: await sqliteVersion(build),
    };
    const shown = { ...fields, commit: fields.commit ?? 'unknown', target: fields.target ?? 'from source' };
    const lines = Object.entries(shown).map(([name, value]) => `${name.padEnd(8)}${value}\n`);
    process.stdout.write(given.has('json') ? `${JSON.stringify(fields)}\n` : lines.join(''));
    return exitCodes.ok;
  },
};
