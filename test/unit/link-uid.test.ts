import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { base62Alphabet, newId } from '../../src/core/ids.ts';
import { LinkUids } from '../../src/links/link-uid.ts';

const secret = Buffer.alloc(32, 7);
const uids = new LinkUids(secret);
const publicId = fc
  .array(fc.constantFrom(...base62Alphabet.split('')), { minLength: 16, maxLength: 16 })
  .map((letters) => `lnk_${letters.join('')}`);

describe('a link’s long id', () => {
  it('is 40 letters and digits, always the same, and leads back to the link', () => {
    fc.assert(
      fc.property(publicId, (id) => {
        const uid = uids.of(id);
        assert.match(uid, /^[0-9a-z]{40}$/);
        assert.equal(new LinkUids(secret).of(id), uid);
        assert.equal(uids.publicIdOf(uid), id);
      }),
    );
    for (const id of ['lnk_0000000000000000', 'lnk_zzzzzzzzzzzzzzzz']) assert.equal(uids.publicIdOf(uids.of(id)), id);
  });

  it('cannot be made without the secret, nor out of another one', () => {
    const id = newId('lnk');
    const uid = uids.of(id);
    const other = uids.of(newId('lnk'));
    assert.equal(new LinkUids(Buffer.alloc(32, 8)).publicIdOf(uid), undefined);
    assert.equal(uids.publicIdOf(uid.slice(0, 19) + other.slice(19)), undefined);
    for (let at = 0; at < uid.length; at++) {
      const changed = uid.slice(0, at) + (uid[at] === 'a' ? 'b' : 'a') + uid.slice(at + 1);
      assert.equal(uids.publicIdOf(changed), undefined, `changed at ${at}`);
    }
  });

  for (const text of [
    '',
    id16(),
    'a'.repeat(39),
    'a'.repeat(41),
    'Z'.repeat(40),
    'z'.repeat(40),
    '0'.repeat(40),
    'é'.repeat(40),
  ]) {
    it(`is not ${text.slice(0, 20)}${text.length > 20 ? '…' : ''} (${text.length})`, () =>
      assert.equal(uids.publicIdOf(text), undefined));
  }
});

function id16(): string {
  return newId('lnk');
}
