// What a visitor is sent: the redirect itself, once its hit is stored, or a page that says why not.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HitListener, Outcome } from '../clicks/recorder.ts';
import { clickLimitOf, type GoneReason, type Link } from '../links/link.ts';
import { nextRequestId } from './request-id.ts';

/** Why a visitor sees the form that asks for a link's password, and what it has to carry on. */
export interface PasswordPrompt {
  readonly problem: 'none' | 'missing' | 'wrong' | 'too_many_tries';
  /** Whole seconds until the next try; 0 unless there were too many. */
  readonly retryAfterS: number;
  /** The host that the visitor came from, or ''; only the first request tells it. */
  readonly referrer: string;
}

/** The pages a visitor may see instead of a redirect. */
export interface VisitorPages {
  notFound(request: IncomingMessage, response: ServerResponse): void;
  gone(request: IncomingMessage, response: ServerResponse, reason: GoneReason): void;
  unavailable(request: IncomingMessage, response: ServerResponse): void;
  /** The form that asks for the link's password; tells nothing of where the link goes. */
  password(request: IncomingMessage, response: ServerResponse, prompt: PasswordPrompt): void;
  /** What a link-preview crawler is shown of a link that has og fields. */
  card(request: IncomingMessage, response: ServerResponse, link: Link, location: string): void;
  /** Where the link would lead this visitor. */
  preview(request: IncomingMessage, response: ServerResponse, link: Link, location: string): void;
  methodNotAllowed(request: IncomingMessage, response: ServerResponse, allow: string): void;
  /** What was sent cannot be used, or something failed on our side. */
  failed(request: IncomingMessage, response: ServerResponse, error: unknown): void;
}

/** No body, and nothing that may be kept: no cache may answer in our place. */
export function sendRedirect(response: ServerResponse, status: number, location: string): void {
  // Set, so that the log's line can name it.
  response.setHeader('X-Request-Id', nextRequestId());
  // A flat list: node writes it out without building a header object first.
  response.writeHead(status, [
    'Location',
    location,
    'Cache-Control',
    // A cache would hide the next click and every later edit.
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

export function sendGone(
  request: IncomingMessage,
  response: ServerResponse,
  reason: GoneReason,
  redirectTo: string | null,
  pages: VisitorPages,
): void {
  if (redirectTo === null) pages.gone(request, response, reason);
  else sendRedirect(response, 302, redirectTo);
}

/** One redirect that waits for its hit to be stored. */
export class PendingRedirect implements HitListener {
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #link: Link;
  readonly #location: string;
  readonly #usedUpUrl: string | null;
  readonly #pages: VisitorPages;
  readonly #cookie: string | undefined;

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    link: Link,
    location: string,
    usedUpUrl: string | null,
    pages: VisitorPages,
    cookie: string | undefined,
  ) {
    this.#request = request;
    this.#response = response;
    this.#link = link;
    this.#location = location;
    this.#usedUpUrl = usedUpUrl;
    this.#pages = pages;
    this.#cookie = cookie;
  }

  settled(outcome: Outcome): void {
    if (outcome === 'recorded') this.#send();
    else if (outcome === 'refused') sendGone(this.#request, this.#response, 'used_up', this.#usedUpUrl, this.#pages);
    // A limit must be exact, so a hit that could not be stored must not pass; any other visitor is let through.
    else if (clickLimitOf(this.#link) > 0) this.#pages.unavailable(this.#request, this.#response);
    else this.#send();
  }

  #send(): void {
    if (this.#cookie === undefined) {
      sendRedirect(this.#response, this.#link.redirectStatus, this.#location);
      return;
    }
    this.#response.setHeader('Set-Cookie', this.#cookie);
    // 303, whatever the link's own status: a 307 would make the browser send the password on to the destination.
    sendRedirect(this.#response, 303, this.#location);
  }
}
