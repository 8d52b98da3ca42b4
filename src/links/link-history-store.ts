// Earlier versions of links. Only changes are stored: a link that was never changed costs nothing.

import { isDeepStrictEqual } from 'node:util';
import { allRows, type Connection, firstRow, query, repeated } from '../storage/query.ts';
import type { LinkHistoryTable } from '../storage/tables.ts';
import type { Link } from './link.ts';

// Everything that a change can change.
export const versionedFields = [
  'domainId',
  'slug',
  'alias',
  'destinationUrl',
  'title',
  'description',
  'tags',
  'passwordHash',
  'expiresAt',
  'clickLimit',
  'oneTime',
  'expiredUrl',
  'geoTargets',
  'deviceTargets',
  'iosUrl',
  'androidUrl',
  'utm',
  'og',
  'forwardQuery',
  'redirectStatus',
  'trackAnalytics',
  'filterBots',
  'publicStats',
  'metadata',
  'settings',
  'advancedAnalytics',
  'isArchived',
] as const;

/** What a version holds. */
export type VersionFields = Pick<Link, (typeof versionedFields)[number]>;

export interface LinkVersion {
  readonly version: number;
  readonly madeAt: number;
  /** The key that made it; null: none did, or it is unknown. */
  readonly keyPublicId: string | null;
  readonly fields: VersionFields;
}

/** Whether a field holds the same in both; the keys of an object have no order. */
export function isSameIn(name: keyof VersionFields, a: VersionFields, b: VersionFields): boolean {
  return isDeepStrictEqual(a[name], b[name]);
}

/** Whether there is nothing to tell two versions apart by. */
export function isSameVersion(a: VersionFields, b: VersionFields): boolean {
  return versionedFields.every((name) => isSameIn(name, a, b));
}

/** Whether two links lead and behave alike; passwords are never compared, so a link with one is like no other. */
export function isAlike(a: VersionFields, b: VersionFields, names: readonly (keyof VersionFields)[]): boolean {
  if (a.passwordHash !== null || b.passwordHash !== null) return false;
  return names.every((name) => isSameIn(name, a, b));
}

function fieldsOf(link: Link): VersionFields {
  return Object.fromEntries(versionedFields.map((name) => [name, link[name]])) as unknown as VersionFields;
}

const insertVersion = repeated((row: LinkHistoryTable) => query.insertInto('link_history').values(row));

/** Keeps a link as it stands, before it is changed. */
export function putVersion(connection: Connection, link: Link): void {
  const row = {
    link_id: link.id,
    version: link.version,
    fields: JSON.stringify(fieldsOf(link)),
    made_at: link.updatedAt,
    key_id: link.changedByKeyId,
  };
  insertVersion(connection, row);
}

function keyPublicId(connection: Connection, keyId: number | null): string | null {
  if (keyId === null) return null;
  return (
    firstRow(connection, query.selectFrom('api_keys').select('public_id').where('id', '=', keyId))?.public_id ?? null
  );
}

/** The present version first, then the earlier ones, of which the latest `limit`. */
export function listVersions(connection: Connection, link: Link, limit: number): LinkVersion[] {
  const present: LinkVersion = {
    version: link.version,
    madeAt: link.updatedAt,
    keyPublicId: keyPublicId(connection, link.changedByKeyId),
    fields: fieldsOf(link),
  };
  const earlier = query
    .selectFrom('link_history')
    .leftJoin('api_keys', 'api_keys.id', 'link_history.key_id')
    .select(['link_history.version', 'link_history.made_at', 'link_history.fields', 'api_keys.public_id'])
    .where('link_history.link_id', '=', link.id)
    .orderBy('link_history.version', 'desc')
    .limit(limit);
  return [
    present,
    ...allRows(connection, earlier).map((row) => ({
      version: row.version,
      madeAt: row.made_at,
      keyPublicId: row.public_id,
      fields: JSON.parse(row.fields) as VersionFields,
    })),
  ];
}

/** The fields of an earlier version, or undefined when there is none of that number. */
export function findVersion(connection: Connection, linkId: number, version: number): VersionFields | undefined {
  const found = query
    .selectFrom('link_history')
    .select('fields')
    .where('link_id', '=', linkId)
    .where('version', '=', version);
  const row = firstRow(connection, found);
  return row && (JSON.parse(row.fields) as VersionFields);
}
