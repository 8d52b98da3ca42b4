// Many links in one call: one transaction, a result for each.

import { AppError } from '../core/errors.ts';
import type { Writer } from '../storage/writer.ts';
import type { Once } from '../storage/writer-protocol.ts';
import type { NewLink } from './link-input.ts';
import type { LinkResolver } from './link-resolver.ts';
import type { CountedLink, UnstoredLink } from './link.ts';
import { type BulkOutcome, createAllLinks, createLinks } from './link-bulk-store.ts';
import { toColumns } from './link-columns.ts';
import { archiveLinks } from './link-write-store.ts';
import type { Actor, Links } from './links.ts';
import type { LinkSearch } from './search/link-search.ts';

export const maxBulkLinks = 1_000;
/** Hashing is slow on purpose; more in one call would hold up everybody else's. */
export const maxBulkPasswords = 50;

interface BulkLinksOptions {
  readonly links: Links;
  readonly writer: Writer;
  readonly resolver: LinkResolver;
  readonly search: LinkSearch;
  /** The operator's reserved slugs. */
  readonly reserved: ReadonlySet<string>;
}

export type BulkResult = (CountedLink & { readonly isNew: boolean }) | AppError;

export class BulkLinks {
  readonly #options: BulkLinksOptions;

  constructor(options: BulkLinksOptions) {
    this.#options = options;
  }

  /**
   * A link or the reason why not, for each that is wanted, in their order; an AppError among the wanted stays what it is.
   * @param atomic throws the first failure instead, and then nothing was made
   */
  async create(
    actor: Actor,
    wanted: readonly (NewLink | AppError)[],
    atomic: boolean,
    once?: Once,
  ): Promise<BulkResult[]> {
    const { links, writer, search, reserved } = this.#options;
    const prepared: (UnstoredLink | AppError)[] = [];
    // The same moment for all: what they have in common is stored once.
    const { now } = links.changeBy(actor);
    for (const link of wanted) {
      if (link instanceof AppError) prepared.push(link);
      else if (link.password === null) prepared.push(orAppError(() => links.unstored(actor, link, null, now)));
      // One after the other: password hashes must not crowd the queue.
      else prepared.push(await links.prepare(actor, link).catch(asAppError));
    }
    const failed = prepared.findIndex((link) => link instanceof AppError);
    if (atomic && failed !== -1) throw at(failed, prepared[failed] as AppError);
    const storable: UnstoredLink[] = [];
    const drawn = new Set<number>();
    const find = new Set<number>();
    prepared.forEach((link, position) => {
      if (link instanceof AppError) return;
      const { slug, findExisting } = wanted[position] as NewLink;
      if (slug === null) drawn.add(storable.length);
      if (findExisting) find.add(storable.length);
      storable.push(link);
    });
    const [first, ...others] = storable;
    const creation = {
      links: first === undefined ? null : toColumns([first, ...others]),
      maxLinks: actor.maxLinks,
      redraw: { positions: drawn, without: reserved },
      ...(find.size > 0 && { find }),
      // Who asks again with the same key draws other ids, and is told those of the first time.
      inFull: once !== undefined,
    };
    const outcomes = await writer.run(atomic ? createAllLinks : createLinks, creation, once);
    search.written(actor.userId, storable.length);
    let next = 0;
    return prepared.map((link) => (link instanceof AppError ? link : resultOf(link, outcomes[next++] as BulkOutcome)));
  }

  /** Archives all of them that are the caller's; says which were not found. */
  async archive(
    actor: Actor,
    publicIds: readonly string[],
    once?: Once,
  ): Promise<{ archived: number; notFound: readonly string[] }> {
    const { links, writer, resolver, search } = this.#options;
    const change = links.changeBy(actor);
    const { archived, notFound } = await writer.run(archiveLinks, { change, publicIds }, once);
    for (const link of archived) resolver.forget(link);
    search.written(actor.userId, archived.length);
    return { archived: archived.length, notFound };
  }
}

function resultOf(link: UnstoredLink, outcome: BulkOutcome): BulkResult {
  const unclicked = { isNew: true, clickCount: 0, lastClickedAt: null };
  // Not told to the resolver: a code that was free is not in its memory, and most of a thousand links will not be visited soon.
  if (typeof outcome === 'number') return { link: { ...link, id: outcome, foldedSlug: null }, ...unclicked };
  if ('link' in outcome) return { link: outcome.link, ...unclicked };
  if ('found' in outcome) return { ...outcome.found, isNew: false };
  return new AppError(outcome.code, outcome.message, outcome.details);
}

function orAppError<T>(make: () => T): T | AppError {
  try {
    return make();
  } catch (error) {
    return asAppError(error);
  }
}

function asAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  throw error;
}

function at(position: number, { code, message, details }: AppError): AppError {
  const placed = details.map((detail) => ({ ...detail, path: `links.${position}.${detail.path}` }));
  return new AppError(code, message, placed);
}
