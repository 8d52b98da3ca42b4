import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { KeyedHash } from '../../src/core/keyed-hash.ts';

describe('a keyed hash', () => {
  it('is HMAC-SHA256, whatever was hashed before', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 32, maxLength: 64 }),
        fc.array(fc.string({ maxLength: 100, unit: 'binary' }), { minLength: 1, maxLength: 5 }),
        (key, texts) => {
          const keyed = new KeyedHash(key, 400);
          for (const text of texts) {
            assert.deepEqual(keyed.digest(text), createHmac('sha256', key).update(text).digest());
          }
        },
      ),
    );
  });

  it('takes texts up to its limit only, and keys that need no hashing', () => {
    const keyed = new KeyedHash(Buffer.alloc(32, 1), 4);
    keyed.digest('abcd');
    assert.throws(() => keyed.digest('abcde'));
    assert.throws(() => keyed.digest('ééé'));
    assert.throws(() => new KeyedHash(Buffer.alloc(31), 4));
    assert.throws(() => new KeyedHash(Buffer.alloc(65), 4));
  });

  it('forgets its key', () => {
    const key = Buffer.alloc(32, 7);
    const keyed = new KeyedHash(key, 8);
    keyed.forget();
    assert.notDeepEqual(keyed.digest('a'), createHmac('sha256', key).update('a').digest());
  });
});
