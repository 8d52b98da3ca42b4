// Whether a webhook's request is the server's own: the Standard Webhooks signature over its id, its time and its exact bytes
// (https://www.standardwebhooks.com). The time bounds how long a request that somebody caught can be sent again.

import { WebhookSignatureError } from './errors.ts';

/** As `req.headers` of node:http, or as Headers. */
export type WebhookHeaders = Headers | Readonly<Record<string, string | readonly string[] | undefined>>;

export interface WebhookEvent {
  readonly id: string;
  /** `click`, `link.created` and so on. */
  readonly event: string;
  readonly timestamp: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface VerifyOptions {
  /** How old, or how far ahead, a request may be. */
  readonly toleranceMs?: number;
  /** The present, in Unix milliseconds. */
  readonly now?: number;
}

const defaultToleranceMs = 5 * 60_000;
const prefix = 'whsec_';

function isHeaders(headers: WebhookHeaders): headers is Headers {
  return typeof headers.get === 'function';
}

function headerOf(headers: WebhookHeaders, name: string): string {
  // By what it can do: those of another library, or of another window, are no instance of ours.
  const found = isHeaders(headers)
    ? headers.get(name)
    : Object.entries(headers).find(([key]) => key.toLowerCase() === name)?.[1];
  const value = typeof found === 'object' ? found?.join(' ') : found;
  if (value === undefined || value === null || value === '')
    throw new WebhookSignatureError(`the header ${name} is missing`);
  return value;
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  try {
    return Uint8Array.from(atob(base64.replaceAll('-', '+').replaceAll('_', '/')), (letter) => letter.charCodeAt(0));
  } catch (cause) {
    throw new WebhookSignatureError('the signature or the secret is not base64', { cause });
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let position = 0;
  for (const part of parts) {
    all.set(part, position);
    position += part.length;
  }
  return all;
}

/**
 * The event in a webhook's request. Throws a WebhookSignatureError unless the server signed exactly these bytes.
 * @param payload the body as it came, before any JSON parser had it
 * @param secret `whsec_…`
 */
export async function verifyWebhook(
  payload: string | Uint8Array,
  headers: WebhookHeaders,
  secret: string,
  { toleranceMs = defaultToleranceMs, now = Date.now() }: VerifyOptions = {},
): Promise<WebhookEvent> {
  const id = headerOf(headers, 'webhook-id');
  const timestamp = headerOf(headers, 'webhook-timestamp');
  const signatures = headerOf(headers, 'webhook-signature').split(' ');
  if (!/^\d{1,12}$/.test(timestamp)) throw new WebhookSignatureError('the time of the request is no time');
  if (Math.abs(now - Number(timestamp) * 1000) > toleranceMs) {
    throw new WebhookSignatureError('the request is too old, or the clocks differ too much');
  }
  const encoder = new TextEncoder();
  const body = typeof payload === 'string' ? encoder.encode(payload) : payload;
  const signed = joined([encoder.encode(`${id}.${timestamp}.`), body]);
  const bytes = bytesOf(secret.startsWith(prefix) ? secret.slice(prefix.length) : secret);
  const key = await crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['verify']);
  for (const signature of signatures) {
    // There are two while a secret is being replaced.
    if (!signature.startsWith('v1,')) continue;
    // Compares in constant time.
    if (await crypto.subtle.verify('HMAC', key, bytesOf(signature.slice('v1,'.length)), signed)) {
      return JSON.parse(new TextDecoder().decode(body)) as WebhookEvent;
    }
  }
  throw new WebhookSignatureError(
    'the signature does not match: another secret, or the body is not the bytes that came',
  );
}
