// What becomes of old deliveries and events: kept for webhooks.retention_days, and never gone before they were sent.

import assert from 'node:assert/strict';
import { after, afterEach, describe, it } from 'node:test';
import { createUser, parseNewUser } from '../../src/accounts/users.ts';
import { newId } from '../../src/core/ids.ts';
import { hourMs } from '../../src/core/periods.ts';
import { putEvent } from '../../src/storage/outbox-store.ts';
import { replayDelivery } from '../../src/webhooks/delivery-log-store.ts';
import { fanOut } from '../../src/webhooks/fan-out-store.ts';
import { type Cleared, dropOldEvents } from '../../src/webhooks/retention-store.ts';
import { newSecret } from '../../src/webhooks/signature.ts';
import { createWebhook, deleteWebhook, updateWebhook } from '../../src/webhooks/webhook-store.ts';
import { assertInOrder, DeliveryHarness, numbersOf, range, start } from '../support/delivery-harness.ts';
import { Receivers, refuse } from '../support/receiver.ts';
import { closeServers } from '../support/server-process.ts';

const receivers = new Receivers();
afterEach(() => receivers.close());
after(closeServers);

const keptMs = 24 * hourMs;

function count(harness: DeliveryHarness, table: string): number {
  return harness.connection.prepare<[], number>(`SELECT count(*) FROM ${table}`).pluck().get()!;
}

/** As the job does it; returns how many transactions it took. */
async function drop(harness: DeliveryHarness): Promise<number> {
  const now = harness.time.now();
  let from: Cleared | undefined;
  for (let calls = 1; ; calls++) {
    const rows = count(harness, 'webhook_deliveries') + count(harness, 'webhook_events');
    const given = { before: now - keptMs, now, ...(from === undefined ? {} : { from }) };
    from = await harness.run(dropOldEvents, given);
    const dropped = rows - count(harness, 'webhook_deliveries') - count(harness, 'webhook_events');
    assert.ok(dropped <= 500, `${dropped} rows in one transaction`);
    if (from === undefined) return calls;
  }
}

describe('old deliveries', () => {
  it('are dropped and counted, a little in each transaction, and newer ones are not', async () => {
    const harness = new DeliveryHarness();
    const target = await receivers.start();
    const webhook = harness.createWebhook(target.url);
    const other = harness.createWebhook(target.url, { events: ['click'] });
    harness.emit(1, 600);
    harness.emit(601, 610, 'click');
    await harness.wake();
    await harness.pass(48 * hourMs);
    harness.emit(611, 615);
    await harness.wake();
    assert.ok((await drop(harness)) >= 4);
    assert.deepEqual(
      harness.deliveries(webhook).map(({ event, success }) => [event, success]),
      Array.from({ length: 5 }, () => ['link.created', true]),
    );
    assert.equal(harness.webhook(webhook).deliveries, 5);
    assert.equal(harness.webhook(other).deliveries, 0);
    assert.equal(count(harness, 'webhook_events'), 5);
    const { userId } = harness;
    await harness.run(deleteWebhook, { userId, publicId: webhook.publicId, now: harness.time.now() });
    await harness.run(deleteWebhook, { userId, publicId: other.publicId, now: harness.time.now() });
    await drop(harness);
    const tables = ['webhooks', 'webhook_deliveries', 'webhook_interests'];
    assert.deepEqual(
      tables.map((table) => count(harness, table)),
      [0, 0, 0],
    );
  });

  it('are kept while they are still to be sent, however far ahead the clock is', async () => {
    const harness = new DeliveryHarness();
    const target = await receivers.start();
    const webhook = harness.createWebhook(target.url);
    harness.emit(1, 600);
    while (await harness.run(fanOut, null));
    harness.time.setClock(400 * 24 * hourMs);
    await drop(harness);
    assert.equal(harness.webhook(webhook).deliveries, 600);
    await harness.wake();
    assertInOrder(numbersOf(target.received), 1, 600);
    await harness.pass(keptMs - hourMs);
    await drop(harness);
    assert.equal(harness.webhook(webhook).deliveries, 600);
    await harness.pass(2 * hourMs);
    await drop(harness);
    assert.equal(harness.webhook(webhook).deliveries, 0);
    assert.equal(count(harness, 'webhook_events'), 0);
  });

  it('are kept for their time from their last try on, whether that was the first, the ninth or a replay', async () => {
    const harness = new DeliveryHarness();
    const target = await receivers.start((response, { message }) => {
      const { n } = message.data as { n: number };
      response.writeHead(n === 1 ? 500 : 200).end();
    });
    const webhook = harness.createWebhook(target.url);
    harness.emit(1, 2);
    await harness.wake();
    const kept = async (): Promise<boolean[]> => {
      await drop(harness);
      return harness.deliveries(webhook).map(({ success }) => success);
    };
    // The ninth try is 79 hours after the first.
    await harness.pass(70 * hourMs);
    assert.deepEqual(await kept(), [false]);
    await harness.pass(10 * hourMs);
    assert.equal(harness.deliveries(webhook)[0]?.nextAttemptAt, null);
    await harness.pass(22 * hourMs);
    assert.deepEqual(await kept(), [false]);
    target.answering = (response) => response.end();
    const { userId } = harness;
    const deliveryId = harness.deliveries(webhook)[0]!.id;
    const replay = { userId, webhookId: webhook.publicId, deliveryId, now: harness.time.now() };
    await harness.run(replayDelivery, replay);
    await harness.wake();
    await harness.pass(23 * hourMs);
    assert.deepEqual(await kept(), [true]);
    await harness.pass(2 * hourMs);
    assert.deepEqual(await kept(), []);
    assert.equal(count(harness, 'webhook_events'), 0);
  });

  it('go by the age of their events where a clock that was ahead says that they are still to end', async () => {
    const harness = new DeliveryHarness();
    const target = await receivers.start();
    const webhook = harness.createWebhook(target.url);
    harness.time.setClock(1_000 * 24 * hourMs);
    harness.emit(1, 1);
    await harness.wake();
    harness.time.setClock(-1_000 * 24 * hourMs);
    harness.emit(2, 2);
    await harness.wake();
    await harness.pass(keptMs + hourMs);
    await drop(harness);
    assert.deepEqual(harness.deliveries(webhook), []);
  });
});

describe('what a webhook that is switched off was not sent', () => {
  it('is kept for its time from its event on, or from when the webhook was switched off', async () => {
    const harness = new DeliveryHarness();
    const target = await receivers.start(refuse);
    const webhook = harness.createWebhook(target.url);
    harness.emit(1, 12);
    await harness.wake();
    const isOff = (): boolean => harness.webhook(webhook).status === 'disabled';
    while (!isOff()) await harness.pass(hourMs);
    assert.ok(harness.time.now() - start >= 5 * 24 * hourMs);
    const numbers = async (): Promise<number[]> => {
      await drop(harness);
      return harness.connection
        .prepare<[], number>(
          `SELECT e.data ->> 'n' FROM webhook_deliveries d JOIN webhook_events e ON e.id = d.event_id ORDER BY e.id`,
        )
        .pluck()
        .all();
    };
    assert.deepEqual(await numbers(), range(1, 12));
    await harness.pass(4 * hourMs);
    harness.emit(13, 15);
    await harness.wake();
    await harness.pass(16 * hourMs);
    assert.deepEqual(await numbers(), range(1, 15));
    await harness.pass(6 * hourMs);
    assert.deepEqual(await numbers(), range(13, 15));
    // Switched on again, it is as before: these are sent only when they are replayed.
    const change = { userId: harness.userId, publicId: webhook.publicId, fields: {} };
    await harness.run(updateWebhook, { ...change, isActive: true, now: harness.time.now() });
    target.answering = (response) => response.end();
    harness.emit(16, 16);
    await harness.wake();
    assert.deepEqual(await numbers(), range(13, 16));
    await harness.pass(3 * hourMs);
    assert.deepEqual(await numbers(), [16]);
    assert.equal(count(harness, 'webhook_events'), 1);
  });
});

describe('the events of a user', () => {
  it('are not kept for what another user’s webhook was not sent yet', async () => {
    const harness = new DeliveryHarness();
    const target = await receivers.start();
    const { connection } = harness;
    const another = createUser(connection, parseNewUser({ email: 'b@example.com', name: 'B' }), start).id;
    createWebhook.apply(connection, {
      userId: another,
      publicId: newId('wh'),
      fields: { name: 'w', url: 'https://127.0.0.1:1/', events: ['click'], batch: null },
      secret: newSecret(),
      maxWebhooks: Infinity,
      now: start,
    });
    harness.createWebhook(target.url);
    // Kept waiting by its clicks, which nobody could be told of.
    connection.transaction(() => putEvent(connection, another, 'click', { n: 0 }, start))();
    harness.emit(1, 700);
    await harness.wake();
    await harness.pass(48 * hourMs);
    await drop(harness);
    assert.deepEqual([count(harness, 'webhook_deliveries'), count(harness, 'webhook_events')], [1, 1]);
  });
});
