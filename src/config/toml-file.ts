// Reads a TOML file into dotted keys. Knows nothing of options but which keys exist, so that it can tell tables from values.

import { closeSync, openSync, readSync } from 'node:fs';
import { parse, TomlError } from 'smol-toml';
import { escapeControls, quoted } from '../core/one-line.ts';
import { ConfigError } from './config-error.ts';

const maxFileBytes = 1024 * 1024;

/** The file's bytes, or undefined when there is no such file. Reads pipes and devices too, and no more than the limit. */
function readBounded(path: string): Buffer | undefined {
  let file: number;
  try {
    file = openSync(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const buffer = Buffer.alloc(maxFileBytes + 1);
    let length = 0;
    while (length < buffer.length) {
      const read = readSync(file, buffer, length, buffer.length - length, null);
      if (read === 0) break;
      length += read;
    }
    return buffer.subarray(0, length);
  } finally {
    closeSync(file);
  }
}

const readFailures: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EISDIR: 'it is a folder',
  ENOTDIR: 'a part of its path is not a folder',
  ELOOP: 'its links go round in a circle',
  ENAMETOOLONG: 'its name is too long',
};

function readText(path: string, shownPath: string): string | undefined {
  let bytes: Buffer | undefined;
  try {
    bytes = readBounded(path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    throw new ConfigError(`cannot read ${shownPath}: ${readFailures[code] ?? escapeControls(String(error))}`, {
      cause: error,
    });
  }
  if (bytes === undefined) return undefined;
  if (bytes.length > maxFileBytes)
    throw new ConfigError(`cannot read ${shownPath}: it is larger than ${maxFileBytes} bytes`);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new ConfigError(`cannot read ${shownPath}: it is not UTF-8 text`, { cause: error });
  }
}

function parseToml(source: string, shownPath: string): Record<string, unknown> {
  try {
    // Integers as bigint: 8787 and 8787.0 are different types, and no digit is lost before the range is checked.
    return parse(source, { integersAsBigInt: true, maxDepth: 32 });
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const reason = error.message.split('\n', 1)[0]!.replace(/^Invalid TOML document: /, '');
    throw new ConfigError(
      `${shownPath} is not valid TOML: line ${error.line}, column ${error.column}: ${escapeControls(reason)}`,
      { cause: error },
    );
  }
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

/** Which keys exist, as far as telling tables from values needs it. */
export interface KnownKeys {
  readonly isOption: (key: string) => boolean;
  readonly isSection: (key: string) => boolean;
}

/**
 * The file's values by dotted key, or undefined when there is no such file.
 * Tables are opened until the key is an option's; an empty table is a value of its own unless it is a section, so that a mistyped one is not overlooked.
 */
export function readTomlFile(path: string, shownPath: string, known: KnownKeys): Map<string, unknown> | undefined {
  const source = readText(path, shownPath);
  if (source === undefined) return undefined;
  const values = new Map<string, unknown>();
  const open = (table: Record<string, unknown>, prefix: string): void => {
    for (const [name, value] of Object.entries(table)) {
      const key = prefix + name;
      if (isTable(value) && !known.isOption(key) && (known.isSection(key) || Object.keys(value).length > 0)) {
        open(value, `${key}.`);
        continue;
      }
      // "server.port" = 1 beside [server] port = 2 are two TOML keys but one option.
      if (values.has(key)) throw new ConfigError(`key ${quoted(key)} is set twice in ${shownPath}`);
      values.set(key, value);
    }
  };
  open(parseToml(source, shownPath), '');
  return values;
}
