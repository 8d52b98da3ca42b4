// Reads the head of a plain GET or HEAD off a socket's bytes, for redirects. Strict: whatever is not beyond doubt is left to
// node:http, which reads the same bytes again. So nothing is ever understood here that node:http would refuse or read otherwise.

import type { IncomingHttpHeaders } from 'node:http';

export interface RequestHead {
  readonly method: 'GET' | 'HEAD';
  /** Path and query as sent; starts with `/`, visible ASCII only. */
  readonly url: string;
  /** Those that a redirect reads, no others; each was sent once. */
  readonly headers: IncomingHttpHeaders;
  /** Whether the client asked for the connection to end with the answer. */
  readonly isLast: boolean;
  /** Bytes from the first of the method to the last of the empty line. */
  readonly length: number;
}

// What clicks, limits and targets are decided by.
const readNames = [
  'host',
  'user-agent',
  'referer',
  'accept-language',
  'cookie',
  'sec-purpose',
  'purpose',
  'x-purpose',
  'x-moz',
  'dnt',
  'sec-gpc',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'forwarded',
  'connection',
] as const;
// With one of these the message is more than its head, or wants another protocol.
const foreignNames = ['content-length', 'transfer-encoding', 'expect', 'upgrade', 'proxy-connection'] as const;

interface KnownName {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly isForeign: boolean;
}

const namesByLength: KnownName[][] = Array.from({ length: 32 }, () => []);
for (const name of readNames) namesByLength[name.length]!.push({ name, bytes: Buffer.from(name), isForeign: false });
for (const name of foreignNames) namesByLength[name.length]!.push({ name, bytes: Buffer.from(name), isForeign: true });

function byteSet(allows: (byte: number) => boolean): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => (allows(byte) ? 1 : 0));
}

// RFC 9110: tchar; field-vchar, space and tab; and for the target, what needs no interpretation.
const isNameByte = byteSet((byte) => /[!#$%&'*+.^_`|~0-9A-Za-z-]/.test(String.fromCharCode(byte)));
const isValueByte = byteSet((byte) => byte === 0x09 || (byte >= 0x20 && byte !== 0x7f));
const isTargetByte = byteSet((byte) => byte > 0x20 && byte < 0x7f);

const tab = 0x09;
const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const space = 0x20;
const colon = 0x3a;
const slash = 0x2f;
const get = Buffer.from('GET ');
const head = Buffer.from('HEAD ');
const version = Buffer.from(' HTTP/1.1\r\n');

function startsWith(bytes: Uint8Array, position: number, wanted: Uint8Array): boolean {
  if (position + wanted.length > bytes.length) return false;
  for (let i = 0; i < wanted.length; i++) if (bytes[position + i] !== wanted[i]) return false;
  return true;
}

function knownName(bytes: Uint8Array, start: number, end: number): KnownName | undefined {
  const candidates = namesByLength[end - start];
  if (candidates === undefined) return undefined;
  candidate: for (const known of candidates) {
    // Setting one bit lower-cases letters, and leaves digits and the hyphen as they are.
    for (let i = 0; i < known.bytes.length; i++) if ((bytes[start + i]! | 0x20) !== known.bytes[i]) continue candidate;
    return known;
  }
  return undefined;
}

function trimmed(bytes: Buffer, from: number, to: number): string {
  let start = from;
  let end = to;
  while (start < end && (bytes[start] === space || bytes[start] === tab)) start++;
  while (end > start && (bytes[end - 1] === space || bytes[end - 1] === tab)) end--;
  // A string of its own: a part of a longer one would keep all of that alive for as long as it is cached.
  return bytes.toString('latin1', start, end);
}

/**
 * The head that the bytes start with. Undefined when it is not complete, longer than `maxBytes`, not beyond doubt, or of a
 * request that is more than its head.
 */
export function readRequestHead(bytes: Buffer, maxBytes: number): RequestHead | undefined {
  const isGet = startsWith(bytes, 0, get);
  if (!isGet && !startsWith(bytes, 0, head)) return undefined;
  const targetStart = isGet ? get.length : head.length;
  const limit = Math.min(bytes.length, maxBytes);
  if (bytes[targetStart] !== slash) return undefined;
  let position = targetStart;
  while (position < limit && isTargetByte[bytes[position]!] === 1) position++;
  const url = bytes.toString('latin1', targetStart, position);
  if (!startsWith(bytes, position, version)) return undefined;
  position += version.length;

  const headers: Record<string, string> = {};
  for (;;) {
    const nameStart = position;
    while (position < limit && isNameByte[bytes[position]!] === 1) position++;
    if (position === nameStart) break;
    const nameEnd = position;
    if (bytes[position++] !== colon) return undefined;
    const valueStart = position;
    while (position < limit && isValueByte[bytes[position]!] === 1) position++;
    const valueEnd = position;
    if (bytes[position++] !== carriageReturn || bytes[position++] !== lineFeed) return undefined;
    const known = knownName(bytes, nameStart, nameEnd);
    if (known === undefined) continue;
    // How several of a name are joined differs from name to name: node:http knows.
    if (known.isForeign || headers[known.name] !== undefined) return undefined;
    headers[known.name] = trimmed(bytes, valueStart, valueEnd);
  }
  if (bytes[position++] !== carriageReturn || bytes[position++] !== lineFeed || position > limit) return undefined;
  if (headers['host'] === undefined) return undefined;
  const connection = headers['connection']?.toLowerCase();
  if (connection !== undefined && connection !== 'keep-alive' && connection !== 'close') return undefined;
  return { method: isGet ? 'GET' : 'HEAD', url, headers, isLast: connection === 'close', length: position };
}
