// Everything below /bio/: a gallery's page, its owner's style sheet, the way to what its items lead to, and the frames of its videos.
// What is not there or not published is left to whoever answers unknown paths, so that nobody can tell the two apart.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../core/clock.ts';
import type { Domains } from '../domains/domain.ts';
import type { Galleries } from '../galleries/galleries.ts';
import { type Gallery, type GalleryItem, isOpenable, type LinkedLink } from '../galleries/gallery.ts';
import type { PreviewTokens } from '../galleries/preview-token.ts';
import type { ClientAddresses } from '../http/client-address.ts';
import type { Redirector } from '../http/redirect.ts';
import { sendRedirect } from '../http/visitor-answers.ts';
import { nextRequestId } from '../http/request-id.ts';
import { slugFromPath, slugInUrl } from '../links/slug.ts';
import { galleryDocument, type GalleryView, imageOrigins } from './gallery-page.ts';
import { playerDocument, playerStyle } from './gallery-player.ts';
import { lookOf } from './gallery-themes.ts';
import { styleHash } from './page.ts';
import { plainPages } from './visitor-pages.ts';

const prefix = '/bio/';
const player = 'https://www.youtube-nocookie.com';

interface GalleryPagesOptions {
  readonly galleries: Galleries;
  readonly previews: PreviewTokens;
  readonly redirector: Redirector;
  readonly domains: Domains;
  readonly clientAddresses: ClientAddresses;
  readonly urlOf: (gallery: Gallery) => string;
  readonly shortUrlOf: (link: LinkedLink) => string;
  readonly clock: Clock;
}

/** A gallery that the visitor may see. */
interface Opened {
  readonly gallery: Gallery;
  readonly path: string;
  /** Whether it is shown to its owner, or whoever they gave the address to; then nothing is counted. */
  readonly isPreview: boolean;
  readonly query: string;
}

interface Page {
  readonly type: string;
  readonly text: string;
  readonly policy: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export class GalleryPages {
  readonly #options: GalleryPagesOptions;

  constructor(options: GalleryPagesOptions) {
    this.#options = options;
  }

  /** Answers a request below /bio/ where there is something to see; false leaves it to others. */
  handle(request: IncomingMessage, response: ServerResponse, path: string): boolean {
    const show = path.startsWith(prefix) ? this.#at(request, response, path) : undefined;
    if (show === undefined) return false;
    if (request.method === 'GET' || request.method === 'HEAD') show();
    else plainPages.methodNotAllowed(request, response, 'GET, HEAD');
    return true;
  }

  /** What shows what is there; undefined: nothing is. */
  #at(request: IncomingMessage, response: ServerResponse, path: string): (() => void) | undefined {
    const [slugPart = '', part, inner, ...more] = path.slice(prefix.length).replace(/\/$/, '').split('/');
    const opened = more.length === 0 ? this.#open(request, slugPart) : undefined;
    if (opened === undefined) return undefined;
    if (part === undefined) return () => this.#page(request, response, opened);
    if (part === 'style.css') {
      const { servedCss } = opened.gallery;
      const isThere = inner === undefined && servedCss !== null;
      return isThere ? () => sendStyle(request, response, servedCss) : undefined;
    }
    const { items } = this.#options.galleries.shown(opened.gallery);
    const item = items.find(({ publicId }) => publicId === part);
    if (item === undefined || !isOpenable(item)) return undefined;
    if (inner === undefined) return () => this.#follow(request, response, opened, item);
    const isPlayer = inner === 'player' && item.type === 'embed';
    return isPlayer ? () => sendPlayer(request, response, opened, item) : undefined;
  }

  #open({ headers, socket, url = '/' }: IncomingMessage, slugPart: string): Opened | undefined {
    const { galleries, previews, domains, clientAddresses, clock } = this.#options;
    const slug = slugFromPath(slugPart);
    if (slug === undefined) return undefined;
    const host = clientAddresses.forwardedHost(socket.remoteAddress, headers) ?? headers.host ?? '';
    const gallery = galleries.findAt(domains.byHostHeader(host).id, slug);
    if (gallery === undefined) return undefined;
    const mark = url.indexOf('?');
    const token = mark === -1 ? null : new URLSearchParams(url.slice(mark + 1)).get('preview');
    const isPreview = token !== null && previews.isValid(gallery, token, clock.now());
    if (!isPreview && !gallery.isPublished) return undefined;
    const path = `${prefix}${slugInUrl(gallery.slug)}`;
    return { gallery, path, isPreview, query: isPreview ? `?preview=${token}` : '' };
  }

  #page(request: IncomingMessage, response: ServerResponse, { gallery, path, isPreview, query }: Opened): void {
    const { galleries, redirector, urlOf } = this.#options;
    const shown = galleries.shown(gallery);
    const view: GalleryView = {
      ...shown,
      url: urlOf(gallery),
      path,
      query,
      ...(isPreview && { notice: noticeOf(gallery) }),
    };
    const show = (): void => {
      send(request, response, {
        type: 'text/html; charset=utf-8',
        text: galleryDocument(view),
        policy: policyOf(view),
        headers: isPreview ? { 'X-Robots-Tag': 'noindex' } : {},
      });
    };
    // Like a redirect: nobody has seen the page who is not in the numbers.
    if (isPreview) show();
    else redirector.recordOpening(request, gallery.counterId, { settled: show });
  }

  #follow(request: IncomingMessage, response: ServerResponse, { isPreview }: Opened, item: GalleryItem): void {
    const location = this.#leadsTo(request, item);
    const follow = (): void => sendRedirect(response, 302, location);
    if (isPreview) follow();
    else this.#options.redirector.recordOpening(request, item.counterId, { settled: follow });
  }

  /** A linked short link is opened at its own address: it counts the click, too, asks for its password and chooses its target there. */
  #leadsTo({ headers }: IncomingMessage, { type, link, url, embedData }: GalleryItem): string {
    if (type !== 'embed' || embedData === null) return link === null ? (url ?? '/') : this.#options.shortUrlOf(link);
    const isFrame = headers['sec-fetch-dest'] === 'iframe';
    if (isFrame) return `${player}/embed/${embedData.videoId}?autoplay=1&rel=0`;
    return `https://www.youtube.com/watch?v=${embedData.videoId}`;
  }
}

function noticeOf({ isPublished }: Gallery): string {
  return isPublished
    ? 'Preview: this is what visitors see. Nothing is counted.'
    : 'Preview: visitors do not see this page yet. Nothing is counted.';
}

function policyOf(view: GalleryView): string {
  const { gallery, items } = view;
  const hasStyle = gallery.servedCss !== null;
  const hasVideo = items.some(({ type }) => type === 'embed');
  const images = ["'self'", ...imageOrigins(view), ...(hasStyle ? ['data:'] : [])];
  return [
    "default-src 'none'",
    `style-src ${styleHash(lookOf(gallery).css)}${hasStyle ? " 'self'" : ''}`,
    `img-src ${images.join(' ')}`,
    ...(hasVideo ? [`frame-src 'self' ${player}`] : []),
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

function sendStyle(request: IncomingMessage, response: ServerResponse, servedCss: string): void {
  send(request, response, {
    type: 'text/css; charset=utf-8',
    text: servedCss,
    policy: "default-src 'none'",
    // Its address on the page changes with the gallery.
    headers: { 'Cache-Control': 'private, max-age=86400' },
  });
}

function sendPlayer(
  request: IncomingMessage,
  response: ServerResponse,
  { path, query }: Opened,
  item: GalleryItem,
): void {
  const image = item.thumbnailUrl === null ? '' : `; img-src ${new URL(item.thumbnailUrl).origin}`;
  send(request, response, {
    type: 'text/html; charset=utf-8',
    text: playerDocument(item, `${path}/${item.publicId}${query}`),
    policy: `default-src 'none'; style-src ${styleHash(playerStyle)}${image}; base-uri 'none'; form-action 'none'; frame-ancestors 'self'`,
    headers: { 'X-Robots-Tag': 'noindex' },
  });
}

function send({ method }: IncomingMessage, response: ServerResponse, { type, text, policy, headers }: Page): void {
  response.writeHead(200, {
    'Content-Type': type,
    'Content-Length': Buffer.byteLength(text),
    'X-Request-Id': nextRequestId(),
    'Cache-Control': 'private, no-store',
    'X-Content-Type-Options': 'nosniff',
    // YouTube's player asks for the origin of the page that it stands in.
    'Referrer-Policy': 'strict-origin-when-cross-origin',
    'Content-Security-Policy': policy,
    ...headers,
  });
  response.end(method === 'HEAD' ? undefined : text);
}
