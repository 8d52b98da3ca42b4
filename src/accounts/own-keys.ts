// What a user can do with API keys through the API: list their own, make one that may no more than the one they ask with,
// and revoke one.

import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import type { Connection } from '../storage/query.ts';
import type { Writer } from '../storage/writer.ts';
import type { Once } from '../storage/writer-protocol.ts';
import { addKey, revokeOwnKey } from './account-operations.ts';
import { type ApiKey, countUnrevokedKeys, type KeyPlace, listUnrevokedKeys } from './accounts-store.ts';
import type { Identity } from './identity.ts';
import { hashSecret } from './key-format.ts';
import { type NewKey, prepareKey } from './keys.ts';
import { meets, requireGrantable } from './scopes.ts';

interface OwnKeysOptions {
  readonly reader: Connection;
  readonly writer: Writer;
  readonly clock: Clock;
}

export interface CreatedKey {
  readonly key: ApiKey;
  /** null: this answers a call again that made the key before, and the secret was shown then. */
  readonly secret: string | null;
}

export class OwnKeys {
  readonly #options: OwnKeysOptions;

  constructor(options: OwnKeysOptions) {
    this.#options = options;
  }

  /** Those that are not revoked, the newest first. */
  list(userId: number, place: KeyPlace): { keys: readonly ApiKey[]; total: number } {
    const { reader } = this.#options;
    return { keys: listUnrevokedKeys(reader, userId, place), total: countUnrevokedKeys(reader, userId) };
  }

  /**
   * Makes a key that may no more than the one that is asked with, and ends no later; where no end is given, with it.
   * Throws FORBIDDEN, or LIMIT_REACHED.
   */
  async create({ userId, key: by, limits }: Identity, wanted: NewKey, once?: Once): Promise<CreatedKey> {
    const { writer, clock } = this.#options;
    requireGrantable(by, wanted.scopes);
    const expiresAt = wanted.expiresAt ?? by.expiresAt;
    if (by.expiresAt !== null && expiresAt !== null && expiresAt > by.expiresAt)
      throw new AppError('FORBIDDEN', 'this key cannot make one that outlives it');
    const { key, secret } = prepareKey(userId, { ...wanted, expiresAt }, clock.now());
    const secretHash = hashSecret(secret);
    const stored = await writer.run(addKey, { key, secretHash, maxKeys: limits.maxKeys }, once);
    return { key: stored, secret: stored.publicId === key.publicId ? secret : null };
  }

  /** From now on the key opens nothing; every key may end itself. Throws FORBIDDEN, or NOT_FOUND, also for another user's key. */
  async revoke({ userId, key: by }: Identity, publicId: string): Promise<void> {
    const { writer, clock } = this.#options;
    if (publicId !== by.publicId && !meets(by, 'full-key'))
      throw new AppError('FORBIDDEN', 'this key is limited to some scopes, and may revoke no other');
    await writer.run(revokeOwnKey, { publicId, userId, now: clock.now() });
  }
}
