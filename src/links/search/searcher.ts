// Answers which of a user's links hold certain pieces, how many they are, and which come first in an order: exactly, and as of
// one moment. Works on any connection; where there is much to read, that is the search thread's.

import { BoundedCache } from '../../core/bounded-cache.ts';
import type { Connection } from '../../storage/query.ts';
import type { LinkPlace } from '../link-cursor.ts';
import type { LinkSort } from '../link-schemas.ts';
import { BestPlaces } from './best-places.ts';
import { type BlockTest, type ClickCounts, type ClickPage, firstOnEachPage } from './click-counts.ts';
import { DocumentSet, documentsPerGroup } from './document-set.ts';
import { type PartKind, partId, type Segment } from './segment-parts.ts';
import { SegmentReader } from './segment-reader.ts';
import { prepareSearchReads, type SearchReads } from './search-store.ts';

// Parts of 3 to 16 kB; a new search among a million links looks into 1,500 of them.
const cachedParts = 4_096;
const cachedKinds: ReadonlySet<PartKind> = new Set(['heads', 'texts', 'documents', 'offsets', 'pieces']);
/** What was found, by segment and piece, 2 kB each: for the next page, the next letter, the same filter. Segments never change. */
const cachedFinds = 4_096;
/** A longer piece is rarely asked for again, and would be kept as well. */
const maxCachedPiece = 100;
/** Link numbers of a segment, 128 kB each, which an order by clicks asks for in every segment. */
const cachedColumns = 128;

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

interface LinkColumn {
  readonly links: Float64Array;
  /** One link of each page of clicks on which any of them is. */
  readonly onEachPage: readonly number[];
  /** The least and the greatest number in each group of documents. */
  readonly spans: { readonly least: Float64Array; readonly greatest: Float64Array };
}

/** How documents of a segment are offered, and which groups of them need not be. */
interface Offering {
  readonly offer: (document: number) => void;
  readonly hasAny?: (group: number) => boolean;
}

export class Searcher {
  readonly reads: SearchReads;
  readonly #parts = new BoundedCache<number, Uint8Array>(cachedParts);
  readonly #finds = new BoundedCache<string, DocumentSet>(cachedFinds);
  readonly #linkColumns = new BoundedCache<number, LinkColumn>(cachedColumns);
  readonly #counts: ClickCounts | undefined;

  /** @param clicks where they are kept in memory; else each is read when it is asked for */
  constructor(connection: Connection, clicks?: (reads: SearchReads) => ClickCounts) {
    this.reads = prepareSearchReads(connection);
    this.#counts = clicks?.(this.reads);
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
    for (const piece of pieces) found.keepOnly(this.#documentsWith(segment, reader, piece));
    const count = found.size;
    if (count === 0 || !best.mayTake(...rangeOf(segment, sort))) return count;
    if (sort === 'clicks' && !this.#hasClicksToOffer(segment, reader, best)) return count;
    const { offer, hasAny } =
      sort === 'clicks' ? this.#offerByClicks(segment, reader, best) : offerBy(sort, reader, best);
    // Most entries lie in the order in which they were made: the best come first, and the others are turned down at once.
    if (order === 'asc') found.forEach(offer, hasAny);
    else found.forEachBackwards(offer, hasAny);
    return count;
  }

  #documentsWith({ id }: Segment, reader: SegmentReader, piece: string): DocumentSet {
    const key = `${id} ${piece}`;
    let found = this.#finds.get(key);
    if (found === undefined) {
      found = reader.documentsWith(Buffer.from(piece));
      if (piece.length <= maxCachedPiece) this.#finds.set(key, found);
    }
    return found;
  }

  #linkColumn({ id }: Segment, reader: SegmentReader): LinkColumn {
    let column = this.#linkColumns.get(id);
    if (column === undefined) {
      const links = reader.column('links');
      column = { links, onEachPage: firstOnEachPage(links), spans: spansOf(links) };
      this.#linkColumns.set(id, column);
    }
    return column;
  }

  /** False where none of the segment's links can be among the best: then they need not be looked through. */
  #hasClicksToOffer(segment: Segment, reader: SegmentReader, best: BestPlaces): boolean {
    const counts = this.#counts;
    if (counts === undefined) return true;
    return this.#linkColumn(segment, reader).onEachPage.some((link) => {
      const { range, firstId, values } = counts.pageOf(link);
      return best.mayTakeOf(range, firstId, values.length);
    });
  }

  #offerByClicks(segment: Segment, reader: SegmentReader, best: BestPlaces): Offering {
    const { links, spans } = this.#linkColumn(segment, reader);
    const counts = this.#counts;
    if (counts === undefined) {
      const clicksOf = this.reads.clicksNow(links);
      return { offer: (document) => best.offer(clicksOf(links[document]!), links[document]!) };
    }
    const mayTake: BlockTest = (clicks, firstId, ids) => best.mayTakeOf(clicks, firstId, ids);
    let page: ClickPage | undefined;
    let [least, greatest, isHopeless] = [0, -1, false];
    // For a million links: most groups, and most pages where links do not follow one another, have nothing to offer, as a glance tells.
    return {
      hasAny: (group) => counts.someBlock(spans.least[group]!, spans.greatest[group]!, mayTake),
      offer(document) {
        const link = links[document]!;
        if (page === undefined || link < least || link > greatest) {
          page = counts.pageOf(link);
          least = page.firstId;
          greatest = least + page.values.length - 1;
          isHopeless = !mayTake(page.range, least, page.values.length);
        }
        if (!isHopeless) best.offer(page.values[link - least]!, link);
      },
    };
  }

  #scan(lastSealed: number, question: SearchQuestion, best: BestPlaces): number {
    const { userId, pieces, sort, order, offset, limit, after } = question;
    if (sort === 'clicks') {
      const links = this.reads.linksHolding(userId, lastSealed, pieces);
      const clicksOf = this.#counts?.of ?? this.reads.clicksNow(links);
      for (const linkId of links) best.offer(clicksOf(linkId), linkId);
      return links.length;
    }
    const count = this.reads.countHolding(userId, lastSealed, pieces);
    if (count === 0) return 0;
    const page = { sort, order, place: after, limit: offset + limit };
    for (const { value, id } of this.reads.firstHolding(userId, lastSealed, pieces, page)) best.offer(value, id);
    return count;
  }
}

function offerBy(sort: 'created' | 'updated', reader: SegmentReader, best: BestPlaces): Offering {
  const links = reader.column('links');
  const values = reader.column(sort);
  return { offer: (document) => best.offer(values[document]!, links[document]!) };
}

function spansOf(links: Float64Array): LinkColumn['spans'] {
  const groups = Math.ceil(links.length / documentsPerGroup);
  const least = new Float64Array(groups).fill(Infinity);
  const greatest = new Float64Array(groups);
  links.forEach((link, document) => {
    const group = Math.floor(document / documentsPerGroup);
    least[group] = Math.min(least[group]!, link);
    greatest[group] = Math.max(greatest[group]!, link);
  });
  return { least, greatest };
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
