// Notes when each key was last used: at most once a minute, in passing, so that no request waits for it.

import type { ApiKey } from '../accounts/accounts-store.ts';
import { BoundedCache } from '../core/bounded-cache.ts';
import type { Clock } from '../core/clock.ts';

const intervalMs = 60_000;
const maxKeys = 10_000;

interface KeyUsesOptions {
  /** Stores a use. */
  readonly store: (keyId: number, usedAt: number) => Promise<void>;
  readonly clock: Clock;
  /** Told when a use could not be stored; the next one is tried again. */
  readonly onFailure: (error: unknown) => void;
}

export class KeyUses {
  readonly #options: KeyUsesOptions;
  /** When each key's use was last handed over, by the monotonic clock. */
  readonly #notedAt = new BoundedCache<number, number>(maxKeys);

  constructor(options: KeyUsesOptions) {
    this.#options = options;
  }

  note({ id }: Pick<ApiKey, 'id'>): void {
    const { store, clock, onFailure } = this.#options;
    const now = clock.monotonic();
    const notedAt = this.#notedAt.get(id);
    if (notedAt !== undefined && now - notedAt < intervalMs) return;
    this.#notedAt.set(id, now);
    store(id, clock.now()).catch((error: unknown) => {
      this.#notedAt.delete(id);
      onFailure(error);
    });
  }
}
