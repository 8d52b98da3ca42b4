import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { noVisitor, sketchEntry, VisitorUnion } from '../../src/clicks/visitor-sketch.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { sketchEntryOf } from '../support/test-hits.ts';

const standardError = 1.04 / Math.sqrt(4096);
const bytes = 2048;

function unionOf(entries: Iterable<number>): VisitorUnion {
  const union = new VisitorUnion();
  for (const entry of entries) union.addEntry(entry);
  return union;
}

/** Entries of the visitors from `first` to before `end`. */
function entriesOf(first: number, end: number): number[] {
  return Array.from({ length: end - first }, (_, i) => sketchEntryOf(first + i));
}

function estimate(...sketches: Buffer[]): number {
  const union = new VisitorUnion();
  for (const sketch of sketches) union.add(sketch);
  return union.estimate();
}

function assertNear(found: number, expected: number): void {
  const allowed = Math.max(1, 3 * standardError * expected);
  assert.ok(Math.abs(found - expected) <= allowed, `${found} is not ${expected} ± ${allowed.toFixed(1)}`);
}

describe('a visitor sketch', () => {
  it('tells nobody from somebody', () => {
    assert.equal(unionOf([]).estimate(), 0);
    assert.equal(unionOf([noVisitor, noVisitor]).estimate(), 0);
    assert.equal(unionOf(entriesOf(0, 1)).estimate(), 1);
    assert.equal(estimate(unionOf([]).toSketch()), 0);
  });

  for (const visitors of [10, 50, 500, 1_000, 2_000, 5_000, 20_000, 100_000]) {
    it(`estimates ${visitors} visitors within three standard errors, in 2 kB`, () => {
      const union = unionOf(entriesOf(0, visitors));
      const sketch = union.toSketch();
      assert.equal(sketch.length, bytes);
      assert.equal(estimate(sketch), union.estimate());
      assertNear(estimate(sketch), visitors);
    });
  }

  for (const visitors of [1e6, 1e7, 1e8]) {
    it(`still estimates ${visitors} visitors, whose ranks run out of room`, () => {
      // A perfectly average crowd: each register's rank is the quantile of what so many visitors would leave there.
      const rankAt = (quantile: number): number => {
        let rank = 1;
        while (rank < 15 && (1 - 2 ** -rank) ** (visitors / 4096) < quantile) rank++;
        return rank;
      };
      const entries = Array.from({ length: 4096 }, (_, register) => register * 16 + rankAt((register + 0.5) / 4096));
      assertNear(unionOf(entries).estimate(), visitors);
    });
  }

  it('counts a visitor once, however often and in whatever order visits come', () => {
    const random = seededRandom(11);
    const visits = Array.from({ length: 9_000 }, () => random(1_500));
    const sketch = unionOf(visits.map(sketchEntryOf)).toSketch();
    const sorted = visits.toSorted((a, b) => a - b);
    assert.deepEqual(unionOf(sorted.map(sketchEntryOf)).toSketch(), sketch);
    assertNear(estimate(sketch), new Set(visits).size);
  });

  it('keeps the highest rank of each register', () => {
    const entry = (register: number, rank: number): number => register * 16 + rank;
    const entries = [entry(4095, 3), entry(0, 2), entry(77, 15), entry(77, 14), entry(0, 9), entry(0, 4)];
    const sketch = unionOf(entries).toSketch();
    const expected = Buffer.alloc(bytes);
    expected[0] = 9;
    expected[38] = 15 * 16;
    expected[2047] = 3 * 16;
    assert.deepEqual(sketch, expected);
  });

  it('merges with others as if all had been one', () => {
    for (const [size, step] of [
      [30, 20],
      [1_500, 700],
      [6_000, 4_000],
    ] as const) {
      const days = [0, 1, 2].map((day) => unionOf(entriesOf(day * step, day * step + size)).toSketch());
      assert.equal(estimate(...days), unionOf(entriesOf(0, 2 * step + size)).estimate());
      assert.equal(estimate(...days.toReversed(), ...days), estimate(...days));
    }
  });

  it('of another size is refused', () => {
    assert.throws(() => estimate(Buffer.alloc(2)), /2 bytes instead of 2048/);
  });

  it('gives a rank to every hash, the last one to those with nothing but zeros', () => {
    assert.equal(sketchEntry(0xffff_ffff, 0xffff_ffff), 4095 * 16 + 1);
    assert.equal(sketchEntry(0x1234_5005, 0x4000_0000), 5 * 16 + 2);
    assert.equal(sketchEntry(0, 0), 15);
    assert.equal(sketchEntry(0, 1), 15);
  });
});
