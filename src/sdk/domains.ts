// `signpost.domains`: domains of one's own, and the proof that they are.

import type { Domain, Operations } from './api-types.ts';
import { Pages } from './pages.ts';
import { type CallOptions, segment, type Transport } from './transport.ts';

const pathOf = (id: string, rest = ''): string => `/domains/${segment(id)}${rest}`;

export class DomainsClient {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** `verificationRecord` says what to put into the DNS. */
  create(domain: Operations['createDomain']['body'], options?: CallOptions): Promise<Domain> {
    return this.#transport.data({ method: 'POST', path: '/domains', body: domain, options });
  }

  list(query: Operations['listDomains']['query'] = {}, options?: CallOptions): Pages<Domain> {
    return new Pages(this.#transport, { method: 'GET', path: '/domains', query, options });
  }

  get(id: string, options?: CallOptions): Promise<Domain> {
    return this.#transport.data({ method: 'GET', path: pathOf(id), options });
  }

  update(id: string, change: Operations['changeDomain']['body'], options?: CallOptions): Promise<Domain> {
    return this.#transport.data({ method: 'PATCH', path: pathOf(id), body: change, options });
  }

  delete(id: string, options?: CallOptions): Promise<void> {
    return this.#transport.json({ method: 'DELETE', path: pathOf(id), options });
  }

  /** Looks for the proof now. */
  verify(id: string, options?: CallOptions): Promise<Domain> {
    return this.#transport.data({ method: 'POST', path: pathOf(id, '/verify'), options });
  }

  /** Moves all its links to another domain. */
  moveLinks(
    id: string,
    to: Operations['moveDomainLinks']['body'],
    options?: CallOptions,
  ): Promise<Operations['moveDomainLinks']['data']> {
    return this.#transport.data({ method: 'POST', path: pathOf(id, '/move-links'), body: to, options });
  }
}
