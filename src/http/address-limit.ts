// How often one client, known by its address alone, may do something: so many a minute, all of them at once if it likes.

import type { Clock } from '../core/clock.ts';
import { clientNetwork } from './client-network.ts';
import { TokenBuckets } from './token-buckets.ts';

const minuteMs = 60_000;
const maxClients = 50_000;

export class AddressLimit {
  readonly #clock: Clock;
  readonly #buckets: TokenBuckets | undefined;

  /** @param perMinute 0: no limit */
  constructor(perMinute: number, clock: Clock) {
    this.#clock = clock;
    this.#buckets =
      perMinute === 0
        ? undefined
        : new TokenBuckets({ capacity: perMinute, refillMs: minuteMs / perMinute, maxKeys: maxClients });
  }

  /**
   * Counts one; returns 0, or the milliseconds to wait, and then it is not counted.
   * @param address as ClientAddresses gives it
   */
  take(address: string): number {
    return this.#buckets?.take(clientNetwork(address), this.#clock.monotonic()) ?? 0;
  }

  /** Milliseconds until the client may; 0: now. Counts nothing. */
  waitMs(address: string): number {
    return this.#buckets?.waitMs(clientNetwork(address), this.#clock.monotonic()) ?? 0;
  }
}
