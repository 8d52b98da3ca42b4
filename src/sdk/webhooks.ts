// `signpost.webhooks`: where the server tells of what happens, what it sent, and whether a request is its own.

import type { Operations, Webhook, WebhookDelivery } from './api-types.ts';
import { Pages } from './pages.ts';
import { type CallOptions, segment, type Transport } from './transport.ts';
import { verifyWebhook } from './webhook-signature.ts';

const pathOf = (id: string, rest = ''): string => `/webhooks/${segment(id)}${rest}`;

export class WebhooksClient {
  readonly #transport: Transport;
  /** The event in a webhook's request; throws unless the server signed exactly these bytes. */
  readonly verify = verifyWebhook;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** The answer alone holds the secret that signs. */
  create(
    webhook: Operations['createWebhook']['body'],
    options?: CallOptions,
  ): Promise<Operations['createWebhook']['data']> {
    return this.#transport.data({ method: 'POST', path: '/webhooks', body: webhook, options });
  }

  list(query: Operations['listWebhooks']['query'] = {}, options?: CallOptions): Pages<Webhook> {
    return new Pages(this.#transport, { method: 'GET', path: '/webhooks', query, options });
  }

  get(id: string, options?: CallOptions): Promise<Webhook> {
    return this.#transport.data({ method: 'GET', path: pathOf(id), options });
  }

  update(id: string, change: Operations['changeWebhook']['body'], options?: CallOptions): Promise<Webhook> {
    return this.#transport.data({ method: 'PATCH', path: pathOf(id), body: change, options });
  }

  delete(id: string, options?: CallOptions): Promise<void> {
    return this.#transport.json({ method: 'DELETE', path: pathOf(id), options });
  }

  /** Sends a `test` event at once, and tells what came of it. */
  test(id: string, options?: CallOptions): Promise<Operations['testWebhook']['data']> {
    return this.#transport.data({ method: 'POST', path: pathOf(id, '/test'), options });
  }

  /** A new secret; the old one signs as well for a day. */
  rotateSecret(id: string, options?: CallOptions): Promise<Operations['rotateWebhookSecret']['data']> {
    return this.#transport.data({ method: 'POST', path: pathOf(id, '/rotate-secret'), options });
  }

  deliveries(
    id: string,
    query: Operations['listWebhookDeliveries']['query'] = {},
    options?: CallOptions,
  ): Pages<WebhookDelivery> {
    return new Pages(this.#transport, { method: 'GET', path: pathOf(id, '/deliveries'), query, options });
  }

  /** Sends one delivery again. */
  replayDelivery(id: string, deliveryId: string, options?: CallOptions): Promise<WebhookDelivery> {
    const path = pathOf(id, `/deliveries/${segment(deliveryId)}/replay`);
    return this.#transport.data({ method: 'POST', path, options });
  }

  /** Sends again what happened in a time. */
  replay(
    id: string,
    time: Operations['replayWebhookDeliveries']['body'],
    options?: CallOptions,
  ): Promise<Operations['replayWebhookDeliveries']['data']> {
    return this.#transport.data({ method: 'POST', path: pathOf(id, '/replay'), body: time, options });
  }
}
