// What hits are counted by, besides time: one table of every breakdown and filter, what it is read from, and how it is shown.

import type { TermKind } from './hit-columns.ts';

export interface Dimension {
  /** The dictionary that tells it. */
  readonly kind: TermKind;
  /** Of the dictionary's row; the first is the value, further ones tell apart what has the same name. */
  readonly expressions: readonly [value: string, ...further: string[]];
  /** What further fields of a shown row are called. */
  readonly further: readonly string[];
  /** The breakdown's key in answers; the value's own key is the dimension's name. */
  readonly list: string;
  /** Shown where nothing is known; also the value to filter by. */
  readonly absent: string;
}

const unknown = 'unknown';
const none = 'none';

// '' where the name itself is unknown: a version of nothing is nothing.
const browserVersion = `CASE WHEN browser = '' OR browser_version = '' THEN browser
  ELSE browser || ' ' || substr(browser_version, 1, instr(browser_version || '.', '.') - 1) END`;
const osVersion = `CASE WHEN os = '' OR os_version = '' THEN os ELSE os || ' ' || os_version END`;
const region = `CASE WHEN region = '' THEN region_name ELSE region END`;

function dimension<List extends string>(
  kind: TermKind,
  list: List,
  expressions: Dimension['expressions'],
  absent = unknown,
  further: readonly string[] = [],
): Dimension & { readonly list: List } {
  return { kind, list, expressions, absent, further };
}

export const dimensions = {
  country: dimension('place', 'byCountry', ['country']),
  region: dimension('place', 'byRegion', [region, 'region_name', 'country'], unknown, ['name', 'country']),
  city: dimension('place', 'byCity', ['city', region, 'country'], unknown, ['region', 'country']),
  device: dimension('agent', 'byDevice', ['device']),
  browser: dimension('agent', 'byBrowser', ['browser']),
  browserVersion: dimension('agent', 'byBrowserVersion', [browserVersion]),
  /** For dialects; the native API goes down to the major version. */
  browserRelease: dimension('agent', 'byBrowserRelease', ['browser', 'browser_version'], unknown, ['version']),
  os: dimension('agent', 'byOs', ['os']),
  osVersion: dimension('agent', 'byOsVersion', [osVersion]),
  referrer: dimension('referrer', 'byReferrer', ['host'], 'direct'),
  referrerUrl: dimension('referrer', 'byReferrerUrl', ['url'], 'direct'),
  language: dimension('context', 'byLanguage', ['language']),
  utmSource: dimension('context', 'byUtmSource', ['utm_source'], none),
  utmMedium: dimension('context', 'byUtmMedium', ['utm_medium'], none),
  utmCampaign: dimension('context', 'byUtmCampaign', ['utm_campaign'], none),
  utmTerm: dimension('context', 'byUtmTerm', ['utm_term'], none),
  utmContent: dimension('context', 'byUtmContent', ['utm_content'], none),
  target: dimension('context', 'byTarget', ['target']),
  qr: dimension('context', 'byQr', ['qr'], none),
} as const satisfies Record<string, Dimension>;

export type DimensionName = keyof typeof dimensions;
export const everyDimension = Object.keys(dimensions) as DimensionName[];
/** Those of the native API. */
export const dimensionNames = everyDimension.filter((name) => name !== 'browserRelease');

export type ListName = (typeof dimensions)[DimensionName]['list'];
