// Links in the database: rows to links and back, the look-ups of redirects, and the reads of the API.

import { hash } from 'node:crypto';
import type { Insertable, Selectable } from 'kysely';
import {
  allRows,
  atOnce,
  type Connection,
  firstRow,
  oncePerConnection,
  query,
  repeatedRead,
  repeatedReadAll,
} from '../storage/query.ts';
import type { LinksTable } from '../storage/tables.ts';
import {
  clickLimitOf,
  type CountedLink,
  type Link,
  noOpenGraph,
  noSettings,
  noUtm,
  type RedirectStatus,
} from './link.ts';
import type { LinkPlace } from './link-cursor.ts';
import type { LinkSort } from './link-schemas.ts';
import { type LinkTotals, totalsOf, totalsOfMany } from './link-totals-store.ts';
import { foldSlug } from './slug.ts';

type LinkRow = Selectable<LinksTable>;

const flag = (value: boolean): number => (value ? 1 : 0);

function parsed<T>(json: string | null): T | null {
  return json === null ? null : (JSON.parse(json) as T);
}

/** JSON of the fields that are set, or null when none is. */
function setFields(fields: object): string | null {
  if (fields === noUtm || fields === noOpenGraph) return null;
  const entries = Object.entries(fields).filter(([, value]) => value !== null);
  return entries.length === 0 ? null : JSON.stringify(Object.fromEntries(entries));
}

/** Equal destinations have equal hashes; a match must still be compared in full. */
export function destinationHash(destinationUrl: string): number {
  return Number.parseInt(hash('sha256', destinationUrl, 'hex').slice(0, 12), 16);
}

function toLink(row: LinkRow, tags: readonly string[]): Link {
  return {
    id: row.id,
    publicId: row.public_id,
    userId: row.user_id,
    domainId: row.domain_id,
    slug: row.slug,
    foldedSlug: row.folded_slug,
    alias: row.alias,
    destinationUrl: row.destination_url,
    title: row.title,
    description: row.description,
    tags,
    passwordHash: row.password_hash,
    passwordVersion: row.password_version,
    expiresAt: row.expires_at,
    clickLimit: row.click_limit,
    oneTime: row.one_time === 1,
    expiredUrl: row.expired_url,
    geoTargets: parsed(row.geo_targets),
    deviceTargets: parsed(row.device_targets),
    iosUrl: row.ios_url,
    androidUrl: row.android_url,
    utm: row.utm === null ? noUtm : { ...noUtm, ...parsed<object>(row.utm) },
    og: row.og === null ? noOpenGraph : { ...noOpenGraph, ...parsed<object>(row.og) },
    forwardQuery: row.forward_query === 1,
    redirectStatus: row.redirect_status as RedirectStatus,
    trackAnalytics: row.track_analytics === 1,
    filterBots: row.filter_bots === 1,
    publicStats: row.public_stats === 1,
    metadata: parsed(row.metadata),
    settings: parsed(row.settings) ?? noSettings,
    advancedAnalytics: row.advanced_analytics === 1,
    isArchived: row.is_archived === 1,
    archivedAt: row.archived_at,
    version: row.version,
    changedByKeyId: row.changed_by_key,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

/** @param searchEntry number of the entry by which it is found as it is (search/search-write-store.ts) */
export function toRow(link: Omit<Link, 'id'>, searchEntry: number): Insertable<LinksTable> {
  return {
    public_id: link.publicId,
    user_id: link.userId,
    domain_id: link.domainId,
    slug: link.slug,
    folded_slug: link.foldedSlug,
    alias: link.alias,
    destination_url: link.destinationUrl,
    title: link.title,
    description: link.description,
    password_hash: link.passwordHash,
    password_version: link.passwordVersion,
    expires_at: link.expiresAt,
    click_limit: link.clickLimit,
    one_time: flag(link.oneTime),
    expired_url: link.expiredUrl,
    geo_targets: link.geoTargets === null ? null : JSON.stringify(link.geoTargets),
    device_targets: link.deviceTargets === null ? null : JSON.stringify(link.deviceTargets),
    ios_url: link.iosUrl,
    android_url: link.androidUrl,
    utm: setFields(link.utm),
    og: setFields(link.og),
    forward_query: flag(link.forwardQuery),
    redirect_status: link.redirectStatus,
    track_analytics: flag(link.trackAnalytics),
    filter_bots: flag(link.filterBots),
    public_stats: flag(link.publicStats),
    metadata: link.metadata === null ? null : JSON.stringify(link.metadata),
    settings: link.settings.length === 0 ? null : JSON.stringify(link.settings),
    advanced_analytics: flag(link.advancedAnalytics),
    is_archived: flag(link.isArchived),
    archived_at: link.archivedAt,
    search_entry: searchEntry,
    destination_hash: destinationHash(link.destinationUrl),
    version: link.version,
    changed_by_key: link.changedByKeyId,
    created_at: link.createdAt,
    updated_at: link.updatedAt,
  };
}

const findTags = repeatedReadAll((linkId: number) =>
  query.selectFrom('link_tags').select('tag').where('link_id', '=', linkId).orderBy('position'),
);

function tagsOf(connection: Connection, linkId: number): string[] {
  return findTags(connection, linkId).map((row) => row.tag);
}

function withTags(connection: Connection, row: LinkRow | undefined): Link | undefined {
  return row && toLink(row, tagsOf(connection, row.id));
}

/** The two look-ups of the redirect path, prepared once: building a query would cost more than running it. */
export function prepareLinkLookups(connection: Connection) {
  const find = connection.prepare<[number, string], LinkRow>('SELECT * FROM links WHERE domain_id = ? AND slug = ?');
  const consumed = connection.prepare<[number], { consumed: number }>(
    'SELECT consumed FROM link_totals WHERE link_id = ?',
  );
  const findFolded = connection.prepare<[number, string], LinkRow>(
    'SELECT * FROM links WHERE domain_id = ? AND folded_slug = ?',
  );
  const findAlias = connection.prepare<[number, string], LinkRow>(
    'SELECT * FROM links WHERE domain_id = ? AND alias = ?',
  );
  const tags = connection.prepare<[number], { tag: string }>(
    'SELECT tag FROM link_tags WHERE link_id = ? ORDER BY position',
  );
  const linkOf = (row: LinkRow | undefined): Link | undefined =>
    row &&
    toLink(
      row,
      tags.all(row.id).map(({ tag }) => tag),
    );
  return {
    /** The link, archived or not, that has the code for its slug or its alias. */
    byCode: (domainId: number, code: string): Link | undefined =>
      linkOf(find.get(domainId, code) ?? findAlias.get(domainId, code)),
    byFoldedSlug: (domainId: number, folded: string): Link | undefined => linkOf(findFolded.get(domainId, folded)),
    /**
     * Clicks that a limit is compared with. Under load some may be missing of a link whose hits had no limit: the writer thread, which
     * compares again, knows of all.
     */
    consumed: (linkId: number): number => consumed.get(linkId)?.consumed ?? 0,
  };
}

const findBySlug = repeatedRead((domainId: number, slug: string, folded: string) =>
  query
    .selectFrom('links')
    .selectAll()
    .where('domain_id', '=', domainId)
    .where((is) => is.or([is('slug', '=', slug), is('folded_slug', '=', folded)])),
);

/** The link that the slug leads to, whoever's it is. */
export function findLinkBySlug(connection: Connection, domainId: number, slug: string): Link | undefined {
  return withTags(connection, findBySlug(connection, domainId, slug, foldSlug(slug)));
}

const findByExactSlug = repeatedRead((domainId: number, slug: string) =>
  query.selectFrom('links').selectAll().where('domain_id', '=', domainId).where('slug', '=', slug),
);
const findByAlias = repeatedRead((domainId: number, alias: string) =>
  query.selectFrom('links').selectAll().where('domain_id', '=', domainId).where('alias', '=', alias),
);

/** Whether some link, whoever's it is, has the code for its slug or its alias. */
export function isCodeTaken(connection: Connection, domainId: number, code: string): boolean {
  if (findLinkBySlug(connection, domainId, code) !== undefined) return true;
  return findByAlias(connection, domainId, code) !== undefined;
}

/** The user's own link with that slug or alias on the domain. */
export function findLinkByCode(
  connection: Connection,
  userId: number,
  domainId: number,
  code: string,
): Link | undefined {
  const row = findByExactSlug(connection, domainId, code) ?? findByAlias(connection, domainId, code);
  return row?.user_id === userId ? withTags(connection, row) : undefined;
}

const findOwn = repeatedRead((publicId: string, userId: number) =>
  query.selectFrom('links').selectAll().where('public_id', '=', publicId).where('user_id', '=', userId),
);

/** The user's own link; another user's is as absent as an unknown one. */
export function findLink(connection: Connection, userId: number, publicId: string): Link | undefined {
  return withTags(connection, findOwn(connection, publicId, userId));
}

/** A link of anybody's, for the operator. */
export function findAnyLink(connection: Connection, publicId: string): CountedLink | undefined {
  const row = firstRow(connection, query.selectFrom('links').selectAll().where('public_id', '=', publicId));
  const link = withTags(connection, row);
  return link && { link, ...clicksOf(connection, link.id) };
}

// The index is one for each stretch of 65,536 links (schema.sql): from one in which the user has links to the next, and in each
// straight to the hash.
const prepareFindTo = oncePerConnection((connection) =>
  connection.prepare<{ userId: number; hash: number; destinationUrl: string }, LinkRow>(
    `WITH RECURSIVE stretches (stretch) AS (
       SELECT * FROM (SELECT id / 65536 FROM links WHERE user_id = @userId ORDER BY id / 65536 LIMIT 1)
       UNION ALL
       SELECT (SELECT id / 65536 FROM links WHERE user_id = @userId AND id / 65536 > stretch ORDER BY id / 65536 LIMIT 1)
       FROM stretches WHERE stretch IS NOT NULL
     )
     SELECT links.* FROM stretches
     CROSS JOIN links ON user_id = @userId AND id / 65536 = stretch AND destination_hash = @hash
     WHERE destination_url = @destinationUrl AND is_archived = 0
     ORDER BY id`,
  ),
);

/** The user's live links to exactly this destination, oldest first. */
export function findLinksTo(connection: Connection, userId: number, destinationUrl: string): Link[] {
  const rows = prepareFindTo(connection).all({ userId, hash: destinationHash(destinationUrl), destinationUrl });
  return rows.map((row) => toLink(row, tagsOf(connection, row.id)));
}

/** The first of the user's links on a domain, archived or not, by slug. */
export function listLinksOn(connection: Connection, userId: number, domainId: number, limit: number): Link[] {
  const found = query
    .selectFrom('links')
    .selectAll()
    .where('domain_id', '=', domainId)
    .where('user_id', '=', userId)
    .orderBy('slug')
    .limit(limit);
  return allRows(connection, found).map((row) => toLink(row, tagsOf(connection, row.id)));
}

/** Counted clicks of a link up to the last commit. */
export function clicksOf(connection: Connection, linkId: number): Omit<CountedLink, 'link'> {
  return clicksIn(totalsOf(connection, linkId));
}

/** The same for many, as long as the transaction lasts in which this is called. */
export function clicksOfMany(
  connection: Connection,
  linkIds: Iterable<number>,
): (linkId: number) => Omit<CountedLink, 'link'> {
  const totals = totalsOfMany(connection, linkIds);
  return (linkId) => clicksIn(totals(linkId));
}

function clicksIn(totals: LinkTotals | undefined): Omit<CountedLink, 'link'> {
  return { clickCount: totals?.clicks ?? 0, lastClickedAt: totals?.lastClickedAt ?? null };
}

/** Whether the link's limit is used up. */
export function isUsedUp(connection: Connection, link: Link): boolean {
  const limit = clickLimitOf(link);
  return limit > 0 && (totalsOf(connection, link.id)?.consumed ?? 0) >= limit;
}

/** The user's own link with its clicks. */
export function findCountedLink(connection: Connection, userId: number, publicId: string): CountedLink | undefined {
  const link = findLink(connection, userId, publicId);
  return link && { link, ...clicksOf(connection, link.id) };
}

export interface LinkPage {
  readonly sort: Exclude<LinkSort, 'clicks'>;
  readonly order: 'asc' | 'desc';
  /** Only links after this place. */
  readonly after: LinkPlace | undefined;
  readonly offset: number;
  readonly limit: number;
}

const orderColumn = { created: 'created_at', updated: 'updated_at' } as const;

/** The places of a user's links, live or archived, in the order of an index. */
function placesOf(connection: Connection, userId: number, isArchived: 0 | 1, page: LinkPage): LinkPlace[] {
  const { sort, order, after, offset, limit } = page;
  const column = orderColumn[sort];
  const beyond = order === 'asc' ? '>' : '<';
  const places = query
    .selectFrom('links')
    .select([`${column} as value`, 'id'])
    .where('user_id', '=', userId)
    .where('is_archived', '=', isArchived)
    // As a row, so that the index leads straight to it.
    .$if(after !== undefined, (q) =>
      q.where((is) =>
        is(is.refTuple(column, 'id'), beyond, is.tuple((after as LinkPlace).value, (after as LinkPlace).id)),
      ),
    )
    .orderBy(column, order)
    .orderBy('id', order)
    .limit(limit)
    .offset(offset);
  return allRows(connection, places);
}

/**
 * One page of all of a user's links, in a total order: equal values are told apart by id, so that no page repeats or skips one.
 * Costs the same however many there are, but for the rows that an offset passes over.
 */
export function listPlaces(connection: Connection, userId: number, archived: boolean, page: LinkPage): LinkPlace[] {
  if (!archived) return placesOf(connection, userId, 0, page);
  const { order, offset, limit } = page;
  // Each may hold the whole of the page.
  const whole = { ...page, offset: 0, limit: offset + limit };
  const sign = order === 'asc' ? 1 : -1;
  return [...placesOf(connection, userId, 0, whole), ...placesOf(connection, userId, 1, whole)]
    .toSorted((a, b) => (a.value === b.value ? a.id - b.id : a.value - b.value) * sign)
    .slice(offset, offset + limit);
}

const findByNumber = repeatedRead((id: number) => query.selectFrom('links').selectAll().where('id', '=', id));

/** Links by their number, with their clicks, in the order asked for; one that is gone is left out. */
export function readLinks(connection: Connection, ids: readonly number[]): CountedLink[] {
  return atOnce(connection, () => {
    const clicks = clicksOfMany(connection, ids);
    return ids.flatMap((id) => {
      const link = withTags(connection, findByNumber(connection, id));
      return link === undefined ? [] : { link, ...clicks(id) };
    });
  });
}
