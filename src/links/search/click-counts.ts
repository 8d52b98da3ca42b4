// The clicks of links, for sorting any number of them: kept in memory once read, and read again only for links that were clicked
// since. An index by clicks in the database would make every click dearer, and most lists are never sorted so.

import { BoundedCache } from '../../core/bounded-cache.ts';
import type { SearchReads } from './search-store.ts';

const linksPerPage = 4096;
/** 4 million links in 32 MB. Beyond, pages are read again and again: slower, and as exact. */
const maxPages = 1024;

export class ClickCounts {
  readonly #reads: SearchReads;
  readonly #pages = new BoundedCache<number, Float64Array>(maxPages);
  // Links are asked for in runs of neighbours.
  #latestNumber = -1;
  #latest: Float64Array = new Float64Array(linksPerPage);

  constructor(reads: SearchReads) {
    this.#reads = reads;
  }

  of(linkId: number): number {
    const number = Math.floor(linkId / linksPerPage);
    if (number !== this.#latestNumber) {
      this.#latest = this.#page(number);
      this.#latestNumber = number;
    }
    return this.#latest[linkId - number * linksPerPage]!;
  }

  /** These have been clicked. Must be told of every link, before the next question. */
  renew(linkIds: Iterable<number>): void {
    for (const linkId of linkIds) {
      const page = this.#pages.get(Math.floor(linkId / linksPerPage));
      if (page !== undefined) page[linkId % linksPerPage] = this.#reads.clicks(linkId);
    }
  }

  /** Everything is read again. */
  forget(): void {
    this.#pages.clear();
    this.#latestNumber = -1;
  }

  #page(number: number): Float64Array {
    let page = this.#pages.get(number);
    if (page === undefined) {
      page = new Float64Array(linksPerPage);
      const first = number * linksPerPage;
      for (const [linkId, clicks] of this.#reads.clicksBetween(first, first + linksPerPage))
        page[linkId - first] = clicks;
      this.#pages.set(number, page);
    }
    return page;
  }
}
