// GET /internal/tls-check?domain=: whether a proxy may ask for a certificate for a name (Caddy's on-demand TLS). One look-up
// in memory: no DNS, no database, whatever a stranger puts into a handshake.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Domains } from '../domains/domain.ts';
import type { ClientAddresses } from './client-address.ts';
import { nextRequestId } from './request-id.ts';

export const tlsCheckPath = '/internal/tls-check';

const maxNameLength = 254;

function isLoopback(address: string): boolean {
  return address === '::1' || /^(?:::ffff:)?127\./.test(address);
}

export class TlsCheck {
  readonly #domains: Domains;
  readonly #clientAddresses: ClientAddresses;

  constructor(domains: Domains, clientAddresses: ClientAddresses) {
    this.#domains = domains;
    this.#clientAddresses = clientAddresses;
  }

  /**
   * Answers a proxy that asks for itself: one on this machine or a trusted one. False for everything else, and also for what
   * a proxy passes on, so that visitors find nothing here.
   */
  handle(request: IncomingMessage, response: ServerResponse): boolean {
    const { url = '/', method, headers, socket } = request;
    if (url.split('?', 1)[0] !== tlsCheckPath || (method !== 'GET' && method !== 'HEAD')) return false;
    const peer = socket.remoteAddress ?? '';
    const isProxy = isLoopback(peer) || this.#clientAddresses.isTrusted(peer);
    const isPassedOn = ['x-forwarded-for', 'x-forwarded-host', 'forwarded', 'via'].some((name) => name in headers);
    if (!isProxy || isPassedOn) return false;
    const name = new URLSearchParams(url.slice(tlsCheckPath.length + 1)).get('domain') ?? '';
    const isServed = name.length <= maxNameLength && this.#domains.serves(name);
    const text = isServed ? 'yes\n' : 'no\n';
    response.writeHead(isServed ? 200 : 404, {
      'Content-Type': 'text/plain; charset=utf-8',
      'Content-Length': text.length,
      'Cache-Control': 'no-store',
      'X-Request-Id': nextRequestId(),
    });
    response.end(method === 'HEAD' ? undefined : text);
    return true;
  }
}
