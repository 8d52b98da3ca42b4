// What commands need to work on links as the API does: the same rules, on the database itself.

import { plansFrom } from '../accounts/plans.ts';
import { LinkPresenter } from '../api/link-object.ts';
import { systemClock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import { Domains } from '../domains/domain.ts';
import { listVerifiedDomains } from '../domains/domain-store.ts';
import type { CountedLink } from '../links/link.ts';
import type { LinkInputContext } from '../links/link-input.ts';
import { LinkResolver } from '../links/link-resolver.ts';
import { findAnyLink } from '../links/link-store.ts';
import { Links } from '../links/links.ts';
import { Passwords } from '../links/passwords.ts';
import { publicUrlOf } from '../server.ts';
import type { Operation } from '../storage/operation.ts';
import type { Connection } from '../storage/query.ts';
import type { Writer } from '../storage/writer.ts';
import type { Arguments } from './command.ts';
import { configFrom } from './config-flags.ts';

// A command looks at a few.
const cachedLinks = 100;

/** Runs operations on this connection, a transaction each. */
export function writerOn(connection: Connection): Pick<Writer, 'run'> {
  return {
    run<Input, Output>(operation: Operation<Input, Output>, input: Input): Promise<Output> {
      return Promise.resolve(connection.transaction(() => operation.apply(connection, input)).immediate());
    },
  };
}

export interface LinkAccess {
  readonly links: Links;
  readonly presenter: LinkPresenter;
  readonly inputContext: LinkInputContext;
  readonly plans: ReturnType<typeof plansFrom>;
}

export function linkAccess(given: Arguments, connection: Connection): LinkAccess {
  const config = configFrom(given);
  const publicUrl = publicUrlOf(config);
  const domains = new Domains(listVerifiedDomains(connection));
  const reserved = new Set(config['links.reserved_slugs']);
  const links = new Links({
    reader: connection,
    writer: writerOn(connection),
    domains,
    resolver: new LinkResolver(connection, cachedLinks),
    passwords: new Passwords(),
    reserved,
    // The server's next maintenance looks at how many there are.
    search: { written: () => {} },
    clock: systemClock,
  });
  return {
    links,
    presenter: new LinkPresenter(domains, publicUrl),
    inputContext: {
      now: systemClock.now(),
      reserved,
      ownHosts: (name) => name === publicUrl.host || domains.isOwn(name),
    },
    plans: plansFrom((plan, option) => config[`plans.${plan}.${option}`]),
  };
}

/** Throws NOT_FOUND. */
export function linkNamed(connection: Connection, publicId: string): CountedLink {
  const found = findAnyLink(connection, publicId);
  if (found === undefined) throw new AppError('NOT_FOUND', `there is no link ${publicId}`);
  return found;
}
