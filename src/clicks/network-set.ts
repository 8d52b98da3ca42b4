// A set of networks, IPv4 and IPv6 together, and whether an address is in one of them: a binary search, however many there are.
// An IPv4 network written as IPv6 (::ffff:10.0.0.0/104) is the IPv4 network, as addresses are.

import { mappedIpv4, parseIpv4, readIpv6 } from './address-privacy.ts';

/** A family (4 or 6) and the address's bits in 32-bit words; IPv4 uses one of them. */
const words = 5;
type Words = Uint32Array;

export interface Network {
  readonly start: Words;
  /** Length of the prefix, the family's word included. */
  readonly bits: number;
}

const familyBits = 32;
const groups = new Uint16Array(8);

/** Writes the address into `into`; its length in bits with the family's word, or 0 where `text` is no address. */
function readAddress(text: string, into: Words): number {
  let v4 = parseIpv4(text);
  if (v4 < 0) {
    if (!readIpv6(text, groups)) return 0;
    v4 = mappedIpv4(groups);
    if (v4 < 0) {
      into[0] = 6;
      for (let i = 0; i < 4; i++) into[i + 1] = groups[i * 2]! * 0x10000 + groups[i * 2 + 1]!;
      return familyBits + 128;
    }
  }
  into.fill(0);
  into[0] = 4;
  into[1] = v4;
  return familyBits + 32;
}

function clearAfter(address: Words, bits: number): void {
  const whole = bits >>> 5;
  if (whole >= words) return;
  address[whole] = bits % 32 === 0 ? 0 : (address[whole]! & (0xffffffff << (32 - (bits % 32)))) >>> 0;
  address.fill(0, whole + 1);
}

/** The network that a CIDR or a single address names; bits after the prefix are dropped. Undefined where it names none. */
export function parseNetwork(text: string): Network | undefined {
  const [, address = '', prefix] = /^([^/%]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const start = new Uint32Array(words);
  const length = readAddress(address, start);
  if (length === 0) return undefined;
  let bits = prefix === undefined ? length : familyBits + Number(prefix);
  if (start[0] === 4 && prefix !== undefined && address.includes(':')) {
    // A mapped address counts its prefix from the start of the IPv6 one; a network wider than all of IPv4 is not a mapped one.
    bits -= 96;
    if (bits < familyBits) {
      readIpv6(address, groups);
      start[0] = 6;
      for (let i = 0; i < 4; i++) start[i + 1] = groups[i * 2]! * 0x10000 + groups[i * 2 + 1]!;
      bits += 96;
    }
  }
  if (bits > (start[0] === 4 ? familyBits + 32 : familyBits + 128)) return undefined;
  clearAfter(start, bits);
  return { start, bits };
}

function compareStarts(a: Words, b: Words): number {
  for (let i = 0; i < words; i++) if (a[i] !== b[i]) return a[i]! < b[i]! ? -1 : 1;
  return 0;
}

function sharesBits(starts: Words, base: number, address: Words, bits: number): boolean {
  const whole = bits >>> 5;
  for (let i = 0; i < whole; i++) if (starts[base + i] !== address[i]) return false;
  const rest = bits % 32;
  return rest === 0 || (starts[base + whole]! ^ address[whole]!) >>> (32 - rest) === 0;
}

const scratch = new Uint32Array(words);

/** A set as it crosses to another thread. */
export interface NetworkParts {
  readonly starts: Uint32Array;
  readonly bits: Uint8Array;
}

export class NetworkSet {
  /** Ordered, and none inside another: two networks that share an address are always one inside the other. */
  #starts: Words;
  #bits: Uint8Array;

  constructor(networks: readonly Network[]) {
    // Of those that begin at the same address the widest comes first.
    const sorted = networks.toSorted((a, b) => compareStarts(a.start, b.start) || a.bits - b.bits);
    this.#starts = new Uint32Array(sorted.length * words);
    this.#bits = new Uint8Array(sorted.length);
    let size = 0;
    for (const { start, bits } of sorted) {
      if (size > 0 && this.#isPrefix(size - 1, start)) continue;
      this.#starts.set(start, size * words);
      this.#bits[size++] = bits;
    }
    this.#starts = this.#starts.slice(0, size * words);
    this.#bits = this.#bits.slice(0, size);
  }

  static restore({ starts, bits }: NetworkParts): NetworkSet {
    const set = new NetworkSet([]);
    set.#starts = starts;
    set.#bits = bits;
    return set;
  }

  get parts(): NetworkParts {
    return { starts: this.#starts, bits: this.#bits };
  }

  /** Networks that are not inside another one of the set. */
  get size(): number {
    return this.#bits.length;
  }

  /** Whether the address is in one of the networks; false for text that is no address. */
  has(address: string): boolean {
    const bits = readAddress(address, scratch);
    return bits !== 0 && this.#covers(bits);
  }

  /** How much of the network of this address and prefix is in the set: all of it, some of it, or nothing. */
  share(address: string, prefix: number): 'all' | 'some' | 'none' {
    if (readAddress(address, scratch) === 0) return 'none';
    const bits = familyBits + prefix;
    clearAfter(scratch, bits);
    if (this.#covers(bits)) return 'all';
    // Networks inside this one begin at it or after it, before any other.
    const next = this.#placeOf();
    const inside = [next - 1, next].some((position) => this.#startsWith(position, bits));
    return inside ? 'some' : 'none';
  }

  /** Of what `scratch` holds. */
  #covers(bits: number): boolean {
    const before = this.#placeOf() - 1;
    return before >= 0 && this.#bits[before]! <= bits && this.#isPrefix(before, scratch);
  }

  /** How many networks begin at or before what `scratch` holds. */
  #placeOf(): number {
    let low = 0;
    let high = this.size;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#compareAt(middle) <= 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Whether the network at this position begins with the first bits of `scratch`. */
  #startsWith(position: number, bits: number): boolean {
    if (position < 0 || position >= this.size) return false;
    return sharesBits(this.#starts, position * words, scratch, bits);
  }

  #compareAt(position: number): number {
    const base = position * words;
    for (let i = 0; i < words; i++) {
      const word = this.#starts[base + i]!;
      if (word !== scratch[i]) return word < scratch[i]! ? -1 : 1;
    }
    return 0;
  }

  #isPrefix(position: number, address: Words): boolean {
    return sharesBits(this.#starts, position * words, address, this.#bits[position]!);
  }
}
