// `signpost config print` and `config check`: what the server would run with, without starting it.

import { tomlValue } from '../config/example.ts';
import { type LoadedConfig, loadConfigWithOrigins } from '../config/load.ts';
import { optionAt, optionKeys, type OptionKey } from '../config/options.ts';
import { exitCodes, StartError } from '../core/exit.ts';
import type { Command, Flags } from './command.ts';
import { configFlags, configFrom } from './config-flags.ts';

const printFlags: Flags = {
  json: { help: 'Print a JSON object: value (null for one that is not set) and origin of every option.' },
  ...configFlags,
};

function isHidden(key: OptionKey, value: unknown): boolean {
  return value !== undefined && optionAt(key).isSecret === true;
}

function asJson({ config, origins }: LoadedConfig): string {
  const entries = optionKeys.map((key) => {
    const value = config[key];
    const origin = origins[key];
    return [key, isHidden(key, value) ? { origin, isHidden: true } : { value: value ?? null, origin }] as const;
  });
  return `${JSON.stringify(Object.fromEntries(entries), null, 2)}\n`;
}

function asToml({ config, origins }: LoadedConfig): string {
  const lines = optionKeys.map((key) => {
    const value = config[key];
    if (isHidden(key, value)) return `# ${key} is set by ${origins[key]}, and not shown`;
    return value === undefined ? `# ${key} is not set` : `${key} = ${tomlValue(value)}  # ${origins[key]}`;
  });
  return `${lines.join('\n')}\n`;
}

export const configPrintCommand: Command = {
  flags: printFlags,
  run(given) {
    const loaded = loadConfigWithOrigins({ flags: given.texts(configFlags) });
    process.stdout.write(given.has('json') ? asJson(loaded) : asToml(loaded));
    return exitCodes.ok;
  },
};

export const configCheckCommand: Command = {
  flags: { json: { help: 'Print a JSON object: ok, and the problem where there is one.' }, ...configFlags },
  run(given) {
    const isJson = given.has('json');
    try {
      configFrom(given);
    } catch (error) {
      if (!isJson || !(error instanceof StartError)) throw error;
      process.stdout.write(`${JSON.stringify({ ok: false, problem: error.message })}\n`);
      return error.exitCode;
    }
    process.stdout.write(isJson ? `${JSON.stringify({ ok: true, problem: null })}\n` : 'configuration is fine\n');
    return exitCodes.ok;
  },
};
