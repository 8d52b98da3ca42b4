// Webhooks and their deliveries in the shapes of the native API.

import * as z from 'zod';
import { type Delivery, deliveryState } from '../webhooks/delivery.ts';
import type { DeliveryLog } from '../webhooks/webhooks.ts';
import { wantedEvents, type Webhook, webhookStatuses } from '../webhooks/webhook.ts';

const instant = z.string().meta({ format: 'date-time' });

export const webhookSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    url: z.string(),
    events: z.array(z.enum(wantedEvents)),
    batch: z.object({ maxEvents: z.int(), maxWaitMs: z.int() }).nullable(),
    isActive: z.boolean().describe('Whether anything is sent: false while `status` is `disabled`.'),
    status: z
      .enum(webhookStatuses)
      .describe(
        '`failing` after 10 failures in a row: only the oldest delivery is tried, and its success releases the others. `disabled` after 5 days ' +
          'without a success, after a 410, or by its owner.',
      ),
    lastTriggeredAt: instant.nullable(),
    lastStatus: z.int().nullable().describe('HTTP status of the last answer; null where there was none.'),
    failureCount: z.int().min(0).describe('Failed tries in a row.'),
    createdAt: instant,
    updatedAt: instant,
  })
  .meta({ id: 'Webhook' });

export type WebhookObject = z.output<typeof webhookSchema>;

export const webhookExample: WebhookObject = {
  id: 'wh_7Kd2LmPqR4sTuVwX',
  name: 'Order system',
  url: 'https://hooks.example.com/signpost',
  events: ['click', 'link.created'],
  batch: null,
  isActive: true,
  status: 'active',
  lastTriggeredAt: '2026-07-14T16:20:05.120Z',
  lastStatus: 200,
  failureCount: 0,
  createdAt: '2026-06-01T08:00:00.000Z',
  updatedAt: '2026-06-01T08:00:00.000Z',
};

export const secretWebhookSchema = webhookSchema.extend({
  secret: z
    .string()
    .nullable()
    .describe('What its deliveries are signed with, shown this once; null where a repeated call is answered again.'),
});

export const secretExample = 'whsec_N2Q0YjA5ZjhlNzE1NGMzMmE2YjgwZDFmOWU1YzRhNzM=';

export const testResultSchema = z
  .object({
    success: z.boolean().describe('Whether the answer was a 2xx within 10 seconds.'),
    statusCode: z.int().nullable().describe('null: there was no answer.'),
    response: z.string().nullable().describe('The beginning of the answer, up to 1 kB.'),
    duration: z.number().min(0).describe('Milliseconds.'),
    error: z.string().nullable(),
  })
  .meta({ id: 'WebhookTest' });

export const deliverySchema = z
  .object({
    id: z.string().describe('The same on every try, and what `X-Webhook-Delivery` and `webhook-id` carry.'),
    event: z.string(),
    eventCount: z.int().min(1).describe('More than 1: a batch of clicks.'),
    statusCode: z.int().nullable().describe('Of the last try; null where there was no answer.'),
    duration: z.int().min(0).nullable().describe('Of the last try, in milliseconds.'),
    success: z.boolean(),
    attempts: z.int().min(0).describe('Tries up to now, or since it was replayed.'),
    error: z.string().nullable(),
    response: z.string().nullable().describe('The beginning of the last answer, up to 1 kB.'),
    nextAttemptAt: instant.nullable().describe('Not before then; null: it will not be tried by itself.'),
    createdAt: instant,
  })
  .meta({ id: 'WebhookDelivery' });

export type DeliveryObject = z.output<typeof deliverySchema>;

export const deliveryExample: DeliveryObject = {
  id: 'dlv_0vR3kQx9KcR7aEhN',
  event: 'click',
  eventCount: 1,
  statusCode: 503,
  duration: 41,
  success: false,
  attempts: 2,
  error: 'the receiver answered 503',
  response: 'try later',
  nextAttemptAt: '2026-07-14T16:20:40.120Z',
  createdAt: '2026-07-14T16:20:05.120Z',
};

const time = (milliseconds: number): string => new Date(milliseconds).toISOString();
const timeOrNull = (milliseconds: number | null): string | null => (milliseconds === null ? null : time(milliseconds));

export function webhookObject(webhook: Webhook): WebhookObject {
  const { publicId, name, url, events, batch, status, lastTriggeredAt, lastStatus, failureCount } = webhook;
  return {
    id: publicId,
    name,
    url,
    events: [...events],
    batch,
    isActive: status !== 'disabled',
    status,
    lastTriggeredAt: timeOrNull(lastTriggeredAt),
    lastStatus,
    failureCount,
    createdAt: time(webhook.createdAt),
    updatedAt: time(webhook.updatedAt),
  };
}

const { waiting, scheduled, delivered } = deliveryState;

/** Whether it waits in vain: its webhook is switched off, or was. */
function isHeld({ state, eventId }: Delivery, { webhook, prospect }: Omit<DeliveryLog, 'deliveries'>): boolean {
  return state === waiting && (webhook.status === 'disabled' || eventId <= prospect.heldThrough);
}

function nextAttemptAt(delivery: Delivery, log: Omit<DeliveryLog, 'deliveries'>): number | null {
  const { webhook, prospect } = log;
  const { state, dueAt, createdAt } = delivery;
  if (webhook.status === 'disabled' || isHeld(delivery, log)) return null;
  if (state !== waiting && state !== scheduled) return null;
  if (webhook.status === 'failing') return prospect.probeAt;
  return Math.max(dueAt ?? createdAt, prospect.pausedUntil ?? 0);
}

export function deliveryObject(delivery: Delivery, log: Omit<DeliveryLog, 'deliveries'>): DeliveryObject {
  const { publicId, event, eventCount, statusCode, durationMs, state, attempts, error, response, createdAt } = delivery;
  const isUntried = attempts === 0 && error === null;
  return {
    id: publicId,
    event,
    eventCount,
    statusCode,
    duration: durationMs,
    success: state === delivered,
    attempts,
    error: isUntried && isHeld(delivery, log) ? 'not sent, because the webhook was switched off' : error,
    response,
    nextAttemptAt: timeOrNull(nextAttemptAt(delivery, log)),
    createdAt: time(createdAt),
  };
}
