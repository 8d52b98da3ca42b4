// IP addresses as text and as bytes, and what of an address may be stored under `privacy.ip`.
// Parsing is strict (what inet_pton accepts, plus a zone id that is dropped); text that it writes is RFC 5952.

export const addressPrivacies = ['full', 'truncate', 'none'] as const;
export type AddressPrivacy = (typeof addressPrivacies)[number];

const dot = 46;
const colon = 58;

/** The 32-bit value of dotted-decimal IPv4 text, or -1. Leading zeros are refused: some read them as octal. */
export function parseIpv4(text: string): number {
  const length = text.length;
  if (length < 7 || length > 15) return -1;
  let value = 0;
  let octet = 0;
  let digits = 0;
  let dots = 0;
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code === dot) {
      if (digits === 0 || dots === 3) return -1;
      value = value * 256 + octet;
      octet = 0;
      digits = 0;
      dots++;
      continue;
    }
    const digit = code - 48;
    if (digit < 0 || digit > 9 || (digits > 0 && octet === 0)) return -1;
    octet = octet * 10 + digit;
    digits++;
    if (octet > 255) return -1;
  }
  return dots === 3 && digits > 0 ? value * 256 + octet : -1;
}

function hexDigit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  const lower = code | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}

/** Reads IPv6 text into eight 16-bit groups; false where it is not IPv6, and `groups` then holds nothing of meaning. */
export function readIpv6(text: string, groups: Uint16Array): boolean {
  let end = text.indexOf('%');
  if (end === text.length - 1) return false;
  if (end < 0) end = text.length;
  if (end < 2 || end > 45) return false;
  let count = 0;
  let gap = -1;
  let i = 0;
  if (text.charCodeAt(0) === colon) {
    if (text.charCodeAt(1) !== colon) return false;
    gap = 0;
    i = 2;
  }
  while (i < end) {
    if (count === 8) return false;
    const start = i;
    let group = 0;
    let digit = 0;
    while (i < end && (digit = hexDigit(text.charCodeAt(i))) >= 0) {
      group = group * 16 + digit;
      i++;
    }
    if (i < end && text.charCodeAt(i) === dot) {
      // The last 32 bits may be written as IPv4.
      const tail = count > 6 ? -1 : parseIpv4(text.slice(start, end));
      if (tail < 0) return false;
      groups[count++] = tail >>> 16;
      groups[count++] = tail & 0xffff;
      break;
    }
    if (i === start || i - start > 4) return false;
    groups[count++] = group;
    if (i === end) break;
    if (text.charCodeAt(i++) !== colon || i === end) return false;
    if (text.charCodeAt(i) === colon) {
      if (gap >= 0) return false;
      gap = count;
      i++;
    }
  }
  if (gap < 0) return count === 8;
  if (count === 8) return false;
  groups.copyWithin(8 - (count - gap), gap, count);
  groups.fill(0, gap, 8 - (count - gap));
  return true;
}

/** The IPv4 value inside `::ffff:0:0/96`, or -1: a dual-stack socket shows IPv4 visitors so. */
export function mappedIpv4(groups: Uint16Array): number {
  for (let i = 0; i < 5; i++) if (groups[i] !== 0) return -1;
  return groups[5] === 0xffff ? groups[6]! * 0x10000 + groups[7]! : -1;
}

function ipv4Text(value: number): string {
  return `${value >>> 24}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}`;
}

function ipv6Text(groups: Uint16Array): string {
  // RFC 5952: the longest run of two or more zero groups becomes `::`, the first one where two are equal.
  let runStart = -1;
  let runLength = 1;
  for (let i = 0; i < 8; i++) {
    let length = 0;
    while (i + length < 8 && groups[i + length] === 0) length++;
    if (length > runLength) {
      runStart = i;
      runLength = length;
    }
    i += length;
  }
  let text = '';
  for (let i = 0; i < 8; i++) {
    if (i === runStart) {
      text += '::';
      i += runLength - 1;
      continue;
    }
    if (text !== '' && !text.endsWith(':')) text += ':';
    text += groups[i]!.toString(16);
  }
  return text;
}

// One scratch for all calls: everything here is synchronous and no group outlives its call.
const scratch = new Uint16Array(8);

/** One spelling per address: mapped IPv4 as IPv4, IPv6 lower-case and shortened, no zone id. Null where `text` is no address. */
export function canonicalAddress(text: string): string | null {
  if (parseIpv4(text) >= 0) return text;
  if (!readIpv6(text, scratch)) return null;
  const v4 = mappedIpv4(scratch);
  return v4 >= 0 ? ipv4Text(v4) : ipv6Text(scratch);
}

function ipv4Bytes(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes[0] = value >>> 24;
  bytes[1] = value >>> 16;
  bytes[2] = value >>> 8;
  bytes[3] = value;
  return bytes;
}

/** The address's 4 or 16 bytes in network order, whole or truncated; null where nothing may be stored or `address` is none. */
export function storedAddress(address: string, mode: AddressPrivacy): Buffer | null {
  if (mode === 'none') return null;
  const truncate = mode === 'truncate';
  let v4 = parseIpv4(address);
  if (v4 < 0) {
    if (!readIpv6(address, scratch)) return null;
    v4 = mappedIpv4(scratch);
  }
  if (v4 >= 0) return ipv4Bytes(truncate ? (v4 & 0xffffff00) >>> 0 : v4);
  if (truncate) {
    // 6to4 keeps a whole IPv4 address in its first 48 bits, so /48 would hide nothing: there it is the /24 of that address.
    if (scratch[0] === 0x2002) scratch[2] = scratch[2]! & 0xff00;
    scratch.fill(0, 3);
  }
  const bytes = Buffer.allocUnsafe(16);
  for (let i = 0; i < 8; i++) bytes.writeUInt16BE(scratch[i]!, i * 2);
  return bytes;
}

/** The text of 4 or 16 stored bytes. Any other length is our own bug and throws. */
export function addressText(bytes: Uint8Array): string {
  if (bytes.length === 4) return `${bytes[0]}.${bytes[1]}.${bytes[2]}.${bytes[3]}`;
  if (bytes.length !== 16) throw new RangeError(`${bytes.length} bytes are not an address`);
  const groups = new Uint16Array(8);
  for (let i = 0; i < 8; i++) groups[i] = bytes[i * 2]! * 256 + bytes[i * 2 + 1]!;
  const v4 = mappedIpv4(groups);
  return v4 >= 0 ? `::ffff:${ipv4Text(v4)}` : ipv6Text(groups);
}
