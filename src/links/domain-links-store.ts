// What happens to the links on a domain when the domain changes: its slugs lose or regain their case, or it goes away.

import { AppError } from '../core/errors.ts';
import { defineOperation } from '../storage/operation.ts';
import { allRows, type Connection, execute, firstRow, query, repeated, repeatedRead } from '../storage/query.ts';
import { type Domain, defaultDomainId, type DomainSettings, type SlugCase, type SlugRule } from '../domains/domain.ts';
import { findDomain, findDomainById } from '../domains/domain-store.ts';
import { foldSlug } from './slug.ts';

/** Named in a conflict; more are only counted. */
const maxNamed = 10;

/** How many links are on a domain, and how many of them are archived. */
export function countLinksOn(connection: Connection, domainId: number): { total: number; archived: number } {
  const counted = query
    .selectFrom('links')
    .select((is) => [is.fn.countAll<number>().as('total'), is.fn.sum<number | null>('is_archived').as('archived')])
    .where('domain_id', '=', domainId);
  const row = firstRow(connection, counted);
  return { total: row?.total ?? 0, archived: row?.archived ?? 0 };
}

const readFolded = repeatedRead((domainId: number, foldedSlug: string) =>
  query.selectFrom('links').select('id').where('domain_id', '=', domainId).where('folded_slug', '=', foldedSlug),
);

/**
 * What is stored as a link's slug without case; null where it is found in its own case alone.
 * @param ownId the link's, where it is stored already
 * @throws AppError SLUG_EXISTS where another link is found by this slug in another case, as it was once promised
 */
export function foldedSlugFor(
  connection: Connection,
  domainId: number,
  slug: string,
  { slugCase, hasFoldedSlugs }: SlugRule,
  ownId?: number,
): string | null {
  if (!hasFoldedSlugs) return null;
  const folded = foldSlug(slug);
  const holder = readFolded(connection, domainId, folded);
  if (holder !== undefined && holder.id !== ownId) {
    const message = 'slug is taken on this domain, where case makes no difference';
    throw new AppError('SLUG_EXISTS', message, [{ path: 'slug', message }]);
  }
  // What is found in any case stays so when it is stored again.
  return slugCase === 'insensitive' || holder !== undefined ? folded : null;
}

const foldOne = repeated(({ folded, id }: { folded: string; id: number }) =>
  query.updateTable('links').set({ folded_slug: folded }).where('id', '=', id),
);

/** Makes every link of a domain be found in any case. Throws CONFLICT when two differ by case alone, and names them. */
function foldSlugs(connection: Connection, domainId: number): void {
  const rows = allRows(connection, query.selectFrom('links').select(['id', 'slug']).where('domain_id', '=', domainId));
  const byFolded = new Map<string, string[]>();
  for (const { slug } of rows) {
    const folded = foldSlug(slug);
    const alike = byFolded.get(folded);
    if (alike === undefined) byFolded.set(folded, [slug]);
    else alike.push(slug);
  }
  const clashes = [...byFolded.values()].filter((slugs) => slugs.length > 1);
  if (clashes.length > 0) throw clashError(clashes);
  for (const { id, slug } of rows) foldOne(connection, { folded: foldSlug(slug), id });
}

function clashError(clashes: readonly (readonly string[])[]): AppError {
  const named = clashes.slice(0, maxNamed).map((slugs) => slugs.slice(0, maxNamed).join(' and '));
  const rest = clashes.length - named.length;
  const message = `slugs must keep their case while links differ by it alone: ${named.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
  return new AppError('CONFLICT', message, [{ path: 'slugCase', message }]);
}

/** Throws CONFLICT when two links differ by case alone. Back in `sensitive`, links that were found in any case still are. */
function changeSlugCase(connection: Connection, domain: Domain, slugCase: SlugCase): void {
  if (domain.slugCase === slugCase) return;
  if (slugCase === 'insensitive') foldSlugs(connection, domain.id);
  const flags = slugCase === 'insensitive' ? { has_folded_slugs: 1 } : {};
  execute(
    connection,
    query
      .updateTable('domains')
      .set({ slug_case: slugCase, ...flags })
      .where('id', '=', domain.id),
  );
}

/** The case rule of the default domain, which is the operator's to say. Throws CONFLICT when two links differ by case alone. */
export const setDefaultSlugCase = defineOperation(
  'links.set-default-slug-case',
  (connection, { slugCase }: { slugCase: SlugCase }): void =>
    changeSlugCase(connection, findDomainById(connection, defaultDomainId) as Domain, slugCase),
);

interface OwnDomain {
  readonly userId: number;
  readonly publicId: string;
}

function requireDomain(connection: Connection, { userId, publicId }: OwnDomain): Domain {
  const found = findDomain(connection, userId, publicId);
  if (found === undefined) throw new AppError('NOT_FOUND', 'no such domain');
  return found;
}

interface ChangeDomain extends OwnDomain {
  readonly fields: Partial<DomainSettings>;
  readonly now: number;
}

/** Throws NOT_FOUND for an unknown or another user's domain, CONFLICT when its slugs do not allow the new rule. */
export const changeDomain = defineOperation(
  'links.change-domain',
  (connection, { fields, now, ...own }: ChangeDomain): Domain => {
    const domain = requireDomain(connection, own);
    const { defaultRedirectUrl, notFoundUrl, slugCase, clickRetentionDays } = fields;
    if (slugCase !== undefined) changeSlugCase(connection, domain, slugCase);
    const set = {
      ...(defaultRedirectUrl === undefined ? {} : { default_redirect_url: defaultRedirectUrl }),
      ...(notFoundUrl === undefined ? {} : { not_found_url: notFoundUrl }),
      ...(clickRetentionDays === undefined ? {} : { click_retention_days: clickRetentionDays }),
      // Never equal to the one before: a client that sorts by it sees each change.
      updated_at: Math.max(now, domain.updatedAt + 1),
    };
    execute(connection, query.updateTable('domains').set(set).where('id', '=', domain.id));
    return findDomainById(connection, domain.id) as Domain;
  },
);

function inUse(host: string, { total, archived }: { total: number; archived: number }): AppError {
  const links = total === 1 ? '1 link is' : `${total} links are`;
  const some = archived === 0 ? '' : ` (${archived} archived)`;
  return new AppError('CONFLICT', `${links} on ${host}${some}: move them to another domain first`);
}

/** True when a row cannot go because others refer to it. */
function isReferred(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'SQLITE_CONSTRAINT_FOREIGNKEY';
}

/** Gives the id of the domain that is gone. Throws NOT_FOUND, or CONFLICT while anything is on it: a printed link must not die by the way. */
export const removeDomain = defineOperation('links.remove-domain', (connection, own: OwnDomain): number => {
  const { id, host } = requireDomain(connection, own);
  const links = countLinksOn(connection, id);
  if (links.total > 0) throw inUse(host, links);
  try {
    execute(connection, query.deleteFrom('domains').where('id', '=', id));
  } catch (cause) {
    if (!isReferred(cause)) throw cause;
    throw new AppError('CONFLICT', `there are still galleries on ${host}: move or delete them first`, [], { cause });
  }
  return id;
});

export const domainLinkOperations = [setDefaultSlugCase, changeDomain, removeDomain];
