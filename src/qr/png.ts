// Pixels as a PNG file: a palette of as few colours as there are, or true colour where a logo has too many for one.

import { crc32, deflateSync } from 'node:zlib';
import { type Rgb, rgbOf } from './color.ts';
import { darkest, type Shades } from './raster.ts';

const signature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
const colorTypes = { trueColor: 2, palette: 3 } as const;
const filters = { none: 0, up: 2 } as const;
const maxPalette = 256;
const compressionLevel = 6;

function chunk(type: string, content: Uint8Array): Buffer {
  const bytes = Buffer.alloc(content.length + 12);
  bytes.writeUInt32BE(content.length, 0);
  bytes.write(type, 4, 'latin1');
  bytes.set(content, 8);
  bytes.writeUInt32BE(crc32(bytes.subarray(4, 8 + content.length)), 8 + content.length);
  return bytes;
}

function header(size: number, depth: number, colorType: number): Buffer {
  const content = Buffer.alloc(13);
  content.writeUInt32BE(size, 0);
  content.writeUInt32BE(size, 4);
  content[8] = depth;
  content[9] = colorType;
  return chunk('IHDR', content);
}

/** Writes one row of numbers into `target`, the first in the highest bits of the first byte. */
type Packing = (numbers: Uint8Array, start: number, end: number, target: Buffer, at: number) => void;

const oneBit: Packing = (numbers, start, end, target, at) => {
  for (let index = start, byte = at; index < end; byte++) {
    let bits = 0;
    for (let mask = 0x80; mask > 0 && index < end; mask >>= 1, index++) if (numbers[index] !== 0) bits |= mask;
    target[byte] = bits;
  }
};

const fourBits: Packing = (numbers, start, end, target, at) => {
  for (let index = start, byte = at; index < end; index += 2, byte++) {
    const low = index + 1 < end ? (numbers[index + 1] as number) : 0;
    target[byte] = ((numbers[index] as number) << 4) | low;
  }
};

const wholeBytes: Packing = (numbers, start, end, target, at) => target.set(numbers.subarray(start, end), at);

/** The rows as PNG wants them: one like that above it is all zeros, which costs nothing, and a code has many of those. */
function filteredRows(numbers: Uint8Array, rowLength: number, rowBytes: number, pack: Packing): Buffer {
  const bytes = Buffer.from(numbers.buffer, numbers.byteOffset, numbers.length);
  const rows = numbers.length / rowLength;
  const result = Buffer.alloc(rows * (rowBytes + 1));
  for (let row = 0; row < rows; row++) {
    const start = row * rowLength;
    const end = start + rowLength;
    const at = row * (rowBytes + 1);
    const isRepeated = row > 0 && bytes.compare(bytes, start - rowLength, start, start, end) === 0;
    result[at] = isRepeated ? filters.up : filters.none;
    if (!isRepeated) pack(numbers, start, end, result, at + 1);
  }
  return result;
}

function fileOf(chunks: readonly Buffer[], rows: Buffer): Buffer {
  const data = deflateSync(rows, { level: compressionLevel });
  return Buffer.concat([signature, ...chunks, chunk('IDAT', data), chunk('IEND', Buffer.alloc(0))]);
}

function paletteFile(size: number, depth: 1 | 4 | 8, colors: readonly Rgb[], numbers: Uint8Array): Buffer {
  const pack = depth === 1 ? oneBit : depth === 4 ? fourBits : wholeBytes;
  const rows = filteredRows(numbers, size, Math.ceil((size * depth) / 8), pack);
  return fileOf([header(size, depth, colorTypes.palette), chunk('PLTE', Buffer.from(colors.flat()))], rows);
}

/** What each shade looks like between the two colours. */
export function shadeColors(foreground: string, background: string): Rgb[] {
  const dark = rgbOf(foreground);
  const light = rgbOf(background);
  const mixed = (shade: number, part: 0 | 1 | 2): number =>
    Math.round(light[part] + ((dark[part] - light[part]) * shade) / darkest);
  return Array.from({ length: darkest + 1 }, (_, shade): Rgb => [mixed(shade, 0), mixed(shade, 1), mixed(shade, 2)]);
}

/** Of a code without a logo: one bit a pixel where all edges are straight, four where some are not. */
export function pngOfShades(shades: Shades, size: number, colors: readonly Rgb[], hasCurves: boolean): Buffer {
  if (hasCurves) return paletteFile(size, 4, colors, shades);
  return paletteFile(size, 1, [colors[0] as Rgb, colors[darkest] as Rgb], shades);
}

/** @param pixels red, green and blue in turn */
export function pngOfPixels(pixels: Uint8Array, size: number): Buffer {
  const numbers = new Uint8Array(size * size);
  const palette = new Map<number, number>();
  for (let index = 0, at = 0; index < numbers.length; index++, at += 3) {
    const color = ((pixels[at] as number) << 16) | ((pixels[at + 1] as number) << 8) | (pixels[at + 2] as number);
    let number = palette.get(color);
    if (number === undefined) {
      number = palette.size;
      if (number === maxPalette) {
        const rows = filteredRows(pixels, size * 3, size * 3, wholeBytes);
        return fileOf([header(size, 8, colorTypes.trueColor)], rows);
      }
      palette.set(color, number);
    }
    numbers[index] = number;
  }
  const colors = [...palette.keys()].map((color): Rgb => [color >> 16, (color >> 8) & 0xff, color & 0xff]);
  return paletteFile(size, 8, colors, numbers);
}
