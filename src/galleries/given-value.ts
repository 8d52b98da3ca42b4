// A field of an input as callers may give it: absent, null for "none", or a value that has yet to be read.

/** Undefined stays "not given", and null stays "none". */
export function readGiven<T, R>(value: T | null | undefined, read: (value: T) => R): R | null | undefined {
  if (value === undefined) return undefined;
  return value === null ? null : read(value);
}
