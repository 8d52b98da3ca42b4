import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';

import { AttemptLimit } from '../../src/http/attempt-limit.ts';
import { clientNetwork } from '../../src/http/client-network.ts';
import { TokenBuckets } from '../../src/http/token-buckets.ts';

describe('token buckets', () => {
  it('give what they hold at once, then one every so often, and say how long to wait', () => {
    const buckets = new TokenBuckets({ capacity: 3, refillMs: 1000, maxKeys: 10 });
    assert.deepEqual(
      [0, 0, 0, 0, 0].map((now) => buckets.take('a', now)),
      [0, 0, 0, 1000, 1000],
    );
    assert.equal(buckets.take('a', 400), 600);
    assert.equal(buckets.take('a', 1000), 0);
    assert.equal(buckets.take('a', 1000), 1000);
    assert.equal(buckets.take('b', 1000), 0, 'another key has a bucket of its own');
  });

  it('are full again after long enough, and never more than full', () => {
    const buckets = new TokenBuckets({ capacity: 2, refillMs: 1000, maxKeys: 10 });
    buckets.take('a', 0);
    buckets.take('a', 0);
    assert.deepEqual(
      [0, 0, 1].map(() => buckets.take('a', 1_000_000)),
      [0, 0, 1000],
    );
  });

  it('take a token back', () => {
    const buckets = new TokenBuckets({ capacity: 1, refillMs: 1000, maxKeys: 10 });
    for (let i = 0; i < 5; i++) {
      assert.equal(buckets.take('a', 0), 0);
      buckets.giveBack('a');
    }
    buckets.giveBack('unknown');
    assert.equal(buckets.take('a', 0), 0);
    assert.equal(buckets.take('a', 0), 1000);
  });

  it('forget the key used longest ago when there are too many, not one in use', () => {
    const buckets = new TokenBuckets({ capacity: 2, refillMs: 1000, maxKeys: 2 });
    buckets.take('a', 0);
    buckets.take('b', 0);
    buckets.take('a', 0);
    buckets.take('c', 0);
    assert.equal(buckets.take('a', 0), 1000, 'a was used after b');
  });

  it('never give more in any stretch of time than they hold and gain in it', () => {
    const steps = fc.array(fc.integer({ min: 0, max: 3000 }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 5 }), (waits, capacity) => {
        const buckets = new TokenBuckets({ capacity, refillMs: 1000, maxKeys: 1 });
        const taken: number[] = [];
        let now = 0;
        for (const wait of waits) {
          now += wait;
          if (buckets.take('a', now) === 0) taken.push(now);
        }
        for (let first = 0; first < taken.length; first++)
          for (let last = first; last < taken.length; last++) {
            const gained = Math.floor((taken[last]! - taken[first]!) / 1000);
            assert.ok(last - first + 1 <= capacity + gained);
          }
      }),
    );
  });
});

describe('the limit on guesses', () => {
  function limitAt() {
    const time = { now: 0 };
    return { time, limit: new AttemptLimit({ now: () => 0, monotonic: () => time.now }) };
  }

  it('stops one client on one link after 10, and lets one more through every half minute', () => {
    const { time, limit } = limitAt();
    for (let i = 0; i < 10; i++) assert.equal(limit.begin(1, '192.0.2.1'), 0);
    assert.equal(limit.begin(1, '192.0.2.1'), 30_000);
    assert.equal(limit.begin(2, '192.0.2.1'), 0, 'another link');
    assert.equal(limit.begin(1, '192.0.2.2'), 0, 'another client');
    time.now = 30_000;
    assert.equal(limit.begin(1, '192.0.2.1'), 0);
    assert.equal(limit.begin(1, '192.0.2.1'), 30_000);
  });

  it('stops one client that goes from link to link after 30', () => {
    const { limit } = limitAt();
    const waits = Array.from({ length: 40 }, (_, link) => limit.begin(link, '192.0.2.1'));
    assert.equal(waits.filter((wait) => wait === 0).length, 30);
  });

  it('stops many clients on one link after 60', () => {
    const { limit } = limitAt();
    const waits = Array.from({ length: 100 }, (_, host) => limit.begin(1, `192.0.2.${host}`));
    assert.equal(waits.filter((wait) => wait === 0).length, 60);
  });

  it('counts nothing of a refused or a forgiven try', () => {
    const { limit } = limitAt();
    for (let i = 0; i < 200; i++) {
      assert.equal(limit.begin(1, '192.0.2.1'), 0);
      limit.forgive(1, '192.0.2.1');
    }
    for (let i = 0; i < 10; i++) limit.begin(1, '192.0.2.1');
    for (let i = 0; i < 200; i++) assert.ok(limit.begin(1, '192.0.2.1') > 0);
    for (let i = 0; i < 20; i++) assert.equal(limit.begin(100 + i, '192.0.2.1'), 0, 'the client has 20 left elsewhere');
    for (let i = 0; i < 50; i++) assert.equal(limit.begin(1, `198.51.100.${i}`), 0, 'the link has 50 left for others');
  });
});

describe('who is one client', () => {
  it('is an IPv4 address, or an IPv6 /64', () => {
    assert.equal(clientNetwork('192.0.2.1'), '192.0.2.1');
    assert.equal(clientNetwork('2001:db8:0:1::1'), '2001:db8:0:1::/64');
    assert.equal(clientNetwork('2001:db8:0:1:ffff::2'), clientNetwork('2001:db8:0:1::1'));
    assert.notEqual(clientNetwork('2001:db8:0:2::1'), clientNetwork('2001:db8:0:1::1'));
    assert.equal(clientNetwork('::1'), '0:0:0:0::/64');
    assert.equal(clientNetwork(''), '');
  });
});
