// From the secret of a request to the user and key behind it.

import type { Connection } from '../storage/query.ts';
import { type ApiKey, findKeyByHash } from './accounts-store.ts';
import { hashSecret, secretLooksRight } from './key-format.ts';
import { keyIsUsable } from './keys.ts';

export interface Identity {
  readonly userId: number;
  readonly key: ApiKey;
}

/** Who holds the secret, or undefined when it is malformed, unknown, revoked or expired. A wrong checksum never reaches the database. */
export function findIdentity(connection: Connection, secret: string, now: number): Identity | undefined {
  if (!secretLooksRight(secret)) return undefined;
  const found = findKeyByHash(connection, hashSecret(secret));
  return found !== undefined && keyIsUsable(found.key, now) ? { userId: found.user.id, key: found.key } : undefined;
}
