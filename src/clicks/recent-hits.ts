// The newest hits as roll-ups need them, in memory on the writer thread: hot links are rolled up without reading back what was just
// written. Bounded; whatever it does not hold is read from the database.

const capacity = 2 ** 16;

/** What is rolled up of one hit, and the hit of its link before it. */
export interface StoredHit {
  readonly quarter: number;
  readonly verdict: number;
  readonly sketch: number;
  readonly place: number;
  readonly agent: number;
  readonly referrer: number;
  readonly context: number;
  readonly linkId: number;
  readonly previousId: number;
}

export class RecentHits {
  readonly #ids = new Float64Array(capacity);
  readonly #links = new Float64Array(capacity);
  readonly #previous = new Float64Array(capacity);
  readonly #quarters = new Int32Array(capacity);
  readonly #verdicts = new Uint8Array(capacity);
  readonly #sketches = new Uint16Array(capacity);
  readonly #places = new Uint32Array(capacity);
  readonly #agents = new Uint32Array(capacity);
  readonly #referrers = new Uint32Array(capacity);
  readonly #contexts = new Uint32Array(capacity);

  put(id: number, hit: StoredHit): void {
    const slot = id % capacity;
    this.#ids[slot] = id;
    this.#links[slot] = hit.linkId;
    this.#previous[slot] = hit.previousId;
    this.#quarters[slot] = hit.quarter;
    this.#verdicts[slot] = hit.verdict;
    this.#sketches[slot] = hit.sketch;
    this.#places[slot] = hit.place;
    this.#agents[slot] = hit.agent;
    this.#referrers[slot] = hit.referrer;
    this.#contexts[slot] = hit.context;
  }

  get(id: number): StoredHit | undefined {
    const slot = id % capacity;
    if (this.#ids[slot] !== id) return undefined;
    return {
      quarter: this.#quarters[slot]!,
      verdict: this.#verdicts[slot]!,
      sketch: this.#sketches[slot]!,
      place: this.#places[slot]!,
      agent: this.#agents[slot]!,
      referrer: this.#referrers[slot]!,
      context: this.#contexts[slot]!,
      linkId: this.#links[slot]!,
      previousId: this.#previous[slot]!,
    };
  }

  clear(): void {
    this.#ids.fill(0);
  }
}
