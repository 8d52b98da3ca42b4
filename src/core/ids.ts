// Public identifiers and secrets from the system's cryptographic randomness.

import { randomBytes } from 'node:crypto';

export const base62Alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/**
 * `length` characters drawn evenly from `alphabet` (2 to 256 distinct characters).
 * Bytes that would favour the first characters are drawn again.
 */
export function randomText(alphabet: string, length: number): string {
  const ceiling = 256 - (256 % alphabet.length);
  let text = '';
  while (text.length < length) {
    for (const byte of randomBytes(length - text.length + 8)) {
      if (byte < ceiling && text.length < length) text += alphabet[byte % alphabet.length];
    }
  }
  return text;
}

const idLength = 16;

/** A public id such as `lnk_4fQm…`: the prefix, `_`, and 16 base62 characters (95 bits). */
export function newId(prefix: string): string {
  return `${prefix}_${randomText(base62Alphabet, idLength)}`;
}
