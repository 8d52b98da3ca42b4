// From a domain and a slug to a link, for every redirect: a bounded cache over one prepared query. One process owns the file
// and every write passes through `remember`, so the cache is never stale.

import { BoundedCache, type CacheCounts } from '../core/bounded-cache.ts';
import { defaultDomainId, type SlugRule } from '../domains/domain.ts';
import type { Connection } from '../storage/query.ts';
import type { Link } from './link.ts';
import { prepareLinkLookups } from './link-store.ts';
import { foldSlug } from './slug.ts';

type LinkCodes = Pick<Link, 'domainId' | 'slug' | 'alias'>;

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

  /** The link that a slug or alias on a domain leads to; a slug in any case where the domain's are or were so. */
  find(domain: SlugRule & { readonly id: number }, code: string): Link | undefined {
    const exact = this.#byCode(domain.id, code);
    return exact !== undefined || !domain.hasFoldedSlugs ? exact : this.#byFoldedSlug(domain.id, foldSlug(code));
  }

  /** The link whose slug is stored exactly so. */
  at({ domainId, slug }: Pick<Link, 'domainId' | 'slug'>): Link | undefined {
    return this.#byCode(domainId, slug);
  }

  /** What the link's limit is compared with, up to the last commit. */
  consumedOf(link: Link): number {
    return this.#lookups.consumed(link.id);
  }

  /** The next visit reads the link from the database. */
  forget({ domainId, slug, alias }: LinkCodes): void {
    this.#links.delete(keyOf(domainId, slug));
    if (alias !== null) this.#links.delete(keyOf(domainId, alias));
    this.#links.delete(foldedKeyOf(domainId, foldSlug(slug)));
  }

  /** The same for every link, where so many change that each would be too many. */
  forgetAll(): void {
    this.#links.clear();
  }

  /** A link as it has just been committed; `before` is what it was known as. */
  remember(link: Link, before: LinkCodes = link): void {
    this.forget(before);
    this.forget(link);
    if (link.foldedSlug === null) this.#links.set(keyOf(link.domainId, link.slug), link);
    if (link.alias !== null) this.#links.set(keyOf(link.domainId, link.alias), link);
  }

  #byCode(domainId: number, code: string): Link | undefined {
    const key = keyOf(domainId, code);
    let link = this.#links.get(key);
    if (link === undefined) {
      link = this.#lookups.byCode(domainId, code);
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
