// Where links and galleries are found: the names of domains, and what stands before a path on each.

import type { Domains } from '../domains/domain.ts';
import type { Link } from './link.ts';
import { originOf, shortUrlOf } from './link-view.ts';

export class LinkAddresses {
  readonly #domains: Domains;
  readonly #publicUrl: URL;

  /** @param publicUrl origin of the default domain; other domains share its scheme */
  constructor(domains: Domains, publicUrl: URL) {
    this.#domains = domains;
    this.#publicUrl = publicUrl;
  }

  /** What stands before the path of everything on this domain. */
  originOf(domainId: number): string {
    const domain = this.#domains.byId(domainId) ?? this.#domains.default;
    return originOf(domain.host, domain.id === this.#domains.default.id, this.#publicUrl);
  }

  shortUrl({ domainId, slug }: Pick<Link, 'domainId' | 'slug'>): string {
    return shortUrlOf(slug, this.originOf(domainId));
  }

  hostOf(domainId: number): string {
    return (this.#domains.byId(domainId) ?? this.#domains.default).host;
  }

  /** The name of a domain that links are or were on; null: it is there no more. */
  readonly domainNameOf = (domainId: number): string | null => this.#domains.byId(domainId)?.host ?? null;
}
