// Whose request it is, behind no proxy, one, several, and hostile headers.

import assert from 'node:assert/strict';
import type { IncomingHttpHeaders } from 'node:http';
import { describe, it } from 'node:test';

import { ClientAddresses, isNetwork } from '../../src/http/client-address.ts';

const proxies = new ClientAddresses([
  '10.0.0.0/8',
  '192.168.1.1',
  '2001:db8:ffff::/48',
  '::ffff:172.16.0.0/108',
  'fd00::1',
]);

describe('ClientAddresses.of, from the socket', () => {
  const spoof: IncomingHttpHeaders = { 'x-forwarded-for': '9.9.9.9', forwarded: 'for=9.9.9.9' };
  const sockets: [socket: string | undefined, address: string][] = [
    ['203.0.113.5', '203.0.113.5'],
    ['::ffff:203.0.113.5', '203.0.113.5'],
    ['2001:db8::1', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['::1', '::1'],
    [undefined, ''],
  ];
  for (const [socket, address] of sockets) {
    it(`is ${address || 'empty'} for ${socket}, whatever the headers say`, () => {
      assert.equal(new ClientAddresses([]).of(socket, spoof), address);
      assert.equal(proxies.of(socket, spoof), address);
    });
  }
});

describe('ClientAddresses.of, from a trusted proxy', () => {
  const proxy = '10.0.0.1';
  const table: [what: string, headers: IncomingHttpHeaders, address: string][] = [
    ['no header', {}, proxy],
    ['one hop', { 'x-forwarded-for': '9.9.9.9' }, '9.9.9.9'],
    ['the right-most untrusted hop', { 'x-forwarded-for': '6.6.6.6, 9.9.9.9' }, '9.9.9.9'],
    ['past trusted hops', { 'x-forwarded-for': '6.6.6.6, 9.9.9.9, 10.1.1.1,192.168.1.1 , 172.16.9.9' }, '9.9.9.9'],
    ['nothing but trusted hops', { 'x-forwarded-for': '10.1.1.1, 10.2.2.2' }, '10.1.1.1'],
    ['a port', { 'x-forwarded-for': '9.9.9.9:51234' }, '9.9.9.9'],
    ['IPv6', { 'x-forwarded-for': '2A00:0:0:0::1' }, '2a00::1'],
    ['IPv6 in brackets with a port', { 'x-forwarded-for': '[2a00::1]:443' }, '2a00::1'],
    ['mapped IPv6', { 'x-forwarded-for': '::ffff:9.9.9.9' }, '9.9.9.9'],
    ['IPv6 past a trusted IPv6', { 'x-forwarded-for': '2a00::1, 2001:db8:ffff:1::5' }, '2a00::1'],
    ['garbage', { 'x-forwarded-for': 'garbage' }, proxy],
    ['garbage right of an address', { 'x-forwarded-for': '9.9.9.9, garbage' }, proxy],
    ['garbage behind a trusted hop', { 'x-forwarded-for': '9.9.9.9, garbage, 10.1.1.1' }, '10.1.1.1'],
    ['unknown', { 'x-forwarded-for': 'unknown' }, proxy],
    ['an empty hop that a proxy added', { 'x-forwarded-for': '9.9.9.9, ' }, proxy],
    ['an empty header', { 'x-forwarded-for': '' }, proxy],
    ['leading zeros', { 'x-forwarded-for': '010.0.0.1' }, proxy],
    ['quotes', { 'x-forwarded-for': '"9.9.9.9"' }, proxy],
    ['repeated headers', { 'x-forwarded-for': ['6.6.6.6', '9.9.9.9'] }, '9.9.9.9'],
    ['16 kB of trusted hops', { 'x-forwarded-for': `9.9.9.9${',10.0.0.2'.repeat(1_800)}` }, '10.0.0.2'],
    ['X-Forwarded-For before Forwarded', { 'x-forwarded-for': '9.9.9.9', forwarded: 'for=6.6.6.6' }, '9.9.9.9'],
    ['Forwarded', { forwarded: 'for=9.9.9.9' }, '9.9.9.9'],
    [
      'Forwarded with more parameters',
      { forwarded: 'by=10.0.0.1;For="9.9.9.9:80"; proto=https;host=go.example;' },
      '9.9.9.9',
    ],
    ['Forwarded with IPv6', { forwarded: 'for="[2a00:0::1]:4711"' }, '2a00::1'],
    ['Forwarded with IPv6, unquoted', { forwarded: 'for=[2a00::1]' }, '2a00::1'],
    ['Forwarded with an obfuscated port', { forwarded: 'for="9.9.9.9:_p1"' }, '9.9.9.9'],
    ['several Forwarded elements', { forwarded: 'for=6.6.6.6, for=9.9.9.9;proto=http, for=10.1.1.1' }, '9.9.9.9'],
    ['Forwarded unknown', { forwarded: 'for=9.9.9.9, for=unknown' }, proxy],
    ['Forwarded obfuscated', { forwarded: 'for=9.9.9.9, for=_hidden, for=10.1.1.1' }, '10.1.1.1'],
    ['Forwarded without for', { forwarded: 'proto=https' }, proxy],
    ['Forwarded with two for', { forwarded: 'for=9.9.9.9;for=6.6.6.6' }, proxy],
    ['a quote that the client left open', { forwarded: 'for="6.6.6.6, for=9.9.9.9' }, '9.9.9.9'],
    ['an element inside quotes', { forwarded: 'for=9.9.9.9;host="evil, for=6.6.6.6"' }, proxy],
    ['an element inside escaped quotes', { forwarded: 'for=9.9.9.9;host="evil, for=6.6.6.6;x=\\""' }, proxy],
    ['a pair without a value', { forwarded: 'for' }, proxy],
  ];
  for (const [what, headers, address] of table)
    it(`reads ${what}`, () => assert.equal(proxies.of(proxy, headers), address));

  it('knows the proxy on a dual-stack socket', () => {
    assert.equal(proxies.of('::ffff:10.0.0.1', { 'x-forwarded-for': '9.9.9.9' }), '9.9.9.9');
  });
});

describe('isTrusted', () => {
  const table: [socket: string | undefined, trusted: boolean][] = [
    ['10.0.0.0', true],
    ['10.255.255.255', true],
    ['9.255.255.255', false],
    ['11.0.0.0', false],
    ['192.168.1.1', true],
    ['192.168.1.2', false],
    ['172.16.0.1', true],
    ['172.31.255.255', true],
    ['172.32.0.0', false],
    ['::ffff:10.9.9.9', true],
    ['2001:db8:ffff::', true],
    ['2001:db8:ffff:ffff:ffff:ffff:ffff:ffff', true],
    ['2001:db8:fffe::1', false],
    ['fd00::1', true],
    ['fd00::2', false],
    ['fd00::1%eth0', true],
    [undefined, false],
    ['', false],
  ];
  for (const [socket, trusted] of table) {
    it(`is ${trusted} for ${socket}`, () => {
      assert.equal(proxies.isTrusted(socket), trusted);
      assert.equal(proxies.isTrusted(socket), trusted);
    });
  }

  it('takes every prefix length', () => {
    for (let bits = 0; bits <= 32; bits++) {
      const trusted = new ClientAddresses([`170.170.170.170/${bits}`]);
      assert.ok(trusted.isTrusted('170.170.170.170'));
      // The same address with the last bit of the prefix turned over.
      const other = (0xaaaaaaaa ^ (bits === 0 ? 0 : 1 << (32 - bits))) >>> 0;
      assert.equal(
        trusted.isTrusted(`${other >>> 24}.${(other >>> 16) & 255}.${(other >>> 8) & 255}.${other & 255}`),
        bits === 0,
        `/${bits}`,
      );
    }
    for (let bits = 1; bits <= 128; bits++) {
      const groups = new Uint16Array(8).fill(0xaaaa);
      const text = () => Array.from(groups, (group) => group.toString(16)).join(':');
      const trusted = new ClientAddresses([`${text()}/${bits}`]);
      assert.ok(trusted.isTrusted(text()));
      groups[(bits - 1) >> 4]! ^= 1 << (15 - ((bits - 1) & 15));
      assert.equal(trusted.isTrusted(text()), false, `/${bits}`);
    }
  });

  it('refuses what is not a CIDR', () => {
    for (const text of [
      '',
      'proxy.example',
      '10.0.0.0/33',
      '10.0.0/8',
      '::1/129',
      '::/',
      '10.0.0.0/8/8',
      'fe80::1%eth0/64',
      '10.0.0.0/-1',
      '*',
    ]) {
      assert.equal(isNetwork(text), false, text);
      assert.throws(() => new ClientAddresses([text]), RangeError, text);
    }
    for (const text of ['10.0.0.0/8', '10.0.0.1', '::1', '::/0', '::ffff:0:0/96'])
      assert.equal(isNetwork(text), true, text);
  });
});

describe('what the proxy says of host and scheme', () => {
  const hosts: [headers: IncomingHttpHeaders, host: string | undefined][] = [
    [{}, undefined],
    [{ 'x-forwarded-host': 'Go.Example' }, 'go.example'],
    [{ 'x-forwarded-host': 'go.example:8443' }, 'go.example:8443'],
    [{ 'x-forwarded-host': '[2001:db8::1]:80' }, '[2001:db8::1]:80'],
    [{ 'x-forwarded-host': 'evil.example, go.example' }, 'go.example'],
    [{ 'x-forwarded-host': 'go.example/path' }, undefined],
    [{ 'x-forwarded-host': 'user@go.example' }, undefined],
    [{ 'x-forwarded-host': 'a'.repeat(300) }, undefined],
    [{ forwarded: 'for=9.9.9.9;host="go.example:8443";proto=https' }, 'go.example:8443'],
    [{ forwarded: 'host=evil.example, for=9.9.9.9' }, undefined],
  ];
  for (const [headers, host] of hosts) {
    it(`finds host ${host} in ${JSON.stringify(headers).slice(0, 80)}`, () => {
      assert.equal(proxies.forwardedHost('10.0.0.1', headers), host);
      assert.equal(proxies.forwardedHost('9.9.9.9', headers), undefined);
    });
  }

  it('finds the scheme', () => {
    assert.equal(proxies.forwardedProto('10.0.0.1', { 'x-forwarded-proto': 'HTTPS' }), 'https');
    assert.equal(proxies.forwardedProto('10.0.0.1', { forwarded: 'proto=http' }), 'http');
    assert.equal(proxies.forwardedProto('10.0.0.1', { 'x-forwarded-proto': 'javascript' }), undefined);
    assert.equal(proxies.forwardedProto('9.9.9.9', { 'x-forwarded-proto': 'https' }), undefined);
    assert.equal(new ClientAddresses([]).forwardedProto('10.0.0.1', { 'x-forwarded-proto': 'https' }), undefined);
  });
});
