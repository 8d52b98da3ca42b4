// How many different visitors, in at most 2 kB: a HyperLogLog sketch with 4,096 registers of 4 bits (standard error 1.6 %).
// Sketches of days merge into sketches of months. Small ones list their registers, two bytes a visitor.
// Estimator: O. Ertl, "New cardinality estimation algorithms for HyperLogLog sketches" (2017), algorithm 6.

const registerBits = 12;
const registerCount = 2 ** registerBits;
const maxRank = 15;
const denseBytes = registerCount / 2;

/** An entry is the register's number (12 bits) and the rank (4 bits), made from 32 or more evenly spread bits. */
export type SketchEntry = number;

/** The entry of a visitor whose keyed hash begins with these 32 bits and goes on with these. */
export function sketchEntry(first: number, second: number): SketchEntry {
  const register = first & (registerCount - 1);
  const rank = Math.min(maxRank, Math.clz32(second) + 1);
  return register * 16 + rank;
}

export const emptySketch: Buffer = Buffer.alloc(0);

const isDense = (sketch: Uint8Array): boolean => sketch.length === denseBytes;

function rankIn(sketch: Uint8Array, register: number): number {
  const pair = sketch[register >> 1] as number;
  return register & 1 ? pair >> 4 : pair & 15;
}

function setRank(sketch: Uint8Array, register: number, rank: number): void {
  const index = register >> 1;
  const pair = sketch[index] as number;
  sketch[index] = register & 1 ? (pair & 15) | (rank << 4) : (pair & 0xf0) | rank;
}

function toDense(sparse: Uint8Array): Buffer {
  const dense = Buffer.alloc(denseBytes);
  for (let i = 0; i < sparse.length; i += 2) {
    const entry = ((sparse[i] as number) << 8) | (sparse[i + 1] as number);
    setRank(dense, entry >> 4, entry & 15);
  }
  return dense;
}

/** The sketch with one more visitor: the same object when nothing changed, else a new or changed buffer. */
export function withVisitor(sketch: Buffer, entry: SketchEntry): Buffer {
  const register = entry >> 4;
  const rank = entry & 15;
  if (isDense(sketch)) {
    if (rankIn(sketch, register) >= rank) return sketch;
    setRank(sketch, register, rank);
    return sketch;
  }
  // Sparse entries are sorted by register.
  let low = 0;
  let high = sketch.length >> 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (((sketch[middle * 2] as number) << 4) + ((sketch[middle * 2 + 1] as number) >> 4) < register) low = middle + 1;
    else high = middle;
  }
  const at = low * 2;
  if (at < sketch.length && ((sketch[at] as number) << 4) + ((sketch[at + 1] as number) >> 4) === register) {
    if (((sketch[at + 1] as number) & 15) >= rank) return sketch;
    sketch[at + 1] = ((sketch[at + 1] as number) & 0xf0) | rank;
    return sketch;
  }
  if (sketch.length + 2 >= denseBytes) {
    const dense = toDense(sketch);
    setRank(dense, register, rank);
    return dense;
  }
  const longer = Buffer.allocUnsafeSlow(sketch.length + 2);
  sketch.copy(longer, 0, 0, at);
  longer[at] = entry >> 8;
  longer[at + 1] = entry & 255;
  sketch.copy(longer, at + 2, at);
  return longer;
}

/** Collects sketches of several days and estimates how many different visitors they saw together. */
export class VisitorUnion {
  readonly #ranks = new Uint8Array(registerCount);

  add(sketch: Uint8Array): void {
    const ranks = this.#ranks;
    if (isDense(sketch)) {
      for (let register = 0; register < registerCount; register++) {
        const rank = rankIn(sketch, register);
        if (rank > (ranks[register] as number)) ranks[register] = rank;
      }
      return;
    }
    for (let i = 0; i < sketch.length; i += 2) {
      const entry = ((sketch[i] as number) << 8) | (sketch[i + 1] as number);
      if ((entry & 15) > (ranks[entry >> 4] as number)) ranks[entry >> 4] = entry & 15;
    }
  }

  /** The estimate, rounded. Exact in practice up to about 50 visitors. */
  estimate(): number {
    const histogram = new Uint32Array(maxRank + 1);
    for (const rank of this.#ranks) histogram[rank] = (histogram[rank] as number) + 1;
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
