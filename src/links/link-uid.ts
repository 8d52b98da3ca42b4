// A link's long id, for clients that show it as a secret: 40 letters and digits, of which nobody can guess one who knows the short
// id. Made of the short id and a keyed hash of it, so that nothing has to be stored.

import { strict as assert } from 'node:assert';
import { createHmac, timingSafeEqual } from 'node:crypto';
import { base62Alphabet } from '../core/ids.ts';

const prefix = 'lnk_';
const idLength = 16;
const base36 = 36n;
/** Of the short id: 62^16 < 36^19. */
const idDigits = 19;
/** Of the keyed hash: 108 bits. */
const proofDigits = 21;
const uidPattern = /^[0-9a-z]{40}$/;

function inBase36(value: bigint, digits: number): string {
  return value.toString(Number(base36)).padStart(digits, '0');
}

export class LinkUids {
  readonly #secret: Uint8Array;

  /** @param secret at least 32 bytes, the same after a restart */
  constructor(secret: Uint8Array) {
    assert(secret.length >= 32);
    this.#secret = secret;
  }

  /** @param publicId `lnk_…` */
  of(publicId: string): string {
    const id = publicId.slice(prefix.length);
    assert(id.length === idLength);
    let value = 0n;
    for (const letter of id) value = value * 62n + BigInt(base62Alphabet.indexOf(letter));
    return inBase36(value, idDigits) + this.#proofOf(publicId);
  }

  /** The short id, or undefined where the text is no link's long id. Says nothing about whether there still is such a link. */
  publicIdOf(uid: string): string | undefined {
    if (!uidPattern.test(uid)) return undefined;
    let value = 0n;
    for (const digit of uid.slice(0, idDigits)) value = value * base36 + BigInt(Number.parseInt(digit, Number(base36)));
    let id = '';
    for (let left = idLength; left > 0; left--) {
      id = base62Alphabet[Number(value % 62n)] + id;
      value /= 62n;
    }
    const publicId = prefix + id;
    const isProved = timingSafeEqual(Buffer.from(this.#proofOf(publicId)), Buffer.from(uid.slice(idDigits)));
    return isProved && value === 0n ? publicId : undefined;
  }

  #proofOf(publicId: string): string {
    const hash = createHmac('sha256', this.#secret).update(`link ${publicId}`).digest('hex');
    return inBase36(BigInt(`0x${hash}`) % base36 ** BigInt(proofDigits), proofDigits);
  }
}
