// The sums of a roll-up: hits by quarter-hour and by each id of each column, counted and uncounted apart, so that adding up years
// is work on typed arrays and only the ids that are shown are ever turned into text.
//
// Layout: version; the lengths in bytes of all lists; the lists: hits by quarter-hour, and for each column, hits by id. A list is
// its number of keys, then for each in ascending order: difference to the key before, twice the counted hits plus 1 where there are
// uncounted ones, and those.

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

function writtenSums({ keys, counted, uncounted }: Sums): Buffer {
  const writer = new ByteWriter();
  writer.varint(keys.length);
  let last = 0;
  for (let i = 0; i < keys.length; i++) {
    writer.varint(keys[i]! - last);
    last = keys[i]!;
    writer.varint(counted[i]! * 2 + (uncounted[i]! > 0 ? 1 : 0));
    if (uncounted[i]! > 0) writer.varint(uncounted[i]!);
  }
  return writer.finish();
}

export function encodeSummary({ quarters, columns }: Summary): Buffer {
  const lists = [quarters, ...columns].map(writtenSums);
  const head = new ByteWriter();
  head.varint(version);
  for (const list of lists) head.varint(list.length);
  return Buffer.concat([head.finish(), ...lists]);
}

/** Sums that are read again and again into the same memory; only the first `length` of each are meant. */
export class SumsBuffer implements Sums {
  length = 0;
  keys = new Uint32Array(1_024);
  counted = new Uint32Array(1_024);
  uncounted = new Uint32Array(1_024);

  setLength(length: number): void {
    this.length = length;
    if (length <= this.keys.length) return;
    const capacity = Math.max(length, this.keys.length * 2);
    this.keys = new Uint32Array(capacity);
    this.counted = new Uint32Array(capacity);
    this.uncounted = new Uint32Array(capacity);
  }
}

function readSums(reader: ByteReader, length: number, { keys, counted, uncounted }: Sums): void {
  let key = 0;
  for (let i = 0; i < length; i++) {
    key += reader.varint();
    keys[i] = key;
    const pair = reader.varint();
    // Stored without its fraction; counts are below 2^32.
    counted[i] = pair / 2;
    uncounted[i] = (pair & 1) === 1 ? reader.varint() : 0;
  }
}

/** A summary's bytes, of which only the lists that are asked for are read. */
export class StoredSummary {
  readonly width: number;
  readonly #bytes: Uint8Array;
  /** Where each list begins, the quarter-hours' first, and where the last one ends. */
  readonly #starts: number[] = [];
  readonly #lists: (Sums | undefined)[] = [];

  /** Throws when the bytes are no summary of a known version with so many columns. */
  constructor(bytes: Uint8Array, width: number) {
    const reader = new ByteReader(bytes);
    const found = reader.varint();
    if (found !== version) throw new Error(`a roll-up has version ${found}, this program knows ${version}`);
    const lengths = Array.from({ length: width + 1 }, () => reader.varint());
    let start = reader.position;
    for (const length of lengths) {
      this.#starts.push(start);
      start += length;
    }
    if (start > bytes.length) throw new Error('a roll-up ends too early');
    if (start < bytes.length) throw new Error('a roll-up goes on after its end');
    this.#starts.push(start);
    this.width = width;
    this.#bytes = bytes;
  }

  get quarters(): Sums {
    return this.#list(0);
  }

  column(column: number): Sums {
    return this.#list(column + 1);
  }

  /** How many different keys a column has. */
  keyCount(column: number): number {
    return this.#lists[column + 1]?.keys.length ?? this.#reader(column + 1).varint();
  }

  /** All of it, for those who change it. */
  whole(): Summary {
    return { quarters: this.quarters, columns: Array.from({ length: this.width }, (_, column) => this.column(column)) };
  }

  /** @param column undefined: the quarter-hours */
  readInto(buffer: SumsBuffer, column?: number): void {
    const reader = this.#reader(column === undefined ? 0 : column + 1);
    buffer.setLength(reader.varint());
    readSums(reader, buffer.length, buffer);
  }

  #list(list: number): Sums {
    let sums = this.#lists[list];
    if (sums === undefined) {
      const reader = this.#reader(list);
      const length = reader.varint();
      sums = { keys: new Uint32Array(length), counted: new Uint32Array(length), uncounted: new Uint32Array(length) };
      readSums(reader, length, sums);
      this.#lists[list] = sums;
    }
    return sums;
  }

  #reader(list: number): ByteReader {
    return new ByteReader(this.#bytes.subarray(this.#starts[list], this.#starts[list + 1]));
  }
}
