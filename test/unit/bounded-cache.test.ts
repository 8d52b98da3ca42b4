import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { BoundedCache } from '../../src/core/bounded-cache.ts';

const weightOf = (value: string): number => value.length;

/** What of these keys it still has. */
const held = (cache: BoundedCache<string, string>, keys: Iterable<string>): string[] =>
  [...new Set(keys)].map((key) => cache.get(key)).filter((value) => value !== undefined);

describe('a bounded cache', () => {
  it('never holds more than its capacity, counted in entries', () => {
    const cache = new BoundedCache<number, number>(10);
    for (let i = 0; i < 1_000; i++) {
      cache.set(i, i);
      assert.ok(cache.size <= 10);
      assert.equal(cache.get(i), i);
    }
  });

  it('never holds more than its capacity, counted in what entries weigh, and only what was put last', () => {
    const step = fc.record({
      key: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
      value: fc.option(fc.string({ minLength: 1, maxLength: 14 }), { nil: undefined }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
        const cache = new BoundedCache<string, string>(20, weightOf);
        const last = new Map<string, string>();
        for (const { key, value } of steps) {
          if (value === undefined) {
            cache.delete(key);
            last.delete(key);
          } else {
            cache.set(key, value);
            last.set(key, value);
            assert.equal(cache.get(key), value.length > 10 ? undefined : value);
          }
          for (const name of 'abcde') assert.ok([undefined, last.get(name)].includes(cache.get(name)));
          const weight = held(cache, 'abcde').reduce((sum, kept) => sum + weightOf(kept), 0);
          assert.ok(weight <= 20, `${weight} of 20`);
        }
      }),
      { seed: 8, numRuns: 300 },
    );
  });

  it('keeps what is used and forgets what is not', () => {
    const cache = new BoundedCache<string, string>(20, weightOf);
    cache.set('used', '1234');
    cache.set('unused', '5678');
    for (let i = 0; i < 50; i++) {
      cache.set(`other ${i}`, '123');
      assert.equal(cache.get('used'), '1234');
    }
    assert.equal(cache.get('unused'), undefined);
  });
});
