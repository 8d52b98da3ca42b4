// How a segment lies in the database: documents in the order of their entries, the order of all suffixes of their texts, and
// columns, cut into parts of a few kB, so that a question reads only what it needs. Numbers are little-endian.

import assert from 'node:assert';

/** Documents of one segment; fewer where their texts are long. */
export const maxDocuments = 16_384;
/** Bytes of text of one segment, by which sealing one has a bound in time and memory. */
export const maxTextBytes = 4 * 2 ** 20;

export const documentsPerText = 64;
export const suffixesPerPart = 4096;
/** Pieces of one or two bytes that stand in more places than this have their documents ready. */
export const maxListedPlaces = 2 * suffixesPerPart;

const partKinds = [
  /** The first 8 bytes of the first suffix of each part of suffixes, most significant first, as two words. */
  'heads',
  /** Columns, one value a document. */
  'links',
  'created',
  'updated',
  'entries',
  /** Texts of `documentsPerText` documents: their ends, then their bytes. */
  'texts',
  /** For `suffixesPerPart` suffixes in their order: which document, and where in it. */
  'documents',
  'offsets',
  /** Documents that hold a piece of one byte, or of two (`pieceNumber`). */
  'pieces',
  /** Documents that are no longer, as far as they have been folded in; the only part that changes. */
  'dead',
] as const;
export type PartKind = (typeof partKinds)[number];

const numberRange = 2 ** 17;
const kindRange = 16;

/** The rows of a segment's parts are those from `partId(segment)` to, and without, `partId(segment + 1)`. */
export function partId(segmentId: number, kind: PartKind = 'heads', number = 0): number {
  assert(number < numberRange);
  return (segmentId * kindRange + partKinds.indexOf(kind)) * numberRange + number;
}

/** The number of the part of a piece of one byte or two. */
export function pieceNumber(first: number, second?: number): number {
  return second === undefined ? first : 256 + first * 256 + second;
}

export interface Part {
  readonly kind: PartKind;
  readonly number: number;
  readonly bytes: Uint8Array;
}

/** What is known of a segment once it is built. */
export interface SegmentOutline {
  readonly documents: number;
  readonly suffixes: number;
  readonly minCreated: number;
  readonly maxCreated: number;
  readonly minUpdated: number;
  readonly maxUpdated: number;
}

export interface Segment extends SegmentOutline {
  readonly id: number;
  readonly firstEntry: number;
  readonly lastEntry: number;
}

/** One link as the search knows it. */
export interface SearchEntry {
  readonly entry: number;
  readonly linkId: number;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly text: string;
}

const aligned = (bytes: Uint8Array, size: number): Uint8Array =>
  bytes.byteOffset % size === 0 ? bytes : Uint8Array.from(bytes);

export function asWords(bytes: Uint8Array): Uint32Array {
  const from = aligned(bytes, 4);
  return new Uint32Array(from.buffer, from.byteOffset, from.length >> 2);
}

export function asShorts(bytes: Uint8Array): Uint16Array {
  const from = aligned(bytes, 2);
  return new Uint16Array(from.buffer, from.byteOffset, from.length >> 1);
}

export function asNumbers(bytes: Uint8Array): Float64Array {
  const from = aligned(bytes, 8);
  return new Float64Array(from.buffer, from.byteOffset, from.length >> 3);
}

export function asBytes(array: Uint16Array | Uint32Array | Float64Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}
