// Hands events to the webhooks that want them: a delivery for each, or a place in a batch. In the order of events, once each.

import { deliveryState } from './delivery.ts';
import { newOrderedId } from '../core/ids.ts';
import { defineOperation } from '../storage/operation.ts';
import type { EventName } from '../storage/outbox-store.ts';
import { type Connection, oncePerConnection } from '../storage/query.ts';
import { type WantedEvent, wants } from './webhook.ts';

/** As many as one transaction takes: redirects wait for its end. */
const eventsAtOnce = 200;

interface EventRow {
  readonly id: number;
  readonly user_id: number;
  readonly event: string;
  readonly created_at: number;
}

interface ReceiverRow {
  readonly id: number;
  readonly events: string;
  readonly batch_max_events: number | null;
  readonly batch_max_wait_ms: number | null;
  readonly after_event_id: number;
  readonly open_batch: number | null;
}

interface BatchRow {
  readonly last_event_id: number;
  readonly event_count: number;
}

const statementsOf = oncePerConnection((connection) => ({
  position: connection.prepare<[], { event_id: number }>('SELECT event_id FROM webhook_fan_out'),
  putPosition: connection.prepare(
    `INSERT INTO webhook_fan_out (id, event_id) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET event_id = excluded.event_id`,
  ),
  eventsAfter: connection.prepare<[number, number], EventRow>(
    'SELECT id, user_id, event, created_at FROM webhook_events WHERE id > ? ORDER BY id LIMIT ?',
  ),
  receivers: connection.prepare<[number], ReceiverRow>(
    `SELECT id, events, batch_max_events, batch_max_wait_ms, after_event_id, open_batch FROM webhooks
     WHERE user_id = ? AND deleted_at IS NULL ORDER BY id`,
  ),
  putDelivery: connection.prepare(
    `INSERT INTO webhook_deliveries (webhook_id, event_id, last_event_id, event_count, event, public_id, state, due_at, created_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  ),
  openBatch: connection.prepare<[number, number], BatchRow>(
    `SELECT last_event_id, event_count FROM webhook_deliveries
     WHERE webhook_id = ? AND event_id = ? AND state = ${deliveryState.scheduled} AND attempted_at IS NULL`,
  ),
  growBatch: connection.prepare(
    `UPDATE webhook_deliveries SET last_event_id = ?, event_count = ?, state = ?, due_at = iif(?, due_at, NULL)
     WHERE webhook_id = ? AND event_id = ?`,
  ),
  countDeliveries: connection.prepare('UPDATE webhooks SET deliveries = deliveries + ?, open_batch = ? WHERE id = ?'),
}));

/** A webhook, and what the running transaction adds to it. */
class Receiver {
  readonly #statements: ReturnType<typeof statementsOf>;
  readonly #row: ReceiverRow;
  readonly #events: readonly WantedEvent[];
  #added = 0;
  #batch: { readonly first: number; last: number; count: number } | undefined;

  constructor(connection: Connection, row: ReceiverRow) {
    this.#statements = statementsOf(connection);
    this.#row = row;
    this.#events = JSON.parse(row.events) as WantedEvent[];
    if (row.open_batch === null || row.batch_max_events === null) return;
    // One that has been sent meanwhile takes no more.
    const open = this.#statements.openBatch.get(row.id, row.open_batch);
    if (open !== undefined) this.#batch = { first: row.open_batch, last: open.last_event_id, count: open.event_count };
  }

  take(given: EventRow): void {
    const { id, event, created_at: createdAt } = given;
    if (id <= this.#row.after_event_id || !wants(this.#events, event as EventName)) return;
    const { batch_max_events: maxEvents } = this.#row;
    if (event !== 'click' || maxEvents === null) {
      this.#put(given, deliveryState.waiting, null);
      return;
    }
    if (this.#batch === undefined) {
      this.#put(given, deliveryState.scheduled, createdAt + (this.#row.batch_max_wait_ms ?? 0));
      this.#batch = { first: id, last: id, count: 1 };
    } else {
      this.#batch.last = id;
      this.#batch.count++;
    }
    if (this.#batch.count >= maxEvents) this.#closeBatch();
  }

  finish(): void {
    if (this.#batch !== undefined) this.#growBatch(this.#batch, true);
    this.#statements.countDeliveries.run(this.#added, this.#batch?.first ?? null, this.#row.id);
  }

  #put({ id, event, created_at: createdAt }: EventRow, state: number, dueAt: number | null): void {
    const publicId = newOrderedId('dlv', createdAt);
    this.#statements.putDelivery.run(this.#row.id, id, id, 1, event, publicId, state, dueAt, createdAt);
    this.#added++;
  }

  #growBatch({ first, last, count }: { first: number; last: number; count: number }, isOpen: boolean): void {
    const state = isOpen ? deliveryState.scheduled : deliveryState.waiting;
    this.#statements.growBatch.run(last, count, state, Number(isOpen), this.#row.id, first);
  }

  /** It is full, and waits no longer. */
  #closeBatch(): void {
    this.#growBatch(this.#batch!, false);
    this.#batch = undefined;
  }
}

/** True when there are events left. What a power cut takes back is done again: deliveries and position are undone together. */
export const fanOut = defineOperation(
  'webhooks.fan-out',
  (connection, _input: null): boolean => {
    const statements = statementsOf(connection);
    const events = statements.eventsAfter.all(statements.position.get()?.event_id ?? 0, eventsAtOnce);
    const last = events.at(-1);
    if (last === undefined) return false;
    const receivers = new Map<number, Receiver[]>();
    for (const event of events) {
      // A test has gone to the one webhook that it is for.
      if (event.event === 'test') continue;
      let ofUser = receivers.get(event.user_id);
      if (ofUser === undefined) {
        ofUser = statements.receivers.all(event.user_id).map((row) => new Receiver(connection, row));
        receivers.set(event.user_id, ofUser);
      }
      for (const receiver of ofUser) receiver.take(event);
    }
    for (const ofUser of receivers.values()) for (const receiver of ofUser) receiver.finish();
    statements.putPosition.run(last.id);
    return events.length === eventsAtOnce;
  },
  { isRepeatable: true },
);
