// How long things take, in buckets: an observation is one increment, so that the busiest path can afford it. Of single ones it
// keeps the last in each bucket that came with an id, by which it is found again in an answer or the log.

export interface Example {
  readonly id: string;
  readonly ms: number;
}

export class Histogram {
  /** Upper bounds, both ends included; what is above the last falls into a bucket of its own. */
  readonly boundsMs: readonly number[];
  /** One for each bound and one for what is above; not summed up. */
  readonly counts: Float64Array;
  readonly examples: (Example | undefined)[];
  sumMs = 0;

  /** @param boundsMs rising */
  constructor(boundsMs: readonly number[]) {
    this.boundsMs = boundsMs;
    this.counts = new Float64Array(boundsMs.length + 1);
    this.examples = boundsMs.map(() => undefined);
    this.examples.push(undefined);
  }

  observe(ms: number, id?: string): void {
    const { boundsMs, counts } = this;
    let bucket = 0;
    // Most are in the first few, where a loop beats a binary search.
    while (bucket < boundsMs.length && ms > boundsMs[bucket]!) bucket++;
    counts[bucket]!++;
    this.sumMs += ms;
    if (id !== undefined) this.examples[bucket] = { id, ms };
  }

  get count(): number {
    return this.counts.reduce((sum, count) => sum + count, 0);
  }
}
