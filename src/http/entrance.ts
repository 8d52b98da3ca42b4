// What every request of the API passes first: who asks, and whether they come too often. Short links never come here.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import type { Identity } from '../accounts/identity.ts';
import type { Plans } from '../accounts/plans.ts';
import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import type { Connection } from '../storage/query.ts';
import { AddressLimit } from './address-limit.ts';
import { Authenticator } from './auth.ts';
import type { ClientAddresses } from './client-address.ts';
import { KeyLimit } from './key-limit.ts';
import { KeyUses } from './key-uses.ts';

interface EntranceOptions {
  readonly reader: Connection;
  readonly plans: Plans;
  readonly clientAddresses: ClientAddresses;
  /** Of one client; 0: no limit. */
  readonly wrongKeysPerMinute: number;
  /** Requests that need no key, of one client; 0: no limit. */
  readonly anonymousRequestsPerMinute: number;
  readonly storeKeyUse: (keyId: number, usedAt: number) => Promise<void>;
  readonly clock: Clock;
  readonly log: Logger;
}

function requireNoWait(waitMs: number): void {
  if (waitMs > 0) {
    throw new AppError('RATE_LIMITED', 'too many requests', [], { retryAfterS: Math.ceil(waitMs / 1000) });
  }
}

export class Entrance {
  readonly #authenticator: Authenticator;
  readonly #keyLimit: KeyLimit;
  readonly #anonymousLimit: AddressLimit;
  readonly #keyUses: KeyUses;
  readonly #clientAddresses: ClientAddresses;

  constructor(options: EntranceOptions) {
    const { reader, plans, clientAddresses, clock, log } = options;
    const failures = new AddressLimit(options.wrongKeysPerMinute, clock);
    this.#authenticator = new Authenticator({ reader, plans, failures, clock });
    this.#keyLimit = new KeyLimit(clock);
    this.#anonymousLimit = new AddressLimit(options.anonymousRequestsPerMinute, clock);
    this.#keyUses = new KeyUses({
      store: options.storeKeyUse,
      clock,
      onFailure: (error) => log.warn({ err: error }, 'the use of an API key could not be noted'),
    });
    this.#clientAddresses = clientAddresses;
  }

  /**
   * Counts a request with a key, and says whose it is; the response gets the headers that tell what is left.
   * Throws UNAUTHORIZED, or RATE_LIMITED.
   * @param secret the key; undefined: none was sent
   */
  admitKey(request: IncomingMessage, response: ServerResponse, secret: string | undefined): Identity {
    const identity = this.#authenticator.identify(secret, this.#addressOf(request));
    this.#keyUses.note(identity.key);
    const { waitMs, headers } = this.#keyLimit.admit(identity);
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    requireNoWait(waitMs);
    return identity;
  }

  /** Counts a request that needs no key. Throws RATE_LIMITED. */
  admitAnyone(request: IncomingMessage): void {
    requireNoWait(this.#anonymousLimit.take(this.#addressOf(request)));
  }

  #addressOf({ socket, headers }: IncomingMessage): string {
    return this.#clientAddresses.of(socket.remoteAddress, headers);
  }
}
