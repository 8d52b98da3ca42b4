// What the log and the webhook itself say of tries: how long they took, when they were, when the next one is, and what is kept of answers.

import assert from 'node:assert/strict';
import { after, afterEach, describe, it } from 'node:test';
import { dayMs } from '../../src/core/periods.ts';
import { graceChecks, graceMs, recordCheck } from '../../src/domains/domain-check-store.ts';
import { addDomain } from '../../src/domains/domain-store.ts';
import { updateWebhook } from '../../src/webhooks/webhook-store.ts';
import { DeliveryHarness, minuteMs, start } from '../support/delivery-harness.ts';
import { type Answering, Receivers } from '../support/receiver.ts';
import { closeServers } from '../support/server-process.ts';

const receivers = new Receivers();
afterEach(() => receivers.close());
after(closeServers);

const at = (afterMs: number): string => new Date(start + afterMs).toISOString();

describe('the log', () => {
  it('says how long the last try took, and the webhook when it was', async () => {
    const harness = new DeliveryHarness();
    const target = await receivers.start((response) => void setTimeout(() => response.writeHead(500).end(), 100));
    const webhook = harness.createWebhook(target.url);
    assert.equal(harness.webhook(webhook).lastTriggeredAt, null);
    harness.emit(1, 1);
    assert.deepEqual(harness.deliveries(webhook), []);
    /** What the log says, which a try can at most have taken. */
    const durationIn = async (tries: () => Promise<void>): Promise<number> => {
      const begun = performance.now();
      await tries();
      const took = performance.now() - begun;
      const { duration } = harness.deliveries(webhook)[0]!;
      assert.ok(duration !== null && duration <= Math.ceil(took), `${duration} of ${took} ms`);
      return duration;
    };
    // Timers may be a millisecond early.
    assert.ok((await durationIn(() => harness.wake())) >= 99);
    assert.deepEqual([harness.webhook(webhook).lastTriggeredAt, harness.webhook(webhook).lastStatus], [start, 500]);
    await target.down();
    await durationIn(() => harness.pass(5_000));
    assert.deepEqual(
      [harness.webhook(webhook).lastTriggeredAt, harness.webhook(webhook).lastStatus],
      [start + 5_000, null],
    );
    assert.equal(harness.deliveries(webhook)[0]?.createdAt, at(0));
  });

  it('says when the next try is: of one that waits, was refused, was held up, or comes behind a failing one', async () => {
    const harness = new DeliveryHarness();
    const target = await receivers.start((response) => void response.writeHead(500).end());
    const webhook = harness.createWebhook(target.url);
    const next = (): (string | null)[] => harness.deliveries(webhook).map(({ nextAttemptAt }) => nextAttemptAt);
    harness.emit(1, 1);
    await harness.wake();
    assert.deepEqual(next(), [at(5_000)]);
    await harness.pass(5_000);
    assert.deepEqual(next(), [at(35_000)]);
    await harness.pass(30_000);
    assert.deepEqual(next(), [at(35_000 + 2 * minuteMs)]);
    // An hour at the most.
    target.answering = (response) => void response.writeHead(503, { 'retry-after': '7200' }).end();
    await harness.pass(2 * minuteMs);
    const held = 35_000 + 62 * minuteMs;
    assert.deepEqual(next(), [at(held)]);
    harness.emit(2, 2);
    await harness.wake();
    assert.deepEqual(next(), [at(held), at(held)], 'the whole webhook is held up');

    target.answering = (response) => response.end();
    await harness.pass(60 * minuteMs);
    assert.deepEqual(next(), [null, null]);
    target.answering = (response) => void response.writeHead(500).end();
    harness.emit(3, 30);
    await harness.wake();
    assert.equal(harness.webhook(webhook).status, 'failing');
    const probeAt = new Date(harness.time.now() + 5_000).toISOString();
    assert.deepEqual(new Set(next().slice(2)), new Set([probeAt]));
    const { userId } = harness;
    const off = { userId, publicId: webhook.publicId, fields: {}, isActive: false, now: harness.time.now() };
    await harness.run(updateWebhook, off);
    assert.deepEqual(new Set(next()), new Set([null]));
  });
});

describe('an answer', () => {
  const readBytes = 64 * 1024;
  const endless =
    (bytes: number): Answering =>
    (response) =>
      void response.writeHead(200).write(Buffer.alloc(bytes, 'x'));

  it('that does not end is read up to 64 kB, which is enough to have arrived; 1 kB is kept', async () => {
    const harness = new DeliveryHarness(1_500);
    const target = await receivers.start(endless(readBytes + 1));
    const webhook = harness.createWebhook(target.url);
    harness.emit(1, 1);
    await harness.wake();
    const [read] = harness.deliveries(webhook);
    assert.deepEqual([read?.success, read?.statusCode, read?.response], [true, 200, 'x'.repeat(1024)]);
    target.answering = endless(readBytes);
    harness.emit(2, 2);
    await harness.wake();
    const [, waited] = harness.deliveries(webhook);
    assert.deepEqual(
      [waited?.success, waited?.error],
      [false, 'no answer from the receiver: it did not answer in time'],
    );
    await target.down();
  });
});

describe('the news of a domain', () => {
  it('is delivered: that it is proved, and that its proof has been gone for a week', async () => {
    const harness = new DeliveryHarness();
    const target = await receivers.start();
    const webhook = harness.createWebhook(target.url, { events: ['domain.verified', 'domain.failing'] });
    const { id, publicId } = addDomain.apply(harness.connection, {
      publicId: 'dom_1',
      userId: harness.userId,
      host: 'go.example',
      verificationToken: 'token',
      defaultRedirectUrl: null,
      notFoundUrl: null,
      slugCase: 'sensitive',
      clickRetentionDays: null,
      now: start,
      maxDomains: Infinity,
    });
    await harness.run(recordCheck, { id, now: harness.time.now(), problem: null });
    await harness.wake();
    for (let day = 0; day < graceChecks + 2; day++) {
      await harness.pass(dayMs);
      await harness.run(recordCheck, { id, now: harness.time.now(), problem: 'no_such_name' });
      await harness.wake();
    }
    const [verified, failing, ...more] = target.received.map(({ message }) => message);
    assert.deepEqual(more, []);
    const domain = { domainId: publicId, domain: 'go.example' };
    assert.equal(verified?.event, 'domain.verified');
    assert.deepEqual(verified?.data, { ...domain, verifiedAt: at(0) });
    assert.deepEqual([failing?.event, failing?.timestamp], ['domain.failing', at(dayMs + graceMs)]);
    const { message, ...said } = failing!.data as { message: string };
    assert.deepEqual(said, { ...domain, failingSince: at(dayMs), reason: 'no_such_name' });
    assert.match(message, /go\.example/);
    assert.ok(harness.deliveries(webhook).every(({ success }) => success));
  });
});
