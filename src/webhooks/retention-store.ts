// Clears away what is older than webhooks.retention_days, and what belonged to deleted webhooks: a little in each transaction.

import { defineOperation } from '../storage/operation.ts';
import { allRows, type Connection, execute, firstRow, query } from '../storage/query.ts';
import { deliveryState } from './delivery.ts';

const rowsAtOnce = 500;

interface WebhookRow {
  readonly id: number;
  readonly deleted_at: number | null;
}

function webhooksOf(connection: Connection): WebhookRow[] {
  return allRows(connection, query.selectFrom('webhooks').select(['id', 'deleted_at']));
}

/** Deliveries of one webhook, of events up to this one; how many there were. */
function dropSome(connection: Connection, { id, deleted_at: deletedAt }: WebhookRow, upTo: number): number {
  const some = query
    .selectFrom('webhook_deliveries')
    .select('event_id')
    .where('webhook_id', '=', id)
    .where('last_event_id', '<=', upTo)
    .where('event_id', '<=', upTo)
    // What is being sent is left until it has ended.
    .$if(deletedAt === null, (these) => these.where('state', '<>', deliveryState.sending))
    .orderBy('event_id')
    .limit(rowsAtOnce);
  const { changes } = execute(
    connection,
    query.deleteFrom('webhook_deliveries').where('webhook_id', '=', id).where('event_id', 'in', some),
  );
  return changes;
}

/** Deliveries of the first webhook that has some to be dropped; how many there were. */
function dropDeliveries(connection: Connection, lastOld: number): number {
  for (const webhook of webhooksOf(connection)) {
    const { id } = webhook;
    const isDeleted = webhook.deleted_at !== null;
    const changes = dropSome(connection, webhook, isDeleted ? Number.MAX_SAFE_INTEGER : lastOld);
    if (changes > 0) {
      execute(
        connection,
        query
          .updateTable('webhooks')
          .set((row) => ({ deliveries: row('deliveries', '-', changes) }))
          .where('id', '=', id),
      );
      return changes;
    }
    if (isDeleted) {
      execute(connection, query.deleteFrom('webhook_replays').where('webhook_id', '=', id));
      execute(connection, query.deleteFrom('webhooks').where('id', '=', id));
      return 1;
    }
  }
  return 0;
}

/** The newest event up to which nothing is needed any more: everybody was told of it, and no delivery has it. */
function lastUnneeded(connection: Connection, lastOld: number): number {
  const handedOn = firstRow(connection, query.selectFrom('webhook_fan_out').select('event_id'))?.event_id ?? 0;
  let upTo = Math.min(lastOld, handedOn);
  for (const { id } of webhooksOf(connection)) {
    const oldest = query
      .selectFrom('webhook_deliveries')
      .select((row) => row.fn.min('event_id').as('event_id'))
      .where('webhook_id', '=', id);
    const kept: number | null = firstRow(connection, oldest)?.event_id ?? null;
    if (kept !== null) upTo = Math.min(upTo, kept - 1);
  }
  return upTo;
}

function dropEvents(connection: Connection, lastOld: number): number {
  const some = query
    .selectFrom('webhook_events')
    .select('id')
    .where('id', '<=', lastUnneeded(connection, lastOld))
    .orderBy('id')
    .limit(rowsAtOnce);
  return execute(connection, query.deleteFrom('webhook_events').where('id', 'in', some)).changes;
}

/** True when there may be more: then it is to be called again. */
export const dropOldEvents = defineOperation(
  'webhooks.drop-old',
  (connection, { before }: { before: number }): boolean => {
    const newestOld = query
      .selectFrom('webhook_events')
      .select('id')
      .where('created_at', '<', before)
      .orderBy('created_at', 'desc')
      .orderBy('id', 'desc')
      .limit(1);
    const lastOld = firstRow(connection, newestOld)?.id ?? 0;
    if (dropDeliveries(connection, lastOld) > 0) return true;
    return lastOld > 0 && dropEvents(connection, lastOld) > 0;
  },
);
