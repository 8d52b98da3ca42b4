// Names that people give: of users, of keys.

import { invalidField } from '../core/errors.ts';

const maxLabelLength = 100;

/** 1 to 100 characters on one line, NFC, without surrounding space. Throws VALIDATION_ERROR. */
export function parseLabel(path: string, text: string): string {
  const label = text.normalize('NFC').trim();
  const length = [...label].length;
  if (length < 1 || length > maxLabelLength)
    throw invalidField(path, `${path} must have 1 to ${maxLabelLength} characters, not ${length}`);
  // Cc: controls, Cs: halves of a surrogate pair, which SQLite would store as something else; Zl, Zp: line ends.
  if (/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u.test(label)) throw invalidField(path, `${path} must be one line of text`);
  return label;
}
