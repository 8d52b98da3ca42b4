// The Idempotency-Key header: makes a POST that is sent again, or twice at once, happen once.

import { createHmac } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { invalidField } from '../core/errors.ts';
import type { Once } from '../storage/writer-protocol.ts';

const keyPattern = /^[\x21-\x7e]{1,255}$/;

/** Who asks for something to be done once. */
export interface OnceCaller {
  readonly userId: number;
  /** The API key that the request came with. */
  readonly secret: string;
}

/**
 * Undefined without the header. The same key with another method, path, query or body, or from another API key, is another request.
 * Throws VALIDATION_ERROR.
 */
export function onceOf(
  request: IncomingMessage,
  { userId, secret }: OnceCaller,
  body: Uint8Array,
  now: number,
): Once | undefined {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key !== 'string' || !keyPattern.test(key)) {
    throw invalidField('Idempotency-Key', 'Idempotency-Key must be 1 to 255 visible ASCII characters');
  }
  // Keyed with what the database does not hold: a body may carry a link's password, and by a plain hash, or one under a secret that
  // lies beside it, whoever stole the database could try passwords much faster than argon2id lets them.
  const hmac = createHmac('sha256', secret).update(`${request.method} ${request.url}\n`);
  return { userId, key, requestHash: hmac.update(body).digest(), now };
}
