// An address as it lies in a row of clicks: IPv6 without its trailing zeros, of which a truncated one has ten bytes.

const ipv4Bytes = 4;
const ipv6Bytes = 16;

/** @param address 4 or 16 bytes, or null */
export function shortAddress(address: Buffer | null): Buffer | null {
  if (address === null || address.length === ipv4Bytes) return address;
  let length = address.length;
  // Never as short as IPv4, or the two could not be told apart.
  while (length > ipv4Bytes + 1 && address[length - 1] === 0) length--;
  return address.subarray(0, length);
}

/** The 4 or 16 bytes that were shortened. */
export function fullAddress(stored: Uint8Array | null): Buffer | null {
  if (stored === null) return null;
  if (stored.length === ipv4Bytes) return Buffer.from(stored);
  const address = Buffer.alloc(ipv6Bytes);
  address.set(stored);
  return address;
}
