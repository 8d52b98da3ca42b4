import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';

import { UnlockCookies } from '../../src/http/unlock-cookie.ts';

const secret = randomBytes(32);
const cookies = new UnlockCookies({ secret, isSecure: false });
const link = { id: 7, publicId: 'lnk_AAAAAAAAAAAAAAAA', passwordVersion: 3 };
const now = Date.UTC(2026, 0, 1);
const minuteMs = 60_000;

/** What a browser sends back of a Set-Cookie header. */
function pairOf(setCookie: string): string {
  return setCookie.split(';', 1)[0] ?? '';
}

const issued = pairOf(cookies.issue(link, now));

describe('an unlock cookie', () => {
  it('opens its link for an hour, and not at the end of it', () => {
    assert.equal(cookies.isUnlocked(link, issued, now), true);
    assert.equal(cookies.isUnlocked(link, issued, now + 60 * minuteMs - 1), true);
    assert.equal(cookies.isUnlocked(link, issued, now + 60 * minuteMs), false);
  });

  it('is found among others, in any place and with any spacing', () => {
    for (const header of [`a=1; ${issued}; b=2`, `a=1;${issued}`, `  ${issued}  `, `;;${issued};`])
      assert.equal(cookies.isUnlocked(link, header, now), true, header);
  });

  it('is found behind false ones of the same name, up to a few', () => {
    const falseOne = `${issued.slice(0, issued.indexOf('='))}=1.x; `;
    assert.equal(cookies.isUnlocked(link, falseOne.repeat(3) + issued, now), true);
    assert.equal(cookies.isUnlocked(link, falseOne.repeat(4) + issued, now), false);
  });

  it('opens no other link, not even under that link’s name', () => {
    const other = { ...link, id: 8, publicId: 'lnk_BBBBBBBBBBBBBBBB' };
    assert.equal(cookies.isUnlocked(other, issued, now), false);
    assert.equal(cookies.isUnlocked(other, issued.replace(link.publicId, other.publicId), now), false);
  });

  it('is worthless once the password has changed', () => {
    assert.equal(cookies.isUnlocked({ ...link, passwordVersion: 4 }, issued, now), false);
  });

  it('cannot be made without the secret', () => {
    const foreign = new UnlockCookies({ secret: randomBytes(32), isSecure: false });
    assert.equal(cookies.isUnlocked(link, pairOf(foreign.issue(link, now)), now), false);
  });

  it('is refused with any one character changed, added or missing', () => {
    const start = issued.indexOf('=') + 1;
    for (let position = start; position < issued.length; position++) {
      const isLast = position === issued.length - 1;
      const other = issued[position] === '1' ? '2' : '1';
      const changed = issued.slice(0, position) + other + issued.slice(position + 1);
      // The last character's lower bits are padding: two spellings of the same bytes are no forgery.
      if (!isLast) assert.equal(cookies.isUnlocked(link, changed, now), false, changed);
      const without = issued.slice(0, position) + issued.slice(position + 1);
      assert.equal(cookies.isUnlocked(link, without, now), false, without);
    }
    for (const wrong of [`${issued}A`, `${issued}=`, issued.replace('.', ''), issued.replace('.', '..'), ''])
      assert.equal(cookies.isUnlocked(link, wrong, now), false, wrong);
  });

  it('cannot have its time moved on', () => {
    const [, expires = ''] = /=(\d+)\./.exec(issued) ?? [];
    const later = issued.replace(expires, String(Number(expires) + 3600));
    assert.equal(cookies.isUnlocked(link, later, now + 61 * minuteMs), false);
  });

  it('is kept from scripts, other sites and, under https, from everything but this very host', () => {
    const plain = cookies.issue(link, now);
    assert.match(plain, /^unlock_lnk_A{16}=\d+\.[\w-]{22}; Max-Age=3600; Path=\/; HttpOnly; SameSite=Lax$/);
    const secure = new UnlockCookies({ secret, isSecure: true });
    assert.match(
      secure.issue(link, now),
      /^__Host-unlock_lnk_A{16}=\S+; Max-Age=3600; Path=\/; HttpOnly; SameSite=Lax; Secure$/,
    );
    assert.equal(secure.isUnlocked(link, issued, now), false, 'a name without __Host- could be a neighbour’s cookie');
  });

  it('is short enough for as many as a browser keeps to fit into the headers that we take', () => {
    const pair = pairOf(new UnlockCookies({ secret, isSecure: true }).issue(link, now));
    assert.ok((pair.length + 2) * 180 < 16 * 1024, `${pair.length} characters`);
  });
});
