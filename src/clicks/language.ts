// The one language a visitor most wants, from Accept-Language: a lower-case primary subtag of two or three letters, or null.

import { BoundedCache } from '../core/bounded-cache.ts';

// Browsers send some 10 to 100 characters. What comes after the cut is a visitor's tenth choice.
const maxHeaderLength = 256;
const rangePattern = /^([a-z]{2,3})(?:-[a-z0-9]{1,8})*$/i;
const weightPattern = /^q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/i;

function primaryLanguage(header: string): string | null {
  let best: string | null = null;
  let bestWeight = 0;
  for (const item of header.split(',')) {
    const [range = '', ...parameters] = item.split(';');
    // `*` names no language, so it is passed over like anything else that is not one.
    const language = rangePattern.exec(range.trim())?.[1];
    if (language === undefined) continue;
    let weight = 1;
    for (const parameter of parameters) weight = Number(weightPattern.exec(parameter.trim())?.[1] ?? 0);
    if (weight > bestWeight) {
      best = language.toLowerCase();
      bestWeight = weight;
    }
  }
  return best;
}

/** The items that are whole before the cut: half of `english` would be a language. */
function firstItems(header: string): string {
  const end = Math.max(0, header.lastIndexOf(',', maxHeaderLength));
  // Through bytes, or the cached key would keep the whole header alive.
  return Buffer.from(header.slice(0, end)).toString();
}

/** Reads Accept-Language headers and remembers the last `capacity` of them. */
export class Languages {
  readonly #cache: BoundedCache<string, string | null>;

  constructor(capacity = 4_096) {
    this.#cache = new BoundedCache(capacity);
  }

  /** The language with the highest weight, the first of equals; null where the header is missing or names none. */
  primary(header: string | undefined): string | null {
    if (header === undefined || header === '') return null;
    const text = header.length <= maxHeaderLength ? header : firstItems(header);
    const known = this.#cache.get(text);
    if (known !== undefined) return known;
    const language = primaryLanguage(text);
    this.#cache.set(text, language);
    return language;
  }
}
