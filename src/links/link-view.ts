// A link as the API and webhooks show it: every key always present, absent values null, times in ISO 8601.

import type { CountedLink } from './link.ts';
import { slugInUrl } from './slug.ts';

let latestTime = 0;
let latestText = new Date(latestTime).toISOString();

/** A link's two times are often the same, and so are those of many links that were made together. */
function time(milliseconds: number): string {
  if (milliseconds !== latestTime) {
    latestText = new Date(milliseconds).toISOString();
    latestTime = milliseconds;
  }
  return latestText;
}

const timeOrNull = (milliseconds: number | null): string | null => (milliseconds === null ? null : time(milliseconds));

/** What stands before the path on a domain. The default one's is the address that people use, port and all, and others share its scheme. */
export function originOf(host: string, isDefault: boolean, publicUrl: URL): string {
  return isDefault ? publicUrl.origin : `${publicUrl.protocol}//${host}`;
}

export function shortUrlOf(slug: string, origin: string): string {
  return `${origin}/${slugInUrl(slug)}`;
}

/** What a link looks like from outside, on a domain of this name and origin. */
export function viewOf(
  { link, clickCount, lastClickedAt }: CountedLink,
  { host, origin }: { host: string; origin: string },
) {
  return {
    id: link.publicId,
    shortUrl: shortUrlOf(link.slug, origin),
    destinationUrl: link.destinationUrl,
    slug: link.slug,
    domain: host,
    title: link.title,
    description: link.description,
    tags: [...link.tags],
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
