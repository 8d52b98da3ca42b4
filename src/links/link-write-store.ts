// The writes on links: operations of the writer thread, each whole or not at all.

import { requireRoom } from '../accounts/plans.ts';
import { AppError } from '../core/errors.ts';
import { slugRuleOf } from '../domains/domain-store.ts';
import { defineLongOperation, defineOperation } from '../storage/operation.ts';
import { type Connection, execute, query, repeated } from '../storage/query.ts';
import { countLinksOn, foldedSlugFor } from './domain-links-store.ts';
import { clickLimitOf, type CountedLink, type Link, type UnstoredLink } from './link.ts';
import { claimingCodes } from './link-codes-store.ts';
import { countOfLinks } from './link-count-store.ts';
import { dropDeletion } from './link-deletion-store.ts';
import { keepPublicOrigin, tellChanged, tellCreated } from './link-events-store.ts';
import { isAlike, isSameVersion, putVersion, versionedFields } from './link-history-store.ts';
import { noteLinkMove } from './link-moves-store.ts';
import {
  clicksOf,
  findLink,
  findLinkBySlug,
  findLinksTo,
  isCodeTaken,
  isUsedUp,
  listLinksOn,
  toRow,
} from './link-store.ts';
import { settleTotalsOf } from './link-totals-store.ts';
import { putSearchEntry, takeSearchEntries } from './search/search-write-store.ts';
import { generateSlug } from './slug.ts';

const insertRow = repeated((row: ReturnType<typeof toRow>) => query.insertInto('links').values(row));
// The last value is the id: it is bound after those that are set.
const replaceLink = repeated(({ rowId, ...row }: ReturnType<typeof toRow> & { rowId: number }) =>
  query.updateTable('links').set(row).where('id', '=', rowId),
);
const insertTag = repeated((row: { link_id: number; position: number; tag: string }) =>
  query.insertInto('link_tags').values(row),
);

function putTags(connection: Connection, linkId: number, tags: readonly string[]): void {
  tags.forEach((tag, position) => insertTag(connection, { link_id: linkId, position, tag }));
}

/** Throws LIMIT_REACHED when the user has as many links that are not archived as their plan allows. */
function requirePlace(connection: Connection, userId: number, maxLinks: number): void {
  if (maxLinks === Infinity) return;
  requireRoom(countOfLinks(connection, userId).live, maxLinks, 'links that are not archived');
}

interface InsertLink {
  readonly link: UnstoredLink;
  /** How many links that are not archived the user's plan allows. */
  readonly maxLinks: number;
  /** For a slug that was drawn: the words that no other may be, should it be taken. Else it is the caller's own. */
  readonly redrawWithout?: ReadonlySet<string> | undefined;
}

// Each collision makes the next draw one character longer: even a crowded domain is left within a few.
const maxDraws = 12;

function insertOnce(connection: Connection, link: UnstoredLink, entry: number): Link {
  const { domainId, slug } = link;
  const foldedSlug = foldedSlugFor(connection, domainId, slug, slugRuleOf(connection, domainId));
  const row = toRow({ ...link, foldedSlug }, entry);
  const id = Number(claimingCodes(() => insertRow(connection, row)).lastInsertRowid);
  return { ...link, id, foldedSlug };
}

/** An alias is never drawn: another draw would not help it. */
function isTakenSlug(error: unknown): boolean {
  return error instanceof AppError && error.code === 'SLUG_EXISTS' && error.details[0]?.path === 'slug';
}

/** Claims the link's slug or, where that was drawn and is taken, another one, a character longer with every draw. */
function claimSlug(connection: Connection, { link, redrawWithout }: InsertLink, entry: number): Link {
  let wanted = link;
  for (let draw = 1; ; draw++) {
    try {
      return insertOnce(connection, wanted, entry);
    } catch (error) {
      if (!isTakenSlug(error) || redrawWithout === undefined || draw === maxDraws) throw error;
      wanted = { ...link, slug: generateSlug(link.slug.length + draw, undefined, redrawWithout) };
    }
  }
}

/** Throws SLUG_EXISTS or LIMIT_REACHED, and then nothing is stored. */
export function insertLink(
  connection: Connection,
  wanted: InsertLink,
  entry = takeSearchEntries(connection, wanted.link.userId, 1),
): Link {
  requirePlace(connection, wanted.link.userId, wanted.maxLinks);
  const stored = claimSlug(connection, wanted, entry);
  putTags(connection, stored.id, stored.tags);
  putSearchEntry(connection, stored, entry);
  tellCreated(connection, stored);
  return stored;
}

/** Throws SLUG_EXISTS, or LIMIT_REACHED. */
export const createLink = defineOperation('links.create', (connection, wanted: InsertLink): Link =>
  insertLink(connection, wanted),
);

export interface FoundOrCreatedLink extends CountedLink {
  readonly isNew: boolean;
}

/**
 * The user's oldest live link that is the same in every respect, or else the new one. One that is used up leads nowhere, so it is
 * not what was asked for. Throws SLUG_EXISTS, or LIMIT_REACHED.
 * @param entry of the search, where one was taken already
 */
export function findOrInsertLink(connection: Connection, wanted: InsertLink, entry?: number): FoundOrCreatedLink {
  const { link, redrawWithout } = wanted;
  // Where the slug was drawn, one with any slug will do.
  const compared = versionedFields.filter((name) => name !== 'slug' || redrawWithout === undefined);
  const found = findLinksTo(connection, link.userId, link.destinationUrl).find(
    (other) => isAlike(other, link, compared) && !isUsedUp(connection, other),
  );
  return found === undefined
    ? { link: insertLink(connection, wanted, entry), isNew: true, clickCount: 0, lastClickedAt: null }
    : { link: found, isNew: false, ...clicksOf(connection, found.id) };
}

export const findOrCreateLink = defineOperation(
  'links.find-or-create',
  (connection, wanted: InsertLink): FoundOrCreatedLink => findOrInsertLink(connection, wanted),
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
    | 'archivedAt'
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

function change(connection: Connection, before: Link, fields: LinkFields, { keyId, maxLinks, now }: Change): Link {
  const { domainId = before.domainId, slug = before.slug } = fields;
  const isArchived = fields.isArchived ?? before.isArchived;
  // Never equal to the one before: a client that sorts by it sees each change.
  const updatedAt = Math.max(now, before.updatedAt + 1);
  const after: Link = {
    ...before,
    ...fields,
    foldedSlug: foldedSlugFor(connection, domainId, slug, slugRuleOf(connection, domainId), before.id),
    utm: { ...before.utm, ...fields.utm },
    og: { ...before.og, ...fields.og },
    passwordVersion: before.passwordVersion + (fields.passwordHash === undefined ? 0 : 1),
    version: before.version + 1,
    changedByKeyId: keyId,
    archivedAt: isArchived ? (before.archivedAt ?? updatedAt) : null,
    updatedAt,
  };
  // Asked for as it is already. Nobody has to hear of that, and a script that says so every night must not fill the history.
  if (isSameVersion(before, after)) return before;
  if (before.isArchived && !isArchived) requirePlace(connection, before.userId, maxLinks);
  putVersion(connection, before);
  if (domainId !== before.domainId) noteLinkMove(connection);
  // Redirects look at the row, and its hits until now had no limit for which it would have been written.
  if (clickLimitOf(after) > 0 && clickLimitOf(before) === 0) settleTotalsOf(connection, before.id);
  const entry = takeSearchEntries(connection, after.userId, 1);
  claimingCodes(() => replaceLink(connection, { ...toRow(after, entry), rowId: before.id }));
  if (fields.tags !== undefined) {
    execute(connection, query.deleteFrom('link_tags').where('link_id', '=', before.id));
    putTags(connection, before.id, after.tags);
  }
  putSearchEntry(connection, after, entry);
  tellChanged(connection, before, after, now);
  return after;
}

function changeCounted(connection: Connection, before: Link, fields: LinkFields, by: Change): UpdatedLink {
  return { link: change(connection, before, fields, by), before, ...clicksOf(connection, before.id) };
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
    return changeCounted(connection, before, fields, by);
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
    if (found?.userId === by.userId) return changeCounted(connection, found, fields, by);
    return {
      link: insertLink(connection, { link, maxLinks: by.maxLinks }),
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
export const archiveLinks = defineLongOperation(
  'links.archive-many',
  (connection, { publicIds, change: by }: ArchiveLinks): ArchivedLinks => {
    const archived: Link[] = [];
    const notFound: string[] = [];
    for (const publicId of new Set(publicIds)) {
      const link = findLink(connection, by.userId, publicId);
      if (link === undefined) notFound.push(publicId);
      else archived.push(link.isArchived ? link : change(connection, link, { isArchived: true }, by));
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
  /** Of those whose slug or alias is taken where they should go, which therefore stayed. */
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
      const codes = link.alias === null ? [link.slug] : [link.slug, link.alias];
      if (codes.some((code) => isCodeTaken(connection, toId, code))) {
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
  updateLink,
  upsertLink,
  archiveLinks,
  moveLinks,
  keepPublicOrigin,
  dropDeletion,
];
