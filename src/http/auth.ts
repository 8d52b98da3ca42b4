// Who asks: the API key of a request, checked against the database every time, so that a revoked key stops at once.

import { findIdentity, type Identity } from '../accounts/identity.ts';
import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import type { Connection } from '../storage/query.ts';

export class Authenticator {
  readonly #reader: Connection;
  readonly #clock: Clock;

  constructor(reader: Connection, clock: Clock) {
    this.#reader = reader;
    this.#clock = clock;
  }

  /** @param authorization the header; throws UNAUTHORIZED, which never says what exactly was wrong with a key */
  identify(authorization: string | undefined): Identity {
    if (authorization === undefined)
      throw new AppError('UNAUTHORIZED', 'an API key is required: Authorization: Bearer <key>');
    const secret = /^Bearer +(\S+) *$/i.exec(authorization)?.[1];
    const identity = secret === undefined ? undefined : findIdentity(this.#reader, secret, this.#clock.now());
    if (identity === undefined) throw new AppError('UNAUTHORIZED', 'the API key is not valid');
    return identity;
  }
}
