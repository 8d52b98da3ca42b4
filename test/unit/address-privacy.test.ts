// Addresses as text and bytes, and what may be stored of them.

import assert from 'node:assert/strict';
import { isIPv4, isIPv6 } from 'node:net';
import { describe, it } from 'node:test';

import ipaddr from 'ipaddr.js';

import { addressText, canonicalAddress, parseIpv4, readIpv6, storedAddress } from '../../src/clicks/address-privacy.ts';
import { seededRandom } from '../support/seeded-random.ts';

describe('storedAddress', () => {
  const table: [address: string, full: string, truncated: string][] = [
    ['203.0.113.77', 'cb00714d', 'cb007100'],
    ['255.255.255.255', 'ffffffff', 'ffffff00'],
    ['0.0.0.0', '00000000', '00000000'],
    ['::ffff:203.0.113.77', 'cb00714d', 'cb007100'],
    ['::FFFF:cb00:714d', 'cb00714d', 'cb007100'],
    ['2001:db8:1:2:3:4:5:6', '20010db8000100020003000400050006', '20010db8000100000000000000000000'],
    ['2001:DB8::1', '20010db8000000000000000000000001', '20010db8000000000000000000000000'],
    ['fe80::1%eth0', 'fe800000000000000000000000000001', 'fe800000000000000000000000000000'],
    ['::1', '00000000000000000000000000000001', '00000000000000000000000000000000'],
    ['64:ff9b::203.0.113.77', '0064ff9b0000000000000000cb00714d', '0064ff9b000000000000000000000000'],
  ];
  for (const [address, full, truncated] of table) {
    it(`keeps of ${address} what each mode allows`, () => {
      assert.equal(storedAddress(address, 'full')?.toString('hex'), full);
      assert.equal(storedAddress(address, 'truncate')?.toString('hex'), truncated);
      assert.equal(storedAddress(address, 'none'), null);
    });
  }

  it('hides the last octet of the IPv4 address inside a 6to4 one', () => {
    assert.equal(storedAddress('2002:cb00:714d:1::1', 'truncate')?.toString('hex'), '2002cb00710000000000000000000000');
  });

  it('stores nothing for text that is not an address', () => {
    for (const text of [
      '',
      'unknown',
      '1.2.3',
      '1.2.3.4.5',
      '256.1.1.1',
      '01.2.3.4',
      '1.2.3.4 ',
      '1.2.3.4:80',
      ':',
      ':::',
      '1::2::3',
      '12345::',
      'g::1',
      '1:2:3:4:5:6:7',
      '::1%',
      '%1',
    ]) {
      assert.equal(storedAddress(text, 'full'), null, JSON.stringify(text));
      assert.equal(canonicalAddress(text), null, JSON.stringify(text));
    }
  });
});

describe('addressText', () => {
  const canonical: [given: string, text: string][] = [
    ['2001:0DB8:0000:0000:0008:0800:200C:417A', '2001:db8::8:800:200c:417a'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['0:0:0:0:0:0:0:0', '::'],
    ['0:0:0:0:0:0:0:1', '::1'],
    ['1:0:0:0:0:0:0:0', '1::'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
    ['::ffff:1.2.3.4', '1.2.3.4'],
    ['fe80::1%en0', 'fe80::1'],
  ];
  for (const [given, text] of canonical) {
    it(`writes ${given} as ${text}`, () => {
      assert.equal(addressText(storedAddress(given, 'full')!), text);
      assert.equal(canonicalAddress(given), text);
    });
  }

  it('refuses bytes that are no address', () => {
    assert.throws(() => addressText(Buffer.alloc(5)), RangeError);
  });

  it('is the inverse of storedAddress for random addresses, and agrees with ipaddr.js', () => {
    const random = seededRandom(20_260_101);
    for (let i = 0; i < 5_000; i++) {
      const bytes = Array.from({ length: i % 2 === 0 ? 4 : 16 }, () => (random(3) === 0 ? random(256) : 0));
      const text = addressText(Uint8Array.from(bytes));
      const expected = ipaddr.fromByteArray(bytes);
      if (expected.kind() === 'ipv6' && (expected as ipaddr.IPv6).isIPv4MappedAddress()) continue;
      assert.equal(
        text,
        expected.kind() === 'ipv6' ? (expected as ipaddr.IPv6).toRFC5952String() : expected.toString(),
      );
      assert.deepEqual([...storedAddress(text, 'full')!], bytes);
    }
  });
});

describe('parsing', () => {
  it('accepts exactly what node:net accepts, over mutated addresses', () => {
    const random = seededRandom(7);
    const seeds = [
      '1.2.3.4',
      '255.10.0.199',
      '2001:db8::1',
      '::',
      '::1',
      '1:2:3:4:5:6:7:8',
      '::ffff:1.2.3.4',
      '64:ff9b::10.0.0.1',
      'fe80::a:b',
      '1::',
    ];
    const alphabet = '0123456789abcdefFG:.:.::';
    const groups = new Uint16Array(8);
    let accepted = 0;
    for (let i = 0; i < 60_000; i++) {
      const text = seeds[random(seeds.length)]!.split('');
      for (let changes = random(4); changes > 0; changes--)
        text.splice(random(text.length + 1), random(3), alphabet[random(alphabet.length)]!);
      const address = text.join('');
      assert.equal(parseIpv4(address) >= 0, isIPv4(address), address);
      assert.equal(readIpv6(address, groups), isIPv6(address), address);
      if (isIPv6(address)) {
        accepted++;
        // ipaddr.js reads ::1.2.3.4 as ::ffff:1.2.3.4; the RFCs do not.
        if (!address.includes('.')) assert.deepEqual([...groups], ipaddr.IPv6.parse(address).parts, address);
      }
    }
    assert.ok(accepted > 1_000);
  });
});
