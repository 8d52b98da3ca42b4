// One stored hit with all that is known of it, in the shapes in which it leaves: an object for JSON, a line for CSV.

import { addressText } from './address-privacy.ts';
import { clickPublicId } from './click-id.ts';
import { fullAddress } from './stored-address.ts';
import { type Verdict, verdictOf } from './verdict.ts';

/** As the database has it; '' stands for unknown. Null where a dictionary has no entry: nothing was kept. */
export type RawHitRow = [
  id: number,
  clickedAt: number,
  verdict: number,
  visitor: number,
  address: Buffer | null,
  linkId: number,
  link: string,
  domain: string,
  slug: string,
  country: string | null,
  region: string | null,
  regionName: string | null,
  city: string | null,
  postalCode: string | null,
  latitude: number | null,
  longitude: number | null,
  timezone: string | null,
  continent: string | null,
  userAgent: string | null,
  device: string | null,
  browser: string | null,
  browserVersion: string | null,
  os: string | null,
  osVersion: string | null,
  referrer: string | null,
  referrerUrl: string | null,
  language: string | null,
  utmSource: string | null,
  utmMedium: string | null,
  utmCampaign: string | null,
  utmTerm: string | null,
  utmContent: string | null,
  target: string | null,
  qr: string | null,
];

export interface RawHit {
  readonly id: string;
  readonly clickedAt: string;
  readonly counted: boolean;
  readonly verdict: Verdict;
  readonly linkId: string;
  readonly domain: string;
  readonly slug: string;
  readonly country: string | null;
  readonly region: string | null;
  readonly regionName: string | null;
  readonly city: string | null;
  readonly postalCode: string | null;
  readonly latitude: number | null;
  readonly longitude: number | null;
  readonly timezone: string | null;
  readonly continent: string | null;
  readonly device: string | null;
  readonly browser: string | null;
  readonly browserVersion: string | null;
  readonly os: string | null;
  readonly osVersion: string | null;
  readonly userAgent: string | null;
  /** Host. */
  readonly referrer: string | null;
  readonly referrerUrl: string | null;
  readonly language: string | null;
  readonly utmSource: string | null;
  readonly utmMedium: string | null;
  readonly utmCampaign: string | null;
  readonly utmTerm: string | null;
  readonly utmContent: string | null;
  readonly target: string | null;
  readonly qr: string | null;
  readonly address: string | null;
  /** 12 hexadecimal digits, the same for the same visitor on one UTC day. */
  readonly visitor: string | null;
}

const text = (value: string | null): string | null => (value === '' ? null : value);

/** @param visitor the hash, or null where none is kept */
export function rawHitOf(row: RawHitRow, visitor: number | null): RawHit {
  const address = fullAddress(row[4]);
  return {
    id: clickPublicId(row[0]),
    clickedAt: new Date(row[1]).toISOString(),
    counted: row[2] === 0,
    verdict: verdictOf(row[2]),
    linkId: row[6],
    domain: row[7],
    slug: row[8],
    country: text(row[9]),
    region: text(row[10]),
    regionName: text(row[11]),
    city: text(row[12]),
    postalCode: text(row[13]),
    latitude: row[14],
    longitude: row[15],
    timezone: text(row[16]),
    continent: text(row[17]),
    device: text(row[19]),
    browser: text(row[20]),
    browserVersion: text(row[21]),
    os: text(row[22]),
    osVersion: text(row[23]),
    userAgent: text(row[18]),
    referrer: text(row[24]),
    referrerUrl: text(row[25]),
    language: text(row[26]),
    utmSource: text(row[27]),
    utmMedium: text(row[28]),
    utmCampaign: text(row[29]),
    utmTerm: text(row[30]),
    utmContent: text(row[31]),
    target: text(row[32]),
    qr: text(row[33]),
    address: address === null ? null : addressText(address),
    visitor: visitor === null ? null : visitor.toString(16).padStart(12, '0'),
  };
}

/** In the order of the columns of an export. */
export const rawHitFields = [
  'id',
  'clickedAt',
  'counted',
  'verdict',
  'linkId',
  'domain',
  'slug',
  'country',
  'region',
  'regionName',
  'city',
  'postalCode',
  'latitude',
  'longitude',
  'timezone',
  'continent',
  'device',
  'browser',
  'browserVersion',
  'os',
  'osVersion',
  'userAgent',
  'referrer',
  'referrerUrl',
  'language',
  'utmSource',
  'utmMedium',
  'utmCampaign',
  'utmTerm',
  'utmContent',
  'target',
  'qr',
  'address',
  'visitor',
] as const satisfies readonly (keyof RawHit)[];
