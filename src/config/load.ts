// Reads the configuration once: defaults < TOML file < environment < flags. Gives a frozen, checked Config or throws ConfigError. Writes nothing.

import { resolve } from 'node:path';
import { suggestion } from '../core/nearest.ts';
import { escapeControls, quoted } from '../core/one-line.ts';
import { ConfigError } from './config-error.ts';
import { flagName, optionAt, optionKeys, variableName, type Config, type OptionKey } from './options.ts';
import { readTomlFile } from './toml-file.ts';

export interface ConfigSources {
  /** Flags without their dashes, `{ 'server-port': '9000' }`; `config` names the file. */
  readonly flags?: Readonly<Record<string, string>>;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  readonly workingDirectory?: string;
}

export interface LoadedConfig {
  readonly config: Config;
  /** Where each value came from, in words: "default", "signpost.toml", "flag --server-port". */
  readonly origins: Readonly<Record<OptionKey, string>>;
}

const defaultFile = 'signpost.toml';
const knownKeys: ReadonlySet<string> = new Set(optionKeys);
const keysByFlag: ReadonlyMap<string, OptionKey> = new Map(optionKeys.map((key) => [flagName(key), key]));
const keysByVariable: ReadonlyMap<string, OptionKey> = new Map(optionKeys.map((key) => [variableName(key), key]));

/** Ours, but read elsewhere: the executable unpacks its native parts there. */
const otherVariables: ReadonlySet<string> = new Set(['SIGNPOST_CACHE_DIR']);

/** Kubernetes sets these in every pod of a namespace that has a service called "signpost"; they say nothing to us. */
function isServiceLink(name: string, value: string): boolean {
  return (
    /^SIGNPOST_(SERVICE_(HOST|PORT(_\w+)?)|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)$/.test(name) ||
    (name === 'SIGNPOST_PORT' && /^(tcp|udp|sctp):\/\//.test(value))
  );
}

interface Layer {
  readonly values: ReadonlyMap<OptionKey, unknown>;
  readonly origin: (key: OptionKey) => string;
}

function isOptionKey(key: string): key is OptionKey {
  return knownKeys.has(key);
}

function fileLayer(flags: Readonly<Record<string, string>>, workingDirectory: string): Layer {
  const named = Object.hasOwn(flags, 'config') ? flags['config'] : undefined;
  if (named !== undefined && (named === '' || named.includes('\0')))
    throw new ConfigError('flag --config must be the path of a TOML file');
  const shownPath = escapeControls(named ?? defaultFile);
  const read = readTomlFile(resolve(workingDirectory, named ?? defaultFile), shownPath, {
    isOption: isOptionKey,
    isSection,
  });
  if (read === undefined && named !== undefined)
    throw new ConfigError(`cannot read ${shownPath}: there is no such file`);
  const values = new Map<OptionKey, unknown>();
  for (const [key, value] of read ?? []) {
    if (!isOptionKey(key)) throw new ConfigError(unknownKey(key, shownPath));
    values.set(key, value);
  }
  return { values, origin: () => shownPath };
}

function isSection(key: string): boolean {
  return optionKeys.some((known) => known.startsWith(`${key}.`));
}

function unknownKey(key: string, shownPath: string): string {
  if (isSection(key)) return `${quoted(key)} in ${shownPath} must be a section: [${key}]`;
  return `unknown key ${quoted(key)} in ${shownPath}, ${suggestion(key, optionKeys)}`;
}

function environmentLayer(environment: Readonly<Record<string, string | undefined>>): Layer {
  const values = new Map<OptionKey, unknown>();
  for (const [name, value] of Object.entries(environment)) {
    if (!name.startsWith('SIGNPOST_') || value === undefined || otherVariables.has(name) || isServiceLink(name, value))
      continue;
    const key = keysByVariable.get(name);
    if (key === undefined)
      throw new ConfigError(
        `unknown environment variable ${quoted(name)}, ${suggestion(name, [...keysByVariable.keys(), ...otherVariables])}`,
      );
    values.set(key, optionAt(key).fromText(value));
  }
  return { values, origin: (key) => `environment variable ${variableName(key)}` };
}

function flagLayer(flags: Readonly<Record<string, string>>): Layer {
  const values = new Map<OptionKey, unknown>();
  for (const [name, value] of Object.entries(flags)) {
    if (name === 'config') continue;
    const key = keysByFlag.get(name);
    if (key === undefined)
      throw new ConfigError(
        `unknown flag ${quoted(`--${name}`)}, ${suggestion(
          `--${name}`,
          [...keysByFlag.keys(), 'config'].map((known) => `--${known}`),
        )}`,
      );
    values.set(key, optionAt(key).fromText(value));
  }
  return { values, origin: (key) => `flag --${flagName(key)}` };
}

/**
 * The configuration and where each value came from. Every layer is checked whole, also where a later one overrides it:
 * a mistake in the file should not wait for the day the variable goes away.
 * @throws ConfigError one line that names the key, its origin, and for an unknown key the nearest known one
 */
export function loadConfigWithOrigins(sources: ConfigSources = {}): LoadedConfig {
  const { flags = {}, environment = process.env, workingDirectory = process.cwd() } = sources;
  const values: Partial<Record<OptionKey, unknown>> = {};
  const origins: Partial<Record<OptionKey, string>> = {};
  for (const key of optionKeys) {
    values[key] = optionAt(key).default;
    origins[key] = 'default';
  }
  // The flags are looked at first, so that a mistyped one is not hidden behind a file that it should have named.
  const fromFlags = flagLayer(flags);
  for (const layer of [fileLayer(flags, workingDirectory), environmentLayer(environment), fromFlags]) {
    for (const [key, raw] of layer.values) {
      const reading = optionAt(key).read(raw);
      if ('problem' in reading) throw new ConfigError(`${quoted(key)} in ${layer.origin(key)} ${reading.problem}`);
      values[key] = reading.value;
      origins[key] = layer.origin(key);
    }
  }
  for (const key of optionKeys) values[key] = optionAt(key).place(values[key] as never, workingDirectory);
  return { config: Object.freeze(values) as Config, origins: Object.freeze(origins) as Record<OptionKey, string> };
}

/** As `loadConfigWithOrigins`, without the origins. Without arguments: the process's own environment and folder, no flags. */
export function loadConfig(sources: ConfigSources = {}): Config {
  return loadConfigWithOrigins(sources).config;
}
