// Links in the database: rows to links and back, the look-ups of redirects, and the reads of the API.

import { createHash } from 'node:crypto';
import type { ExpressionBuilder, Insertable, Selectable } from 'kysely';
import { allRows, type Connection, firstRow, query } from '../storage/query.ts';
import type { LinksTable, Tables } from '../storage/tables.ts';
import type { CountedLink, Link, RedirectStatus } from './link.ts';
import type { LinkPlace } from './link-cursor.ts';
import type { LinkSort } from './link-schemas.ts';
import { searchTextOf } from './search-text.ts';
import { foldSlug } from './slug.ts';

type LinkRow = Selectable<LinksTable>;

const flag = (value: boolean): number => (value ? 1 : 0);

function parsed<T>(json: string | null): T | null {
  return json === null ? null : (JSON.parse(json) as T);
}

/** JSON of the fields that are set, or null when none is. */
function setFields(fields: object): string | null {
  const entries = Object.entries(fields).filter(([, value]) => value !== null);
  return entries.length === 0 ? null : JSON.stringify(Object.fromEntries(entries));
}

/** Equal destinations have equal hashes; a match must still be compared in full. */
export function destinationHash(destinationUrl: string): number {
  return createHash('sha256').update(destinationUrl).digest().readUIntBE(0, 6);
}

const noUtm = { source: null, medium: null, campaign: null, term: null, content: null };
const noOpenGraph = { title: null, description: null, image: null };

function toLink(row: LinkRow, tags: readonly string[]): Link {
  return {
    id: row.id,
    publicId: row.public_id,
    userId: row.user_id,
    domainId: row.domain_id,
    slug: row.slug,
    foldedSlug: row.folded_slug,
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
    utm: { ...noUtm, ...parsed<object>(row.utm) },
    og: { ...noOpenGraph, ...parsed<object>(row.og) },
    forwardQuery: row.forward_query === 1,
    redirectStatus: row.redirect_status as RedirectStatus,
    trackAnalytics: row.track_analytics === 1,
    filterBots: row.filter_bots === 1,
    publicStats: row.public_stats === 1,
    metadata: parsed(row.metadata),
    isArchived: row.is_archived === 1,
    version: row.version,
    changedByKeyId: row.changed_by_key,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

export function toRow(link: Omit<Link, 'id'>): Insertable<LinksTable> {
  return {
    public_id: link.publicId,
    user_id: link.userId,
    domain_id: link.domainId,
    slug: link.slug,
    folded_slug: link.foldedSlug,
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
    is_archived: flag(link.isArchived),
    search_text: searchTextOf(link),
    destination_hash: destinationHash(link.destinationUrl),
    version: link.version,
    changed_by_key: link.changedByKeyId,
    created_at: link.createdAt,
    updated_at: link.updatedAt,
  };
}

function tagsOf(connection: Connection, linkId: number): string[] {
  const tags = query.selectFrom('link_tags').select('tag').where('link_id', '=', linkId).orderBy('position');
  return allRows(connection, tags).map((row) => row.tag);
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
    /** The link, archived or not. */
    bySlug: (domainId: number, slug: string): Link | undefined => linkOf(find.get(domainId, slug)),
    byFoldedSlug: (domainId: number, folded: string): Link | undefined => linkOf(findFolded.get(domainId, folded)),
    /** Clicks that a limit is compared with. */
    consumed: (linkId: number): number => consumed.get(linkId)?.consumed ?? 0,
  };
}

/** The link that the slug leads to, whoever's it is. */
export function findLinkBySlug(connection: Connection, domainId: number, slug: string): Link | undefined {
  const found = query
    .selectFrom('links')
    .selectAll()
    .where('domain_id', '=', domainId)
    .where((is) => is.or([is('slug', '=', slug), is('folded_slug', '=', foldSlug(slug))]));
  return withTags(connection, firstRow(connection, found));
}

/** The user's own link; another user's is as absent as an unknown one. */
export function findLink(connection: Connection, userId: number, publicId: string): Link | undefined {
  const found = query.selectFrom('links').selectAll().where('public_id', '=', publicId).where('user_id', '=', userId);
  return withTags(connection, firstRow(connection, found));
}

/** The same with its clicks. */
export function findCountedLink(connection: Connection, userId: number, publicId: string): CountedLink | undefined {
  const link = findLink(connection, userId, publicId);
  return link && { link, ...clicksOf(connection, link.id) };
}

/** The user's live links to exactly this destination, oldest first. */
export function findLinksTo(connection: Connection, userId: number, destinationUrl: string): Link[] {
  const found = query
    .selectFrom('links')
    .selectAll()
    .where('user_id', '=', userId)
    .where('destination_hash', '=', destinationHash(destinationUrl))
    .where('destination_url', '=', destinationUrl)
    .where('is_archived', '=', 0)
    .orderBy('id');
  return allRows(connection, found).map((row) => toLink(row, tagsOf(connection, row.id)));
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
  const totals = query.selectFrom('link_totals').select(['clicks', 'last_clicked_at']).where('link_id', '=', linkId);
  const row = firstRow(connection, totals);
  return { clickCount: row?.clicks ?? 0, lastClickedAt: row?.last_clicked_at ?? null };
}

export interface LinkFilter {
  readonly userId: number;
  readonly archived: boolean;
  readonly domainId: number | undefined;
  /** Links that have every one of these. */
  readonly tags: readonly string[];
  /** Folded as `searchTextOf` folds. */
  readonly search: string | undefined;
}

export interface LinkPage {
  readonly sort: LinkSort;
  readonly order: 'asc' | 'desc';
  /** Only links after this place. */
  readonly after: LinkPlace | undefined;
  readonly offset: number;
  readonly limit: number;
}

function filtered({ userId, archived, domainId, tags, search }: LinkFilter) {
  let links = query.selectFrom('links').where('links.user_id', '=', userId);
  if (!archived) links = links.where('links.is_archived', '=', 0);
  if (domainId !== undefined) links = links.where('links.domain_id', '=', domainId);
  for (const tag of tags) {
    links = links.where('links.id', 'in', (inner) =>
      inner.selectFrom('link_tags').select('link_id').where('tag', '=', tag),
    );
  }
  if (search !== undefined) {
    links = links.where((is) => is(is.fn<number>('instr', [is.ref('links.search_text'), is.val(search)]), '>', 0));
  }
  return links;
}

export function countLinks(connection: Connection, filter: LinkFilter): number {
  const counted = filtered(filter).select((is) => is.fn.countAll<number>().as('total'));
  return firstRow(connection, counted)?.total ?? 0;
}

type ListBuilder = ExpressionBuilder<Tables & { link_totals: Tables['link_totals'] }, 'links' | 'link_totals'>;

function sortedBy(is: ListBuilder, sort: LinkSort) {
  if (sort === 'clicks') return is.fn.coalesce('link_totals.clicks', is.val(0));
  return is.ref(sort === 'created' ? 'links.created_at' : 'links.updated_at');
}

function isAfter(is: ListBuilder, sort: LinkSort, order: 'asc' | 'desc', { value, id }: LinkPlace) {
  const beyond = order === 'asc' ? '>' : '<';
  return is.or([
    is(sortedBy(is, sort), beyond, value),
    is.and([is(sortedBy(is, sort), '=', value), is('links.id', beyond, id)]),
  ]);
}

/** One page, in a total order: equal values are told apart by id, so that no page repeats or skips a link. */
export function listLinks(
  connection: Connection,
  filter: LinkFilter,
  { sort, order, after, offset, limit }: LinkPage,
): CountedLink[] {
  const page = filtered(filter)
    .leftJoin('link_totals', 'link_totals.link_id', 'links.id')
    .selectAll('links')
    .select(['link_totals.clicks', 'link_totals.last_clicked_at'])
    .$if(after !== undefined, (q) => q.where((is) => isAfter(is, sort, order, after as LinkPlace)))
    .orderBy((is) => sortedBy(is, sort), order)
    .orderBy('links.id', order)
    .limit(limit)
    .offset(offset);
  return allRows(connection, page).map(({ clicks, last_clicked_at, ...row }) => ({
    link: toLink(row, tagsOf(connection, row.id)),
    clickCount: clicks ?? 0,
    lastClickedAt: last_clicked_at ?? null,
  }));
}
