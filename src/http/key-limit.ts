// How often each API key may ask, by its user's plan, and the headers that tell its holder.

import type { Identity } from '../accounts/identity.ts';
import type { Clock } from '../core/clock.ts';
import { TokenBuckets } from './token-buckets.ts';

const windowS = 60;
const maxKeys = 50_000;

/** Shown as the limit where there is none: the largest integer that every client can read. */
export const shownForNone = 2_147_483_647;

export interface KeyAdmission {
  /** 0: the request may be answered; otherwise milliseconds until the next one may, and this one was not counted. */
  readonly waitMs: number;
  /** For every answer to the key, this one included. */
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Both forms of the same numbers. `X-RateLimit-Reset` is when all of the limit is there again if nothing more is asked.
 * `RateLimit` is draft-ietf-httpapi-ratelimit-headers-11: `t` is for how many seconds there will be no more than `r`.
 */
function headersOf(limit: number, remaining: number, nextS: number, resetAt: number): Record<string, string> {
  return {
    'X-RateLimit-Limit': String(limit),
    'X-RateLimit-Remaining': String(remaining),
    'X-RateLimit-Reset': String(resetAt),
    'RateLimit-Policy': `"default";q=${limit};w=${windowS}`,
    RateLimit: `"default";r=${remaining};t=${nextS}`,
  };
}

export class KeyLimit {
  readonly #clock: Clock;
  // By the limit, so that keys of one plan share an instance.
  readonly #bucketsByLimit = new Map<number, TokenBuckets>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Counts a request of the key, unless it comes too early. */
  admit({ key, limits }: Identity): KeyAdmission {
    const limit = limits.requestsPerMinute;
    const unixS = this.#clock.now() / 1000;
    if (limit === Infinity) {
      return { waitMs: 0, headers: headersOf(shownForNone, shownForNone, windowS, Math.ceil(unixS)) };
    }
    const buckets = this.#bucketsFor(limit);
    const now = this.#clock.monotonic();
    const waitMs = buckets.take(key.publicId, now);
    const { tokens, nextMs, fullMs } = buckets.level(key.publicId, now);
    return { waitMs, headers: headersOf(limit, tokens, Math.ceil(nextMs / 1000), Math.ceil(unixS + fullMs / 1000)) };
  }

  #bucketsFor(limit: number): TokenBuckets {
    let buckets = this.#bucketsByLimit.get(limit);
    if (buckets === undefined) {
      buckets = new TokenBuckets({ capacity: limit, refillMs: (windowS * 1000) / limit, maxKeys });
      this.#bucketsByLimit.set(limit, buckets);
    }
    return buckets;
  }
}
