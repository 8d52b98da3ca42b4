// /api/v1/webhooks/:id/deliveries: what was sent, what came of it, and the way to send it again.

import * as z from 'zod';
import { invalidField } from '../core/errors.ts';
import type { Clock } from '../core/clock.ts';
import { data, list } from '../http/answer.ts';
import { pageOf, pagingSchema, parsePaging } from '../http/paging.ts';
import { dataDocs, type Documented, listDocs } from '../http/route-docs.ts';
import type { PrivateRoute } from '../http/router.ts';
import { parseReplay } from '../webhooks/webhook-input.ts';
import { replaySchema } from '../webhooks/webhook-schemas.ts';
import type { Webhooks } from '../webhooks/webhooks.ts';
import { deliveryExample, deliveryObject, deliverySchema } from './webhook-object.ts';
import { webhookIdParam } from './webhooks.ts';

interface WebhookDeliveryRoutesOptions {
  readonly webhooks: Webhooks;
  readonly clock: Clock;
}

/** Pages further on would be counted through row by row; a cursor goes anywhere at once. */
const maxOffset = 10_000;

const replayedSchema = z
  .object({
    replayed: z.int().min(0).describe('Deliveries that are due again now.'),
    hasMore: z.boolean().describe('Whether there are more of that time, which follow by themselves.'),
  })
  .meta({ id: 'WebhookReplay' });

export function webhookDeliveryRoutes({ webhooks, clock }: WebhookDeliveryRoutesOptions): Documented<PrivateRoute>[] {
  return [
    {
      method: 'GET',
      path: '/api/v1/webhooks/:id/deliveries',
      scope: 'webhooks:*',
      docs: {
        id: 'listWebhookDeliveries',
        tag: 'Webhooks',
        summary: "List a webhook's deliveries",
        description: `Kept as long as the server is set to keep them (30 days by default). \`page\` reaches the newest ${maxOffset}; a \`cursor\` all of them.`,
        params: webhookIdParam,
        query: pagingSchema,
        responses: { 200: listDocs('One page of deliveries, the newest first.', deliverySchema, deliveryExample) },
        errors: ['NOT_FOUND'],
      },
      handle({ identity, params, query }) {
        const paging = parsePaging(query);
        if (paging.offset > maxOffset)
          throw invalidField('page', `page reaches the newest ${maxOffset} only: follow meta.nextCursor`);
        const place = { ...paging, limit: paging.perPage + 1 };
        const log = webhooks.deliveries(identity.userId, params['id'] ?? '', place);
        const found = log.deliveries.map((delivery) => ({ id: delivery.eventId, delivery }));
        const { rows, meta } = pageOf(found, log.webhook.deliveries, paging);
        return list(
          rows.map(({ delivery }) => deliveryObject(delivery, log)),
          meta,
        );
      },
    },
    {
      method: 'POST',
      path: '/api/v1/webhooks/:id/deliveries/:deliveryId/replay',
      scope: 'webhooks:*',
      docs: {
        id: 'replayWebhookDelivery',
        tag: 'Webhooks',
        summary: 'Send one delivery again',
        description: 'With the same id and body, and with all its tries before it.',
        params: {
          ...webhookIdParam,
          deliveryId: z
            .string()
            .meta({ description: 'The id of the delivery: `dlv_…`.', examples: [deliveryExample.id] }),
        },
        takesIdempotencyKey: true,
        responses: {
          200: dataDocs('It is due again.', deliverySchema, {
            ...deliveryExample,
            attempts: 0,
            nextAttemptAt: '2026-07-15T09:00:00.000Z',
          }),
        },
        errors: ['NOT_FOUND'],
      },
      async handle({ identity, params, once }) {
        const { id = '', deliveryId = '' } = params;
        const log = await webhooks.replayDelivery(identity.userId, id, deliveryId, await once());
        return data(deliveryObject(log.deliveries[0]!, log));
      },
    },
    {
      method: 'POST',
      path: '/api/v1/webhooks/:id/replay',
      scope: 'webhooks:*',
      docs: {
        id: 'replayWebhookDeliveries',
        tag: 'Webhooks',
        summary: 'Send again what happened in a time',
        description:
          'In the order in which it happened, each under the id that it had. What the receiver has got already is sent once more, unless `onlyFailed` leaves it out.',
        params: webhookIdParam,
        body: {
          schema: replaySchema,
          examples: {
            'A day': { from: '2026-07-14T00:00:00Z', to: '2026-07-15T00:00:00Z' },
            'What failed since': { from: '2026-07-14T16:00:00+02:00', onlyFailed: true },
          },
        },
        takesIdempotencyKey: true,
        responses: { 200: dataDocs('How much is due again.', replayedSchema, { replayed: 212, hasMore: false }) },
        errors: ['NOT_FOUND'],
      },
      async handle({ identity, params, json, once }) {
        const time = parseReplay(await json(), clock.now());
        return data(await webhooks.replayRange(identity.userId, params['id'] ?? '', time, await once()));
      },
    },
  ];
}
