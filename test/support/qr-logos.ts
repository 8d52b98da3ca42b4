// Pictures for the middle of QR codes.

import { crc32, deflateSync } from 'node:zlib';

export const svgLogo = Buffer.from(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100" width="100" height="100"><circle cx="50" cy="50" r="48" fill="#d33"/>' +
    '<path d="M30 50l15 15 28-30" stroke="#fff" stroke-width="10" fill="none"/></svg>',
);

// 24 by 16 pixels, orange in red; written by a browser.
export const jpegLogo = Buffer.from(
  '/9j/4AAQSkZJRgABAQAAAQABAAD/4gHYSUNDX1BST0ZJTEUAAQEAAAHIAAAAAAQwAABtbnRyUkdCIFhZWiAH4AABAAEAAAAAAABhY3NwAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAQAA9tYAAQAAAADTLQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAlkZXNjAAAA8AAAACRyWFlaAAABFAAAABRnWFlaAAABKAAAABRiWFlaAAABPAAAABR3dHB0AAABUAAAABRyVFJDAAABZAAAAChnVFJDAAABZAAAAChiVFJDAAABZAAAAChjcHJ0AAABjAAAADxtbHVjAAAAAAAAAAEAAAAMZW5VUwAAAAgAAAAcAHMAUgBHAEJYWVogAAAAAAAAb6IAADj1AAADkFhZWiAAAAAAAABimQAAt4UAABjaWFlaIAAAAAAAACSgAAAPhAAAts9YWVogAAAAAAAA9tYAAQAAAADTLXBhcmEAAAAAAAQAAAACZmYAAPKnAAANWQAAE9AAAApbAAAAAAAAAABtbHVjAAAAAAAAAAEAAAAMZW5VUwAAACAAAAAcAEcAbwBvAGcAbABlACAASQBuAGMALgAgADIAMAAxADb/2wBDABALDA4MChAODQ4SERATGCgaGBYWGDEjJR0oOjM9PDkzODdASFxOQERXRTc4UG1RV19iZ2hnPk1xeXBkeFxlZ2P/2wBDARESEhgVGC8aGi9jQjhCY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2NjY2P/wAARCAAQABgDASIAAhEBAxEB/8QAFgABAQEAAAAAAAAAAAAAAAAABAAD/8QAHhAAAQMEAwAAAAAAAAAAAAAAEQAEEhQVIkFjouH/xAAXAQADAQAAAAAAAAAAAAAAAAACBAUG/8QAHREAAQMFAQAAAAAAAAAAAAAAEgABEQIDFCExgf/aAAwDAQACEQMRAD8AzZtKqecIjRKVaefp6is3dLPCchsBKu3B38UW7kG4c8WjqOdIrxpSwznI6AUp47qoYQidkqTFowY+o6Zja//Z',
  'base64',
);

function chunk(type: string, content: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), content]);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(content.length, 0);
  ends.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
}

/** A PNG of true colour with opacity. */
export function pngLogo(width: number, height: number, pixelAt: (x: number, y: number) => readonly number[]): Buffer {
  const rows = Array.from({ length: height }, (_, y) =>
    Buffer.from([0, ...Array.from({ length: width }, (_, x) => pixelAt(x, y)).flat()]),
  );
  return pngOf(width, height, deflateSync(Buffer.concat(rows)));
}

/** A PNG that claims a size and holds these compressed pixels, whether they fit or not. */
export function pngOf(width: number, height: number, data: Buffer): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 6], 8);
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('IDAT', data),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

export function dataUrl(type: 'png' | 'jpeg' | 'svg+xml', file: Buffer): string {
  return `data:image/${type};base64,${file.toString('base64')}`;
}

/** One of each kind, and one that hides as much as it can. */
export const dataLogos = {
  svg: svgLogo,
  jpeg: jpegLogo,
  'half transparent': pngLogo(40, 40, (x, y) => [255 - x * 4, y * 4, 120, 128]),
  black: pngLogo(16, 16, () => [0, 0, 0, 255]),
} as const;
