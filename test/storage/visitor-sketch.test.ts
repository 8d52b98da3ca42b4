import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { emptySketch, sketchEntry, VisitorUnion, withVisitor } from '../../src/clicks/visitor-sketch.ts';
import { sketchEntryOf } from '../support/click-recording.ts';
import { seededRandom } from '../support/seeded-random.ts';

const standardError = 1.04 / Math.sqrt(4096);
const maxBytes = 2048;

/** The sketch of the visitors from `first` to before `end`. */
function sketchOf(first: number, end: number, start = emptySketch): Buffer {
  let sketch = start;
  for (let visitor = first; visitor < end; visitor++) sketch = withVisitor(sketch, sketchEntryOf(visitor));
  return sketch;
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
    assert.equal(estimate(), 0);
    assert.equal(estimate(emptySketch), 0);
    assert.equal(estimate(sketchOf(0, 1)), 1);
  });

  for (const visitors of [10, 50, 500, 1_000, 2_000, 5_000, 20_000, 100_000]) {
    it(`estimates ${visitors} visitors within three standard errors, in at most 2 kB`, () => {
      const sketch = sketchOf(0, visitors);
      assert.ok(sketch.length <= maxBytes);
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
      let sketch = emptySketch;
      for (let register = 0; register < 4096; register++)
        sketch = withVisitor(sketch, register * 16 + rankAt((register + 0.5) / 4096));
      assertNear(estimate(sketch), visitors);
    });
  }

  it('counts a visitor once, however often and in whatever order visits come', () => {
    const random = seededRandom(11);
    const visits = Array.from({ length: 9_000 }, () => random(1_500));
    const sketch = visits.reduce((before, visitor) => withVisitor(before, sketchEntryOf(visitor)), emptySketch);
    const sorted = visits.toSorted((a, b) => a - b);
    const again = sorted.reduce((before, visitor) => withVisitor(before, sketchEntryOf(visitor)), emptySketch);
    assert.deepEqual(again, sketch);
    assertNear(estimate(sketch), new Set(visits).size);
  });

  it('takes two bytes a visitor while they are few, and keeps the highest rank of each register', () => {
    const entry = (register: number, rank: number): number => register * 16 + rank;
    let sketch = withVisitor(emptySketch, entry(4095, 3));
    sketch = withVisitor(sketch, entry(0, 2));
    sketch = withVisitor(sketch, entry(77, 15));
    assert.equal(sketch.length, 6);
    assert.equal(withVisitor(sketch, entry(77, 14)), sketch, 'nothing new: the same object');
    const before = Buffer.from(sketch);
    const after = withVisitor(sketch, entry(77, 1));
    assert.deepEqual(after, before);
    assert.deepEqual(
      withVisitor(withVisitor(after, entry(0, 9)), entry(0, 4)),
      Buffer.from([0, 9, 0x04, 0xdf, 0xff, 0xf3]),
    );
  });

  it('says the same on both sides of the change from a list to a table', () => {
    let sketch = emptySketch;
    let register = 0;
    const expected = new VisitorUnion();
    let wasSparse = true;
    while (register < 4096) {
      const entry = register++ * 16 + 1 + (register % 15);
      sketch = withVisitor(sketch, entry);
      expected.add(Buffer.from([entry >> 8, entry & 255]));
      const isSparse = sketch.length < maxBytes;
      if (isSparse !== wasSparse || register % 512 === 0) assert.equal(estimate(sketch), expected.estimate());
      wasSparse = isSparse;
    }
    assert.equal(sketch.length, maxBytes);
  });

  it('merges with others as if all had been one', () => {
    for (const [size, step] of [
      [30, 20],
      [1_500, 700],
      [6_000, 4_000],
    ] as const) {
      const days = [0, 1, 2].map((day) => sketchOf(day * step, day * step + size));
      assert.equal(estimate(...days), estimate(sketchOf(0, 2 * step + size)));
      assert.equal(estimate(...days.toReversed(), ...days), estimate(...days));
    }
  });

  it('gives a rank to every hash, the last one to those with nothing but zeros', () => {
    assert.equal(sketchEntry(0xffff_ffff, 0xffff_ffff), 4095 * 16 + 1);
    assert.equal(sketchEntry(0x1234_5005, 0x4000_0000), 5 * 16 + 2);
    assert.equal(sketchEntry(0, 0), 15);
    assert.equal(sketchEntry(0, 1), 15);
  });
});
