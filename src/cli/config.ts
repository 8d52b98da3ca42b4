// `signpost config print` and `config check`: what the server would run with, without starting it.

import { tomlValue } from '../config/example.ts';
import { loadConfigWithOrigins } from '../config/load.ts';
import { optionAt, optionKeys } from '../config/options.ts';
import { exitCodes } from '../core/exit.ts';
import type { Command } from './command.ts';
import { configFlags, configFrom } from './config-flags.ts';

export const configPrintCommand: Command = {
  flags: configFlags,
  run(given) {
    const { config, origins } = loadConfigWithOrigins({ flags: given.texts(configFlags) });
    const lines = optionKeys.map((key) => {
      const value = config[key];
      if (value !== undefined && optionAt(key).isSecret === true)
        return `# ${key} is set by ${origins[key]}, and not shown`;
      return value === undefined ? `# ${key} is not set` : `${key} = ${tomlValue(value)}  # ${origins[key]}`;
    });
    process.stdout.write(`${lines.join('\n')}\n`);
    return exitCodes.ok;
  },
};

export const configCheckCommand: Command = {
  flags: configFlags,
  run(given) {
    configFrom(given);
    process.stdout.write('configuration is fine\n');
    return exitCodes.ok;
  },
};
