// One try of one delivery: signed, sent, and what came of it in plain words.

import type { OutgoingAnswer, OutgoingClient } from '../outgoing/outgoing-client.ts';
import { OutgoingError } from '../outgoing/outgoing-client.ts';
import type { TryOutcome } from './delivery.ts';
import { batchEvent, messageBody } from './message.ts';
import type { Parcel } from './parcel-store.ts';
import { signatureHeaders } from './signature.ts';

const maxReadBytes = 64 * 1024;
const maxKeptBytes = 1024;

/** The seconds or the date that Retry-After names, as milliseconds from now; null where it says nothing that can be read. */
export function askedDelayMs(header: string | undefined, now: number): number | null {
  if (header === undefined) return null;
  if (/^\d{1,9}$/.test(header.trim())) return Number(header) * 1_000;
  const at = Date.parse(header);
  return Number.isNaN(at) || at <= now ? null : at - now;
}

/** The beginning of an answer as text that can be stored. */
function keptText(body: Buffer): string | null {
  if (body.length === 0) return null;
  // A character that was cut in two is left out.
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(body.subarray(0, maxKeptBytes), { stream: true });
  return text.toWellFormed().replaceAll('\0', '\ufffd');
}

function outcomeOf({ status, headers, body, durationMs }: OutgoingAnswer, now: number): TryOutcome {
  const isSuccess = status >= 200 && status <= 299;
  const isRedirect = status >= 300 && status <= 399;
  return {
    isSuccess,
    statusCode: status,
    durationMs,
    error: isSuccess
      ? null
      : isRedirect
        ? `the receiver answered ${status}: redirects are not followed`
        : `the receiver answered ${status}`,
    response: keptText(body),
    askedDelayMs: isSuccess ? null : askedDelayMs(headers['retry-after'], now),
  };
}

export class Courier {
  readonly #client: OutgoingClient;
  readonly #userAgent: string;

  constructor(client: OutgoingClient, version: string) {
    this.#client = client;
    this.#userAgent = `Signpost/${version} (webhook)`;
  }

  /** Never throws for what the receiver does or does not do. */
  async deliver(parcel: Parcel, now: number): Promise<TryOutcome> {
    const { webhookId, deliveryId, secrets } = parcel;
    const event = parcel.isBatch ? batchEvent : parcel.event;
    const body = messageBody(parcel);
    const headers = {
      ...signatureHeaders({ webhookId, deliveryId, event, now, body, secrets }),
      'Content-Type': 'application/json',
      'User-Agent': this.#userAgent,
    };
    try {
      const url = new URL(parcel.url);
      return outcomeOf(await this.#client.send({ url, method: 'POST', headers, body, maxBytes: maxReadBytes }), now);
    } catch (error) {
      if (!(error instanceof OutgoingError)) throw error;
      return {
        isSuccess: false,
        statusCode: null,
        durationMs: error.durationMs,
        error: `no answer from the receiver: ${error.message}`,
        response: null,
        askedDelayMs: null,
      };
    }
  }
}
