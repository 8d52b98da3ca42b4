// A number for any collection of hits, whatever their order, which two different collections do not share but by a chance of one in
// 2^64: sums of hashes. What was recorded and what was rolled up are compared by it without sorting a hundred million hits.

import { type HitColumns, linkColumns } from './hit-columns.ts';
import type { StoredHit } from './recent-hits.ts';
import { countedVerdict } from './verdict.ts';

function mix(seed: number, value: number): number {
  // What is above 32 bits has its own turn: link ids may be that long.
  let hash = Math.imul(seed ^ (value | 0), 0x9e3779b1);
  hash ^= hash >>> 15;
  hash = Math.imul(hash ^ Math.floor(value / 2 ** 32), 0x85ebca77);
  return hash ^ (hash >>> 13);
}

type HashedHit = Omit<StoredHit, 'previousId'>;

function hashOf(
  seed: number,
  { linkId, quarter, verdict, sketch, place, agent, referrer, context }: HashedHit,
): number {
  const hash = mix(mix(mix(mix(seed, linkId), quarter), verdict), sketch);
  return mix(mix(mix(mix(hash, place), agent), referrer), context);
}

export class HitSums {
  hits = 0;
  counted = 0;
  first = 0;
  second = 0;

  /** @param linkId of all of them; undefined: the hits name their links */
  addAll({ length, quarters, verdicts, sketches, ids }: HitColumns, linkId?: number): void {
    for (let i = 0; i < length; i++) {
      this.addHit({
        linkId: linkId ?? ids[linkColumns]![i]!,
        quarter: quarters[i]!,
        verdict: verdicts[i]!,
        sketch: sketches[i]!,
        place: ids[0]![i]!,
        agent: ids[1]![i]!,
        referrer: ids[2]![i]!,
        context: ids[3]![i]!,
      });
    }
  }

  addHit(hit: HashedHit): void {
    this.hits++;
    if (hit.verdict === countedVerdict) this.counted++;
    this.first = (this.first + hashOf(1, hit)) | 0;
    this.second = (this.second + hashOf(2, hit)) | 0;
  }

  /** @param sign -1 takes them out */
  add(other: Readonly<HitSumsValues>, sign: 1 | -1 = 1): void {
    this.hits += sign * other.hits;
    this.counted += sign * other.counted;
    this.first = (this.first + sign * other.first) | 0;
    this.second = (this.second + sign * other.second) | 0;
  }

  equals(other: Readonly<HitSumsValues>): boolean {
    return this.hits === other.hits && this.first === other.first && this.second === other.second;
  }
}

type HitSumsValues = Pick<HitSums, 'hits' | 'counted' | 'first' | 'second'>;

/** What is counted and is no link has a number above every link's (galleries/counter-store.ts), too high for an index. */
const firstHighOwner = 2 ** 32;

/** Sums for each of many owners, a few bytes each. */
export class HitSumsByOwner {
  readonly #high = new Map<number, HitSums>();
  #hits = new Float64Array(1_024);
  #counted = new Float64Array(1_024);
  #first = new Int32Array(1_024);
  #second = new Int32Array(1_024);

  add(owner: number, sums: Readonly<HitSumsValues>): void {
    if (owner >= firstHighOwner) {
      this.#highSums(owner).add(sums);
      return;
    }
    if (owner >= this.#hits.length) this.#grow(owner + 1);
    this.#hits[owner] = this.#hits[owner]! + sums.hits;
    this.#counted[owner] = this.#counted[owner]! + sums.counted;
    this.#first[owner] = (this.#first[owner]! + sums.first) | 0;
    this.#second[owner] = (this.#second[owner]! + sums.second) | 0;
  }

  of(owner: number): HitSumsValues {
    if (owner >= firstHighOwner) return this.#highSums(owner);
    return {
      hits: this.#hits[owner] ?? 0,
      counted: this.#counted[owner] ?? 0,
      first: this.#first[owner] ?? 0,
      second: this.#second[owner] ?? 0,
    };
  }

  #highSums(owner: number): HitSums {
    let sums = this.#high.get(owner);
    if (sums === undefined) this.#high.set(owner, (sums = new HitSums()));
    return sums;
  }

  #grow(needed: number): void {
    const length = Math.max(needed, this.#hits.length * 2);
    const grown = <A extends Float64Array | Int32Array>(from: A, to: A): A => {
      to.set(from);
      return to;
    };
    this.#hits = grown(this.#hits, new Float64Array(length));
    this.#counted = grown(this.#counted, new Float64Array(length));
    this.#first = grown(this.#first, new Int32Array(length));
    this.#second = grown(this.#second, new Int32Array(length));
  }
}
