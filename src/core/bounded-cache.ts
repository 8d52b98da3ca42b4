// A map that forgets what has not been used lately and never holds more than its capacity, in entries or in what they weigh.
// Two generations instead of a linked list: a hit costs one look-up, and nothing is moved on most hits.

/** What is told about a cache. */
export interface CacheCounts {
  readonly hits: number;
  readonly misses: number;
}

export class BoundedCache<K, V> implements CacheCounts {
  readonly capacity: number;
  /** Since the start. */
  hits = 0;
  misses = 0;
  #young = new Map<K, V>();
  #old = new Map<K, V>();
  readonly #generationWeight: number;
  readonly #weigh: (value: V) => number;
  #youngWeight = 0;

  /**
   * @param capacity the most that entries may weigh together at any moment; at least 2
   * @param weigh above 0 and always the same for a value; without, each weighs 1. What weighs more than half of the capacity is not kept.
   */
  constructor(capacity: number, weigh: (value: V) => number = () => 1) {
    if (!Number.isInteger(capacity) || capacity < 2)
      throw new RangeError(`capacity ${capacity} is not an integer of at least 2`);
    this.capacity = capacity;
    this.#generationWeight = capacity >> 1;
    this.#weigh = weigh;
  }

  get size(): number {
    let size = this.#young.size;
    for (const key of this.#old.keys()) if (!this.#young.has(key)) size++;
    return size;
  }

  get(key: K): V | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) {
      this.hits++;
      return young;
    }
    const old = this.#old.get(key);
    if (old === undefined) this.misses++;
    else {
      this.hits++;
      this.set(key, old);
    }
    return old;
  }

  set(key: K, value: V): void {
    const weight = this.#weigh(value);
    this.#dropYoung(key);
    if (weight > this.#generationWeight) {
      this.#old.delete(key);
      return;
    }
    if (this.#youngWeight + weight > this.#generationWeight) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#youngWeight = 0;
    }
    this.#young.set(key, value);
    this.#youngWeight += weight;
  }

  delete(key: K): void {
    this.#dropYoung(key);
    this.#old.delete(key);
  }

  clear(): void {
    this.#young.clear();
    this.#old.clear();
    this.#youngWeight = 0;
  }

  #dropYoung(key: K): void {
    const value = this.#young.get(key);
    if (value === undefined) return;
    this.#young.delete(key);
    this.#youngWeight -= this.#weigh(value);
  }
}
