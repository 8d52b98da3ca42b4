// Changes of a domain that its links feel: settings with the slug rule among them, a move to another domain, and the end of a
// domain. What is in memory follows.

import type { Clock } from '../core/clock.ts';
import { invalidField } from '../core/errors.ts';
import type { Domain, Domains, DomainSettings } from '../domains/domain.ts';
import { findDomainById } from '../domains/domain-store.ts';
import type { Connection } from '../storage/query.ts';
import type { Writer } from '../storage/writer.ts';
import type { Once } from '../storage/writer-protocol.ts';
import { changeDomain, removeDomain } from './domain-links-store.ts';
import type { LinkResolver } from './link-resolver.ts';
import { type MovedLinks, moveLinks } from './link-write-store.ts';
import type { Actor, Links } from './links.ts';

interface DomainLinksOptions {
  readonly reader: Connection;
  readonly writer: Writer;
  readonly domains: Domains;
  readonly links: Links;
  readonly resolver: LinkResolver;
  readonly clock: Clock;
}

export class DomainLinks {
  readonly #options: DomainLinksOptions;

  constructor(options: DomainLinksOptions) {
    this.#options = options;
  }

  /** Absent fields stay as they are. Throws NOT_FOUND, also for another user's domain; CONFLICT when its slugs do not allow the new rule. */
  async change(userId: number, publicId: string, fields: Partial<DomainSettings>): Promise<Domain> {
    const { reader, writer, domains, resolver, clock } = this.#options;
    const changed = await writer.run(changeDomain, { userId, publicId, fields, now: clock.now() });
    const stored = findDomainById(reader, changed.id);
    if (stored !== undefined) domains.put(stored);
    if (fields.slugCase !== undefined) resolver.forgetAll();
    return changed;
  }

  /**
   * Moves links to another of the caller's domains: up to 500 in one call, with a version of each in its history. Throws
   * VALIDATION_ERROR or DOMAIN_NOT_VERIFIED where no links may be made there.
   */
  async move(actor: Actor, from: Domain, to: string, once?: Once): Promise<MovedLinks> {
    const { writer, links, resolver } = this.#options;
    const { id: toId } = links.domainFor(actor.userId, to);
    if (toId === from.id) throw invalidField('domain', 'domain is the one that the links are on');
    const outcome = await writer.run(moveLinks, { change: links.changeBy(actor), fromId: from.id, toId }, once);
    resolver.forgetAll();
    return outcome;
  }

  /** Throws NOT_FOUND, also for another user's domain; CONFLICT while anything is on it, and says how much. */
  async remove(userId: number, publicId: string): Promise<void> {
    const { writer, domains } = this.#options;
    domains.drop(await writer.run(removeDomain, { userId, publicId }));
  }
}
