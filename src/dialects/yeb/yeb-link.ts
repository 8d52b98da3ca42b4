// A link as yeb.to shows it and takes it: names, types and defaults; what the values mean is the domain's to say.

import * as z from 'zod';
import { invalidField } from '../../core/errors.ts';
import { Faults } from '../../core/validation.ts';
import {
  type LinkChange,
  type LinkInputContext,
  type NewLink,
  parseLinkChange,
  parseNewLink,
} from '../../links/link-input.ts';
import { parseSettings } from '../../links/link-settings.ts';
import type { CountedLink, Link } from '../../links/link.ts';
import { parseSlug, slugInUrl } from '../../links/slug.ts';
import type { YebBody } from './yeb-body.ts';

type Fields = YebBody['fields'];

/** The domain's names of fields, as clients of yeb.to know them. */
export const yebNames = {
  destinationUrl: 'original_url',
  slug: 'short_code',
  expiresAt: 'expires_at',
  clickLimit: 'click_limit',
  oneTime: 'one_time',
};

const code = z.string().regex(/^[A-Za-z0-9\-_]{1,100}$/, 'must be 1 to 100 letters of A to Z, digits, "-" or "_"');

// What is not named here is not ours: clients send fields of their own.
const optionalFields = {
  alias: code.nullish(),
  password: z.string().nullish(),
  expires_at: z.string().nullish(),
  click_limit: z.int().min(1).nullish(),
  one_time: z.boolean().nullish(),
  advanced_analytics: z.boolean().nullish(),
  settings: z.array(z.unknown()).nullish(),
};
const newLinkSchema = z.looseObject({ original_url: z.string(), short_code: code.nullish(), ...optionalFields });
const linkChangeSchema = z.looseObject({
  original_url: z.string().optional(),
  short_code: code.optional(),
  ...optionalFields,
});

/** Adds the scheme that people leave out: `example.com/pricing`, `example.com:8080`, `//example.com`. */
function withScheme(url: string): string {
  if (url.startsWith('//')) return `https:${url}`;
  const hasScheme = /^[a-z][a-z0-9+.-]*:/i.test(url) && !/^[a-z0-9.-]+:\d+(?:[/?#]|$)/i.test(url);
  return hasScheme || url === '' ? url : `https://${url}`;
}

/** A time without an offset is one in UTC. */
function withOffset(time: string): string {
  if (/^\d{4}-\d\d-\d\d$/.test(time)) return `${time}T00:00:00Z`;
  return /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?$/.test(time) ? `${time.replace(' ', 'T')}Z` : time;
}

/** Null and undefined have meanings of their own, and stay. */
function mapped(text: string | null | undefined, map: (text: string) => string): string | null | undefined {
  return typeof text === 'string' ? map(text) : text;
}

function aliasOf(alias: string | null | undefined, context: LinkInputContext): string | null {
  if (alias === null || alias === undefined) return null;
  try {
    return parseSlug(alias, context);
  } catch (cause) {
    throw invalidField('alias', cause instanceof Error ? cause.message.replace('slug', 'alias') : 'alias is invalid');
  }
}

function requireDifferent(alias: string | null | undefined, shortCode: string | null | undefined): void {
  if (alias !== null && alias !== undefined && alias === shortCode)
    throw invalidField('alias', 'alias and short_code must be different');
}

// The examples of yeb.to set times that have passed by now. Such a link is made, and has expired.
const takesAnyTime = (context: LinkInputContext): LinkInputContext => ({ ...context, now: -Infinity });

/** Throws an AppError with the names that yeb.to or the domain has for the fields at fault. */
export function parseYebNewLink(fields: Fields, advancedAnalytics: boolean, context: LinkInputContext): NewLink {
  const faults = new Faults();
  const given = faults.check(newLinkSchema, fields);
  const settings = parseSettings(given?.settings ?? [], 'settings', faults);
  faults.throwIfAny();
  const { original_url: url, short_code: slug, password, alias } = given!;
  requireDifferent(alias, slug);
  const body = {
    destinationUrl: withScheme(url),
    slug: slug ?? null,
    password: password === '' ? null : (password ?? null),
    expiresAt: mapped(given!.expires_at, withOffset) ?? null,
    clickLimit: given!.click_limit ?? null,
    oneTime: given!.one_time ?? null,
  };
  return {
    ...parseNewLink(body, takesAnyTime(context)),
    alias: aliasOf(alias, context),
    settings,
    advancedAnalytics,
  };
}

/** As `parseYebNewLink`. Absent fields stay as they are; null clears those that a link can do without. */
export function parseYebChange(fields: Fields, context: LinkInputContext): LinkChange {
  const faults = new Faults();
  const given = faults.check(linkChangeSchema, fields);
  const settings = parseSettings(given?.settings ?? [], 'settings', faults);
  faults.throwIfAny();
  const { alias, advanced_analytics: advanced } = given!;
  requireDifferent(alias, given!.short_code);
  const body = {
    destinationUrl: mapped(given!.original_url, withScheme),
    slug: given!.short_code,
    password: given!.password,
    expiresAt: mapped(given!.expires_at, withOffset),
    clickLimit: given!.click_limit,
    oneTime: given!.one_time,
  };
  // What is absent must not be there at all.
  const present = Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));
  return {
    ...parseLinkChange(present, takesAnyTime(context)),
    ...(alias === undefined ? {} : { alias: aliasOf(alias, context) }),
    ...(given!.settings === undefined ? {} : { settings }),
    ...(advanced === undefined ? {} : { advancedAnalytics: advanced ?? false }),
  };
}

/** Whole seconds, as yeb.to writes times. */
export function yebTime(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, -'.000Z'.length)}Z`;
}

/** @param origin of the link's domain */
function publicUrl({ alias, slug }: Link, origin: string): string {
  return `${origin}/l/${slugInUrl(alias ?? slug)}`;
}

export function yebLink({ link, clickCount }: CountedLink, origin: string) {
  return {
    original_url: link.destinationUrl,
    short_code: link.slug,
    alias: link.alias,
    public_url: publicUrl(link, origin),
    expires_at: link.expiresAt === null ? null : yebTime(link.expiresAt),
    click_limit: link.clickLimit,
    one_time: link.oneTime,
    advanced_analytics: link.advancedAnalytics,
    total_clicks: clickCount,
    created_at: yebTime(link.createdAt),
    updated_at: yebTime(link.updatedAt),
    settings: link.settings,
  };
}
