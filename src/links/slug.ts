// The last part of a short URL: which texts may be one, which are the server's own, and how one is drawn or read from a path.
// A stored slug is NFC, visible, and comes back unchanged through `slugInUrl` and `slugFromPath`.

import { invalidField } from '../core/errors.ts';
import { randomText } from '../core/ids.ts';
import { isLongerThan } from '../core/text-rules.ts';
import { foldCase, skeletonOf } from './confusables.ts';

/** Code points of a slug after NFC; a family emoji counts as the 7 it is made of, for the limit is on what is stored. */
export const maxSlugLength = 100;
/** A percent-encoded slug of 100 code points of 4 bytes, and room for paths that NFC shortens. */
const maxPathLength = 4096;

/**
 * First path segments of this server and its dialects, and those it may want later: a slug given away cannot be taken back.
 * Compared as `isReserved` says.
 */
export const ownPaths: readonly string[] = (
  'api v1 v2 l bio qr public healthz readyz health metrics docs openapi.json robots.txt favicon.ico sitemap.xml ' +
  'security.txt ads.txt manifest.webmanifest .well-known index.html apple-touch-icon.png admin dashboard login logout ' +
  'signup auth account settings assets static stats app internal'
).split(' ');

interface Reserved {
  readonly folded: ReadonlySet<string>;
  readonly skeletons: ReadonlySet<string>;
}

function prepareReserved(words: Iterable<string>): Reserved {
  const list = [...words].map((word) => word.normalize('NFC'));
  return { folded: new Set(list.map(foldCase)), skeletons: new Set(list.map(skeletonOf)) };
}

const noWords: ReadonlySet<string> = new Set();
const ownReserved = prepareReserved(ownPaths);
const preparedSets = new WeakMap<ReadonlySet<string>, Reserved>();

function preparedOf(words: ReadonlySet<string>): Reserved {
  let prepared = preparedSets.get(words);
  if (prepared === undefined) {
    prepared = prepareReserved(words);
    preparedSets.set(words, prepared);
  }
  return prepared;
}

const ascii = /^\p{ASCII}*$/u;

/**
 * Whether a slug is one of the server's own paths or of the operator's words, in any case, or looks like one:
 * `аpi` with a Cyrillic а is taken for the API by everyone who reads it. Plain ASCII is compared by case alone,
 * so that `ap1` stays free.
 * @param extra the operator's words; must not change after its first use here
 */
export function isReserved(slug: string, extra: ReadonlySet<string> = noWords): boolean {
  const folded = foldCase(slug);
  const operators = preparedOf(extra);
  if (ownReserved.folded.has(folded) || operators.folded.has(folded)) return true;
  if (ascii.test(slug)) return false;
  const skeleton = skeletonOf(slug);
  return ownReserved.skeletons.has(skeleton) || operators.skeletons.has(skeleton);
}

// Each text can be read in one way only, else a hostile one would make the pattern try them all.
// Emoji follow UTS #51's possible emoji, not only Unicode's list of the day: next year's emoji should work, too.
const emojiBase = '[[\\p{Emoji}\\p{Extended_Pictographic}]--[\\p{ASCII}\\p{Emoji_Modifier}\\p{Regional_Indicator}]]';
const emojiPart = `(?:\\p{Regional_Indicator}{2}|\\p{RGI_Emoji_Tag_Sequence}|${emojiBase}\\uFE0F?\\p{Emoji_Modifier}?|${emojiBase}\\uFE0E)`;
const emoji = `(?:${emojiPart}(?:\\u200D${emojiPart})*|[0-9]\\uFE0F\\u20E3)`;
// Marks of no script pile up higher than 8; more is the kind of text that runs over its neighbours.
const letter =
  '[A-Za-z0-9[[\\p{L}\\p{N}]--[\\p{Default_Ignorable_Code_Point}\\p{Emoji}]]][\\p{M}--\\p{Default_Ignorable_Code_Point}]{0,8}';
const slugPattern = new RegExp(`^(?:[_\\-]|${emoji}|${letter})+$`, 'v');
/** What can stand somewhere in a slug, to name the first character that cannot. */
const slugCharacter =
  /[_\-A-Za-z0-9[[\p{L}\p{N}\p{M}\p{Emoji}\p{Extended_Pictographic}]--[\p{Default_Ignorable_Code_Point}\p{ASCII}]]]|\u200D|\uFE0E|\uFE0F|[\u{E0020}-\u{E007F}]/v;

function describe(character: string): string {
  const code = character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0');
  const isVisible = /^[[\p{L}\p{N}\p{P}\p{S}]--\p{Default_Ignorable_Code_Point}]$/v.test(character);
  return isVisible ? `${character} (U+${code})` : `U+${code}`;
}

function characterFault(slug: string): string {
  for (const character of slug) {
    if (!slugCharacter.test(character)) {
      return `may hold letters, digits, emoji, "-" and "_" only, not ${describe(character)}`;
    }
  }
  return 'contains an incomplete emoji, an invisible character or an accent without its letter';
}

/**
 * A slug in its stored form, NFC.
 * 1 to 100 code points of `A-Z a-z 0-9 - _`, any Unicode letter or number with its marks, and emoji with their joiners,
 * variation selectors, skin tones and flags. Nothing invisible: no bidi controls, fillers, or joiners outside of emoji.
 * @throws AppError SLUG_RESERVED or VALIDATION_ERROR, with the path `slug`
 */
export function parseSlug(text: string, { reserved }: { readonly reserved: ReadonlySet<string> }): string {
  if (text === '') throw invalidField('slug', 'slug is empty');
  if (!text.isWellFormed()) throw invalidField('slug', 'slug contains half of a surrogate pair');
  // NFC shortens a text to a quarter at most, and a long one should not be normalised for nothing.
  const slug = text.length <= maxSlugLength * 8 ? text.normalize('NFC') : text;
  if (isLongerThan(slug, maxSlugLength)) throw invalidField('slug', `slug is longer than ${maxSlugLength} characters`);
  // Before the characters: for `robots.txt` "reserved" says more than "no dots".
  if (isReserved(slug, reserved)) throw invalidField('slug', 'slug is reserved', 'SLUG_RESERVED');
  if (!slugPattern.test(slug)) throw invalidField('slug', `slug ${characterFault(slug)}`);
  return slug;
}

/** The form in which slugs that differ by case alone are equal. */
export function foldSlug(slug: string): string {
  // In lower case first, for the capital ẞ, which is its own upper case; NFC last, for letters that came apart.
  return foldCase(slug.toLowerCase()).normalize('NFC');
}

/** Without 0 O o 1 l I, which look alike in print. 56 characters: 1.7 × 10¹² slugs of 7. */
export const generatedAlphabet = '23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz';
/** Longer ones where the space fills. */
export const generatedSlugLength = 7;
const maxDraws = 100;

/** Stems nobody wants printed on a flyer; digits and v for u are read as the letters they stand for. */
const offensive =
  /anal|anus|arse|ass|bitch|boob|cock|coon|cum|cunt|dick|dyke|fag|fuc?k|gook|jizz|kike|kkk|nazi|negr|nig|paki|penis|piss|porn|puss|rape|sex|shit|slut|spic|suck|tit|turd|twat|vag|wank|whore|xxx/;
const leet: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'i',
  '2': 'z',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '6': 'g',
  '7': 't',
  '8': 'b',
  '9': 'g',
};

/** Whether a slug would read as an insult or obscenity, in any case and spelled with digits. */
export function isOffensive(slug: string): boolean {
  const plain = slug.toLowerCase().replace(/[0-9]/g, (digit) => leet[digit]!);
  return offensive.test(plain) || offensive.test(plain.replaceAll('v', 'u'));
}

/**
 * A slug drawn evenly from the look-alike-free alphabet; offensive and reserved ones are drawn again.
 * Whether it is still free on its domain is the caller's to find out; with a full space, ask for a longer one.
 * @param random the source of randomness, by default the system's cryptographic one
 * @throws Error when 100 draws in a row are unfit, which a working source does not produce
 */
export function generateSlug(
  length = generatedSlugLength,
  random: (alphabet: string, length: number) => string = randomText,
  reserved: ReadonlySet<string> = noWords,
): string {
  for (let draw = 0; draw < maxDraws; draw++) {
    const slug = random(generatedAlphabet, length);
    if (!isOffensive(slug) && !isReserved(slug, reserved)) return slug;
  }
  throw new Error(`${maxDraws} generated slugs in a row were unfit: the source of randomness is broken`);
}

/** 1 for A-Z a-z 0-9 - _ by character code. A table, since a pattern costs more than the rest of `slugFromPath`. */
const isPlain = new Uint8Array(128);
for (const character of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_') {
  isPlain[character.charCodeAt(0)] = 1;
}

/** A path with whatever is not plain: bytes beyond ASCII (some clients send UTF-8 as it is), escapes, several forms. */
function decodePath(path: string): string | undefined {
  if (path.length > maxPathLength) return undefined;
  // node:http hands a target over as latin1, a character a byte: as escapes they decode together with the rest.
  const escaped = path.replace(/[\u0080-\u00ff]/g, (byte) => `%${byte.charCodeAt(0).toString(16)}`);
  let slug: string;
  try {
    slug = decodeURIComponent(escaped).normalize('NFC');
  } catch {
    return undefined; // not UTF-8, or a % without two digits: no stored slug looks like that
  }
  // Characters that no slug holds are left to the look-up, except those that a store might stumble over.
  return /[/\p{Cc}\p{Cs}]/u.test(slug) || isLongerThan(slug, maxSlugLength) ? undefined : slug;
}

/**
 * The slug that a request asks for, or undefined when the path cannot name one. One trailing `/` is ignored.
 * The trailing `+` of a preview is the caller's to take off.
 * @param rawPath the request target after its first `/`, without the query, as node:http hands it over
 */
export function slugFromPath(rawPath: string): string | undefined {
  let end = rawPath.length;
  if (end > 1 && rawPath.charCodeAt(end - 1) === 47) end--;
  if (end === 0) return undefined;
  for (let index = 0; index < end; index++) {
    if (isPlain[rawPath.charCodeAt(index)] !== 1) return decodePath(rawPath.slice(0, end));
  }
  if (end > maxSlugLength) return undefined;
  return end === rawPath.length ? rawPath : rawPath.slice(0, end);
}

/** A stored slug as it stands in a short URL: percent-encoded UTF-8 where it is not plain ASCII. */
export function slugInUrl(slug: string): string {
  return ascii.test(slug) ? slug : encodeURIComponent(slug);
}
