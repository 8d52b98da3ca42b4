// The picture in the middle of a code: a PNG, JPEG or SVG of somebody's, drawn anew into a small PNG of our own. Nothing of the
// file itself is kept or shown to anybody: not its scripts, links or metadata.

import { type AppError, invalidField } from '../core/errors.ts';
import { type Drawer, loadDrawer } from './resvg.ts';

/** Of a file, before it is decoded. */
export const maxLogoBytes = 256 * 1024;
const maxPixels = 4 * 1024 * 1024;
const maxAspect = 4;
/** Longer sides that are tried until the PNG is small enough; the first is what a code of 2,048 pixels shows at usual sizes. */
const sides = [512, 384, 256, 128];
const maxStoredBytes = 256 * 1024;

export interface Logo {
  readonly png: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** Pixels with their colours already multiplied by their opacity. */
export interface LogoPixels {
  readonly width: number;
  readonly height: number;
  /** Red, green, blue, opacity. */
  readonly rgba: Uint8Array;
}

function refused(phrase: string): AppError {
  return invalidField('logo', `logo ${phrase}`);
}

interface Dimensions {
  readonly width: number;
  readonly height: number;
}

function pngDimensions(bytes: Buffer): Dimensions | undefined {
  if (bytes.length < 24 || bytes.toString('latin1', 12, 16) !== 'IHDR') return undefined;
  return { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) };
}

const isStartOfFrame = (marker: number): boolean =>
  marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;

/** From the first frame header: marker, length, precision, height, width. */
function jpegDimensions(bytes: Buffer): Dimensions | undefined {
  let at = 2;
  while (at + 9 <= bytes.length && bytes[at] === 0xff) {
    const marker = bytes[at + 1] as number;
    if (isStartOfFrame(marker)) return { height: bytes.readUInt16BE(at + 5), width: bytes.readUInt16BE(at + 7) };
    // Fill bytes before a marker are allowed.
    at += marker === 0xff ? 1 : 2 + bytes.readUInt16BE(at + 2);
  }
  return undefined;
}

function scaled({ width, height }: Dimensions, side: number): Dimensions {
  const scale = side / Math.max(width, height);
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

function checkAspect({ width, height }: Dimensions): void {
  const isSensible = width > 0 && height > 0 && Number.isFinite(width) && Number.isFinite(height);
  if (!isSensible) throw refused('has no width or height');
  if (Math.max(width / height, height / width) > maxAspect)
    throw refused(`is more than ${maxAspect} times as long as it is broad`);
}

/** An SVG that shows one image, scaled to fill it. */
function frame(type: string, bytes: Uint8Array, { width, height }: Dimensions): string {
  const data = Buffer.from(bytes).toString('base64');
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">` +
    `<image width="${width}" height="${height}" preserveAspectRatio="none" href="data:${type};base64,${data}"/></svg>`
  );
}

interface Picture {
  readonly dimensions: Dimensions;
  readonly svgFor: (dimensions: Dimensions) => string;
}

// Images inside of one could be of any size when they are unpacked.
const otherImages = /<(?:[\w-]+:)?(?:image|feImage)\b/i;

function svgPicture(bytes: Buffer, Resvg: Drawer): Picture {
  const svg = bytes.toString('utf8');
  if (otherImages.test(svg)) throw refused('must not hold other images');
  let dimensions: Dimensions;
  try {
    const tree = new Resvg(svg, options(1));
    dimensions = { width: tree.width, height: tree.height };
    tree.free();
  } catch (cause) {
    throw unreadable(cause);
  }
  return { dimensions, svgFor: () => svg };
}

function unreadable(cause: unknown): AppError {
  // A trap leaves the WebAssembly instance as it was in the middle of something: the thread must end. Anything else is the file's fault.
  if (cause instanceof Error && cause.name === 'RuntimeError') throw cause;
  return refused('is no PNG, JPEG or SVG that can be drawn');
}

function pictureOf(bytes: Buffer, Resvg: Drawer): Picture {
  const isPng = bytes.subarray(0, 8).equals(Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'));
  const isJpeg = bytes[0] === 0xff && bytes[1] === 0xd8 && bytes[2] === 0xff;
  if (!isPng && !isJpeg) {
    if (/<(?:[\w-]+:)?svg[\s>]/i.test(bytes.toString('utf8', 0, bytes.length))) return svgPicture(bytes, Resvg);
    throw refused('must be a PNG, JPEG or SVG');
  }
  const dimensions = isPng ? pngDimensions(bytes) : jpegDimensions(bytes);
  if (dimensions === undefined) throw refused('is no PNG, JPEG or SVG that can be drawn');
  if (dimensions.width * dimensions.height > maxPixels)
    throw refused(`has more than ${maxPixels / 1024 / 1024} million pixels`);
  return { dimensions, svgFor: (size) => frame(isPng ? 'image/png' : 'image/jpeg', bytes, size) };
}

function options(width: number) {
  return { fitTo: { mode: 'width' as const, value: width }, font: { loadSystemFonts: false } };
}

function draw(Resvg: Drawer, svg: string, width: number) {
  try {
    const tree = new Resvg(svg, options(width));
    const image = tree.render();
    const drawn = { png: image.asPng(), rgba: image.pixels, width: image.width, height: image.height };
    image.free();
    tree.free();
    return drawn;
  } catch (cause) {
    throw unreadable(cause);
  }
}

/** Throws VALIDATION_ERROR with the path `logo`. */
export async function prepareLogo(file: Uint8Array): Promise<Logo> {
  if (file.length > maxLogoBytes) throw refused(`is larger than ${maxLogoBytes / 1024} kB`);
  const Resvg = await loadDrawer();
  const picture = pictureOf(Buffer.from(file), Resvg);
  checkAspect(picture.dimensions);
  for (const side of sides) {
    const size = scaled(picture.dimensions, side);
    const { png, rgba, width, height } = draw(Resvg, picture.svgFor(size), size.width);
    // What the decoder cannot read is left out of the drawing without a word.
    if (!rgba.some((value) => value > 0)) throw refused('shows nothing, or cannot be read');
    if (png.length <= maxStoredBytes) return { png, width, height };
  }
  throw refused('has too much detail');
}

/** A logo that prepareLogo made, at the size that a code needs. */
export async function logoPixels({ png }: Logo, width: number, height: number): Promise<LogoPixels> {
  const Resvg = await loadDrawer();
  const drawn = draw(Resvg, frame('image/png', png, { width, height }), width);
  return { width: drawn.width, height: drawn.height, rgba: drawn.rgba };
}
