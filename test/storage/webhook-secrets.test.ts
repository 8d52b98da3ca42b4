// Rotations over time: which secrets sign what is sent, and until when.

import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, afterEach, describe, it } from 'node:test';
import { Webhook as Verifier } from 'standardwebhooks';
import { AppError } from '../../src/core/errors.ts';
import { hourMs } from '../../src/core/periods.ts';
import { findSecrets, rotateSecret } from '../../src/webhooks/secret-store.ts';
import { newSecret } from '../../src/webhooks/signature.ts';
import type { Webhook } from '../../src/webhooks/webhook.ts';
import { DeliveryHarness } from '../support/delivery-harness.ts';
import { type Received, type Receiver, Receivers } from '../support/receiver.ts';
import { closeServers } from '../support/server-process.ts';

const receivers = new Receivers();
afterEach(() => receivers.close());
after(closeServers);

async function rotate(harness: DeliveryHarness, { publicId }: Webhook): Promise<string> {
  const secret = newSecret();
  await harness.run(rotateSecret, { userId: harness.userId, publicId, now: harness.time.now(), secret });
  return secret;
}

/** What arrives next. */
async function nextSent(harness: DeliveryHarness, target: Receiver): Promise<Received> {
  harness.emit(1, 1);
  await harness.wake();
  return target.received.at(-1)!;
}

/** Which of `secrets` the standard's header of a request is signed with. The library compares its time with now, so it is told of the test's. */
function signing({ headers, body }: Received, secrets: readonly string[]): boolean[] {
  const [id, time] = [String(headers['webhook-id']), String(headers['webhook-timestamp'])];
  const given = String(headers['webhook-signature']).split(' ');
  const expected = (secret: string): string => new Verifier(secret).sign(id, new Date(Number(time) * 1_000), body);
  return secrets.map((secret) => given.includes(expected(secret)));
}

/** The same of the two headers that sign the body alone. */
function signingBody({ headers, body }: Received, secrets: readonly string[]): [oldest: boolean[], newer: boolean[]] {
  const plain = secrets.map((secret) => `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`);
  const newer = String(headers['x-webhook-signature-next'] ?? '').split(' ');
  return [plain.map((one) => headers['x-webhook-signature'] === one), plain.map((one) => newer.includes(one))];
}

describe('a rotated secret', () => {
  it('signs for 24 hours after its rotation and no longer, and keeps its header until then', async () => {
    const harness = new DeliveryHarness();
    const target = await receivers.start();
    const webhook = harness.createWebhook(target.url);
    const [old = ''] = findSecrets(harness.connection, webhook.id, harness.time.now());
    const fresh = await rotate(harness, webhook);
    const both = [old, fresh];
    for (const waitMs of [0, 24 * hourMs - 1_000]) {
      await harness.pass(waitMs);
      const sent = await nextSent(harness, target);
      assert.deepEqual(signing(sent, both), [true, true]);
      assert.deepEqual(signingBody(sent, both), [
        [true, false],
        [false, true],
      ]);
    }
    await harness.pass(1_000);
    const sent = await nextSent(harness, target);
    assert.deepEqual(signing(sent, both), [false, true]);
    assert.deepEqual(signingBody(sent, both), [
      [false, true],
      [false, false],
    ]);
  });

  it('has its 24 hours even where others are drawn meanwhile', async () => {
    const harness = new DeliveryHarness();
    const target = await receivers.start();
    const webhook = harness.createWebhook(target.url);
    const secrets = findSecrets(harness.connection, webhook.id, harness.time.now());
    secrets.push(await rotate(harness, webhook));
    await harness.pass(10 * hourMs);
    secrets.push(await rotate(harness, webhook));
    const sent = await nextSent(harness, target);
    assert.deepEqual(signing(sent, secrets), [true, true, true]);
    assert.deepEqual(signingBody(sent, secrets), [
      [true, false, false],
      [false, true, true],
    ]);
    await harness.pass(14 * hourMs);
    const later = await nextSent(harness, target);
    assert.deepEqual(signing(later, secrets), [false, true, true]);
    assert.deepEqual(signingBody(later, secrets)[0], [false, true, false]);
    await harness.pass(10 * hourMs);
    assert.deepEqual(signing(await nextSent(harness, target), secrets), [false, false, true]);
  });

  it('is not followed by a sixth before the first has ended', async () => {
    const harness = new DeliveryHarness();
    const webhook = harness.createWebhook('https://hooks.example/');
    for (let n = 0; n < 4; n++) {
      await rotate(harness, webhook);
      await harness.pass(hourMs);
    }
    const before = findSecrets(harness.connection, webhook.id, harness.time.now());
    const until = '2026-07-02T12:00:00.000Z';
    await assert.rejects(
      rotate(harness, webhook),
      (error) => error instanceof AppError && error.code === 'CONFLICT' && error.message.endsWith(`until ${until}`),
    );
    assert.deepEqual(findSecrets(harness.connection, webhook.id, harness.time.now()), before);
    assert.equal(before.length, 5);
    await harness.pass(20 * hourMs);
    const sixth = await rotate(harness, webhook);
    assert.deepEqual(findSecrets(harness.connection, webhook.id, harness.time.now()), [sixth, ...before.slice(0, 4)]);
  });
});
