// Where everything of a QR code lies, in whole units of its size: worked out once, drawn as SVG and as pixels from the same numbers.

import { alignmentCentres, type Matrix } from './matrix.ts';
import type { EyeStyle } from './style.ts';

/** A square with a hole, or without; in units from the top left corner of the image. */
export interface SolidSquare {
  readonly x: number;
  readonly y: number;
  readonly side: number;
  readonly radius: number;
}

/** The image of a logo and the modules that make way for it. */
export interface LogoPlace {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** Of all modules that carry data or their correction, how many make way: 0 to 1. */
  readonly share: number;
}

export interface Geometry {
  readonly size: number;
  /** Side of a module: a whole number, so that every edge is crisp; what is left of `size` belongs to the quiet zone. */
  readonly pitch: number;
  /** Of the top left module, from the left and from the top. */
  readonly origin: number;
  /** Modules a side. */
  readonly count: number;
  /** 1: a module that is drawn by itself. */
  readonly dots: Uint8Array;
  /** Of the dots' corners; half the pitch makes circles. */
  readonly radius: number;
  /** Drawn one over the other, dark and light in turn: what scanners look for stays whole, however the dots are drawn. */
  readonly solids: readonly (readonly SolidSquare[])[];
  /** Whether anything but straight edges is drawn. */
  readonly hasCurves: boolean;
  readonly logo: LogoPlace | undefined;
}

export interface Shape {
  readonly size: number;
  /** Quiet zone in modules. */
  readonly margin: number;
  /** 0 to 50 percent of a module's side. */
  readonly cornerRadius: number;
  readonly eyeStyle: EyeStyle;
}

export interface LogoShape {
  /** Percent of the code's side that its longer side takes. */
  readonly logoSize: number;
  /** Width by height. */
  readonly aspect: number;
}

/** What has to stay free around a logo, in modules. */
const logoPadding = 0.5;
const finderSide = 7;

/**
 * Side of a module; 0: there is not even room for one unit each. Not 5 or 7, of which half cannot be told from its neighbours for
 * certain: the quiet zone gets what that leaves.
 */
export function pitchOf(count: number, { size, margin }: Pick<Shape, 'size' | 'margin'>): number {
  const pitch = Math.floor(size / (count + 2 * margin));
  return pitch === 5 || pitch === 7 ? pitch - 1 : pitch;
}

/** @param pitch as large as there is room for, where not told otherwise */
export function geometryOf(
  matrix: Matrix,
  shape: Shape,
  logo?: LogoShape,
  pitch = pitchOf(matrix.count, shape),
): Geometry {
  const { count } = matrix;
  const { size, cornerRadius, eyeStyle } = shape;
  const middle = Math.floor((size - count * pitch) / 2);
  // Modules that are even wide begin at an even pixel: so their edges stay between pixels when the image is shown at half its size.
  const origin = pitch % 2 === 0 ? middle - (middle % 2) : middle;
  const radius = (pitch * cornerRadius) / 100;
  const dots = Uint8Array.from(matrix.modules);
  const place = logo === undefined ? undefined : knockOut(matrix, dots, logo);
  const isPlain = radius === 0 && eyeStyle === 'square';
  const at = (row: number, column: number, side: number, corner: number): SolidSquare => ({
    x: origin + column * pitch,
    y: origin + row * pitch,
    side: side * pitch,
    radius: corner * pitch,
  });
  const solids: SolidSquare[][] = [];
  if (!isPlain) {
    const isRounded = eyeStyle === 'rounded';
    for (const [row, column] of finderCorners(count)) {
      clear(dots, count, row, column, finderSide);
      solids.push([
        at(row, column, 7, isRounded ? 2 : 0),
        at(row + 1, column + 1, 5, isRounded ? 1 : 0),
        at(row + 2, column + 2, 3, isRounded ? 1 : 0),
      ]);
    }
  }
  if (radius > 0) {
    for (const [row, column] of alignmentCentres(matrix.version)) {
      // One that a logo has taken a part of is no pattern any more: what is left of it are modules like others.
      if (place !== undefined && place.covers(row, column, 2)) continue;
      clear(dots, count, row - 2, column - 2, 5);
      solids.push([at(row - 2, column - 2, 5, 0), at(row - 1, column - 1, 3, 0), at(row, column, 1, 0)]);
    }
  }
  return {
    size,
    pitch,
    origin,
    count,
    dots,
    radius,
    solids,
    hasCurves: radius > 0 || eyeStyle === 'rounded',
    logo: place && placedLogo(place, origin, pitch),
  };
}

interface Knocked {
  /** In modules; not whole ones. */
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly share: number;
  /** Whether any module within reach of this one has made way. */
  readonly covers: (row: number, column: number, reach: number) => boolean;
}

function placedLogo({ left, top, width, height, share }: Knocked, origin: number, pitch: number): LogoPlace {
  const unit = (modules: number): number => Math.max(1, Math.round(modules * pitch));
  return {
    x: origin + Math.round(left * pitch),
    y: origin + Math.round(top * pitch),
    width: unit(width),
    height: unit(height),
    share,
  };
}

function finderCorners(count: number): [row: number, column: number][] {
  return [
    [0, 0],
    [0, count - finderSide],
    [count - finderSide, 0],
  ];
}

function clear(dots: Uint8Array, count: number, top: number, left: number, side: number): void {
  for (let row = top; row < top + side; row++) dots.fill(0, row * count + left, row * count + left + side);
}

/** Clears the modules under a logo in the middle, and those that it would touch. */
function knockOut({ count, reserved }: Matrix, dots: Uint8Array, { logoSize, aspect }: LogoShape): Knocked {
  const longer = (count * logoSize) / 100;
  const width = aspect >= 1 ? longer : longer * aspect;
  const height = aspect >= 1 ? longer / aspect : longer;
  const left = (count - width) / 2;
  const top = (count - height) / 2;
  const first = (start: number): number => Math.max(0, Math.floor(start - logoPadding));
  const firstColumn = first(left);
  const firstRow = first(top);
  // The logo lies in the middle, so what is free on one side is free on the other.
  const lastColumn = count - 1 - firstColumn;
  const lastRow = count - 1 - firstRow;
  let taken = 0;
  for (let row = firstRow; row <= lastRow; row++) {
    for (let index = row * count + firstColumn; index <= row * count + lastColumn; index++) {
      if (reserved[index] === 0) taken++;
      dots[index] = 0;
    }
  }
  let all = 0;
  for (const isReserved of reserved) all += 1 - isReserved;
  return {
    left,
    top,
    width,
    height,
    share: taken / all,
    covers: (row, column, reach) =>
      row + reach >= firstRow &&
      row - reach <= lastRow &&
      column + reach >= firstColumn &&
      column - reach <= lastColumn,
  };
}
