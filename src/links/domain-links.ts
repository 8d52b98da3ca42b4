// Changes of a domain that its links feel: settings with the slug rule among them, and the end of a domain. What is in memory
// follows.

import type { Clock } from '../core/clock.ts';
import type { Domain, Domains, DomainSettings } from '../domains/domain.ts';
import { findDomainById } from '../domains/domain-store.ts';
import type { Connection } from '../storage/query.ts';
import type { Writer } from '../storage/writer.ts';
import { changeDomain, removeDomain } from './domain-links-store.ts';
import type { LinkResolver } from './link-resolver.ts';

interface DomainLinksOptions {
  readonly reader: Connection;
  readonly writer: Writer;
  readonly domains: Domains;
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

  /** Throws NOT_FOUND, also for another user's domain; CONFLICT while anything is on it, and says how much. */
  async remove(userId: number, publicId: string): Promise<void> {
    const { writer, domains } = this.#options;
    domains.drop(await writer.run(removeDomain, { userId, publicId }));
  }
}
