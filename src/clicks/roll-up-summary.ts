// The sums of a roll-up: hits by quarter-hour and by each id of each column, counted and uncounted apart, so that adding up years
// is work on typed arrays and only the ids that are shown are ever turned into text.
//
// Layout: version; hits by quarter-hour; for each column, hits by id. A list is its length, then for each key in ascending
// order: difference to the key before, twice the counted hits plus 1 where there are uncounted ones, and those.

import { ByteReader, ByteWriter } from './byte-coding.ts';

const version = 1;

/** Hits by key, keys ascending. Every list of a summary has the same sums. */
export interface Sums {
  readonly keys: Uint32Array;
  readonly counted: Uint32Array;
  readonly uncounted: Uint32Array;
}

export interface Summary {
  readonly quarters: Sums;
  readonly columns: readonly Sums[];
}

const digitBits = 8;
const digits = 2 ** digitBits;

/** Positions 0 to `length` by ascending key, equal keys in their order. Keys are whole numbers that span less than 2^32. */
export function orderOf(keys: ArrayLike<number>, length: number): Uint32Array {
  let order = new Uint32Array(length);
  let least = Infinity;
  let most = -Infinity;
  let isSorted = true;
  for (let i = 0; i < length; i++) {
    const key = keys[i]!;
    order[i] = i;
    if (key < most) isSorted = false;
    if (key < least) least = key;
    if (key > most) most = key;
  }
  if (isSorted) return order;
  const offsets = new Uint32Array(length);
  for (let i = 0; i < length; i++) offsets[i] = keys[i]! - least;
  // By one byte of the key after the other, the lowest first: some nanoseconds a position, where comparing takes a hundred.
  let target = new Uint32Array(length);
  const starts = new Uint32Array(digits);
  for (let shift = 0; shift < 32 && (most - least) / 2 ** shift >= 1; shift += digitBits) {
    starts.fill(0);
    for (let i = 0; i < length; i++) {
      const digit = (offsets[i]! >>> shift) & (digits - 1);
      starts[digit] = starts[digit]! + 1;
    }
    for (let digit = 0, start = 0; digit < digits; digit++) {
      const end = start + starts[digit]!;
      starts[digit] = start;
      start = end;
    }
    for (let i = 0; i < length; i++) {
      const position = order[i]!;
      const digit = (offsets[position]! >>> shift) & (digits - 1);
      target[starts[digit]!] = position;
      starts[digit] = starts[digit]! + 1;
    }
    [order, target] = [target, order];
  }
  return order;
}

/**
 * Adds up entries with equal keys.
 * @param placeOf where given, receives each entry's place among the keys
 */
export function sumsOf(
  keys: ArrayLike<number>,
  counted: ArrayLike<number>,
  uncounted: ArrayLike<number>,
  length: number,
  placeOf?: Uint16Array,
): Sums {
  const order = orderOf(keys, length);
  const sums = {
    keys: new Uint32Array(length),
    counted: new Uint32Array(length),
    uncounted: new Uint32Array(length),
  };
  let place = -1;
  for (const position of order) {
    const key = keys[position]!;
    if (place === -1 || sums.keys[place] !== key) sums.keys[++place] = key;
    sums.counted[place] = sums.counted[place]! + counted[position]!;
    sums.uncounted[place] = sums.uncounted[place]! + uncounted[position]!;
    if (placeOf !== undefined) placeOf[position] = place;
  }
  const end = place + 1;
  return {
    keys: sums.keys.slice(0, end),
    counted: sums.counted.slice(0, end),
    uncounted: sums.uncounted.slice(0, end),
  };
}

function mergedSums(lists: readonly Sums[]): Sums {
  const length = lists.reduce((sum, { keys }) => sum + keys.length, 0);
  const all = { keys: new Uint32Array(length), counted: new Uint32Array(length), uncounted: new Uint32Array(length) };
  let end = 0;
  for (const { keys, counted, uncounted } of lists) {
    all.keys.set(keys, end);
    all.counted.set(counted, end);
    all.uncounted.set(uncounted, end);
    end += keys.length;
  }
  return sumsOf(all.keys, all.counted, all.uncounted, length);
}

/** The summary of all that these summaries are of. */
export function mergedSummary(summaries: readonly Summary[]): Summary {
  return {
    quarters: mergedSums(summaries.map(({ quarters }) => quarters)),
    columns: summaries[0]!.columns.map((_, column) => mergedSums(summaries.map(({ columns }) => columns[column]!))),
  };
}

function writeSums(writer: ByteWriter, { keys, counted, uncounted }: Sums): void {
  writer.varint(keys.length);
  let last = 0;
  for (let i = 0; i < keys.length; i++) {
    writer.varint(keys[i]! - last);
    last = keys[i]!;
    writer.varint(counted[i]! * 2 + (uncounted[i]! > 0 ? 1 : 0));
    if (uncounted[i]! > 0) writer.varint(uncounted[i]!);
  }
}

function readSums(reader: ByteReader): Sums {
  const length = reader.varint();
  const sums = { keys: new Uint32Array(length), counted: new Uint32Array(length), uncounted: new Uint32Array(length) };
  let key = 0;
  for (let i = 0; i < length; i++) {
    key += reader.varint();
    sums.keys[i] = key;
    const pair = reader.varint();
    sums.counted[i] = Math.floor(pair / 2);
    if (pair % 2 === 1) sums.uncounted[i] = reader.varint();
  }
  return sums;
}

export function encodeSummary({ quarters, columns }: Summary): Buffer {
  const writer = new ByteWriter();
  writer.varint(version);
  writeSums(writer, quarters);
  for (const column of columns) writeSums(writer, column);
  return writer.finish();
}

/** Throws when the bytes are no summary of a known version with so many columns. */
export function readSummary(bytes: Uint8Array, width: number): Summary {
  const reader = new ByteReader(bytes);
  const found = reader.varint();
  if (found !== version) throw new Error(`a roll-up has version ${found}, this program knows ${version}`);
  const quarters = readSums(reader);
  const columns = Array.from({ length: width }, () => readSums(reader));
  if (!reader.isAtEnd) throw new Error('a roll-up goes on after its end');
  return { quarters, columns };
}
