// Which of the eight masks of a QR code scanners like best, by the penalty rules of ISO/IEC 18004 (7.8.3). Worked out on 32 modules
// at a time, as bits of a word: module by module it would take longer than everything else about a code.

type Mask = (row: number, column: number) => boolean;

/** In the order of their numbers: whether a mask inverts this module. */
export const masks: readonly Mask[] = [
  (row, column) => (row + column) % 2 === 0,
  (row) => row % 2 === 0,
  (_row, column) => column % 3 === 0,
  (row, column) => (row + column) % 3 === 0,
  (row, column) => ((row >> 1) + Math.floor(column / 3)) % 2 === 0,
  (row, column) => ((row * column) % 2) + ((row * column) % 3) === 0,
  (row, column) => (((row * column) % 2) + ((row * column) % 3)) % 2 === 0,
  (row, column) => (((row + column) % 2) + ((row * column) % 3)) % 2 === 0,
];

// All masks repeat every 12 modules in both directions.
const period = 12;
const wordBits = 32;

/** Lines of bits: line by line, `width` words each; bit n of a line is bit n % 32 of its word n / 32. */
interface Lines {
  readonly words: Int32Array;
  readonly width: number;
}

function linesOf(count: number, length: number, isSet: (line: number, position: number) => boolean): Lines {
  const width = Math.ceil(length / wordBits);
  const words = new Int32Array(count * width);
  for (let line = 0; line < count; line++) {
    for (let position = 0; position < length; position++) {
      if (isSet(line, position)) words[line * width + (position >> 5)]! |= 1 << (position & 31);
    }
  }
  return { words, width };
}

/** The code's rows, and its columns. */
type BothWays = readonly [across: Int32Array, down: Int32Array];

/** What is the same for every code of one size. */
interface SizeTables {
  /** Of each mask: the first twelve lines of what it inverts that mask 0 does not, and the other way round. */
  readonly masks: readonly BothWays[];
  /** What a mask may invert at all. */
  readonly free: BothWays;
  /** By length: where a stretch of so many modules may begin. */
  readonly starts: ReadonlyMap<number, Int32Array>;
}

/** By modules a side: there are 40 sizes. */
const tables = new Map<number, SizeTables>();

function tablesOf(count: number, reserved: Uint8Array): SizeTables {
  let known = tables.get(count);
  if (known === undefined) {
    const first = masks[0] as Mask;
    known = {
      masks: masks.map((mask) => [
        linesOf(period, count, (row, column) => mask(row, column) !== first(row, column)).words,
        linesOf(period, count, (column, row) => mask(row, column) !== first(row, column)).words,
      ]),
      free: bothWays(reserved, count, 0),
      starts: new Map([2, 5, 11].map((length) => [length, linesOf(1, count - length + 1, () => true).words])),
    };
    tables.set(count, known);
  }
  return known;
}

function bothWays(modules: Uint8Array, count: number, wanted: 0 | 1): BothWays {
  const width = Math.ceil(count / wordBits);
  const across = new Int32Array(count * width);
  const down = new Int32Array(count * width);
  let index = 0;
  for (let row = 0; row < count; row++) {
    for (let column = 0; column < count; column++, index++) {
      if (modules[index] !== wanted) continue;
      across[row * width + (column >> 5)]! |= 1 << (column & 31);
      down[column * width + (row >> 5)]! |= 1 << (row & 31);
    }
  }
  return [across, down];
}

function bitCount(word: number): number {
  let rest = word - ((word >>> 1) & 0x55555555);
  rest = (rest & 0x33333333) + ((rest >>> 2) & 0x33333333);
  return Math.imul((rest + (rest >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** The word of the bits that come `by` after those of this one. */
function ahead(words: Int32Array, index: number, last: number, by: number): number {
  const next = index < last ? (words[index + 1] as number) : 0;
  return ((words[index] as number) >>> by) | (next << (wordBits - by));
}

class Scorer {
  readonly #count: number;
  readonly #width: number;
  readonly #tables: SizeTables;
  readonly #masked: Int32Array;
  // Of the line at hand, and of the one before it.
  #same: Int32Array;
  #sameBefore: Int32Array;
  readonly #runs: Int32Array;
  readonly #finders: Int32Array;
  readonly #light: Int32Array;

  constructor(count: number, known: SizeTables) {
    this.#count = count;
    this.#width = Math.ceil(count / wordBits);
    this.#tables = known;
    this.#masked = new Int32Array(count * this.#width);
    const line = (): Int32Array => new Int32Array(this.#width);
    [this.#same, this.#sameBefore, this.#runs, this.#finders, this.#light] = [line(), line(), line(), line(), line()];
  }

  /**
   * @param direction 0: along the rows; 1: along the columns
   * @param code with mask 0 on it
   */
  penalty(mask: number, direction: 0 | 1, code: BothWays): number {
    const table = (this.#tables.masks[mask] as BothWays)[direction];
    const lines = code[direction];
    const free = this.#tables.free[direction];
    const width = this.#width;
    for (let index = 0, line = 0; line < this.#count; line++) {
      const start = (line % period) * width;
      for (let word = 0; word < width; word++, index++) {
        this.#masked[index] = lines[index]! ^ (table[start + word]! & free[index]!);
      }
    }
    let penalty = 0;
    for (let line = 0; line < this.#count; line++) {
      penalty += this.#linePenalty(line * width);
      // Blocks and balance are the same in both directions.
      if (direction === 0 && line > 0) penalty += 3 * this.#blocks(line * width);
      [this.#same, this.#sameBefore] = [this.#sameBefore, this.#same];
    }
    return direction === 0 ? penalty + this.#balancePenalty() : penalty;
  }

  /** Five and more alike in a row, and what looks like a finder with four light modules beside it. */
  #linePenalty(start: number): number {
    const { starts } = this.#tables;
    const [pairs, fives, elevens] = [starts.get(2)!, starts.get(5)!, starts.get(11)!];
    const words = this.#masked;
    const end = start + this.#width - 1;
    const last = this.#width - 1;
    for (let word = 0; word <= last; word++) {
      const index = start + word;
      const bits = words[index]!;
      const one = ahead(words, index, end, 1);
      const two = ahead(words, index, end, 2);
      const three = ahead(words, index, end, 3);
      this.#same[word] = ~(bits ^ one) & pairs[word]!;
      this.#light[word] = ~(bits | one | two | three);
      const right = ahead(words, index, end, 4) & ~ahead(words, index, end, 5) & ahead(words, index, end, 6);
      this.#finders[word] = bits & ~one & two & three & right;
    }
    let penalty = 0;
    for (let word = 0; word <= last; word++) {
      const same = this.#same;
      const three = ahead(same, word, last, 1) & ahead(same, word, last, 2) & ahead(same, word, last, 3);
      const run = same[word]! & three & (fives[word] ?? 0);
      this.#runs[word] = run;
      // A run of n alike is n - 4 stretches of five, and the first of them costs two more.
      const before = (run << 1) | (word > 0 ? this.#runs[word - 1]! >>> 31 : 0);
      penalty += bitCount(run) + 2 * bitCount(run & ~before);
      const lightAfter = this.#finders[word]! & ahead(this.#light, word, last, 7);
      const lightBefore = this.#light[word]! & ahead(this.#finders, word, last, 4);
      const valid = elevens[word] ?? 0;
      penalty += 40 * (bitCount(lightAfter & valid) + bitCount(lightBefore & valid));
    }
    return penalty;
  }

  /** Squares of two by two alike, between this line and the one before. */
  #blocks(start: number): number {
    let blocks = 0;
    for (let word = 0; word < this.#width; word++) {
      const differ = this.#masked[start + word]! ^ this.#masked[start + word - this.#width]!;
      blocks += bitCount(this.#same[word]! & this.#sameBefore[word]! & ~differ);
    }
    return blocks;
  }

  #balancePenalty(): number {
    let dark = 0;
    for (const word of this.#masked) dark += bitCount(word);
    return Math.floor(Math.abs((dark * 100) / this.#count ** 2 - 50) / 5) * 10;
  }
}

/**
 * The penalty of each mask, by its number: the lower, the easier to scan.
 * @param modules a code with mask 0 on it, row by row; 1: dark
 * @param reserved 1: what masks leave alone; the same for all codes of one size
 */
export function penalties(modules: Uint8Array, reserved: Uint8Array, count: number): number[] {
  const code = bothWays(modules, count, 1);
  const scorer = new Scorer(count, tablesOf(count, reserved));
  return masks.map((_, mask) => scorer.penalty(mask, 0, code) + scorer.penalty(mask, 1, code));
}
