// The configuration's flags as the commands offer them, made from the table of options.

import { tomlValue } from '../config/example.ts';
import { loadConfig } from '../config/load.ts';
import { flagName, optionAt, optionKeys, type Config, type OptionKey } from '../config/options.ts';
import type { Arguments, Flag, Flags } from './command.ts';

const configFile: Flags = {
  config: { placeholder: 'FILE', help: 'Configuration file (TOML). Without it ./signpost.toml, where present.' },
};

function flagOf(key: OptionKey): Flag {
  const option = optionAt(key);
  const byDefault =
    option.default === undefined
      ? ''
      : ` Default: ${Array.isArray(option.default) ? 'none' : tomlValue(option.default)}.`;
  const placeholder = Array.isArray(option.default) ? 'A,B' : typeof option.default === 'number' ? 'N' : 'TEXT';
  return { placeholder, help: `${option.help}${byDefault}` };
}

/** `--config` and a flag for every option. */
export const configFlags: Flags = {
  ...configFile,
  ...Object.fromEntries(optionKeys.map((key) => [flagName(key), flagOf(key)])),
};

/** What a command needs that only opens the database. */
export const databaseFlags: Flags = { ...configFile, 'data-dir': flagOf('data_dir') };

/** The configuration with this command line's flags on top. */
export function configFrom(given: Arguments): Config {
  return loadConfig({ flags: given.texts(configFlags) });
}
