// Everything on a short domain that is neither a link nor the API: the root, robots.txt and its kind, and paths that nobody knows.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../core/clock.ts';
import { sendRedirect } from '../http/visitor-answers.ts';
import { nextRequestId } from '../http/request-id.ts';
import { faviconBytes } from './favicon.ts';
import type { OwnFile } from './own-files.ts';
import { wantsJson } from './accepted.ts';
import { plainPages } from './visitor-pages.ts';

// Crawlers may open short links: these carry a noindex of their own, which nobody could read who was kept out.
const ownRobots: OwnFile = {
  type: 'text/plain; charset=utf-8',
  bytes: Buffer.from('User-agent: *\nDisallow: /api/\n'),
};
const ownFavicon = (): OwnFile => ({ type: 'image/x-icon', bytes: faviconBytes() });

const dayMs = 24 * 60 * 60 * 1000;
// RFC 9116 advises less than a year: whoever finds an old copy should not trust it.
const contactValidDays = 180;

interface SiteFile {
  readonly type: string;
  readonly body: string | Buffer;
  readonly maxAgeS: number;
}

/** What is particular to the domain that is asked. */
export interface Site {
  /** As in a Host header. */
  readonly host: string;
  /** Where `/` leads; null: to the built-in page. */
  readonly rootRedirect: string | null;
  /** Where paths lead that are neither a link nor anything else; null: to the built-in page. */
  readonly notFoundUrl: string | null;
}

interface SitePagesOptions {
  /** In place of our own. */
  readonly robots: OwnFile | undefined;
  readonly favicon: OwnFile | undefined;
  /** A URI, as in security.txt. */
  readonly securityContact: string | undefined;
  readonly clock: Clock;
}

export class SitePages {
  readonly #files: ReadonlyMap<string, () => SiteFile>;

  constructor({ robots = ownRobots, favicon = ownFavicon(), securityContact, clock }: SitePagesOptions) {
    const files = new Map<string, () => SiteFile>([
      ['/robots.txt', () => ({ type: robots.type, body: robots.bytes, maxAgeS: 3600 })],
      ['/favicon.ico', () => ({ type: favicon.type, body: favicon.bytes, maxAgeS: 86_400 })],
    ]);
    if (securityContact !== undefined) {
      files.set('/.well-known/security.txt', () => ({
        type: 'text/plain; charset=utf-8',
        body: securityText(securityContact, clock.now()),
        maxAgeS: 3600,
      }));
    }
    this.#files = files;
  }

  /** Answers any request. @param path without the query */
  handle(request: IncomingMessage, response: ServerResponse, path: string, site: Site): void {
    const file = this.#files.get(path)?.();
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      // What is not there is not there for any method; and nothing that was sent is passed on to where unknown paths lead.
      if (file === undefined && path !== '/') plainPages.notFound(request, response);
      else plainPages.methodNotAllowed(request, response, 'GET, HEAD');
    } else if (file !== undefined) sendFile(request, response, file);
    else if (path === '/') sendRoot(request, response, site);
    else sendNotFound(request, response, path, site);
  }
}

function sendRoot(request: IncomingMessage, response: ServerResponse, { host, rootRedirect }: Site): void {
  if (rootRedirect === null || leadsBack(rootRedirect, host, '/')) plainPages.home(request, response);
  else sendRedirect(response, 302, rootRedirect);
}

function sendNotFound(request: IncomingMessage, response: ServerResponse, path: string, site: Site): void {
  const { host, notFoundUrl } = site;
  // Programs look under /.well-known/ for what is there, and must be told that it is not.
  const staysHere = notFoundUrl === null || wantsJson(request.headers) || path.startsWith('/.well-known/');
  if (staysHere || leadsBack(notFoundUrl, host, path)) plainPages.notFound(request, response);
  else sendRedirect(response, 302, notFoundUrl);
}

/** Whether the redirect would come back to the address that it starts from. */
function leadsBack(location: string, host: string, path: string): boolean {
  const url = new URL(location);
  return url.host === host.toLowerCase() && url.pathname === path;
}

function securityText(contact: string, now: number): string {
  // By the day, so that the file stays the same for as long as caches keep it.
  const expires = (Math.floor(now / dayMs) + contactValidDays) * dayMs;
  return `Contact: ${contact}\nExpires: ${new Date(expires).toISOString()}\n`;
}

function sendFile({ method }: IncomingMessage, response: ServerResponse, { type, body, maxAgeS }: SiteFile): void {
  response.writeHead(200, {
    'Content-Type': type,
    'Content-Length': Buffer.byteLength(body),
    'Cache-Control': `public, max-age=${maxAgeS}`,
    'X-Content-Type-Options': 'nosniff',
    'X-Request-Id': nextRequestId(),
  });
  response.end(method === 'HEAD' ? undefined : body);
}
