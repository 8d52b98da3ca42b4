// What callers send about links, read once at the edge: the results hold only stored forms and obey every limit.
// All faults of an input are reported together; the error's code is the first one's.

import assert from 'node:assert';
import { Faults, queryValues } from '../core/validation.ts';
import { type Link, type LinkSetting, noOpenGraph, noSettings, noTags, noUtm, type OpenGraph } from './link.ts';
import { type LinkInputContext, normalTag, objectOf, readMeanings } from './link-meanings.ts';
import {
  linkChangeSchema,
  linkListingSchema,
  type LinkSort,
  minPasswordLength,
  newLinkSchema,
} from './link-schemas.ts';
import type { Utm } from './query.ts';

export type { LinkInputContext };

/** Fields that a caller may set, in their stored form, and the password still in clear text, to be hashed. */
type Settable = Pick<
  Link,
  | 'destinationUrl'
  | 'title'
  | 'description'
  | 'tags'
  | 'expiresAt'
  | 'clickLimit'
  | 'oneTime'
  | 'expiredUrl'
  | 'geoTargets'
  | 'deviceTargets'
  | 'iosUrl'
  | 'androidUrl'
  | 'forwardQuery'
  | 'redirectStatus'
  | 'trackAnalytics'
  | 'filterBots'
  | 'publicStats'
  | 'metadata'
> & { readonly password: string | null; readonly domain: string | null };

/** What the native API does not know of, and other shorteners' clients do. */
interface DialectFields {
  readonly alias: string | null;
  readonly settings: readonly LinkSetting[];
  readonly advancedAnalytics: boolean;
}

/** A link to be made. `slug` null: draw one; `domain` null: the default one; otherwise as given, yet to be looked up. */
export interface NewLink extends Settable, DialectFields {
  readonly slug: string | null;
  readonly utm: Utm;
  readonly og: OpenGraph;
  /** Return the caller's identical live link, where there is one, instead of making another. */
  readonly findExisting: boolean;
  /** Characters of a drawn slug. */
  readonly drawnLength: number;
}

/** A change of a link: absent is "as it is", null is "none". `utm` and `og` hold only the fields that change. */
export interface LinkChange extends Partial<Omit<Settable, 'domain'>>, Partial<DialectFields> {
  readonly slug?: string;
  readonly domain?: string;
  readonly isArchived?: boolean;
  readonly utm?: Partial<Utm>;
  readonly og?: Partial<OpenGraph>;
}

/** A page of links. Exactly one of `page` (from 1) and `cursor` is set. */
export interface LinkListing {
  readonly page: number | null;
  readonly cursor: string | null;
  readonly perPage: number;
  readonly search: string | null;
  readonly domain: string | null;
  /** A link must carry all of them. */
  readonly tags: readonly string[];
  /** Whether archived links are shown beside the live ones. */
  readonly archived: boolean;
  readonly sort: LinkSort;
  readonly order: 'asc' | 'desc';
}

const usualSlugLength = 7;

/** What a field holds when nobody sets it, and again when it is cleared. */
export const linkDefaults = {
  oneTime: false,
  forwardQuery: true,
  redirectStatus: 302,
  trackAnalytics: true,
  filterBots: true,
  publicStats: false,
} as const;

/** The values where one of them is set, or else those of all that have none. */
function anyOf<T extends object>(none: T, values: T): T {
  for (const value of Object.values(values)) if (value !== null) return values;
  return none;
}

/**
 * The body of a create or upsert.
 * @throws AppError VALIDATION_ERROR, INVALID_URL, SLUG_RESERVED, INVALID_EXPIRATION or PASSWORD_TOO_SHORT, with details
 */
export function parseNewLink(body: unknown, context: LinkInputContext): NewLink {
  const faults = new Faults();
  const shape = faults.check(newLinkSchema, body);
  const given = objectOf(body);
  const meanings = readMeanings(given, faults, context);
  // In a new link '' has nothing to clear: whoever sends it expects a password, and would get a link without one.
  if (given['password'] === '') {
    faults.add('password', `is shorter than ${minPasswordLength} characters`, 'PASSWORD_TOO_SHORT');
  }
  faults.throwIfAny();
  assert(shape !== undefined && typeof meanings.destinationUrl === 'string');
  return {
    destinationUrl: meanings.destinationUrl,
    slug: meanings.slug ?? null,
    domain: shape.domain ?? null,
    title: shape.title ?? null,
    description: shape.description ?? null,
    tags: meanings.tags ?? noTags,
    password: meanings.password ?? null,
    expiresAt: meanings.expiresAt ?? null,
    clickLimit: shape.clickLimit ?? null,
    oneTime: shape.oneTime ?? linkDefaults.oneTime,
    expiredUrl: meanings.expiredUrl ?? null,
    geoTargets: meanings.geoTargets ?? null,
    deviceTargets: meanings.deviceTargets ?? null,
    iosUrl: meanings.iosUrl ?? null,
    androidUrl: meanings.androidUrl ?? null,
    utm: anyOf(noUtm, {
      source: shape.utmSource ?? null,
      medium: shape.utmMedium ?? null,
      campaign: shape.utmCampaign ?? null,
      term: shape.utmTerm ?? null,
      content: shape.utmContent ?? null,
    }),
    og: anyOf(noOpenGraph, {
      title: shape.ogTitle ?? null,
      description: shape.ogDescription ?? null,
      image: meanings.ogImage ?? null,
    }),
    forwardQuery: shape.forwardQuery ?? linkDefaults.forwardQuery,
    redirectStatus: shape.redirectStatus ?? linkDefaults.redirectStatus,
    trackAnalytics: shape.trackAnalytics ?? linkDefaults.trackAnalytics,
    filterBots: shape.filterBots ?? linkDefaults.filterBots,
    publicStats: shape.publicStats ?? linkDefaults.publicStats,
    metadata: meanings.metadata ?? null,
    findExisting: shape.findExisting ?? false,
    drawnLength: usualSlugLength,
    alias: null,
    settings: noSettings,
    advancedAnalytics: true,
  };
}

/** Null, "back to the default", as that default; undefined, "as it is", stays. */
function orDefault<T>(value: T | null | undefined, fallback: T): T | undefined {
  return value === null ? fallback : value;
}

/** The object without its undefined values, or undefined where nothing is left. */
function withoutAbsent<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

function givenOrNone<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } | undefined {
  const present = withoutAbsent(values);
  return Object.keys(present).length === 0 ? undefined : present;
}

/**
 * The body of a change; an empty one changes nothing. `findExisting` is accepted, as every field of a create is, and
 * means nothing here.
 * @throws AppError as `parseNewLink`
 */
export function parseLinkChange(body: unknown, context: LinkInputContext): LinkChange {
  const faults = new Faults();
  const shape = faults.check(linkChangeSchema, body);
  const meanings = readMeanings(objectOf(body), faults, context);
  faults.throwIfAny();
  assert(shape !== undefined && meanings.destinationUrl !== null && meanings.slug !== null);
  return withoutAbsent({
    destinationUrl: meanings.destinationUrl,
    slug: meanings.slug,
    domain: shape.domain,
    title: shape.title,
    description: shape.description,
    tags: meanings.tags,
    password: meanings.password,
    expiresAt: meanings.expiresAt,
    clickLimit: shape.clickLimit,
    oneTime: orDefault(shape.oneTime, linkDefaults.oneTime),
    expiredUrl: meanings.expiredUrl,
    geoTargets: meanings.geoTargets,
    deviceTargets: meanings.deviceTargets,
    iosUrl: meanings.iosUrl,
    androidUrl: meanings.androidUrl,
    utm: givenOrNone({
      source: shape.utmSource,
      medium: shape.utmMedium,
      campaign: shape.utmCampaign,
      term: shape.utmTerm,
      content: shape.utmContent,
    }),
    og: givenOrNone({ title: shape.ogTitle, description: shape.ogDescription, image: meanings.ogImage }),
    forwardQuery: orDefault(shape.forwardQuery, linkDefaults.forwardQuery),
    redirectStatus: orDefault(shape.redirectStatus, linkDefaults.redirectStatus),
    trackAnalytics: orDefault(shape.trackAnalytics, linkDefaults.trackAnalytics),
    filterBots: orDefault(shape.filterBots, linkDefaults.filterBots),
    publicStats: orDefault(shape.publicStats, linkDefaults.publicStats),
    metadata: meanings.metadata,
    isArchived: orDefault(shape.isArchived, false),
  });
}

/**
 * The query of a list.
 * @throws AppError VALIDATION_ERROR, with details
 */
export function parseLinkListing(query: URLSearchParams): LinkListing {
  const faults = new Faults();
  const values = queryValues(
    query,
    {
      page: 'integer',
      perPage: 'integer',
      cursor: 'text',
      search: 'text',
      domain: 'text',
      tag: 'list',
      archived: 'flag',
      sort: 'text',
      order: 'text',
    },
    faults,
  );
  const shape = faults.check(linkListingSchema, values);
  if (shape?.page !== undefined && shape.cursor !== undefined) faults.add('cursor', 'cannot be combined with page');
  faults.throwIfAny();
  assert(shape !== undefined);
  return {
    page: shape.cursor === undefined ? (shape.page ?? 1) : null,
    cursor: shape.cursor ?? null,
    perPage: shape.perPage,
    search: shape.search ?? null,
    domain: shape.domain ?? null,
    tags: [...new Set(shape.tag.map(normalTag))],
    archived: shape.archived,
    sort: shape.sort,
    order: shape.order,
  };
}
