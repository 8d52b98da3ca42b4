// The native link object: every key always present, absent values null, times in ISO 8601.

import type { Domains } from '../domains/domain.ts';
import type { Link } from '../links/link.ts';
import type { CountedLink } from '../links/link-store.ts';
import { slugInUrl } from '../links/slug.ts';

const time = (milliseconds: number): string => new Date(milliseconds).toISOString();
const timeOrNull = (milliseconds: number | null): string | null => (milliseconds === null ? null : time(milliseconds));

export class LinkPresenter {
  readonly #domains: Domains;
  readonly #publicUrl: URL;

  /** @param publicUrl origin of the default domain; other domains share its scheme */
  constructor(domains: Domains, publicUrl: URL) {
    this.#domains = domains;
    this.#publicUrl = publicUrl;
  }

  shortUrl({ domainId, slug }: Pick<Link, 'domainId' | 'slug'>): string {
    const domain = this.#domains.byId(domainId) ?? this.#domains.default;
    const isDefault = domain.id === this.#domains.default.id;
    const origin = isDefault ? this.#publicUrl.origin : `${this.#publicUrl.protocol}//${domain.host}`;
    return `${origin}/${slugInUrl(slug)}`;
  }

  object({ link, clickCount, lastClickedAt }: CountedLink) {
    const domain = this.#domains.byId(link.domainId) ?? this.#domains.default;
    return {
      id: link.publicId,
      shortUrl: this.shortUrl(link),
      destinationUrl: link.destinationUrl,
      slug: link.slug,
      domain: domain.host,
      title: link.title,
      description: link.description,
      tags: link.tags,
      hasPassword: link.passwordHash !== null,
      expiresAt: timeOrNull(link.expiresAt),
      clickLimit: link.clickLimit,
      oneTime: link.oneTime,
      expiredUrl: link.expiredUrl,
      clickCount,
      geoTargets: link.geoTargets,
      deviceTargets: link.deviceTargets,
      utm: link.utm,
      deepLinks: { ios: link.iosUrl, android: link.androidUrl },
      og: link.og,
      forwardQuery: link.forwardQuery,
      redirectStatus: link.redirectStatus,
      trackAnalytics: link.trackAnalytics,
      filterBots: link.filterBots,
      publicStats: link.publicStats,
      metadata: link.metadata,
      isArchived: link.isArchived,
      isPublic: link.passwordHash === null && !link.isArchived,
      createdAt: time(link.createdAt),
      updatedAt: time(link.updatedAt),
      lastClickedAt: timeOrNull(lastClickedAt),
    };
  }
}
