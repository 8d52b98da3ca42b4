// Inserts many links by a few statements. Inside an operation's savepoint SQLite keeps what a statement may have to undo in memory,
// and walks through all of it at the end of each: a thousand links by a thousand statements cost ten times as much.

import { AppError } from '../core/errors.ts';
import type { SlugRule } from '../domains/domain.ts';
import { slugRuleOf } from '../domains/domain-store.ts';
import { type Connection, isUniqueViolation, query, repeatedRows } from '../storage/query.ts';
import { foldedSlugFor } from './domain-links-store.ts';
import type { Link } from './link.ts';
import { takenCode } from './link-codes-store.ts';
import { tellCreated } from './link-events-store.ts';
import { toRow } from './link-store.ts';
import { putSearchEntries } from './search/search-write-store.ts';

/** Links of one statement. */
export const linksAtOnce = 100;

const insertLinks = repeatedRows((rows: readonly ReturnType<typeof toRow>[]) => query.insertInto('links').values(rows));
const insertTags = repeatedRows((rows: readonly { link_id: number; position: number; tag: string }[]) =>
  query.insertInto('link_tags').values(rows),
);

/** In rows of which there are never many different numbers: a statement is prepared for each. */
function putTags(connection: Connection, links: readonly Link[]): void {
  const rows = links.flatMap(({ id, tags }) => tags.map((tag, position) => ({ link_id: id, position, tag })));
  for (let start = 0; start < rows.length; start += linksAtOnce)
    insertTags(connection, rows.slice(start, start + linksAtOnce));
}

/**
 * The links as they are stored, with their tags and search entries; or undefined, and then nothing is, where one of them cannot
 * have its slug.
 * @param links at most `linksAtOnce`, of one user
 * @param firstEntry number of the first one's search entry; those of the others follow
 */
export function insertTogether(
  connection: Connection,
  links: readonly Omit<Link, 'id' | 'foldedSlug'>[],
  firstEntry: number,
): Link[] | undefined {
  const rules = new Map<number, SlugRule>();
  const ruleOf = (domainId: number): SlugRule => {
    let rule = rules.get(domainId);
    if (rule === undefined) rules.set(domainId, (rule = slugRuleOf(connection, domainId)));
    return rule;
  };
  try {
    const folded = links.map((link) => ({
      ...link,
      foldedSlug: foldedSlugFor(connection, link.domainId, link.slug, ruleOf(link.domainId)),
    }));
    const rows = folded.map((link, i) => toRow(link, firstEntry + i));
    // Numbers of one statement follow one another: nobody else inserts meanwhile.
    const firstId = Number(insertLinks(connection, rows).lastInsertRowid) - rows.length + 1;
    const stored = folded.map((link, i): Link => ({ ...link, id: firstId + i }));
    putTags(connection, stored);
    putSearchEntries(connection, stored, firstEntry);
    for (const link of stored) tellCreated(connection, link);
    return stored;
  } catch (error) {
    const isTaken = takenCode(error) !== undefined || isUniqueViolation(error, 'links.folded_slug');
    if (isTaken || error instanceof AppError) return undefined;
    throw error;
  }
}
