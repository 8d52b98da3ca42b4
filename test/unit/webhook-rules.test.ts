import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Webhook as Verifier } from 'standardwebhooks';
import { hourMs } from '../../src/core/periods.ts';
import { askedDelayMs } from '../../src/webhooks/courier.ts';
import { type Claimed, Lanes } from '../../src/webhooks/lanes.ts';
import { messageBody } from '../../src/webhooks/message.ts';
import { newSecret, signatureHeaders } from '../../src/webhooks/signature.ts';
import {
  afterFailure,
  afterSuccess,
  type Health,
  healthy,
  maxAttempts,
  probeDelayMs,
  retryDelayMs,
} from '../../src/webhooks/webhook.ts';

const now = Date.parse('2026-07-01T12:00:00Z');
const failure = { startedAt: now, at: now, isGone: false, askedDelayMs: null, random: 0.5 };

function failed(times: number, health: Health = healthy): Health {
  let result = health;
  for (let n = 0; n < times; n++) result = afterFailure(result, failure);
  return result;
}

describe('the wait between tries', () => {
  it('is exact up to the fourth retry, and scattered by a tenth from then on', () => {
    for (let attempts = 1; attempts < maxAttempts; attempts++) {
      const [least, middle, most] = [0, 0.5, 0.999_999].map((random) => retryDelayMs(attempts, random)!);
      const spread = attempts > 4 ? 0.1 : 0;
      assert.equal(least, Math.round(middle! * (1 - spread)), `after ${attempts}`);
      assert.ok(Math.abs(most! - middle! * (1 + spread)) <= 200, `after ${attempts}`);
    }
    assert.equal(retryDelayMs(maxAttempts, 0.5), undefined);
  });

  it('is never shorter than what was asked for, up to an hour', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: maxAttempts - 1 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        fc.integer({ min: 0, max: 100 * hourMs }),
        (attempts, random, asked) => {
          const delay = retryDelayMs(attempts, random, asked)!;
          assert.equal(delay, Math.max(retryDelayMs(attempts, random)!, Math.min(asked, hourMs)));
        },
      ),
      { numRuns: 200 },
    );
  });

  it('of a failing webhook grows to an hour and stays there', () => {
    const delays = [0, 1, 2, 3, 4, 5, 50].map((attempts) => probeDelayMs(attempts, 0.5));
    assert.deepEqual(delays, [5_000, 30_000, 120_000, 600_000, hourMs, hourMs, hourMs]);
  });
});

describe('the state of a webhook', () => {
  it('is failing after the tenth failure in a row, and a success in between starts anew', () => {
    assert.equal(failed(9).status, 'active');
    assert.deepEqual(failed(10), {
      status: 'failing',
      failureCount: 10,
      firstFailureAt: now,
      probeAttempts: 0,
      probeAt: now + 5_000,
      pausedUntil: null,
    });
    assert.equal(failed(9, afterSuccess(failed(9))).status, 'active');
    assert.deepEqual(afterSuccess(failed(10)), healthy);
  });

  it('counts no try as a probe that began before one was due', () => {
    const failing = failed(10);
    assert.deepEqual(afterFailure(failing, failure), { ...failing, failureCount: 11 });
    const probe = { ...failure, startedAt: now + 5_000, at: now + 6_000 };
    const next = afterFailure(failing, probe);
    assert.deepEqual([next.probeAttempts, next.probeAt], [1, now + 36_000]);
  });

  it('is disabled by a 410, by five days without a success, and by nothing sooner', () => {
    assert.equal(afterFailure(healthy, { ...failure, isGone: true }).status, 'disabled');
    const later = (days: number) => {
      const at = now + days * 24 * hourMs;
      return afterFailure(failed(10), { ...failure, startedAt: at, at });
    };
    assert.equal(later(4.999).status, 'failing');
    assert.equal(later(5).status, 'disabled');
    assert.equal(afterSuccess(later(5)).status, 'disabled');
    assert.equal(afterFailure(later(5), failure).status, 'disabled');
  });
});

describe('Retry-After', () => {
  it('is seconds or a date to come, or nothing', () => {
    assert.equal(askedDelayMs('120', now), 120_000);
    assert.equal(askedDelayMs(' 5 ', now), 5_000);
    assert.equal(askedDelayMs(new Date(now + 90_000).toUTCString(), now), 90_000);
    for (const header of [undefined, '', 'soon', '-5', '1e9', '99999999999', new Date(now - 1_000).toUTCString()])
      assert.equal(askedDelayMs(header, now), null, String(header));
  });
});

const event = (n: number) => ({
  publicId: `evt_${n}`,
  event: 'click',
  data: `{"n":${n},"text":"é\\u0000"}`,
  createdAt: now + n,
});

describe('the body of a delivery', () => {
  it('is the event, or a batch of them in one envelope', () => {
    assert.deepEqual(JSON.parse(messageBody({ isBatch: false, events: [event(1)] })), {
      id: 'evt_1',
      event: 'click',
      timestamp: '2026-07-01T12:00:00.001Z',
      data: { n: 1, text: 'é\0' },
    });
    const batch = JSON.parse(messageBody({ isBatch: true, events: [event(1), event(2)] })) as Record<string, unknown>;
    assert.deepEqual([batch['id'], batch['event']], ['evt_1', 'click.batch']);
    assert.deepEqual(
      (batch['data'] as { events: { id: string }[] }).events.map(({ id }) => id),
      ['evt_1', 'evt_2'],
    );
  });
});

describe('the signatures of a delivery', () => {
  const body = messageBody({ isBatch: false, events: [event(1)] });
  const signed = { webhookId: 'wh_1', deliveryId: 'dlv_1', event: 'click', now: Date.now(), body };

  it('are the contract’s: of the body with the whole secret, and the standard’s trio', () => {
    const secret = newSecret();
    assert.match(secret, /^whsec_[A-Za-z0-9+/]{43}=$/);
    const headers = signatureHeaders({ ...signed, secrets: [secret] });
    const seconds = String(Math.floor(signed.now / 1_000));
    const { 'X-Webhook-Signature': plain, 'webhook-signature': standard, ...rest } = headers;
    assert.deepEqual(rest, {
      'X-Webhook-ID': 'wh_1',
      'X-Webhook-Event': 'click',
      'X-Webhook-Timestamp': seconds,
      'X-Webhook-Delivery': 'dlv_1',
      'webhook-id': 'dlv_1',
      'webhook-timestamp': seconds,
    });
    assert.equal(plain, `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`);
    const key = Buffer.from(secret.slice(6), 'base64');
    assert.equal(standard, `v1,${createHmac('sha256', key).update(`dlv_1.${seconds}.${body}`).digest('base64')}`);
  });

  it('are verified by the public package, with any secret while rotations last, and with no other', () => {
    const secrets = [newSecret(), newSecret(), newSecret()];
    const headers = signatureHeaders({ ...signed, secrets });
    for (const one of secrets) {
      assert.deepEqual(new Verifier(one).verify(body, headers), JSON.parse(body));
      assert.throws(() => new Verifier(one).verify(body.replace('click', 'clack'), headers));
      assert.throws(() => new Verifier(one).verify(body, { ...headers, 'webhook-id': 'dlv_2' }));
    }
    assert.throws(() => new Verifier(newSecret()).verify(body, headers));
  });

  it('of the body alone are the oldest valid secret’s, and the newer ones’ beside it', () => {
    const [secret, previous, oldest] = [newSecret(), newSecret(), newSecret()];
    const plain = (one: string): string => `sha256=${createHmac('sha256', one).update(body).digest('hex')}`;
    const headersOf = (...secrets: string[]) => {
      const headers = signatureHeaders({ ...signed, secrets });
      return [headers['X-Webhook-Signature'], headers['X-Webhook-Signature-Next']];
    };
    assert.deepEqual(headersOf(secret), [plain(secret), undefined]);
    assert.deepEqual(headersOf(secret, previous), [plain(previous), plain(secret)]);
    assert.deepEqual(headersOf(secret, previous, oldest), [plain(oldest), `${plain(secret)} ${plain(previous)}`]);
  });
});

describe('the lanes', () => {
  const claimed = (webhookId: number, eventId: number): Claimed => ({ webhookId, eventId, leaseEndsAt: 0 });

  it('take turns, send four of each at once, and the next when one is back', () => {
    const lanes = new Lanes();
    for (let n = 1; n <= 6; n++) for (const id of [1, 2]) lanes.add(claimed(id, n));
    const sent = Array.from({ length: 8 }, () => lanes.next()!);
    assert.deepEqual(
      sent.map(({ webhookId }) => webhookId),
      [1, 2, 1, 2, 1, 2, 1, 2],
    );
    assert.equal(lanes.next(), undefined);
    lanes.sent(sent[0]!, 10, false);
    assert.deepEqual(lanes.next(), claimed(1, 5));
    assert.equal(lanes.next(), undefined);
  });

  it('send nothing more after a failure until it has been written down', () => {
    const lanes = new Lanes();
    for (let n = 1; n <= 6; n++) lanes.add(claimed(1, n));
    const first = lanes.next()!;
    lanes.sent(first, 10, true);
    assert.equal(lanes.next(), undefined);
    lanes.release(first);
    assert.deepEqual(lanes.next(), claimed(1, 2));
  });

  it('leave room for quick receivers when slow ones fill the places', () => {
    const lanes = new Lanes();
    const slow = 300;
    for (let id = 1; id <= slow; id++) lanes.add(claimed(id, 1));
    for (let id = 1; id <= slow; id++) lanes.sent(lanes.next()!, 9_000, false);
    for (let id = 1; id <= slow; id++) for (let n = 2; n <= 5; n++) lanes.add(claimed(id, n));
    while (lanes.next() !== undefined);
    assert.ok(lanes.sending <= slow, `${lanes.sending} are taken`);
    for (let n = 1; n <= 4; n++) lanes.add(claimed(1_000, n));
    for (let n = 1; n <= 4; n++) assert.equal(lanes.next()?.webhookId, 1_000);
  });

  it('claim about a second ahead, and never more than a lease can bear', () => {
    const lanes = new Lanes();
    assert.equal(lanes.roomOf(1), 8);
    lanes.add(claimed(1, 1));
    lanes.sent(lanes.next()!, 1, false);
    assert.ok(lanes.roomOf(1) > 90);
    lanes.add(claimed(2, 1));
    lanes.sent(lanes.next()!, 9_000, false);
    assert.ok(lanes.roomOf(2) <= 4);
  });

  it('remember how fast a receiver is while they have nothing for it', () => {
    for (const [durationMs, room] of [
      [2, 100],
      [2_000, 4],
    ] as const) {
      const lanes = new Lanes();
      lanes.add(claimed(1, 1));
      lanes.sent(lanes.next()!, durationMs, false);
      lanes.release(claimed(1, 1));
      assert.equal(lanes.isIdle(1), true);
      assert.equal(lanes.roomOf(1), room);
      lanes.add(claimed(1, 2));
      assert.equal(lanes.roomOf(1), room - 1);
    }
  });
});
