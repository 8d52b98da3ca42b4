// The page that a visitor came from, from the Referer header: its host, in lower-case ASCII and of at most 253 characters, and the
// whole address without fragment and credentials.

import { BoundedCache } from '../core/bounded-cache.ts';

const maxHostLength = 253;
// Longer than any scheme, credentials we would accept, host and port; bounds the keys of the cache.
const maxOriginLength = 320;
const androidPackage = /^[a-z0-9_]+(?:\.[a-z0-9_]+)*$/;

/** One frozen object for each header as long as it is cached. '' stands for none. */
export interface Referrer {
  readonly url: string;
  readonly host: string;
}

export const noReferrer: Referrer = Object.freeze({ url: '', host: '' });

/** Characters of an address that are kept. */
export const maxReferrerLength = 500;
// Longer headers are read anew each time: they would fill the memory and hardly come twice.
const maxCachedLength = 1_024;

/** Where the part up to the path ends: browsers send mostly just that, and all pages of a site share one cache entry. */
function originEnd(header: string, start: number): number {
  for (let i = start; i < header.length; i++) {
    const code = header.charCodeAt(i);
    if (code === 47 /* / */ || code === 63 /* ? */ || code === 35 /* # */ || code === 92 /* \ */) return i;
  }
  return header.length;
}

function hostOf(origin: string): string | null {
  let url: URL;
  try {
    url = new URL(origin);
  } catch {
    return null;
  }
  const isAndroidApp = url.protocol === 'android-app:';
  if (!isAndroidApp && url.protocol !== 'https:' && url.protocol !== 'http:') return null;
  let host = url.hostname.toLowerCase();
  if (isAndroidApp && !androidPackage.test(host)) return null;
  if (host.endsWith('.')) host = host.slice(0, -1);
  // www.example.com and example.com are one site to whoever reads a breakdown; `www.com` is a name of its own.
  if (host.startsWith('www.') && host.includes('.', 4)) host = host.slice(4);
  return host === '' || host.length > maxHostLength ? null : host;
}

function addressOf(header: string): string {
  const url = new URL(header);
  url.hash = '';
  url.username = '';
  url.password = '';
  // Percent-encoded, so a cut never leaves half a character; through bytes, or the cut would keep all of it alive.
  return Buffer.from(url.href.slice(0, maxReferrerLength)).toString();
}

/** Reads Referer headers and remembers the last `capacity` of them and the hosts of as many origins. */
export class Referrers {
  readonly #cache: BoundedCache<string, string | null>;
  readonly #whole: BoundedCache<string, Referrer>;

  constructor(capacity = 8_192) {
    this.#cache = new BoundedCache(capacity);
    this.#whole = new BoundedCache(capacity);
  }

  /** `noReferrer` for anything of which `host` is null. */
  parse(header: string | undefined): Referrer {
    if (header === undefined || header === '') return noReferrer;
    const known = this.#whole.get(header);
    if (known !== undefined) return known;
    const host = this.host(header);
    const referrer = host === null ? noReferrer : Object.freeze({ url: addressOf(header), host });
    if (header.length <= maxCachedLength) this.#whole.set(header, referrer);
    return referrer;
  }

  /** The referring host without port and leading `www.`; an Android app's package name; null for anything else. Our own hosts are kept. */
  host(header: string | undefined): string | null {
    if (header === undefined || header === '') return null;
    const authority = header.indexOf('://');
    if (authority < 1 || authority > 16) return null;
    const end = originEnd(header, authority + 3);
    if (end > maxOriginLength) return null;
    const origin = header.slice(0, end);
    const known = this.#cache.get(origin);
    if (known !== undefined) return known;
    const host = hostOf(origin);
    // Through bytes, or the cached key would keep the whole header alive.
    this.#cache.set(Buffer.from(origin).toString(), host);
    return host;
  }
}
