// Which addresses our own requests may go to: public ones, and what the operator lists. Everything that is not surely public
// counts as not public, so a range that nobody thought of stays closed.

import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

// Azure's platform address: looks public, and answers the virtual machine itself from inside the host.
const platformAddress = '168.63.129.16';
const globalUnicast: [ipaddr.IPv6, number] = [ipaddr.IPv6.parse('2000::'), 3];

/** A machine inside a company may be reached by an address that ends in its IPv4 address (ISATAP). */
function holdsIsatapAddress({ parts }: ipaddr.IPv6): boolean {
  return parts[5] === 0x5efe && ((parts[4] as number) & 0xfdff) === 0;
}

/**
 * Whether the address is one of the public internet. False for private, local, multicast, reserved and unassigned ones, for
 * those that carry an IPv4 address (mapped, NAT64, 6to4, Teredo, ISATAP), for anything with a zone, and for what is no address.
 */
export function isPublicAddress(address: string): boolean {
  if (isIP(address) === 0 || address.includes('%')) return false;
  const parsed = ipaddr.parse(address);
  if (parsed.range() !== 'unicast') return false;
  if (parsed instanceof ipaddr.IPv4) return parsed.toString() !== platformAddress;
  return parsed.match(globalUnicast) && !holdsIsatapAddress(parsed);
}

/** What the operator opens: names, and networks as `10.0.0.0/8`. */
export class AllowList {
  readonly #hosts = new Set<string>();
  readonly #networks: [ipaddr.IPv4 | ipaddr.IPv6, number][] = [];

  /** @param entries host names, addresses and networks, as the configuration has checked them */
  constructor(entries: readonly string[]) {
    for (const entry of entries) {
      if (entry.includes('/')) this.#networks.push(ipaddr.parseCIDR(entry));
      else if (isIP(entry) !== 0) this.#networks.push(ipaddr.parseCIDR(`${entry}/${isIP(entry) === 4 ? 32 : 128}`));
      else this.#hosts.add(entry.toLowerCase());
    }
  }

  hasHost(host: string): boolean {
    return this.#hosts.has(host.toLowerCase().replace(/\.$/, ''));
  }

  hasAddress(address: string): boolean {
    if (isIP(address) === 0 || address.includes('%')) return false;
    // An IPv4 address in IPv6 clothes leads to the same machine.
    const parsed = ipaddr.process(address);
    return this.#networks.some(
      ([network, prefix]) => parsed.kind() === network.kind() && parsed.match(network, prefix),
    );
  }

  has(host: string, address: string): boolean {
    return this.hasHost(host) || this.hasAddress(address);
  }
}

export type Scheme = 'http:' | 'https:';

/** Whether a request to `host` may go to this one of its addresses. Without encryption it goes to allow-listed ones only. */
export function mayReach(allow: AllowList, scheme: Scheme, host: string, address: string): boolean {
  if (allow.has(host, address)) return true;
  return scheme === 'https:' && isPublicAddress(address);
}

/** The host of a URL without the brackets of an IPv6 address. */
export function hostOf({ hostname }: URL): string {
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
}

/**
 * What is wrong with a URL to send to, as far as the URL alone tells, or undefined. Names are looked up when something is sent, each
 * time anew: what they lead to now says nothing of later.
 */
export function urlFault(allow: AllowList, url: URL): string | undefined {
  const host = hostOf(url);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return 'must begin with https://';
  if (url.username !== '' || url.password !== '') return 'must not carry a user name or password';
  const isListed = isIP(host) === 0 ? allow.hasHost(host) : allow.hasAddress(host);
  if (isListed) return undefined;
  if (url.protocol === 'http:') return 'must begin with https://';
  if (isIP(host) !== 0 && !isPublicAddress(host)) return 'must lead to a public address';
  return undefined;
}
