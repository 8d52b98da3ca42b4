// Reads QR codes as scanners meet them: images drawn by another program's renderer, made smaller, turned, blurred, and decoded by a
// library that has nothing to do with the one that encodes.

import jsqr from 'jsqr';
import { loadDrawer } from '../../src/qr/resvg.ts';

const decode = jsqr as unknown as typeof jsqr.default;

/** A square image as it is. */
export interface Pixels {
  readonly size: number;
  /** Red, green, blue and opacity in turn. */
  readonly rgba: Uint8ClampedArray;
}

/** As a camera sees it: how light each pixel is, 0 to 255. */
export interface View {
  readonly size: number;
  readonly light: Uint8ClampedArray;
}

/** What an SVG or a PNG looks like at its own size. */
export async function pixelsOf(image: Uint8Array): Promise<Pixels> {
  const Resvg = await loadDrawer();
  const bytes = Buffer.from(image);
  const tree = new Resvg(bytes[0] === 0x3c ? bytes.toString() : framed(bytes), { font: { loadSystemFonts: false } });
  const drawn = tree.render();
  const rgba = new Uint8ClampedArray(drawn.pixels);
  const { width, height } = drawn;
  drawn.free();
  tree.free();
  if (width !== height) throw new Error(`the image is ${width} by ${height}`);
  return { size: width, rgba };
}

function framed(png: Buffer): string {
  const width = png.readUInt32BE(16);
  const height = png.readUInt32BE(20);
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">` +
    `<image width="${width}" height="${height}" href="data:image/png;base64,${png.toString('base64')}"/></svg>`
  );
}

export function viewOf({ size, rgba }: Pixels): View {
  const light = new Uint8ClampedArray(size * size);
  for (let index = 0, at = 0; index < light.length; index++, at += 4)
    light[index] = 0.2126 * rgba[at]! + 0.7152 * rgba[at + 1]! + 0.0722 * rgba[at + 2]!;
  return { size, light };
}

export function halved({ size, light }: View): View {
  const half = size >> 1;
  const result = new Uint8ClampedArray(half * half);
  for (let y = 0, at = 0; y < half; y++)
    for (let x = 0; x < half; x++, at++) {
      const from = 2 * y * size + 2 * x;
      result[at] = (light[from]! + light[from + 1]! + light[from + size]! + light[from + size + 1]!) / 4;
    }
  return { size: half, light: result };
}

/** By a right angle. */
export function turned({ size, light }: View): View {
  const result = new Uint8ClampedArray(light.length);
  for (let y = 0, at = 0; y < size; y++)
    for (let x = 0; x < size; x++, at++) result[x * size + size - 1 - y] = light[at]!;
  return { size, light: result };
}

/** Each pixel with its neighbours, weighed 1, 2, 1, first along one direction and then along the other. */
export function blurred({ size, light }: View): View {
  const along = (values: Float32Array | Uint8ClampedArray, step: number): Float32Array => {
    const result = Float32Array.from(values);
    for (let index = step; index < values.length - step; index++)
      result[index] = (values[index - step]! + 2 * values[index]! + values[index + step]!) / 4;
    return result;
  };
  return { size, light: Uint8ClampedArray.from(along(along(light, 1), size)) };
}

/** Laid on a ground of one shade that reaches `width` pixels beyond it. */
export function laidOn({ size, light }: View, shade: number, width: number): View {
  const whole = size + 2 * width;
  const result = new Uint8ClampedArray(whole * whole).fill(shade);
  for (let y = 0; y < size; y++) result.set(light.subarray(y * size, (y + 1) * size), (y + width) * whole + width);
  return { size: whole, light: result };
}

/** Of fewer pixels a side than this the decoder makes nothing, whatever they show. */
const leastView = 40;

function decoded(view: View): string | undefined {
  const { size, light } = view.size < leastView ? laidOn(view, view.light[0]!, leastView / 2) : view;
  const rgba = new Uint8ClampedArray(light.length * 4).fill(255);
  for (let index = 0, at = 0; index < light.length; index++, at += 4)
    rgba[at] = rgba[at + 1] = rgba[at + 2] = light[index]!;
  const found = decode(rgba, size, size, { inversionAttempts: 'dontInvert' });
  return found === null ? undefined : Buffer.from(found.binaryData).toString();
}

/** From further away one sees the same: what is larger than this is looked at again in half its size. */
const largestView = 512;

/** The text of the code in the image; undefined where none is found. */
export function readCode(view: View): string | undefined {
  const found = decoded(view);
  return found === undefined && view.size > largestView ? readCode(halved(view)) : found;
}
