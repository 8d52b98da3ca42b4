// Where an address is, from any MaxMind DB file of countries or cities. Addresses that belong to nobody in particular
// (private, reserved, documentation …) are nowhere, whatever the file says, and a look-up never throws.

import { Reader } from 'maxmind';

import { BoundedCache } from '../core/bounded-cache.ts';
import { mappedIpv4, parseIpv4, readIpv6 } from './address-privacy.ts';
import { nowhere, type Place, Places } from './place.ts';

// IANA's special-purpose registry and multicast: what ipaddr.js calls anything but `unicast`. First and last address, both included.
const specialIpv4 = [
  '0.0.0.0-0.255.255.255',
  '10.0.0.0-10.255.255.255',
  '100.64.0.0-100.127.255.255', // carrier-grade NAT
  '127.0.0.0-127.255.255.255',
  '169.254.0.0-169.254.255.255',
  '172.16.0.0-172.31.255.255',
  '192.0.0.0-192.0.0.255',
  '192.0.2.0-192.0.2.255',
  '192.31.196.0-192.31.196.255', // AS112
  '192.52.193.0-192.52.193.255', // AMT
  '192.88.99.0-192.88.99.255', // 6to4 relays
  '192.168.0.0-192.168.255.255',
  '192.175.48.0-192.175.48.255', // AS112
  '198.18.0.0-198.19.255.255', // benchmarks
  '198.51.100.0-198.51.100.255',
  '203.0.113.0-203.0.113.255',
  '224.0.0.0-255.255.255.255', // multicast, reserved, broadcast
];
const specialBounds = Uint32Array.from(specialIpv4.flatMap((range) => range.split('-').map(parseIpv4)));

/** Whether a public host can have this IPv4 address. */
export function isPublicIpv4(value: number): boolean {
  for (let i = 0; i < specialBounds.length; i += 2) {
    if (value < specialBounds[i]!) return true;
    if (value <= specialBounds[i + 1]!) return false;
  }
  return true;
}

/** Whether a public host can have this IPv6 address: inside 2000::/3, all that IANA has ever given out, and not set apart there. */
export function isPublicIpv6(groups: Uint16Array): boolean {
  const first = groups[0]!;
  const second = groups[1]!;
  if ((first & 0xe000) !== 0x2000) return false;
  if (first === 0x2001) return second >= 0x200 && second !== 0xdb8; // 2001::/23 protocols, Teredo among them; 2001:db8::/32 documentation
  if (first === 0x2002) return false; // 6to4
  if (first === 0x3fff) return second >= 0x1000; // 3fff::/20 documentation
  return !(first === 0x2620 && second === 0x4f && groups[2] === 0x8000); // AS112
}

// Scratch for one parse; nothing keeps it.
const groups = new Uint16Array(8);

/** An open database. Made by `openGeo`; holds the file's bytes and two bounded caches, and needs no closing. */
export class Geo {
  readonly databaseType: string;
  readonly builtAt: Date;
  /** Look-ups that the file answered with an unreadable record. More than 0 means a damaged file. */
  unreadable = 0;
  readonly #reader: Reader<object>;
  readonly #hasIpv6: boolean;
  readonly #byAddress = new BoundedCache<string, Place>(32_768);
  // The reader hands out one object per record while its own cache holds it: then nothing is read twice.
  readonly #byRecord = new WeakMap<object, Place>();
  readonly #places: Places;

  constructor(reader: Reader<object>, places: Places) {
    this.#reader = reader;
    this.#places = places;
    this.#hasIpv6 = reader.metadata.ipVersion === 6;
    this.databaseType = reader.metadata.databaseType;
    this.builtAt = reader.metadata.buildEpoch;
  }

  /** The country of an address, or null: unknown to the file, not public, or not an address. */
  country(address: string): string | null {
    return this.place(address).country;
  }

  place(address: string): Place {
    const known = this.#byAddress.get(address);
    if (known !== undefined) return known;
    const place = this.#lookUp(address);
    // An address is at most 45 characters; what is longer is none, and must not fill the cache.
    if (address.length <= 45) this.#byAddress.set(address, place);
    return place;
  }

  #lookUp(address: string): Place {
    let v4 = parseIpv4(address);
    if (v4 < 0) {
      if (!readIpv6(address, groups)) return nowhere;
      v4 = mappedIpv4(groups);
      if (v4 < 0) {
        // The reader would walk a tree of IPv4 with the first bits of an IPv6 address and find a wrong country.
        return this.#hasIpv6 && isPublicIpv6(groups) ? this.#read(address) : nowhere;
      }
    }
    if (!isPublicIpv4(v4)) return nowhere;
    return this.#read(`${v4 >>> 24}.${(v4 >>> 16) & 255}.${(v4 >>> 8) & 255}.${v4 & 255}`);
  }

  #read(address: string): Place {
    let record: object | null;
    try {
      record = this.#reader.get(address);
    } catch {
      // One bad record in a file of the operator's must not cost a visitor the redirect; the count shows it.
      this.unreadable++;
      return nowhere;
    }
    if (record === null || typeof record !== 'object') return nowhere;
    let place = this.#byRecord.get(record);
    if (place === undefined) {
      place = this.#places.of(record);
      this.#byRecord.set(record, place);
    }
    return place;
  }
}

const metadataMarker = Buffer.from('abcdef4d61784d696e642e636f6d', 'hex');
const separatorLength = 16;
const maxMetadataLength = 128 * 1024;

// Enough to notice a file that is cut, shifted or overwritten, in a few milliseconds. Reading every record would hold up the start.
const sampledAddresses = 512;

function checkedReader(bytes: Buffer): Reader<object> {
  if (bytes.length === 0) throw new Error('the file is empty');
  const marker = bytes.lastIndexOf(metadataMarker);
  if (marker < 0 || bytes.length - marker > maxMetadataLength) throw new Error('it has no metadata');
  // Records decoded once are kept, or the thousands of addresses of one country would each decode it again.
  const records = new BoundedCache<number | string, unknown>(16_384);
  const cache = {
    get: (key: number | string) => records.get(key),
    set: (key: number | string, value: unknown) => records.set(key, value),
  };
  const reader = new Reader<object>(bytes, { cache });
  const { metadata } = reader;
  if (metadata.binaryFormatMajorVersion !== 2)
    throw new Error(`its format is version ${metadata.binaryFormatMajorVersion}, not 2`);
  if (metadata.ipVersion !== 4 && metadata.ipVersion !== 6) throw new Error('its metadata is damaged');
  if (!Number.isInteger(metadata.nodeCount) || metadata.nodeCount < 1) throw new Error('its metadata is damaged');
  if (isOfNoPlaces(metadata.databaseType)) throw new Error(`${metadata.databaseType} has no places`);
  const separator = bytes.subarray(metadata.searchTreeSize, metadata.searchTreeSize + separatorLength);
  if (metadata.searchTreeSize + separatorLength > marker) throw new Error('it is shorter than its metadata says');
  if (separator.some((byte) => byte !== 0)) throw new Error('its search tree is damaged');
  try {
    readSamples(reader);
  } catch (cause) {
    throw new Error('its data is damaged', { cause });
  }
  return reader;
}

/** Databases of networks' owners and the like come in the same format, and under names that look alike. */
function isOfNoPlaces(databaseType: string): boolean {
  return /asn|isp|domain|connection-type|anonymous/i.test(databaseType) && !/country|city|location/i.test(databaseType);
}

function readSamples(reader: Reader<object>): void {
  const stride = 0x10000 / sampledAddresses;
  for (let i = 0; i < sampledAddresses; i++) {
    const high = i * stride;
    reader.get(`${high >>> 8}.${high & 255}.${(i * 37) & 255}.${(i * 101) & 255}`);
    if (reader.metadata.ipVersion === 6)
      reader.get(`${(0x2000 + (i & 0xff) * 16).toString(16)}:${high.toString(16)}::1`);
  }
}

/**
 * Opens a MaxMind DB file's bytes (they are kept, not copied). Throws an Error with one line that says what is wrong with them.
 * @param source.places of the database that this one comes after: places that both know stay the same objects
 */
export function openGeo(source: { readonly bytes: Buffer; readonly places?: Places }): Geo {
  try {
    return new Geo(checkedReader(source.bytes), source.places ?? new Places());
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n', 1)[0] : String(error);
    throw new Error(`not a readable MaxMind DB file: ${reason}`, { cause: error });
  }
}
