// What a user can do with domains of their own: add one, find and list them, and have one verified. Changes that touch the
// links on a domain are in links/domain-links.ts.

import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import { base62Alphabet, newId, randomText } from '../core/ids.ts';
import type { Connection } from '../storage/query.ts';
import type { Writer } from '../storage/writer.ts';
import type { Once } from '../storage/writer-protocol.ts';
import type { Domain, DomainSettings } from './domain.ts';
import { addDomain, countOwnDomains, type DomainPlace, findDomain, listDomains } from './domain-store.ts';
import type { Verifier } from './verifier.ts';

const tokenLength = 32;

interface OwnDomainsOptions {
  readonly reader: Connection;
  readonly writer: Writer;
  readonly verifier: Verifier;
  readonly clock: Clock;
}

export interface NewDomain extends DomainSettings {
  /** As `parseDomainName` gives it. */
  readonly host: string;
}

export class OwnDomains {
  readonly #options: OwnDomainsOptions;

  constructor(options: OwnDomainsOptions) {
    this.#options = options;
  }

  /** Throws CONFLICT when the user has it already or another user's is verified, or LIMIT_REACHED. */
  create(userId: number, wanted: NewDomain, maxDomains: number, once?: Once): Promise<Domain> {
    const { writer, clock } = this.#options;
    const verificationToken = randomText(base62Alphabet, tokenLength);
    const added = { ...wanted, publicId: newId('dom'), userId, verificationToken, now: clock.now(), maxDomains };
    return writer.run(addDomain, added, once);
  }

  /** Throws NOT_FOUND, also for another user's domain. */
  get(userId: number, publicId: string): Domain {
    const found = findDomain(this.#options.reader, userId, publicId);
    if (found === undefined) throw new AppError('NOT_FOUND', 'no such domain');
    return found;
  }

  /** Verified or not, the newest first. */
  list(userId: number, place: DomainPlace): { domains: readonly Domain[]; total: number } {
    const { reader } = this.#options;
    return { domains: listDomains(reader, userId, place), total: countOwnDomains(reader, userId) };
  }

  /** Looks for the proof now; the domain says what was found. Throws NOT_FOUND, CONFLICT or UNAVAILABLE. */
  verify(domain: Domain, once?: Once): Promise<Domain> {
    return this.#options.verifier.check(domain, once);
  }
}
