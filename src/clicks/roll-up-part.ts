// A stretch of hits in a few bytes each: their sums, and the hits themselves, column by column, for what sums cannot answer: a
// filter, a period that begins or ends within them, different visitors of a part of them. Exact.
//
// Rows are ordered: counted ones first, each half by time. Their quarter-hours are therefore known from the summary's, and a column
// holds places in the summary's ascending list of ids: one byte where there are at most 256, else two.

import { strict as assert } from 'node:assert';
import { ByteReader, ByteWriter } from './byte-coding.ts';
import { HitColumns } from './hit-columns.ts';
import { encodeSummary, orderOf, StoredSummary, sumsOf } from './roll-up-summary.ts';
import { countedVerdict } from './verdict.ts';
import { VisitorUnion } from './visitor-sketch.ts';

/** Hits whose rows are kept together; a longer stretch is several parts under one summary. */
export const maxPartHits = 2 ** 16;
// A shorter stretch's visitors are added up from its rows as quickly.
const minSketchedHits = 4_096;
const version = 1;
const oneByteIds = 256;

/** A part as it is stored. */
export interface EncodedPart {
  readonly hits: number;
  readonly firstQuarter: number;
  readonly lastQuarter: number;
  readonly summary: Buffer;
  /** Sketch of the counted visitors; null where the rows are few. */
  readonly sketch: Buffer | null;
  readonly rows: Buffer;
}

function ordered(hits: HitColumns): HitColumns {
  const { length, quarters, verdicts } = hits;
  let first = Infinity;
  let last = -Infinity;
  for (let i = 0; i < length; i++) {
    first = Math.min(first, quarters[i]!);
    last = Math.max(last, quarters[i]!);
  }
  // What does not count comes after the last of what does.
  const span = last - first + 1;
  const keys = new Float64Array(length);
  for (let i = 0; i < length; i++) keys[i] = quarters[i]! - first + (verdicts[i] === countedVerdict ? 0 : span);
  const order = orderOf(keys, length);
  const sorted = new HitColumns(hits.width, Math.max(1, length));
  for (const from of order) sorted.add(quarters[from]!, verdicts[from]!, hits.sketches[from]!);
  hits.ids.forEach((ids, column) => {
    const target = sorted.ids[column]!;
    for (let i = 0; i < length; i++) target[i] = ids[order[i]!]!;
  });
  return sorted;
}

/** @param given at least one hit, at most `maxPartHits`, in any order */
export function encodePart(given: HitColumns): EncodedPart {
  assert(given.length > 0 && given.length <= maxPartHits);
  const hits = ordered(given);
  const { length } = hits;
  const counted = new Uint8Array(length);
  let countedHits = 0;
  for (; countedHits < length && hits.verdicts[countedHits] === countedVerdict; countedHits++) counted[countedHits] = 1;
  const uncounted = counted.map((one) => 1 - one);

  const rows = new ByteWriter();
  rows.varint(version);
  rows.varint(countedHits);
  rows.plane(hits.verdicts.slice(countedHits, length));
  const columns = hits.ids.map((ids) => {
    const places = new Uint16Array(length);
    const sums = sumsOf(ids, counted, uncounted, length, places);
    rows.planes(places, sums.keys.length > oneByteIds);
    return sums;
  });
  rows.planes(hits.sketches.slice(0, length), true);
  const quarters = sumsOf(hits.quarters, counted, uncounted, length);
  return {
    hits: length,
    firstQuarter: quarters.keys[0]!,
    lastQuarter: quarters.keys.at(-1)!,
    summary: encodeSummary({ quarters, columns }),
    sketch: length < minSketchedHits ? null : sketchOf(hits, countedHits),
    rows: rows.finish(),
  };
}

function sketchOf({ sketches }: HitColumns, countedHits: number): Buffer {
  const union = new VisitorUnion();
  for (let i = 0; i < countedHits; i++) union.addEntry(sketches[i]!);
  return union.toSketch();
}

/** A stored part's rows, of which only the columns that are asked for are unpacked. */
export class PartRows {
  readonly length: number;
  readonly countedHits: number;
  readonly summary: StoredSummary;
  readonly #bytes: Uint8Array;
  readonly #columns: (Uint16Array | undefined)[] = [];
  #quarters: Int32Array | undefined;
  #sketches: Uint16Array | undefined;

  constructor(summary: StoredSummary, bytes: Uint8Array) {
    this.summary = summary;
    this.#bytes = bytes;
    const { counted, uncounted } = summary.quarters;
    let length = 0;
    let countedHits = 0;
    for (let i = 0; i < counted.length; i++) {
      countedHits += counted[i]!;
      length += counted[i]! + uncounted[i]!;
    }
    this.length = length;
    this.countedHits = countedHits;
    this.#start();
  }

  /** Of each row, in order. */
  get quarters(): Int32Array {
    if (this.#quarters === undefined) {
      const { keys, counted, uncounted } = this.summary.quarters;
      this.#quarters = new Int32Array(this.length);
      let end = 0;
      for (const hits of [counted, uncounted]) {
        for (let i = 0; i < keys.length; i++) this.#quarters.fill(keys[i]!, end, (end += hits[i]!));
      }
    }
    return this.#quarters;
  }

  /** Each row's place among the summary's ids of a column. */
  places(column: number): Uint16Array {
    let places = this.#columns[column];
    if (places === undefined) {
      const reader = this.#start();
      reader.skipPlane();
      for (let before = 0; before < column; before++) this.#skipColumn(reader, before);
      places = reader.planes(this.length, this.#isWide(column));
      this.#columns[column] = places;
    }
    return places;
  }

  /** Of the rows that count: these are who a period's visitors were. */
  countedSketches(): Uint16Array {
    return this.sketches().subarray(0, this.countedHits);
  }

  /** Of each row, counted or not. */
  sketches(): Uint16Array {
    this.#sketches ??= this.#readSketches();
    return this.#sketches;
  }

  #readSketches(): Uint16Array {
    const reader = this.#start();
    reader.skipPlane();
    for (let column = 0; column < this.summary.width; column++) this.#skipColumn(reader, column);
    return reader.planes(this.length, true);
  }

  /** All of it, as it was before it was encoded, but for the order. */
  hits(): HitColumns {
    const { columns } = this.summary.whole();
    const hits = new HitColumns(columns.length, Math.max(1, this.length));
    const verdicts = this.#start().plane(this.length - this.countedHits);
    const sketches = this.sketches();
    const { quarters } = this;
    for (let i = 0; i < this.length; i++) {
      hits.add(quarters[i]!, verdicts[i - this.countedHits] ?? countedVerdict, sketches[i]!);
    }
    columns.forEach(({ keys }, column) => {
      const places = this.places(column);
      const ids = hits.ids[column]!;
      for (let i = 0; i < this.length; i++) ids[i] = keys[places[i]!]!;
    });
    return hits;
  }

  #start(): ByteReader {
    const reader = new ByteReader(this.#bytes);
    const found = reader.varint();
    if (found !== version) throw new Error(`rows of a roll-up have version ${found}, this program knows ${version}`);
    if (reader.varint() !== this.countedHits) throw new Error('a roll-up has other rows than its sums say');
    return reader;
  }

  #isWide(column: number): boolean {
    return this.summary.keyCount(column) > oneByteIds;
  }

  #skipColumn(reader: ByteReader, column: number): void {
    reader.skipPlane();
    if (this.#isWide(column)) reader.skipPlane();
  }
}

export function readPart(summary: Uint8Array, rows: Uint8Array, width: number): PartRows {
  return new PartRows(new StoredSummary(summary, width), rows);
}
