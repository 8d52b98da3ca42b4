// What a link was before: its versions, and the way back to one.

import { AppError } from '../core/errors.ts';
import type { Connection } from '../storage/query.ts';
import type { Writer } from '../storage/writer.ts';
import type { Once } from '../storage/writer-protocol.ts';
import { findVersion, type LinkVersion, listVersions } from './link-history-store.ts';
import type { LinkResolver } from './link-resolver.ts';
import type { CountedLink } from './link.ts';
import { updateLink } from './link-write-store.ts';
import type { Actor, Links } from './links.ts';

interface LinkHistoryOptions {
  readonly links: Links;
  readonly reader: Connection;
  readonly writer: Writer;
  readonly resolver: LinkResolver;
}

/** Earlier versions shown at most; older ones are kept all the same. */
export const maxShownVersions = 1_000;

export class LinkHistory {
  readonly #options: LinkHistoryOptions;

  constructor(options: LinkHistoryOptions) {
    this.#options = options;
  }

  /** The present version first, and last the one before all that are shown. Throws NOT_FOUND, also for another user's link. */
  list(userId: number, publicId: string): LinkVersion[] {
    const { links, reader } = this.#options;
    return listVersions(reader, links.get(userId, publicId).link, maxShownVersions + 1);
  }

  /**
   * Makes the link what it was in an earlier version, its password included, as a new version. Throws NOT_FOUND;
   * SLUG_EXISTS when its slug was taken since, CONFLICT when its domain is the caller's no more.
   */
  async restore(actor: Actor, publicId: string, version: number, once?: Once): Promise<CountedLink> {
    const { links, reader, writer, resolver } = this.#options;
    const { link } = links.get(actor.userId, publicId);
    const fields = findVersion(reader, link.id, version);
    if (fields === undefined) throw new AppError('NOT_FOUND', 'the link has no such earlier version');
    if (fields.domainId !== link.domainId) links.requireDomain(actor.userId, fields.domainId);
    const restored = await writer.run(updateLink, { change: links.changeBy(actor), publicId, fields }, once);
    // Not remembered: an answer that is given again shows the link as it was then.
    resolver.forget(restored.before);
    resolver.forget(restored.link);
    return restored;
  }
}
