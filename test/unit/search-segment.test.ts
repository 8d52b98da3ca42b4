// Segments of the search against the plain question whether a text holds a piece.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { BestPlaces } from '../../src/links/search/best-places.ts';
import { DocumentSet } from '../../src/links/search/document-set.ts';
import { buildSegment } from '../../src/links/search/segment-builder.ts';
import { maxListedPlaces, type SearchEntry } from '../../src/links/search/segment-parts.ts';
import { SegmentReader } from '../../src/links/search/segment-reader.ts';
import { suffixArray } from '../../src/links/search/suffix-array.ts';
import { seededRandom } from '../support/seeded-random.ts';

function entriesOf(texts: readonly string[]): SearchEntry[] {
  return texts.map((text, i) => ({ entry: i + 1, linkId: i + 100, createdAt: i, updatedAt: 2 * i, text }));
}

function readerOf(texts: readonly string[]): SegmentReader {
  const { parts, ...outline } = buildSegment(entriesOf(texts));
  const byName = new Map(parts.map((part) => [`${part.kind} ${part.number}`, part.bytes]));
  return new SegmentReader({ id: 1, firstEntry: 1, lastEntry: texts.length, ...outline }, (_, kind, number) =>
    byName.get(`${kind} ${number}`),
  );
}

function foundBy(reader: SegmentReader, piece: string): number[] {
  const documents: number[] = [];
  reader.documentsWith(Buffer.from(piece)).forEach((document) => documents.push(document));
  return documents;
}

const holding = (texts: readonly string[], piece: string): number[] =>
  texts.flatMap((text, document) => (text.includes(piece) ? document : []));

// Few characters, so that pieces repeat, overlap and end texts; of one to four bytes.
const character = fc.constantFrom('a', 'b', '\n', '\u0002', '%', 'é', 'ß', '中', '😀');
const piece = fc
  .array(
    character.filter((c) => c !== '\n'),
    { minLength: 1, maxLength: 6 },
  )
  .map((all) => all.join(''));
const text = fc.array(character, { maxLength: 30 }).map((all) => all.join(''));

describe('a segment', () => {
  it('finds exactly the texts that hold a piece', () => {
    fc.assert(
      fc.property(
        fc.array(text, { minLength: 1, maxLength: 40 }),
        fc.array(piece, { maxLength: 20 }),
        (texts, pieces) => {
          const reader = readerOf(texts);
          for (const wanted of pieces) assert.deepEqual(foundBy(reader, wanted), holding(texts, wanted));
          texts.forEach((expected, document) => assert.equal(reader.text(document).toString(), expected));
        },
      ),
      { numRuns: 150 },
    );
  });

  it('finds pieces that stand in many places, in texts that fill many parts', () => {
    const random = seededRandom(5);
    const words = ['example.com/', 'https://', 'sommer', 'winter', 'été', '\n', '?page=', '0', '7'];
    const texts = Array.from({ length: 3_000 }, () =>
      Array.from({ length: 6 }, () => words[random(words.length)]!).join(''),
    );
    const reader = readerOf(texts);
    assert.ok(texts.join('').split('e').length - 1 > maxListedPlaces);
    const wanted =
      'e m mm ex example.com/ example.com/https:// https://https 0 00 77 707 é été tét éé sommersommer ' +
      'example.com/example.com/e z zz e.com / sommerwintersommer';
    for (const one of wanted.split(' ')) assert.deepEqual(foundBy(reader, one), holding(texts, one), one);
  });

  it('takes texts of every length that a link can have', () => {
    const long = 'a'.repeat(30_000);
    const texts = [long, '', `${long}b`, 'b', `${long.slice(0, 9)}c`];
    const reader = readerOf(texts);
    for (const one of ['a', 'ab', long, `${long}b`, 'b', 'aaaaaaaaac', `${long}c`])
      assert.deepEqual(foundBy(reader, one), holding(texts, one));
  });
});

describe('suffixArray', () => {
  it('sorts the suffixes of any bytes', () => {
    const bytes = fc.oneof(
      fc.array(fc.integer({ min: 0, max: 2 }), { maxLength: 80 }),
      fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 80 }),
    );
    fc.assert(
      fc.property(bytes, (values) => {
        const given = Uint8Array.from(values);
        const sorted = [...given.keys()].toSorted((a, b) => Buffer.compare(given.subarray(a), given.subarray(b)));
        assert.deepEqual([...suffixArray(given)], sorted);
      }),
      { numRuns: 500 },
    );
  });
});

describe('DocumentSet', () => {
  it('keeps, removes, joins and counts', () => {
    const documents = fc.array(fc.integer({ min: 0, max: 200 }));
    const setOf = (all: readonly number[]): DocumentSet => {
      const set = new DocumentSet();
      for (const document of all) set.add(document);
      return set;
    };
    const listOf = (set: DocumentSet): number[] => {
      const all: number[] = [];
      set.forEach((document) => all.push(document));
      assert.equal(set.size, all.length);
      return all;
    };
    const sorted = (all: Iterable<number>): number[] => [...new Set(all)].toSorted((a, b) => a - b);
    fc.assert(
      fc.property(documents, documents, fc.integer({ min: 0, max: 200 }), (a, b, count) => {
        const [kept, removed, joined] = [setOf(a), setOf(a), setOf(a)];
        kept.keepOnly(setOf(b));
        removed.remove(setOf(b));
        joined.addAll(setOf(b));
        assert.deepEqual(listOf(kept), sorted(a.filter((one) => b.includes(one))));
        assert.deepEqual(listOf(removed), sorted(a.filter((one) => !b.includes(one))));
        assert.deepEqual(listOf(joined), sorted([...a, ...b]));
        assert.deepEqual(listOf(DocumentSet.first(count)), [...Array(count).keys()]);
      }),
      { numRuns: 200 },
    );
  });
});

describe('BestPlaces', () => {
  it('keeps what a sort of all would show', () => {
    const place = fc.tuple(fc.nat(5), fc.nat(20)).map(([value, id]) => ({ value, id }));
    const places = fc.uniqueArray(place, { selector: ({ id }) => id });
    const order = fc.constantFrom('asc' as const, 'desc' as const);
    fc.assert(
      fc.property(
        places,
        order,
        fc.option(place, { nil: undefined }),
        fc.nat(5),
        fc.nat(8),
        (all, way, after, skip, take) => {
          const sign = way === 'asc' ? 1 : -1;
          const compare = (a: (typeof all)[0], b: (typeof all)[0]) => (a.value - b.value || a.id - b.id) * sign;
          const best = new BestPlaces(way, skip + take, after);
          for (const { value, id } of all) {
            // What may not be taken is never among the best.
            if (best.mayTake(value, value)) best.offer(value, id);
          }
          const expected = all.filter((one) => after === undefined || compare(one, after) > 0).toSorted(compare);
          assert.deepEqual(best.from(skip), expected.slice(skip, skip + take));
          const byPages = new BestPlaces(way, skip + take, after);
          const pages = Object.values(Object.groupBy(all, ({ id }) => id >> 2)) as (typeof all)[];
          for (const page of skip % 2 === 0 ? pages : pages.toReversed()) {
            const values = page.map(({ value }) => value);
            const range = { least: Math.min(...values), greatest: Math.max(...values) };
            const firstId = (page[0]!.id >> 2) << 2;
            if (byPages.mayTakeOf(range, firstId, 4)) for (const { value, id } of page) byPages.offer(value, id);
          }
          assert.deepEqual(byPages.from(skip), expected.slice(skip, skip + take));
        },
      ),
      { numRuns: 300 },
    );
  });
});
