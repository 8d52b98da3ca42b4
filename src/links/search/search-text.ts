// What searches and filters look through: one text a link. Every question is whether it holds certain pieces, so that one index
// answers all of them.

import { foldCase } from '../confusables.ts';
import type { Link } from '../link.ts';

// Control characters stand in no field and in no search, so no piece is found where it is not meant. Between fields: a search
// never matches across two of them.
const separator = '\n';
const tagMark = '\u0002';
const domainMark = '\u0003';
const liveMark = '\u0004';
/** Digits of a domain's number, as controls: a search for 7 must not find domain 7. */
const hiddenZero = 0x0e;
const oneAsciiLine = /^[\t\x20-\x7e]*$/;

/** NFC, without case and on one line: `ÉTÉ`, `été` and `e´te´` find each other, `Straße` and `STRASSE`, `Σοφός` and `ΣΟΦΌΣ`. */
export function foldForSearch(text: string): string {
  // Most addresses and many titles: the full folding costs five times as much.
  if (oneAsciiLine.test(text)) return text.toLowerCase();
  return foldCase(text.normalize('NFC')).replaceAll('ς', 'σ').replaceAll('i\u0307', 'i').replaceAll(separator, ' ');
}

/** What the text of every link that is not archived holds. */
export const livePiece = liveMark;

/** What the text of every link with exactly this tag holds. */
export function tagPiece(tag: string): string {
  return `${tagMark}${tag}${tagMark}`;
}

/** What the text of every link on this domain holds. */
export function domainPiece(domainId: number): string {
  const digits = String(domainId).replace(/\d/g, (digit) => String.fromCharCode(hiddenZero + Number(digit)));
  return `${domainMark}${digits}${domainMark}`;
}

type SearchedLink = Pick<
  Link,
  'slug' | 'destinationUrl' | 'title' | 'description' | 'tags' | 'domainId' | 'isArchived'
>;

export function searchTextOf(link: SearchedLink): string {
  const folded = [link.slug, link.destinationUrl, link.title ?? '', link.description ?? '', ...link.tags].map(
    foldForSearch,
  );
  const tags = link.tags.length === 0 ? '' : tagMark + link.tags.join(tagMark) + tagMark;
  return `${folded.join(separator)}${separator}${tags}${domainPiece(link.domainId)}${link.isArchived ? '' : livePiece}`;
}
