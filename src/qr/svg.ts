// A QR code as SVG: one path for everything that is dark, in whole units, without anything of the caller's own text in it.

import type { Geometry, SolidSquare } from './geometry.ts';

export interface Colors {
  /** `#rrggbb` */
  readonly foreground: string;
  readonly background: string;
}

/** Four digits after the point at the most: a thousandth of a pixel is beyond any screen. */
function shown(value: number): string {
  return String(Math.round(value * 10_000) / 10_000);
}

function squarePath({ x, y, side, radius }: SolidSquare): string {
  if (radius === 0) return `M${shown(x)} ${shown(y)}h${shown(side)}v${shown(side)}h-${shown(side)}z`;
  return `M${shown(x + radius)} ${shown(y)}${roundedOutline(side, radius)}`;
}

/** From the end of the top left corner, clockwise. */
function roundedOutline(side: number, radius: number): string {
  const r = shown(radius);
  const straight = side - 2 * radius;
  const line = (command: string, length: number): string => (straight > 0 ? `${command}${shown(length)}` : '');
  const arc = (dx: number, dy: number): string => `a${r} ${r} 0 0 1 ${shown(dx)} ${shown(dy)}`;
  return (
    `${line('h', straight)}${arc(radius, radius)}${line('v', straight)}${arc(-radius, radius)}` +
    `${line('h', -straight)}${arc(-radius, -radius)}${line('v', -straight)}${arc(radius, -radius)}z`
  );
}

/** Square modules that lie side by side are one rectangle: a third of the text, and no seam. */
function runsPath({ dots, count, pitch, origin }: Geometry): string {
  const parts: string[] = [];
  for (let row = 0; row < count; row++) {
    const end = (row + 1) * count;
    for (let index = row * count; index < end; index++) {
      if (dots[index] === 0) continue;
      const start = index;
      while (index + 1 < end && dots[index + 1] === 1) index++;
      const width = (index + 1 - start) * pitch;
      parts.push(`M${origin + (start - row * count) * pitch} ${origin + row * pitch}h${width}v${pitch}h-${width}z`);
    }
  }
  return parts.join('');
}

function dotsPath({ dots, count, pitch, origin, radius }: Geometry): string {
  const outline = roundedOutline(pitch, radius);
  const parts: string[] = [];
  for (let index = 0; index < dots.length; index++) {
    if (dots[index] === 0) continue;
    const row = Math.floor(index / count);
    parts.push(`M${shown(origin + (index - row * count) * pitch + radius)} ${origin + row * pitch}${outline}`);
  }
  return parts.join('');
}

/** @param logo a PNG */
export function svgOf(geometry: Geometry, { foreground, background }: Colors, logo?: Uint8Array): string {
  const { size, radius, solids, hasCurves, logo: place } = geometry;
  const modules = radius === 0 ? runsPath(geometry) : dotsPath(geometry);
  const path = modules + solids.flat().map(squarePath).join('');
  const crisp = hasCurves ? '' : ' shape-rendering="crispEdges"';
  const image =
    place === undefined || logo === undefined
      ? ''
      : `<image x="${shown(place.x)}" y="${shown(place.y)}" width="${shown(place.width)}" height="${shown(place.height)}" ` +
        `href="data:image/png;base64,${Buffer.from(logo).toString('base64')}"/>`;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${size}" height="${size}" viewBox="0 0 ${size} ${size}"${crisp}>` +
    `<rect width="${size}" height="${size}" fill="${background}"/><path fill="${foreground}" fill-rule="evenodd" d="${path}"/>${image}</svg>\n`
  );
}
