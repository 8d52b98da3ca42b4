// A caller's own JSON beside a link: an object that is small, shallow enough for any reader, and storable as text.

import { invalidField } from '../core/errors.ts';
import { escapeControls } from '../core/one-line.ts';
import { storableTextFault } from '../core/text-rules.ts';
import { maxPathPartLength } from '../core/validation.ts';
import { maxMetadataBytes } from './link-schemas.ts';

/** Levels below the metadata object itself. */
const maxDepth = 20;

function fail(path: string, phrase: string): never {
  throw invalidField(path, `${path} ${phrase}`);
}

function checkText(text: string, path: string): void {
  const fault = storableTextFault(text);
  if (fault !== undefined) fail(path, fault);
}

function checkValue(value: unknown, path: string, depth: number): void {
  if (typeof value === 'string') checkText(value, path);
  if (typeof value !== 'object' || value === null) return;
  if (depth > maxDepth) fail('metadata', `is nested more than ${maxDepth} levels deep`);
  for (const [key, inner] of Object.entries(value)) {
    // It would survive as text, and then change the prototype of whatever a careless reader copies it into.
    if (key === '__proto__') fail(path, 'must not have a key "__proto__"');
    checkText(key, path);
    checkValue(inner, `${path}.${escapeControls(key.slice(0, maxPathPartLength).toWellFormed())}`, depth + 1);
  }
}

/**
 * Metadata as it was given: at most 4,096 bytes as compact JSON.
 * @throws AppError VALIDATION_ERROR, with the path `metadata`
 */
export function parseMetadata(given: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  // Depth first: JSON.stringify overflows the stack on what JSON.parse could still read.
  checkValue(given, 'metadata', 0);
  if (Buffer.byteLength(JSON.stringify(given)) > maxMetadataBytes)
    fail('metadata', `is longer than ${maxMetadataBytes} bytes of JSON`);
  return given;
}
