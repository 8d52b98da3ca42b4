// What the texts of a link's input mean: URLs, slugs, times, countries, tags. Reports every fault, stops at none.

import { invalidField } from '../core/errors.ts';
import { escapeControls } from '../core/one-line.ts';
import { parseInstant } from '../core/instant.ts';
import { isLongerThan, lineFault } from '../core/text-rules.ts';
import type { Faults } from '../core/validation.ts';
import { countryCodeFault } from './country-codes.ts';
import { type DestinationRules, parseDeepLink, parseDestination } from './destination.ts';
import { type DeviceTargets, type GeoTargets, targetDevices } from './link.ts';
import { maxPasswordLength, maxTagLength, minPasswordLength } from './link-schemas.ts';
import { parseMetadata } from './metadata.ts';
import { parseSlug } from './slug.ts';

/** What the rules depend on besides the input. */
export interface LinkInputContext extends DestinationRules {
  /** Unix milliseconds; `expiresAt` must lie after it. */
  readonly now: number;
  /** The operator's reserved slugs. */
  readonly reserved: ReadonlySet<string>;
}

export type Body = Readonly<Record<string, unknown>>;

/** The body as an object; anything else is the schema's to report. */
export function objectOf(body: unknown): Body {
  return typeof body === 'object' && body !== null ? (body as Body) : {};
}

function parsePassword(text: string): string | null {
  if (text === '') return null;
  const fault = lineFault(text);
  if (fault !== undefined) throw invalidField('password', `password ${fault}`);
  if (!isLongerThan(text, minPasswordLength - 1)) {
    throw invalidField('password', `password is shorter than ${minPasswordLength} characters`, 'PASSWORD_TOO_SHORT');
  }
  if (isLongerThan(text, maxPasswordLength)) {
    throw invalidField('password', `password is longer than ${maxPasswordLength} characters`);
  }
  return text;
}

function parseExpiration(text: string, now: number): number {
  const expiresAt = parseInstant(text);
  const fault =
    expiresAt === undefined
      ? 'expiresAt must be an ISO 8601 time with an offset, such as 2030-01-31T12:00:00Z'
      : 'expiresAt lies in the past';
  if (expiresAt === undefined || expiresAt <= now) throw invalidField('expiresAt', fault, 'INVALID_EXPIRATION');
  return expiresAt;
}

/** A tag as it is stored and compared: trimmed, NFC. */
export function normalTag(tag: string): string {
  return tag.trim().normalize('NFC');
}

function parseTags(tags: readonly unknown[], faults: Faults): string[] {
  const unique = new Set<string>();
  tags.forEach((given, index) => {
    if (typeof given !== 'string') return;
    const tag = normalTag(given);
    const fault = tag === '' ? 'is empty' : lineFault(tag);
    if (fault !== undefined) faults.add(`tags.${index}`, fault);
    else if (isLongerThan(tag, maxTagLength)) faults.add(`tags.${index}`, `is longer than ${maxTagLength} characters`);
    else unique.add(tag);
  });
  return [...unique];
}

function parseGeoTargets(given: object, faults: Faults, context: LinkInputContext): GeoTargets | null {
  // No prototype: the keys are the caller's.
  const targets = Object.create(null) as Record<string, string>;
  for (const [key, url] of Object.entries(given)) {
    // Letters of ASCII only: a dotless ı would become an I.
    const code = /^[a-z]{2}$/i.test(key) ? key.toUpperCase() : key;
    const path = `geoTargets.${escapeControls(key.slice(0, 20).toWellFormed())}`;
    const fault = countryCodeFault(code) ?? (code in targets ? 'is given twice, in different case' : undefined);
    if (fault !== undefined) faults.add(path, fault);
    else if (typeof url === 'string') {
      targets[code] = faults.attempt(() => parseDestination(url, path, context)) ?? '';
    }
  }
  // A spread has the ordinary prototype again, as comparisons and inspectors expect.
  return Object.keys(targets).length === 0 ? null : { ...targets };
}

function parseDeviceTargets(given: Body, faults: Faults, context: LinkInputContext): DeviceTargets | null {
  const targets: { -readonly [K in keyof DeviceTargets]: DeviceTargets[K] } = {};
  for (const device of targetDevices) {
    const url = given[device];
    const parsed =
      typeof url === 'string'
        ? faults.attempt(() => parseDestination(url, `deviceTargets.${device}`, context))
        : undefined;
    if (parsed !== undefined) targets[device] = parsed;
  }
  return Object.keys(targets).length === 0 ? null : targets;
}

/** A preview image may lie on one of our own domains: nobody is sent there. */
const anyHost = (): boolean => false;

/**
 * What the texts of a body mean, and the faults in that. A value of the wrong type is skipped: the schema has reported
 * it. Undefined is "not given", null is "none".
 */
export function readMeanings(body: Body, faults: Faults, context: LinkInputContext) {
  const text = <T>(name: string, parse: (text: string) => T): T | null | undefined => {
    const value = body[name];
    if (typeof value === 'string') return faults.attempt(() => parse(value));
    return value === null ? null : undefined;
  };
  const object = <T>(name: string, parse: (given: Body) => T): T | null | undefined => {
    const value = body[name];
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return faults.attempt(() => parse(value as Body));
    return value === null ? null : undefined;
  };
  const url = (name: string) => text(name, (given) => parseDestination(given, name, context));
  const deepLink = (name: string) => text(name, (given) => parseDeepLink(given, name, context));
  const { tags } = body;
  return {
    destinationUrl: url('destinationUrl'),
    slug: text('slug', (given) => parseSlug(given, context)),
    tags: Array.isArray(tags) ? parseTags(tags, faults) : tags === null ? [] : undefined,
    password: text('password', parsePassword),
    expiresAt: text('expiresAt', (given) => parseExpiration(given, context.now)),
    expiredUrl: url('expiredUrl'),
    geoTargets: object('geoTargets', (given) => parseGeoTargets(given, faults, context)),
    deviceTargets: object('deviceTargets', (given) => parseDeviceTargets(given, faults, context)),
    iosUrl: deepLink('iosUrl'),
    androidUrl: deepLink('androidUrl'),
    ogImage: text('ogImage', (given) => parseDestination(given, 'ogImage', { ...context, ownHosts: anyHost })),
    metadata: object('metadata', parseMetadata),
  };
}
