// The clicks of links, for sorting any number of them: kept in memory once read, and read again only for links that were clicked
// since. An index by clicks in the database would make every click dearer, and most lists are never sorted so.

import { BoundedCache } from '../../core/bounded-cache.ts';
import type { Range } from './best-places.ts';
import type { SearchReads } from './search-store.ts';

const linksPerPage = 4096;
/** 4 million links in 36 MB. Beyond, pages are read again and again: slower, and as exact. */
const maxPages = 1024;

/** Few, so that of most blocks no link was clicked often; a page is made of them. */
const linksPerBlock = 64;
/** To look at more blocks than this takes longer than to look at the links. */
const maxBlocks = 4;

/** The clicks of links whose numbers follow one another. */
export interface ClickPage {
  readonly firstId: number;
  /** Of the link with the least number, and those after it. */
  readonly values: Float64Array;
  /** Between which the clicks of all of them lie; not closely, once they have been clicked again. */
  readonly range: Range;
  /** The same of each block. */
  readonly blocks: readonly Range[];
}

/** Of links whose clicks lie in a range, and whose numbers follow one another from the first on. */
export type BlockTest = (clicks: Range, firstId: number, ids: number) => boolean;

/** Widened as clicks come. */
class ClickRange implements Range {
  least = Infinity;
  greatest = -Infinity;

  add(clicks: number): void {
    if (clicks < this.least) this.least = clicks;
    if (clicks > this.greatest) this.greatest = clicks;
  }
}

class KeptPage implements ClickPage {
  readonly firstId: number;
  readonly values = new Float64Array(linksPerPage);
  readonly range = new ClickRange();
  readonly blocks = Array.from({ length: linksPerPage / linksPerBlock }, () => new ClickRange());

  constructor(firstId: number, clicksOf: ReadonlyMap<number, number>) {
    this.firstId = firstId;
    for (const [linkId, clicks] of clicksOf) this.values[linkId - firstId] = clicks;
    this.values.forEach((clicks, place) => this.#widen(place, clicks));
  }

  set(linkId: number, clicks: number): void {
    const place = linkId - this.firstId;
    this.values[place] = clicks;
    this.#widen(place, clicks);
  }

  #widen(place: number, clicks: number): void {
    this.range.add(clicks);
    this.blocks[Math.floor(place / linksPerBlock)]!.add(clicks);
  }
}

/** Of these links, one of each page that any of them is on. */
export function firstOnEachPage(linkIds: Float64Array): number[] {
  const byPage = new Map<number, number>();
  for (const linkId of linkIds) {
    const page = Math.floor(linkId / linksPerPage);
    if (!byPage.has(page)) byPage.set(page, linkId);
  }
  return [...byPage.values()];
}

export class ClickCounts {
  readonly #reads: SearchReads;
  readonly #pages = new BoundedCache<number, KeptPage>(maxPages);

  constructor(reads: SearchReads) {
    this.#reads = reads;
  }

  /** The page that holds the link. */
  pageOf(linkId: number): ClickPage {
    const number = Math.floor(linkId / linksPerPage);
    let page = this.#pages.get(number);
    if (page === undefined) {
      const first = number * linksPerPage;
      page = new KeptPage(first, this.#reads.clicksBetween(first, first + linksPerPage));
      this.#pages.set(number, page);
    }
    return page;
  }

  /** Whether the test holds for a block on which one of the links from one number to another may be; of many blocks, true. */
  someBlock(leastId: number, greatestId: number, test: BlockTest): boolean {
    const last = Math.floor(greatestId / linksPerBlock);
    let block = Math.floor(leastId / linksPerBlock);
    if (last - block >= maxBlocks) return true;
    for (; block <= last; block++) {
      const firstId = block * linksPerBlock;
      const { blocks, firstId: firstOfPage } = this.pageOf(firstId);
      if (test(blocks[(firstId - firstOfPage) / linksPerBlock]!, firstId, linksPerBlock)) return true;
    }
    return false;
  }

  readonly of = (linkId: number): number => {
    const { firstId, values } = this.pageOf(linkId);
    return values[linkId - firstId]!;
  };

  /** These have been clicked. Must be told of every link, before the next question. */
  renew(linkIds: readonly number[]): void {
    this.#reads.atOnce(() => {
      const clicksOf = this.#reads.clicksNow(linkIds);
      for (const linkId of linkIds) this.#pages.get(Math.floor(linkId / linksPerPage))?.set(linkId, clicksOf(linkId));
    });
  }

  /** Everything is read again. */
  forget(): void {
    this.#pages.clear();
  }
}
