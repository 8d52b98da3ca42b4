// A closed day's hits by each value of each dimension, ready to be added up: what statistics of whole days are read from where
// a day's cube is long. Made from the cube and stored beside it, in the same transaction.

/** What hits are counted by, besides time. */
export const dimensions = ['country', 'device', 'browser', 'os', 'referrer', 'language'] as const;
export type Dimension = (typeof dimensions)[number];

/** What is counted about a visit; '' stands for unknown. */
export interface StoredProfile extends Readonly<Record<Dimension, string>> {
  /** Code of the verdict; 0: counted. */
  readonly verdict: number;
}

/** Hits by value, for each dimension; every dimension's sum is `total`. */
export interface Tally {
  total: number;
  readonly by: Readonly<Record<Dimension, Map<string, number>>>;
}

export function emptyTally(): Tally {
  const by = Object.fromEntries(dimensions.map((dimension) => [dimension, new Map<string, number>()]));
  return { total: 0, by: by as unknown as Tally['by'] };
}

function increase(counts: Map<string, number>, value: string, hits: number): void {
  counts.set(value, (counts.get(value) ?? 0) + hits);
}

export function addHits(tally: Tally, profile: StoredProfile, hits: number): void {
  tally.total += hits;
  for (const dimension of dimensions) increase(tally.by[dimension], profile[dimension], hits);
}

export function addTally(sum: Tally, added: Tally): void {
  sum.total += added.total;
  for (const dimension of dimensions) {
    for (const [value, hits] of added.by[dimension]) increase(sum.by[dimension], value, hits);
  }
}

/** A day's hits, those that count and those that do not apart. */
export interface DaySummary {
  readonly counted: Tally;
  readonly uncounted: Tally;
}

type StoredTally = readonly [total: number, ...by: Record<string, number>[]];

function storedTally({ total, by }: Tally): StoredTally {
  return [total, ...dimensions.map((dimension) => Object.fromEntries(by[dimension]))];
}

function readTally([total, ...stored]: StoredTally): Tally {
  const by = dimensions.map((dimension, position) => [dimension, new Map(Object.entries(stored[position] ?? {}))]);
  return { total, by: Object.fromEntries(by) as Tally['by'] };
}

/** As JSON: values are short texts, and a parser in native code reads them faster than anything of ours. */
export function encodeSummary({ counted, uncounted }: DaySummary): string {
  return JSON.stringify([storedTally(counted), storedTally(uncounted)]);
}

export function readSummary(text: string): DaySummary {
  const [counted, uncounted] = JSON.parse(text) as [StoredTally, StoredTally];
  return { counted: readTally(counted), uncounted: readTally(uncounted) };
}
