// Lists of a user's links: pages, filters, search, order. Plain lists come from an index; all others from the search.

import { atOnce, type Connection } from '../storage/query.ts';
import type { CountedLink } from './link.ts';
import { countOfLinks } from './link-count-store.ts';
import { encodeCursor, type LinkPlace, parseCursor } from './link-cursor.ts';
import type { LinkListing } from './link-input.ts';
import { listPlaces, readLinks } from './link-store.ts';
import type { Links } from './links.ts';
import type { LinkSearch } from './search/link-search.ts';
import { domainPiece, foldForSearch, livePiece, tagPiece } from './search/search-text.ts';

export interface LinkList {
  readonly links: readonly CountedLink[];
  /** null where a cursor was followed. */
  readonly page: number | null;
  readonly perPage: number;
  readonly total: number;
  /** Leads to the links after these; null at the end. */
  readonly nextCursor: string | null;
}

interface LinkListsOptions {
  readonly reader: Connection;
  readonly links: Links;
  readonly search: LinkSearch;
}

interface FoundPlaces {
  readonly total: number;
  readonly places: readonly LinkPlace[];
}

export class LinkLists {
  readonly #options: LinkListsOptions;

  constructor(options: LinkListsOptions) {
    this.#options = options;
  }

  /** Throws VALIDATION_ERROR for a cursor that is not this list's, UNAVAILABLE when too many searches are waiting. */
  async list(userId: number, listing: LinkListing): Promise<LinkList> {
    const { page, perPage, sort, order } = listing;
    // One more than asked for tells whether there is a next page.
    const { total, places } = await this.#find(userId, listing, perPage + 1);
    const shown = places.slice(0, perPage);
    const last = shown.at(-1);
    const links = readLinks(
      this.#options.reader,
      shown.map(({ id }) => id),
    );
    const nextCursor = places.length > perPage && last !== undefined ? encodeCursor(last, { sort, order }) : null;
    return { links, page, perPage, total, nextCursor };
  }

  async #find(userId: number, listing: LinkListing, limit: number): Promise<FoundPlaces> {
    const { reader, links, search } = this.#options;
    const { page, perPage, cursor, sort, order, archived, tags, domain } = listing;
    const after = cursor === null ? undefined : parseCursor(cursor, { sort, order });
    const offset = page === null ? 0 : (page - 1) * perPage;
    const known = domain === null ? undefined : links.domainNamed(userId, domain);
    if (domain !== null && known === undefined) return { total: 0, places: [] };
    const pieces = tags.map(tagPiece);
    if (known !== undefined) pieces.push(domainPiece(known.id));
    if (listing.search !== null && listing.search !== '') pieces.push(foldForSearch(listing.search));
    if (pieces.length > 0 || sort === 'clicks') {
      if (!archived) pieces.push(livePiece);
      return search.find({ userId, pieces, sort, order, after, offset, limit });
    }
    return atOnce(reader, () => {
      const count = countOfLinks(reader, userId);
      return {
        total: archived ? count.live + count.archived : count.live,
        places: listPlaces(reader, userId, archived, { sort, order, after, offset, limit }),
      };
    });
  }
}
