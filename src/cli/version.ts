// `signpost version`.

import { exitCodes } from '../core/exit.ts';
import type { Command } from './command.ts';
import { packageVersion } from './package-version.ts';

export const versionCommand: Command = {
  flags: {},
  run() {
    process.stdout.write(`${packageVersion}\n`);
    return exitCodes.ok;
  },
};
