// Which counts are the highest of many, found without putting all of them in order.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { highest } from '../../src/clicks/breakdown.ts';

function byOrder(counts: readonly number[], limit: number): number[] {
  const above = counts.filter((count) => count > 0).toSorted((a, b) => b - a);
  const least = limit === 0 ? 0 : (above[limit - 1] ?? 0);
  return counts.flatMap((count, position) => (count > 0 && count >= least ? [position] : []));
}

describe('highest', () => {
  it('finds what putting them in order finds, ties with the last one included', () => {
    // Few different counts, so that there are many ties.
    const counts = fc.array(fc.oneof(fc.nat(4), fc.nat(1_000_000)), { maxLength: 60 });
    fc.assert(
      fc.property(counts, fc.nat(12), (given, limit) => {
        assert.deepEqual(highest(Float64Array.from(given), limit), byOrder(given, limit));
      }),
    );
  });

  it('finds none where there is none', () => {
    assert.deepEqual(highest(new Float64Array(5), 3), []);
    assert.deepEqual(highest(new Float64Array(0), 0), []);
  });
});
