// A database, its webhooks and what delivers to them, in the test's own process: the clock is the test's, everything else is real.

import assert from 'node:assert/strict';
import { createUser, parseNewUser } from '../../src/accounts/users.ts';
import { newId } from '../../src/core/ids.ts';
import { OutgoingClient } from '../../src/outgoing/outgoing-client.ts';
import { openForCommand, prepareDatabase } from '../../src/storage/database.ts';
import type { Operation } from '../../src/storage/operation.ts';
import { type EventName, putEvent } from '../../src/storage/outbox-store.ts';
import type { Connection } from '../../src/storage/query.ts';
import { deliveryObject, type DeliveryObject } from '../../src/api/webhook-object.ts';
import { listDeliveries, prospectOf } from '../../src/webhooks/delivery-log-store.ts';
import type { StatusChange } from '../../src/webhooks/delivery-write-store.ts';
import { Dispatcher } from '../../src/webhooks/dispatcher.ts';
import { newSecret } from '../../src/webhooks/signature.ts';
import type { Webhook } from '../../src/webhooks/webhook.ts';
import { createWebhook, requireWebhook, type WebhookFields } from '../../src/webhooks/webhook-store.ts';
import { FakeTime } from './fake-time.ts';
import { temporaryFolder } from './server-process.ts';

export const minuteMs = 60_000;
export const start = Date.parse('2026-07-01T12:00:00Z');

type ClientOptions = ConstructorParameters<typeof OutgoingClient>[0];

export class DeliveryHarness {
  readonly time = new FakeTime(start);
  readonly folder: string;
  readonly connection: Connection;
  readonly userId: number;
  readonly changes: StatusChange[] = [];
  readonly errors: unknown[] = [];
  readonly dispatcher: Dispatcher;
  readonly #client: ClientOptions;
  #dispatchers: Dispatcher[] = [];

  /** @param timeoutMs of one try; real time, and so much of it that none is over by chance */
  constructor(timeoutMs = 60_000, client: Partial<ClientOptions> = {}) {
    this.#client = { allow: ['127.0.0.1'], timeoutMs, ...client };
    this.folder = temporaryFolder();
    prepareDatabase(this.folder);
    this.connection = openForCommand(this.folder);
    // Nothing here is about power cuts, and an fsync for each of thousands of small transactions takes minutes.
    this.connection.pragma('synchronous = OFF');
    this.userId = createUser(this.connection, parseNewUser({ email: 'a@example.com', name: 'A' }), start).id;
    this.dispatcher = this.newDispatcher();
  }

  /** Another one on the same database, as another process would be. */
  newDispatcher(): Dispatcher {
    const dispatcher = new Dispatcher({
      reader: this.connection,
      run: (operation, input) => this.run(operation, input),
      client: new OutgoingClient(this.#client),
      version: 'test',
      claim: newId('run'),
      clock: this.time,
      timers: this.time,
      random: () => 0.5,
      onTally: ({ changes }) => this.changes.push(...changes),
      onError: (error) => this.errors.push(error),
      gatherMs: 0,
    });
    this.#dispatchers.push(dispatcher);
    return dispatcher;
  }

  /** As the writer thread runs it: in a transaction, a moment later. */
  async run<Input, Output>(operation: Operation<Input, Output>, input: Input): Promise<Output> {
    await new Promise((resolve) => setImmediate(resolve));
    return this.connection.transaction(() => operation.apply(this.connection, input)).immediate();
  }

  createWebhook(url: string, fields: Partial<WebhookFields> = {}): Webhook {
    return createWebhook.apply(this.connection, {
      userId: this.userId,
      publicId: newId('wh'),
      fields: { name: 'w', url, events: ['*'], batch: null, ...fields },
      secret: newSecret(),
      maxWebhooks: Infinity,
      now: this.time.now(),
    });
  }

  webhook({ publicId }: Webhook): Webhook {
    return requireWebhook(this.connection, this.userId, publicId);
  }

  /** Stores events with the numbers `from` to `to` as their data. */
  emit(from: number, to: number, event: EventName = 'link.created'): void {
    this.connection.transaction(() => {
      for (let n = from; n <= to; n++) putEvent(this.connection, this.userId, event, { n }, this.time.now());
    })();
  }

  /** The webhook's log as its owner sees it, the oldest first. */
  deliveries(of: Webhook): DeliveryObject[] {
    const log = { webhook: this.webhook(of), prospect: prospectOf(this.connection, of.id) };
    return listDeliveries(this.connection, of.id, { beforeId: undefined, offset: 0, limit: 100_000 })
      .map((delivery) => deliveryObject(delivery, log))
      .toReversed();
  }

  /** Everything that is due now is done. */
  async settle(): Promise<void> {
    for (const dispatcher of this.#dispatchers) await dispatcher.idle();
  }

  /** New events, or other changes, are looked at. */
  async wake(): Promise<void> {
    for (const dispatcher of this.#dispatchers) dispatcher.wake();
    await this.settle();
  }

  pass(durationMs: number): Promise<void> {
    return this.time.pass(durationMs, () => this.settle());
  }

  /** For one that is gone, as if its process had died: it is neither woken nor waited for. */
  forget(dispatcher: Dispatcher): void {
    this.#dispatchers = this.#dispatchers.filter((other) => other !== dispatcher);
  }
}

/** The numbers that `emit` gave the events. */
export const numbersOf = (received: readonly { readonly message: { readonly data: unknown } }[]): number[] =>
  received.map(({ message }) => (message.data as { n: number }).n);

/** Fails where the numbers are not all of a range, or one came more than a few places from its own: four are sent at once. */
export function assertInOrder(numbers: readonly number[], from: number, to: number): void {
  assert.deepEqual(
    numbers.toSorted((a, b) => a - b),
    range(from, to),
  );
  numbers.forEach((n, index) => assert.ok(Math.abs(n - from - index) < 8, `${n} came as number ${index + 1}`));
}

export const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);

export const unique = (values: readonly string[]): number => new Set(values).size;
