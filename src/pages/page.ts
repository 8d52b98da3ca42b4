// The frame of the small pages that visitors see, and how a page or its JSON twin goes out.

import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Html, html } from './html.ts';

const style = `
:root { color-scheme: light dark; --ground: #f7f7f5; --ink: #1c1c1a; --quiet: #5d5d58; --line: #d6d6d0; --accent: #1f5fbf; }
@media (prefers-color-scheme: dark) { :root { --ground: #17181a; --ink: #ececea; --quiet: #a6a6a0; --line: #3a3b3e; --accent: #8ab4f8; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1.5rem; background: var(--ground); color: var(--ink);
  font: 1.0625rem/1.6 system-ui, sans-serif; }
main { width: 100%; max-width: 28rem; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .5rem; }
p { margin: 0 0 1rem; color: var(--quiet); overflow-wrap: anywhere; }
a { color: var(--accent); }
label { display: block; margin-bottom: .35rem; }
input, button { width: 100%; font: inherit; padding: .65rem .8rem; border-radius: .5rem; border: 1px solid var(--line); background: var(--ground); color: inherit; }
button { margin-top: .75rem; border-color: var(--accent); background: var(--accent); color: var(--ground); cursor: pointer; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
[role=alert] { color: inherit; border-left: 4px solid #c2410c; padding-left: .75rem; }
`;

// The one style is allowed by its hash; nothing else is.
const styleHash = createHash('sha256').update(style).digest('base64');
const policy = `default-src 'none'; style-src 'sha256-${styleHash}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'`;

export interface Page {
  readonly status: number;
  readonly title: string;
  readonly main: Html;
  /** What a client that accepts JSON gets instead. */
  readonly json: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

function documentOf({ title, main }: Page): string {
  const content = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${title}</title>
<style>`.text;
  return `${content}${style}</style>
</head>
<body>
<main>
${main.text}
</main>
</body>
</html>
`;
}

/** Whether the client would rather have JSON than a page. */
export function wantsJson(accept: string | undefined): boolean {
  if (accept === undefined || accept.includes('text/html')) return false;
  return /\bapplication\/(?:[\w.+-]+\+)?json\b/i.test(accept);
}

export function sendPage(request: IncomingMessage, response: ServerResponse, page: Page): void {
  const isJson = wantsJson(request.headers.accept);
  const text = isJson ? JSON.stringify(page.json) : documentOf(page);
  const headers: Record<string, string> = {
    'Content-Type': isJson ? 'application/json; charset=utf-8' : 'text/html; charset=utf-8',
    'Content-Length': String(Buffer.byteLength(text)),
    'Cache-Control': 'private, no-store',
    Vary: 'Accept',
    'X-Robots-Tag': 'noindex',
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'no-referrer',
    'Content-Security-Policy': policy,
    ...page.headers,
  };
  response.writeHead(page.status, headers).end(request.method === 'HEAD' ? undefined : text);
}
