// Token buckets by key, for whatever a caller may do only so often: so many at once, then one every so often.
// Time comes from a clock that never steps back, and memory is bounded: past `maxKeys` the key used longest ago is forgotten.

import { strict as assert } from 'node:assert';

interface TokenBucketsOptions {
  /** Tokens in a full bucket. */
  readonly capacity: number;
  /** Milliseconds until one token comes back. */
  readonly refillMs: number;
  readonly maxKeys: number;
}

export class TokenBuckets {
  readonly #refillMs: number;
  readonly #maxKeys: number;
  /** How far ahead a bucket's `fullAt` may lie for one more token to be taken. */
  readonly #roomMs: number;
  // When each bucket will be full again: the one number that says how many tokens are in it. In the order of last use.
  readonly #fullAt = new Map<string, number>();

  constructor({ capacity, refillMs, maxKeys }: TokenBucketsOptions) {
    assert(capacity >= 1 && refillMs > 0 && maxKeys >= 1);
    this.#refillMs = refillMs;
    this.#maxKeys = maxKeys;
    this.#roomMs = (capacity - 1) * refillMs;
  }

  /**
   * Takes a token and returns 0, or takes none and returns the milliseconds until there is one.
   * @param now milliseconds of a monotonic clock
   */
  take(key: string, now: number): number {
    const fullAt = Math.max(this.#fullAt.get(key) ?? now, now);
    const waitMs = fullAt - now - this.#roomMs;
    if (waitMs > 0) return waitMs;
    // Set anew, the key moves to the end.
    this.#fullAt.delete(key);
    this.#fullAt.set(key, fullAt + this.#refillMs);
    if (this.#fullAt.size > this.#maxKeys) this.#fullAt.delete(this.#fullAt.keys().next().value as string);
    return 0;
  }

  /** Returns a token that was taken for something that did not happen, or that turned out not to count. */
  giveBack(key: string): void {
    const fullAt = this.#fullAt.get(key);
    if (fullAt !== undefined) this.#fullAt.set(key, fullAt - this.#refillMs);
  }
}
