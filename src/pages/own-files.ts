// The operator's own robots.txt and favicon.ico in place of ours: read once, at the start, small and of a kind that is known.

import { readFileSync, statSync } from 'node:fs';
import { pngSignature } from './favicon.ts';

export interface OwnFile {
  /** As in Content-Type. */
  readonly type: string;
  readonly bytes: Buffer;
}

// RFC 9309: what comes after 500 KiB a crawler need not read.
const maxRobotsBytes = 500 * 1024;
const maxFaviconBytes = 256 * 1024;

const iconStart = Buffer.from([0, 0, 1, 0]);

function read(path: string, maxBytes: number): Buffer {
  if (!statSync(path).isFile()) throw new Error(`${path} is not a file`);
  const bytes = readFileSync(path);
  if (bytes.length > maxBytes) throw new Error(`${path} has ${bytes.length} bytes, and may have ${maxBytes}`);
  return bytes;
}

/** Throws an Error of one line. */
export function readRobots(path: string): OwnFile {
  const bytes = read(path, maxRobotsBytes);
  const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  try {
    if (text.decode(bytes).includes('\0')) throw new TypeError('it holds a NUL');
  } catch (cause) {
    throw new Error(`${path} is not a text in UTF-8`, { cause });
  }
  return { type: 'text/plain; charset=utf-8', bytes };
}

/** Throws an Error of one line. */
export function readFavicon(path: string): OwnFile {
  const bytes = read(path, maxFaviconBytes);
  const startsWith = (start: Buffer): boolean => bytes.subarray(0, start.length).equals(start);
  if (startsWith(iconStart)) return { type: 'image/x-icon', bytes };
  if (startsWith(pngSignature)) return { type: 'image/png', bytes };
  throw new Error(`${path} is neither an icon (.ico) nor a PNG`);
}
