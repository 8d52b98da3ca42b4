// Whether an address is in one of many networks, and the file that lists them.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import ipaddr from 'ipaddr.js';
import { maxFilteredNetworks, parseNetworkList } from '../../src/clicks/filtered-networks.ts';
import { seededRandom } from '../support/seeded-random.ts';

const setOf = (...networks: string[]) => parseNetworkList(networks.join('\n'));

describe('a set of networks', () => {
  it('holds every address of its networks and none beside them, of either family', () => {
    const set = setOf('10.1.0.0/16', '192.0.2.7', '2001:db8:1::/48', '::1', '224.0.0.0/4');
    const inside = ['10.1.0.0', '10.1.255.255', '192.0.2.7', '2001:db8:1:ffff::', '::1', '239.1.2.3'];
    const outside = [
      '10.0.255.255',
      '10.2.0.0',
      '192.0.2.6',
      '192.0.2.8',
      '2001:db8:2::',
      '::2',
      '223.255.255.255',
      '240.0.0.0',
    ];
    for (const address of inside) assert.equal(set.has(address), true, address);
    for (const address of outside) assert.equal(set.has(address), false, address);
    for (const none of ['', 'localhost', '10.1', '10.1.0.0/16']) assert.equal(set.has(none), false, none);
  });

  it('takes IPv4 written as IPv6 for IPv4, and every spelling of an address for the same', () => {
    const set = setOf('::ffff:10.0.0.0/104', '2001:DB8:0:0::/64');
    for (const address of ['10.9.9.9', '::ffff:10.9.9.9', '::ffff:a09:909', '2001:db8::5', '2001:0db8:0000::0005'])
      assert.ok(set.has(address), address);
    assert.equal(set.has('11.0.0.0'), false);
  });

  it('keeps the families apart where a network is everything', () => {
    assert.deepEqual([setOf('0.0.0.0/0').has('8.8.8.8'), setOf('0.0.0.0/0').has('::1')], [true, false]);
    assert.deepEqual([setOf('::/0').has('8.8.8.8'), setOf('::/0').has('::1')], [false, true]);
  });

  it('is as large as the networks that are in no other one', () => {
    const set = setOf(
      '10.0.0.0/8',
      '10.1.0.0/16',
      '10.1.2.3',
      '10.0.0.0/8',
      '11.0.0.0/8',
      '2001::/16',
      '2001:db8::/32',
    );
    assert.equal(set.size, 3);
    assert.ok(set.has('10.200.0.1'));
  });

  it('tells how much of a network is inside', () => {
    const set = setOf('10.1.2.0/23', '10.1.9.128/25', '2001:db8::/44', '2001:db8:ff:8000::/49');
    const networks: [address: string, prefix: number, share: string][] = [
      ['10.1.3.0', 24, 'all'],
      ['10.1.2.0', 23, 'all'],
      ['10.1.2.77', 32, 'all'],
      ['10.1.0.0', 16, 'some'],
      ['10.1.9.0', 24, 'some'],
      ['10.1.9.0', 25, 'none'],
      ['10.1.4.0', 24, 'none'],
      ['2001:db8:f::', 48, 'all'],
      ['2001:db8:ff::', 48, 'some'],
      ['2001:db8:fe::', 48, 'none'],
      ['nonsense', 24, 'none'],
    ];
    for (const [address, prefix, share] of networks) assert.equal(set.share(address, prefix), share, address);
  });

  it('agrees with a look at each of 100,000 networks in turn', () => {
    const random = seededRandom(100);
    const v4 = () => `${random(224)}.${random(256)}.${random(256)}.${random(256)}/${16 + random(17)}`;
    const v6 = () => `2${random(16).toString(16)}00:${random(64).toString(16)}::${random(9)}/${20 + random(109)}`;
    const networks = Array.from({ length: 100_000 }, (_, n) => (n % 3 === 0 ? v6() : v4()));
    const set = parseNetworkList(networks.join('\n'));
    const parsed = networks.map((network) => ipaddr.parseCIDR(network));
    for (let n = 0; n < 40; n++) {
      // Half of them at random, half beside the start of a network.
      const [near] = parsed[random(parsed.length)]!;
      const bytes = near.toByteArray();
      if (n % 2 === 0) bytes[bytes.length - 1 - random(2)] = random(256);
      const address =
        n % 4 === 1 ? ipaddr.fromByteArray([random(224), random(256), random(256), 1]) : ipaddr.fromByteArray(bytes);
      const expected = parsed.some(
        ([network, prefix]) => network.kind() === address.kind() && address.match([network, prefix] as never),
      );
      assert.equal(set.has(address.toString()), expected, address.toString());
    }
  });
});

describe('a list of networks', () => {
  it('may have comments, blank lines, Windows line ends and a byte order mark', () => {
    const set = parseNetworkList('\uFEFF# data centres\r\n\r\n  10.0.0.0/8  # ours\r\n\t2001:db8::/32\r\n');
    assert.deepEqual([set.size, set.has('10.1.1.1'), set.has('2001:db8::1')], [2, true, true]);
    assert.equal(parseNetworkList('').size, 0);
  });

  const mistakes: [line: string, shown: string][] = [
    ['10.0.0.0/33', '"10.0.0.0/33"'],
    ['10.0.0.0/', '"10.0.0.0/"'],
    ['10.0.0/8', '"10.0.0/8"'],
    ['010.0.0.0/8', '"010.0.0.0/8"'],
    ['2001:db8::/129', '"2001:db8::/129"'],
    ['fe80::%eth0/64', '"fe80::%eth0/64"'],
    ['10.0.0.0/8 11.0.0.0/8', '"10.0.0.0/8 11.0.0.0/8"'],
    ['example.com', '"example.com"'],
    ['x\0', '"x\\u0000"'],
  ];
  for (const [line, shown] of mistakes) {
    it(`names the line of ${shown}`, () => {
      assert.throws(() => parseNetworkList(`10.0.0.0/8\n\n${line}\n`), {
        message: `line 3: ${shown} is not an address or a CIDR`,
      });
    });
  }

  it('ends at a number of networks', () => {
    const line = '10.0.0.0/8\n';
    assert.equal(parseNetworkList(line.repeat(maxFilteredNetworks)).size, 1);
    assert.throws(() => parseNetworkList(line.repeat(maxFilteredNetworks + 1)), /^Error: line 500001: there are more/);
  });
});
