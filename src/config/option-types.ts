// The types an option can have: how each reads a TOML value and a text from a flag or the environment.

import { resolve } from 'node:path';
import { quoted } from '../core/one-line.ts';

/** Reading a value gives the value or what is wrong with it: "must be …, not …". */
export type Reading<T> = { readonly value: T } | { readonly problem: string };

export interface Option<T> {
  /** For messages and help: "an integer from 0 to 65535". */
  readonly expects: string;
  readonly default: T;
  readonly help: string;
  /** Never printed. */
  readonly isSecret?: true;
  /** What an example shows where the default is "not set". */
  readonly example?: T;
  /** Reads a value of a TOML file; integers arrive as bigint. */
  readonly read: (value: unknown) => Reading<T>;
  /** Turns a flag's or variable's text into what `read` takes. */
  readonly fromText: (text: string) => unknown;
  /** Makes a path absolute; other values stay as they are. */
  readonly place: (value: T, workingDirectory: string) => T;
}

/** Looks at a value of the right type: gives it back in its normal form, or says what is wrong with it. */
export type Check<T> = (value: T) => Reading<T>;

const maxListLength = 10_000;

const accept = <T>(value: T): Reading<T> => ({ value });
const asIs = <T>(value: T): T => value;

/** A TOML value as a message shows it. */
function shown(value: unknown): string {
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'bigint' || typeof value === 'boolean') return String(value);
  if (typeof value === 'number')
    return Number.isFinite(value)
      ? `the float ${value}`
      : String(value).replace('Infinity', 'inf').replace('NaN', 'nan');
  if (value instanceof Date) return 'a date';
  return Array.isArray(value) ? 'a list' : 'a table';
}

function mismatch(expects: string, value: unknown): { problem: string } {
  return { problem: `must be ${expects}, not ${shown(value)}` };
}

export function text<T extends string | undefined>(row: {
  default: T;
  help: string;
  expects: string;
  example?: T;
  isSecret?: true;
  check?: Check<string>;
}): Option<string | T> {
  const { check = accept, ...rest } = row;
  return {
    ...rest,
    read(value) {
      if (typeof value === 'string') return check(value);
      return row.isSecret === true ? { problem: `must be ${row.expects}` } : mismatch(row.expects, value);
    },
    fromText: asIs,
    place: asIs,
  };
}

/** A place on disk, relative to the folder the program was started in; `keyword` is a word that is not a path. */
export function path<T extends string | undefined>(row: {
  default: T;
  help: string;
  expects: string;
  example?: T;
  keyword?: string;
}): Option<string | T> {
  const { keyword, ...rest } = row;
  return {
    ...rest,
    read: (value) =>
      typeof value === 'string' && value !== '' && !value.includes('\0') ? { value } : mismatch(row.expects, value),
    fromText: asIs,
    place: (value, workingDirectory) =>
      value === undefined || value === keyword ? value : resolve(workingDirectory, value),
  };
}

export function boolean(row: { default: boolean; help: string }): Option<boolean> {
  const expects = 'true or false';
  return {
    ...row,
    expects,
    read: (value) => (typeof value === 'boolean' ? { value } : mismatch(expects, value)),
    fromText: (raw) => (raw === 'true' ? true : raw === 'false' ? false : raw),
    place: asIs,
  };
}

export function integer(row: { default: number; help: string; min: number; max: number }): Option<number> {
  const expects = `an integer from ${row.min} to ${row.max}`;
  return {
    default: row.default,
    help: row.help,
    expects,
    read: (value) =>
      typeof value === 'bigint' && value >= row.min && value <= row.max
        ? { value: Number(value) }
        : mismatch(expects, value),
    // The bound on the length keeps BigInt, which is quadratic, away from megabytes of digits.
    fromText: (raw) => (/^-?\d{1,40}$/.test(raw) ? BigInt(raw) : raw),
    place: asIs,
  };
}

export function choice<const T extends string>(row: { default: T; help: string; values: readonly T[] }): Option<T> {
  const expects = `one of ${row.values.map((value) => `"${value}"`).join(', ')}`;
  return {
    default: row.default,
    help: row.help,
    expects,
    read: (value) => {
      const found = row.values.find((known) => known === value);
      return found === undefined ? mismatch(expects, value) : { value: found };
    },
    fromText: asIs,
    place: asIs,
  };
}

export function list(row: {
  default: readonly string[];
  help: string;
  of: string;
  example: readonly string[];
  check: Check<string>;
}): Option<readonly string[]> {
  const expects = `a list of ${row.of}`;
  return {
    default: Object.freeze(row.default),
    help: row.help,
    expects,
    example: row.example,
    read: (value) => {
      if (!Array.isArray(value)) return mismatch(expects, value);
      if (value.length > maxListLength)
        return { problem: `must have at most ${maxListLength} entries, not ${value.length}` };
      const items: string[] = [];
      for (const item of value) {
        const reading = typeof item === 'string' ? row.check(item) : mismatch(row.of, item);
        if ('problem' in reading)
          return {
            problem: `must be ${expects}: ${typeof item === 'string' ? `${quoted(item)} ${reading.problem}` : `an entry ${reading.problem}`}`,
          };
        items.push(reading.value);
      }
      return { value: Object.freeze(items) };
    },
    fromText: (raw) => (raw.trim() === '' ? [] : raw.split(',').map((item) => item.trim())),
    place: asIs,
  };
}
