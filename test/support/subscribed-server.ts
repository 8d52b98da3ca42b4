// Webhooks of a running server's users, each with a receiver of its own.

import assert from 'node:assert/strict';
import { addUser } from './accounts.ts';
import type { ApiAnswer, ApiClient } from './api-client.ts';
import { Receiver } from './receiver.ts';
import { closeServers, type ServerProcess, startServer } from './server-process.ts';

export interface WebhookObject {
  readonly id: string;
  readonly name: string;
  readonly url: string;
  readonly events: readonly string[];
  readonly isActive: boolean;
  readonly status: string;
  readonly batch: { readonly maxEvents: number; readonly maxWaitMs: number } | null;
  readonly failureCount: number;
  readonly lastTriggeredAt: string | null;
  readonly lastStatus: number | null;
  readonly secret?: string | null;
}

export interface DeliveryObject {
  readonly id: string;
  readonly event: string;
  readonly eventCount: number;
  readonly success: boolean;
  readonly attempts: number;
  readonly statusCode: number | null;
  readonly error: string | null;
  readonly nextAttemptAt: string | null;
}

export interface Subscriber {
  readonly client: ApiClient;
  readonly webhook: WebhookObject;
  readonly hook: Receiver;
}

export async function createWebhook(client: ApiClient, fields: object = {}): Promise<WebhookObject> {
  const answer = await client.post('/webhooks', { name: 'w', url: 'https://hooks.example/', events: ['*'], ...fields });
  assert.equal(answer.status, 201, answer.text);
  return answer.data<WebhookObject>();
}

export async function deliveriesOf(client: ApiClient, { id }: WebhookObject, query = ''): Promise<DeliveryObject[]> {
  return (await client.get(`/webhooks/${id}/deliveries${query}`)).data<DeliveryObject[]>();
}

export function assertError(answer: ApiAnswer, status: number, code: string, path?: string): void {
  assert.deepEqual([answer.status, answer.error.code], [status, code], answer.text);
  if (path !== undefined)
    assert.ok(
      answer.error.details?.some((detail) => detail.path === path),
      answer.text,
    );
}

/** A server that may reach receivers on loopback, and those receivers. */
export class SubscribedServer {
  readonly server: ServerProcess;
  readonly #receivers: Receiver[] = [];

  private constructor(server: ServerProcess) {
    this.server = server;
  }

  static async start(flags: readonly string[] = []): Promise<SubscribedServer> {
    const allow = ['--webhooks-allow', '127.0.0.1,hooks.internal'];
    return new SubscribedServer(await startServer({ flags: [...allow, ...flags] }));
  }

  /** A user with a webhook of their own, so that tests do not hear each other's events. */
  async subscriber(fields: object = {}): Promise<Subscriber> {
    const hook = await Receiver.start();
    this.#receivers.push(hook);
    const { client } = addUser(this.server);
    return { client, hook, webhook: await createWebhook(client, { url: hook.url, ...fields }) };
  }

  async close(): Promise<void> {
    await closeServers();
    for (const one of this.#receivers) await one.down();
  }
}
