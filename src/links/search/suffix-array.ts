// Sorts all suffixes of a text, in time and memory that grow with its length alone: texts that repeat themselves, as addresses
// of one site do, are no slower than others. Induced sorting after Nong, Zhang and Chan (SA-IS, 2009).

type Symbols = Uint8Array | Int32Array;

const none = -1;

/** Where each symbol's suffixes lie in the order, those that fall (are greater than the next suffix) before those that rise. */
interface Buckets {
  readonly fallingStarts: Int32Array;
  readonly risingStarts: Int32Array;
}

/** 1 where a suffix rises: where it is smaller than the one that begins a symbol later. The last one falls. */
function markRising(symbols: Symbols): Uint8Array {
  const rises = new Uint8Array(symbols.length);
  for (let i = symbols.length - 2; i >= 0; i--) {
    const here = symbols[i]!;
    const next = symbols[i + 1]!;
    rises[i] = here === next ? rises[i + 1]! : here < next ? 1 : 0;
  }
  return rises;
}

function bucketsOf(symbols: Symbols, rises: Uint8Array, alphabet: number): Buckets {
  const falling = new Int32Array(alphabet);
  const rising = new Int32Array(alphabet);
  for (let i = 0; i < symbols.length; i++) {
    if (rises[i] === 1) rising[symbols[i]!]!++;
    else falling[symbols[i]!]!++;
  }
  const fallingStarts = new Int32Array(alphabet + 1);
  const risingStarts = new Int32Array(alphabet + 1);
  for (let symbol = 0, start = 0; symbol < alphabet; symbol++) {
    fallingStarts[symbol] = start;
    risingStarts[symbol] = start + falling[symbol]!;
    start += falling[symbol]! + rising[symbol]!;
    fallingStarts[symbol + 1] = risingStarts[symbol + 1] = start;
  }
  return { fallingStarts, risingStarts };
}

/** The order of all suffixes, from the leftmost rising ones in `seeds`: those in order induce the falling ones, and these the rising. */
function induce(symbols: Symbols, rises: Uint8Array, { fallingStarts, risingStarts }: Buckets, seeds: Int32Array) {
  const { length } = symbols;
  const order = new Int32Array(length).fill(none);
  const next = risingStarts.slice();
  for (const seed of seeds) order[next[symbols[seed]!]!++] = seed;
  next.set(fallingStarts);
  order[next[symbols[length - 1]!]!++] = length - 1;
  for (let i = 0; i < length; i++) {
    const before = order[i]! - 1;
    if (before >= 0 && rises[before] === 0) order[next[symbols[before]!]!++] = before;
  }
  next.set(fallingStarts);
  for (let i = length - 1; i >= 0; i--) {
    const before = order[i]! - 1;
    // Filled from the end of the bucket, which is where the next one begins.
    if (before >= 0 && rises[before] === 1) order[--next[symbols[before]! + 1]!] = before;
  }
  return order;
}

const startsRise = (rises: Uint8Array, i: number): boolean => i > 0 && rises[i] === 1 && rises[i - 1] === 0;

/** Whether the stretches from one leftmost rising suffix to the next are the same text. */
function isSameStretch(symbols: Symbols, a: number, endA: number, b: number, endB: number): boolean {
  if (endA - a !== endB - b) return false;
  for (let i = a, j = b; i <= endA; i++, j++) {
    if (i === symbols.length || j === symbols.length || symbols[i] !== symbols[j]) return false;
  }
  return true;
}

function sortSymbols(symbols: Symbols, alphabet: number): Int32Array {
  const { length } = symbols;
  if (length < 2) return new Int32Array(length);
  const rises = markRising(symbols);
  const buckets = bucketsOf(symbols, rises, alphabet);
  const seeds: number[] = [];
  for (let i = 1; i < length; i++) if (startsRise(rises, i)) seeds.push(i);
  const first = induce(symbols, rises, buckets, Int32Array.from(seeds));
  if (seeds.length < 2) return first;

  // Each stretch gets its rank as a name; the text of names is sorted in the same way, and gives the order of the seeds.
  const seedNumber = new Int32Array(length).fill(none);
  seeds.forEach((seed, number) => (seedNumber[seed] = number));
  const names = new Int32Array(seeds.length);
  let name = none;
  let last = none;
  for (const position of first) {
    const number = seedNumber[position]!;
    if (number === none) continue;
    const end = seeds[number + 1] ?? length;
    if (last === none || !isSameStretch(symbols, seeds[last]!, seeds[last + 1] ?? length, position, end)) name++;
    names[number] = name;
    last = number;
  }
  const order = sortSymbols(names, name + 1);
  return induce(
    symbols,
    rises,
    buckets,
    order.map((number) => seeds[number]!),
  );
}

/** The starts of all suffixes, in the order of their bytes; a suffix that another one begins with comes before it. */
export function suffixArray(text: Uint8Array): Int32Array {
  return sortSymbols(text, 256);
}
