// The table webhooks as its owners see it: make, find, list, change and end.

import type { Selectable } from 'kysely';
import { requireRoom } from '../accounts/plans.ts';
import { AppError } from '../core/errors.ts';
import { defineOperation } from '../storage/operation.ts';
import { eventNames } from '../storage/outbox-store.ts';
import { allRows, type Connection, execute, firstRow, query } from '../storage/query.ts';
import type { WebhooksTable } from '../storage/tables.ts';
import { fanOut } from './fan-out-store.ts';
import { type BatchRule, healthy, type WantedEvent, type Webhook, type WebhookStatus, wants } from './webhook.ts';

const maxFanOutRounds = 50;

// Everything but the secrets, which nobody is shown again.
const shownColumns = [
  'id',
  'public_id',
  'user_id',
  'name',
  'url',
  'events',
  'batch_max_events',
  'batch_max_wait_ms',
  'status',
  'failure_count',
  'last_triggered_at',
  'last_status',
  'deliveries',
  'created_at',
  'updated_at',
] as const;

export function toWebhook(row: Pick<Selectable<WebhooksTable>, (typeof shownColumns)[number]>): Webhook {
  return {
    id: row.id,
    publicId: row.public_id,
    userId: row.user_id,
    name: row.name,
    url: row.url,
    events: JSON.parse(row.events) as WantedEvent[],
    batch:
      row.batch_max_events === null ? null : { maxEvents: row.batch_max_events, maxWaitMs: row.batch_max_wait_ms ?? 0 },
    status: row.status as WebhookStatus,
    failureCount: row.failure_count,
    lastTriggeredAt: row.last_triggered_at,
    lastStatus: row.last_status,
    deliveries: row.deliveries,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

const present = query.selectFrom('webhooks').select(shownColumns).where('deleted_at', 'is', null);

/** The user's own; another user's is as absent as an unknown one. */
export function findWebhook(connection: Connection, userId: number, publicId: string): Webhook | undefined {
  const row = firstRow(connection, present.where('public_id', '=', publicId).where('user_id', '=', userId));
  return row && toWebhook(row);
}

/** Throws NOT_FOUND, also for another user's webhook. */
export function requireWebhook(connection: Connection, userId: number, publicId: string): Webhook {
  const webhook = findWebhook(connection, userId, publicId);
  if (webhook === undefined) throw new AppError('NOT_FOUND', 'no such webhook');
  return webhook;
}

export interface WebhookPlace {
  /** Webhooks made before the one with this id; undefined: from the newest. */
  readonly beforeId: number | undefined;
  readonly offset: number;
  readonly limit: number;
}

/** The user's webhooks, the newest first. */
export function listWebhooks(
  connection: Connection,
  userId: number,
  { beforeId, offset, limit }: WebhookPlace,
): Webhook[] {
  let rows = present.where('user_id', '=', userId).orderBy('id', 'desc').limit(limit).offset(offset);
  if (beforeId !== undefined) rows = rows.where('id', '<', beforeId);
  return allRows(connection, rows).map(toWebhook);
}

export function countWebhooks(connection: Connection, userId: number): number {
  const counted = query
    .selectFrom('webhooks')
    .select((is) => is.fn.countAll<number>().as('total'))
    .where('user_id', '=', userId)
    .where('deleted_at', 'is', null);
  return firstRow(connection, counted)?.total ?? 0;
}

/** Whether any user has one. */
export function hasWebhooks(connection: Connection): boolean {
  return firstRow(connection, query.selectFrom('webhooks').select('id').limit(1)) !== undefined;
}

/** Writes down what the user's webhooks want between them. To be called in every transaction that changes one. */
function noteInterests(connection: Connection, userId: number): void {
  const rows = allRows(
    connection,
    query.selectFrom('webhooks').select('events').where('user_id', '=', userId).where('deleted_at', 'is', null),
  );
  const wanted = rows.map((row) => JSON.parse(row.events) as WantedEvent[]);
  execute(connection, query.deleteFrom('webhook_interests').where('user_id', '=', userId));
  for (const event of eventNames) {
    if (!wanted.some((events) => wants(events, event))) continue;
    execute(connection, query.insertInto('webhook_interests').values({ event, user_id: userId }));
  }
}

/** The newest event that there is or ever was. */
function lastEventId(connection: Connection): number {
  const newest = query.selectFrom('webhook_events').select((is) => is.fn.max<number | null>('id').as('id'));
  const done = query.selectFrom('webhook_fan_out').select('event_id');
  return Math.max(firstRow(connection, newest)?.id ?? 0, firstRow(connection, done)?.event_id ?? 0);
}

export interface WebhookFields {
  readonly name: string;
  readonly url: string;
  readonly events: readonly WantedEvent[];
  readonly batch: BatchRule | null;
}

interface CreateWebhook {
  readonly userId: number;
  readonly publicId: string;
  readonly fields: WebhookFields;
  readonly secret: string;
  readonly maxWebhooks: number;
  readonly now: number;
}

function columnsOf({ name, url, events, batch }: Partial<WebhookFields>) {
  return {
    ...(name === undefined ? {} : { name }),
    ...(url === undefined ? {} : { url }),
    ...(events === undefined ? {} : { events: JSON.stringify(events) }),
    ...(batch === undefined
      ? {}
      : { batch_max_events: batch?.maxEvents ?? null, batch_max_wait_ms: batch?.maxWaitMs ?? null }),
  };
}

/** Throws LIMIT_REACHED. Gets events that happen from now on. */
export const createWebhook = defineOperation('webhooks.create', (connection, given: CreateWebhook): Webhook => {
  const { userId, publicId, fields, secret, maxWebhooks, now } = given;
  requireRoom(countWebhooks(connection, userId), maxWebhooks, 'webhooks');
  const row = {
    public_id: publicId,
    user_id: userId,
    name: fields.name,
    url: fields.url,
    events: JSON.stringify(fields.events),
    secret,
    batch_max_events: fields.batch?.maxEvents ?? null,
    batch_max_wait_ms: fields.batch?.maxWaitMs ?? null,
    status: healthy.status,
    after_event_id: lastEventId(connection),
    created_at: now,
    updated_at: now,
  };
  execute(connection, query.insertInto('webhooks').values(row));
  noteInterests(connection, userId);
  return requireWebhook(connection, userId, publicId);
});

/** What has happened up to now goes to whoever wanted it then. More than a moment's worth never waits, unless nothing is delivered. */
function handOnEvents(connection: Connection): void {
  for (let rounds = 0; rounds < maxFanOutRounds && fanOut.apply(connection, null); rounds++);
}

interface UpdateWebhook {
  readonly userId: number;
  readonly publicId: string;
  readonly fields: Partial<WebhookFields>;
  /** Switches it on or off. */
  readonly isActive: boolean | undefined;
  readonly now: number;
}

/** Throws NOT_FOUND. */
export const updateWebhook = defineOperation('webhooks.update', (connection, given: UpdateWebhook): Webhook => {
  const { userId, publicId, fields, isActive, now } = given;
  const before = requireWebhook(connection, userId, publicId);
  handOnEvents(connection);
  // What comes back is healthy until proved otherwise; what gathered meanwhile waits to be replayed.
  const revived = {
    status: healthy.status,
    failure_count: 0,
    first_failure_at: null,
    probe_attempts: 0,
    probe_at: null,
    paused_until: null,
    held_through: lastEventId(connection),
  };
  const switched =
    isActive === false
      ? {
          status: 'disabled',
          probe_at: null,
          probe_attempts: 0,
          ...(before.status === 'disabled' ? {} : { switched_off_at: now }),
        }
      : isActive === true && before.status === 'disabled'
        ? revived
        : {};
  execute(
    connection,
    query
      .updateTable('webhooks')
      .set({
        ...columnsOf(fields),
        ...switched,
        // Under other rules the next click begins anew.
        open_batch: null,
        updated_at: Math.max(now, before.updatedAt + 1),
      })
      .where('id', '=', before.id),
  );
  noteInterests(connection, userId);
  return requireWebhook(connection, userId, publicId);
});

export interface OwnWebhook {
  readonly userId: number;
  readonly publicId: string;
  readonly now: number;
}

/** From now on nothing is sent, and nobody finds it; its deliveries are cleared away later, a few at a time. Throws NOT_FOUND. */
export const deleteWebhook = defineOperation(
  'webhooks.delete',
  (connection, { userId, publicId, now }: OwnWebhook): void => {
    const { id } = requireWebhook(connection, userId, publicId);
    execute(
      connection,
      query.updateTable('webhooks').set({ deleted_at: now, status: 'disabled', probe_at: null }).where('id', '=', id),
    );
    noteInterests(connection, userId);
  },
);
