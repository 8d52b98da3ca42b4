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

export interface BucketLevel {
  /** Tokens that can be taken now. */
  readonly tokens: number;
  /** Milliseconds until there is one more; 0 in a full bucket. */
  readonly nextMs: number;
  /** Milliseconds until the bucket is full. */
  readonly fullMs: number;
}

// Every time here is a whole number of these, so that sums are exact for 30 years of uptime: with any other fraction, a
// thousand refills added up would not be a thousand refills, and now and then a token would be missing.
const ticksPerMs = 8192;

const floorToTick = (ms: number): number => Math.floor(ms * ticksPerMs) / ticksPerMs;

export class TokenBuckets {
  readonly #capacity: number;
  readonly #refillMs: number;
  readonly #maxKeys: number;
  /** How far ahead a bucket's `fullAt` may lie for one more token to be taken. */
  readonly #roomMs: number;
  // When each bucket will be full again: the one number that says how many tokens are in it. In the order of last use.
  readonly #fullAt = new Map<string, number>();

  constructor({ capacity, refillMs, maxKeys }: TokenBucketsOptions) {
    assert(capacity >= 1 && refillMs > 0 && maxKeys >= 1);
    this.#capacity = capacity;
    this.#refillMs = Math.max(Math.round(refillMs * ticksPerMs), 1) / ticksPerMs;
    this.#maxKeys = maxKeys;
    this.#roomMs = (capacity - 1) * this.#refillMs;
  }

  /**
   * Takes a token and returns 0, or takes none and returns the milliseconds until there is one.
   * @param now milliseconds of a monotonic clock
   */
  take(key: string, now: number): number {
    const missingMs = this.#missingMs(key, now);
    if (missingMs > this.#roomMs) return missingMs - this.#roomMs;
    // Set anew, the key moves to the end.
    this.#fullAt.delete(key);
    this.#fullAt.set(key, floorToTick(now) + missingMs + this.#refillMs);
    if (this.#fullAt.size > this.#maxKeys) this.#fullAt.delete(this.#fullAt.keys().next().value as string);
    return 0;
  }

  /** Milliseconds until a token can be taken; 0: now. Takes none. */
  waitMs(key: string, now: number): number {
    return Math.max(this.#missingMs(key, now) - this.#roomMs, 0);
  }

  level(key: string, now: number): BucketLevel {
    const fullMs = this.#missingMs(key, now);
    const missing = Math.ceil(fullMs / this.#refillMs);
    const nextMs = missing === 0 ? 0 : fullMs - (missing - 1) * this.#refillMs;
    return { tokens: this.#capacity - missing, nextMs, fullMs };
  }

  /** Returns a token that was taken for something that did not happen, or that turned out not to count. */
  giveBack(key: string): void {
    const fullAt = this.#fullAt.get(key);
    if (fullAt !== undefined) this.#fullAt.set(key, fullAt - this.#refillMs);
  }

  #missingMs(key: string, now: number): number {
    return Math.max((this.#fullAt.get(key) ?? 0) - floorToTick(now), 0);
  }
}
