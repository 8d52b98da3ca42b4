// Clears away what webhooks.retention_days are over for, and what belonged to deleted webhooks: a little in each transaction. What will
// still be sent is never among it, however old it is.

import { defineOperation } from '../storage/operation.ts';
import { type Connection, oncePerConnection } from '../storage/query.ts';
import { deliveryState } from './delivery.ts';

const rowsAtOnce = 500;

const { waiting, scheduled, delivered, dead } = deliveryState;

interface WebhookRow {
  readonly id: number;
  readonly status: string;
  readonly held_through: number;
  readonly switched_off_at: number | null;
  readonly deleted_at: number | null;
}

/** Deliveries of events after `after` and up to `upTo`. */
interface Span {
  readonly id: number;
  readonly after: number;
  readonly upTo: number;
}

/** As many rows as are looked at in one go, and the last of them. */
interface Part {
  readonly rows: number;
  readonly last: number | null;
}

interface OldSpan extends Span, Old {
  /** Waiting deliveries of events up to this one are not sent by themselves. */
  readonly waitingHeld: number;
  readonly scheduledHeld: number;
}

const statementsOf = oncePerConnection((connection) => ({
  newestOld: connection.prepare<[number], { id: number }>(
    'SELECT id FROM webhook_events WHERE created_at < ? ORDER BY created_at DESC, id DESC LIMIT 1',
  ),
  webhooks: connection.prepare<[number, number], WebhookRow>(
    'SELECT id, status, held_through, switched_off_at, deleted_at FROM webhooks WHERE id >= ? ORDER BY id LIMIT ?',
  ),
  nextDeliveries: connection.prepare<[Span & { left: number }], Part>(
    `SELECT count(*) AS rows, max(event_id) AS last FROM
       (SELECT event_id FROM webhook_deliveries WHERE webhook_id = @id AND event_id > @after AND event_id <= @upTo
        ORDER BY event_id LIMIT @left)`,
  ),
  // An end that is still to come is that of a clock that was wrong; then the event's age counts.
  dropOld: connection.prepare<[OldSpan]>(
    `DELETE FROM webhook_deliveries WHERE webhook_id = @id AND event_id > @after AND event_id <= @upTo
       AND last_event_id <= @lastOld AND (
         (state IN (${delivered}, ${dead}) AND coalesce(attempted_at, created_at) NOT BETWEEN @before AND @now)
         OR (state = ${waiting} AND event_id <= @waitingHeld)
         OR (state = ${scheduled} AND event_id <= @scheduledHeld)
       )`,
  ),
  dropAll: connection.prepare<[Span]>(
    'DELETE FROM webhook_deliveries WHERE webhook_id = @id AND event_id > @after AND event_id <= @upTo',
  ),
  countDown: connection.prepare('UPDATE webhooks SET deliveries = deliveries - ? WHERE id = ?'),
  dropReplays: connection.prepare('DELETE FROM webhook_replays WHERE webhook_id = ?'),
  dropWebhook: connection.prepare('DELETE FROM webhooks WHERE id = ?'),
  handedOn: connection.prepare<[], { event_id: number }>('SELECT event_id FROM webhook_fan_out'),
  nextEvents: connection.prepare<[number, number, number], Part>(
    `SELECT count(*) AS rows, max(id) AS last FROM
       (SELECT id FROM webhook_events WHERE id > ? AND id <= ? ORDER BY id LIMIT ?)`,
  ),
  // A user's events are kept from the first one on that a delivery of theirs still has.
  dropEvents: connection.prepare<[number, number]>(
    `DELETE FROM webhook_events WHERE id > ? AND id <= ? AND NOT EXISTS
       (SELECT 1 FROM webhooks w CROSS JOIN webhook_deliveries d ON d.webhook_id = w.id
        WHERE w.user_id = webhook_events.user_id AND d.event_id <= webhook_events.id)`,
  ),
}));

interface Old {
  /** What ended before then has been kept long enough. */
  readonly before: number;
  readonly now: number;
  /** The last event that is old enough. */
  readonly lastOld: number;
}

/** How far everything has been looked at: deliveries, those of one webhook after the other, then events. */
export type Cleared =
  | { readonly of: 'deliveries'; readonly webhookId: number; readonly eventId: number }
  | { readonly of: 'events'; readonly eventId: number };

/**
 * Up to which event the deliveries of a webhook are not sent by themselves and have been kept for their time. It begins when the event
 * happens or, for what had waited before, when the webhook was switched off.
 */
function heldOf({ status, held_through: heldThrough, switched_off_at: offAt }: WebhookRow, old: Old) {
  const hadItsTime = offAt === null || offAt < old.before || offAt > old.now;
  if (!hadItsTime) return { waitingHeld: 0, scheduledHeld: 0 };
  const isOff = status === 'disabled';
  return { waitingHeld: isOff ? old.lastOld : heldThrough, scheduledHeld: isOff ? old.lastOld : 0 };
}

/** The next part of all deliveries; says where to go on. */
function clearDeliveries(connection: Connection, old: Old, from: { webhookId: number; eventId: number }): Cleared {
  const { webhooks, nextDeliveries, dropOld, dropAll, countDown, dropReplays, dropWebhook } = statementsOf(connection);
  let left = rowsAtOnce;
  for (const webhook of webhooks.all(from.webhookId, rowsAtOnce + 1)) {
    const { id } = webhook;
    if (left <= 0) return { of: 'deliveries', webhookId: id, eventId: 0 };
    const isDeleted = webhook.deleted_at !== null;
    const after = id === from.webhookId ? from.eventId : 0;
    const span = { id, after, upTo: isDeleted ? Number.MAX_SAFE_INTEGER : old.lastOld };
    const { rows, last } = nextDeliveries.get({ ...span, left })!;
    if (last !== null) {
      const part = { ...span, upTo: last };
      const { changes } = isDeleted ? dropAll.run(part) : dropOld.run({ ...part, ...old, ...heldOf(webhook, old) });
      if (changes > 0) countDown.run(changes, id);
      if (rows === left) return { of: 'deliveries', webhookId: id, eventId: last };
    }
    if (isDeleted) {
      dropReplays.run(id);
      dropWebhook.run(id);
    }
    // To have looked at a webhook costs as much as a row.
    left -= rows + 1;
  }
  return { of: 'events', eventId: 0 };
}

/** The next part of all events; undefined: that was all. */
function clearEvents(connection: Connection, { lastOld }: Old, after: number): Cleared | undefined {
  const { handedOn, nextEvents, dropEvents } = statementsOf(connection);
  // What nobody has been told of yet stays.
  const upTo = Math.min(lastOld, handedOn.get()?.event_id ?? 0);
  const { last } = nextEvents.get(after, upTo, rowsAtOnce)!;
  if (last === null) return undefined;
  dropEvents.run(after, last);
  return { of: 'events', eventId: last };
}

interface DropOldEvents {
  readonly before: number;
  readonly now: number;
  /** What the call before it returned. */
  readonly from?: Cleared;
}

/**
 * Drops deliveries that ended before `before`, what a webhook that is switched off was not sent, and events that no delivery needs. To be
 * called again with what it returns, until that is undefined.
 */
export const dropOldEvents = defineOperation(
  'webhooks.drop-old',
  (connection, { before, now, from }: DropOldEvents): Cleared | undefined => {
    const old = { before, now, lastOld: statementsOf(connection).newestOld.get(before)?.id ?? 0 };
    return from?.of === 'events'
      ? clearEvents(connection, old, from.eventId)
      : clearDeliveries(connection, old, from ?? { webhookId: 0, eventId: 0 });
  },
);
