// `signpost.account` and `signpost.apiKeys`: whose key this is, what is used of the plan, and the keys themselves.

import type { ApiKey, Operations } from './api-types.ts';
import { Pages } from './pages.ts';
import { type CallOptions, segment, type Transport } from './transport.ts';

export class AccountClient {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  me(options?: CallOptions): Promise<Operations['getMe']['data']> {
    return this.#transport.data({ method: 'GET', path: '/me', options });
  }

  usage(options?: CallOptions): Promise<Operations['getUsage']['data']> {
    return this.#transport.data({ method: 'GET', path: '/usage', options });
  }
}

export class ApiKeysClient {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** The secret is in this answer and nowhere else. */
  create(key: Operations['createApiKey']['body'], options?: CallOptions): Promise<Operations['createApiKey']['data']> {
    return this.#transport.data({ method: 'POST', path: '/api-keys', body: key, options });
  }

  list(query: Operations['listApiKeys']['query'] = {}, options?: CallOptions): Pages<ApiKey> {
    return new Pages(this.#transport, { method: 'GET', path: '/api-keys', query, options });
  }

  revoke(id: string, options?: CallOptions): Promise<void> {
    return this.#transport.json({ method: 'DELETE', path: `/api-keys/${segment(id)}`, options });
  }
}
