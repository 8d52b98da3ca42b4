import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { crc32 } from 'node:zlib';
import { createSecret, hashSecret, keyFormats, secretLooksRight } from '../../src/accounts/key-format.ts';

describe('key format', () => {
  it('has the documented shape', () => {
    for (let count = 0; count < 200; count++) {
      assert.match(createSecret('sp'), /^sp_[0-9A-Za-z]{36}$/);
      assert.match(createSecret('hex'), /^[0-9a-f]{32}$/);
    }
  });

  it('computes the checksums that other programs would (CRC-32/ISO-HDLC)', () => {
    // Worked out with Python's zlib.crc32; the second of each has a checksum with leading zeros.
    const right = [
      'sp_ABCDEFGHIJKLMNOPQRSTUVWXYZabcd0Bhl12',
      'sp_00000000000000000000000000002w00b2sz',
      'deadbeefdeadbeefdeadbeef3299d91a',
      '000000000000000000000018003f4ed8',
    ];
    assert.deepEqual(
      right.filter((secret) => !secretLooksRight(secret)),
      [],
    );
  });

  for (const format of keyFormats) {
    it(`accepts what it made and no text that differs in one character (${format})`, () => {
      const secret = createSecret(format);
      assert.ok(secretLooksRight(secret));
      for (let at = 0; at < secret.length; at++) {
        const other = secret[at] === 'a' ? 'b' : 'a';
        assert.ok(!secretLooksRight(secret.slice(0, at) + other + secret.slice(at + 1)), `changed at ${at}`);
      }
    });

    it(`never repeats itself (${format})`, () => {
      assert.equal(new Set(Array.from({ length: 2000 }, () => createSecret(format))).size, 2000);
    });
  }

  it('refuses texts that are almost keys', () => {
    const [sp, hex] = [createSecret('sp'), createSecret('hex')];
    const almost = [
      '',
      ' ',
      sp.slice(1),
      sp.slice(0, -1),
      `${sp} `,
      `${sp}\n`,
      ` ${sp}`,
      sp.replace('sp_', 'SP_'),
      sp.replace('sp_', 'sk_'),
      `${hex}\n`,
      `0x${hex}`,
      hex.slice(1),
      `${sp}${hex}`,
      'x'.repeat(100_000),
      '\0'.repeat(32),
    ];
    assert.deepEqual(almost.filter(secretLooksRight), []);
    assert.equal(secretLooksRight(hex.toUpperCase()), hex === hex.toUpperCase());
  });

  it('refuses a right checksum behind a text of another length', () => {
    const hexText = `${'a'.repeat(32)}zz`;
    assert.ok(!secretLooksRight(hexText + crc32(hexText).toString(16).padStart(8, '0')));
    // Python: 'sp_' + 31 characters with their checksum.
    assert.ok(!secretLooksRight('sp_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA3LzCRp'));
  });

  it('hashes with SHA-256 of the whole text', () => {
    const secret = createSecret('sp');
    assert.deepEqual(hashSecret(secret), createHash('sha256').update(secret).digest());
    assert.equal(hashSecret(secret).length, 32);
  });
});
