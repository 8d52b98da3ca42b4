// From a domain and a slug to a link, for every redirect: a bounded cache over one prepared query. One process owns the file
// and every write passes through `remember`, so the cache is never stale.

import { BoundedCache } from '../core/bounded-cache.ts';
import { defaultDomainId } from '../domains/domain.ts';
import type { Connection } from '../storage/query.ts';
import type { Link } from './link.ts';
import { prepareLinkLookups } from './link-store.ts';

export class LinkResolver {
  readonly #links: BoundedCache<string, Link>;
  readonly #lookups: ReturnType<typeof prepareLinkLookups>;

  /** @param capacity links kept in memory */
  constructor(reader: Connection, capacity: number) {
    this.#links = new BoundedCache(capacity);
    this.#lookups = prepareLinkLookups(reader);
  }

  resolve(domainId: number, slug: string): Link | undefined {
    const key = keyOf(domainId, slug);
    let link = this.#links.get(key);
    if (link === undefined) {
      link = this.#lookups.bySlug(domainId, slug);
      if (link !== undefined) this.#links.set(key, link);
    }
    return link;
  }

  /** What the link's limit is compared with, up to the last commit. */
  consumedOf(link: Link): number {
    return this.#lookups.consumed(link.id);
  }

  /** The next visit reads the link from the database. */
  forget({ domainId, slug }: Pick<Link, 'domainId' | 'slug'>): void {
    this.#links.delete(keyOf(domainId, slug));
  }

  /** A link as it has just been committed; `before` is what it was known as. */
  remember(link: Link, before: Pick<Link, 'domainId' | 'slug'> = link): void {
    if (before.slug !== link.slug || before.domainId !== link.domainId)
      this.#links.delete(keyOf(before.domainId, before.slug));
    this.#links.set(keyOf(link.domainId, link.slug), link);
  }
}

/** No slug has a slash in it, so those of the default domain, nearly all on most servers, need not be copied into a longer key. */
function keyOf(domainId: number, slug: string): string {
  return domainId === defaultDomainId ? slug : `${domainId}/${slug}`;
}
