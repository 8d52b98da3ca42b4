// Draws one QR code, and refuses to where nobody could scan it. Runs on the threads of the drawing pool.

import { type AppError, invalidField } from '../core/errors.ts';
import { greyOf, type Rgb } from './color.ts';
import { type Geometry, geometryOf, type LogoShape, pitchOf } from './geometry.ts';
import { type Logo, type LogoPixels, logoPixels, prepareLogo } from './logo.ts';
import { matricesOf, type Matrix, matrixOf } from './matrix.ts';
import { pngOfPixels, pngOfShades, shadeColors } from './png.ts';
import { type Shades, shadesOf } from './raster.ts';
import { isEasilyReadable, isReadable } from './readable.ts';
import { effectiveCorrection, type ErrorCorrection, type ImageFormat, type QrStyle } from './style.ts';
import { svgOf } from './svg.ts';

/** Finer modules are lost between pixels: every code of two pixels a module can be decoded, and of one pixel hardly half. */
const minPitch = 2;
/** From here on codes can be read blurred and at half their size whatever they hold; below it some can. */
const surePitch = 4;
/**
 * Modules that may make way for a logo. H corrects errors in 30 % of a code; what a logo takes is missing from that, and
 * scratches, shadows and bad cameras want the rest.
 */
const maxLogoShare = 0.15;
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

/**
 * The ways to draw it, of which the first that can be read in every way will do. Of small modules it depends on the mask whether they
 * can; of two pixels, half of which are one, on little else, of three on the version, too.
 */
function* plansOf(text: string, style: QrStyle, logo: Logo | null): Generator<Geometry, void> {
  const errorCorrection = effectiveCorrection(style, logo !== null);
  const smallest = matrixOf(text, errorCorrection);
  if (smallest === undefined) throw tooMuchText(style, logo !== null);
  const { count } = smallest;
  const pitch = pitchOf(count, style);
  if (pitch < minPitch) throw tooSmall(count, style, 'take a shorter text or a lower errorCorrection');
  if (pitch >= surePitch) {
    yield logo === null ? geometryOf(smallest, style) : withLogo(text, style, logo, smallest);
    return;
  }
  // Their edges are a matter of single pixels, which every program draws differently.
  if (logo !== null) throw tooSmall(count, style, 'leave the logo out');
  if (geometryOf(smallest, style).hasCurves) throw tooSmall(count, style, 'take square modules and eyes');
  if (isPaleFor(style.foregroundColor, style.backgroundColor)) throw tooPale();
  for (let small = pitch; small >= minPitch; small--)
    for (const matrix of matricesOf(text, errorCorrection)) yield geometryOf(matrix, style, undefined, small);
}

function tooSmall(count: number, { margin }: QrStyle, otherwise: string): AppError {
  const needed = (count + 2 * margin) * surePitch;
  return invalidField('size', `size must be at least ${needed} for this much text: otherwise ${otherwise}`);
}

function tooMuchText({ errorCorrection }: QrStyle, hasLogo: boolean): AppError {
  const remedy = hasLogo
    ? 'with a logo, which needs errorCorrection H: shorten it, or leave the logo out'
    : `at errorCorrection ${errorCorrection}: shorten it, or take a lower one`;
  return invalidField('url', `url is more than a QR code can hold ${remedy}`);
}

/** Finer modules leave a logo more room, since less is lost at its edges: versions are tried upwards while they stay comfortable. */
function withLogo(text: string, style: QrStyle, logo: Logo, smallest: Matrix): Geometry {
  const shape = shapeOf(style, logo);
  let matrix = smallest;
  for (;;) {
    const geometry = geometryOf(matrix, style, shape);
    if (!takesTooMuch(geometry)) return geometry;
    const next = matrix.version + 1;
    const larger =
      next <= lastVersion && pitchOf(matrix.count + 4, style) >= surePitch ? matrixOf(text, 'H', next) : undefined;
    if (larger === undefined) throw logoTooLarge();
    matrix = larger;
  }
}

function shapeOf({ logoSize }: QrStyle, { width, height }: Logo): LogoShape {
  return { logoSize, aspect: width / height };
}

function takesTooMuch({ logo }: Geometry): boolean {
  return (logo?.share ?? 0) > maxLogoShare;
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

interface Drawn {
  readonly shades: Shades;
  /** Where there is a logo. */
  readonly pixels: Uint8Array | undefined;
}

async function drawn(geometry: Geometry, logo: Logo | null, colors: readonly Rgb[]): Promise<Drawn> {
  const shades = shadesOf(geometry);
  const place = geometry.logo;
  const pixels =
    logo !== null && place !== undefined
      ? composed(shades, geometry.size, colors, geometry, await logoPixels(logo, place.width, place.height))
      : undefined;
  return { shades, pixels };
}

/** Throws VALIDATION_ERROR where the code could not be scanned, with the field to change. */
export async function draw({ text, style, logo: given, format, isVerified }: DrawOrder): Promise<Drawing> {
  const logo = given === null ? null : 'file' in given ? await prepareLogo(given.file) : given.prepared;
  const { size, foregroundColor, backgroundColor } = style;
  const colors = shadeColors(foregroundColor, backgroundColor);
  const isPale = isPaleFor(foregroundColor, backgroundColor);
  const made = async (geometry: Geometry, found?: Drawn): Promise<Drawing> => {
    let image: Uint8Array | null = null;
    if (format === 'svg') {
      const svg = svgOf(geometry, { foreground: foregroundColor, background: backgroundColor }, logo?.png);
      image = Buffer.from(svg);
    } else if (format === 'png') {
      const { pixels, shades } = found ?? (await drawn(geometry, logo, colors));
      image = pixels === undefined ? pngOfShades(shades, size, colors, geometry.hasCurves) : pngOfPixels(pixels, size);
    }
    return { image, errorCorrection: effectiveCorrection(style, logo !== null), pitch: geometry.pitch, logo };
  };
  let tried: Geometry | undefined;
  for (const geometry of plansOf(text, style, logo)) {
    tried = geometry;
    const isDoubtful = isPale || geometry.pitch < surePitch;
    if (!isVerified && !isDoubtful) return made(geometry);
    const found = await drawn(geometry, logo, colors);
    const { pixels, shades } = found;
    const seen = { rgba: pixels === undefined ? rgbaOfShades(shades, colors) : rgbaOfRgb(pixels), size };
    const isWell = isDoubtful || logo !== null ? isEasilyReadable(text, seen) : isReadable(text, seen);
    if (isWell) return made(geometry, found);
  }
  throw unreadable(logo !== null, isPale, style, tried!.count);
}

function tooPale(): AppError {
  return invalidField('foregroundColor', 'foregroundColor is too pale to be read at this size: make it darker');
}

function unreadable(hasLogo: boolean, isPale: boolean, style: QrStyle, count: number): AppError {
  if (isPale) return tooPale();
  if (hasLogo)
    return invalidField('logo', 'logo makes the code unreadable: take a smaller or plainer one, or a larger size');
  return tooSmall(count, style, 'take a shorter text');
}
