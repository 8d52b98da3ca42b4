// What statistics over all links of a user need to know of the links themselves: which ones a question is about, how they are
// called, and on which domain and under which tags they stand.

import { AppError } from '../core/errors.ts';
import type { Connection } from '../storage/query.ts';
import type { IdCounts } from './tally.ts';

export interface AskedLinks {
  /** Public ids. Of each list, any; an empty one lets every link through. */
  readonly links: readonly string[];
  /** Hosts. */
  readonly domains: readonly string[];
  readonly tags: readonly string[];
}

export interface NamedLink {
  readonly id: number;
  readonly publicId: string;
  readonly slug: string;
  readonly domainId: number;
  readonly destinationUrl: string;
  readonly title: string | null;
}

function prepareStatements(connection: Connection) {
  return {
    linkId: connection
      .prepare<[string, number], number>('SELECT id FROM links WHERE public_id = ? AND user_id = ?')
      .pluck(),
    domainId: connection
      .prepare<[string, number], number>('SELECT id FROM domains WHERE host = ? AND (user_id IS NULL OR user_id = ?)')
      .pluck(),
    onDomain: connection
      .prepare<[number, number], number>('SELECT id FROM links WHERE domain_id = ? AND user_id = ?')
      .pluck(),
    withTag: connection
      .prepare<[string, number], number>(
        'SELECT t.link_id FROM link_tags t JOIN links l ON l.id = t.link_id WHERE t.tag = ? AND l.user_id = ?',
      )
      .pluck(),
    link: connection.prepare<[number], NamedLink>(
      `SELECT id, public_id AS publicId, slug, domain_id AS domainId, destination_url AS destinationUrl, title
       FROM links WHERE id = ?`,
    ),
    // Both from an index alone, in its order.
    domains: connection.prepare<[], [domainId: number, linkId: number]>('SELECT domain_id, id FROM links').raw(),
    tags: connection.prepare<[], [tag: string, linkId: number]>('SELECT tag, link_id FROM link_tags').raw(),
    domainCount: connection.prepare<[], number>('SELECT count(*) FROM domains').pluck(),
    firstDomain: connection.prepare<[], number>('SELECT min(id) FROM domains').pluck(),
  };
}

function refuse(path: string, fault: string): AppError {
  const message = `${path} ${fault}`;
  return new AppError('VALIDATION_ERROR', message, [{ path, message }]);
}

export class AskedLinkReader {
  readonly #statements: ReturnType<typeof prepareStatements>;

  constructor(connection: Connection) {
    this.#statements = prepareStatements(connection);
  }

  /** The links that a question is about; undefined: all of the user's. Throws a VALIDATION_ERROR for what is not the user's. */
  idsOf({ links, domains, tags }: AskedLinks, userId: number): Set<number> | undefined {
    const { linkId, domainId, onDomain, withTag } = this.#statements;
    const lists: Set<number>[] = [];
    if (links.length > 0) {
      const ids = links.map((publicId) => {
        const id = linkId.get(publicId, userId);
        if (id === undefined) throw refuse('link', 'is none of your links');
        return id;
      });
      lists.push(new Set(ids));
    }
    if (domains.length > 0) {
      const ids = domains.flatMap((host) => {
        const id = domainId.get(host.toLowerCase(), userId);
        if (id === undefined) throw refuse('domain', 'is none of your domains');
        return onDomain.all(id, userId);
      });
      lists.push(new Set(ids));
    }
    if (tags.length > 0) lists.push(new Set(tags.flatMap((tag) => withTag.all(tag, userId))));
    return lists.length === 0 ? undefined : lists.reduce((both, list) => both.intersection(list));
  }

  named(linkId: number): NamedLink | undefined {
    return this.#statements.link.get(linkId);
  }

  /** Hits by id of the domain that each link is on today. */
  countsByDomain(counts: IdCounts): Map<number, number> {
    const { domains, domainCount, firstDomain } = this.#statements;
    const byDomain = new Map<number, number>();
    if (domainCount.get() === 1) {
      const hits = counts.values().reduce((sum, count) => sum + count, 0);
      if (hits > 0) byDomain.set(firstDomain.get()!, hits);
      return byDomain;
    }
    for (const [domain, linkId] of domains.iterate()) {
      const hits = counts.of(linkId);
      if (hits > 0) byDomain.set(domain, (byDomain.get(domain) ?? 0) + hits);
    }
    return byDomain;
  }

  /** Hits by tag: those of a link count for each of its tags. */
  countsByTag(counts: IdCounts): Map<string, number> {
    const byTag = new Map<string, number>();
    for (const [tag, linkId] of this.#statements.tags.iterate()) {
      const hits = counts.of(linkId);
      if (hits > 0) byTag.set(tag, (byTag.get(tag) ?? 0) + hits);
    }
    return byTag;
  }
}
