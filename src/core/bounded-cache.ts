// A map that forgets what has not been used lately and never holds more than its capacity.
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
  readonly #generationSize: number;

  /** @param capacity the most entries held at any moment; at least 2 */
  constructor(capacity: number) {
    if (!Number.isInteger(capacity) || capacity < 2)
      throw new RangeError(`capacity ${capacity} is not an integer of at least 2`);
    this.capacity = capacity;
    this.#generationSize = capacity >> 1;
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
    if (this.#young.size >= this.#generationSize && !this.#young.has(key)) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, value);
  }

  delete(key: K): void {
    this.#young.delete(key);
    this.#old.delete(key);
  }

  clear(): void {
    this.#young.clear();
    this.#old.clear();
  }
}
