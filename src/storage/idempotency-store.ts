// Writes that happen once however often they are asked for: what a write returned is stored in the transaction that did it,
// so that neither a crash nor two requests at the same moment can do it twice.

import { hourMs } from '../core/periods.ts';
import { AppError } from '../core/errors.ts';
import { defineOperation } from './operation.ts';
import { type Connection, execute, firstRow, query } from './query.ts';
import type { Once } from './writer-protocol.ts';

const keptMs = 24 * hourMs;

/** The stored output of the first call, or what `run` returns now. Throws IDEMPOTENCY_KEY_REUSED when something else was asked with this key. */
export function runOnce(connection: Connection, { userId, key, requestHash, now }: Once, run: () => unknown): unknown {
  const stored = query
    .selectFrom('idempotency_keys')
    .select(['request_hash', 'output'])
    .where('user_id', '=', userId)
    .where('key', '=', key)
    .where('created_at', '>', now - keptMs);
  const done = firstRow(connection, stored);
  if (done !== undefined) {
    if (!done.request_hash.equals(requestHash)) {
      throw new AppError(
        'IDEMPOTENCY_KEY_REUSED',
        'this Idempotency-Key was used for another request, or with another API key',
      );
    }
    return JSON.parse(done.output) as unknown;
  }
  const output = run();
  const row = {
    user_id: userId,
    key,
    request_hash: Buffer.from(requestHash),
    output: JSON.stringify(output ?? null),
    created_at: now,
  };
  execute(
    connection,
    query
      .insertInto('idempotency_keys')
      .values(row)
      .onConflict((conflict) => conflict.doUpdateSet(row)),
  );
  return output;
}

/**
 * When the write was asked for first: what depends on the time is then judged as it was, so that an answer can be given again
 * although, say, the link that was made has expired since.
 */
export function firstAskedAt(connection: Connection, { userId, key, now }: Once): number {
  const stored = query
    .selectFrom('idempotency_keys')
    .select('created_at')
    .where('user_id', '=', userId)
    .where('key', '=', key)
    .where('created_at', '>', now - keptMs);
  return firstRow(connection, stored)?.created_at ?? now;
}

/** Forgets what is older than 24 hours. */
export const forgetIdempotencyKeys = defineOperation(
  'storage.forget-idempotency-keys',
  (connection, { now }: { now: number }): void => {
    execute(connection, query.deleteFrom('idempotency_keys').where('created_at', '<=', now - keptMs));
  },
);
