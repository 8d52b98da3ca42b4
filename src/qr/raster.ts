// A QR code as pixels, from the same geometry as the SVG: how much of each pixel is dark, in sixteen steps, with smooth curves.

import type { Geometry, SolidSquare } from './geometry.ts';

/** The darkest step; 0 is the background. */
export const darkest = 15;

/** How dark each pixel is, row by row: 0 to `darkest`. */
export type Shades = Uint8Array;

/**
 * How much of a pixel a square with round corners covers, 0 to 1, by the distance of the pixel's middle from the outline:
 * exact along the sides, and as good as that around the corners.
 * @param x of the pixel's middle from the square's
 */
function coverage(x: number, y: number, half: number, radius: number): number {
  const inner = half - radius;
  const dx = Math.abs(x) - inner;
  const dy = Math.abs(y) - inner;
  const distance = dx > 0 && dy > 0 ? Math.hypot(dx, dy) - radius : Math.max(dx, dy) - radius;
  return Math.min(1, Math.max(0, 0.5 - distance));
}

/** A square in the middle of its own pixels, which are as many as its side is long. */
function stamp(side: number, radius: number): Shades {
  const shades = new Uint8Array(side * side);
  const half = side / 2;
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      const covered = coverage(column + 0.5 - half, row + 0.5 - half, half, radius);
      shades[row * side + column] = Math.round(covered * darkest);
    }
  }
  return shades;
}

function drawSolid(shades: Shades, size: number, { x, y, side, radius }: SolidSquare, isDark: boolean): void {
  const drawn = radius === 0 ? undefined : stamp(side, radius);
  for (let row = 0; row < side; row++) {
    const start = (y + row) * size + x;
    if (drawn === undefined) {
      shades.fill(isDark ? darkest : 0, start, start + side);
      continue;
    }
    for (let column = 0; column < side; column++) {
      const shade = drawn[row * side + column] as number;
      if (shade > 0)
        shades[start + column] = isDark ? Math.max(shades[start + column] as number, shade) : darkest - shade;
    }
  }
}

/** All rows of pixels of one row of modules are the same where modules are square: it is drawn once. */
function drawRuns(shades: Shades, { size, dots, count, pitch, origin }: Geometry): void {
  for (let row = 0; row < count; row++) {
    const top = (origin + row * pitch) * size;
    for (let column = 0; column < count; column++) {
      if (dots[row * count + column] === 0) continue;
      const start = top + origin + column * pitch;
      shades.fill(darkest, start, start + pitch);
    }
    for (let line = 1; line < pitch; line++) shades.copyWithin(top + line * size, top, top + size);
  }
}

function drawDots(shades: Shades, { size, dots, count, pitch, origin, radius }: Geometry): void {
  const dot = stamp(pitch, radius);
  for (let line = 0; line < pitch; line++) {
    const dotLine = dot.subarray(line * pitch, (line + 1) * pitch);
    for (let row = 0; row < count; row++) {
      const top = (origin + row * pitch + line) * size + origin;
      for (let column = 0; column < count; column++) {
        if (dots[row * count + column] === 1) shades.set(dotLine, top + column * pitch);
      }
    }
  }
}

export function shadesOf(geometry: Geometry): Shades {
  const { size, radius, solids } = geometry;
  const shades = new Uint8Array(size * size);
  if (radius === 0) drawRuns(shades, geometry);
  else drawDots(shades, geometry);
  for (const squares of solids) squares.forEach((square, depth) => drawSolid(shades, size, square, depth % 2 === 0));
  return shades;
}
