// `signpost licenses`: what is inside the executable, and under which terms.

import { builtText } from '../core/assets.ts';
import { exitCodes, StartError } from '../core/exit.ts';
import type { Command } from './command.ts';

interface License {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly text: string;
}

const rule = '-'.repeat(80);

export const licensesCommand: Command = {
  flags: {
    short: { help: 'Print names, versions and licences, without the texts.' },
    json: { help: 'Print a JSON array of name, version, license and text.' },
  },
  run(given) {
    const gathered = builtText('licenses.json');
    if (gathered === undefined)
      throw new StartError(
        'licences are gathered when the executable is built (npm run build); from source they lie in node_modules',
        exitCodes.failure,
      );
    const licenses = JSON.parse(gathered) as License[];
    const isShort = given.has('short');
    const shown = ({ name, version, license, text }: License): string =>
      isShort ? `${name} ${version}: ${license}\n` : `${rule}\n${name} ${version}: ${license}\n${rule}\n\n${text}\n\n`;
    const listed = isShort ? licenses.map(({ text: _text, ...rest }) => rest) : licenses;
    process.stdout.write(given.has('json') ? `${JSON.stringify(listed, null, 2)}\n` : licenses.map(shown).join(''));
    return exitCodes.ok;
  },
};
