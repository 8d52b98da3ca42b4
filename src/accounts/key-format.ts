// API keys as text. Each ends in a checksum, so that a mistyped or made-up key is refused without a look into the database.

import { hash, randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { base62Alphabet, randomText } from '../core/ids.ts';

/**
 * `sp`: `sp_`, 30 base62 characters (178 bits), and 6 base62 characters of the CRC32 of all before them.
 * `hex`: 24 lower-case hex characters (96 bits) and 8 of their CRC32, because clients of X.gd check for 32 hex characters.
 */
export const keyFormats = ['sp', 'hex'] as const;
export type KeyFormat = (typeof keyFormats)[number];

const spRandomLength = 30;
const spChecksumLength = 6;
const spPattern = /^sp_[0-9A-Za-z]{36}$/;
const hexRandomBytes = 12;
const hexChecksumLength = 8;
const hexPattern = /^[0-9a-f]{32}$/;

function base62(value: number, length: number): string {
  let text = '';
  for (let rest = value; text.length < length; rest = Math.floor(rest / 62)) text = base62Alphabet[rest % 62] + text;
  return text;
}

const spChecksum = (text: string): string => base62(crc32(text), spChecksumLength);
const hexChecksum = (text: string): string => crc32(text).toString(16).padStart(hexChecksumLength, '0');

/** A new secret from the system's randomness. Shown to its user once; only its hash is kept. */
export function createSecret(format: KeyFormat): string {
  if (format === 'hex') {
    const text = randomBytes(hexRandomBytes).toString('hex');
    return text + hexChecksum(text);
  }
  const text = `sp_${randomText(base62Alphabet, spRandomLength)}`;
  return text + spChecksum(text);
}

/** Whether the text has the form and the checksum of a key; says nothing about whether there is such a key. */
export function secretLooksRight(text: string): boolean {
  if (spPattern.test(text)) return spChecksum(text.slice(0, -spChecksumLength)) === text.slice(-spChecksumLength);
  if (hexPattern.test(text)) return hexChecksum(text.slice(0, -hexChecksumLength)) === text.slice(-hexChecksumLength);
  return false;
}

/** What the database keeps. Unsalted and fast on purpose: the secret has 96 random bits or more, so there is nothing to guess. */
export function hashSecret(text: string): Buffer {
  return hash('sha256', text, 'buffer');
}
