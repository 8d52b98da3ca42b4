// The frame of the small pages that visitors see, and how a page or its JSON twin goes out.

import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { endAnswer } from '../http/answer.ts';
import { nextRequestId } from '../http/request-id.ts';
import { wantsJson } from './accepted.ts';
import { Html, html } from './html.ts';
import { style } from './style.ts';

/** A style element; in a template, spaces around the style would change its hash. */
export function styleElement(css: string): Html {
  return new Html(`<style>${css}</style>`);
}

/** What a Content-Security-Policy calls it. */
export function styleHash(css: string): string {
  return `'sha256-${createHash('sha256').update(css).digest('base64')}'`;
}

/**
 * The one style of a page is allowed by its hash, and our own images because favicon.ico is one: without that, browsers do
 * not show it and complain on every page.
 */
export function policyFor(css: string): string {
  return `default-src 'none'; style-src ${styleHash(css)}; img-src 'self'; frame-ancestors 'none'; base-uri 'none'`;
}

const basePolicy = policyFor(style);
const policies = {
  none: `${basePolicy}; form-action 'none'`,
  // Chromium applies form-action to the redirect that answers a form, too, and a link may lead anywhere.
  leading: basePolicy,
} as const;

// Two boards on a post, one pointing each way.
const sign = html`<svg class="sign" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
  <path fill="currentColor" d="M14 5V3a2 2 0 0 1 4 0v2h7l5 4.5-5 4.5h-7v2h6v9h-6v6h-4v-6H7l-5-4.5L7 16h7v-2H8V5z" />
</svg>`;

export interface Page {
  readonly status: number;
  readonly title: string;
  readonly main: Html;
  /** Elements for the head besides those that every page has. */
  readonly head?: Html;
  /** The page's one style, where it is not that of the small pages. */
  readonly css?: string;
  /** Whether there is a form that leads on to a destination. */
  readonly form?: 'none' | 'leading';
  /** What a client that accepts JSON gets instead. */
  readonly json: unknown;
  /** Where that has another status than the page. */
  readonly jsonStatus?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** @param css the page's one style */
export function documentOf({ title, head, main }: Pick<Page, 'title' | 'head' | 'main'>, css = style): string {
  const content = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${title}</title>${head ?? ''}
<style>`.text;
  return `${content}${css}</style>
</head>
<body>
<main>
${sign.text}
${main.text}
</main>
</body>
</html>
`;
}

export function sendPage(request: IncomingMessage, response: ServerResponse, page: Page): void {
  const isJson = wantsJson(request.headers);
  const text = isJson ? JSON.stringify(page.json) : documentOf(page, page.css);
  const headers: Record<string, string> = {
    'Content-Type': isJson ? 'application/json; charset=utf-8' : 'text/html; charset=utf-8',
    'Content-Length': String(Buffer.byteLength(text)),
    'Cache-Control': 'private, no-store',
    Vary: 'Accept',
    'X-Robots-Tag': 'noindex',
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
    'Content-Security-Policy':
      page.css === undefined ? policies[page.form ?? 'none'] : `${policyFor(page.css)}; form-action 'none'`,
    ...page.headers,
  };
  // Set, and not among what writeHead sends: only then can the log's line name it.
  response.setHeader('X-Request-Id', nextRequestId());
  endAnswer(
    response.writeHead(isJson ? (page.jsonStatus ?? page.status) : page.status, headers),
    request.method === 'HEAD' ? undefined : text,
  );
}
