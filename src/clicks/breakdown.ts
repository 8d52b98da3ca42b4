// Rows of a breakdown: hits by what a person calls a value, most first.

import { type Dimension, type DimensionName, dimensions } from './dimensions.ts';
import { termKinds } from './hit-columns.ts';
import type { IdCounts, Tally } from './tally.ts';
import type { TermReader } from './term-reader-store.ts';

export type BreakdownRow = Readonly<Record<string, string | number | null>> & { readonly count: number };

/** The positions of the `limit` highest counts above 0 and of those equal to the last of them; 0: of all above 0. */
export function highest(counts: Float64Array, limit: number): number[] {
  const least = limit === 0 ? 0 : leastOfHighest(counts, limit);
  const positions: number[] = [];
  // A loop, since there may be a million of them.
  for (let position = 0; position < counts.length; position++) {
    const count = counts[position]!;
    if (count > 0 && count >= least) positions.push(position);
  }
  return positions;
}

/** The `limit`th highest; 0 where there are no more than that. */
function leastOfHighest(counts: Float64Array, limit: number): number {
  if (counts.length <= limit) return 0;
  // A heap of the highest so far with the least of them on top. Most counts are below that, and cost one comparison.
  const heap = new Float64Array(limit);
  for (const count of counts) {
    if (count <= heap[0]!) continue;
    let place = 0;
    for (;;) {
      let child = place * 2 + 1;
      if (child >= limit) break;
      if (child + 1 < limit && heap[child + 1]! < heap[child]!) child++;
      if (heap[child]! >= count) break;
      heap[place] = heap[child]!;
      place = child;
    }
    heap[place] = count;
  }
  return heap[0]!;
}

export const columnOf = (name: DimensionName): number => termKinds.indexOf(dimensions[name].kind);

function countsByCode(terms: TermReader, name: DimensionName, counts: IdCounts): Float64Array {
  const { ids } = counts;
  const { codes, codeCount } = terms.codesOf(name, ids);
  const byCode = new Float64Array(codeCount);
  for (let i = 0; i < ids.length; i++) byCode[codes[i]!] = byCode[codes[i]!]! + counts.of(ids[i]!);
  return byCode;
}

/** Most first; equal counts in the order of their names, so that the same question always gets the same answer. */
export function breakdown(terms: TermReader, tally: Tally, name: DimensionName, limit: number): BreakdownRow[] {
  const { further: furtherNames }: Dimension = dimensions[name];
  const byCode = countsByCode(terms, name, tally.columns[columnOf(name)]!);
  const rows = highest(byCode, limit).map((code) => ({ ...terms.shown(name, code), count: byCode[code]! }));
  rows.sort(
    (a, b) => b.count - a.count || (a.value < b.value ? -1 : a.value > b.value ? 1 : order(a.further, b.further)),
  );
  return (limit === 0 ? rows : rows.slice(0, limit)).map(({ value, further, count }) => ({
    [name]: value,
    ...Object.fromEntries(furtherNames.map((key, i) => [key, further[i] ?? null])),
    count,
  }));
}

function order(a: readonly (string | null)[], b: readonly (string | null)[]): number {
  const [left, right] = [a.join('\n'), b.join('\n')];
  return left < right ? -1 : left > right ? 1 : 0;
}
