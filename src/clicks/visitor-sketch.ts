// How many different visitors, in 2 kB: a HyperLogLog sketch with 4,096 registers of 4 bits (standard error 1.6 %).
// Sketches of hours merge into sketches of months. Of few hits, the visitors' entries are kept instead, two bytes each.
// Estimator: O. Ertl, "New cardinality estimation algorithms for HyperLogLog sketches" (2017), algorithm 6.

const registerBits = 12;
const registerCount = 2 ** registerBits;
const maxRank = 15;
const denseBytes = registerCount / 2;

/** An entry is the register's number (12 bits) and the rank (4 bits), made from 32 or more evenly spread bits. */
export type SketchEntry = number;

/** Of a hit of which the visitor is not kept. */
export const noVisitor: SketchEntry = 0;

/** The entry of a visitor whose keyed hash begins with these 32 bits and goes on with these. */
export function sketchEntry(first: number, second: number): SketchEntry {
  const register = first & (registerCount - 1);
  const rank = Math.min(maxRank, Math.clz32(second) + 1);
  return register * 16 + rank;
}

const isDense = (sketch: Uint8Array): boolean => sketch.length === denseBytes;

/** Collects visitors and sketches of visitors, and estimates how many different ones they are together. */
export class VisitorUnion {
  readonly #ranks = new Uint8Array(registerCount);

  /** `noVisitor` adds nobody. */
  addEntry(entry: SketchEntry): void {
    const rank = entry & 15;
    if (rank > (this.#ranks[entry >> 4] as number)) this.#ranks[entry >> 4] = rank;
  }

  /** Those from position `start` up to, not including, `end`. */
  addEntries(entries: Uint16Array, start = 0, end = entries.length): void {
    const ranks = this.#ranks;
    for (let i = start; i < end; i++) {
      const entry = entries[i] as number;
      if ((entry & 15) > (ranks[entry >> 4] as number)) ranks[entry >> 4] = entry & 15;
    }
  }

  add(sketch: Uint8Array): void {
    if (!isDense(sketch)) throw new Error(`a sketch of visitors has ${sketch.length} bytes instead of ${denseBytes}`);
    const ranks = this.#ranks;
    for (let pair = 0; pair < denseBytes; pair++) {
      const both = sketch[pair] as number;
      const register = pair * 2;
      if ((both & 15) > (ranks[register] as number)) ranks[register] = both & 15;
      if (both >> 4 > (ranks[register + 1] as number)) ranks[register + 1] = both >> 4;
    }
  }

  clear(): void {
    this.#ranks.fill(0);
  }

  toSketch(): Buffer {
    const sketch = Buffer.alloc(denseBytes);
    for (let pair = 0; pair < denseBytes; pair++) {
      sketch[pair] = (this.#ranks[pair * 2] as number) | ((this.#ranks[pair * 2 + 1] as number) << 4);
    }
    return sketch;
  }

  /** Whichever is shorter: the sketch, or an entry for each register that has one. */
  compact(): Uint8Array | Uint16Array {
    const ranks = this.#ranks;
    const entries = new Uint16Array(denseBytes / Uint16Array.BYTES_PER_ELEMENT);
    let length = 0;
    for (let register = 0; register < registerCount; register++) {
      if (ranks[register] === 0) continue;
      if (length === entries.length) return this.toSketch();
      entries[length++] = register * 16 + (ranks[register] as number);
    }
    return entries.slice(0, length);
  }

  /** The estimate, rounded. Exact in practice up to about 50 visitors. */
  estimate(): number {
    const ranks = this.#ranks;
    const histogram = new Uint32Array(maxRank + 1);
    for (let register = 0; register < registerCount; register++) {
      const rank = ranks[register] as number;
      histogram[rank] = (histogram[rank] as number) + 1;
    }
    if (histogram[0] === registerCount) return 0;
    const m = registerCount;
    let z = m * tau(1 - (histogram[maxRank] as number) / m);
    for (let rank = maxRank - 1; rank >= 1; rank--) z = 0.5 * (z + (histogram[rank] as number));
    z += m * sigma((histogram[0] as number) / m);
    return Math.round((m * m) / (2 * Math.LN2 * z));
  }
}

function sigma(x: number): number {
  if (x === 1) return Infinity;
  let power = x;
  let sum = x;
  for (let y = 1; ; y += y) {
    power *= power;
    const before = sum;
    sum += power * y;
    if (sum === before) return sum;
  }
}

function tau(x: number): number {
  if (x === 0 || x === 1) return 0;
  let root = x;
  let y = 1;
  let sum = 1 - x;
  for (;;) {
    root = Math.sqrt(root);
    const before = sum;
    y *= 0.5;
    sum -= (1 - root) ** 2 * y;
    if (sum === before) return sum / 3;
  }
}
