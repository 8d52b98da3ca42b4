// Draws that are the same on every run, so that every server and every version meets the same visitors.

import { seededRandom } from '../../test/support/seeded-random.ts';

/** Draws whole numbers from 0 up to, not including, its argument. */
export type Random = (below: number) => number;

export { seededRandom };

const resolution = 2 ** 30;

/** Draws a position of `weights` as often as its weight says. */
export function weightedDraw(weights: readonly number[], random: Random): () => number {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let sum = 0;
  const ends = weights.map((weight) => (sum += weight) / total);
  return () => {
    const point = random(resolution) / resolution;
    let low = 0;
    let high = ends.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((ends[middle] as number) > point) high = middle;
      else low = middle + 1;
    }
    return low;
  };
}

/** Draws from 0 up to, not including, `count`; number n comes 1 / (n + 1) times as often as number 0 (Zipf's law). */
export function zipfDraw(count: number, random: Random): () => number {
  return weightedDraw(
    Array.from({ length: count }, (_, index) => 1 / (index + 1)),
    random,
  );
}
