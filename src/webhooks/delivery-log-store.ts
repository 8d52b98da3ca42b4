// The log of a webhook's deliveries, the newest first, and the way back: one of them, or all of a time, sent again.

import { AppError } from '../core/errors.ts';
import { defineOperation } from '../storage/operation.ts';
import { allRows, type Connection, execute, firstRow, oncePerConnection, query } from '../storage/query.ts';
import { type Delivery, deliveryState, type TryOutcome } from './delivery.ts';
import type { StoredEvent } from './parcel-store.ts';
import type { Webhook } from './webhook.ts';
import { requireWebhook } from './webhook-store.ts';

const { waiting, scheduled, sending, delivered, dead } = deliveryState;
const replayedAtOnce = 500;

const shown = query
  .selectFrom('webhook_deliveries')
  .select([
    'webhook_id as webhookId',
    'event_id as eventId',
    'public_id as publicId',
    'event',
    'event_count as eventCount',
    'state',
    'due_at as dueAt',
    'attempts',
    'status_code as statusCode',
    'duration_ms as durationMs',
    'error',
    'response',
    'created_at as createdAt',
  ]);

export interface DeliveryPlace {
  /** Deliveries of events before this one; undefined: from the newest. */
  readonly beforeId: number | undefined;
  readonly offset: number;
  readonly limit: number;
}

export function listDeliveries(
  connection: Connection,
  webhookId: number,
  { beforeId, offset, limit }: DeliveryPlace,
): Delivery[] {
  let rows = shown.where('webhook_id', '=', webhookId).orderBy('event_id', 'desc').limit(limit).offset(offset);
  if (beforeId !== undefined) rows = rows.where('event_id', '<', beforeId);
  return allRows(connection, rows);
}

/** When a delivery of this webhook will be tried next; null: not before something else happens. */
export interface Prospect {
  /** While failing: when its oldest is tried. */
  readonly probeAt: number | null;
  readonly pausedUntil: number | null;
  /** Waiting deliveries of events up to this one are sent only when they are replayed. */
  readonly heldThrough: number;
}

export function prospectOf(connection: Connection, webhookId: number): Prospect {
  const row = firstRow(
    connection,
    query.selectFrom('webhooks').select(['probe_at', 'paused_until', 'held_through']).where('id', '=', webhookId),
  );
  return {
    probeAt: row?.probe_at ?? null,
    pausedUntil: row?.paused_until ?? null,
    heldThrough: row?.held_through ?? 0,
  };
}

export function findDelivery(connection: Connection, webhookId: number, publicId: string): Delivery | undefined {
  return firstRow(connection, shown.where('public_id', '=', publicId).where('webhook_id', '=', webhookId));
}

interface ReplayDelivery {
  readonly userId: number;
  readonly webhookId: string;
  readonly deliveryId: string;
  readonly now: number;
}

/** Sends it once more, under the same id, with all its tries before it. Throws NOT_FOUND. */
export const replayDelivery = defineOperation(
  'webhooks.replay-one',
  (connection, { userId, webhookId, deliveryId, now }: ReplayDelivery): Delivery => {
    const webhook = requireWebhook(connection, userId, webhookId);
    const found = findDelivery(connection, webhook.id, deliveryId);
    if (found === undefined) throw new AppError('NOT_FOUND', 'no such delivery');
    // One that is on its way will be tried again by itself if it fails.
    if (found.state !== sending) bringBack(connection).one.run(now, webhook.id, found.eventId);
    return findDelivery(connection, webhook.id, deliveryId)!;
  },
);

const bringBack = oncePerConnection((connection) => {
  const set = `UPDATE webhook_deliveries SET state = ${scheduled}, due_at = ?, attempts = 0 WHERE webhook_id = ?`;
  return {
    one: connection.prepare(`${set} AND event_id = ?`),
    // What waits for its turn anyway is not in need of it; what waits in vain is.
    many: connection.prepare(
      `${set} AND event_id BETWEEN ? AND ? AND (state = ${dead} OR (state = ${delivered} AND NOT ?)
         OR (state = ${waiting} AND event_id <= (SELECT held_through FROM webhooks WHERE id = webhook_id)))`,
    ),
    lastOfChunk: connection.prepare<[number, number, number, number], { event_id: number }>(
      `SELECT event_id FROM webhook_deliveries WHERE webhook_id = ? AND event_id BETWEEN ? AND ?
       ORDER BY event_id LIMIT 1 OFFSET ?`,
    ),
  };
});

interface EventRange {
  readonly webhookId: number;
  readonly first: number;
  readonly last: number;
  readonly onlyFailed: boolean;
}

/** One transaction's part of a replay; says how many deliveries it brought back, and where to go on. */
function replaySome(connection: Connection, { webhookId, first, last, onlyFailed }: EventRange, now: number) {
  const { many, lastOfChunk } = bringBack(connection);
  const chunkEnd = lastOfChunk.get(webhookId, first, last, replayedAtOnce - 1)?.event_id;
  const { changes } = many.run(now, webhookId, first, chunkEnd ?? last, Number(onlyFailed));
  return { replayed: changes, next: chunkEnd === undefined || chunkEnd >= last ? undefined : chunkEnd + 1 };
}

interface ReplayRange {
  readonly userId: number;
  readonly webhookId: string;
  readonly from: number;
  readonly to: number;
  /** Leaves out what was delivered. */
  readonly onlyFailed: boolean;
  readonly now: number;
}

export interface Replayed {
  /** Deliveries that are due again now. */
  readonly replayed: number;
  /** Whether there are more, which follow by themselves. */
  readonly hasMore: boolean;
}

/** Sends again what happened from `from` to `to`, in its order, each under the same id as before. Throws NOT_FOUND. */
export const replayRange = defineOperation('webhooks.replay-range', (connection, given: ReplayRange): Replayed => {
  const webhook = requireWebhook(connection, given.userId, given.webhookId);
  const ids = query.selectFrom('webhook_events').select('id').limit(1);
  const first = firstRow(connection, ids.where('created_at', '>=', given.from).orderBy('created_at').orderBy('id'))?.id;
  const last = firstRow(
    connection,
    ids.where('created_at', '<=', given.to).orderBy('created_at', 'desc').orderBy('id', 'desc'),
  )?.id;
  if (first === undefined || last === undefined) return { replayed: 0, hasMore: false };
  const range = { webhookId: webhook.id, first, last, onlyFailed: given.onlyFailed };
  const { replayed, next } = replaySome(connection, range, given.now);
  if (next !== undefined) {
    const rest = {
      webhook_id: webhook.id,
      next_event_id: next,
      last_event_id: last,
      only_failed: Number(given.onlyFailed),
    };
    execute(connection, query.insertInto('webhook_replays').values(rest));
  }
  return { replayed, hasMore: next !== undefined };
});

/** Another part of the oldest replay that has one left. True when there is more to do. */
export const continueReplays = defineOperation(
  'webhooks.continue-replays',
  (connection, { now }: { now: number }): boolean => {
    const replay = firstRow(connection, query.selectFrom('webhook_replays').selectAll().orderBy('id').limit(1));
    if (replay === undefined) return false;
    const { id, webhook_id: webhookId, next_event_id: first, last_event_id: last, only_failed } = replay;
    const { next } = replaySome(connection, { webhookId, first, last, onlyFailed: only_failed === 1 }, now);
    if (next === undefined) execute(connection, query.deleteFrom('webhook_replays').where('id', '=', id));
    else execute(connection, query.updateTable('webhook_replays').set({ next_event_id: next }).where('id', '=', id));
    return true;
  },
);

interface StartTest {
  readonly webhook: Pick<Webhook, 'id' | 'userId'>;
  readonly deliveryId: string;
  readonly event: StoredEvent;
}

/** Puts a test into the log before it is sent. Returns its delivery's id. */
export const startTest = defineOperation(
  'webhooks.start-test',
  (connection, { webhook, deliveryId, event }: StartTest): string => {
    const { publicId, event: name, data, createdAt } = event;
    const row = { public_id: publicId, user_id: webhook.userId, event: name, data, created_at: createdAt };
    const eventId = Number(execute(connection, query.insertInto('webhook_events').values(row)).lastInsertRowid);
    const counted = query
      .updateTable('webhooks')
      .set((is) => ({ deliveries: is('deliveries', '+', 1) }))
      .where('id', '=', webhook.id)
      .where('deleted_at', 'is', null);
    if (execute(connection, counted).changes === 0) throw new AppError('NOT_FOUND', 'no such webhook');
    const delivery = {
      webhook_id: webhook.id,
      event_id: eventId,
      last_event_id: eventId,
      event_count: 1,
      event: name,
      public_id: deliveryId,
      // Not tried again by itself, whatever becomes of the process that sends it.
      state: dead,
      attempts: 1,
      error: 'the test did not come to an end',
      created_at: createdAt,
    };
    execute(connection, query.insertInto('webhook_deliveries').values(delivery));
    return deliveryId;
  },
);

interface FinishTest {
  readonly webhookId: number;
  readonly deliveryId: string;
  readonly outcome: TryOutcome;
  readonly now: number;
}

/** Writes down what came of a test. It says nothing of how the webhook's other deliveries fare. */
export const finishTest = defineOperation(
  'webhooks.finish-test',
  (connection, { webhookId, deliveryId, outcome, now }: FinishTest): void => {
    const { isSuccess, statusCode, durationMs, error, response } = outcome;
    const finished = query
      .updateTable('webhook_deliveries')
      .set({
        state: isSuccess ? delivered : dead,
        attempted_at: now,
        status_code: statusCode,
        duration_ms: Math.round(durationMs),
        error,
        response,
      })
      .where('public_id', '=', deliveryId);
    execute(connection, finished);
    const triggered = { last_triggered_at: now, last_status: statusCode };
    execute(connection, query.updateTable('webhooks').set(triggered).where('id', '=', webhookId));
  },
);
