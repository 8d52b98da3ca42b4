// Where a link may lead: parses destinations and deep links once, at the edge.
// What passes is a URL that a browser opens as it stands, ASCII only and so always a valid Location header.

import { domainToUnicode } from 'node:url';
import { type AppError, invalidField } from '../core/errors.ts';

/** Bytes of a URL, as given and as stored. */
export const maxUrlBytes = 8192;

export interface DestinationRules {
  /**
   * Whether a host is one of this server's short domains. Asked with the host as the WHATWG URL parser writes it:
   * lower-case ASCII, no trailing dot, with the port only where it is not the scheme's own.
   */
  readonly ownHosts: (host: string) => boolean;
  /** Whether `user:password@` may stand before the host; default false, since it mostly dresses one site up as another. */
  readonly allowCredentials?: boolean;
}

// The parser silently drops tabs and newlines anywhere and spaces at the ends; a person who pasted those should hear of it.
const controls = /\p{Cc}/u;
// Without the slashes the parser would still find a host in `https:example.com`, which is not an absolute URL.
const absoluteWebUrl = /^https?:\/\/(?![/\\])/i;
// Two characters at least, so that `C:\file` is not taken for a scheme.
const anyScheme = /^([a-z][a-z0-9+.-]+):/i;

/** Schemes that run code in the page, read local files or show the browser's inside. */
const forbiddenSchemes: ReadonlySet<string> = new Set([
  'about',
  'blob',
  'data',
  'file',
  'filesystem',
  'javascript',
  'vbscript',
  'view-source',
]);

/** The scheme of a text that a scanner or browser would open and that runs code or reads files; undefined for any other text. */
export function forbiddenScheme(text: string): string | undefined {
  // Browsers drop tabs and line breaks, and spaces before it.
  const scheme = anyScheme.exec(text.replace(/[\t\n\r]/g, '').trimStart())?.[1]?.toLowerCase();
  return scheme !== undefined && forbiddenSchemes.has(scheme) ? scheme : undefined;
}

const intentScheme = /;scheme=([^;]*)/gi;

function invalidUrl(path: string, phrase: string): AppError {
  return invalidField(path, `${path} ${phrase}`, 'INVALID_URL');
}

function checkText(text: string, path: string): void {
  if (text.length > maxUrlBytes || Buffer.byteLength(text) > maxUrlBytes) {
    throw invalidUrl(path, `is longer than ${maxUrlBytes} bytes`);
  }
  if (controls.test(text)) throw invalidUrl(path, 'contains a control character, tab or line break');
  if (!text.isWellFormed()) throw invalidUrl(path, 'contains half of a surrogate pair');
  if (text !== text.trim()) throw invalidUrl(path, 'begins or ends with a space');
}

function checkUrl(url: URL, path: string, rules: DestinationRules): string {
  if (rules.allowCredentials !== true && (url.username !== '' || url.password !== '')) {
    throw invalidUrl(path, 'carries a user name or password');
  }
  const href = url.href;
  if (href.length > maxUrlBytes) throw invalidUrl(path, `is longer than ${maxUrlBytes} bytes once percent-encoded`);
  return href;
}

/** Whether a label claims to be Punycode and is not: Node's parser lets it pass, browsers and the URL Standard do not. */
function hasBrokenPunycode(host: string): boolean {
  return host.includes('xn--') && /(?:^|\.)xn--/.test(domainToUnicode(host));
}

/** `go.example.` and `go.example` are the same host to DNS, and so to a loop. */
function hostWithoutRootDot(url: URL): string {
  const name = url.hostname.replace(/\.+$/, '');
  return url.port === '' ? name : `${name}:${url.port}`;
}

/**
 * An absolute http(s) URL, as the WHATWG URL parser writes it (https://url.spec.whatwg.org/#url-serializing).
 * @param path the field it came in, for the error
 * @throws AppError INVALID_URL
 */
export function parseDestination(text: string, path: string, rules: DestinationRules): string {
  checkText(text, path);
  const url = absoluteWebUrl.test(text) ? URL.parse(text) : null;
  if (url === null) throw invalidUrl(path, 'must be an absolute http:// or https:// URL');
  if (hasBrokenPunycode(url.hostname)) throw invalidUrl(path, 'has a host name that is broken Punycode');
  const href = checkUrl(url, path, rules);
  if (rules.ownHosts(hostWithoutRootDot(url)))
    throw invalidUrl(path, "leads back to one of this server's own short domains");
  return href;
}

/**
 * A URL that opens an app: any scheme but those that run code or read files; http(s) ones obey `parseDestination`.
 * @throws AppError INVALID_URL
 */
export function parseDeepLink(text: string, path: string, rules: DestinationRules): string {
  checkText(text, path);
  const scheme = anyScheme.exec(text)?.[1]?.toLowerCase();
  if (scheme === undefined) throw invalidUrl(path, 'must be an absolute URL or a deep link such as app://path');
  if (scheme === 'http' || scheme === 'https') return parseDestination(text, path, rules);
  if (forbiddenSchemes.has(scheme)) throw invalidUrl(path, `must not use the scheme ${scheme}:`);
  const url = URL.parse(text);
  if (url === null) throw invalidUrl(path, 'is not a valid URL');
  // Android's intent: names the scheme it opens in its fragment.
  if (scheme === 'intent') {
    for (const [, inner = ''] of url.href.matchAll(intentScheme)) {
      if (forbiddenSchemes.has(inner.toLowerCase()))
        throw invalidUrl(path, `must not use the scheme ${inner.toLowerCase()}:`);
    }
  }
  return checkUrl(url, path, rules);
}
