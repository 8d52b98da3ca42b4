// Finds the route of an API request, authenticates it, runs it and sends its answer. Every failure leaves in the API's own shape.

import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { IttyRouter } from 'itty-router';
import type { Logger } from 'pino';
import type { Identity } from '../accounts/identity.ts';
import { type KeyRequirement, meets } from '../accounts/scopes.ts';
import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import type { Once } from '../storage/writer-protocol.ts';
import { type Answer, send, statusOf } from './answer.ts';
import { parseJson, readBytes, requireJson } from './body.ts';
import type { Entrance } from './entrance.ts';
import { onceOf } from './idempotency.ts';
import { pathOf } from './request-path.ts';
import { nativeSpeech, type Speech } from './speech.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** What a route is given. */
export interface ApiRequest {
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly requestId: string;
  /** Who asks; present on every route that is not public. */
  readonly identity: Identity;
  /** The bytes of the body, of whatever kind; read once, when asked for. */
  readonly bytes: () => Promise<Buffer>;
  /** The JSON body. */
  readonly json: () => Promise<unknown>;
  /** What the Idempotency-Key header asks for; undefined without it. */
  readonly once: () => Promise<Once | undefined>;
}

interface RouteBase {
  readonly method: Method;
  /** As in `/api/v1/links/:id`. */
  readonly path: string;
  /** A GET that changes something: there is no HEAD to it, which must not. */
  readonly isUnsafe?: true;
}

export interface PrivateRoute extends RouteBase {
  readonly scope: KeyRequirement;
  handle(request: ApiRequest): Answer | Promise<Answer>;
}

/** Answers anyone, without a key. */
export interface PublicRoute extends RouteBase {
  readonly scope: 'public';
  /** Not limited by address, as a health check must not be: no monitor is ever told to come later. */
  readonly isUnlimited?: true;
  handle(request: Omit<ApiRequest, 'identity' | 'once'>): Answer | Promise<Answer>;
}

export type Route = PrivateRoute | PublicRoute;

/** Who a change is recorded for. */
export function actorOf({ userId, key, limits }: Identity): { userId: number; keyId: number; maxLinks: number } {
  return { userId, keyId: key.id, maxLinks: limits.maxLinks };
}

interface Match {
  readonly route: Route | undefined;
  readonly params: Readonly<Record<string, string>>;
  /** For a known path with another method. */
  readonly allow: string;
}

interface MatchRequest {
  readonly method: string;
  readonly url: string;
  params?: Record<string, string>;
}

interface RouterOptions {
  readonly routes: readonly Route[];
  /** Of another API than the native one. */
  readonly speech?: Speech;
  readonly entrance: Entrance;
  readonly clock: Clock;
  readonly log: Logger;
  /** Told which route answers, once that is known. */
  readonly routed?: (response: ServerResponse, route: string) => void;
}

// What a URL parser makes another path of: without this, `/api/../healthz` would be the health check to us and something
// else to a proxy that guards `/api`.
const rewrittenByParser = /[\\#]|\/(?:\.|%2e){1,2}(?:\/|$)/i;

/** Sorts `/qr/generate` before `/qr/:id`, which would take it for an id: a name is more than a place for any. */
function matchOrder(path: string): string {
  return path.replace(/[^/]+/g, (part) => (part.startsWith(':') ? '1' : '0'));
}

export class ApiRouter {
  readonly #paths = IttyRouter();
  readonly #speech: Speech;
  readonly #entrance: Entrance;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #routed: RouterOptions['routed'];

  constructor({ routes, speech = nativeSpeech, entrance, clock, log, routed }: RouterOptions) {
    this.#speech = speech;
    this.#entrance = entrance;
    this.#clock = clock;
    this.#log = log;
    this.#routed = routed;
    const byPath = [...Map.groupBy(routes, ({ path }) => path)];
    for (const [path, own] of byPath.toSorted(([a], [b]) => (matchOrder(a) < matchOrder(b) ? -1 : 1))) {
      const allow: string[] = [];
      for (const route of own) {
        const found = (request: MatchRequest): Match => ({ route, params: request.params ?? {}, allow: '' });
        const methods = route.method === 'GET' && route.isUnsafe !== true ? ['GET', 'HEAD'] : [route.method];
        for (const method of methods) this.#register(method, path, found);
        allow.push(...methods);
      }
      this.#register('ALL', path, () => ({ route: undefined, params: {}, allow: allow.join(', ') }));
    }
  }

  /** Answers the request, whatever happens. */
  async handle(request: IncomingMessage, response: ServerResponse, requestId: string): Promise<void> {
    response.setHeader('X-Request-Id', requestId);
    try {
      // Sent in here: an answer that cannot be written is a failure, too.
      const answer = await this.#answer(request, response, requestId);
      if (!response.destroyed) send(response, answer, (error) => this.#logFailure(request, requestId, error));
    } catch (error) {
      // The client went away in the middle of its body: nothing of ours failed, and there is nobody left to answer.
      if (error === request.errored) return;
      if (!(error instanceof AppError) || statusOf[error.code] >= 500) this.#logFailure(request, requestId, error);
      // The client may be gone by now; then there is nobody left to answer.
      if (response.destroyed) return;
      const isStranger = error instanceof AppError && error.code === 'UNAUTHORIZED';
      send(response, this.failure(error, isStranger ? { 'WWW-Authenticate': 'Bearer' } : {}));
    }
  }

  /** An error as this API's clients know it. */
  failure(error: unknown, headers: Readonly<Record<string, string>>): Answer {
    return this.#speech.failure(error, headers);
  }

  async #answer(request: IncomingMessage, response: ServerResponse, requestId: string): Promise<Answer> {
    const match = await this.#match(request);
    if (match === undefined) throw new AppError('NOT_FOUND', 'no such path');
    const { route, params, allow } = match;
    if (route !== undefined) this.#routed?.(response, route.path);
    if (route === undefined) {
      return this.#speech.failure(new AppError('METHOD_NOT_ALLOWED', `this path takes ${allow}`), { Allow: allow });
    }
    const url = request.url ?? '/';
    const mark = url.indexOf('?');
    const query = mark === -1 ? '' : url.slice(mark + 1);
    let read: Promise<Buffer> | undefined;
    const bytes = (): Promise<Buffer> => (read ??= readBytes(request));
    const apiRequest = {
      params,
      query: new URLSearchParams(query),
      headers: request.headers,
      requestId,
      bytes,
      json: async () => {
        requireJson(request);
        return parseJson(await bytes());
      },
    };
    if (route.scope === 'public') {
      if (route.isUnlimited !== true) this.#entrance.admitAnyone(request);
      return route.handle(apiRequest);
    }
    const secret = await this.#speech.secretOf(apiRequest);
    const identity = this.#entrance.admitKey(request, response, secret);
    requireScope(identity, route.scope);
    this.#speech.checkQuery?.(query);
    const once = async (): Promise<Once | undefined> =>
      onceOf(request, { userId: identity.userId, secret: secret! }, await bytes(), this.#clock.now());
    return route.handle({ ...apiRequest, identity, once });
  }

  #logFailure(request: IncomingMessage, requestId: string, error: unknown): void {
    this.#log.error({ requestId, method: request.method, path: pathOf(request), err: error }, 'request failed');
  }

  async #match(request: IncomingMessage): Promise<Match | undefined> {
    const path = pathOf(request);
    if (rewrittenByParser.test(path)) return undefined;
    // The router wants an absolute URL; host and query play no part in finding the route.
    const found: unknown = await this.#paths.fetch({ method: request.method ?? 'GET', url: `http://api${path}` });
    return found as Match | undefined;
  }

  #register(method: string, path: string, found: (request: MatchRequest) => Match): void {
    const register = (this.#paths as Record<string, (path: string, handler: unknown) => unknown>)[method.toLowerCase()];
    register?.(path, found);
  }
}

function requireScope({ key }: Identity, scope: KeyRequirement): void {
  if (meets(key, scope)) return;
  const lack = scope === 'full-key' ? 'is limited to some scopes' : `lacks the scope ${scope}`;
  throw new AppError('FORBIDDEN', `this key ${lack}`);
}
