// Which addresses are one client to a limit: an IPv4 address alone, an IPv6 address with all of its /64, the smallest network
// that a provider hands to one customer. Its owner could otherwise come from a new address with every request.

import { readIpv6 } from '../clicks/address-privacy.ts';

const groups = new Uint16Array(8);

/** @param address in canonical spelling, as ClientAddresses gives it */
export function clientNetwork(address: string): string {
  if (!readIpv6(address, groups)) return address;
  return `${[...groups.subarray(0, 4)].map((group) => group.toString(16)).join(':')}::/64`;
}
