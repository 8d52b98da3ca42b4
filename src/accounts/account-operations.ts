// The writes on accounts that the running server makes, on its writer thread.

import { defineOperation } from '../storage/operation.ts';
import { markKeyUsed } from './accounts-store.ts';

/** Notes that a key was used. It only informs whoever lists the keys, so one use a minute is enough to note. */
export const noteKeyUse = defineOperation(
  'accounts.note-key-use',
  (connection, { keyId, usedAt }: { keyId: number; usedAt: number }): void => markKeyUsed(connection, keyId, usedAt),
);

export const accountOperations = [noteKeyUse];
