// Different visitors of each step of time within a roll-up that never becomes another one, remembered: telling them anew takes a
// reading of all its rows, and a year of a busy link is hundreds of roll-ups.

import { BoundedCache } from '../core/bounded-cache.ts';
import type { PartRows } from './roll-up-part.ts';
import { VisitorUnion } from './visitor-sketch.ts';

/** The counted visitors of a roll-up within one step. */
export interface StepPiece {
  /** One of the step's quarter-hours. */
  readonly quarter: number;
  /** A sketch, or the entries themselves where they are fewer bytes. */
  readonly visitors: Uint8Array | Uint16Array;
}

/** Bytes of pieces that are remembered at most: a year of the twenty busiest links of a server with 100 million clicks. */
const usualCapacityBytes = 16 * 2 ** 20;
// Of a piece and its place in the map, beside the visitors.
const pieceOverheadBytes = 200;

/** @param starts first quarter-hours of the steps that begin within the part, ascending */
export function stepPieces(part: PartRows, starts: readonly number[]): StepPiece[] {
  const { keys, counted } = part.summary.quarters;
  const sketches = part.countedSketches();
  const pieces: StepPiece[] = [];
  const union = new VisitorUnion();
  let quarter: number | undefined;
  let step = 0;
  const finish = (): void => {
    if (quarter !== undefined) pieces.push({ quarter, visitors: union.compact() });
    quarter = undefined;
    union.clear();
  };
  // Counted rows stand in the order of time, so that those of a quarter-hour follow each other.
  for (let i = 0, row = 0; i < keys.length; i++) {
    if (keys[i]! >= (starts[step] ?? Infinity)) {
      finish();
      while (keys[i]! >= (starts[step] ?? Infinity)) step++;
    }
    if (counted[i] === 0) continue;
    const end = row + counted[i]!;
    quarter ??= keys[i]!;
    union.addEntries(sketches, row, end);
    row = end;
  }
  finish();
  return pieces;
}

/** By roll-up and the steps that begin within it. */
export class StepVisitors {
  readonly #known: BoundedCache<string, readonly StepPiece[]>;
  #marker: Buffer | undefined;

  constructor(capacityBytes = usualCapacityBytes) {
    this.#known = new BoundedCache(capacityBytes, (pieces) =>
      pieces.reduce((sum, { visitors }) => sum + visitors.byteLength + pieceOverheadBytes, pieceOverheadBytes),
    );
  }

  /**
   * Forgets everything when roll-ups have been changed in place.
   * @param marker of the snapshot that is read, another one after each change; undefined before the first
   */
  renew(marker: Buffer | undefined): void {
    if (marker === undefined || this.#marker?.equals(marker) === true) return;
    this.#known.clear();
    this.#marker = marker;
  }

  of(rollUpId: number, starts: readonly number[], read: () => StepPiece[]): readonly StepPiece[] {
    const key = `${rollUpId} ${starts.join(' ')}`;
    let pieces = this.#known.get(key);
    if (pieces === undefined) {
      pieces = read();
      this.#known.set(key, pieces);
    }
    return pieces;
  }
}
