// From a domain and a slug to a link, for every redirect: a bounded cache over one prepared query. One process owns the file
// and every write passes through `remember`, so the cache is never stale.

import { BoundedCache, type CacheCounts } from '../core/bounded-cache.ts';
import { defaultDomainId, type SlugRule } from '../domains/domain.ts';
import type { Connection } from '../storage/query.ts';
import type { Link } from './link.ts';
import { prepareLinkLookups } from './link-store.ts';
import { foldSlug } from './slug.ts';

type LinkAddress = Pick<Link, 'domainId' | 'slug'>;

export class LinkResolver {
  readonly #links: BoundedCache<string, Link>;
  readonly #lookups: ReturnType<typeof prepareLinkLookups>;

  /** @param capacity links kept in memory */
  constructor(reader: Connection, capacity: number) {
    this.#links = new BoundedCache(capacity);
    this.#lookups = prepareLinkLookups(reader);
  }

  get cache(): CacheCounts {
    return this.#links;
  }

  /** The link that a slug on a domain leads to, in any case where the domain's slugs are or were so. */
  find(domain: SlugRule & { readonly id: number }, slug: string): Link | undefined {
    if (!domain.hasFoldedSlugs) return this.#bySlug(domain.id, slug);
    // Where all links have one, the slug without case is the only way that is needed.
    const exact = domain.slugCase === 'insensitive' ? undefined : this.#bySlug(domain.id, slug);
    return exact ?? this.#byFoldedSlug(domain.id, foldSlug(slug));
  }

  /** The link whose slug is stored exactly so. */
  at({ domainId, slug }: LinkAddress): Link | undefined {
    return this.#bySlug(domainId, slug);
  }

  /** What the link's limit is compared with, up to the last commit. */
  consumedOf(link: Link): number {
    return this.#lookups.consumed(link.id);
  }

  /** The next visit reads the link from the database. */
  forget({ domainId, slug }: LinkAddress): void {
    this.#links.delete(keyOf(domainId, slug));
    this.#links.delete(foldedKeyOf(domainId, foldSlug(slug)));
  }

  /** The same for every link, where so many change that each would be too many. */
  forgetAll(): void {
    this.#links.clear();
  }

  /** A link as it has just been committed; `before` is what it was known as. */
  remember(link: Link, before: LinkAddress = link): void {
    this.forget(before);
    if (link.foldedSlug === null) this.#links.set(keyOf(link.domainId, link.slug), link);
    else this.forget(link);
  }

  #bySlug(domainId: number, slug: string): Link | undefined {
    const key = keyOf(domainId, slug);
    let link = this.#links.get(key);
    if (link === undefined) {
      link = this.#lookups.bySlug(domainId, slug);
      if (link !== undefined) this.#links.set(key, link);
    }
    return link;
  }

  #byFoldedSlug(domainId: number, folded: string): Link | undefined {
    const key = foldedKeyOf(domainId, folded);
    let link = this.#links.get(key);
    if (link === undefined) {
      link = this.#lookups.byFoldedSlug(domainId, folded);
      if (link !== undefined) this.#links.set(key, link);
    }
    return link;
  }
}

/** No slug has a slash in it, so those of the default domain, nearly all on most servers, need not be copied into a longer key. */
function keyOf(domainId: number, slug: string): string {
  return domainId === defaultDomainId ? slug : `${domainId}/${slug}`;
}

// Two slashes: whatever a path asks for has none, so the two kinds of keys are never the same.
function foldedKeyOf(domainId: number, folded: string): string {
  return `${domainId}//${folded}`;
}
