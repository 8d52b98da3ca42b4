// Which dialect a path belongs to, if any, and the way there. A dialect is loaded when somebody first speaks it: most servers
// never hear most of them.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AppError } from '../core/errors.ts';
import type { Answer } from '../http/answer.ts';
import { nextRequestId } from '../http/request-id.ts';
import { pathOf } from '../http/request-path.ts';
import { ApiRouter } from '../http/router.ts';
import type { Dialect, DialectContext } from './dialect.ts';

export type DialectName = 'urlgo' | 'xgd' | 'yeb';

interface DialectsOptions {
  readonly isEnabled: Readonly<Record<DialectName, boolean>>;
  /** Whether the API answers on the host of a request; on custom domains a dialect's paths are like any other. */
  readonly servesApi: (request: IncomingMessage) => boolean;
  readonly context: DialectContext;
}

const loaders: Readonly<Record<DialectName, (context: DialectContext) => Promise<Dialect>>> = {
  urlgo: async (context) => (await import('./urlgo/urlgo.ts')).urlgoDialect(context),
  xgd: async (context) => (await import('./xgd/xgd.ts')).xgdDialect(context),
  yeb: async (context) => (await import('./yeb/yeb.ts')).yebDialect(context),
};

function isAtOrBelow(path: string, base: string): boolean {
  return path.startsWith(base) && (path.length === base.length || path.charCodeAt(base.length) === 0x2f);
}

function dialectAt(path: string): DialectName | undefined {
  if (isAtOrBelow(path, '/V1')) return 'xgd';
  if (isAtOrBelow(path, '/v1')) return 'yeb';
  return isAtOrBelow(path, '/api/v1/user') || isAtOrBelow(path, '/api/v1/short-url') ? 'urlgo' : undefined;
}

export class Dialects {
  readonly #options: DialectsOptions;
  readonly #routers = new Map<DialectName, Promise<ApiRouter>>();

  constructor(options: DialectsOptions) {
    this.#options = options;
  }

  /** Answers when the path is one of a dialect that is spoken here; false leaves the request to others. */
  handle(request: IncomingMessage, response: ServerResponse): boolean {
    const { isEnabled, servesApi, context } = this.#options;
    const name = dialectAt(pathOf(request));
    if (name === undefined || !isEnabled[name] || !servesApi(request)) return false;
    void this.#router(name)
      .then((router) => router.handle(request, response, nextRequestId()))
      .catch((error: unknown) => {
        context.log.error({ dialect: name, err: error }, 'a dialect failed');
        response.destroy();
      });
    return true;
  }

  /** The answer to a request that is not let in, where its path is one of a dialect that is spoken here. */
  refusal(
    request: IncomingMessage,
    error: AppError,
    headers: Readonly<Record<string, string>>,
  ): Promise<Answer> | undefined {
    const { isEnabled, servesApi } = this.#options;
    const name = dialectAt(pathOf(request));
    // Nor does it lead anywhere without a host, which may be in the part of it that cannot be read.
    const isHere = request.headers.host === undefined || servesApi(request);
    if (name === undefined || !isEnabled[name] || !isHere) return undefined;
    return this.#router(name).then((router) => router.failure(error, headers));
  }

  #router(name: DialectName): Promise<ApiRouter> {
    let router = this.#routers.get(name);
    if (router === undefined) this.#routers.set(name, (router = this.#load(name)));
    return router;
  }

  async #load(name: DialectName): Promise<ApiRouter> {
    const { context } = this.#options;
    const { routes, speech } = await loaders[name](context);
    return new ApiRouter({ routes, speech, entrance: context.entrance, clock: context.clock, log: context.log });
  }
}
