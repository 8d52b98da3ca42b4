// The writes on links: operations of the writer thread, each whole or not at all.

import { requireRoom } from '../accounts/plans.ts';
import { AppError } from '../core/errors.ts';
import { slugRuleOf } from '../domains/domain-store.ts';
import { defineOperation } from '../storage/operation.ts';
import { type Connection, execute, isUniqueViolation, query, repeated } from '../storage/query.ts';
import { countLinksOn, foldedSlugFor } from './domain-links-store.ts';
import type { CountedLink, Link } from './link.ts';
import { countOfLinks } from './link-count-store.ts';
import { isAlike, putVersion, versionedFields } from './link-history-store.ts';
import { clicksOf, findLink, findLinkBySlug, findLinksTo, listLinksOn, toRow } from './link-store.ts';

const insertLink = repeated((row: ReturnType<typeof toRow>) => query.insertInto('links').values(row));
const insertTag = repeated((row: { link_id: number; position: number; tag: string }) =>
  query.insertInto('link_tags').values(row),
);

function putTags(connection: Connection, linkId: number, tags: readonly string[]): void {
  tags.forEach((tag, position) => insertTag(connection, { link_id: linkId, position, tag }));
}

/** Runs a write that gives a link its slug; throws SLUG_EXISTS when that is taken on the domain, archived links included. */
function claimingSlug<T>(write: () => T): T {
  try {
    return write();
  } catch (cause) {
    if (!isUniqueViolation(cause, 'links.slug')) throw cause;
    const message = 'slug is taken on this domain';
    throw new AppError('SLUG_EXISTS', message, [{ path: 'slug', message }], { cause });
  }
}

export type UnstoredLink = Omit<Link, 'id' | 'foldedSlug'>;

/** Throws LIMIT_REACHED when the user has as many links that are not archived as their plan allows. */
function requirePlace(connection: Connection, userId: number, maxLinks: number): void {
  if (maxLinks === Infinity) return;
  requireRoom(countOfLinks(connection, userId).live, maxLinks, 'links that are not archived');
}

interface InsertLink {
  readonly link: UnstoredLink;
  /** How many links that are not archived the user's plan allows. */
  readonly maxLinks: number;
}

function insert(connection: Connection, { link, maxLinks }: InsertLink): Link {
  requirePlace(connection, link.userId, maxLinks);
  const { domainId, slug } = link;
  const foldedSlug = foldedSlugFor(connection, domainId, slug, slugRuleOf(connection, domainId));
  const row = toRow({ ...link, foldedSlug });
  const id = Number(claimingSlug(() => insertLink(connection, row)).lastInsertRowid);
  putTags(connection, id, link.tags);
  return { ...link, id, foldedSlug };
}

/** Throws SLUG_EXISTS, or LIMIT_REACHED. */
export const createLink = defineOperation('links.create', insert);

interface FindOrCreateLink extends InsertLink {
  /** Whether the slug was drawn: then one with any slug will do. */
  readonly isDrawn: boolean;
}

export interface FoundOrCreatedLink extends CountedLink {
  readonly isNew: boolean;
}

/** The user's oldest live link that is the same in every respect, or else the new one. Throws SLUG_EXISTS, or LIMIT_REACHED. */
export const findOrCreateLink = defineOperation(
  'links.find-or-create',
  (connection, { link, maxLinks, isDrawn }: FindOrCreateLink): FoundOrCreatedLink => {
    const compared = versionedFields.filter((name) => name !== 'slug' || !isDrawn);
    const found = findLinksTo(connection, link.userId, link.destinationUrl).find((other) =>
      isAlike(other, link, compared),
    );
    return found === undefined
      ? { link: insert(connection, { link, maxLinks }), isNew: true, clickCount: 0, lastClickedAt: null }
      : { link: found, isNew: false, ...clicksOf(connection, found.id) };
  },
);

/** What became of one link of a bulk call. */
export type BulkOutcome =
  | { readonly link: Link }
  | { readonly code: AppError['code']; readonly message: string; readonly details: AppError['details'] };

interface CreateLinks {
  readonly links: readonly UnstoredLink[];
  readonly maxLinks: number;
  /** Whether one that fails undoes all; then its error is thrown, with its position in the path. */
  readonly atomic: boolean;
}

/** Makes many links in one transaction; a result for each, in their order. */
export const createLinks = defineOperation(
  'links.create-many',
  (connection, { links, maxLinks, atomic }: CreateLinks): BulkOutcome[] =>
    links.map((link, position) => {
      try {
        return { link: insert(connection, { link, maxLinks }) };
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        const { code, message, details } = error;
        if (!atomic) return { code, message, details };
        throw new AppError(
          code,
          message,
          details.map((detail) => ({ ...detail, path: `links.${position}.${detail.path}` })),
          { cause: error },
        );
      }
    }),
);

/** Any fields of a link except what identifies it; absent ones stay as they are, inside `utm` and `og` too. */
export interface LinkFields extends Partial<
  Omit<
    Link,
    | 'id'
    | 'publicId'
    | 'userId'
    | 'foldedSlug'
    | 'createdAt'
    | 'updatedAt'
    | 'passwordVersion'
    | 'version'
    | 'changedByKeyId'
    | 'utm'
    | 'og'
  >
> {
  readonly utm?: Partial<Link['utm']>;
  readonly og?: Partial<Link['og']>;
}

/** Who changes something, and when. */
export interface Change {
  readonly userId: number;
  readonly keyId: number | null;
  readonly maxLinks: number;
  readonly now: number;
}

export interface UpdatedLink extends CountedLink {
  /** The link as it was. */
  readonly before: Link;
}

function change(
  connection: Connection,
  before: Link,
  fields: LinkFields,
  { keyId, maxLinks, now }: Change,
): UpdatedLink {
  const { domainId = before.domainId, slug = before.slug } = fields;
  const after: Link = {
    ...before,
    ...fields,
    foldedSlug: foldedSlugFor(connection, domainId, slug, slugRuleOf(connection, domainId), before.id),
    utm: { ...before.utm, ...fields.utm },
    og: { ...before.og, ...fields.og },
    passwordVersion: before.passwordVersion + (fields.passwordHash === undefined ? 0 : 1),
    version: before.version + 1,
    changedByKeyId: keyId,
    // Never equal to the one before: a client that sorts by it sees each change.
    updatedAt: Math.max(now, before.updatedAt + 1),
  };
  if (before.isArchived && !after.isArchived) requirePlace(connection, before.userId, maxLinks);
  putVersion(connection, before);
  claimingSlug(() => execute(connection, query.updateTable('links').set(toRow(after)).where('id', '=', before.id)));
  if (fields.tags !== undefined) {
    execute(connection, query.deleteFrom('link_tags').where('link_id', '=', before.id));
    putTags(connection, before.id, after.tags);
  }
  return { link: after, before, ...clicksOf(connection, before.id) };
}

interface UpdateLink {
  readonly change: Change;
  readonly publicId: string;
  readonly fields: LinkFields;
}

/** Throws NOT_FOUND for an unknown or another user's link, SLUG_EXISTS when the new slug is taken; then nothing has changed. */
export const updateLink = defineOperation(
  'links.update',
  (connection, { publicId, fields, change: by }: UpdateLink): UpdatedLink => {
    const before = findLink(connection, by.userId, publicId);
    if (before === undefined) throw new AppError('NOT_FOUND', 'no such link');
    return change(connection, before, fields, by);
  },
);

interface UpsertLink {
  readonly change: Change;
  /** What is made where the slug is free. */
  readonly link: UnstoredLink;
  /** What is changed where the slug is the user's own. */
  readonly fields: LinkFields;
}

/** Makes the link, or changes the user's own that has its slug; `before` is undefined for a new one. Throws SLUG_EXISTS when it is another user's. */
export const upsertLink = defineOperation(
  'links.upsert',
  (connection, { link, fields, change: by }: UpsertLink): Omit<UpdatedLink, 'before'> & { before: Link | null } => {
    const found = findLinkBySlug(connection, link.domainId, link.slug);
    if (found?.userId === by.userId) return change(connection, found, fields, by);
    return {
      link: insert(connection, { link, maxLinks: by.maxLinks }),
      before: null,
      clickCount: 0,
      lastClickedAt: null,
    };
  },
);

interface ArchiveLinks {
  readonly change: Change;
  readonly publicIds: readonly string[];
}

interface ArchivedLinks {
  readonly archived: readonly Link[];
  /** Unknown ones, or another user's. */
  readonly notFound: readonly string[];
}

/** Archives all that are there; ones that already were archived stay as they are and are among the archived. */
export const archiveLinks = defineOperation(
  'links.archive-many',
  (connection, { publicIds, change: by }: ArchiveLinks): ArchivedLinks => {
    const archived: Link[] = [];
    const notFound: string[] = [];
    for (const publicId of new Set(publicIds)) {
      const link = findLink(connection, by.userId, publicId);
      if (link === undefined) notFound.push(publicId);
      else archived.push(link.isArchived ? link : change(connection, link, { isArchived: true }, by).link);
    }
    return { archived, notFound };
  },
);

interface MoveLinks {
  readonly change: Change;
  readonly fromId: number;
  readonly toId: number;
}

export interface MovedLinks {
  readonly moved: number;
  /** Of those whose slug is taken where they should go, which therefore stayed. */
  readonly taken: readonly Pick<Link, 'publicId' | 'slug'>[];
  /** How many links are still on the domain. */
  readonly remaining: number;
}

/** Links moved by one call, and looked at: about 100 ms, in which clicks wait. */
export const maxMovedLinks = 500;
const maxMoveLooks = 1_000;

/** Moves links, archived ones too, from one of the user's domains to another. */
export const moveLinks = defineOperation(
  'links.move',
  (connection, { change: by, fromId, toId }: MoveLinks): MovedLinks => {
    let moved = 0;
    const taken: Pick<Link, 'publicId' | 'slug'>[] = [];
    for (const link of listLinksOn(connection, by.userId, fromId, maxMoveLooks)) {
      if (moved === maxMovedLinks) break;
      // Asked before, so that nothing of a link is written that cannot move.
      if (findLinkBySlug(connection, toId, link.slug) !== undefined) {
        taken.push({ publicId: link.publicId, slug: link.slug });
      } else {
        change(connection, link, { domainId: toId }, by);
        moved++;
      }
    }
    return { moved, taken, remaining: countLinksOn(connection, fromId).total };
  },
);

export const linkOperations = [
  createLink,
  findOrCreateLink,
  createLinks,
  updateLink,
  upsertLink,
  archiveLinks,
  moveLinks,
];
