// The databases that other tests build are real MaxMind DB files: the reader that the server uses must agree about every value.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { Reader } from 'maxmind';

import { Double, encodeMmdbValue, type MmdbValue, writeMmdb } from '../support/mmdb-writer.ts';
import { seededRandom } from '../support/seeded-random.ts';

function open(networks: readonly (readonly [string, MmdbValue])[], ipVersion: 4 | 6 = 6): Reader<object> {
  return new Reader<object>(writeMmdb({ databaseType: 'Test', ipVersion, networks }));
}

describe('writeMmdb', () => {
  it('writes every type so that the reader gives it back', () => {
    const long = 'é'.repeat(400);
    const record = {
      text: 'Zürich',
      empty: '',
      medium: 'x'.repeat(100),
      long,
      zero: 0,
      small: 7,
      large: 4_294_967_295,
      fraction: -0.5,
      yes: true,
      no: false,
      list: ['a', 1, ['b']],
      map: { deep: { deeper: 'x' } },
    };
    assert.deepEqual(open([['1.2.3.0/24', { ...record, whole: new Double(51), wide: 2n ** 40n }]]).get('1.2.3.4'), {
      ...record,
      whole: 51,
      wide: 2n ** 40n,
    });
    assert.equal(encodeMmdbValue('a').toString('hex'), '4161');
  });

  it('fills the metadata', () => {
    const { metadata } = new Reader<object>(
      writeMmdb({ databaseType: 'Test-City', builtAt: new Date('2026-01-02T03:04:05Z'), networks: [['::/1', {}]] }),
    );
    assert.equal(metadata.databaseType, 'Test-City');
    assert.equal(metadata.recordSize, 24);
    assert.equal(metadata.buildEpoch.toISOString(), '2026-01-02T03:04:05.000Z');
  });

  it('lets the narrower network win, in any order', () => {
    const reader = open([
      ['10.1.0.0/16', { n: 16 }],
      ['10.0.0.0/8', { n: 8 }],
      ['10.1.2.3/32', { n: 32 }],
      ['2001:db8::/32', { n: 6 }],
    ]);
    assert.deepEqual(
      ['10.9.9.9', '10.1.9.9', '10.1.2.3', '10.1.2.2', '2001:db8::5', '11.0.0.0', '2001:db9::'].map(
        (address) => (reader.get(address) as { n: number } | null)?.n,
      ),
      [8, 16, 32, 16, 6, undefined, undefined],
    );
  });

  it('agrees with a plain search over random IPv4 networks', () => {
    const random = seededRandom(99);
    const networks = Array.from({ length: 300 }, (_, index) => {
      const length = 4 + random(29);
      const base = length === 32 ? random(2 ** 32) : ((random(2 ** 32) >>> (32 - length)) << (32 - length)) >>> 0;
      return { base, length, index };
    }).filter(
      (network, index, all) =>
        all.findIndex((other) => other.base === network.base && other.length === network.length) === index,
    );
    const dotted = (value: number) => `${value >>> 24}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}`;
    for (const ipVersion of [4, 6] as const) {
      const reader = open(
        networks.map(({ base, length, index }) => [`${dotted(base)}/${length}`, { index }] as const),
        ipVersion,
      );
      for (let i = 0; i < 3_000; i++) {
        const near = networks[random(networks.length)]!;
        const address = random(2) === 0 ? random(2 ** 32) : (near.base + random(300)) % 2 ** 32;
        const expected = networks
          .filter(({ base, length }) => address - base >= 0 && address - base < 2 ** (32 - length))
          .toSorted((a, b) => b.length - a.length)[0];
        assert.deepEqual(
          reader.get(dotted(address)),
          expected === undefined ? null : { index: expected.index },
          dotted(address),
        );
      }
    }
  });
});
