// Password hashes: argon2id, off the event loop, a few at a time. Beyond a short queue callers are told to come back,
// because each hash takes tens of megabytes and many at once would starve the redirects.
// Passwords are hashed and compared in NFC: keyboards differ in how they spell é, and nobody can see it.

import { AppError } from '../core/errors.ts';

// OWASP's password storage cheat sheet: argon2id with at least 19 MiB, two passes, one lane.
const parameters = { memoryCost: 19 * 1024, timeCost: 2, parallelism: 1 } as const;
/** Loaded with the first password: most servers start without having one to check. */
const argon2 = () => import('@node-rs/argon2');
const maxRunning = 2;
const maxWaiting = 16;

export class Passwords {
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  /** How many wait for their turn. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** The hash to store. Throws RATE_LIMITED when too many are waiting. */
  hash(password: string): Promise<string> {
    return this.#inTurn(async () => (await argon2()).hash(password.normalize('NFC'), parameters));
  }

  /** Whether the password is the one that was hashed. Throws RATE_LIMITED when too many are waiting. */
  matches(passwordHash: string, password: string): Promise<boolean> {
    return this.#inTurn(async () => (await argon2()).verify(passwordHash, password.normalize('NFC')));
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= maxRunning) {
      if (this.#waiting.length >= maxWaiting)
        throw new AppError('RATE_LIMITED', 'too many passwords are being checked; try again');
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else this.#running++;
    try {
      return await work();
    } finally {
      // The place passes on to whoever waited longest; only an unclaimed place is given back.
      const next = this.#waiting.shift();
      if (next === undefined) this.#running--;
      else next();
    }
  }
}
