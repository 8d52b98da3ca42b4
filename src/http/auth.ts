// Who asks: the API key of a request, checked against the database every time, so that a revoked key stops at once.
// Clients that keep coming with wrong ones are turned away before the database is asked.

import { hash } from 'node:crypto';
import { findKeyHolder, type Identity } from '../accounts/identity.ts';
import type { Plans } from '../accounts/plans.ts';
import { BoundedCache } from '../core/bounded-cache.ts';
import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import type { Connection } from '../storage/query.ts';
import type { AddressLimit } from './address-limit.ts';

const maxRemembered = 10_000;

interface AuthenticatorOptions {
  readonly reader: Connection;
  readonly plans: Plans;
  /** Wrong keys from one client. */
  readonly failures: AddressLimit;
  readonly clock: Clock;
}

/** The key in an Authorization header: undefined without the header, '' where it holds none. */
export function bearerSecret(authorization: string | undefined): string | undefined {
  return authorization === undefined ? undefined : (/^Bearer +(\S+) *$/i.exec(authorization)?.[1] ?? '');
}

export class Authenticator {
  readonly #options: AuthenticatorOptions;
  /**
   * Hashes of keys that were right lately. They are let through where their address has failed too often: behind one
   * address there may be a whole office, and one forgotten script must not lock out everybody else.
   */
  readonly #good = new BoundedCache<string, true>(maxRemembered);

  constructor(options: AuthenticatorOptions) {
    this.#options = options;
  }

  /**
   * Throws UNAUTHORIZED, which never says what exactly was wrong with a key, or RATE_LIMITED.
   * @param secret undefined: none was sent, which is answered, but is no guess
   * @param address the client's, as ClientAddresses gives it
   */
  identify(secret: string | undefined, address: string): Identity {
    const { reader, plans, failures, clock } = this.#options;
    if (secret === undefined) throw new AppError('UNAUTHORIZED', 'an API key is required: Authorization: Bearer <key>');
    const digest = hash('sha256', secret, 'base64');
    const waitMs = failures.waitMs(address);
    if (waitMs > 0 && this.#good.get(digest) === undefined) {
      throw new AppError('RATE_LIMITED', 'too many wrong API keys came from this address', [], {
        retryAfterS: Math.ceil(waitMs / 1000),
      });
    }
    const holder = findKeyHolder(reader, secret, clock.now());
    if (holder === undefined || holder === 'inactive') {
      this.#good.delete(digest);
      failures.take(address);
      throw new AppError('UNAUTHORIZED', 'the API key is not valid', [], { isInactiveKey: holder === 'inactive' });
    }
    this.#good.set(digest, true);
    return { ...holder, limits: plans[holder.user.plan] };
  }
}
