// A POST of a link's password. Within the limits on tries it is checked, and when it is right the visitor is sent on: that
// redirect is the click, and the cookie that comes with it opens the link for an hour.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import type { Link } from '../links/link.ts';
import type { PasswordVisits } from '../links/password-visits.ts';
import type { Passwords } from '../links/passwords.ts';
import { carriedQuery } from '../links/query.ts';
import { slugInUrl } from '../links/slug.ts';
import { AttemptLimit } from './attempt-limit.ts';
import { type LinkTarget, parseTarget } from './link-target.ts';
import { type GivenPassword, readPassword } from './password-body.ts';
import type { Redirector } from './redirect.ts';
import { sendRedirect, type VisitorPages } from './visitor-answers.ts';
import type { UnlockCookies } from './unlock-cookie.ts';

interface UnlockerOptions {
  readonly redirector: Redirector;
  readonly passwords: Passwords;
  readonly passwordVisits: PasswordVisits;
  readonly unlockCookies: UnlockCookies;
  readonly pages: VisitorPages;
  readonly clock: Clock;
  readonly log: Logger;
}

export class Unlocker {
  readonly #options: UnlockerOptions;
  readonly #attempts: AttemptLimit;

  constructor(options: UnlockerOptions) {
    this.#options = options;
    this.#attempts = new AttemptLimit(options.clock);
  }

  /** Answers what is sent to a link by another method than GET or HEAD; false, where there is none, leaves the request to others. */
  handle(request: IncomingMessage, response: ServerResponse): boolean {
    const { redirector, pages } = this.#options;
    const target = parseTarget(request.url ?? '/');
    const link = redirector.find(request, target.path);
    if (link === undefined || redirector.hides(request, link, target.isPreview)) return false;
    if (link.passwordHash === null) pages.methodNotAllowed(request, response, 'GET, HEAD');
    else if (request.method === 'POST') void this.#answer(request, response, target);
    else pages.methodNotAllowed(request, response, 'GET, HEAD, POST');
    return true;
  }

  async #answer(request: IncomingMessage, response: ServerResponse, target: LinkTarget): Promise<void> {
    const { pages, log } = this.#options;
    try {
      const given = await readPassword(request);
      // Looked for again: a body may take its time, and the link may have changed.
      const link = this.#find(request, target);
      if (link === undefined) throw new AppError('NOT_FOUND', 'there is no such link any more');
      await this.#unlock(request, response, target, link, given);
    } catch (error) {
      // The client went away in the middle of its body: there is nobody left to answer.
      if (error === request.errored) return;
      if (!(error instanceof AppError)) log.error({ err: error }, 'unlocking a link failed');
      pages.failed(request, response, error);
    }
  }

  async #unlock(
    request: IncomingMessage,
    response: ServerResponse,
    target: LinkTarget,
    link: Link,
    { password, referrer }: GivenPassword,
  ): Promise<void> {
    const { redirector, passwordVisits, unlockCookies, pages, clock } = this.#options;
    const { decision, address } = redirector.visit(request, link, true);
    // A link that leads nowhere any more says so, and no password is checked for it.
    if (decision.kind === 'gone') {
      redirector.redirect(request, response, link, target.query);
      return;
    }
    const prompt = { retryAfterS: 0, referrer };
    if (password === '') {
      pages.password(request, response, { ...prompt, problem: 'missing' });
      return;
    }
    await passwordVisits.note('attempt', link.id, null, clock.now());
    const waitMs = this.#attempts.begin(link.id, address);
    if (waitMs > 0) {
      const retryAfterS = Math.ceil(waitMs / 1000);
      pages.password(request, response, { ...prompt, problem: 'too_many_tries', retryAfterS });
      return;
    }
    const isRight = await this.#check(link, address, password);
    // Whoever left meanwhile is not sent on, and must not use up a click.
    if (response.destroyed) return;
    const current = this.#find(request, target);
    if (!isRight || current?.id !== link.id || current.passwordVersion !== link.passwordVersion) {
      pages.password(request, response, { ...prompt, problem: 'wrong' });
      return;
    }
    const cookie = unlockCookies.issue(current, clock.now());
    if (!target.isPreview) {
      redirector.redirect(request, response, current, target.query, { cookie, referrer });
      return;
    }
    response.setHeader('Set-Cookie', cookie);
    sendRedirect(response, 303, `/${slugInUrl(current.slug)}+${carriedQuery(target.query)}`);
  }

  async #check(link: Link, address: string, password: string): Promise<boolean> {
    let counts = false;
    try {
      const isRight = await this.#options.passwords.matches(link.passwordHash as string, password);
      counts = !isRight;
      return isRight;
    } finally {
      // A right answer is no guess, and one that could not be checked has told nothing.
      if (!counts) this.#attempts.forgive(link.id, address);
    }
  }

  #find(request: IncomingMessage, { path }: LinkTarget): Link | undefined {
    const link = this.#options.redirector.find(request, path);
    return link === undefined || link.passwordHash === null ? undefined : link;
  }
}
