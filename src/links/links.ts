// What a user can do with links: make, find, change and archive them. Rules that need the database live here or in the
// operations of link-write-store.ts; rules of a single field are checked before (link-input.ts).

import type { Clock } from '../core/clock.ts';
import { AppError, invalidField } from '../core/errors.ts';
import { newOrderedId } from '../core/ids.ts';
import { type Domain, type Domains, storedName } from '../domains/domain.ts';
import { findDomainByHost } from '../domains/domain-store.ts';
import type { Connection } from '../storage/query.ts';
import type { Writer } from '../storage/writer.ts';
import type { Once } from '../storage/writer-protocol.ts';
import type { CountedLink, Link, UnstoredLink } from './link.ts';
import type { LinkChange, NewLink } from './link-input.ts';
import type { LinkResolver } from './link-resolver.ts';
import { clicksOf, findCountedLink, findLinkByCode } from './link-store.ts';
import {
  type Change,
  createLink,
  findOrCreateLink,
  type FoundOrCreatedLink,
  type LinkFields,
  updateLink,
  upsertLink,
} from './link-write-store.ts';
import type { Passwords } from './passwords.ts';
import type { LinkSearch } from './search/link-search.ts';
import { generateSlug } from './slug.ts';

interface LinksOptions {
  readonly reader: Connection;
  readonly writer: Pick<Writer, 'run'>;
  readonly domains: Domains;
  readonly resolver: LinkResolver;
  readonly passwords: Passwords;
  readonly reserved: ReadonlySet<string>;
  readonly search: Pick<LinkSearch, 'written'>;
  readonly clock: Clock;
}

/** Who asks for a change. */
export interface Actor {
  readonly userId: number;
  readonly keyId: number | null;
  /** How many links that are not archived their plan allows. */
  readonly maxLinks: number;
}

export class Links {
  readonly #options: LinksOptions;

  constructor(options: LinksOptions) {
    this.#options = options;
  }

  /**
   * Throws SLUG_EXISTS when the caller's own slug is taken; a drawn one is drawn again.
   * With `findExisting`, an identical live link of the caller's is returned instead, and `isNew` is false.
   */
  async create(actor: Actor, wanted: NewLink, once?: Once): Promise<FoundOrCreatedLink> {
    const { writer, resolver, search, reserved } = this.#options;
    const link = await this.prepare(actor, wanted);
    const { maxLinks } = actor;
    const insertion = { link, maxLinks, redrawWithout: wanted.slug === null ? reserved : undefined };
    const stored: FoundOrCreatedLink = wanted.findExisting
      ? await writer.run(findOrCreateLink, insertion, once)
      : { link: await writer.run(createLink, insertion, once), isNew: true, clickCount: 0, lastClickedAt: null };
    // An answer that is given again shows the link as it was then, not as it is.
    if (stored.link.publicId === link.publicId) resolver.remember(stored.link);
    if (stored.isNew) search.written(actor.userId, 1);
    return stored;
  }

  /** The link as it will be stored: domain looked up, password hashed, slug drawn where none is given. */
  async prepare(actor: Actor, wanted: NewLink): Promise<UnstoredLink> {
    const { password, domain } = wanted;
    // Before the costly hash: nobody makes the server hash for a link that cannot be made.
    this.domainFor(actor.userId, domain);
    const { clock, passwords } = this.#options;
    const passwordHash = password === null ? null : await passwords.hash(password);
    return this.unstored(actor, wanted, passwordHash, clock.now());
  }

  /** The same, with its password's hash, or null where it has none. */
  unstored(actor: Actor, wanted: NewLink, passwordHash: string | null, now: number): UnstoredLink {
    const { slug, domain, drawnLength } = wanted;
    return {
      // In the order of time: new ids lie side by side in the index.
      publicId: newOrderedId('lnk', now),
      userId: actor.userId,
      domainId: this.domainFor(actor.userId, domain).id,
      slug: slug ?? generateSlug(drawnLength, undefined, this.#options.reserved),
      alias: wanted.alias,
      // One by one: copying all but some takes longer than the rest of this.
      destinationUrl: wanted.destinationUrl,
      title: wanted.title,
      description: wanted.description,
      tags: wanted.tags,
      passwordHash,
      passwordVersion: 0,
      expiresAt: wanted.expiresAt,
      clickLimit: wanted.clickLimit,
      oneTime: wanted.oneTime,
      expiredUrl: wanted.expiredUrl,
      geoTargets: wanted.geoTargets,
      deviceTargets: wanted.deviceTargets,
      iosUrl: wanted.iosUrl,
      androidUrl: wanted.androidUrl,
      utm: wanted.utm,
      og: wanted.og,
      forwardQuery: wanted.forwardQuery,
      redirectStatus: wanted.redirectStatus,
      trackAnalytics: wanted.trackAnalytics,
      filterBots: wanted.filterBots,
      publicStats: wanted.publicStats,
      metadata: wanted.metadata,
      settings: wanted.settings,
      advancedAnalytics: wanted.advancedAnalytics,
      isArchived: false,
      archivedAt: null,
      version: 1,
      changedByKeyId: actor.keyId,
      createdAt: now,
      updatedAt: now,
    };
  }

  /** Throws NOT_FOUND, also for another user's link. */
  get(userId: number, publicId: string): CountedLink {
    const found = findCountedLink(this.#options.reader, userId, publicId);
    if (found === undefined) throw new AppError('NOT_FOUND', 'no such link');
    return found;
  }

  /** What the link's limit is compared with, up to the last commit. Never falls, as the count of clicks may. */
  consumedOf(link: Link): number {
    return this.#options.resolver.consumedOf(link);
  }

  /** Throws NOT_FOUND, also for another user's link; SLUG_EXISTS when the new slug is taken. */
  async update(actor: Actor, publicId: string, change: LinkChange): Promise<CountedLink> {
    const { writer, resolver } = this.#options;
    // Before the costly hash: nobody makes the server hash for a link that is not theirs.
    const { link } = this.get(actor.userId, publicId);
    const fields = await this.#fieldsOf(actor, change, link.domainId);
    const updated = await writer.run(updateLink, { change: this.changeBy(actor), publicId, fields });
    this.#options.search.written(actor.userId, 1);
    resolver.remember(updated.link, updated.before);
    return updated;
  }

  /**
   * Makes a link with this slug, or changes the caller's own that has it, to what is given. Throws SLUG_EXISTS when the
   * slug is another user's.
   */
  async upsert(actor: Actor, wanted: NewLink, change: LinkChange): Promise<{ link: CountedLink; isNew: boolean }> {
    const { writer, resolver } = this.#options;
    if (wanted.slug === null) throw invalidField('slug', 'slug is required');
    const link = await this.prepare(actor, wanted);
    const { password, ...others } = change;
    // The same hash for both cases: hashing twice would double the cost.
    const fields = {
      ...(await this.#fieldsOf(actor, others)),
      ...(password === undefined ? {} : { passwordHash: link.passwordHash }),
    };
    const stored = await writer.run(upsertLink, { change: this.changeBy(actor), link, fields });
    resolver.remember(stored.link, stored.before ?? stored.link);
    this.#options.search.written(actor.userId, 1);
    return { link: stored, isNew: stored.before === null };
  }

  /** The link stops redirecting; its slug stays taken. Archiving twice is no error. */
  async archive(actor: Actor, publicId: string): Promise<void> {
    if (!this.get(actor.userId, publicId).link.isArchived) await this.update(actor, publicId, { isArchived: true });
  }

  /** The user's own link with that slug or alias, on the default domain or else on one of theirs. Throws NOT_FOUND. */
  getByCode(userId: number, code: string): CountedLink {
    const { reader, domains } = this.#options;
    const normal = code.normalize('NFC');
    for (const { id } of domains.openTo(userId)) {
      const link = findLinkByCode(reader, userId, id, normal);
      if (link !== undefined) return { link, ...clicksOf(reader, link.id) };
    }
    throw new AppError('NOT_FOUND', 'no such link');
  }

  /** Whether the slug leads to a link, archived or not, whoever's it is. */
  isTaken(domain: Domain, slug: string): boolean {
    return this.#options.resolver.find(domain, slug.normalize('NFC')) !== undefined;
  }

  isTakenOnDefault(slug: string): boolean {
    return this.isTaken(this.#options.domains.default, slug);
  }

  changeBy(actor: Actor): Change {
    return { ...actor, now: this.#options.clock.now() };
  }

  /**
   * The domain that a user may make links on. Throws VALIDATION_ERROR unless it is theirs or open to all; then
   * DOMAIN_NOT_VERIFIED unless it is verified, or the one that the link is on anyway.
   */
  domainFor(userId: number, name: string | null, presentId?: number): Domain {
    const { domains } = this.#options;
    const domain = name === null ? domains.default : this.domainNamed(userId, name);
    if (domain === undefined) throw invalidField('domain', 'domain is not one of your verified domains');
    if (domain.status !== 'verified' && domain.id !== presentId) {
      throw invalidField('domain', `domain ${domain.host} is not verified`, 'DOMAIN_NOT_VERIFIED');
    }
    return domain;
  }

  /** Throws CONFLICT unless a domain that a link was on before is still one on which the user may make links. */
  requireDomain(userId: number, domainId: number): void {
    const domain = this.#options.domains.byId(domainId);
    const isOpen = domain?.status === 'verified' && (domain.userId === null || domain.userId === userId);
    if (!isOpen) throw new AppError('CONFLICT', 'that version of the link is on a domain that is not yours any more');
  }

  /** The user's own domain of that name, or one that is open to all. */
  domainNamed(userId: number, name: string): Domain | undefined {
    const { domains, reader } = this.#options;
    const serving = domains.byName(name);
    const isOpen = serving !== undefined && (serving.userId === null || serving.userId === userId);
    return isOpen ? serving : findDomainByHost(reader, userId, storedName(name));
  }

  async #fieldsOf(actor: Actor, change: LinkChange, presentId?: number): Promise<LinkFields> {
    const { domain, password, ...fields } = change;
    return {
      ...fields,
      ...(domain === undefined ? {} : { domainId: this.domainFor(actor.userId, domain, presentId).id }),
      ...(password === undefined
        ? {}
        : { passwordHash: password === null ? null : await this.#options.passwords.hash(password) }),
    };
  }
}
