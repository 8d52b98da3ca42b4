import assert from 'node:assert/strict';
import { after, afterEach, describe, it } from 'node:test';
import { hourMs } from '../../src/core/periods.ts';
import { replayDelivery, replayRange } from '../../src/webhooks/delivery-log-store.ts';
import { deleteWebhook, updateWebhook } from '../../src/webhooks/webhook-store.ts';
import {
  assertInOrder,
  DeliveryHarness,
  minuteMs,
  numbersOf,
  range,
  start,
  unique,
} from '../support/delivery-harness.ts';
import { type Answering, Receivers, refuse } from '../support/receiver.ts';
import { closeServers } from '../support/server-process.ts';

const receivers = new Receivers();
afterEach(() => receivers.close());
after(closeServers);

describe('a receiver that is down', () => {
  for (const [name, downMs, count] of [
    ['13 minutes', 13 * minuteMs, 5],
    ['26 hours', 26 * hourMs, 40],
  ] as const) {
    it(`for ${name} gets everything afterwards, in order, and nothing is lost`, async () => {
      const harness = new DeliveryHarness();
      const target = await receivers.start();
      const webhook = harness.createWebhook(target.url);
      harness.emit(1, 1);
      await harness.wake();
      await target.down();
      for (let n = 2; n <= count; n++) {
        harness.emit(n, n);
        await harness.wake();
        await harness.pass(downMs / count);
      }
      await target.up();
      await harness.pass(3 * hourMs);
      assertInOrder(numbersOf(target.received), 1, count);
      assert.equal(unique(target.ids), count);
      assert.ok(harness.deliveries(webhook).every(({ success, nextAttemptAt }) => success && nextAttemptAt === null));
      assert.deepEqual(harness.errors, []);
    });
  }

  it('is tried after 5 s, 30 s, 2 min, 10 min, 1 h, 6 h, 24 h and 48 h, then no more, and can be sent again', async () => {
    const harness = new DeliveryHarness();
    const tries: number[] = [];
    const target = await receivers.start((response) => {
      tries.push(harness.time.now() - start);
      response.writeHead(500).end('no');
    });
    const webhook = harness.createWebhook(target.url);
    harness.emit(1, 1);
    await harness.wake();
    await harness.pass(100 * hourMs);
    const waits = tries.slice(1).map((at, index) => at - tries[index]!);
    const expected = [5_000, 30_000, 2 * minuteMs, 10 * minuteMs, hourMs, 6 * hourMs, 24 * hourMs, 48 * hourMs];
    assert.deepEqual(waits, expected);
    assert.equal(unique(target.ids), 1);
    const [dead] = harness.deliveries(webhook);
    assert.deepEqual(
      [dead?.success, dead?.attempts, dead?.nextAttemptAt, dead?.error, dead?.response, dead?.statusCode],
      [false, 9, null, 'the receiver answered 500', 'no', 500],
    );

    target.answering = (response) => response.end();
    await harness.run(replayDelivery, {
      userId: harness.userId,
      webhookId: webhook.publicId,
      deliveryId: dead!.id,
      now: harness.time.now(),
    });
    await harness.wake();
    assert.equal(target.received.length, 10);
    assert.equal(unique(target.ids), 1);
    assert.equal(harness.deliveries(webhook)[0]?.success, true);
  });
});

describe('a webhook that fails 10 times in a row', () => {
  it('is failing: only the oldest is tried, and its success releases the rest in order', async () => {
    const harness = new DeliveryHarness();
    const target = await receivers.start(refuse);
    const webhook = harness.createWebhook(target.url);
    harness.emit(1, 30);
    await harness.wake();
    // Four at once may overshoot by three.
    const before = target.received.length;
    assert.ok(before >= 10 && before <= 13, `${before} tries`);
    assert.equal(harness.webhook(webhook).status, 'failing');
    assert.deepEqual(
      harness.changes.map(({ from, to }) => [from, to]),
      [['active', 'failing']],
    );

    const probes: number[] = [];
    target.answering = (response) => {
      probes.push(harness.time.now() - start);
      refuse(response, target.received[0]!, 0);
    };
    await harness.pass(5 * hourMs);
    const waits = probes.map((at, index) => at - (probes[index - 1] ?? 0));
    assert.deepEqual(waits.slice(0, 6), [5_000, 30_000, 2 * minuteMs, 10 * minuteMs, hourMs, hourMs]);
    assert.ok(numbersOf(target.received.slice(before)).every((n) => n === 1));
    assert.ok(harness.deliveries(webhook).every(({ nextAttemptAt }) => nextAttemptAt !== null));

    target.answering = (response) => response.end();
    const failed = target.received.length;
    await harness.pass(hourMs);
    assert.equal(numbersOf(target.received)[failed], 1);
    assertInOrder(numbersOf(target.received.slice(failed)), 1, 30);
    assert.deepEqual([harness.webhook(webhook).status, harness.webhook(webhook).failureCount], ['active', 0]);
    assert.deepEqual(
      harness.changes.map(({ to }) => to),
      ['failing', 'active'],
    );
  });

  it('is disabled after 5 days without a success; what happens then is kept, and can be sent again', async () => {
    const harness = new DeliveryHarness();
    const target = await receivers.start(refuse);
    const webhook = harness.createWebhook(target.url);
    harness.emit(1, 12);
    await harness.wake();
    await harness.pass(5 * 24 * hourMs - hourMs);
    assert.equal(harness.webhook(webhook).status, 'failing');
    await harness.pass(2 * hourMs);
    assert.equal(harness.webhook(webhook).status, 'disabled');

    target.answering = (response) => response.end();
    const tried = target.received.length;
    harness.emit(13, 15);
    await harness.wake();
    await harness.pass(24 * hourMs);
    assert.equal(target.received.length, tried);
    const held = harness.deliveries(webhook).slice(-3);
    assert.deepEqual(
      held.map(({ success, error, nextAttemptAt }) => [success, error, nextAttemptAt]),
      Array.from({ length: 3 }, () => [false, 'not sent, because the webhook was switched off', null]),
    );

    const { userId } = harness;
    const { publicId } = webhook;
    await harness.run(updateWebhook, { userId, publicId, fields: {}, isActive: true, now: harness.time.now() });
    harness.emit(16, 16);
    await harness.wake();
    await harness.pass(minuteMs);
    assert.deepEqual(
      numbersOf(target.received.slice(tried)).filter((n) => n > 12),
      [16],
    );
    const [from, to, now] = [start, harness.time.now(), harness.time.now()];
    await harness.run(replayRange, { userId, webhookId: publicId, from, to, onlyFailed: true, now });
    await harness.wake();
    assert.deepEqual(
      numbersOf(target.received.slice(tried)).toSorted((a, b) => a - b),
      range(1, 16),
    );
  });

  it('is not one that fails now and then', async () => {
    const harness = new DeliveryHarness();
    const target = await receivers.start(
      (response, _, count) => void response.writeHead(count % 2 === 0 ? 500 : 200).end(),
    );
    const webhook = harness.createWebhook(target.url);
    harness.emit(1, 60);
    await harness.wake();
    await harness.pass(100 * hourMs);
    assert.equal(unique(numbersOf(target.received).map(String)), 60);
    assert.ok(harness.deliveries(webhook).every(({ success }) => success));
    assert.deepEqual(harness.changes, []);
  });
});

describe('an answer', () => {
  it('of 410 switches the webhook off', async () => {
    const harness = new DeliveryHarness();
    const target = await receivers.start((response) => void response.writeHead(410).end());
    const webhook = harness.createWebhook(target.url);
    harness.emit(1, 1);
    await harness.wake();
    harness.emit(2, 9);
    await harness.wake();
    await harness.pass(20 * hourMs);
    assert.equal(target.received.length, 1);
    assert.equal(harness.webhook(webhook).status, 'disabled');
    assert.deepEqual([harness.webhook(webhook).lastStatus, harness.deliveries(webhook)[0]?.nextAttemptAt], [410, null]);
  });

  it('with Retry-After holds the whole webhook up, for an hour at the most', async () => {
    for (const [header, waitedMs] of [
      ['90', 90_000],
      ['86400', hourMs],
      [new Date(start + 20 * minuteMs).toUTCString(), 20 * minuteMs],
      ['0', 5_000],
      ['soon', 5_000],
    ] as const) {
      const harness = new DeliveryHarness();
      const times: number[] = [];
      const target = await receivers.start((response, _, count) => {
        times.push(harness.time.now() - start);
        response.writeHead(count === 1 ? 429 : 200, { 'retry-after': header }).end();
      });
      harness.createWebhook(target.url);
      harness.emit(1, 1);
      await harness.wake();
      harness.emit(2, 2);
      await harness.wake();
      await harness.pass(2 * hourMs);
      assert.equal(times.length, 3, header);
      assert.equal(Math.max(...times), waitedMs, header);
      if (waitedMs > 5_000) assert.equal(times[1], waitedMs, header);
    }
  });

  it('that never comes, trickles, breaks off or is a redirect is a failure, said in plain words', async () => {
    const timeoutMs = 1_500;
    const harness = new DeliveryHarness(timeoutMs);
    const cases: [Answering, RegExp][] = [
      [() => {}, /^no answer from the receiver: it did not answer in time$/],
      [
        (response) => {
          const timer = setInterval(() => response.write('.'), 20);
          response.on('close', () => clearInterval(timer));
        },
        /did not answer in time$/,
      ],
      [
        (response) => {
          response.writeHead(200, { 'content-length': '10' }).write('half');
          setImmediate(() => response.destroy());
        },
        /it ended the connection without a whole answer$/,
      ],
      [
        (response) => void response.writeHead(302, { location: 'http://127.0.0.1/' }).end(),
        /redirects are not followed$/,
      ],
      // Too late is as good as never.
      [(response) => void setTimeout(() => response.end('late'), 2 * timeoutMs), /did not answer in time$/],
    ];
    for (const [answering, expected] of cases) {
      const target = await receivers.start(answering);
      const webhook = harness.createWebhook(target.url);
      harness.emit(1, 1);
      await harness.wake();
      const [delivery] = harness.deliveries(webhook);
      assert.match(delivery?.error ?? '', expected);
      assert.deepEqual([delivery?.success, delivery?.attempts], [false, 1]);
      target.answering = (response) => response.end();
      await harness.pass(5_000);
      assert.equal(harness.deliveries(webhook)[0]?.success, true);
      const { userId } = harness;
      await harness.run(deleteWebhook, { userId, publicId: webhook.publicId, now: harness.time.now() });
    }
  });

  it('is kept up to 1 kB, whatever bytes it is made of', async () => {
    const harness = new DeliveryHarness();
    const target = await receivers.start((response) => response.end(Buffer.from(`é\0${'ü'.repeat(600)}`)));
    const webhook = harness.createWebhook(target.url);
    harness.emit(1, 1);
    await harness.wake();
    const { response } = harness.deliveries(webhook)[0]!;
    assert.equal(response, `é\ufffd${'ü'.repeat(510)}`);
  });
});

describe('a clock that is set', () => {
  it('back a day makes nothing wait a day, forth a day sends nothing too often', async () => {
    for (const byMs of [-24 * hourMs, 24 * hourMs]) {
      const harness = new DeliveryHarness();
      const target = await receivers.start(refuse);
      harness.createWebhook(target.url);
      harness.emit(1, 1);
      await harness.wake();
      await harness.pass(6_000);
      assert.equal(target.received.length, 2);
      harness.time.setClock(byMs);
      await harness.pass(20_000);
      assert.equal(target.received.length, 2, `set by ${byMs}`);
      await harness.pass(12_000);
      assert.equal(target.received.length, 3, `set by ${byMs}`);
      await harness.pass(13 * minuteMs);
      assert.equal(target.received.length, 5, `set by ${byMs}`);
    }
  });
});
