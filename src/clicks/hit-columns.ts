// Hits as columns of numbers: what is rolled up of each, and nothing else. The order of `termKinds` is that of the columns in
// stored roll-ups.

/** The dictionaries that a hit refers to. Id 0 is no entry: nothing is known, or nothing may be kept. */
export const termKinds = ['place', 'agent', 'referrer', 'context'] as const;
export type TermKind = (typeof termKinds)[number];

/** Roll-ups of one link refer to the dictionaries; those of all of a user's links name the link, too. */
export const linkColumns = termKinds.length;
export const userColumns = termKinds.length + 1;

export class HitColumns {
  readonly width: number;
  length = 0;
  /** Quarter-hours since 1970. */
  quarters: Int32Array;
  verdicts: Uint8Array;
  /** Entries of visitor sketches; 0: no visitor is kept. */
  sketches: Uint16Array;
  /** Ids by column, in the order of `termKinds`; the link's, where there is a fifth. */
  ids: Uint32Array[];

  constructor(width: number, capacity = 256) {
    this.width = width;
    this.quarters = new Int32Array(capacity);
    this.verdicts = new Uint8Array(capacity);
    this.sketches = new Uint16Array(capacity);
    this.ids = Array.from({ length: width }, () => new Uint32Array(capacity));
  }

  /** Adds one hit; its ids are then written into `ids` at the position that is returned. */
  add(quarter: number, verdict: number, sketch: number): number {
    if (this.length === this.quarters.length) this.#grow(this.length * 2);
    const position = this.length++;
    this.quarters[position] = quarter;
    this.verdicts[position] = verdict;
    this.sketches[position] = sketch;
    return position;
  }

  append(other: HitColumns): void {
    const needed = this.length + other.length;
    if (needed > this.quarters.length) this.#grow(Math.max(needed, this.quarters.length * 2));
    const end = other.length;
    this.quarters.set(other.quarters.subarray(0, end), this.length);
    this.verdicts.set(other.verdicts.subarray(0, end), this.length);
    this.sketches.set(other.sketches.subarray(0, end), this.length);
    this.ids.forEach((column, i) => column.set(other.ids[i]!.subarray(0, end), this.length));
    this.length = needed;
  }

  #grow(capacity: number): void {
    const { quarters, verdicts, sketches, ids } = this;
    this.quarters = new Int32Array(capacity);
    this.quarters.set(quarters);
    this.verdicts = new Uint8Array(capacity);
    this.verdicts.set(verdicts);
    this.sketches = new Uint16Array(capacity);
    this.sketches.set(sketches);
    this.ids = ids.map((column) => {
      const grown = new Uint32Array(capacity);
      grown.set(column);
      return grown;
    });
  }
}
