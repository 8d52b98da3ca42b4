// A place as a geo database tells it, one frozen object for each: callers key on it, so the same place is the same (===) object
// for as long as it is remembered, whichever record, file or reload it came from.

import { BoundedCache } from '../core/bounded-cache.ts';

export interface Place {
  /** ISO 3166-1 alpha-2, upper-case. */
  readonly country: string | null;
  /** ISO 3166-2, such as GB-ENG, of the largest subdivision; null where the file has names alone. */
  readonly region: string | null;
  /** English, where the file has it. */
  readonly regionName: string | null;
  readonly city: string | null;
  readonly postalCode: string | null;
  readonly latitude: number | null;
  readonly longitude: number | null;
  /** IANA name. */
  readonly timezone: string | null;
  /** AF, AN, AS, EU, NA, OC, SA. */
  readonly continent: string | null;
}

export const nowhere: Place = Object.freeze({
  country: null,
  region: null,
  regionName: null,
  city: null,
  postalCode: null,
  latitude: null,
  longitude: null,
  timezone: null,
  continent: null,
});

type Fields = Readonly<Record<string, unknown>>;

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

const maxTextLength = 128;

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value.slice(0, maxTextLength).toWellFormed() : null;
}

function codeOf(value: unknown): string | null {
  if (typeof value !== 'string' || !/^[a-z]{2}$/i.test(value)) return null;
  const code = value.toUpperCase();
  // Files write these where they do not know.
  return code === 'ZZ' || code === 'XX' ? null : code;
}

function degreesOf(value: unknown, limit: number): number | null {
  const degrees = typeof value === 'string' && value !== '' ? Number(value) : value;
  return typeof degrees === 'number' && Math.abs(degrees) <= limit ? degrees : null;
}

/** English, else whichever language the file has first: a name in some script is better than none. */
function nameOf(value: unknown): string | null {
  if (typeof value === 'string') return textOf(value);
  const names = fieldsOf(fieldsOf(value)['names']);
  return textOf(names['en']) ?? textOf(Object.values(names)[0]);
}

function regionCodeOf(country: string | null, value: unknown): string | null {
  if (country === null || typeof value !== 'string' || !/^[a-z\d]{1,3}$/i.test(value)) return null;
  return `${country}-${value.toUpperCase()}`;
}

/** Reads the nested records of GeoLite2, GeoIP2 and DB-IP, and the flat ones of ip-location-db and IPinfo. */
function placeOf(record: Fields): Place {
  const location = fieldsOf(record['location']);
  const subdivisions = record['subdivisions'];
  const subdivision = fieldsOf(Array.isArray(subdivisions) ? subdivisions[0] : undefined);
  const continent = record['continent'];
  const country =
    codeOf(fieldsOf(record['country'])['iso_code']) ?? codeOf(record['country_code']) ?? codeOf(record['country']);
  return {
    country,
    region: regionCodeOf(country, subdivision['iso_code'] ?? record['region_code']),
    regionName: nameOf(subdivision) ?? textOf(record['state1']) ?? textOf(record['region']),
    city: nameOf(record['city']),
    postalCode:
      textOf(fieldsOf(record['postal'])['code']) ?? textOf(record['postcode']) ?? textOf(record['postal_code']),
    latitude: degreesOf(location['latitude'] ?? record['latitude'], 90),
    longitude: degreesOf(location['longitude'] ?? record['longitude'], 180),
    timezone: textOf(location['time_zone']) ?? textOf(record['timezone']),
    continent: codeOf(fieldsOf(continent)['code']) ?? codeOf(record['continent_code']) ?? codeOf(continent),
  };
}

const nowhereKey = JSON.stringify(Object.values(nowhere));

/** Makes places of a database's records. */
export class Places {
  readonly #byContent: BoundedCache<string, Place>;

  /** @param capacity the most places that are remembered; 32,768 of them take some 15 MB */
  constructor(capacity = 32_768) {
    this.#byContent = new BoundedCache(capacity);
  }

  /** The place that a record tells of; `nowhere` itself where it tells nothing. */
  of(record: object): Place {
    const place = placeOf(record as Fields);
    const key = JSON.stringify(Object.values(place));
    if (key === nowhereKey) return nowhere;
    const known = this.#byContent.get(key);
    if (known !== undefined) return known;
    this.#byContent.set(key, Object.freeze(place));
    return place;
  }
}
