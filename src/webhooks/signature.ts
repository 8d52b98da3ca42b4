// Secrets of webhooks and what they sign: every delivery proves by two kinds of signature where it comes from.

import { createHmac, randomBytes } from 'node:crypto';

const secretPrefix = 'whsec_';
const secretBytes = 32;

/** As Standard Webhooks writes them: `whsec_` and the base64 of random bytes. */
export function newSecret(): string {
  return `${secretPrefix}${randomBytes(secretBytes).toString('base64')}`;
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function bodySignature(secret: string, body: string): string {
  return `sha256=${hmac(secret, body).toString('hex')}`;
}

export interface Signed {
  readonly webhookId: string;
  /** The same on every try, so that a receiver can tell a double. */
  readonly deliveryId: string;
  readonly event: string;
  /** When this try is made; receivers refuse old ones. */
  readonly now: number;
  readonly body: string;
  /** The present one first; while a rotation lasts, the one before it too. */
  readonly secrets: readonly string[];
}

/**
 * The headers of a delivery. `X-Webhook-Signature` is keyed with the whole secret as text and can carry one signature only:
 * the present secret's; that of the one before has a header of its own. `webhook-signature` is keyed with the secret's bytes and carries one for each secret.
 */
export function signatureHeaders({ webhookId, deliveryId, event, now, body, secrets }: Signed): Record<string, string> {
  const seconds = String(Math.floor(now / 1_000));
  const signed = `${deliveryId}.${seconds}.${body}`;
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.slice(secretPrefix.length), 'base64');
    return `v1,${hmac(key, signed).toString('base64')}`;
  });
  return {
    'X-Webhook-ID': webhookId,
    'X-Webhook-Event': event,
    'X-Webhook-Timestamp': seconds,
    'X-Webhook-Delivery': deliveryId,
    'X-Webhook-Signature': bodySignature(secrets[0] ?? '', body),
    ...(secrets[1] === undefined ? {} : { 'X-Webhook-Signature-Previous': bodySignature(secrets[1], body) }),
    'webhook-id': deliveryId,
    'webhook-timestamp': seconds,
    'webhook-signature': signatures.join(' '),
  };
}
