// The clicks of links, for sorting any number of them: kept in memory once read, and read again only for links that were clicked
// since. An index by clicks in the database would make every click dearer, and most lists are never sorted so.

import { BoundedCache } from '../../core/bounded-cache.ts';
import type { SearchReads } from './search-store.ts';

const linksPerPage = 4096;
/** 4 million links in 32 MB. Beyond, pages are read again and again: slower, and as exact. */
const maxPages = 1024;

/** The clicks of links whose numbers follow one another. */
export interface ClickPage {
  readonly ids: { readonly least: number; readonly greatest: number };
  /** Between which the clicks of all of them lie; not closely, once they have been clicked again. */
  readonly clicks: { readonly least: number; readonly greatest: number };
  /** Of the link with the least number, and those after it. */
  readonly values: Float64Array;
}

type KeptPage = Omit<ClickPage, 'clicks'> & { clicks: ClickPage['clicks'] };

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
    if (page === undefined) this.#pages.set(number, (page = this.#read(number * linksPerPage)));
    return page;
  }

  readonly of = (linkId: number): number => {
    const { ids, values } = this.pageOf(linkId);
    return values[linkId - ids.least]!;
  };

  /** These have been clicked. Must be told of every link, before the next question. */
  renew(linkIds: readonly number[]): void {
    this.#reads.atOnce(() => {
      const clicksOf = this.#reads.clicksNow(linkIds);
      for (const linkId of linkIds) {
        const page = this.#pages.get(Math.floor(linkId / linksPerPage));
        if (page === undefined) continue;
        const clicks = clicksOf(linkId);
        page.values[linkId - page.ids.least] = clicks;
        page.clicks = { least: Math.min(page.clicks.least, clicks), greatest: Math.max(page.clicks.greatest, clicks) };
      }
    });
  }

  /** Everything is read again. */
  forget(): void {
    this.#pages.clear();
  }

  #read(first: number): KeptPage {
    const values = new Float64Array(linksPerPage);
    for (const [linkId, clicks] of this.#reads.clicksBetween(first, first + linksPerPage))
      values[linkId - first] = clicks;
    let least = values[0]!;
    let greatest = least;
    for (const value of values) {
      if (value < least) least = value;
      else if (value > greatest) greatest = value;
    }
    return { ids: { least: first, greatest: first + linksPerPage - 1 }, clicks: { least, greatest }, values };
  }
}
