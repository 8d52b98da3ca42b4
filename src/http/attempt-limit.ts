// How often a link's password may be guessed: by one client on one link, by one client on all links, and on one link by
// everybody together. Right answers do not use up a try.

import type { Clock } from '../core/clock.ts';
import { clientNetwork } from './client-network.ts';
import { TokenBuckets } from './token-buckets.ts';

// Ten tries are more than a person needs who half remembers a password. The other two are for one who guesses on many
// links, and for many who guess on one: a class that mistypes stays below them, a botnet gets 8,640 guesses a day.
const onLinkByClient = { capacity: 10, refillMs: 30_000, maxKeys: 50_000 };
const byClient = { capacity: 30, refillMs: 10_000, maxKeys: 50_000 };
const onLink = { capacity: 60, refillMs: 10_000, maxKeys: 50_000 };

type Taken = readonly [buckets: TokenBuckets, key: string];

export class AttemptLimit {
  readonly #clock: Clock;
  readonly #onLink = new TokenBuckets(onLink);
  readonly #byClient = new TokenBuckets(byClient);
  readonly #onLinkByClient = new TokenBuckets(onLinkByClient);

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Counts a try that is about to be made, so that parallel ones cannot slip through together.
   * @returns 0, or the milliseconds to wait: then the try must not be made, and is not counted
   */
  begin(linkId: number, address: string): number {
    const now = this.#clock.monotonic();
    const tries = this.#tries(linkId, address);
    for (const [index, [buckets, key]] of tries.entries()) {
      const waitMs = buckets.take(key, now);
      if (waitMs === 0) continue;
      for (const [earlier, earlierKey] of tries.slice(0, index)) earlier.giveBack(earlierKey);
      return waitMs;
    }
    return 0;
  }

  /** Takes back what `begin` counted: the password was right, or could not be checked. */
  forgive(linkId: number, address: string): void {
    for (const [buckets, key] of this.#tries(linkId, address)) buckets.giveBack(key);
  }

  // The link's own first: a client that it refuses leaves no trace in the other two, so that nobody can flood those.
  #tries(linkId: number, address: string): readonly Taken[] {
    const client = clientNetwork(address);
    return [
      [this.#onLink, String(linkId)],
      [this.#byClient, client],
      [this.#onLinkByClient, `${linkId} ${client}`],
    ];
  }
}
