// Writes small MaxMind DB files, so that tests need no downloaded database. 24-bit records: up to 16 million nodes and bytes of data.
// Format: https://maxmind.github.io/MaxMind-DB/ version 2.0.

import assert from 'node:assert/strict';
import { isIPv6 } from 'node:net';

import ipaddr from 'ipaddr.js';

/** Strings, whole numbers (as unsigned integers), fractions (as doubles), booleans, lists and maps. A whole number as a double: `new Double(51)`. */
export type MmdbValue =
  | string
  | number
  | bigint
  | boolean
  | Double
  | readonly MmdbValue[]
  | { readonly [key: string]: MmdbValue };

export class Double {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}

export interface MmdbContents {
  readonly databaseType: string;
  /** 6 holds both; 4 holds IPv4 only. */
  readonly ipVersion?: 4 | 6;
  readonly builtAt?: Date;
  /** CIDR and its record. A network inside another one wins over it, whatever the order. */
  readonly networks: readonly (readonly [cidr: string, record: MmdbValue])[];
}

const types = { string: 2, double: 3, uint16: 5, uint32: 6, map: 7, uint64: 9, array: 11, boolean: 14 } as const;

function control(type: number, size: number): Buffer {
  const head = type > 7 ? 0 : type << 5;
  const extended = type > 7 ? [type - 7] : [];
  if (size < 29) return Buffer.from([head | size, ...extended]);
  if (size < 285) return Buffer.from([head | 29, ...extended, size - 29]);
  assert(size < 65_821, 'value is too long for this writer');
  return Buffer.from([head | 30, ...extended, (size - 285) >> 8, (size - 285) & 255]);
}

function unsigned(value: bigint): Buffer {
  let hex = value === 0n ? '' : value.toString(16);
  if (hex.length % 2 === 1) hex = `0${hex}`;
  return Buffer.from(hex, 'hex');
}

export function encodeMmdbValue(value: MmdbValue): Buffer {
  if (typeof value === 'string') {
    const bytes = Buffer.from(value);
    return Buffer.concat([control(types.string, bytes.length), bytes]);
  }
  if (typeof value === 'boolean') return control(types.boolean, value ? 1 : 0);
  if (typeof value === 'bigint') {
    const bytes = unsigned(value);
    return Buffer.concat([control(types.uint64, bytes.length), bytes]);
  }
  if (value instanceof Double || (typeof value === 'number' && !Number.isInteger(value))) {
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleBE(value instanceof Double ? value.value : value);
    return Buffer.concat([control(types.double, 8), bytes]);
  }
  if (typeof value === 'number') {
    assert(value >= 0 && value < 2 ** 32, `${value} is not an unsigned 32-bit integer`);
    const bytes = unsigned(BigInt(value));
    return Buffer.concat([control(types.uint32, bytes.length), bytes]);
  }
  if (Array.isArray(value))
    return Buffer.concat([
      control(types.array, value.length),
      ...value.map((item: MmdbValue) => encodeMmdbValue(item)),
    ]);
  const entries = Object.entries(value);
  return Buffer.concat([
    control(types.map, entries.length),
    ...entries.flatMap(([key, item]) => [encodeMmdbValue(key), encodeMmdbValue(item)]),
  ]);
}

/** A record of the tree: nothing, the offset of a value, or a deeper node. */
type Slot = undefined | number | Node;

interface Node {
  left: Slot;
  right: Slot;
}

function bitsOf(cidr: string, ipVersion: 4 | 6): { bytes: number[]; length: number } {
  const [address, length] = ipaddr.parseCIDR(cidr);
  const bytes = address.toByteArray();
  if (ipVersion === 4 || isIPv6(cidr.split('/')[0]!)) {
    assert(ipVersion === 6 || bytes.length === 4, `${cidr} does not fit an IPv4 database`);
    return { bytes, length };
  }
  // IPv4 lives in ::/96.
  return { bytes: [...new Array<number>(12).fill(0), ...bytes], length: length + 96 };
}

function insert(root: Node, bytes: readonly number[], length: number, value: number): void {
  assert(length > 0, 'the whole address space has no slot of its own: write two halves');
  let node = root;
  for (let depth = 0; ; depth++) {
    const side = (bytes[depth >> 3]! >> (7 - (depth & 7))) & 1 ? 'right' : 'left';
    if (depth === length - 1) {
      node[side] = value;
      return;
    }
    const next = node[side];
    // A wider network's value moves down to both halves, then one of them is replaced further on.
    if (typeof next !== 'object') node[side] = { left: next, right: next };
    node = node[side] as Node;
  }
}

/** The bytes of a database, as `maxmind`'s Reader takes them. */
export function writeMmdb(contents: MmdbContents): Buffer {
  const ipVersion = contents.ipVersion ?? 6;
  const data: Buffer[] = [];
  const offsets = new Map<string, number>();
  let dataLength = 0;
  const offsetOf = (record: MmdbValue): number => {
    const bytes = encodeMmdbValue(record);
    const key = bytes.toString('latin1');
    let offset = offsets.get(key);
    if (offset === undefined) {
      offset = dataLength;
      offsets.set(key, offset);
      data.push(bytes);
      dataLength += bytes.length;
    }
    return offset;
  };

  const root: Node = { left: undefined, right: undefined };
  const networks = contents.networks.map(([cidr, record]) => ({ ...bitsOf(cidr, ipVersion), value: offsetOf(record) }));
  // Widest first, so that a narrower network finds its surroundings already there.
  for (const { bytes, length, value } of networks.toSorted((a, b) => a.length - b.length))
    insert(root, bytes, length, value);

  const numbers = new Map<Node, number>();
  for (const pending: Node[] = [root]; pending.length > 0;) {
    const node = pending.pop()!;
    numbers.set(node, numbers.size);
    for (const slot of [node.left, node.right]) if (typeof slot === 'object') pending.push(slot);
  }
  const tree = Buffer.alloc(numbers.size * 6);
  const recordOf = (slot: Slot): number =>
    typeof slot === 'object' ? numbers.get(slot)! : slot === undefined ? numbers.size : numbers.size + 16 + slot;
  for (const [node, number] of numbers) {
    tree.writeUIntBE(recordOf(node.left), number * 6, 3);
    tree.writeUIntBE(recordOf(node.right), number * 6 + 3, 3);
  }
  const metadata = encodeMmdbValue({
    binary_format_major_version: 2,
    binary_format_minor_version: 0,
    build_epoch: BigInt(Math.floor((contents.builtAt ?? new Date(0)).getTime() / 1000)),
    database_type: contents.databaseType,
    description: { en: 'a test database' },
    ip_version: ipVersion,
    languages: ['en'],
    node_count: numbers.size,
    record_size: 24,
  });
  return Buffer.concat([tree, Buffer.alloc(16), ...data, Buffer.from('abcdef4d61784d696e642e636f6d', 'hex'), metadata]);
}

/** What a city database says of a network. */
export interface City {
  readonly country: string;
  /** ISO 3166-2 without the country, and the English name. */
  readonly region?: readonly [code: string, name: string];
  readonly city?: string;
  readonly postalCode?: string;
  readonly location?: readonly [latitude: number, longitude: number, timezone: string];
  readonly continent?: string;
}

/** A record as GeoLite2 City has it: names in two languages, the English one last. */
export function cityRecord({ country, region, city, postalCode, location, continent }: City): MmdbValue {
  const names = (en: string): MmdbValue => ({ de: `${en} auf Deutsch`, en });
  return {
    country: { iso_code: country, names: names(country) },
    ...(continent === undefined ? {} : { continent: { code: continent, names: names(continent) } }),
    ...(region === undefined ? {} : { subdivisions: [{ iso_code: region[0], names: names(region[1]) }] }),
    ...(city === undefined ? {} : { city: { geoname_id: 1, names: names(city) } }),
    ...(postalCode === undefined ? {} : { postal: { code: postalCode } }),
    ...(location === undefined
      ? {}
      : {
          location: {
            latitude: new Double(location[0]),
            longitude: new Double(location[1]),
            time_zone: location[2],
          },
        }),
  };
}

/** A small city database: `writeCities({ '9.9.0.0/16': { country: 'GB', city: 'Boxford' } })`. */
export function writeCities(cities: Readonly<Record<string, City>>): Buffer {
  return writeMmdb({
    databaseType: 'Signpost-Test-City',
    networks: Object.entries(cities).map(([cidr, city]) => [cidr, cityRecord(city)] as const),
  });
}
