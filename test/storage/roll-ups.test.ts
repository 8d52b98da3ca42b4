// Roll-ups of any shape: whatever was merged with whatever, they say what their hits say.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { HitColumns, linkColumns } from '../../src/clicks/hit-columns.ts';
import { encodePart, readPart } from '../../src/clicks/roll-up-part.ts';
import { RollUpReader } from '../../src/clicks/roll-up-reader-store.ts';
import { RollUpWriter } from '../../src/clicks/roll-up-store.ts';
import { orderOf } from '../../src/clicks/roll-up-summary.ts';
import { auditRollUpTree } from '../../src/clicks/roll-up-tree-audit-store.ts';
import { botFilters, Tally } from '../../src/clicks/tally.ts';
import { VisitorUnion } from '../../src/clicks/visitor-sketch.ts';
import { openWriter, prepareDatabase } from '../../src/storage/database.ts';
import type { Connection } from '../../src/storage/query.ts';
import { closeServers, temporaryFolder } from '../support/server-process.ts';

after(closeServers);

interface AnyHit {
  readonly quarter: number;
  readonly verdict: number;
  readonly sketch: number;
  readonly ids: readonly number[];
}

const firstQuarter = 1_900_000;
const anyHit: fc.Arbitrary<AnyHit> = fc.record({
  quarter: fc.integer({ min: firstQuarter, max: firstQuarter + 400 }),
  verdict: fc.constantFrom(0, 0, 1, 7),
  sketch: fc.integer({ min: 0, max: 65_535 }),
  ids: fc.tuple(
    fc.constantFrom(0, 1, 2, 300),
    fc.integer({ min: 0, max: 700 }),
    fc.constantFrom(0, 2 ** 32 - 1),
    fc.integer({ min: 1, max: 5 }),
  ),
});

function columnsOf(hits: readonly AnyHit[]): HitColumns {
  const columns = new HitColumns(linkColumns, 1);
  for (const { quarter, verdict, sketch, ids } of hits) {
    const position = columns.add(quarter, verdict, sketch);
    ids.forEach((id, column) => (columns.ids[column]![position] = id));
  }
  return columns;
}

/** Each hit as text, sorted: equal for equal hits in any order. */
function sortedHits(columns: HitColumns): string[] {
  return Array.from({ length: columns.length }, (_, i) =>
    [columns.quarters[i], columns.verdicts[i], columns.sketches[i], ...columns.ids.map((ids) => ids[i])].join(' '),
  ).toSorted();
}

describe('a part', () => {
  it('gives back the hits that it was made of, and is the same bytes when it is made again', () => {
    fc.assert(
      fc.property(fc.array(anyHit, { minLength: 1, maxLength: 900, size: 'max' }), (hits) => {
        const columns = columnsOf(hits);
        const part = encodePart(columns);
        const found = readPart(part.summary, part.rows, linkColumns).hits();
        assert.deepEqual(sortedHits(found), sortedHits(columns));
        assert.deepEqual(encodePart(found), part);
      }),
      { seed: 7, numRuns: 40, endOnFailure: true },
    );
  });

  it('of a version that is not known, or cut short, is refused', () => {
    const { summary, rows } = encodePart(columnsOf(fc.sample(anyHit, { seed: 3, numRuns: 50 })));
    const changed = (bytes: Buffer): Buffer => Buffer.concat([Buffer.from([9]), bytes.subarray(1)]);
    assert.throws(() => readPart(changed(summary), rows, linkColumns), /version 9/);
    assert.throws(() => readPart(summary, changed(rows), linkColumns), /version 9/);
    assert.throws(() => readPart(summary.subarray(0, -1), rows, linkColumns), /ends too early/);
    assert.throws(() => readPart(summary, rows.subarray(0, -1), linkColumns).hits(), /ends too early/);
    assert.throws(() => readPart(Buffer.concat([summary, summary]), rows, linkColumns), /goes on/);
  });
});

describe('the order of keys', () => {
  it('is that of a stable sort, whatever their span', () => {
    const keys = fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 2 ** 32 - 1 }));
    fc.assert(
      fc.property(fc.array(keys, { maxLength: 600, size: 'max' }), (list) => {
        const expected = list.map((_, i) => i).toSorted((a, b) => list[a]! - list[b]! || a - b);
        assert.deepEqual([...orderOf(list, list.length)], expected);
      }),
      { seed: 5, numRuns: 60 },
    );
  });
});

describe('roll-ups', () => {
  let connection: Connection;
  before(() => {
    const folder = temporaryFolder();
    prepareDatabase(folder);
    connection = openWriter(folder);
  });
  after(() => connection.close());

  it('hold every hit once, however often they were merged, and answer for any part of them', () => {
    let ownerId = 0;
    const reader = new RollUpReader(connection, 'link');
    const chunks = fc.array(fc.array(anyHit, { minLength: 1, maxLength: 12 }), {
      minLength: 1,
      maxLength: 60,
      size: 'max',
    });
    const anyAsked = fc.record({
      from: fc.integer({ min: firstQuarter - 10, max: firstQuarter + 300 }),
      length: fc.integer({ min: 1, max: 500 }),
      bots: fc.constantFrom(...botFilters),
      place: fc.constantFrom(undefined, undefined, 1, 300, 12_345),
    });
    fc.assert(
      fc.property(chunks, anyAsked, fc.boolean(), fc.boolean(), (added, asking, isRewritten, isAskedAgain) => {
        const { from, length, bots, place } = asking;
        ownerId++;
        const maxRewritten = isRewritten ? 1_000 : 15;
        const shape = { fanOut: 2, leastHits: 4, maxLevel: 5, maxRewritten };
        const writer = new RollUpWriter(connection, 'link', shape);
        const hits = added.flat();
        const tally = new Tally(linkColumns);
        const range = { from, to: from + length };
        const filters = [place === undefined ? undefined : (id: number) => id === place];
        const ask = (middle: number): void => {
          const steps = [{ start: from }, { start: middle }];
          tally.begin({ ...range, bots, filters, steps, columns: [0, 1, 2, 3], stepVisitors: true });
          reader.addTo(tally, ownerId, range, new HitColumns(linkColumns));
        };
        // What is remembered of other questions, and of roll-ups that have become others, must not be the answer to the last one.
        const middle = from + Math.ceil(length / 2);
        for (const hits of added) {
          writer.add(ownerId, columnsOf(hits));
          ask(middle);
        }
        ask(from + Math.ceil(length / 3));
        ask(middle);
        if (isAskedAgain) ask(middle);

        const passing = hits.filter(
          ({ quarter, ids }) => quarter >= from && quarter < range.to && (place === undefined || ids[0] === place),
        );
        const asked = passing.filter(({ verdict }) => bots === 'include' || (verdict === 0) === (bots === 'exclude'));
        assert.equal(tally.total, asked.length);
        const later = asked.filter(({ quarter }) => quarter >= middle).length;
        assert.deepEqual([...tally.steps], [asked.length - later, later]);
        tally.columns.forEach((counts, column) => {
          const expected = new Map<number, number>();
          for (const { ids } of asked) expected.set(ids[column]!, (expected.get(ids[column]!) ?? 0) + 1);
          assert.deepEqual(new Map([...counts.ids].map((id) => [id, counts.of(id)])), expected);
        });
        const visitors = new VisitorUnion();
        for (const { verdict, sketch } of passing) if (verdict === 0) visitors.addEntry(sketch);
        assert.equal(tally.visitors.estimate(), visitors.estimate());
        for (const step of [0, 1]) {
          const ofStep = new VisitorUnion();
          for (const { quarter, verdict, sketch } of passing)
            if (verdict === 0 && quarter >= middle === (step === 1)) ofStep.addEntry(sketch);
          assert.equal(tally.stepVisitors[step]?.estimate() ?? 0, ofStep.estimate());
        }
      }),
      { seed: 11, numRuns: 80, endOnFailure: true },
    );
    const parents = connection.prepare('SELECT count(*) FROM link_roll_ups WHERE rows IS NULL').pluck().get();
    assert.ok(Number(parents) > 50, `${String(parents)} roll-ups sum others up`);
    const wrong: string[] = [];
    auditRollUpTree(connection, 'link', (_, message) => wrong.push(message));
    assert.deepEqual(wrong, []);
  });
});
