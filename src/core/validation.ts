// Input from outside, checked, and every fault of one input reported at once.
// Messages begin with the field's path, so that they read as sentences wherever they are shown.

import type * as z from 'zod';
import { AppError, type ErrorCode, type ErrorDetail } from './errors.ts';
import { suggestion } from './nearest.ts';
import { escapeControls } from './one-line.ts';

/** Faults reported for one input; further ones are counted, not listed. */
export const maxFaults = 50;
/** Unknown fields that get a "did you mean": the comparison is slow, and a body may hold thousands of them. */
const maxSuggestions = 5;
/** Characters of one key in a detail's path: the keys may be the caller's, and long. */
export const maxPathPartLength = 60;

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
  return 'shape' in schema && schema.shape instanceof Object ? Object.keys(schema.shape) : [];
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
