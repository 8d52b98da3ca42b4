// The host that a visitor came from, from the Referer header: lower-case ASCII, at most 253 characters, or null.

import { BoundedCache } from '../core/bounded-cache.ts';

const maxHostLength = 253;
// Longer than any scheme, credentials we would accept, host and port; bounds the keys of the cache.
const maxOriginLength = 320;
const androidPackage = /^[a-z0-9_]+(?:\.[a-z0-9_]+)*$/;

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

/** Reads Referer headers and remembers the hosts of the last `capacity` origins. */
export class Referrers {
  readonly #cache: BoundedCache<string, string | null>;

  constructor(capacity = 8_192) {
    this.#cache = new BoundedCache(capacity);
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
