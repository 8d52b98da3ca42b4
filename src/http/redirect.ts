// The hot path: a short link's GET, from the request to the 302. It stands before any router, and answers only after the hit
// is stored as durably as configured.

import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { DuplicateWindow } from '../clicks/duplicate-window.ts';
import type { Languages } from '../clicks/language.ts';
import type { HitListener, Recorder } from '../clicks/recorder.ts';
import type { Referrer, Referrers } from '../clicks/referrer.ts';
import { asksForPrivacy, judge, type Verdict, verdictCode } from '../clicks/verdict.ts';
import type { VisitContexts } from '../clicks/visit-context.ts';
import type { Visitor, Visitors } from '../clicks/visitors.ts';
import type { Clock } from '../core/clock.ts';
import type { Domain, Domains } from '../domains/domain.ts';
import { clickLimitOf, decide, type Decision, hasCard, type Link, type RedirectStatus } from '../links/link.ts';
import type { LinkResolver } from '../links/link-resolver.ts';
import type { PasswordVisits } from '../links/password-visits.ts';
import { mergeQuery } from '../links/query.ts';
import { slugFromPath } from '../links/slug.ts';
import { isTrackingPath } from '../qr/qr-code.ts';
import type { ScannedQr } from '../qr/qr-store.ts';
import type { Scans } from '../qr/scans.ts';
import type { ClientAddresses } from './client-address.ts';
import type { UnlockCookies } from './unlock-cookie.ts';
import { PendingRedirect, type PasswordPrompt, sendGone, type VisitorPages } from './visitor-answers.ts';

/** What a redirect reads of a request, whoever parsed it. */
export interface RedirectRequest {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly socket: { readonly remoteAddress?: string | undefined };
}

/** Where somebody is simply sent on to. */
export interface PlainRedirect {
  readonly status: RedirectStatus;
  readonly location: string;
  /** The hit uses up a limit: without it being stored, nobody is sent on. */
  readonly isLimited: boolean;
}

interface RedirectorOptions {
  readonly domains: Domains;
  readonly resolver: LinkResolver;
  readonly scans: Scans;
  readonly visitors: Visitors;
  readonly referrers: Referrers;
  readonly languages: Languages;
  readonly contexts: VisitContexts;
  readonly recorder: Recorder;
  /** undefined: every visit counts. */
  readonly duplicates: DuplicateWindow | undefined;
  /** Whether nothing is kept of visitors whose browsers ask for that. */
  readonly respectsDnt: boolean;
  readonly clientAddresses: ClientAddresses;
  readonly unlockCookies: UnlockCookies;
  readonly passwordVisits: PasswordVisits;
  readonly pages: VisitorPages;
  /** Whether links are answered below `/l/`, too, where why one does not lead on is nobody's business: it is not found. */
  readonly hasDiscreetPaths: boolean;
  readonly clock: Clock;
}

/** What recording a hit reads of what was hit. */
export type CountedThing = Pick<Link, 'id' | 'utm' | 'oneTime' | 'clickLimit' | 'trackAnalytics' | 'filterBots'>;

/** A thing that is counted and is no link, as links are by default. */
const countedByDefault: Omit<CountedThing, 'id'> = {
  utm: { source: null, medium: null, campaign: null, term: null, content: null },
  oneTime: false,
  clickLimit: null,
  trackAnalytics: true,
  filterBots: true,
};

/** Who asks for a link, when, and what they get. */
export interface Visit {
  readonly now: number;
  /** In canonical spelling; empty where the client has gone already. */
  readonly address: string;
  readonly visitor: Visitor;
  readonly decision: Decision;
}

/** What is recorded of a visit; without a decision: there was none to make. */
type RecordedVisit = Pick<Visit, 'now' | 'visitor'> & Partial<Pick<Visit, 'decision'>>;

/** What the right password adds to its redirect. */
export interface Unlocking {
  /** The value of Set-Cookie. */
  readonly cookie: string;
  /** As in PasswordPrompt, but as the visitor sent it. */
  readonly referrer: string;
}

function getsCard(link: Link, { userAgent }: Visitor): boolean {
  return userAgent.automation === 'preview' && hasCard(link);
}

function verdictOf(
  request: RedirectRequest,
  { filterBots }: CountedThing,
  { userAgent, isFiltered }: Visitor,
): Verdict {
  return judge({ method: request.method, headers: request.headers, userAgent, isFiltered, filterBots });
}

/** The path after its first `/`, and the query without its mark. */
function splitTarget({ url = '/' }: RedirectRequest): { path: string; query: string } {
  const mark = url.indexOf('?');
  return mark === -1 ? { path: url.slice(1), query: '' } : { path: url.slice(1, mark), query: url.slice(mark + 1) };
}

const discreetPrefix = '/l/';

export class Redirector {
  readonly #options: RedirectorOptions;
  /** Where nothing says why a link does not lead on. */
  readonly #discreetPages: VisitorPages;

  constructor(options: RedirectorOptions) {
    this.#options = options;
    const { pages } = options;
    this.#discreetPages = { ...pages, gone: (request, response) => pages.notFound(request, response) };
  }

  /** Answers when the path is a short link; false leaves the request to others. Only GET and HEAD are redirected. */
  handle(request: IncomingMessage, response: ServerResponse): boolean {
    const { path, query } = splitTarget(request);
    const link = this.find(request, path);
    if (link !== undefined) this.redirect(request, response, link, query);
    // Not left to others: what is said of an unknown code and of an expired link must be the same.
    else if (this.#isDiscreet(request)) this.#options.pages.notFound(request, response);
    else return false;
    return true;
  }

  /**
   * Records the visit of somebody who is simply sent on; the listener is told once the hit is stored, or cannot be. Undefined,
   * with nothing recorded, when the request gets a page or is for no link: `handle` answers those.
   */
  sendOn(request: RedirectRequest, listener: HitListener): PlainRedirect | undefined {
    const { path, query } = splitTarget(request);
    const link = this.find(request, path);
    if (link === undefined) return undefined;
    const visit = this.visit(request, link, false);
    const { decision, visitor } = visit;
    if (decision.kind !== 'redirect' || getsCard(link, visitor)) return undefined;
    const location = mergeQuery(decision.url, link.utm, query, link.forwardQuery);
    const referrer = this.#options.referrers.parse(request.headers.referer);
    this.#recordSent(request, link, visit, verdictOf(request, link, visitor), referrer, listener);
    return { status: link.redirectStatus, location, isLimited: clickLimitOf(link) > 0 };
  }

  /** @param path of the request after its first `/`, without the query, as node:http hands it over */
  find(request: RedirectRequest, path: string): Link | undefined {
    const { resolver } = this.#options;
    const isBelow = this.#options.hasDiscreetPaths && path.startsWith('l/');
    const slug = slugFromPath(isBelow ? path.slice('l/'.length) : path);
    if (slug !== undefined) return resolver.find(this.#domainOf(request), slug);
    const scanned = this.#scanned(request, path);
    return scanned && resolver.at(scanned);
  }

  #domainOf({ headers, socket }: RedirectRequest): Domain {
    const { domains, clientAddresses } = this.#options;
    return domains.byHostHeader(clientAddresses.forwardedHost(socket.remoteAddress, headers) ?? headers.host ?? '');
  }

  /** The QR code whose tracking URL this is. */
  #scanned(request: RedirectRequest, path: string): ScannedQr | undefined {
    return isTrackingPath(path) ? this.#options.scans.find(path, this.#domainOf(request)) : undefined;
  }

  /** @param isUnlocked whether the visitor has just given the right password; if not, a cookie may say so */
  visit({ headers, socket }: RedirectRequest, link: Link, isUnlocked: boolean): Visit {
    const { resolver, visitors, clientAddresses, unlockCookies, clock } = this.#options;
    const now = clock.now();
    const address = clientAddresses.of(socket.remoteAddress, headers);
    const visitor = visitors.identify(address, headers['user-agent'], now);
    const limit = clickLimitOf(link);
    const unlocked = isUnlocked || (link.passwordHash !== null && unlockCookies.isUnlocked(link, headers.cookie, now));
    const usedUp = limit > 0 && resolver.consumedOf(link) >= limit;
    return { now, address, visitor, decision: decide(link, linkVisitor(visitor, unlocked), now, usedUp) };
  }

  /** Sends the visitor on, once the hit is stored, or shows the page that says why not. */
  redirect(request: IncomingMessage, response: ServerResponse, link: Link, query: string, unlocking?: Unlocking): void {
    const { referrers } = this.#options;
    const pages = this.#pagesFor(request);
    const { headers } = request;
    const visit = this.visit(request, link, unlocking !== undefined);
    const { decision, visitor } = visit;
    if (decision.kind === 'gone') {
      sendGone(request, response, decision.reason, this.#isDiscreet(request) ? null : decision.redirectTo, pages);
      return;
    }
    const referrer = referrers.parse(unlocking === undefined ? headers.referer : `https://${unlocking.referrer}`);
    if (decision.kind === 'password') {
      const prompt = { problem: 'none', retryAfterS: 0, referrer: referrer.host } as const;
      void this.askPassword(request, response, link, visit, prompt);
      return;
    }
    const verdict = verdictOf(request, link, visitor);
    const location = mergeQuery(decision.url, link.utm, query, link.forwardQuery);
    if (getsCard(link, visitor)) {
      // Nobody is sent on, so it is no click, even where programs count.
      this.record(request, link, visit, verdict === 'counted' ? 'preview' : verdict, referrer, {
        settled: () => pages.card(request, response, link, location),
      });
      return;
    }
    const usedUpUrl = this.#isDiscreet(request) ? null : link.expiredUrl;
    const waiting = new PendingRedirect(request, response, link, location, usedUpUrl, pages, unlocking?.cookie);
    this.#recordSent(request, link, visit, verdict, referrer, waiting);
  }

  /** Shows the form that asks for the password, once it is noted that it was shown. */
  async askPassword(
    request: IncomingMessage,
    response: ServerResponse,
    link: Link,
    { address, now }: Pick<Visit, 'address' | 'now'>,
    prompt: PasswordPrompt,
  ): Promise<void> {
    const { passwordVisits, pages } = this.#options;
    const keptAddress = this.keepsVisit(link, request.headers) ? address : null;
    if (request.method === 'GET') await passwordVisits.note('view', link.id, keptAddress, now);
    pages.password(request, response, prompt);
  }

  /** Whether the path is one where nobody may learn that the link is there: no preview, and no word of it where it does not lead on. */
  hides(request: RedirectRequest, link: Link, isPreview: boolean): boolean {
    return this.#isDiscreet(request) && (isPreview || this.visit(request, link, true).decision.kind === 'gone');
  }

  #isDiscreet({ url = '/' }: RedirectRequest): boolean {
    return this.#options.hasDiscreetPaths && url.startsWith(discreetPrefix);
  }

  #pagesFor(request: RedirectRequest): VisitorPages {
    return this.#isDiscreet(request) ? this.#discreetPages : this.#options.pages;
  }

  /** False where the hit may be counted, and nothing else be kept of the visit. */
  keepsVisit(link: CountedThing, headers: RedirectRequest['headers']): boolean {
    return link.trackAnalytics && !(this.#options.respectsDnt && asksForPrivacy(headers));
  }

  /**
   * Records that somebody opened what is no link, a gallery or an item of one, by the rules of links.
   * @param counterId what it is recorded under (galleries/counter-store.ts)
   */
  recordOpening(request: RedirectRequest, counterId: number, listener: HitListener): void {
    const { visitors, referrers, clientAddresses, clock } = this.#options;
    const { headers, socket } = request;
    const now = clock.now();
    const visitor = visitors.identify(clientAddresses.of(socket.remoteAddress, headers), headers['user-agent'], now);
    const opened = { ...countedByDefault, id: counterId };
    const verdict = verdictOf(request, opened, visitor);
    this.#recordSent(request, opened, { now, visitor }, verdict, referrers.parse(headers.referer), listener);
  }

  /** Stores one hit; the listener is told when that has been done, or cannot be. */
  record(
    request: RedirectRequest,
    link: CountedThing,
    { now, visitor, decision }: RecordedVisit,
    verdict: Verdict,
    referrer: Referrer,
    listener: HitListener,
  ): void {
    const { languages, contexts, recorder } = this.#options;
    const { path, query } = splitTarget(request);
    const hit = {
      linkId: link.id,
      clickedAt: now,
      visitor,
      referrer,
      context: contexts.of({
        language: languages.primary(request.headers['accept-language']) ?? '',
        target: decision?.kind === 'redirect' ? decision.target : '',
        qr: this.#scanned(request, path)?.qrPublicId ?? '',
        query,
        utm: link.utm,
      }),
      verdict: verdictCode(verdict),
      limit: verdict === 'counted' ? clickLimitOf(link) : 0,
      totalOnly: !this.keepsVisit(link, request.headers),
    };
    recorder.record(hit, listener);
  }

  /** As `record`, of somebody who is sent on: that may be a duplicate. */
  #recordSent(
    request: RedirectRequest,
    link: CountedThing,
    visit: RecordedVisit,
    verdict: Verdict,
    referrer: Referrer,
    listener: HitListener,
  ): void {
    const { duplicates } = this.#options;
    const { visitor, now } = visit;
    if (duplicates === undefined || verdict !== 'counted')
      this.record(request, link, visit, verdict, referrer, listener);
    else if (duplicates.repeats(link.id, visitor.hash, now)) {
      this.record(request, link, visit, 'duplicate', referrer, listener);
    } else {
      const watching = duplicates.watching(link.id, visitor.hash, now, listener);
      this.record(request, link, visit, verdict, referrer, watching);
    }
  }
}

function linkVisitor(visitor: Visitor, unlocked: boolean) {
  return {
    platform: visitor.userAgent.platform,
    device: visitor.userAgent.device,
    country: () => visitor.place.country,
    unlocked,
  };
}
