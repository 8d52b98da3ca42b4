// `/:slug+`: shows where a link would lead. Never redirects, never counts, and gives away nothing that a password guards.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { noReferrer } from '../clicks/referrer.ts';
import { mergeQuery } from '../links/query.ts';
import { parseTarget } from './link-target.ts';
import type { Redirector } from './redirect.ts';
import type { VisitorPages } from './visitor-answers.ts';

export class Previewer {
  readonly #redirector: Redirector;
  readonly #pages: VisitorPages;

  constructor(redirector: Redirector, pages: VisitorPages) {
    this.#redirector = redirector;
    this.#pages = pages;
  }

  /** Answers a GET or HEAD when it asks for the preview of a link that there is; false leaves the request to others. */
  handle(request: IncomingMessage, response: ServerResponse): boolean {
    const { path, query, isPreview } = parseTarget(request.url ?? '/');
    const link = isPreview ? this.#redirector.find(request, path) : undefined;
    if (link === undefined) return false;
    const visit = this.#redirector.visit(request, link, false);
    const { decision } = visit;
    if (decision.kind === 'gone') this.#pages.gone(request, response, decision.reason);
    else if (decision.kind === 'password') {
      const prompt = { problem: 'none', retryAfterS: 0, referrer: '' } as const;
      void this.#redirector.askPassword(request, response, link, visit, prompt);
    } else {
      const location = mergeQuery(decision.url, link.utm, query, link.forwardQuery);
      const show = (): void => this.#pages.preview(request, response, link, location);
      // Of a visit of which only the click is kept nothing is: this is none.
      if (request.method !== 'GET' || !this.#redirector.keepsVisit(link, request.headers)) show();
      else this.#redirector.record(request, link, visit, 'preview_page', noReferrer, { settled: show });
    }
    return true;
  }
}
