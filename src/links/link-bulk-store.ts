// Making many links in one transaction: operations of the writer thread.

import { AppError } from '../core/errors.ts';
import { defineLongOperation, defineOperation } from '../storage/operation.ts';
import type { Connection } from '../storage/query.ts';
import type { CountedLink, Link, UnstoredLink } from './link.ts';
import { fromColumns, type LinkColumns } from './link-columns.ts';
import { insertTogether, linksAtOnce } from './link-rows-store.ts';
import { findOrInsertLink, insertLink } from './link-write-store.ts';
import { takeSearchEntries } from './search/search-write-store.ts';

/** What became of one link: its number where it is stored just as it was sent, found by its slug as that is written. */
export type BulkOutcome =
  | number
  | { readonly link: Link }
  /** One that there was already. */
  | { readonly found: CountedLink }
  | { readonly code: AppError['code']; readonly message: string; readonly details: AppError['details'] };

interface CreateLinks {
  /** All of one user; null: none. */
  readonly links: LinkColumns | null;
  /** How many links that are not archived the user's plan allows. */
  readonly maxLinks: number;
  /** Of which links the slug was drawn, by position, and what no other may be. */
  /** Of which links, by position, an identical live one will do. */
  readonly find?: ReadonlySet<number>;
  readonly redraw?: { readonly positions: ReadonlySet<number>; readonly without: ReadonlySet<string> };
  /** Whether links are wanted in whole: for whoever may be told of them when what was sent is gone. */
  readonly inFull: boolean;
}

function failureOf(error: unknown): Exclude<BulkOutcome, number | { link: Link } | { found: CountedLink }> {
  if (!(error instanceof AppError)) throw error;
  const { code, message, details } = error;
  return { code, message, details };
}

function failureAt(position: number, error: unknown): never {
  const { code, message, details } = failureOf(error);
  const placed = details.map((detail) => ({ ...detail, path: `links.${position}.${detail.path}` }));
  throw new AppError(code, message, placed, { cause: error });
}

/** @param failed what is said of a link that cannot be made; nothing of it is stored then */
function create(
  connection: Connection,
  { links, maxLinks, find, redraw, inFull }: CreateLinks,
  failed: (position: number, error: unknown) => BulkOutcome,
): BulkOutcome[] {
  if (links === null) return [];
  const firstEntry = takeSearchEntries(connection, links.model.userId, links.count);
  const createOne = (link: UnstoredLink, position: number): BulkOutcome => {
    try {
      const redrawWithout = redraw?.positions.has(position) === true ? redraw.without : undefined;
      const wanted = { link, maxLinks, redrawWithout };
      const entry = firstEntry + position;
      if (find?.has(position) !== true) return { link: insertLink(connection, wanted, entry) };
      const { isNew, ...stored } = findOrInsertLink(connection, wanted, entry);
      return isNew ? { link: stored.link } : { found: stored };
    } catch (error) {
      return failed(position, error);
    }
  };
  const outcomes: BulkOutcome[] = [];
  for (let start = 0; start < links.count; start += linksAtOnce) {
    const some = fromColumns(links, start, start + linksAtOnce);
    // Which of them a quota still allows is told one by one, and so is which of them cannot have its slug, or is there already.
    const isAskedToFind = find !== undefined && some.some((_, i) => find.has(start + i));
    const stored =
      maxLinks === Infinity && !isAskedToFind ? insertTogether(connection, some, links, firstEntry + start) : undefined;
    for (const [i, link] of some.entries()) {
      const made = stored?.[i];
      if (made === undefined) outcomes.push(createOne(link, start + i));
      else outcomes.push(inFull || made.foldedSlug !== null ? { link: { ...link, ...made } } : made.id);
    }
  }
  return outcomes;
}

/** Makes many links, each for itself; a result for each, in their order. */
export const createLinks = defineLongOperation('links.create-many', (connection, wanted: CreateLinks): BulkOutcome[] =>
  create(connection, wanted, (_, error) => failureOf(error)),
);

/** Makes all of many links or none: throws the first one's error that cannot be made, with its position in the path. */
export const createAllLinks = defineOperation('links.create-all', (connection, wanted: CreateLinks): BulkOutcome[] =>
  create(connection, wanted, failureAt),
);

export const linkBulkOperations = [createLinks, createAllLinks];
