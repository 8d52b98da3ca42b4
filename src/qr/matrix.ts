// From text to the modules of a QR code: npm's qrcode encodes and adds what corrects errors; the mask is chosen by mask.ts, since
// the package takes longer for that than for all the rest.

import encoder from 'qrcode/lib/core/qrcode.js';
import { penalties } from './mask.ts';
import type { ErrorCorrection } from './style.ts';

export interface Matrix {
  /** Modules a side: 21 to 177. */
  readonly count: number;
  /** 1 to 40. */
  readonly version: number;
  /** Row by row; 1: dark. */
  readonly modules: Uint8Array;
  /** 1: not data, but a pattern that scanners look for, or what tells them how to read the rest. */
  readonly reserved: Uint8Array;
}

/**
 * undefined: it is more than any QR code holds at this level.
 * @param atLeast the version, where the smallest that holds the text is not wanted
 */
export function matrixOf(text: string, errorCorrection: ErrorCorrection, atLeast = 1): Matrix | undefined {
  return matricesOf(text, errorCorrection, atLeast).next().value;
}

/** The same code under each of the eight masks, the one that the standard prefers first; none: as `matrixOf` says. */
export function* matricesOf(text: string, errorCorrection: ErrorCorrection, atLeast = 1): Generator<Matrix, undefined> {
  let first: ReturnType<typeof encoder.create>;
  try {
    first = encoder.create(text, { errorCorrectionLevel: errorCorrection, maskPattern: 0 });
    if (first.version < atLeast)
      first = encoder.create(text, { errorCorrectionLevel: errorCorrection, maskPattern: 0, version: atLeast });
  } catch (error) {
    // There is no other way to tell: the package throws plain errors.
    if (error instanceof Error && error.message.includes('too big')) return undefined;
    throw error;
  }
  const { version, segments } = first;
  const { size: count, data, reservedBit: reserved } = first.modules;
  const found = penalties(data, reserved, count);
  const masks = found.map((_, mask) => mask).sort((one, other) => found[one]! - found[other]!);
  for (const maskPattern of masks) {
    if (maskPattern === 0) yield { count, version, modules: data, reserved };
    else {
      // Again, since the number of the mask is part of the code; the segments are known by now, and most of the work is done.
      const other = encoder.create(segments, { errorCorrectionLevel: errorCorrection, maskPattern, version });
      yield { count, version, modules: other.modules.data, reserved };
    }
  }
  return undefined;
}

/** Rows and columns of the centres of the alignment patterns, as ISO/IEC 18004 (annex E) spaces them. */
export function alignmentCentres(version: number): readonly (readonly [row: number, column: number])[] {
  if (version === 1) return [];
  const count = Math.floor(version / 7) + 2;
  const last = version * 4 + 10;
  // Evenly, from the end, by an even number; version 32 is the one exception of the standard.
  const step = version === 32 ? 26 : Math.ceil((last - 6) / (count - 1) / 2) * 2;
  const places = [6, ...Array.from({ length: count - 1 }, (_, n) => last - step * (count - 2 - n))];
  const isFinder = (row: number, column: number): boolean =>
    (row === 6 && column === 6) || (row === 6 && column === last) || (row === last && column === 6);
  return places.flatMap((row) =>
    places.filter((column) => !isFinder(row, column)).map((column): [number, number] => [row, column]),
  );
}
