// Places from country and city databases, and addresses that have none.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import ipaddr from 'ipaddr.js';

import { isPublicIpv4, isPublicIpv6, openGeo } from '../../src/clicks/geo.ts';
import { nowhere } from '../../src/clicks/place.ts';
import { Double, type MmdbValue, writeMmdb } from '../support/mmdb-writer.ts';
import { seededRandom } from '../support/seeded-random.ts';

const names = (en: string) => ({ names: { de: `${en} (de)`, en } });

const cities = writeMmdb({
  databaseType: 'Test-City',
  builtAt: new Date('2026-01-01T00:00:00Z'),
  networks: [
    [
      '9.9.0.0/16',
      {
        continent: { code: 'EU', ...names('Europe') },
        country: { iso_code: 'GB', ...names('United Kingdom') },
        subdivisions: [
          { iso_code: 'ENG', ...names('England') },
          { iso_code: 'WBK', ...names('West Berkshire') },
        ],
        city: names('Boxford'),
        postal: { code: 'OX1' },
        location: { latitude: 51.75, longitude: -1.25, time_zone: 'Europe/London', accuracy_radius: 100 },
      },
    ],
    [
      '2a00:1::/32',
      {
        country: { iso_code: 'se' },
        city: { names: { sv: 'Linköping' } },
        location: { latitude: new Double(58), longitude: new Double(15) },
      },
    ],
    // DB-IP's free file names regions and gives them no code.
    ['9.10.0.0/16', { country: { iso_code: 'DE' }, subdivisions: [names('Bavaria')], city: names('Munich') }],
  ],
});

function countries(record: MmdbValue): ReturnType<typeof openGeo> {
  return openGeo({
    bytes: writeMmdb({
      databaseType: 'Test',
      networks: [
        ['0.0.0.0/0', record],
        ['::/1', record],
        ['8000::/1', record],
      ],
    }),
  });
}

describe('Geo', () => {
  it('reads every field of a city record', () => {
    const geo = openGeo({ bytes: cities });
    assert.deepEqual(geo.place('9.9.1.1'), {
      country: 'GB',
      region: 'GB-ENG',
      regionName: 'England',
      city: 'Boxford',
      postalCode: 'OX1',
      latitude: 51.75,
      longitude: -1.25,
      timezone: 'Europe/London',
      continent: 'EU',
    });
    assert.equal(geo.country('9.9.255.255'), 'GB');
    assert.equal(geo.databaseType, 'Test-City');
    assert.equal(geo.builtAt.toISOString(), '2026-01-01T00:00:00.000Z');
  });

  it('gives null for what the file does not have, and one object for all addresses of a record', () => {
    const geo = openGeo({ bytes: cities });
    assert.deepEqual(geo.place('2a00:1::5'), {
      ...nowhere,
      country: 'SE',
      city: 'Linköping',
      latitude: 58,
      longitude: 15,
    });
    assert.deepEqual(geo.place('9.10.0.1'), { ...nowhere, country: 'DE', regionName: 'Bavaria', city: 'Munich' });
    assert.equal(geo.place('9.11.0.1'), nowhere);
    assert.equal(geo.place('9.9.1.1'), geo.place('9.9.2.2'));
  });

  it('treats mapped IPv6 and every spelling as the address it is', () => {
    const geo = openGeo({ bytes: cities });
    for (const address of ['::ffff:9.9.1.1', '::FFFF:0909:0101', '0:0:0:0:0:ffff:9.9.1.1'])
      assert.equal(geo.country(address), 'GB', address);
    for (const address of ['2A00:1::5', '2a00:0001:0:0:0:0:0:5']) assert.equal(geo.country(address), 'SE', address);
  });

  const records: [what: string, record: MmdbValue, country: string | null][] = [
    ['ip-location-db', { country_code: 'AU' }, 'AU'],
    ['IPinfo', { country: 'au', continent: 'OC' }, 'AU'],
    ['lower case', { country: { iso_code: 'au' } }, 'AU'],
    ['three letters', { country: { iso_code: 'AUS' } }, null],
    ['a digit', { country_code: 'A1' }, null],
    ['a dash', { country_code: '-' }, null],
    ['unknown', { country_code: 'ZZ' }, null],
    ['a number', { country_code: 36 }, null],
    ['a list', ['AU'], null],
    ['a bare string', 'AU', null],
    ['nothing', {}, null],
    ['a polluting key', { __proto__x: 1, country: { constructor: 'AU' } }, null],
  ];
  for (const [what, record, country] of records) {
    it(`finds ${country} in a record with ${what}`, () => assert.equal(countries(record).country('8.8.8.8'), country));
  }

  it("knows no country of addresses that are nobody's, whatever the file says", () => {
    const geo = countries({ country_code: 'AU' });
    const nobodys = [
      '0.0.0.0',
      '10.0.0.1',
      '10.255.255.255',
      '100.64.0.1',
      '100.127.255.255',
      '127.0.0.1',
      '169.254.169.254',
      '172.16.0.1',
      '172.31.255.255',
      '192.0.0.1',
      '192.0.2.1',
      '192.168.0.1',
      '192.168.255.255',
      '198.18.0.1',
      '198.19.255.255',
      '198.51.100.1',
      '203.0.113.1',
      '224.0.0.1',
      '240.0.0.1',
      '255.255.255.255',
      '::',
      '::1',
      '::8.8.8.8',
      '::ffff:192.168.1.1',
      '::ffff:a00:1',
      'fe80::1',
      'fe80::1%eth0',
      'fc00::1',
      'fd12:3456::1',
      'fec0::1',
      'ff02::1',
      '100::1',
      '64:ff9b::8.8.8.8',
      '2001::1',
      '2001:db8::1',
      '2002:808:808::1',
      '3fff::1',
      '4000::1',
      '5f00::1',
      '',
      'unknown',
      'localhost',
      '8.8.8',
      '8.8.8.8.8',
      '08.8.8.8',
      'x'.repeat(10_000),
    ];
    for (const address of nobodys) assert.equal(geo.country(address), null, address.slice(0, 50));
    for (const address of [
      '1.0.0.0',
      '9.255.255.255',
      '100.63.255.255',
      '100.128.0.0',
      '172.15.255.255',
      '172.32.0.0',
      '192.167.255.255',
      '192.169.0.0',
      '223.255.255.255',
      '2a00::1',
      '2600::1',
      '2001:4860::8',
      '2001:200::1',
      '2001:db9::1',
      '3fff:1000::1',
    ]) {
      assert.equal(geo.country(address), 'AU', address);
    }
  });

  it('answers null for IPv6 from a file of IPv4 only', () => {
    const geo = openGeo({
      bytes: writeMmdb({
        databaseType: 'Test',
        ipVersion: 4,
        networks: [
          ['0.0.0.0/1', { country_code: 'AU' }],
          ['128.0.0.0/1', { country_code: 'AU' }],
        ],
      }),
    });
    assert.equal(geo.country('8.8.8.8'), 'AU');
    assert.equal(geo.country('2600::1'), null);
  });
});

describe('special ranges', () => {
  it('are what ipaddr.js calls anything but unicast, for IPv4', () => {
    const random = seededRandom(4);
    const edges = [
      0x0a000000, 0x0b000000, 0x64400000, 0x64800000, 0x7f000000, 0xa9fe0000, 0xac100000, 0xac200000, 0xc0000000,
      0xc0000200, 0xc0a80000, 0xc0a90000, 0xc6120000, 0xc6140000, 0xcb007100, 0xe0000000, 0xf0000000,
    ];
    for (let i = 0; i < 20_000; i++) {
      const value = i % 2 === 0 ? random(2 ** 32) : edges[random(edges.length)]! - 512 + random(1_024);
      const address = new ipaddr.IPv4([value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255]);
      assert.equal(isPublicIpv4(value), address.range() === 'unicast', address.toString());
    }
  });

  it('are what ipaddr.js calls anything but unicast inside 2000::/3, and all outside it', () => {
    const random = seededRandom(6);
    const firsts = [
      0x2000, 0x2001, 0x2001, 0x2001, 0x2002, 0x2620, 0x3fff, 0x2a00, 0x1fff, 0x4000, 0xfe80, 0xfc00, 0xff02, 0x64, 0,
    ];
    const seconds = [0, 1, 2, 3, 4, 0x10, 0x20, 0x30, 0x1ff, 0x200, 0xdb7, 0xdb8, 0xdb9, 0x4f, 0xfff, 0x1000, 0xff9b];
    for (let i = 0; i < 20_000; i++) {
      const first = random(4) === 0 ? random(0x10000) : firsts[random(firsts.length)]!;
      const second = random(4) === 0 ? random(0x10000) : seconds[random(seconds.length)]!;
      const parts = [first, second, random(2) === 0 ? 0x8000 : 0x112, random(3), 0, 0, 0, random(3)];
      const address = new ipaddr.IPv6(parts);
      const expected = first >= 0x2000 && first < 0x4000 && address.range() === 'unicast';
      assert.equal(isPublicIpv6(Uint16Array.from(parts)), expected, address.toString());
    }
  });
});

describe('openGeo', () => {
  const damaged: [what: string, bytes: Buffer][] = [
    ['nothing', Buffer.alloc(0)],
    ['text', Buffer.from('<html>404 Not Found</html>')],
    ['zeros', Buffer.alloc(100_000)],
    ['a file without its end', cities.subarray(0, cities.length - 300)],
    ['a file without its start', cities.subarray(500)],
    ['a file with a hole', Buffer.concat([cities.subarray(0, 200), cities.subarray(400)])],
    ['a tree of ones', Buffer.concat([Buffer.alloc(300, 255), cities.subarray(300)])],
    ['half the metadata', cities.subarray(0, cities.length - 20)],
    ['a marker and nothing after it', Buffer.from('abcdef4d61784d696e642e636f6d', 'hex')],
  ];
  for (const [what, bytes] of damaged) {
    it(`refuses ${what} with one line`, () => {
      assert.throws(
        () => openGeo({ bytes }),
        (error: Error) => /^not a readable MaxMind DB file: [^\n]+$/.test(error.message),
      );
    });
  }

  it('refuses a database of something else than places', () => {
    const bytes = writeMmdb({
      databaseType: 'GeoLite2-ASN',
      networks: [['9.9.9.9/32', { autonomous_system_number: 7 }]],
    });
    assert.throws(() => openGeo({ bytes }), { message: 'not a readable MaxMind DB file: GeoLite2-ASN has no places' });
  });

  it('counts records that turn out unreadable, and answers null', () => {
    const bytes = writeMmdb({ databaseType: 'Test', networks: [['9.9.9.9/32', { country_code: 'AU' }]] });
    // The record's control byte: a map becomes a type that does not exist.
    const record = bytes.indexOf('country_code') - 2;
    const geo = openGeo({
      bytes: Buffer.concat([bytes.subarray(0, record), Buffer.from([0x1f, 0xff]), bytes.subarray(record + 2)]),
    });
    assert.equal(geo.country('9.9.9.9'), null);
    assert.equal(geo.unreadable, 1);
  });

  it('never throws over random damage, neither at opening with anything but the one line, nor at look-up', () => {
    const random = seededRandom(1234);
    for (let round = 0; round < 400; round++) {
      const bytes = Buffer.from(cities);
      for (let i = 1 + random(5); i > 0; i--) bytes[random(bytes.length)] = random(256);
      let geo: ReturnType<typeof openGeo>;
      try {
        geo = openGeo({ bytes });
      } catch (error) {
        assert.match((error as Error).message, /^not a readable MaxMind DB file: [^\n]+$/);
        continue;
      }
      for (const address of ['9.9.1.1', '9.10.1.1', '2a00:1::1', '8.8.8.8']) {
        const country = geo.country(address);
        assert.ok(country === null || /^[A-Z]{2}$/.test(country));
      }
    }
  });
});
