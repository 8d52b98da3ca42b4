// What a user can do with webhooks: make, find, change, end, test them, read their log, and send again what was sent before.

import type { Clock } from '../core/clock.ts';
import { newId, newOrderedId } from '../core/ids.ts';
import type { Connection } from '../storage/query.ts';
import type { Writer } from '../storage/writer.ts';
import type { Once } from '../storage/writer-protocol.ts';
import type { Courier } from './courier.ts';
import { type Delivery, deliveryState, type TryOutcome } from './delivery.ts';
import {
  type DeliveryPlace,
  findDelivery,
  finishTest,
  listDeliveries,
  type Prospect,
  prospectOf,
  startTest,
  replayDelivery,
  type Replayed,
  replayRange,
} from './delivery-log-store.ts';
import type { StatusChange } from './delivery-write-store.ts';
import { findSecrets, rotateSecret } from './secret-store.ts';
import { newSecret } from './signature.ts';
import type { Webhook } from './webhook.ts';
import type { ReplayTime, UrlFault, WebhookChange } from './webhook-input.ts';
import {
  countWebhooks,
  createWebhook,
  deleteWebhook,
  listWebhooks,
  requireWebhook,
  updateWebhook,
  type WebhookFields,
  type WebhookPlace,
} from './webhook-store.ts';

interface WebhooksOptions {
  readonly reader: Connection;
  readonly writer: Writer;
  readonly clock: Clock;
  readonly urlFault: UrlFault;
  /** Sends tests; asked for when there is one to be sent. */
  readonly courier: () => Courier;
  /** Told that there may be something to be sent. */
  readonly wake: () => void;
  /** Told when an owner switches one off or on. */
  readonly statusChanged: (change: Omit<StatusChange, 'webhookId'>) => void;
}

export interface SecretWebhook {
  readonly webhook: Webhook;
  /** null: this answers a call again that was answered before, and the secret was shown then. */
  readonly secret: string | null;
}

export type TestResult = Omit<TryOutcome, 'askedDelayMs'>;

/** What the log says of a test; it may be gone, or be sent just now. */
function earlierResult(delivery: Delivery | undefined): TestResult {
  return {
    isSuccess: delivery?.state === deliveryState.delivered,
    statusCode: delivery?.statusCode ?? null,
    durationMs: delivery?.durationMs ?? 0,
    error: delivery === undefined ? 'the test is no longer in the log' : delivery.error,
    response: delivery?.response ?? null,
  };
}

export interface DeliveryLog {
  readonly webhook: Webhook;
  readonly prospect: Prospect;
  readonly deliveries: readonly Delivery[];
}

export class Webhooks {
  readonly urlFault: UrlFault;
  readonly #options: WebhooksOptions;

  constructor(options: WebhooksOptions) {
    this.#options = options;
    this.urlFault = options.urlFault;
  }

  /** Throws LIMIT_REACHED. */
  async create(userId: number, maxWebhooks: number, fields: WebhookFields, once?: Once): Promise<SecretWebhook> {
    const { writer, clock, wake } = this.#options;
    const [publicId, secret] = [newId('wh'), newSecret()];
    const given = { userId, publicId, fields, maxWebhooks, now: clock.now() };
    const webhook = await writer.run(createWebhook, { ...given, secret }, once);
    wake();
    return { webhook, secret: webhook.publicId === publicId ? secret : null };
  }

  /** The newest first. */
  list(userId: number, place: WebhookPlace): { webhooks: readonly Webhook[]; total: number } {
    const { reader } = this.#options;
    return { webhooks: listWebhooks(reader, userId, place), total: countWebhooks(reader, userId) };
  }

  /** Throws NOT_FOUND, also for another user's webhook. So do all that follow. */
  get(userId: number, publicId: string): Webhook {
    return requireWebhook(this.#options.reader, userId, publicId);
  }

  async update(userId: number, publicId: string, change: WebhookChange): Promise<Webhook> {
    const { reader, writer, clock, wake, statusChanged } = this.#options;
    const { status: from } = requireWebhook(reader, userId, publicId);
    const webhook = await writer.run(updateWebhook, { userId, publicId, ...change, now: clock.now() });
    if (change.isActive !== undefined && webhook.status !== from) statusChanged({ publicId, from, to: webhook.status });
    wake();
    return webhook;
  }

  async delete(userId: number, publicId: string): Promise<void> {
    const { writer, clock, wake } = this.#options;
    await writer.run(deleteWebhook, { userId, publicId, now: clock.now() });
    wake();
  }

  /** The secret before it stays valid for 24 hours. Throws CONFLICT where as many do as may. */
  async rotateSecret(userId: number, publicId: string, once?: Once): Promise<SecretWebhook> {
    const { writer, clock, reader, wake } = this.#options;
    const secret = newSecret();
    const webhook = await writer.run(rotateSecret, { userId, publicId, now: clock.now(), secret }, once);
    wake();
    const isOurs = findSecrets(reader, webhook.id, clock.now())[0] === secret;
    return { webhook, secret: isOurs ? secret : null };
  }

  /**
   * Sends a `test` event at once, whatever the webhook's state, and tells what came of it. It is not tried again. Asked again
   * with the same key, it tells what came of it then.
   */
  async test(userId: number, publicId: string, once?: Once): Promise<TestResult> {
    const { reader, writer, clock, courier } = this.#options;
    const webhook = requireWebhook(reader, userId, publicId);
    const now = clock.now();
    const data = JSON.stringify({ webhookId: webhook.publicId, name: webhook.name });
    const event = { publicId: newId('evt'), event: 'test', data, createdAt: now };
    const deliveryId = newOrderedId('dlv', now);
    const startedId = await writer.run(startTest, { webhook: { id: webhook.id, userId }, deliveryId, event }, once);
    if (startedId !== deliveryId) return earlierResult(findDelivery(reader, webhook.id, startedId));
    const parcel = {
      webhookId: webhook.publicId,
      deliveryId,
      url: webhook.url,
      secrets: findSecrets(reader, webhook.id, now),
      event: event.event,
      isBatch: false,
      events: [event],
    };
    const outcome = await courier().deliver(parcel, now);
    await writer.run(finishTest, { webhookId: webhook.id, deliveryId, outcome, now: clock.now() });
    return outcome;
  }

  /** The newest first. */
  deliveries(userId: number, publicId: string, place: DeliveryPlace): DeliveryLog {
    const { reader } = this.#options;
    const webhook = requireWebhook(reader, userId, publicId);
    return {
      webhook,
      prospect: prospectOf(reader, webhook.id),
      deliveries: listDeliveries(reader, webhook.id, place),
    };
  }

  async replayDelivery(userId: number, webhookId: string, deliveryId: string, once?: Once): Promise<DeliveryLog> {
    const { reader, writer, clock, wake } = this.#options;
    const delivery = await writer.run(replayDelivery, { userId, webhookId, deliveryId, now: clock.now() }, once);
    wake();
    const webhook = requireWebhook(reader, userId, webhookId);
    return { webhook, prospect: prospectOf(reader, webhook.id), deliveries: [delivery] };
  }

  async replayRange(userId: number, webhookId: string, time: ReplayTime, once?: Once): Promise<Replayed> {
    const { writer, clock, wake } = this.#options;
    const replayed = await writer.run(replayRange, { userId, webhookId, ...time, now: clock.now() }, once);
    wake();
    return replayed;
  }
}
