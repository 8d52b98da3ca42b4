// Whose request it is: the socket's address or, only where the peer is a configured proxy, the address that the proxy vouches for.
// Nothing that a stranger can write into a header is believed.

import type { IncomingHttpHeaders } from 'node:http';

import { canonicalAddress } from '../clicks/address-privacy.ts';
import { type Network, NetworkSet, parseNetwork } from '../clicks/network-set.ts';
import { BoundedCache } from '../core/bounded-cache.ts';

// More proxies than anyone chains. A client can fill 16 KiB with hops; we look at the last few only.
const maxHops = 32;
const maxHostLength = 255;

/** Whether `text` is an address or a CIDR that `ClientAddresses` takes. */
export function isNetwork(text: string): boolean {
  return parseNetwork(text.trim()) !== undefined;
}

function lineOf(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' || header === undefined ? header : header.join(',');
}

/** The text after the last comma before `end`, and where that comma stands (-1: there is none). */
function lastItem(line: string, end: number): { item: string; comma: number } {
  const comma = end === 0 ? -1 : line.lastIndexOf(',', end - 1);
  return { item: line.slice(comma + 1, end).trim(), comma };
}

/** A hop's address: bare, with a port, or in brackets; null for `unknown`, `_hidden`, empty and everything else. */
function hopAddress(hop: string): string | null {
  const plain = canonicalAddress(hop);
  if (plain !== null) return plain;
  const match = /^(?:\[([^\]]+)\]|([\d.]+))(?::(?:\d{1,5}|_[\w.-]+))?$/.exec(hop);
  const address = match?.[1] ?? match?.[2];
  return address === undefined ? null : canonicalAddress(address);
}

const forwardedPair = /^\s*([\w!#$%&'*+.^`|~-]+)=(?:"([^"\\]*)"|([\w!#$%&'*+.^`|~:[\]-]+))\s*$/;

/**
 * One parameter of one element of RFC 7239's Forwarded, or null. Elements are cut at every comma and parameters at every semicolon, quoted or not:
 * no value that we read holds either, and a piece of somebody's quoted text then fails the grammar instead of passing for an element.
 */
function forwardedParameter(element: string, wanted: string): string | null {
  let value: string | null = null;
  for (const part of element.split(';')) {
    if (part.trim() === '') continue;
    const pair = forwardedPair.exec(part);
    if (pair === null) return null;
    if (pair[1]!.toLowerCase() !== wanted) continue;
    if (value !== null) return null;
    value = pair[2] ?? pair[3] ?? '';
  }
  return value;
}

/** Knows the operator's proxies, and reads what they say of the client. */
export class ClientAddresses {
  readonly #networks: NetworkSet;
  readonly #hasProxies: boolean;
  // Peers and inner proxies are few and come again with every request.
  readonly #trusted = new BoundedCache<string, boolean>(1_024);

  /** @param trustedProxies CIDRs or addresses; text that is neither throws (the configuration has checked it with `isNetwork`) */
  constructor(trustedProxies: readonly string[]) {
    const networks: Network[] = [];
    for (const text of trustedProxies) {
      const network = parseNetwork(text.trim());
      if (network === undefined) throw new RangeError(`"${text}" is not an address or a CIDR`);
      networks.push(network);
    }
    this.#networks = new NetworkSet(networks);
    this.#hasProxies = trustedProxies.length > 0;
  }

  /** The client's address in its canonical spelling. Empty where the socket has none any more: the client has gone. */
  of(socketAddress: string | undefined, headers: IncomingHttpHeaders): string {
    if (socketAddress === undefined) return '';
    const peer = socketText(socketAddress);
    if (!this.#hasProxies || !this.#isTrustedText(peer)) return peer;
    // Where both are sent, X-Forwarded-For: nearly every proxy writes it, and one that does not know Forwarded would pass on the client's own.
    const forwardedFor = lineOf(headers['x-forwarded-for']);
    if (forwardedFor !== undefined) return this.#walk(peer, forwardedFor, hopAddress);
    const forwarded = lineOf(headers['forwarded']);
    return forwarded === undefined ? peer : this.#walk(peer, forwarded, forwardedHop);
  }

  /** Whether the peer is one of the configured proxies. */
  isTrusted(socketAddress: string | undefined): boolean {
    return this.#hasProxies && socketAddress !== undefined && this.#isTrustedText(socketText(socketAddress));
  }

  /** The host (with its port, if any) that the client asked the proxy for; undefined where the peer is not trusted or names none. */
  forwardedHost(socketAddress: string | undefined, headers: IncomingHttpHeaders): string | undefined {
    const host = this.#forwardedValue(socketAddress, headers, 'x-forwarded-host', 'host')?.toLowerCase();
    if (host === undefined || host.length > maxHostLength) return undefined;
    return /^(?:[\p{L}\p{N}._-]+|\[[\da-f:.]+\])(?::\d{1,5})?$/u.test(host) ? host : undefined;
  }

  /** Over what the client reached the proxy; undefined where the peer is not trusted or does not say. */
  forwardedProto(socketAddress: string | undefined, headers: IncomingHttpHeaders): 'http' | 'https' | undefined {
    const proto = this.#forwardedValue(socketAddress, headers, 'x-forwarded-proto', 'proto')?.toLowerCase();
    return proto === 'http' || proto === 'https' ? proto : undefined;
  }

  // The right-most value, for the reason that holds for addresses: the peer itself wrote it, those before it may be the client's.
  #forwardedValue(
    socketAddress: string | undefined,
    headers: IncomingHttpHeaders,
    header: string,
    parameter: string,
  ): string | undefined {
    if (!this.isTrusted(socketAddress)) return undefined;
    const line = lineOf(headers[header]);
    if (line !== undefined) return lastItem(line, line.length).item;
    const forwarded = lineOf(headers['forwarded']);
    if (forwarded === undefined) return undefined;
    return forwardedParameter(lastItem(forwarded, forwarded.length).item, parameter) ?? undefined;
  }

  /** From the right: past every hop that is a trusted proxy, to the first that is not. At a hop that is no address, the last good one stands. */
  #walk(peer: string, line: string, addressOf: (hop: string) => string | null): string {
    let client = peer;
    let end = line.length;
    for (let hops = 0; hops < maxHops; hops++) {
      const { item, comma } = lastItem(line, end);
      const address = addressOf(item);
      if (address === null) return client;
      client = address;
      if (comma < 0 || !this.#isTrustedText(address)) return client;
      end = comma;
    }
    return client;
  }

  #isTrustedText(address: string): boolean {
    const known = this.#trusted.get(address);
    if (known !== undefined) return known;
    const trusted = this.#networks.has(address);
    this.#trusted.set(address, trusted);
    return trusted;
  }
}

/** The operating system writes canonical text already; what is left is the IPv4 of a dual-stack socket, and a link-local zone. */
function socketText(address: string): string {
  if (address.startsWith('::ffff:') && address.includes('.', 7)) return address.slice(7);
  const zone = address.indexOf('%');
  return zone < 0 ? address : address.slice(0, zone);
}

function forwardedHop(element: string): string | null {
  const hop = forwardedParameter(element, 'for');
  return hop === null ? null : hopAddress(hop);
}
