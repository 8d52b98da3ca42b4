// Reads what a delivery needs to be sent: where to, signed with what, and its events.

import { type Connection, firstRow, query } from '../storage/query.ts';
import type { DeliveryKey } from './delivery.ts';

export interface StoredEvent {
  readonly publicId: string;
  readonly event: string;
  /** JSON, as it was stored. */
  readonly data: string;
  readonly createdAt: number;
}

/** A delivery with all that sending it takes. */
export interface Parcel {
  readonly webhookId: string;
  readonly deliveryId: string;
  readonly url: string;
  /** The present one first. */
  readonly secrets: readonly string[];
  readonly event: string;
  /** Whether the receiver gets a list, even of one. */
  readonly isBatch: boolean;
  readonly events: readonly StoredEvent[];
}

interface SecretRow {
  readonly secret: string;
  readonly previous_secret: string | null;
  readonly previous_secret_until: number | null;
}

/** What signs now, the present one first. */
function validSecrets(row: SecretRow, now: number): string[] {
  const { secret, previous_secret: previous, previous_secret_until: until } = row;
  return previous !== null && (until ?? 0) > now ? [secret, previous] : [secret];
}

/** Throws where there is no such webhook. */
export function findSecrets(connection: Connection, webhookId: number, now: number): string[] {
  const found = query
    .selectFrom('webhooks')
    .select(['secret', 'previous_secret', 'previous_secret_until'])
    .where('id', '=', webhookId);
  const row = firstRow(connection, found);
  if (row === undefined) throw new Error(`there is no webhook ${webhookId}`);
  return validSecrets(row, now);
}

interface ParcelRow extends SecretRow {
  readonly webhook_public_id: string;
  readonly user_id: number;
  readonly url: string;
  readonly public_id: string;
  readonly event: string;
  readonly last_event_id: number;
  readonly batch_max_events: number | null;
}

export class Parcels {
  readonly #find;
  readonly #events;

  constructor(connection: Connection) {
    this.#find = connection.prepare<[number, number], ParcelRow>(
      `SELECT w.public_id AS webhook_public_id, w.user_id, w.url, w.secret, w.previous_secret, w.previous_secret_until,
         w.batch_max_events, d.public_id, d.event, d.last_event_id
       FROM webhook_deliveries d JOIN webhooks w ON w.id = d.webhook_id
       WHERE d.webhook_id = ? AND d.event_id = ? AND w.deleted_at IS NULL`,
    );
    // The events of a batch are all of its user's clicks from its first to its last.
    this.#events = connection.prepare<[number, number, number, string], StoredEvent>(
      `SELECT public_id AS publicId, event, data, created_at AS createdAt FROM webhook_events
       WHERE id BETWEEN ? AND ? AND user_id = ? AND event = ? ORDER BY id`,
    );
  }

  /** Undefined: the webhook or the events are gone. */
  find({ webhookId, eventId }: DeliveryKey, now: number): Parcel | undefined {
    const row = this.#find.get(webhookId, eventId);
    if (row === undefined) return undefined;
    const events = this.#events.all(eventId, row.last_event_id, row.user_id, row.event);
    if (events.length === 0) return undefined;
    return {
      webhookId: row.webhook_public_id,
      deliveryId: row.public_id,
      url: row.url,
      secrets: validSecrets(row, now),
      event: row.event,
      isBatch: events.length > 1 || (row.event === 'click' && row.batch_max_events !== null),
      events,
    };
  }
}
