// The address of a gallery, and those of pictures and profiles on it: what its owner may put there.

import { invalidField } from '../core/errors.ts';
import { type DestinationRules, parseDeepLink, parseDestination } from '../links/destination.ts';
import { slugInUrl } from '../links/slug.ts';

/** @param origin of its domain */
export function galleryUrl(slug: string, origin: string): string {
  return `${origin}/bio/${slugInUrl(slug)}`;
}

/** A picture or a profile may lie on one of our own domains: nobody is sent round in circles by it. */
const anywhere: DestinationRules = { ownHosts: () => false };

/** Throws INVALID_URL. */
export function parseImageUrl(text: string, path: string): string {
  return parseDestination(text, path, anywhere);
}

/** http(s), `mailto:`, `tel:` and the like. Throws INVALID_URL. */
export function parseProfileUrl(text: string, path: string): string {
  return parseDeepLink(text, path, anywhere);
}

const itemPath = /^\/bio\/[^/]+\/itm_/;

/**
 * Where an item leads. A short link or a gallery of this server is fine, an item of one is not: two could lead to each other.
 * @throws AppError INVALID_URL
 */
export function parseItemUrl(text: string, path: string, { ownHosts }: DestinationRules): string {
  const address = parseDeepLink(text, path, anywhere);
  const { protocol, host, pathname } = new URL(address);
  const isWeb = protocol === 'http:' || protocol === 'https:';
  if (isWeb && ownHosts(host) && itemPath.test(pathname))
    throw invalidField(path, `${path} leads to an item of a gallery`, 'INVALID_URL');
  return address;
}
