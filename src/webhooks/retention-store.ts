// Clears away what is older than webhooks.retention_days, and what belonged to deleted webhooks: a little in each transaction.

import { defineOperation } from '../storage/operation.ts';
import { type Connection, oncePerConnection } from '../storage/query.ts';
import { deliveryState } from './delivery.ts';

const rowsAtOnce = 500;

const statementsOf = oncePerConnection((connection) => ({
  newestOld: connection.prepare<[number], { id: number }>(
    'SELECT id FROM webhook_events WHERE created_at < ? ORDER BY created_at DESC, id DESC LIMIT 1',
  ),
  webhooks: connection.prepare<[], { id: number; deleted_at: number | null }>('SELECT id, deleted_at FROM webhooks'),
  // What is being sent is left until it has ended.
  dropDeliveries: connection.prepare(
    `DELETE FROM webhook_deliveries WHERE webhook_id = @id AND event_id IN
       (SELECT event_id FROM webhook_deliveries WHERE webhook_id = @id AND last_event_id <= @upTo
        AND event_id <= @upTo AND (state <> ${deliveryState.sending} OR @isDeleted) ORDER BY event_id LIMIT ${rowsAtOnce})`,
  ),
  countDown: connection.prepare('UPDATE webhooks SET deliveries = deliveries - ? WHERE id = ?'),
  dropReplays: connection.prepare('DELETE FROM webhook_replays WHERE webhook_id = ?'),
  dropWebhook: connection.prepare('DELETE FROM webhooks WHERE id = ?'),
  oldestKept: connection.prepare<[number], { event_id: number | null }>(
    'SELECT min(event_id) AS event_id FROM webhook_deliveries WHERE webhook_id = ?',
  ),
  dropEvents: connection.prepare(
    `DELETE FROM webhook_events WHERE id IN (SELECT id FROM webhook_events WHERE id <= ? ORDER BY id LIMIT ${rowsAtOnce})`,
  ),
  handedOn: connection.prepare<[], { event_id: number }>('SELECT event_id FROM webhook_fan_out'),
}));

/** Deliveries of the first webhook that has some to be dropped; how many there were. */
function dropDeliveries(connection: Connection, lastOld: number): number {
  const statements = statementsOf(connection);
  for (const { id, deleted_at: deletedAt } of statements.webhooks.all()) {
    const isDeleted = deletedAt !== null;
    const upTo = isDeleted ? Number.MAX_SAFE_INTEGER : lastOld;
    const { changes } = statements.dropDeliveries.run({ id, upTo, isDeleted: Number(isDeleted) });
    if (changes > 0) {
      statements.countDown.run(changes, id);
      return changes;
    }
    if (isDeleted) {
      statements.dropReplays.run(id);
      statements.dropWebhook.run(id);
      return 1;
    }
  }
  return 0;
}

function dropEvents(connection: Connection, lastOld: number): number {
  const statements = statementsOf(connection);
  // Neither what nobody has been told of yet, nor what a delivery still needs.
  let upTo = Math.min(lastOld, statements.handedOn.get()?.event_id ?? 0);
  for (const { id } of statements.webhooks.all()) {
    const kept = statements.oldestKept.get(id)?.event_id ?? null;
    if (kept !== null) upTo = Math.min(upTo, kept - 1);
  }
  return statements.dropEvents.run(upTo).changes;
}

/** True when there may be more: then it is to be called again. */
export const dropOldEvents = defineOperation(
  'webhooks.drop-old',
  (connection, { before }: { before: number }): boolean => {
    const lastOld = statementsOf(connection).newestOld.get(before)?.id ?? 0;
    if (dropDeliveries(connection, lastOld) > 0) return true;
    return lastOld > 0 && dropEvents(connection, lastOld) > 0;
  },
);
