// Which dialect a path belongs to, if any, and the way there. A dialect is loaded when somebody first speaks it: most servers
// never hear most of them.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AppError } from '../core/errors.ts';
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
    return this.#withRouter(request, response, (router) => router.handle(request, response, nextRequestId()));
  }

  /** As `handle`, with an error. */
  refuse(
    request: IncomingMessage,
    response: ServerResponse,
    error: AppError,
    headers: Readonly<Record<string, string>>,
  ): boolean {
    return this.#withRouter(request, response, (router) => router.refuse(response, error, headers));
  }

  #withRouter(
    request: IncomingMessage,
    response: ServerResponse,
    use: (router: ApiRouter) => void | Promise<void>,
  ): boolean {
    const name = dialectAt(pathOf(request));
    const { isEnabled, servesApi } = this.#options;
    if (name === undefined || !isEnabled[name] || !servesApi(request)) return false;
    let router = this.#routers.get(name);
    if (router === undefined) this.#routers.set(name, (router = this.#load(name)));
    void router.then(use).catch((error: unknown) => {
      this.#options.context.log.error({ dialect: name, err: error }, 'a dialect failed');
      response.destroy();
    });
    return true;
  }

  async #load(name: DialectName): Promise<ApiRouter> {
    const { context } = this.#options;
    const { routes, speech } = await loaders[name](context);
    return new ApiRouter({ routes, speech, entrance: context.entrance, clock: context.clock, log: context.log });
  }
}
