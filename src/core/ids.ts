// Public identifiers and secrets from the system's cryptographic randomness.

import { randomFillSync } from 'node:crypto';

export const base62Alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

// Asking the system for a few bytes costs as much as asking for some thousand.
const pool = Buffer.alloc(4096);
let used = pool.length;

/** A random byte; it is wiped as it is handed out, so that no secret can be read back from the pool. */
function randomByte(): number {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const byte = pool[used]!;
  pool[used++] = 0;
  return byte;
}

/**
 * `length` characters drawn evenly from `alphabet` (2 to 256 distinct characters).
 * Bytes that would favour the first characters are drawn again.
 */
export function randomText(alphabet: string, length: number): string {
  const ceiling = 256 - (256 % alphabet.length);
  let text = '';
  while (text.length < length) {
    const byte = randomByte();
    if (byte < ceiling) text += alphabet[byte % alphabet.length];
  }
  return text;
}

const idLength = 16;

/** A public id such as `lnk_4fQm…`: the prefix, `_`, and 16 base62 characters (95 bits). */
export function newId(prefix: string): string {
  return `${prefix}_${randomText(base62Alphabet, idLength)}`;
}

const timeCharacters = 7;

/** The same, but drawn so that later ones sort behind earlier ones: 7 characters are the millisecond, 9 are random (53 bits). */
export function newOrderedId(prefix: string, now: number): string {
  let time = '';
  for (let rest = now; time.length < timeCharacters; rest = Math.floor(rest / 62))
    time = base62Alphabet[rest % 62]! + time;
  return `${prefix}_${time}${randomText(base62Alphabet, idLength - timeCharacters)}`;
}
