import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';

import type { Identity } from '../../src/accounts/identity.ts';
import { noLimits, plansFrom, requireRoom } from '../../src/accounts/plans.ts';
import { AppError } from '../../src/core/errors.ts';
import { AddressLimit } from '../../src/http/address-limit.ts';
import { failure } from '../../src/http/answer.ts';
import { KeyLimit } from '../../src/http/key-limit.ts';
import { KeyUses } from '../../src/http/key-uses.ts';
import { TokenBuckets } from '../../src/http/token-buckets.ts';

/** A clock that stands still until it is moved; the wall and the monotonic one apart. */
function handClock() {
  const time = { wallMs: Date.parse('2026-07-01T12:00:00Z'), monotonicMs: 5_000.25 };
  return { time, clock: { now: () => time.wallMs, monotonic: () => time.monotonicMs } };
}

/** What the limit reads of an identity. */
function holder(requestsPerMinute: number, publicId = 'key_1'): Identity {
  const key = {
    id: 1,
    publicId,
    userId: 1,
    name: 'k',
    hint: 'abcd',
    scopes: null,
    expiresAt: null,
    revokedAt: null,
    lastUsedAt: null,
    createdAt: 0,
  };
  const user = {
    id: 1,
    publicId: 'usr_1',
    email: 'a@b.c',
    name: 'A',
    plan: 'free' as const,
    createdAt: 0,
    updatedAt: 0,
  };
  return { userId: 1, user, key, limits: { ...noLimits, requestsPerMinute } };
}

const anyTime = fc.double({ min: 0, max: 1e11, noNaN: true });

describe('token buckets at any rate and time', () => {
  it('hold exactly what they say, whatever fractions of a millisecond it takes to refill', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3_000 }), anyTime, (capacity, now) => {
        const buckets = new TokenBuckets({ capacity, refillMs: 60_000 / capacity, maxKeys: 1 });
        for (let taken = 0; taken < capacity; taken++) {
          assert.equal(buckets.level('a', now).tokens, capacity - taken);
          assert.equal(buckets.take('a', now), 0, `${taken} of ${capacity} were taken`);
        }
        assert.equal(buckets.level('a', now).tokens, 0);
        assert.ok(buckets.take('a', now) > 0);
      }),
      { numRuns: 60 },
    );
  });

  it('have one more at the moment that they name, and none more before', () => {
    const steps = fc.array(fc.integer({ min: 0, max: 90_000 }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 100 }), anyTime, (waits, capacity, start) => {
        const buckets = new TokenBuckets({ capacity, refillMs: 60_000 / capacity, maxKeys: 1 });
        let now = start;
        for (const wait of waits) {
          now += wait / 7;
          buckets.take('a', now);
          const { tokens, nextMs, fullMs } = buckets.level('a', now);
          assert.ok(tokens >= 0 && tokens < capacity);
          assert.ok(nextMs > 0 && nextMs <= fullMs + 0.002);
          assert.equal(buckets.level('a', now + nextMs + 0.001).tokens, tokens + 1);
          if (nextMs > 0.01) assert.equal(buckets.level('a', now + nextMs - 0.005).tokens, tokens);
          assert.deepEqual(buckets.level('a', now + fullMs + 0.001), { tokens: capacity, nextMs: 0, fullMs: 0 });
        }
      }),
    );
  });

  it('say without taking whether one can be taken', () => {
    const buckets = new TokenBuckets({ capacity: 1, refillMs: 1000, maxKeys: 1 });
    for (let i = 0; i < 5; i++) assert.equal(buckets.waitMs('a', 0), 0);
    assert.equal(buckets.take('a', 0), 0);
    assert.equal(buckets.waitMs('a', 400), 600);
    assert.equal(buckets.waitMs('b', 400), 0);
  });
});

describe('the limit on a key', () => {
  it('tells after each request what is left, in both forms', () => {
    const { time, clock } = handClock();
    const limit = new KeyLimit(clock);
    const start = time.wallMs / 1000;
    assert.deepEqual(limit.admit(holder(60)), {
      waitMs: 0,
      headers: {
        'X-RateLimit-Limit': '60',
        'X-RateLimit-Remaining': '59',
        'X-RateLimit-Reset': String(start + 1),
        'RateLimit-Policy': '"default";q=60;w=60',
        RateLimit: '"default";r=59;t=1',
      },
    });
    time.monotonicMs += 400;
    time.wallMs += 400;
    const { headers } = limit.admit(holder(60));
    assert.equal(headers['X-RateLimit-Remaining'], '58');
    // 1.6 s from 0.4 s on, rounded up.
    assert.equal(headers['X-RateLimit-Reset'], String(start + 2));
    assert.equal(headers['RateLimit'], '"default";r=58;t=1');
  });

  it('lets the whole limit through at once, then one at a time, and says how long to wait', () => {
    const { time, clock } = handClock();
    const limit = new KeyLimit(clock);
    const waits = Array.from({ length: 303 }, () => limit.admit(holder(300)).waitMs);
    assert.equal(waits.filter((wait) => wait === 0).length, 300);
    const { waitMs, headers } = limit.admit(holder(300));
    assert.ok(Math.abs(waitMs - 200) < 0.01, `${waitMs}`);
    assert.equal(headers['X-RateLimit-Remaining'], '0');
    assert.equal(headers['X-RateLimit-Reset'], String(time.wallMs / 1000 + 60));
    assert.equal(headers['RateLimit'], '"default";r=0;t=1');
    time.monotonicMs += 200;
    assert.deepEqual(
      [0, 0].map(() => limit.admit(holder(300)).waitMs === 0),
      [true, false],
    );
  });

  it('names a wait of a minute where there is one request a minute', () => {
    const { clock } = handClock();
    const limit = new KeyLimit(clock);
    assert.equal(limit.admit(holder(1)).headers['RateLimit'], '"default";r=0;t=60');
    assert.equal(limit.admit(holder(1)).waitMs, 60_000);
  });

  it('counts each key by itself', () => {
    const limit = new KeyLimit(handClock().clock);
    assert.equal(limit.admit(holder(1, 'key_a')).waitMs, 0);
    assert.equal(limit.admit(holder(1, 'key_b')).waitMs, 0);
    assert.ok(limit.admit(holder(1, 'key_a')).waitMs > 0);
  });

  it('goes by the monotonic clock: setting the wall clock neither gives nor takes', () => {
    const { time, clock } = handClock();
    const limit = new KeyLimit(clock);
    limit.admit(holder(1));
    time.wallMs += 86_400_000;
    assert.ok(limit.admit(holder(1)).waitMs > 0);
    time.wallMs -= 2 * 86_400_000;
    time.monotonicMs += 60_000;
    assert.equal(limit.admit(holder(1)).waitMs, 0);
  });

  it('shows a large number where there is no limit, and never makes anyone wait', () => {
    const { time, clock } = handClock();
    const limit = new KeyLimit(clock);
    for (let i = 0; i < 5_000; i++) assert.equal(limit.admit(holder(Infinity)).waitMs, 0);
    assert.deepEqual(limit.admit(holder(Infinity)).headers, {
      'X-RateLimit-Limit': '2147483647',
      'X-RateLimit-Remaining': '2147483647',
      'X-RateLimit-Reset': String(time.wallMs / 1000),
      'RateLimit-Policy': '"default";q=2147483647;w=60',
      RateLimit: '"default";r=2147483647;t=60',
    });
  });
});

describe('the limit on an address', () => {
  it('is one for all of an IPv6 /64, and one for each IPv4 address', () => {
    const limit = new AddressLimit(2, handClock().clock);
    assert.deepEqual(
      ['2001:db8::1', '2001:db8::2', '2001:db8::3', '2001:db8:0:1::1', '192.0.2.1', '192.0.2.2'].map(
        (address) => limit.take(address) === 0,
      ),
      [true, true, false, true, true, true],
    );
  });

  it('refills evenly, and can be looked at without being used up', () => {
    const { time, clock } = handClock();
    const limit = new AddressLimit(3, clock);
    for (let i = 0; i < 3; i++) assert.equal(limit.take('192.0.2.1'), 0);
    assert.equal(limit.waitMs('192.0.2.1'), 20_000);
    time.monotonicMs += 20_000;
    for (let i = 0; i < 3; i++) assert.equal(limit.waitMs('192.0.2.1'), 0);
    assert.equal(limit.take('192.0.2.1'), 0);
    assert.equal(limit.take('192.0.2.1'), 20_000);
  });

  it('does not exist where it is 0', () => {
    const limit = new AddressLimit(0, handClock().clock);
    for (let i = 0; i < 1_000; i++) assert.equal(limit.take('192.0.2.1') + limit.waitMs('192.0.2.1'), 0);
  });
});

describe('the last use of a key', () => {
  function usesAt() {
    const { time, clock } = handClock();
    const stored: [keyId: number, usedAt: number][] = [];
    const failures: unknown[] = [];
    const outcome = { fails: false };
    const store = (keyId: number, usedAt: number): Promise<void> => {
      stored.push([keyId, usedAt]);
      return outcome.fails ? Promise.reject(new Error('the disk is full')) : Promise.resolve();
    };
    return { time, stored, failures, outcome, uses: new KeyUses({ store, clock, onFailure: (e) => failures.push(e) }) };
  }

  it('is stored at most once a minute for each key', () => {
    const { time, stored, uses } = usesAt();
    const start = time.wallMs;
    const pass = (ms: number): void => {
      time.wallMs += ms;
      time.monotonicMs += ms;
    };
    for (let i = 0; i < 100; i++) uses.note({ id: 1 });
    uses.note({ id: 2 });
    pass(59_999);
    uses.note({ id: 1 });
    pass(1);
    uses.note({ id: 1 });
    assert.deepEqual(stored, [
      [1, start],
      [2, start],
      [1, start + 60_000],
    ]);
  });

  it('is tried again after it could not be stored, which whoever asked never notices', async () => {
    const { stored, failures, outcome, uses } = usesAt();
    outcome.fails = true;
    uses.note({ id: 1 });
    await Promise.resolve();
    await Promise.resolve();
    assert.match(String(failures[0]), /the disk is full/);
    outcome.fails = false;
    uses.note({ id: 1 });
    uses.note({ id: 1 });
    assert.equal(stored.length, 2);
    assert.equal(failures.length, 1);
  });
});

describe('plans', () => {
  it('have the numbers that are configured, 0 for no limit, and unlimited has none', () => {
    const plans = plansFrom((plan, option) => (plan === 'free' && option !== 'max_keys' ? option.length : 0));
    assert.deepEqual(plans.free, {
      requestsPerMinute: 'requests_per_minute'.length,
      maxLinks: 'max_links'.length,
      maxDomains: 'max_domains'.length,
      maxWebhooks: 'max_webhooks'.length,
      maxQrCodes: 'max_qr_codes'.length,
      maxGalleries: 'max_galleries'.length,
      maxKeys: Infinity,
    });
    assert.deepEqual([plans.pro, plans.business, plans.unlimited], [noLimits, noLimits, noLimits]);
  });

  it('leave room until everything is used', () => {
    requireRoom(19, 20, 'domains');
    requireRoom(1e9, Infinity, 'domains');
    for (const used of [20, 21]) {
      assert.throws(
        () => requireRoom(used, 20, 'domains'),
        (error: unknown) =>
          error instanceof AppError &&
          error.code === 'LIMIT_REACHED' &&
          error.message === "your plan's limit on domains is reached: 20",
      );
    }
  });
});

describe('an answer to come back later', () => {
  it('names the seconds, one where nobody knows better', () => {
    const retryAfter = (error: AppError) => failure(error).headers?.['Retry-After'];
    assert.equal(retryAfter(new AppError('RATE_LIMITED', 'm', [], { retryAfterS: 17 })), '17');
    assert.equal(retryAfter(new AppError('RATE_LIMITED', 'm')), '1');
    assert.equal(retryAfter(new AppError('UNAVAILABLE', 'm')), '1');
    assert.equal(retryAfter(new AppError('NOT_FOUND', 'm')), undefined);
  });
});
