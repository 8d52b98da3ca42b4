// The signed part of a preview address: shows an unpublished gallery to whoever its owner gives it to, for an hour.
// It proves itself: HMAC-SHA256 over the gallery and the expiry. Nothing is stored.

import { strict as assert } from 'node:assert';
import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';
import type { Gallery } from './gallery.ts';

const lifetimeS = 60 * 60;
const signatureBytes = 16;
const tokenPattern = /^(\d{1,12})\.([\w-]{22})$/;

export interface PreviewToken {
  readonly token: string;
  /** Unix milliseconds. */
  readonly expiresAt: number;
}

export class PreviewTokens {
  readonly #key: KeyObject;

  /** @param secret random, at least 32 bytes, the same after a restart */
  constructor(secret: Uint8Array) {
    assert(secret.length >= 32);
    this.#key = createSecretKey(secret);
  }

  issue({ id }: Pick<Gallery, 'id'>, now: number): PreviewToken {
    const expires = Math.floor(now / 1000) + lifetimeS;
    return { token: `${expires}.${this.#sign(id, expires).toString('base64url')}`, expiresAt: expires * 1000 };
  }

  isValid({ id }: Pick<Gallery, 'id'>, token: string, now: number): boolean {
    const [, expires = '', signature = ''] = tokenPattern.exec(token) ?? [];
    if (Number(expires) * 1000 <= now) return false;
    return timingSafeEqual(Buffer.from(signature, 'base64url'), this.#sign(id, Number(expires)));
  }

  #sign(galleryId: number, expires: number): Buffer {
    const hmac = createHmac('sha256', this.#key).update(`preview ${galleryId} ${expires}`);
    return hmac.digest().subarray(0, signatureBytes);
  }
}
