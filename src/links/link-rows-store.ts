// Inserts many links by a few statements. Inside an operation's savepoint SQLite keeps what a statement may have to undo in memory,
// and walks through all of it at the end of each: a thousand links by a thousand statements cost ten times as much.

import { AppError } from '../core/errors.ts';
import type { SlugRule } from '../domains/domain.ts';
import { slugRuleOf } from '../domains/domain-store.ts';
import { usersWanting } from '../storage/outbox-store.ts';
import {
  type Connection,
  isUniqueViolation,
  oncePerConnection,
  query,
  repeatedRows,
  rowsOf,
} from '../storage/query.ts';
import { foldedSlugFor } from './domain-links-store.ts';
import type { Link, UnstoredLink } from './link.ts';
import { takenCode } from './link-codes-store.ts';
import type { LinkColumns, SomeLinks } from './link-columns.ts';
import { tellCreated } from './link-events-store.ts';
import { destinationHash, toRow } from './link-store.ts';
import { putSearchEntries } from './search/search-write-store.ts';

/** Links of one statement. */
export const linksAtOnce = 100;

const insertLinks = repeatedRows((rows: readonly ReturnType<typeof toRow>[]) => query.insertInto('links').values(rows));

/** Fields in which links of one call usually differ: where they differ in no other, everything else is bound once for all. */
const ownFields: ReadonlySet<keyof UnstoredLink> = new Set([
  'publicId',
  'slug',
  'destinationUrl',
  'title',
  'description',
  'tags',
]);
const ownColumns = ['public_id', 'slug', 'destination_url', 'title', 'description', 'search_entry', 'destination_hash'];
const insertAlikeLinks = rowsOf<ReturnType<typeof toRow>>('links', ownColumns);

function putAlike(connection: Connection, links: SomeLinks, firstEntry: number): number {
  const values: unknown[] = [];
  links.forEach((link, i) => {
    const { publicId, slug, destinationUrl, title, description } = link;
    values.push(publicId, slug, destinationUrl, title, description, firstEntry + i, destinationHash(destinationUrl));
  });
  const shared = toRow({ ...links[0], foldedSlug: null }, firstEntry);
  return Number(insertAlikeLinks(connection, shared, values, links.length).lastInsertRowid);
}

function putEach(
  connection: Connection,
  links: SomeLinks,
  foldedSlugs: readonly (string | null)[],
  firstEntry: number,
): number {
  const rows = links.map((link, i) => toRow({ ...link, foldedSlug: foldedSlugs[i] ?? null }, firstEntry + i));
  return Number(insertLinks(connection, rows).lastInsertRowid);
}

const statementsOf = oncePerConnection((connection) => ({
  // However many tags there are, it is one statement.
  putTags: connection.prepare<[string]>(
    'INSERT INTO link_tags (link_id, position, tag) SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(?)',
  ),
}));

function putTags(connection: Connection, links: SomeLinks, firstId: number): void {
  const rows = links.flatMap(({ tags }, i) => tags.map((tag, position) => [firstId + i, position, tag]));
  if (rows.length > 0) statementsOf(connection).putTags.run(JSON.stringify(rows));
}

function foldedSlugsOf(connection: Connection, links: SomeLinks): (string | null)[] {
  const rules = new Map<number, SlugRule>();
  return links.map(({ domainId, slug }) => {
    let rule = rules.get(domainId);
    if (rule === undefined) rules.set(domainId, (rule = slugRuleOf(connection, domainId)));
    return foldedSlugFor(connection, domainId, slug, rule);
  });
}

/**
 * What the links are besides once they are stored, with their tags and search entries; or undefined, and then nothing is, where one
 * of them cannot have its slug.
 * @param links at most `linksAtOnce`, of one user
 * @param columns what they and others were sent as
 * @param firstEntry number of the first one's search entry; those of the others follow
 */
export function insertTogether(
  connection: Connection,
  links: SomeLinks,
  { columns }: Pick<LinkColumns, 'columns'>,
  firstEntry: number,
): Pick<Link, 'id' | 'foldedSlug'>[] | undefined {
  try {
    const foldedSlugs = foldedSlugsOf(connection, links);
    const areAlike = columns.every(([name]) => ownFields.has(name)) && foldedSlugs.every((folded) => folded === null);
    // Numbers of one statement follow one another: nobody else inserts meanwhile.
    const lastId = areAlike
      ? putAlike(connection, links, firstEntry)
      : putEach(connection, links, foldedSlugs, firstEntry);
    const firstId = lastId - links.length + 1;
    putTags(connection, links, firstId);
    putSearchEntries(connection, links, { firstId, firstEntry });
    const stored = foldedSlugs.map((foldedSlug, i) => ({ id: firstId + i, foldedSlug }));
    const { userId } = links[0];
    if (usersWanting(connection, 'link.created').has(userId))
      links.forEach((link, i) => tellCreated(connection, { ...link, ...stored[i]! }));
    return stored;
  } catch (error) {
    const isTaken = takenCode(error) !== undefined || isUniqueViolation(error, 'links.folded_slug');
    if (isTaken || error instanceof AppError) return undefined;
    throw error;
  }
}
