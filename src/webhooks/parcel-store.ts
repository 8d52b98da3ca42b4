// Reads what a delivery needs to be sent: where to, signed with what, and its events.

import type { Connection } from '../storage/query.ts';
import type { DeliveryKey } from './delivery.ts';
import { type SecretsRow, validSecrets } from './secret-store.ts';

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
  /** The present one first, then from the newest to the oldest. */
  readonly secrets: readonly string[];
  readonly event: string;
  /** Whether the receiver gets a list, even of one. */
  readonly isBatch: boolean;
  readonly events: readonly StoredEvent[];
}

interface ParcelRow extends SecretsRow {
  readonly webhook_public_id: string;
  readonly user_id: number;
  readonly url: string;
  readonly public_id: string;
  readonly event: string;
  readonly last_event_id: number;
  readonly batch_max_events: number | null;
}

interface StoredParcel {
  readonly row: ParcelRow;
  readonly events: readonly StoredEvent[];
  readonly dataBytes: number;
}

/** Of what is read ahead; what does not fit is read when it is sent. */
const maxAheadBytes = 4 * 2 ** 20;

const nameOf = ({ webhookId, eventId }: DeliveryKey): string => `${webhookId}/${eventId}`;

export class Parcels {
  readonly #connection: Connection;
  readonly #find;
  readonly #events;
  readonly #ahead = new Map<string, StoredParcel>();
  #aheadBytes = 0;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#find = connection.prepare<[number, number], ParcelRow>(
      `SELECT w.public_id AS webhook_public_id, w.user_id, w.url, w.secret, w.previous_secrets, w.batch_max_events, d.public_id, d.event, d.last_event_id
       FROM webhook_deliveries d JOIN webhooks w ON w.id = d.webhook_id
       WHERE d.webhook_id = ? AND d.event_id = ? AND w.deleted_at IS NULL`,
    );
    // The events of a batch are all of its user's clicks from its first to its last.
    this.#events = connection.prepare<[number, number, number, string], StoredEvent>(
      `SELECT public_id AS publicId, event, data, created_at AS createdAt FROM webhook_events
       WHERE id BETWEEN ? AND ? AND user_id = ? AND event = ? ORDER BY id`,
    );
  }

  /**
   * Reads what will be sent soon, all of it at once: every commit of another thread makes SQLite read its pages anew, so that one by one
   * costs several times as much.
   */
  readAhead(keys: readonly DeliveryKey[]): void {
    this.#connection.transaction(() => {
      for (const key of keys) {
        if (this.#aheadBytes >= maxAheadBytes) return;
        const stored = this.#read(key);
        if (stored === undefined) continue;
        this.drop(key);
        this.#ahead.set(nameOf(key), stored);
        this.#aheadBytes += stored.dataBytes;
      }
    })();
  }

  /** It will not be sent. */
  drop(key: DeliveryKey): void {
    const name = nameOf(key);
    this.#aheadBytes -= this.#ahead.get(name)?.dataBytes ?? 0;
    this.#ahead.delete(name);
  }

  /** What was read ahead may be wrong by now: a webhook was changed. */
  forget(): void {
    this.#ahead.clear();
    this.#aheadBytes = 0;
  }

  /** For sending it now. Undefined: the webhook or the events are gone. */
  take(key: DeliveryKey, now: number): Parcel | undefined {
    const stored = this.#ahead.get(nameOf(key)) ?? this.#read(key);
    this.drop(key);
    if (stored === undefined || stored.events.length === 0) return undefined;
    const { row, events } = stored;
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

  #read({ webhookId, eventId }: DeliveryKey): StoredParcel | undefined {
    const row = this.#find.get(webhookId, eventId);
    if (row === undefined) return undefined;
    const events = this.#events.all(eventId, row.last_event_id, row.user_id, row.event);
    return { row, events, dataBytes: events.reduce((sum, { data }) => sum + data.length, 0) };
  }
}
