// What a user can do with links: make, find, list, change and archive them. Rules that need the database live here or in the
// operations of link-store.ts; rules of a single field are checked before (link-input.ts).

import type { Clock } from '../core/clock.ts';
import { AppError, invalidField } from '../core/errors.ts';
import { newId } from '../core/ids.ts';
import { type Domain, type Domains } from '../domains/domain.ts';
import type { Connection } from '../storage/query.ts';
import type { Writer } from '../storage/writer.ts';
import type { Link } from './link.ts';
import type { LinkChange, LinkListing, NewLink } from './link-input.ts';
import type { LinkResolver } from './link-resolver.ts';
import {
  type CountedLink,
  countLinks,
  createLink,
  findCountedLink,
  type LinkFilter,
  listLinks,
  updateLink,
} from './link-store.ts';
import type { Passwords } from './passwords.ts';
import { foldForSearch } from './search-text.ts';
import { generateSlug } from './slug.ts';

interface LinksOptions {
  readonly reader: Connection;
  readonly writer: Writer;
  readonly domains: Domains;
  readonly resolver: LinkResolver;
  readonly passwords: Passwords;
  readonly clock: Clock;
}

const slugLength = 7;
// Each collision makes the next draw one character longer: even a crowded domain is left within a few.
const maxDraws = 12;

export interface LinkList {
  readonly links: readonly CountedLink[];
  readonly page: number;
  readonly perPage: number;
  readonly total: number;
}

export class Links {
  readonly #options: LinksOptions;

  constructor(options: LinksOptions) {
    this.#options = options;
  }

  /** Throws SLUG_EXISTS when the caller's own slug is taken; a drawn one is drawn again. */
  async create(userId: number, wanted: NewLink): Promise<CountedLink> {
    const { clock, writer, resolver, passwords } = this.#options;
    const { slug, domain, password, findExisting: _, ...fields } = wanted;
    const domainId = this.#domainFor(userId, domain).id;
    const passwordHash = password === null ? null : await passwords.hash(password);
    const now = clock.now();
    for (let draw = 0; ; draw++) {
      const link: Omit<Link, 'id'> = {
        ...fields,
        publicId: newId('lnk'),
        userId,
        domainId,
        slug: slug ?? generateSlug(slugLength + draw),
        passwordHash,
        passwordVersion: 0,
        isArchived: false,
        createdAt: now,
        updatedAt: now,
      };
      try {
        const created = await writer.run(createLink, link);
        resolver.remember(created);
        return { link: created, clickCount: 0, lastClickedAt: null };
      } catch (error) {
        const isCollision = slug === null && error instanceof AppError && error.code === 'SLUG_EXISTS';
        if (!isCollision || draw === maxDraws) throw error;
      }
    }
  }

  /** Throws NOT_FOUND, also for another user's link. */
  get(userId: number, publicId: string): CountedLink {
    const found = findCountedLink(this.#options.reader, userId, publicId);
    if (found === undefined) throw new AppError('NOT_FOUND', 'no such link');
    return found;
  }

  list(userId: number, { page, perPage, search, domain, tags, archived, sort, order }: LinkListing): LinkList {
    const { reader, domains } = this.#options;
    const pageNumber = page ?? 1;
    const known = domain === null ? undefined : domains.byName(domain);
    if (domain !== null && known === undefined) return { links: [], page: pageNumber, perPage, total: 0 };
    const filter: LinkFilter = {
      userId,
      archived,
      domainId: known?.id,
      tags,
      search: search === null || search === '' ? undefined : foldForSearch(search),
    };
    const offset = (pageNumber - 1) * perPage;
    const links = listLinks(reader, filter, { sort, order, offset, limit: perPage });
    return { links, page: pageNumber, perPage, total: countLinks(reader, filter) };
  }

  /** Throws NOT_FOUND, also for another user's link; SLUG_EXISTS when the new slug is taken. */
  async update(userId: number, publicId: string, change: LinkChange): Promise<CountedLink> {
    const { clock, writer, resolver, passwords } = this.#options;
    const { domain, password, ...fields } = change;
    // Before the costly hash: nobody makes the server hash for a link that is not theirs.
    this.get(userId, publicId);
    const changedDomain = domain === undefined ? {} : { domainId: this.#domainFor(userId, domain).id };
    const changedPassword =
      password === undefined ? {} : { passwordHash: password === null ? null : await passwords.hash(password) };
    const updated = await writer.run(updateLink, {
      userId,
      publicId,
      fields: { ...fields, ...changedDomain, ...changedPassword },
      now: clock.now(),
    });
    resolver.remember(updated.link, updated.before);
    return updated;
  }

  /** The link stops redirecting; its slug stays taken. Archiving twice is no error. */
  async archive(userId: number, publicId: string): Promise<void> {
    await this.update(userId, publicId, { isArchived: true });
  }

  #domainFor(userId: number, name: string | null): Domain {
    const { domains } = this.#options;
    if (name === null) return domains.default;
    const domain = domains.byName(name);
    if (domain === undefined || (domain.userId !== null && domain.userId !== userId)) {
      throw invalidField('domain', 'domain is not one of your verified domains');
    }
    return domain;
  }
}
