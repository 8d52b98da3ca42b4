// What a substring search looks through: one folded text per link.

import type { Link } from './link.ts';

// A separator that no field and no search contains, so that a search never matches across two fields.
const separator = '\n';

/** Lower case and NFC, so that `ÉTÉ`, `été` and `e´te´` find each other. */
export function foldForSearch(text: string): string {
  return text.normalize('NFC').toLowerCase();
}

export function searchTextOf(link: Pick<Link, 'slug' | 'destinationUrl' | 'title' | 'description' | 'tags'>): string {
  return foldForSearch(
    [link.slug, link.destinationUrl, link.title ?? '', link.description ?? '', ...link.tags].join(separator),
  );
}
