// From the secret of a request to the user and key behind it.

import type { Connection } from '../storage/query.ts';
import { type ApiKey, findKeyByHash, type User } from './accounts-store.ts';
import { hashSecret, secretLooksRight } from './key-format.ts';
import { keyIsUsable } from './keys.ts';
import type { PlanLimits } from './plans.ts';

export interface KeyHolder {
  readonly userId: number;
  readonly user: User;
  readonly key: ApiKey;
}

export interface Identity extends KeyHolder {
  /** What the user's plan allows. */
  readonly limits: PlanLimits;
}

/**
 * Who holds the secret: undefined when it is malformed or unknown, 'inactive' when the key is revoked or expired. A wrong
 * checksum never reaches the database.
 */
export function findKeyHolder(connection: Connection, secret: string, now: number): KeyHolder | 'inactive' | undefined {
  if (!secretLooksRight(secret)) return undefined;
  const found = findKeyByHash(connection, hashSecret(secret));
  if (found === undefined) return undefined;
  return keyIsUsable(found.key, now) ? { userId: found.user.id, ...found } : 'inactive';
}
