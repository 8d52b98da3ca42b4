// The writes on accounts that the running server makes, on its writer thread.

import { defineOperation } from '../storage/operation.ts';
import { type ApiKey, markKeyUsed } from './accounts-store.ts';
import { revokeKey, storeKey } from './keys.ts';

/** Notes that a key was used. It only informs whoever lists the keys, so one use a minute is enough to note. */
export const noteKeyUse = defineOperation(
  'accounts.note-key-use',
  (connection, { keyId, usedAt }: { keyId: number; usedAt: number }): void => markKeyUsed(connection, keyId, usedAt),
);

interface AddKey {
  readonly key: Omit<ApiKey, 'id'>;
  /** The secret itself stays on the main thread: what an operation is given or returns may be stored. */
  readonly secretHash: Uint8Array;
  /** How many unrevoked keys the user's plan allows. */
  readonly maxKeys: number;
}

/** Throws LIMIT_REACHED. */
export const addKey = defineOperation('accounts.add-key', (connection, { key, secretHash, maxKeys }: AddKey): ApiKey =>
  storeKey(connection, key, secretHash, maxKeys),
);

interface RevokeKey {
  readonly publicId: string;
  readonly userId: number;
  readonly now: number;
}

/** Throws NOT_FOUND, also for another user's key. */
export const revokeOwnKey = defineOperation(
  'accounts.revoke-key',
  (connection, { publicId, userId, now }: RevokeKey): void => revokeKey(connection, publicId, userId, now),
);

export const accountOperations = [noteKeyUse, addKey, revokeOwnKey];
