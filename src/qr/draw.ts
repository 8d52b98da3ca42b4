// Draws one QR code, and refuses to where nobody could scan it. Runs on the threads of the drawing pool.

import { type AppError, invalidField } from '../core/errors.ts';
import { greyOf, type Rgb } from './color.ts';
import { type Geometry, geometryOf, pitchOf } from './geometry.ts';
import { type Logo, type LogoPixels, logoPixels, prepareLogo } from './logo.ts';
import { type Matrix, matrixOf } from './matrix.ts';
import { pngOfPixels, pngOfShades, shadeColors } from './png.ts';
import { type Shades, shadesOf } from './raster.ts';
import { isEasilyReadable, isReadable } from './readable.ts';
import { effectiveCorrection, type ErrorCorrection, type ImageFormat, type QrStyle, sizeLimits } from './style.ts';
import { svgOf } from './svg.ts';

/** Finer modules are lost between pixels: every code of two pixels a module can be decoded, and of one pixel hardly half. */
const minPitch = 2;
/**
 * Modules that may make way for a logo. H corrects errors in 30 % of a code; what a logo takes is missing from that, and
 * scratches, shadows and bad cameras want the rest.
 */
const maxLogoShare = 0.15;
/** Towards which a code is made larger than its text needs, as long as its modules stay this large. */
const comfortablePitch = 4;
const lastVersion = 40;

export interface DrawOrder {
  readonly text: string;
  readonly style: QrStyle;
  /** A file of somebody's, or what became of one before. */
  readonly logo: { readonly file: Uint8Array } | { readonly prepared: Logo } | null;
  /** null: no image, only whether there could be one. */
  readonly format: ImageFormat | null;
  /** Whether to decode what was drawn before handing it out. */
  readonly isVerified: boolean;
}

export interface Drawing {
  readonly image: Uint8Array | null;
  /** With which the code was made: H where there is a logo. */
  readonly errorCorrection: ErrorCorrection;
  /** Pixels that a module has a side. */
  readonly pitch: number;
  /** What became of the logo's file. */
  readonly logo: Logo | null;
}

interface Plan {
  readonly matrix: Matrix;
  readonly geometry: Geometry;
}

function planOf(text: string, style: QrStyle, logo: Logo | null): Plan {
  const errorCorrection = effectiveCorrection(style, logo !== null);
  const smallest = matrixOf(text, errorCorrection);
  if (smallest === undefined) throw tooMuchText(style, logo !== null);
  const { count } = smallest;
  if (pitchOf(count, style) < minPitch) {
    const needed = Math.max(sizeLimits.min, (count + 2 * style.margin) * minPitch);
    throw invalidField(
      'size',
      `size must be at least ${needed} for this much text: otherwise take a shorter text or a lower errorCorrection`,
    );
  }
  if (logo === null) return { matrix: smallest, geometry: geometryOf(smallest, style) };
  return planWithLogo(text, style, logo, smallest);
}

function tooMuchText({ errorCorrection }: QrStyle, hasLogo: boolean): AppError {
  const remedy = hasLogo
    ? 'with a logo, which needs errorCorrection H: shorten it, or leave the logo out'
    : `at errorCorrection ${errorCorrection}: shorten it, or take a lower one`;
  return invalidField('url', `url is more than a QR code can hold ${remedy}`);
}

/** Finer modules leave a logo more room, since less is lost at its edges: versions are tried upwards while they stay comfortable. */
function planWithLogo(text: string, style: QrStyle, logo: Logo, smallest: Matrix): Plan {
  const shape = { logoSize: style.logoSize, aspect: logo.width / logo.height };
  let matrix = smallest;
  for (;;) {
    const geometry = geometryOf(matrix, style, shape);
    if ((geometry.logo?.share ?? 0) <= maxLogoShare) return { matrix, geometry };
    const next = matrix.version + 1;
    const larger =
      next <= lastVersion && pitchOf(matrix.count + 4, style) >= comfortablePitch
        ? matrixOf(text, 'H', next)
        : undefined;
    if (larger === undefined) throw logoTooLarge();
    matrix = larger;
  }
}

function logoTooLarge(): AppError {
  return invalidField(
    'logoSize',
    'logoSize is more than the code could do without: take a smaller logo, or a larger size',
  );
}

/**
 * Whether the modules are lighter than half the background: scanners look for what is darker than that around it, and may take
 * the middle of such a module for background. Those colours are never handed out without a look.
 */
function isPaleFor(foreground: string, background: string): boolean {
  return greyOf(foreground) > greyOf(background) / 2;
}

/** Red, green and blue of every pixel, with the logo on it. */
function composed(
  shades: Shades,
  size: number,
  colors: readonly Rgb[],
  { logo }: Geometry,
  over: LogoPixels,
): Uint8Array {
  const pixels = new Uint8Array(shades.length * 3);
  for (let index = 0, at = 0; index < shades.length; index++, at += 3) {
    const [red, green, blue] = colors[shades[index]!]!;
    pixels[at] = red;
    pixels[at + 1] = green;
    pixels[at + 2] = blue;
  }
  for (let row = 0; row < over.height; row++) {
    for (let column = 0; column < over.width; column++) {
      const from = (row * over.width + column) * 4;
      const at = ((logo!.y + row) * size + logo!.x + column) * 3;
      const rest = 1 - over.rgba[from + 3]! / 255;
      for (let part = 0; part < 3; part++)
        pixels[at + part] = Math.min(255, Math.round(over.rgba[from + part]! + pixels[at + part]! * rest));
    }
  }
  return pixels;
}

function rgbaOfShades(shades: Shades, colors: readonly Rgb[]): Uint8ClampedArray {
  const known = Uint8ClampedArray.from(colors.flatMap((color) => [...color, 255]));
  const words = new Uint32Array(known.buffer);
  return new Uint8ClampedArray(Uint32Array.from(shades, (shade) => words[shade]!).buffer);
}

function rgbaOfRgb(rgb: Uint8Array): Uint8ClampedArray {
  const pixels = new Uint8ClampedArray((rgb.length / 3) * 4).fill(255);
  for (let at = 0, from = 0; from < rgb.length; at += 4, from += 3) {
    pixels[at] = rgb[from]!;
    pixels[at + 1] = rgb[from + 1]!;
    pixels[at + 2] = rgb[from + 2]!;
  }
  return pixels;
}

/** Throws VALIDATION_ERROR where the code could not be scanned, with the field to change. */
export async function draw({ text, style, logo: given, format, isVerified }: DrawOrder): Promise<Drawing> {
  const logo = given === null ? null : 'file' in given ? await prepareLogo(given.file) : given.prepared;
  const { geometry } = planOf(text, style, logo);
  const { size, foregroundColor, backgroundColor } = style;
  const colors = shadeColors(foregroundColor, backgroundColor);
  const isPale = isPaleFor(foregroundColor, backgroundColor);
  const isChecked = isVerified || isPale;
  const needsPixels = isChecked || format === 'png';
  const shades = needsPixels ? shadesOf(geometry) : new Uint8Array(0);
  const place = geometry.logo;
  const pixels =
    needsPixels && logo !== null && place !== undefined
      ? composed(shades, size, colors, geometry, await logoPixels(logo, place.width, place.height))
      : undefined;
  if (isChecked) {
    const image = { rgba: pixels === undefined ? rgbaOfShades(shades, colors) : rgbaOfRgb(pixels), size };
    const isDoubtful = isPale || logo !== null;
    if (!(isDoubtful ? isEasilyReadable(text, image, geometry.pitch) : isReadable(text, image)))
      throw unreadable(logo !== null, isPale);
  }
  let image: Uint8Array | null = null;
  if (format === 'svg') {
    const svg = svgOf(geometry, { foreground: foregroundColor, background: backgroundColor }, logo?.png);
    image = Buffer.from(svg);
  } else if (format === 'png') {
    image = pixels === undefined ? pngOfShades(shades, size, colors, geometry.hasCurves) : pngOfPixels(pixels, size);
  }
  return { image, errorCorrection: effectiveCorrection(style, logo !== null), pitch: geometry.pitch, logo };
}

function unreadable(hasLogo: boolean, isPale: boolean): AppError {
  if (isPale)
    return invalidField('foregroundColor', 'foregroundColor is too pale to be read at this size: make it darker');
  if (hasLogo)
    return invalidField('logo', 'logo makes the code unreadable: take a smaller or plainer one, or a larger size');
  return invalidField('size', 'size is too small for this code to be read: take a larger one');
}
