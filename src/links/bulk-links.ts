// Many links in one call: one transaction, a result for each.

import { AppError } from '../core/errors.ts';
import type { Writer } from '../storage/writer.ts';
import type { Once } from '../storage/writer-protocol.ts';
import type { NewLink } from './link-input.ts';
import type { LinkResolver } from './link-resolver.ts';
import type { CountedLink } from './link.ts';
import { archiveLinks, type BulkOutcome, createLinks, type UnstoredLink } from './link-write-store.ts';
import type { Actor, Links } from './links.ts';

export const maxBulkLinks = 1_000;
/** Hashing is slow on purpose; more in one call would hold up everybody else's. */
export const maxBulkPasswords = 50;

interface BulkLinksOptions {
  readonly links: Links;
  readonly writer: Writer;
  readonly resolver: LinkResolver;
}

export type BulkResult = CountedLink | AppError;

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
    const { links, writer } = this.#options;
    const prepared: (UnstoredLink | AppError)[] = [];
    // One after the other: their password hashes must not crowd the queue.
    for (const link of wanted) {
      prepared.push(link instanceof AppError ? link : await links.prepare(actor, link).catch(asAppError));
    }
    const failed = prepared.findIndex((link) => link instanceof AppError);
    if (atomic && failed !== -1) throw at(failed, prepared[failed] as AppError);
    const storable = prepared.filter((link): link is UnstoredLink => !(link instanceof AppError));
    const outcomes = await writer.run(createLinks, { links: storable, maxLinks: actor.maxLinks, atomic }, once);
    let next = 0;
    const results: BulkResult[] = [];
    for (const [position, link] of prepared.entries()) {
      if (link instanceof AppError) results.push(link);
      else
        results.push(await this.#resultOf(actor, wanted[position] as NewLink, link, outcomes[next++] as BulkOutcome));
    }
    return results;
  }

  /** Archives all of them that are the caller's; says which were not found. */
  async archive(
    actor: Actor,
    publicIds: readonly string[],
    once?: Once,
  ): Promise<{ archived: number; notFound: readonly string[] }> {
    const { links, writer, resolver } = this.#options;
    const change = links.changeBy(actor);
    const { archived, notFound } = await writer.run(archiveLinks, { change, publicIds }, once);
    for (const link of archived) resolver.forget(link);
    return { archived: archived.length, notFound };
  }

  async #resultOf(actor: Actor, wanted: NewLink, link: UnstoredLink, outcome: BulkOutcome): Promise<BulkResult> {
    const { links, resolver } = this.#options;
    if ('link' in outcome) {
      // Another id: the answer to an earlier call with the same Idempotency-Key.
      if (outcome.link.publicId === link.publicId) resolver.remember(outcome.link);
      return { link: outcome.link, clickCount: 0, lastClickedAt: null };
    }
    // A drawn slug that was taken is no failure of the caller's.
    if (outcome.code === 'SLUG_EXISTS' && wanted.slug === null) return links.create(actor, wanted).catch(asAppError);
    return new AppError(outcome.code, outcome.message, outcome.details);
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
