// The cookie that remembers for an hour that a visitor knew a link's password. It proves itself: HMAC-SHA256 over the link,
// the version of its password and the expiry. Nothing is stored, and a new password makes every older cookie worthless.

import { strict as assert } from 'node:assert';
import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';
import { BoundedCache } from '../core/bounded-cache.ts';
import type { Link } from '../links/link.ts';

type LockedLink = Pick<Link, 'id' | 'publicId' | 'passwordVersion'>;

const lifetimeS = 60 * 60;
// Half of the hash, the least that RFC 2104 advises: browsers keep some 180 cookies a host, and all must fit into the
// 16 KiB of headers that we take.
const signatureBytes = 16;
/** Of one name in one header: a browser sends one, and only a mischief-maker sends more than a few. */
const maxSameNamed = 4;
/** Cookies that have proved themselves and are remembered; about 100 bytes each. */
const rememberedCookies = 20_000;
const valuePattern = /^(\d{1,12})\.([\w-]{22})$/;

interface UnlockCookiesOptions {
  /** Random, at least 32 bytes, the same after a restart. */
  readonly secret: Uint8Array;
  /** Whether visitors come over https. */
  readonly isSecure: boolean;
}

export class UnlockCookies {
  readonly #key: KeyObject;
  readonly #prefix: string;
  readonly #attributes: string;
  /** What a signature was made over and the signature itself → when it expires. Only true ones: nobody else can fill it. */
  readonly #proved = new BoundedCache<string, number>(rememberedCookies);

  constructor({ secret, isSecure }: UnlockCookiesOptions) {
    assert(secret.length >= 32);
    // Made once: it takes several times as long as to sign with it.
    this.#key = createSecretKey(secret);
    // Browsers take a __Host- cookie from this very host over https only: no neighbouring subdomain can plant one.
    this.#prefix = isSecure ? '__Host-unlock_' : 'unlock_';
    this.#attributes = `Max-Age=${lifetimeS}; Path=/; HttpOnly; SameSite=Lax${isSecure ? '; Secure' : ''}`;
  }

  /** The value of a Set-Cookie header. The link's own id in the name lets several links be open at once. */
  issue(link: LockedLink, now: number): string {
    const expires = Math.floor(now / 1000) + lifetimeS;
    const signature = this.#sign(link, expires).toString('base64url');
    return `${this.#prefix}${link.publicId}=${expires}.${signature}; ${this.#attributes}`;
  }

  /** Whether the Cookie header holds a valid cookie of this link. Any other cookie is passed over. */
  isUnlocked(link: LockedLink, header: string | undefined, now: number): boolean {
    if (header === undefined) return false;
    const start = `${this.#prefix}${link.publicId}=`;
    let seen = 0;
    for (const part of header.split(';')) {
      const cookie = part.trim();
      if (!cookie.startsWith(start)) continue;
      if (this.#isValid(link, cookie.slice(start.length), now)) return true;
      if (++seen === maxSameNamed) return false;
    }
    return false;
  }

  #isValid(link: LockedLink, value: string, now: number): boolean {
    const proof = `${link.id} ${link.passwordVersion} ${value}`;
    const known = this.#proved.get(proof);
    if (known !== undefined) return now < known;
    const [, expires = '', signature = ''] = valuePattern.exec(value) ?? [];
    const expiresAt = Number(expires) * 1000;
    if (expiresAt <= now) return false;
    if (!timingSafeEqual(Buffer.from(signature, 'base64url'), this.#sign(link, Number(expires)))) return false;
    // Through bytes, or the cached key would keep the whole header alive.
    this.#proved.set(Buffer.from(proof).toString(), expiresAt);
    return true;
  }

  #sign({ id, passwordVersion }: LockedLink, expires: number): Buffer {
    const hmac = createHmac('sha256', this.#key).update(`unlock ${id} ${passwordVersion} ${expires}`);
    return hmac.digest().subarray(0, signatureBytes);
  }
}
