// The requests of a redirect benchmark: who opens which link with what. Drawn once from fixed seeds; every server gets
// the same bytes in the same order.

import { isPublicIpv4 } from '../../src/clicks/geo.ts';
import { slugInUrl } from '../../src/links/slug.ts';
import { type Browser, browsers, type Header, languages, referrers } from './browsers.ts';
import { linkHost } from './data-folder.ts';
import { type Random, seededRandom, zipfDraw } from './random-draws.ts';

export interface Visit {
  readonly path: string;
  /** Host is the first. */
  readonly headers: readonly Header[];
  /** JSON, of a POST. */
  readonly body?: string;
}

function headersOf(browser: Browser, language: string, referrer: string): Header[] {
  const headers: Header[] = [['Host', linkHost]];
  for (const header of browser.headers) {
    if (header === 'language') headers.push(['Accept-Language', language]);
    else if (header !== 'referer') headers.push(header);
    else if (referrer !== '') headers.push(['Referer', referrer]);
  }
  return headers;
}

/** Visits to links drawn by Zipf's law, all from the load generator's own address. */
export function drawVisits(slugs: readonly string[], count: number): Visit[] {
  const random = seededRandom(7);
  const drawLink = zipfDraw(slugs.length, random);
  const drawHeaders = headersDraw(random);
  return Array.from({ length: count }, () => ({
    path: `/${slugInUrl(slugs[drawLink()] as string)}`,
    headers: drawHeaders(),
  }));
}

/** The same, each as a trusted proxy passes it on for one of `visitorCount` visitors, who keep to their browsers. */
export function drawForwardedVisits(slugs: readonly string[], count: number, visitorCount: number): Visit[] {
  const random = seededRandom(11);
  const drawLink = zipfDraw(slugs.length, random);
  const drawHeaders = headersDraw(random);
  const visitors = Array.from({ length: visitorCount }, (): Header[] => [
    ...drawHeaders(),
    ['X-Forwarded-For', publicAddress(random)],
  ]);
  return Array.from({ length: count }, () => ({
    path: `/${slugInUrl(slugs[drawLink()] as string)}`,
    headers: visitors[random(visitorCount)] as Header[],
  }));
}

function headersDraw(random: Random): () => Header[] {
  const drawBrowser = zipfDraw(browsers.length, random);
  const drawLanguage = zipfDraw(languages.length, random);
  const drawReferrer = zipfDraw(referrers.length, random);
  return () =>
    headersOf(
      browsers[drawBrowser()] as Browser,
      languages[drawLanguage()] as string,
      referrers[drawReferrer()] as string,
    );
}

function publicAddress(random: Random): string {
  for (;;) {
    const value = random(2 ** 32);
    if (isPublicIpv4(value)) return [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255].join('.');
  }
}

/** The request as it stands on the wire. */
export function requestText({ path, headers, body }: Visit): string {
  const all = body === undefined ? headers : [...headers, ...bodyHeaders(body)];
  const method = body === undefined ? 'GET' : 'POST';
  return `${method} ${path} HTTP/1.1\r\n${all.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body ?? ''}`;
}

function bodyHeaders(body: string): Header[] {
  return [
    ['Content-Type', 'application/json'],
    ['Content-Length', String(Buffer.byteLength(body))],
  ];
}
