// /api/v1/webhooks: a user's webhooks, their secrets and tests.

import * as z from 'zod';
import { data, list, noContent } from '../http/answer.ts';
import { pageOf, pagingSchema, parsePaging } from '../http/paging.ts';
import { dataDocs, type Documented, emptyDocs, listDocs } from '../http/route-docs.ts';
import type { PrivateRoute } from '../http/router.ts';
import { parseNewWebhook, parseWebhookChange } from '../webhooks/webhook-input.ts';
import { newWebhookSchema, webhookChangeSchema } from '../webhooks/webhook-schemas.ts';
import type { SecretWebhook, Webhooks } from '../webhooks/webhooks.ts';
import {
  secretExample,
  secretWebhookSchema,
  testResultSchema,
  webhookExample,
  webhookObject,
  webhookSchema,
} from './webhook-object.ts';

interface WebhookRoutesOptions {
  readonly webhooks: Webhooks;
}

/** What stands for `:id` in a path. */
export const webhookIdParam = {
  id: z.string().meta({ description: 'The id of the webhook: `wh_…`.', examples: [webhookExample.id] }),
};

const withSecret = { ...webhookExample, secret: secretExample };
const secretObject = ({ webhook, secret }: SecretWebhook) => ({ ...webhookObject(webhook), secret });

export function webhookRoutes({ webhooks }: WebhookRoutesOptions): Documented<PrivateRoute>[] {
  return [
    {
      method: 'POST',
      path: '/api/v1/webhooks',
      scope: 'webhooks:*',
      docs: {
        id: 'createWebhook',
        tag: 'Webhooks',
        summary: 'Make a webhook',
        description:
          'From now on what happens is sent to its URL, signed. The answer holds the `secret` that signs, which cannot be seen again.',
        body: {
          schema: newWebhookSchema,
          examples: {
            'For some events': {
              name: 'Order system',
              url: 'https://hooks.example.com/signpost',
              events: ['click', 'link.created'],
            },
            'For everything, clicks together': {
              name: 'Warehouse',
              url: 'https://hooks.example.com/warehouse',
              events: ['*'],
              batch: { maxEvents: 200, maxWaitMs: 5_000 },
            },
          },
        },
        takesIdempotencyKey: true,
        responses: { 201: dataDocs('The webhook.', secretWebhookSchema, withSecret) },
        errors: ['INVALID_URL', 'LIMIT_REACHED'],
      },
      async handle({ identity, json, once }) {
        const fields = parseNewWebhook(await json(), webhooks.urlFault);
        const { userId, limits } = identity;
        return data(secretObject(await webhooks.create(userId, limits.maxWebhooks, fields, await once())), 201);
      },
    },
    {
      method: 'GET',
      path: '/api/v1/webhooks',
      scope: 'webhooks:*',
      docs: {
        id: 'listWebhooks',
        tag: 'Webhooks',
        summary: 'List your webhooks',
        query: pagingSchema,
        responses: { 200: listDocs('One page of webhooks, the newest first.', webhookSchema, webhookExample) },
        errors: [],
      },
      handle({ identity, query }) {
        const paging = parsePaging(query);
        const { webhooks: found, total } = webhooks.list(identity.userId, { ...paging, limit: paging.perPage + 1 });
        const { rows, meta } = pageOf(found, total, paging);
        return list(rows.map(webhookObject), meta);
      },
    },
    {
      method: 'GET',
      path: '/api/v1/webhooks/:id',
      scope: 'webhooks:*',
      docs: {
        id: 'getWebhook',
        tag: 'Webhooks',
        summary: 'Get a webhook',
        params: webhookIdParam,
        responses: { 200: dataDocs('The webhook.', webhookSchema, webhookExample) },
        errors: ['NOT_FOUND'],
      },
      handle: ({ identity, params }) => data(webhookObject(webhooks.get(identity.userId, params['id'] ?? ''))),
    },
    {
      method: 'PATCH',
      path: '/api/v1/webhooks/:id',
      scope: 'webhooks:*',
      docs: {
        id: 'changeWebhook',
        tag: 'Webhooks',
        summary: 'Change a webhook, or switch it off and on',
        params: webhookIdParam,
        body: {
          schema: webhookChangeSchema,
          examples: {
            'Send elsewhere': { url: 'https://hooks.example.com/elsewhere' },
            'Switch it on again': { isActive: true },
          },
        },
        responses: { 200: dataDocs('The webhook as it is now.', webhookSchema, webhookExample) },
        errors: ['INVALID_URL', 'NOT_FOUND'],
      },
      async handle({ identity, params, json }) {
        const change = parseWebhookChange(await json(), webhooks.urlFault);
        return data(webhookObject(await webhooks.update(identity.userId, params['id'] ?? '', change)));
      },
    },
    {
      method: 'DELETE',
      path: '/api/v1/webhooks/:id',
      scope: 'webhooks:*',
      docs: {
        id: 'deleteWebhook',
        tag: 'Webhooks',
        summary: 'Delete a webhook',
        description: 'It ends at once, and its log with it; what it has not been sent yet will not be.',
        params: webhookIdParam,
        responses: { 204: emptyDocs('It is deleted.') },
        errors: ['NOT_FOUND'],
      },
      async handle({ identity, params }) {
        await webhooks.delete(identity.userId, params['id'] ?? '');
        return noContent;
      },
    },
    {
      method: 'POST',
      path: '/api/v1/webhooks/:id/test',
      scope: 'webhooks:*',
      docs: {
        id: 'testWebhook',
        tag: 'Webhooks',
        summary: 'Send a test',
        description:
          'Sends a `test` event at once, signed like any other, also to a webhook that is switched off, and tells what was answered.',
        params: webhookIdParam,
        takesIdempotencyKey: true,
        responses: {
          200: dataDocs('What came of it.', testResultSchema, {
            success: true,
            statusCode: 200,
            response: 'ok',
            duration: 38.2,
            error: null,
          }),
        },
        errors: ['NOT_FOUND'],
      },
      async handle({ identity, params, once }) {
        const outcome = await webhooks.test(identity.userId, params['id'] ?? '', await once());
        const { isSuccess: success, statusCode, response, durationMs, error } = outcome;
        return data({ success, statusCode, response, duration: Math.round(durationMs * 10) / 10, error });
      },
    },
    {
      method: 'POST',
      path: '/api/v1/webhooks/:id/rotate-secret',
      scope: 'webhooks:*',
      docs: {
        id: 'rotateWebhookSecret',
        tag: 'Webhooks',
        summary: 'Draw a new secret',
        description:
          'For 24 hours the one before stays valid: `webhook-signature` carries a signature of each. `X-Webhook-Signature` has room for one: it ' +
          'remains that of the old secret until its time is over, and `X-Webhook-Signature-Next` is that of the new one. Four earlier secrets ' +
          'may be valid at once.',
        params: webhookIdParam,
        takesIdempotencyKey: true,
        responses: { 200: dataDocs('The webhook with its new secret.', secretWebhookSchema, withSecret) },
        errors: ['NOT_FOUND', 'CONFLICT'],
      },
      async handle({ identity, params, once }) {
        return data(secretObject(await webhooks.rotateSecret(identity.userId, params['id'] ?? '', await once())));
      },
    },
  ];
}
