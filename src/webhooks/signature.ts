// Secrets of webhooks and what they sign: every delivery proves by two kinds of signature where it comes from.

import { createHmac, createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { BoundedCache } from '../core/bounded-cache.ts';

const secretPrefix = 'whsec_';
const secretBytes = 32;

/** As Standard Webhooks writes them: `whsec_` and the base64 of random bytes. */
export function newSecret(): string {
  return `${secretPrefix}${randomBytes(secretBytes).toString('base64')}`;
}

/** A secret as the two kinds of signature use it. */
interface SigningKeys {
  readonly text: KeyObject;
  readonly bytes: KeyObject;
}

// Making a key takes as long as signing with it.
const maxKnownSecrets = 1_000;
const known = new BoundedCache<string, SigningKeys>(maxKnownSecrets);

function keysOf(secret: string): SigningKeys {
  let keys = known.get(secret);
  if (keys === undefined) {
    keys = {
      text: createSecretKey(secret, 'utf8'),
      bytes: createSecretKey(secret.slice(secretPrefix.length), 'base64'),
    };
    known.set(secret, keys);
  }
  return keys;
}

function bodySignature(secret: string, body: string): string {
  return `sha256=${createHmac('sha256', keysOf(secret).text).update(body).digest('hex')}`;
}

export interface Signed {
  readonly webhookId: string;
  /** The same on every try, so that a receiver can tell a double. */
  readonly deliveryId: string;
  readonly event: string;
  /** When this try is made; receivers refuse old ones. */
  readonly now: number;
  readonly body: string;
  /** The present one first; while a rotation lasts, then those before it, from the newest to the oldest. */
  readonly secrets: readonly string[];
}

/**
 * The headers of a delivery. `webhook-signature` is keyed with the secret's bytes and carries one for each secret. `X-Webhook-Signature` is
 * keyed with the whole secret as text and can carry one only: the oldest valid secret's, so that a receiver that has not been told of a
 * rotation yet works on; those of newer secrets stand in a header of their own.
 */
export function signatureHeaders({ webhookId, deliveryId, event, now, body, secrets }: Signed): Record<string, string> {
  const seconds = String(Math.floor(now / 1_000));
  const signed = `${deliveryId}.${seconds}.${body}`;
  const signatures = secrets.map(
    (secret) => `v1,${createHmac('sha256', keysOf(secret).bytes).update(signed).digest('base64')}`,
  );
  const plain = secrets.map((secret) => bodySignature(secret, body));
  const ofOldest = plain.pop() ?? '';
  return {
    'X-Webhook-ID': webhookId,
    'X-Webhook-Event': event,
    'X-Webhook-Timestamp': seconds,
    'X-Webhook-Delivery': deliveryId,
    'X-Webhook-Signature': ofOldest,
    ...(plain.length === 0 ? {} : { 'X-Webhook-Signature-Next': plain.join(' ') }),
    'webhook-id': deliveryId,
    'webhook-timestamp': seconds,
    'webhook-signature': signatures.join(' '),
  };
}
