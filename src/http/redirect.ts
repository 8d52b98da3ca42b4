// The hot path: a short link's GET, from the request to the 302. It stands before any router, and answers only after the hit
// is stored as durably as configured.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Languages } from '../clicks/language.ts';
import type { HitListener, Outcome, Recorder } from '../clicks/recorder.ts';
import type { Referrers } from '../clicks/referrer.ts';
import { judge, verdictCode } from '../clicks/verdict.ts';
import type { Visitor, Visitors } from '../clicks/visitors.ts';
import type { Clock } from '../core/clock.ts';
import type { Domains } from '../domains/domain.ts';
import { decide, type GoneReason, type Link } from '../links/link.ts';
import type { LinkResolver } from '../links/link-resolver.ts';
import { mergeQuery } from '../links/query.ts';
import { slugFromPath } from '../links/slug.ts';
import type { ClientAddresses } from './client-address.ts';

/** The pages a visitor may see instead of a redirect. */
export interface VisitorPages {
  notFound(request: IncomingMessage, response: ServerResponse): void;
  gone(request: IncomingMessage, response: ServerResponse, reason: GoneReason): void;
  unavailable(request: IncomingMessage, response: ServerResponse): void;
  /** The form that asks for the link's password; tells nothing of where the link goes. */
  password(request: IncomingMessage, response: ServerResponse, link: Link): void;
}

interface RedirectorOptions {
  readonly domains: Domains;
  readonly resolver: LinkResolver;
  readonly visitors: Visitors;
  readonly referrers: Referrers;
  readonly languages: Languages;
  readonly recorder: Recorder;
  readonly clientAddresses: ClientAddresses;
  readonly pages: VisitorPages;
  readonly clock: Clock;
}

const counted = 0;

/** One redirect that waits for its hit to be stored. */
class PendingRedirect implements HitListener {
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #link: Link;
  readonly #location: string;
  readonly #pages: VisitorPages;

  constructor(request: IncomingMessage, response: ServerResponse, link: Link, location: string, pages: VisitorPages) {
    this.#request = request;
    this.#response = response;
    this.#link = link;
    this.#location = location;
    this.#pages = pages;
  }

  settled(outcome: Outcome): void {
    if (outcome === 'recorded') sendRedirect(this.#response, this.#link.redirectStatus, this.#location);
    else if (outcome === 'refused')
      sendGone(this.#request, this.#response, 'used_up', this.#link.expiredUrl, this.#pages);
    // A limit must be exact, so a hit that could not be stored must not pass; any other visitor is let through.
    else if (clickLimitOf(this.#link) > 0) this.#pages.unavailable(this.#request, this.#response);
    else sendRedirect(this.#response, this.#link.redirectStatus, this.#location);
  }
}

/** How many counted clicks the link allows in all; 0: any number. */
function clickLimitOf(link: Link): number {
  return link.oneTime ? 1 : (link.clickLimit ?? 0);
}

function sendRedirect(response: ServerResponse, status: number, location: string): void {
  // A flat list: node writes it out without building a header object first.
  response.writeHead(status, [
    'Location',
    location,
    'Cache-Control',
    // No cache may answer in our place: it would hide the next click and every later edit.
    'private, no-store',
    'X-Robots-Tag',
    'noindex',
    'Referrer-Policy',
    'no-referrer-when-downgrade',
    'Content-Length',
    '0',
  ]);
  response.end();
}

function sendGone(
  request: IncomingMessage,
  response: ServerResponse,
  reason: GoneReason,
  redirectTo: string | null,
  pages: VisitorPages,
): void {
  if (redirectTo === null) pages.gone(request, response, reason);
  else sendRedirect(response, 302, redirectTo);
}

export class Redirector {
  readonly #options: RedirectorOptions;

  constructor(options: RedirectorOptions) {
    this.#options = options;
  }

  /** Answers when the path is a short link; false leaves the request to others. Only GET and HEAD are redirected. */
  handle(request: IncomingMessage, response: ServerResponse): boolean {
    const { domains, resolver, clientAddresses } = this.#options;
    const { url = '/', headers, socket } = request;
    const mark = url.indexOf('?');
    const slug = slugFromPath(mark === -1 ? url.slice(1) : url.slice(1, mark));
    if (slug === undefined) return false;
    const host = clientAddresses.forwardedHost(socket.remoteAddress, headers) ?? headers.host ?? '';
    const link = resolver.resolve(domains.byHostHeader(host).id, slug);
    if (link === undefined) return false;
    this.#answer(request, response, link, mark === -1 ? '' : url.slice(mark + 1));
    return true;
  }

  #answer(request: IncomingMessage, response: ServerResponse, link: Link, query: string): void {
    const { resolver, visitors, referrers, languages, clientAddresses, recorder, pages, clock } = this.#options;
    const { headers, method } = request;
    const now = clock.now();
    const address = clientAddresses.of(request.socket.remoteAddress, headers);
    const visitor = visitors.identify(address, headers['user-agent'], now);
    const limit = clickLimitOf(link);
    const decision = decide(link, linkVisitor(visitor), now, limit > 0 && resolver.clicksOf(link) >= limit);
    if (decision.kind === 'gone') {
      sendGone(request, response, decision.reason, decision.redirectTo, pages);
      return;
    }
    if (decision.kind === 'password') {
      pages.password(request, response, link);
      return;
    }
    const verdict = verdictCode(judge({ method, headers, userAgent: visitor.userAgent, filterBots: link.filterBots }));
    const location = mergeQuery(decision.url, link.utm, query, link.forwardQuery);
    recorder.record(
      {
        linkId: link.id,
        clickedAt: now,
        visitor,
        referrer: referrers.host(headers.referer) ?? '',
        language: languages.primary(headers['accept-language']) ?? '',
        verdict,
        limit: verdict === counted ? limit : 0,
        totalOnly: !link.trackAnalytics,
      },
      new PendingRedirect(request, response, link, location, pages),
    );
  }
}

function linkVisitor(visitor: Visitor) {
  return {
    platform: visitor.userAgent.platform,
    device: visitor.userAgent.device,
    country: () => visitor.country,
    unlocked: false,
  };
}
