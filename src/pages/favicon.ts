// favicon.ico, drawn here: the signpost of the pages, as one PNG of 32 × 32 pixels in an ICO file of a few hundred bytes.

import { crc32, deflateSync } from 'node:zlib';

/** What every PNG begins with. */
export const pngSignature = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');

// Each character is 2 × 2 pixels.
const drawing = [
  '......xxxx......',
  '......xxxx......',
  '..xxxxxxxxxxx...',
  '..xxxxxxxxxxxx..',
  '..xxxxxxxxxxxxx.',
  '..xxxxxxxxxxxx..',
  '..xxxxxxxxxxx...',
  '......xxxx......',
  '...xxxxxxxxxxx..',
  '..xxxxxxxxxxxx..',
  '.xxxxxxxxxxxxx..',
  '..xxxxxxxxxxxx..',
  '...xxxxxxxxxxx..',
  '......xxxx......',
  '......xxxx......',
  '......xxxx......',
];
const size = 2 * drawing.length;
// A blue that shows on light tabs and on dark ones.
const ink = [0x3b, 0x82, 0xf6, 0xff];
const nothing = [0, 0, 0, 0];

function chunk(type: string, content: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), content]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(content.length);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}

function png(): Buffer {
  const rows = drawing.map((row) => {
    const pixels = [...row].flatMap((mark) => [...(mark === 'x' ? ink : nothing), ...(mark === 'x' ? ink : nothing)]);
    // 0: the row's pixels are not filtered.
    return Buffer.from([0, ...pixels]);
  });
  const header = Buffer.alloc(13);
  header.writeUInt32BE(size, 0);
  header.writeUInt32BE(size, 4);
  header.set([8, 6, 0, 0, 0], 8); // 8 bits each of red, green, blue and alpha
  const image = deflateSync(Buffer.concat(rows.flatMap((row) => [row, row])), { level: 9 });
  return Buffer.concat([pngSignature, chunk('IHDR', header), chunk('IDAT', image), chunk('IEND', Buffer.alloc(0))]);
}

/** A whole ICO file. */
export function faviconBytes(): Buffer {
  const image = png();
  const head = Buffer.alloc(22);
  head.writeUInt16LE(1, 2); // an icon
  head.writeUInt16LE(1, 4); // with one image
  head.set([size, size, 0, 0], 6);
  head.writeUInt16LE(1, 10);
  head.writeUInt16LE(32, 12); // bits a pixel
  head.writeUInt32LE(image.length, 14);
  head.writeUInt32LE(head.length, 18);
  return Buffer.concat([head, image]);
}
