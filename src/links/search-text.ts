// What a substring search looks through: one folded text per link.

import { foldCase } from './confusables.ts';
import type { Link } from './link.ts';

// A separator that no folded field and no folded search contains, so that a search never matches across two fields.
const separator = '\n';

/** NFC, without case and on one line: `ÉTÉ`, `été` and `e´te´` find each other, `Straße` and `STRASSE`, `Σοφός` and `ΣΟΦΌΣ`. */
export function foldForSearch(text: string): string {
  return foldCase(text.normalize('NFC')).replaceAll('ς', 'σ').replaceAll('i\u0307', 'i').replaceAll(separator, ' ');
}

export function searchTextOf(link: Pick<Link, 'slug' | 'destinationUrl' | 'title' | 'description' | 'tags'>): string {
  return [link.slug, link.destinationUrl, link.title ?? '', link.description ?? '', ...link.tags]
    .map(foldForSearch)
    .join(separator);
}
