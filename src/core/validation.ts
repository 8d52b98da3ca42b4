// Input from outside, checked: the text rules that all fields share, and every fault of one input reported at once.
// Messages begin with the field's path, so that they read as sentences wherever they are shown.

import * as z from 'zod';
import { AppError, type ErrorCode, type ErrorDetail } from './errors.ts';
import { suggestion } from './nearest.ts';
import { escapeControls } from './one-line.ts';

/** Faults reported for one input; further ones are counted, not listed. */
export const maxFaults = 50;
/** Unknown fields that get a "did you mean": the comparison is slow, and a body may hold thousands of them. */
const maxSuggestions = 5;
/** Characters of one key in a detail's path: the keys may be the caller's, and long. */
export const maxPathPartLength = 60;

/** Whether `text` has more than `limit` Unicode code points; costs no more than the limit, however long the text. */
export function isLongerThan(text: string, limit: number): boolean {
  if (text.length <= limit) return false;
  if (text.length > limit * 2) return true;
  let points = 0;
  for (const _ of text) points++;
  return points > limit;
}

/** Why `text` cannot be stored (NUL ends a text for some readers of SQLite; half a surrogate pair is no UTF-8), or undefined. */
export function storableTextFault(text: string): string | undefined {
  if (text.includes('\0')) return 'contains a NUL character';
  if (!text.isWellFormed()) return 'contains half of a surrogate pair';
  return undefined;
}

const controls = /\p{Cc}/u;
const controlsButLineBreaks = /(?![\n\t])\p{Cc}/u;

/** Why `text` cannot be a line of text, or undefined. Line breaks and other controls have no place in a name, a tag or a parameter. */
export function lineFault(text: string): string | undefined {
  return storableTextFault(text) ?? (controls.test(text) ? 'contains a control character' : undefined);
}

/** Why `text` cannot be text of several lines, or undefined. Lines end in LF alone; tabs are text. */
export function linesFault(text: string): string | undefined {
  return storableTextFault(text) ?? (controlsButLineBreaks.test(text) ? 'contains a control character' : undefined);
}

/**
 * A schema for a line of `min` to `max` code points (JSON Schema's maxLength counts those too; zod's own counts UTF-16 units).
 * @param faultOf what else is wrong with a text; by default, anything that is no single line
 */
export function textField(
  max: number,
  min = 0,
  faultOf: (text: string) => string | undefined = lineFault,
): z.ZodString {
  const length = min === 0 ? { maxLength: max } : { minLength: min, maxLength: max };
  return z
    .string()
    .superRefine((text, context) => {
      const fault =
        faultOf(text) ??
        (isLongerThan(text, max) ? `is longer than ${max} characters` : undefined) ??
        (min > 0 && !isLongerThan(text, min - 1)
          ? min === 1
            ? 'is empty'
            : `is shorter than ${min} characters`
          : undefined);
      if (fault !== undefined) context.addIssue({ code: 'custom', message: fault });
    })
    .meta(length);
}

const expectations: Readonly<Record<string, string>> = {
  string: 'must be a string',
  number: 'must be a number',
  int: 'must be a whole number',
  boolean: 'must be true or false',
  array: 'must be a list',
  object: 'must be an object',
  record: 'must be an object',
};

function bound(issue: z.core.$ZodIssueTooBig | z.core.$ZodIssueTooSmall): string {
  const isBig = issue.code === 'too_big';
  const limit = String(isBig ? issue.maximum : issue.minimum);
  if (issue.origin === 'array') return isBig ? `has more than ${limit} items` : `has fewer than ${limit} items`;
  if (issue.origin === 'string')
    return isBig ? `is longer than ${limit} characters` : `is shorter than ${limit} characters`;
  return isBig ? `must be at most ${limit}` : `must be at least ${limit}`;
}

function phrase(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type') {
    if (issue.input === undefined) return 'is required';
    return expectations[issue.expected] ?? `must be of type ${issue.expected}`;
  }
  if (issue.code === 'invalid_value') {
    return issue.input === undefined ? 'is required' : `must be one of ${issue.values.map(String).join(', ')}`;
  }
  return issue.code === 'too_big' || issue.code === 'too_small' ? bound(issue) : issue.message;
}

function joinPath(parts: readonly PropertyKey[]): string {
  return parts
    .map((part) => {
      const text = String(part);
      const cut = text.length > maxPathPartLength ? `${text.slice(0, maxPathPartLength)}…` : text;
      return escapeControls(cut.toWellFormed());
    })
    .join('.');
}

/** The names of a schema's fields, for suggestions. */
function fieldNames(schema: z.ZodType): readonly string[] {
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}

/**
 * What is wrong with one input, collected over several checks and thrown together.
 * The error's code is that of the first fault; a schema's faults therefore outrank those found after it.
 */
export class Faults {
  readonly #details: ErrorDetail[] = [];
  #count = 0;
  #code: ErrorCode = 'VALIDATION_ERROR';

  /** @param phrase what is wrong, without the field's name: `is required` */
  add(path: string, phrase: string, code: ErrorCode = 'VALIDATION_ERROR'): void {
    this.#addDetail({ path, message: `${path === '' ? 'the body' : path} ${phrase}` }, code);
  }

  /** The result of `parse`, or undefined and its AppError's details noted. Any other error is a bug and passes through. */
  attempt<T>(parse: () => T): T | undefined {
    try {
      return parse();
    } catch (error) {
      if (!(error instanceof AppError) || error.details.length === 0) throw error;
      for (const detail of error.details) this.#addDetail(detail, error.code);
      return undefined;
    }
  }

  /** The parsed input, or undefined and every issue noted, unknown fields one by one. */
  check<S extends z.ZodType>(schema: S, input: unknown): z.output<S> | undefined {
    const outcome = schema.safeParse(input, { reportInput: true });
    if (outcome.success) return outcome.data;
    for (const issue of outcome.error.issues) {
      if (issue.code === 'unrecognized_keys') this.#addUnknownFields(issue, schema);
      else this.add(joinPath(issue.path), issue.path.length === 0 ? 'must be a JSON object' : phrase(issue));
    }
    return undefined;
  }

  /** @throws AppError with the first fault's code and up to 50 details, when there is any */
  throwIfAny(): void {
    const first = this.#details[0];
    if (first === undefined) return;
    const others = this.#count - 1;
    throw new AppError(
      this.#code,
      others === 0 ? first.message : `${first.message} (and ${others} more)`,
      this.#details,
    );
  }

  #addUnknownFields(issue: z.core.$ZodIssueUnrecognizedKeys, schema: z.ZodType): void {
    const known = issue.path.length === 0 ? fieldNames(schema) : [];
    issue.keys.forEach((key, index) => {
      const hint = known.length > 0 && index < maxSuggestions ? `; ${suggestion(key, known)}` : '';
      this.add(joinPath([...issue.path, key]), `is not a known field${hint}`);
    });
  }

  #addDetail(detail: ErrorDetail, code: ErrorCode): void {
    if (this.#count === 0) this.#code = code;
    this.#count++;
    if (this.#details.length < maxFaults) this.#details.push(detail);
  }
}

const instantPattern =
  /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?(?:[Zz]|([+-])(\d\d)(?::?(\d\d))?)$/;

/**
 * ISO 8601 date and time with an offset (`Z`, `+02:00`, `+0200`, `+02`) as Unix milliseconds, finer digits cut off;
 * undefined for anything else. Days that do not exist are refused, where Date.parse would move 30 February to March.
 */
export function parseInstant(text: string): number | undefined {
  const match = instantPattern.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second = '0', fraction = '', sign, offsetHour = '0', offsetMinute = '0'] =
    match;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  if (Number(offsetHour) > 23 || Number(offsetMinute) > 59) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  // A day too many, or none, has moved into another month, and a month too many into January.
  if (date.getUTCMonth() !== Number(month) - 1) return undefined;
  date.setUTCHours(Number(hour), Number(minute), Number(second), Number(fraction.slice(0, 3).padEnd(3, '0')));
  const offsetMs = (Number(offsetHour) * 60 + Number(offsetMinute)) * 60_000;
  return date.getTime() - (sign === '-' ? -offsetMs : offsetMs);
}

/** How a query parameter is read: `integer` and `flag` become numbers and booleans where they look like one; `list` may repeat. */
export type QueryKind = 'text' | 'integer' | 'flag' | 'list';

const flags: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['1', true],
  ['false', false],
  ['0', false],
]);

/**
 * A query string as an object for a schema to check. An empty value counts as absent (forms send those); a parameter
 * that is not a list and comes twice is a fault; unknown ones are kept, for a strict schema to refuse by name.
 */
export function queryValues(
  query: URLSearchParams,
  kinds: Readonly<Record<string, QueryKind>>,
  faults: Faults,
): object {
  // No prototype: a parameter may be called `__proto__`.
  const values = Object.create(null) as Record<string, unknown>;
  for (const name of new Set(query.keys())) {
    const given = query.getAll(name).filter((value) => value !== '');
    const value = given[0];
    const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
    if (value === undefined && kind !== undefined) continue;
    if (kind === 'list') values[name] = given;
    else if (kind === 'integer' && value !== undefined && /^-?\d{1,15}$/.test(value)) values[name] = Number(value);
    else if (kind === 'flag' && value !== undefined) values[name] = flags.get(value) ?? value;
    else values[name] = value ?? '';
    if (kind !== undefined && kind !== 'list' && given.length > 1) faults.add(name, 'is given more than once');
  }
  return values;
}
