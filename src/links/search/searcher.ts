// Answers which of a user's links hold certain pieces, how many they are, and which come first in an order: exactly, and as of
// one moment. Works on any connection; where there is much to read, that is the search thread's.

import { BoundedCache } from '../../core/bounded-cache.ts';
import type { Connection } from '../../storage/query.ts';
import type { LinkPlace } from '../link-cursor.ts';
import type { LinkSort } from '../link-schemas.ts';
import { BestPlaces } from './best-places.ts';
import type { ClickCounts } from './click-counts.ts';
import { DocumentSet } from './document-set.ts';
import { type PartKind, partId, type Segment } from './segment-parts.ts';
import { SegmentReader } from './segment-reader.ts';
import { prepareSearchReads, type SearchReads } from './search-store.ts';

// Parts of 3 to 16 kB. Columns are larger, and read as a whole anyway.
const cachedParts = 1_500;
const cachedKinds: ReadonlySet<PartKind> = new Set(['heads', 'texts', 'documents', 'offsets', 'pieces']);

export interface SearchQuestion {
  readonly userId: number;
  /** What a link's text must hold, all of it (search-text.ts). */
  readonly pieces: readonly string[];
  readonly sort: LinkSort;
  readonly order: 'asc' | 'desc';
  /** Only what comes after it is shown; all are counted. */
  readonly after: LinkPlace | undefined;
  readonly offset: number;
  readonly limit: number;
}

export interface SearchAnswer {
  readonly total: number;
  readonly places: readonly LinkPlace[];
}

export class Searcher {
  readonly reads: SearchReads;
  readonly #parts = new BoundedCache<number, Uint8Array>(cachedParts);
  readonly #clicksOf: (linkId: number) => number;

  /** @param clicks where they are kept in memory; else each is read when it is asked for */
  constructor(connection: Connection, clicks?: (reads: SearchReads) => ClickCounts) {
    this.reads = prepareSearchReads(connection);
    const counts = clicks?.(this.reads);
    this.#clicksOf = counts === undefined ? this.reads.clicks : (linkId) => counts.of(linkId);
  }

  find(question: SearchQuestion): SearchAnswer {
    return this.reads.atOnce(() => {
      const { userId, order, offset, limit, after } = question;
      const best = new BestPlaces(order, offset + limit, after);
      const segments = this.reads.segments(userId);
      const lastSealed = segments.reduce((last, { lastEntry }) => Math.max(last, lastEntry), 0);
      let total = order === 'desc' ? this.#scan(lastSealed, question, best) : 0;
      for (const segment of inOrder(segments, question)) total += this.#findIn(segment, question, best);
      // What was made last comes first, or last.
      if (order === 'asc') total += this.#scan(lastSealed, question, best);
      return { total, places: best.from(offset) };
    });
  }

  readonly readPart = (segmentId: number, kind: PartKind, number: number): Uint8Array | undefined => {
    if (!cachedKinds.has(kind)) return this.reads.part(segmentId, kind, number);
    const id = partId(segmentId, kind, number);
    let part = this.#parts.get(id);
    if (part === undefined) {
      part = this.reads.part(segmentId, kind, number);
      if (part !== undefined) this.#parts.set(id, part);
    }
    return part;
  };

  /** The documents that are neither replaced nor gone. */
  living(userId: number, segment: Segment, reader: SegmentReader): DocumentSet {
    const living = DocumentSet.first(segment.documents);
    living.remove(reader.foldedDead());
    const dead = this.reads.dead(userId, segment);
    if (dead.length > 0) living.remove(documentsOf(dead, reader.column('entries')));
    return living;
  }

  #findIn(segment: Segment, { userId, pieces, sort, order }: SearchQuestion, best: BestPlaces): number {
    const reader = new SegmentReader(segment, this.readPart);
    const found = this.living(userId, segment, reader);
    for (const piece of pieces) found.keepOnly(reader.documentsWith(Buffer.from(piece)));
    const count = found.size;
    if (count === 0 || !best.mayTake(...rangeOf(segment, sort))) return count;
    const links = reader.column('links');
    const values = sort === 'clicks' ? undefined : reader.column(sort);
    const offer = (document: number): void => {
      const link = links[document]!;
      best.offer(values === undefined ? this.#clicksOf(link) : values[document]!, link);
    };
    // Most entries lie in the order in which they were made: the best come first, and the others are turned down at once.
    if (order === 'asc') found.forEach(offer);
    else found.forEachBackwards(offer);
    return count;
  }

  #scan(lastSealed: number, question: SearchQuestion, best: BestPlaces): number {
    const { userId, pieces, sort, order, offset, limit, after } = question;
    if (sort === 'clicks') {
      const links = this.reads.linksHolding(userId, lastSealed, pieces);
      for (const linkId of links) best.offer(this.#clicksOf(linkId), linkId);
      return links.length;
    }
    const count = this.reads.countHolding(userId, lastSealed, pieces);
    if (count === 0) return 0;
    const page = { sort, order, place: after, limit: offset + limit };
    for (const { value, id } of this.reads.firstHolding(userId, lastSealed, pieces, page)) best.offer(value, id);
    return count;
  }
}

/** Of entries in order, the documents that they are; those that the segment never had are left out. */
export function documentsOf(wanted: readonly number[], entries: Float64Array): DocumentSet {
  const documents = new DocumentSet();
  let document = 0;
  for (const entry of wanted) {
    while (document < entries.length && entries[document]! < entry) document++;
    if (entries[document] === entry) documents.add(document);
  }
  return documents;
}

function rangeOf(segment: Segment, sort: LinkSort): [least: number, greatest: number] {
  if (sort === 'created') return [segment.minCreated, segment.maxCreated];
  return sort === 'updated' ? [segment.minUpdated, segment.maxUpdated] : [0, Infinity];
}

/** First the segments that hold what comes first: then the others need not be looked through. */
function inOrder(segments: readonly Segment[], { sort, order }: SearchQuestion): Segment[] {
  // Most links have few clicks or none: among equals the number decides, and numbers rise with entries.
  if (sort === 'clicks') return segments.toSorted((a, b) => (a.lastEntry - b.lastEntry) * (order === 'asc' ? 1 : -1));
  return segments.toSorted((a, b) => {
    const [leastA, greatestA] = rangeOf(a, sort);
    const [leastB, greatestB] = rangeOf(b, sort);
    return order === 'asc' ? leastA - leastB : greatestB - greatestA;
  });
}
