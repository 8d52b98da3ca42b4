// Makes a segment of entries: pure, and costly enough (a fifth of a second for a full one) for a thread of its own.

import assert from 'node:assert';
import { DocumentSet } from './document-set.ts';
import {
  asBytes,
  documentsPerText,
  maxDocuments,
  maxListedPlaces,
  type Part,
  pieceNumber,
  type SearchEntry,
  type SegmentOutline,
  suffixesPerPart,
} from './segment-parts.ts';
import { suffixArray } from './suffix-array.ts';

// Ends a text, and is smaller than any byte of one.
const terminator = 0;
const lineFeed = 0x0a;

export interface BuiltSegment extends SegmentOutline {
  readonly parts: readonly Part[];
}

interface JoinedTexts {
  /** Each text and a terminator. */
  readonly bytes: Buffer;
  /** Where each document begins. */
  readonly starts: Int32Array;
}

function joinTexts(entries: readonly SearchEntry[]): JoinedTexts {
  const bytes = Buffer.from(entries.map(({ text }) => `${text}\0`).join(''));
  const starts = new Int32Array(entries.length + 1);
  let document = 1;
  for (let i = 0; i < bytes.length; i++) if (bytes[i] === terminator) starts[document++] = i + 1;
  assert(document === entries.length + 1, 'a text holds a NUL');
  // Offsets have 16 bits. The fields' limits leave room to spare.
  assert(starts.every((start, i) => i === 0 || start - starts[i - 1]! <= 0xffff));
  return { bytes, starts };
}

function textParts({ bytes, starts }: JoinedTexts, documents: number): Part[] {
  const parts: Part[] = [];
  for (let first = 0; first < documents; first += documentsPerText) {
    const count = Math.min(documentsPerText, documents - first);
    const begin = starts[first]!;
    const ends = Uint32Array.from({ length: count }, (_, i) => starts[first + i + 1]! - 1 - begin);
    const content = bytes.subarray(begin, starts[first + count]);
    parts.push({ kind: 'texts', number: first / documentsPerText, bytes: Buffer.concat([asBytes(ends), content]) });
  }
  return parts;
}

interface Suffixes {
  readonly documents: Uint16Array;
  readonly offsets: Uint16Array;
}

/** The order without the suffixes that no search begins with: ends, breaks between fields, and the middle of a character. */
function sortSuffixes({ bytes, starts }: JoinedTexts): Suffixes {
  const documentAt = new Uint16Array(bytes.length);
  for (let document = 0; document + 1 < starts.length; document++)
    documentAt.fill(document, starts[document], starts[document + 1]);
  const documents = new Uint16Array(bytes.length);
  const offsets = new Uint16Array(bytes.length);
  let count = 0;
  for (const position of suffixArray(bytes)) {
    const byte = bytes[position]!;
    if (byte === terminator || byte === lineFeed || (byte & 0xc0) === 0x80) continue;
    const document = documentAt[position]!;
    documents[count] = document;
    offsets[count++] = position - starts[document]!;
  }
  return { documents: documents.subarray(0, count), offsets: offsets.subarray(0, count) };
}

function suffixParts({ documents, offsets }: Suffixes, { bytes, starts }: JoinedTexts): Part[] {
  const parts: Part[] = [];
  const heads = new Uint32Array(Math.ceil(documents.length / suffixesPerPart) * 2);
  for (let first = 0; first < documents.length; first += suffixesPerPart) {
    const number = first / suffixesPerPart;
    const last = first + suffixesPerPart;
    parts.push(
      { kind: 'documents', number, bytes: asBytes(documents.slice(first, last)) },
      { kind: 'offsets', number, bytes: asBytes(offsets.slice(first, last)) },
    );
    const document = documents[first]!;
    const head = Buffer.alloc(8);
    bytes.copy(head, 0, starts[document]! + offsets[first]!, starts[document + 1]! - 1);
    heads[number * 2] = head.readUInt32BE(0);
    heads[number * 2 + 1] = head.readUInt32BE(4);
  }
  return [{ kind: 'heads', number: 0, bytes: asBytes(heads) }, ...parts];
}

/** The documents of every piece of one byte or two that stands in many places. */
function pieceParts({ documents, offsets }: Suffixes, { bytes, starts }: JoinedTexts): Part[] {
  const parts: Part[] = [];
  const numberAt = (suffix: number, length: 1 | 2): number => {
    const position = starts[documents[suffix]!]! + offsets[suffix]!;
    return length === 1 ? pieceNumber(bytes[position]!) : pieceNumber(bytes[position]!, bytes[position + 1]);
  };
  for (const length of [1, 2] as const) {
    for (let first = 0, next = 0; first < documents.length; first = next) {
      const number = numberAt(first, length);
      for (next = first + 1; next < documents.length && numberAt(next, length) === number;) next++;
      if (next - first <= maxListedPlaces) continue;
      const set = new DocumentSet();
      for (let suffix = first; suffix < next; suffix++) set.add(documents[suffix]!);
      parts.push({ kind: 'pieces', number, bytes: asBytes(set.words) });
    }
  }
  return parts;
}

const smallest = (values: Float64Array): number => values.reduce((a, b) => Math.min(a, b));
const greatest = (values: Float64Array): number => values.reduce((a, b) => Math.max(a, b));

/** @param entries at least one, in the order of their numbers */
export function buildSegment(entries: readonly SearchEntry[]): BuiltSegment {
  assert(entries.length > 0 && entries.length <= maxDocuments);
  const texts = joinTexts(entries);
  const suffixes = sortSuffixes(texts);
  const created = Float64Array.from(entries, ({ createdAt }) => createdAt);
  const updated = Float64Array.from(entries, ({ updatedAt }) => updatedAt);
  const column = (kind: Part['kind'], values: Float64Array): Part => ({ kind, number: 0, bytes: asBytes(values) });
  return {
    documents: entries.length,
    suffixes: suffixes.documents.length,
    minCreated: smallest(created),
    maxCreated: greatest(created),
    minUpdated: smallest(updated),
    maxUpdated: greatest(updated),
    parts: [
      ...suffixParts(suffixes, texts),
      column(
        'links',
        Float64Array.from(entries, ({ linkId }) => linkId),
      ),
      column('created', created),
      column('updated', updated),
      column(
        'entries',
        Float64Array.from(entries, ({ entry }) => entry),
      ),
      ...textParts(texts, entries.length),
      ...pieceParts(suffixes, texts),
    ],
  };
}
