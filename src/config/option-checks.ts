// Checks of single option values. Each gives the value back in its normal form or says what is wrong with it.

import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import { parseSchedule } from '../core/schedule.ts';
import type { Reading } from './option-types.ts';

export function checkHost(host: string): Reading<string> {
  const problem = { problem: 'must be an IP address without brackets or a host name, without scheme or port' };
  if (isIP(host) !== 0) return { value: host };
  const isName =
    host.length <= 253 && host.split('.').every((label) => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i.test(label));
  // The resolver would read 127.1 as an address, and nobody means that.
  const looksLikeAddress = /^[\d.]+$/.test(host);
  return isName && !looksLikeAddress ? { value: host } : problem;
}

export function checkPublicUrl(url: string): Reading<string> {
  const problem = { problem: 'must be an origin such as https://go.example, without path, query or credentials' };
  // The parser forgives backslashes, spaces and an empty query; what the operator wrote has to be plain.
  if (!/^https?:\/\/[^/?#@\\\s]+\/?$/i.test(url) || !URL.canParse(url)) return problem;
  return { value: new URL(url).origin };
}

export function checkNetwork(network: string): Reading<string> {
  const [address = '', prefix, ...more] = network.split('/');
  const version = isIP(address);
  const maxPrefix = version === 4 ? 32 : 128;
  if (version === 0 || address.includes('%')) return { problem: 'is not an IP address with a prefix length' };
  if (prefix === undefined) return { value: `${address}/${maxPrefix}` };
  if (more.length > 0 || !/^\d{1,3}$/.test(prefix) || Number(prefix) > maxPrefix)
    return { problem: `has no prefix length from 0 to ${maxPrefix}` };
  const bare = `${address}/${Number(prefix)}`;
  const first = (version === 4 ? ipaddr.IPv4 : ipaddr.IPv6).networkAddressFromCIDR(bare).toString();
  // 10.1.2.3/8 trusts sixteen million addresses where one may have been meant.
  if (ipaddr.parse(address).toString() !== first)
    return { problem: `has bits set after its prefix; that network is ${first}/${Number(prefix)}` };
  return { value: bare };
}

/** As node:dns takes it: an address, or an address (IPv6: in brackets) with a port. */
export function checkDnsServer(server: string): Reading<string> {
  if (isIP(server) !== 0 && !server.includes('%')) return { value: server };
  const [, v6, v4, port] = /^(?:\[([\da-f:.]+)\]|([\d.]+)):(\d{1,5})$/i.exec(server) ?? [];
  const isAddress = v6 === undefined ? isIP(v4 ?? '') === 4 : isIP(v6) === 6;
  const isPort = Number(port) >= 1 && Number(port) <= 65_535;
  return isAddress && isPort ? { value: server } : { problem: 'is not an IP address, or one with a port' };
}

/** Somewhere that our own requests may go. */
export function checkHostOrNetwork(text: string): Reading<string> {
  if (text.includes('/') || isIP(text) !== 0) return checkNetwork(text);
  const host = checkHost(text);
  return 'problem' in host
    ? { problem: 'is neither a host name without port nor an address nor a network' }
    : { value: host.value.toLowerCase() };
}

/** Where to listen: an address or a name, and a port. */
export function checkListenAddress(text: string): Reading<string> {
  const [, v6, host = v6 ?? '', port] = /^(?:\[([\da-f:.]+)\]|([^:[\]]+)):(\d{1,5})$/i.exec(text) ?? [];
  const isAddress = v6 === undefined ? 'value' in checkHost(host) : isIP(v6) === 6;
  return isAddress && Number(port) <= 65_535
    ? { value: text }
    : { problem: 'must be an address and a port such as 127.0.0.1:9464 or [::1]:9464' };
}

/** What only those know who may; long enough that nobody finds it by trying. */
export function checkToken(token: string): Reading<string> {
  return /^[\x21-\x7e]{16,200}$/.test(token)
    ? { value: token }
    : { problem: 'must be 16 to 200 letters, digits or signs without spaces' };
}

export function checkReservedSlug(slug: string): Reading<string> {
  const value = slug.normalize('NFC');
  if (value === '' || [...value].length > 100) return { problem: 'is not 1 to 100 characters long' };
  // eslint-disable-next-line no-control-regex -- they are what is being refused
  if (/[\s/?#%\\\u0000-\u001f\u007f]/.test(value)) return { problem: 'has a character that no slug can have' };
  return { value };
}

/** A page to send people to. */
export function checkWebUrl(text: string): Reading<string> {
  const problem = { problem: 'must be an http:// or https:// URL without credentials' };
  // The parser forgives spaces, backslashes and missing slashes; what the operator wrote has to be plain.
  if (!/^https?:\/\/[^/\\@\s][^\\\s]*$/i.test(text) || !URL.canParse(text)) return problem;
  const url = new URL(text);
  return url.username === '' && url.password === '' ? { value: url.href } : problem;
}

/** A contact as RFC 9116 wants it in security.txt: a URI, over https where it is a page. */
export function checkContact(contact: string): Reading<string> {
  // A line break would begin another field of the file.
  if (/^[^\s:/@\p{Cc}]+@[^\s:/@\p{Cc}]+$/u.test(contact)) return { value: `mailto:${contact}` };
  const isUri = /^(?:mailto:[^\s@]+@[^\s@]+|tel:\+?[\d().-]+|https:\/\/[^/\s][^\s]*)$/i.test(contact);
  return isUri && URL.canParse(contact)
    ? { value: new URL(contact).href }
    : { problem: 'must be an e-mail address, or a mailto:, tel: or https:// URI' };
}

/** When something is done again and again. */
export function checkSchedule(text: string): Reading<string> {
  return parseSchedule(text) === undefined
    ? { problem: 'must be "daily HH:MM", or "every" with 15m to 30d, such as "daily 03:00" or "every 6h"' }
    : { value: text };
}
