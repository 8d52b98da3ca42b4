import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { keyIsUsable, parseExpiry, parseNewKey } from '../../src/accounts/keys.ts';
import { hasScope, parseScopes, scopes } from '../../src/accounts/scopes.ts';
import { parseNewUser } from '../../src/accounts/users.ts';
import { AppError } from '../../src/core/errors.ts';

const now = Date.parse('2026-07-01T12:00:00Z');
const dayMs = 86_400_000;

function refusal(parse: () => unknown): { code: string; paths: string[] } {
  try {
    parse();
  } catch (error) {
    if (error instanceof AppError) return { code: error.code, paths: error.details.map(({ path }) => path) };
    throw error;
  }
  throw new assert.AssertionError({ message: 'nothing was refused' });
}

describe('scopes', () => {
  it('grants everything but admin where none is named', () => {
    const key = { scopes: parseScopes([]) };
    assert.deepEqual(
      scopes.filter((scope) => !hasScope(key, scope)),
      ['admin'],
    );
  });

  it('grants what is named and nothing that follows from it', () => {
    const key = { scopes: parseScopes(['qr:*', 'links:write', 'links:write']) };
    assert.deepEqual(key.scopes, ['links:write', 'qr:*']);
    assert.deepEqual(
      scopes.filter((scope) => hasScope(key, scope)),
      ['links:write', 'qr:*'],
    );
  });

  it('lets admin do everything', () => {
    const key = { scopes: parseScopes(['admin']) };
    assert.ok(scopes.every((scope) => hasScope(key, scope)));
  });

  for (const name of [
    '',
    'links',
    'links:*',
    'LINKS:READ',
    ' links:read',
    '*',
    'constructor',
    '__proto__',
    'links:read\n',
  ]) {
    it(`refuses ${JSON.stringify(name)}`, () => {
      assert.deepEqual(
        refusal(() => parseScopes(['links:read', name])),
        { code: 'VALIDATION_ERROR', paths: ['scopes.1'] },
      );
    });
  }
});

describe('expiry of a key', () => {
  const accepted: [text: string, time: string][] = [
    ['2026-07-02', '2026-07-02T00:00:00.000Z'],
    ['2028-02-29', '2028-02-29T00:00:00.000Z'],
    ['2026-07-01T12:00:01Z', '2026-07-01T12:00:01.000Z'],
    ['2026-07-01T12:30+00:00', '2026-07-01T12:30:00.000Z'],
    ['2026-07-01T23:00:00.5-02:00', '2026-07-02T01:00:00.500Z'],
    ['1h', '2026-07-01T13:00:00.000Z'],
    ['90d', new Date(now + 90 * dayMs).toISOString()],
    ['4w', new Date(now + 28 * dayMs).toISOString()],
    ['1y', new Date(now + 365 * dayMs).toISOString()],
    ['100y', new Date(now + 36_500 * dayMs).toISOString()],
  ];
  for (const [text, time] of accepted) {
    it(`takes ${text} for ${time}`, () => assert.equal(new Date(parseExpiry(text, now)).toISOString(), time));
  }

  const refused = [
    '',
    ' ',
    'never',
    '0d',
    '-1d',
    '90',
    'd',
    '1.5d',
    '90 d',
    '90D',
    '1m',
    '101y',
    '999999y',
    '9999999d',
    '1e3d',
    '2026-07-01',
    '2026-07-01T12:00:00Z',
    '2026-07-01T12:00:00',
    '2027-02-29',
    '2027-02-30T00:00:00Z',
    '2027-13-01',
    '2027-00-10',
    '2027-1-1',
    '20270101',
    '2027-01-01T24:01:00Z',
    '2027-01-01T10:60Z',
    '2027-01-01T10:00+99:99',
    '+012027-01-01',
    '9999-12-31',
    '2027-01-01 10:00:00Z',
    '2027-01-01T10:00:00Z\n',
    'Fri, 01 Jan 2027 00:00:00 GMT',
    '1798761600000',
    '２０２７-01-01',
    '9'.repeat(100_000),
  ];
  for (const text of refused) {
    it(`refuses ${JSON.stringify(text.slice(0, 40))}`, () => {
      assert.deepEqual(
        refusal(() => parseExpiry(text, now)),
        { code: 'INVALID_EXPIRATION', paths: ['expiresAt'] },
      );
    });
  }

  it('ends the key at that moment, and a revocation ends it at once', () => {
    const key = {
      id: 1,
      publicId: 'key_1',
      userId: 1,
      name: 'k',
      hint: 'abcd',
      scopes: null,
      expiresAt: now,
      revokedAt: null,
      lastUsedAt: null,
      createdAt: 0,
    };
    assert.ok(keyIsUsable(key, now - 1));
    assert.ok(!keyIsUsable(key, now));
    assert.ok(keyIsUsable({ ...key, expiresAt: null }, now));
    // A clock that was set back must not bring a revoked key to life.
    assert.ok(!keyIsUsable({ ...key, expiresAt: null, revokedAt: now }, now - 1));
  });
});

describe('new users and keys', () => {
  it('trims and composes names, and keeps the address as it was given', () => {
    assert.deepEqual(parseNewUser({ email: 'Ann.O+x@Exa-mple.co', name: ' Zoe\u0308 ' }), {
      email: 'Ann.O+x@Exa-mple.co',
      name: 'Zo\u00eb',
      plan: 'unlimited',
    });
    assert.equal(parseNewUser({ email: 'admin@localhost', name: 'a', plan: 'pro' }).plan, 'pro');
    assert.equal(parseNewUser({ email: 'jörg@münchen.example', name: '👩‍🚀'.repeat(33) }).email, 'jörg@münchen.example');
    assert.deepEqual(parseNewKey({ name: 'ci' }, now), { name: 'ci', scopes: null, expiresAt: null, format: 'sp' });
  });

  const emails = [
    '',
    '@',
    'a',
    'a@',
    '@b',
    'a@b@c',
    'a b@c.d',
    'a@b c',
    'a@.b',
    'a@b.',
    'a@b..c',
    'a@-b.c',
    'a@b-.c',
    'a@b_c',
    'a@[127.0.0.1]',
    '"a"@b.c',
    'a,b@c.d',
    '<a@b.c>',
    'a@b.c\n',
    'a\0@b.c',
    'a@b.c\r\nBcc: x@y.z',
    'a\u202e@b.c',
    `${'a'.repeat(65)}@b.c`,
    `a@${'b'.repeat(260)}`,
    '\ud800@b.c',
  ];
  for (const email of emails) {
    it(`refuses the address ${JSON.stringify(email.slice(0, 40))}`, () => {
      assert.deepEqual(
        refusal(() => parseNewUser({ email, name: 'A' })),
        { code: 'VALIDATION_ERROR', paths: ['email'] },
      );
    });
  }

  for (const name of ['', '  ', 'a'.repeat(101), 'a\nb', 'a\0b', '\u001b[2J', 'a\u2028b', '\ud800', 'a\u009bb']) {
    it(`refuses the name ${JSON.stringify(name.slice(0, 40))}`, () => {
      assert.deepEqual(
        refusal(() => parseNewUser({ email: 'a@b.c', name })),
        { code: 'VALIDATION_ERROR', paths: ['name'] },
      );
      assert.deepEqual(
        refusal(() => parseNewKey({ name }, now)),
        { code: 'VALIDATION_ERROR', paths: ['name'] },
      );
    });
  }

  it('refuses plans and formats that are not in the table', () => {
    for (const plan of ['', 'Free', 'toString', '__proto__'])
      assert.deepEqual(refusal(() => parseNewUser({ email: 'a@b.c', name: 'a', plan })).paths, ['plan']);
    for (const format of ['', 'SP', 'toString'])
      assert.deepEqual(refusal(() => parseNewKey({ name: 'a', format }, now)).paths, ['format']);
  });
});
