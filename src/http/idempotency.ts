// The Idempotency-Key header: makes a POST that is sent again, or twice at once, happen once.

import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { invalidField } from '../core/errors.ts';
import type { Once } from '../storage/writer-protocol.ts';

const keyPattern = /^[\x21-\x7e]{1,255}$/;

/** Undefined without the header. The same key with another method, path, query or body is another request. Throws VALIDATION_ERROR. */
export function onceOf(request: IncomingMessage, userId: number, body: Uint8Array, now: number): Once | undefined {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key !== 'string' || !keyPattern.test(key)) {
    throw invalidField('Idempotency-Key', 'Idempotency-Key must be 1 to 255 visible ASCII characters');
  }
  const requestHash = createHash('sha256').update(`${request.method} ${request.url}\n`).update(body).digest();
  return { userId, key, requestHash, now };
}
