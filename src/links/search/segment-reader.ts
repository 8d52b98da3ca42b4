// Finds the documents of a segment whose texts hold a piece: exactly those, with a number of reads that does not depend on how
// many there are until they are marked.

import assert from 'node:assert';
import { DocumentSet } from './document-set.ts';
import {
  asNumbers,
  asShorts,
  asWords,
  documentsPerText,
  maxListedPlaces,
  type PartKind,
  pieceNumber,
  type Segment,
  suffixesPerPart,
} from './segment-parts.ts';

const wordAt = (bytes: Uint8Array, number: number): number => {
  const at = number * 4;
  return bytes[at]! + bytes[at + 1]! * 0x100 + bytes[at + 2]! * 0x1_0000 + bytes[at + 3]! * 0x100_0000;
};

/** Gives a part of a segment, or undefined where there is none. */
export type ReadPart = (segmentId: number, kind: PartKind, number: number) => Uint8Array | undefined;

export class SegmentReader {
  readonly #segment: Segment;
  readonly #readPart: ReadPart;
  #heads: Uint32Array | undefined;

  constructor(segment: Segment, readPart: ReadPart) {
    this.#segment = segment;
    this.#readPart = readPart;
  }

  column(kind: Extract<PartKind, 'links' | 'created' | 'updated' | 'entries'>): Float64Array {
    return asNumbers(this.#part(kind, 0));
  }

  /** Those whose entries are dead, as far as that has been folded in. */
  foldedDead(): DocumentSet {
    const dead = this.#readPart(this.#segment.id, 'dead', 0);
    return dead === undefined ? new DocumentSet() : new DocumentSet(asWords(dead));
  }

  text(document: number): Buffer {
    const part = this.#part('texts', Math.floor(document / documentsPerText));
    const { begin, end } = this.#boundsOf(document, part);
    return Buffer.from(part.buffer, part.byteOffset + begin, end - begin);
  }

  /** Where a document's text lies in its part. */
  #boundsOf(document: number, part: Uint8Array): { begin: number; end: number } {
    const place = document % documentsPerText;
    const content = Math.min(documentsPerText, this.#segment.documents - document + place) * 4;
    // Between two texts stands a terminator.
    const begin = place === 0 ? 0 : wordAt(part, place - 1) + 1;
    return { begin: content + begin, end: content + wordAt(part, place) };
  }

  /** @param piece not empty, as UTF-8 */
  documentsWith(piece: Uint8Array): DocumentSet {
    if (piece.length <= 2) {
      const ready = this.#readPart(this.#segment.id, 'pieces', pieceNumber(piece[0]!, piece[1]));
      if (ready !== undefined) return new DocumentSet(asWords(ready));
    }
    const found = new DocumentSet();
    const first = this.#firstSuffix(piece, 0);
    if (first === this.#segment.suffixes) return found;
    const end = this.#firstSuffix(piece, 1, first);
    const { words } = found;
    assert(piece.length > 2 || end - first <= maxListedPlaces);
    for (let suffix = first; suffix < end;) {
      const number = Math.floor(suffix / suffixesPerPart);
      const documents = asShorts(this.#part('documents', number));
      const begin = number * suffixesPerPart;
      const until = Math.min(end, begin + documents.length);
      // Millions of times for a common piece: here rather than in a call.
      for (; suffix < until; suffix++) {
        const document = documents[suffix - begin]!;
        words[document >> 5]! |= 1 << (document & 31);
      }
    }
    return found;
  }

  /**
   * The first suffix that compares to the piece, by as many bytes as that has, as `least` (0: equal, 1: greater) or more.
   * @param from it is known to be none before this
   */
  #firstSuffix(piece: Uint8Array, least: 0 | 1, from = 0): number {
    const heads = (this.#heads ??= asWords(this.#part('heads', 0)));
    let low = Math.floor(from / suffixesPerPart);
    let high = heads.length / 2;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#compareHead(heads, middle, piece) < least) low = middle + 1;
      else high = middle;
    }
    // The part before the first whose head is beyond holds the place, or ends right before it.
    if (low === 0) return 0;
    const number = low - 1;
    const documents = asShorts(this.#part('documents', number));
    const offsets = asShorts(this.#part('offsets', number));
    low = Math.max(0, from - number * suffixesPerPart);
    high = documents.length;
    // Most pieces stand in few places: their end is near, and each step reads another text.
    for (let step = from > 0 ? 1 : Infinity; low + step < high; step *= 2) {
      const place = low + step - 1;
      if (this.#compareText(documents[place]!, offsets[place]!, piece) < least) low = place + 1;
      else high = place;
    }
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#compareText(documents[middle]!, offsets[middle]!, piece) < least) low = middle + 1;
      else high = middle;
    }
    return number * suffixesPerPart + low;
  }

  #compareHead(heads: Uint32Array, number: number, piece: Uint8Array): number {
    for (let i = 0; i < Math.min(8, piece.length); i++) {
      const byte = (heads[number * 2 + (i >> 2)]! >>> (24 - 8 * (i & 3))) & 0xff;
      if (byte !== piece[i]) return byte - piece[i]!;
    }
    if (piece.length <= 8) return 0;
    const document = asShorts(this.#part('documents', number))[0]!;
    return this.#compareText(document, asShorts(this.#part('offsets', number))[0]!, piece);
  }

  /** Byte by byte where they lie: this is done hundreds of times for each search. */
  #compareText(document: number, offset: number, piece: Uint8Array): number {
    const part = this.#part('texts', Math.floor(document / documentsPerText));
    const { begin, end } = this.#boundsOf(document, part);
    const start = begin + offset;
    for (let i = 0; i < piece.length; i++) {
      if (start + i >= end) return -1;
      const difference = part[start + i]! - piece[i]!;
      if (difference !== 0) return difference;
    }
    return 0;
  }

  #part(kind: PartKind, number: number): Uint8Array {
    const part = this.#readPart(this.#segment.id, kind, number);
    assert(part !== undefined, `segment ${this.#segment.id} lacks its ${kind} ${number}`);
    return part;
  }
}
