// The part of the application that proves and serves custom domains. Wired by application.ts.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import { domainRoutes } from './api/domains.ts';
import type { Clock } from './core/clock.ts';
import type { Domains } from './domains/domain.ts';
import { listVerifiedDomains } from './domains/domain-store.ts';
import { OwnDomains } from './domains/own-domains.ts';
import { TxtLookups } from './domains/txt-lookup.ts';
import { Verifier } from './domains/verifier.ts';
import type { ClientAddresses } from './http/client-address.ts';
import type { Documented } from './http/route-docs.ts';
import type { Route } from './http/router.ts';
import { TlsCheck, tlsCheckPath } from './http/tls-check.ts';
import { DomainLinks } from './links/domain-links.ts';
import type { LinkResolver } from './links/link-resolver.ts';
import type { Links } from './links/links.ts';
import type { Connection } from './storage/query.ts';
import type { Writer } from './storage/writer.ts';

interface DomainApplicationOptions {
  readonly reader: Connection;
  readonly writer: Writer;
  readonly domains: Domains;
  readonly links: Links;
  readonly resolver: LinkResolver;
  readonly clientAddresses: ClientAddresses;
  readonly dnsServers: readonly string[];
  /** Whether that name is the server's own, and no custom domain can have it. */
  readonly isServerName: (name: string) => boolean;
  readonly ownHosts: (name: string) => boolean;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface DomainApplication {
  readonly routes: readonly Documented<Route>[];
  /** Answers a proxy that asks whether it may have a certificate for a name, and gives the route; undefined: it was not asked that. */
  handleTlsCheck(request: IncomingMessage, response: ServerResponse): string | undefined;
  recheck(): Promise<void>;
  /** Follows what somebody else has written into the database: links and domains are read anew. */
  refresh(): void;
  /** The server is about to stop: look-ups end now. */
  endWaits(): void;
}

export function buildDomainApplication(options: DomainApplicationOptions): DomainApplication {
  const { reader, writer, domains, links, resolver, clock, log, isServerName, ownHosts } = options;
  const tlsCheck = new TlsCheck(domains, options.clientAddresses);
  const txtLookups = new TxtLookups(options.dnsServers);
  const verifier = new Verifier({ reader, writer, domains, lookUp: txtLookups.lookUp, clock, log });
  return {
    routes: domainRoutes({
      domains: new OwnDomains({ reader, writer, verifier, clock }),
      domainLinks: new DomainLinks({ reader, writer, domains, links, resolver, clock }),
      isServerName,
      ownHosts,
      clock,
    }),
    handleTlsCheck: (request, response) => (tlsCheck.handle(request, response) ? tlsCheckPath : undefined),
    recheck: () => verifier.recheckDue(),
    refresh() {
      resolver.forgetAll();
      domains.replaceAll(listVerifiedDomains(reader));
    },
    endWaits() {
      verifier.close();
      txtLookups.close();
    },
  };
}
