// Which host a request is for, and what is answered there: short links on each, the API on those of the server itself alone.

import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import type { Logger } from 'pino';
import { type Domain, type Domains, hostName } from '../domains/domain.ts';
import type { ClientAddresses } from './client-address.ts';

interface SiteHostsOptions {
  readonly domains: Domains;
  readonly clientAddresses: ClientAddresses;
  /** Names on which the API answers besides the default domain, localhost and addresses. */
  readonly apiHosts: readonly string[];
  /**
   * Whether the API answers on any name that is no custom domain, too: where nobody has told us our name, we cannot
   * know which one people use.
   */
  readonly takesAnyName: boolean;
  readonly log: Pick<Logger, 'warn'>;
}

// Anyone can make names up.
const maxRefusedNames = 20;

/** By which a machine reaches itself, or someone on the same network reaches it. */
function isAddressOrLocal(name: string): boolean {
  const bare = name.startsWith('[') ? name.slice(1, -1) : name;
  return isIP(bare) !== 0 || name === 'localhost' || name.endsWith('.localhost');
}

/** With all that is below /api: what answers on the server's own names, and on no custom domain. */
const servicePaths = new Set(['/api', '/healthz', '/readyz', '/openapi.json', '/docs']);

export function isApiPath(path: string): boolean {
  return path.startsWith('/api/') || servicePaths.has(path);
}

export class SiteHosts {
  readonly #options: SiteHostsOptions;
  readonly #apiHosts: ReadonlySet<string>;
  readonly #refused = new Set<string>();

  constructor(options: SiteHostsOptions) {
    this.#options = options;
    this.#apiHosts = new Set(options.apiHosts.map((name) => name.toLowerCase()));
  }

  /** As in a Host header: what the client asked for, by the word of a trusted proxy or else its own. */
  headerOf({ socket, headers }: IncomingMessage): string {
    return this.#options.clientAddresses.forwardedHost(socket.remoteAddress, headers) ?? headers.host ?? '';
  }

  domainOf(request: IncomingMessage): Domain {
    return this.#options.domains.byHostHeader(this.headerOf(request));
  }

  /** Whether the API and all that goes with it answer there. */
  servesApi(request: IncomingMessage): boolean {
    const { domains, takesAnyName } = this.#options;
    const name = hostName(this.headerOf(request));
    if (this.isServerName(name)) return true;
    return takesAnyName && !domains.isOwn(name);
  }

  /** Tells the operator, once for each name, that the API was asked for where it does not answer. */
  noteRefusedApi(request: IncomingMessage): void {
    const { domains, log } = this.#options;
    const name = hostName(this.headerOf(request));
    if (domains.isOwn(name) || this.#refused.has(name) || this.#refused.size >= maxRefusedNames) return;
    this.#refused.add(name);
    log.warn({ host: name }, 'the API was asked for on a name where it does not answer; see server.api_hosts');
  }

  /** Whether a name is the server's own, and can be nobody's custom domain. */
  isServerName(name: string): boolean {
    return name === this.#options.domains.default.host || this.#apiHosts.has(name) || isAddressOrLocal(name);
  }
}
