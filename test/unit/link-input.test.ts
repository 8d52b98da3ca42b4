// What callers send about links: every field of the contract with its limits, its errors, and all faults at once.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { AppError, type ErrorCode } from '../../src/core/errors.ts';
import { maxFaults } from '../../src/core/validation.ts';
import { countryCodes } from '../../src/links/country-codes.ts';
import { type LinkInputContext, parseLinkChange, parseNewLink } from '../../src/links/link-input.ts';

const now = Date.UTC(2026, 5, 1, 12);
const context: LinkInputContext = { now, reserved: new Set(['team']), ownHosts: (host) => host === 'go.example' };
const to = 'https://example.com/';
const create = (fields: object = {}) => parseNewLink({ destinationUrl: to, ...fields }, context);
const change = (body: unknown) => parseLinkChange(body, context);

function errorOf(action: () => unknown): AppError {
  try {
    action();
  } catch (error) {
    assert.ok(error instanceof AppError, String(error));
    return error;
  }
  throw new assert.AssertionError({ message: 'nothing was thrown' });
}

function assertFault(action: () => unknown, code: ErrorCode, path: string): void {
  const error = errorOf(action);
  assert.deepEqual([error.code, error.details.map((detail) => detail.path)], [code, [path]], error.message);
  assert.equal(error.message, error.details[0]!.message);
}

const blank = {
  destinationUrl: to,
  slug: null,
  domain: null,
  title: null,
  description: null,
  tags: [],
  password: null,
  expiresAt: null,
  clickLimit: null,
  oneTime: false,
  expiredUrl: null,
  geoTargets: null,
  deviceTargets: null,
  iosUrl: null,
  androidUrl: null,
  utm: { source: null, medium: null, campaign: null, term: null, content: null },
  og: { title: null, description: null, image: null },
  forwardQuery: true,
  redirectStatus: 302,
  trackAnalytics: true,
  filterBots: true,
  publicStats: false,
  metadata: null,
  findExisting: false,
};

const everything = {
  destinationUrl: 'https://EXAMPLE.com',
  slug: 'cafe\u0301',
  domain: 'links.example',
  title: 'Title',
  description: 'Line one\nline two',
  tags: [' a ', 'b', 'a', 'e\u0301', 'é'],
  password: 'secret123',
  expiresAt: '2026-06-01T14:00:01+02:00',
  clickLimit: 9_007_199_254_740_991,
  oneTime: true,
  expiredUrl: 'https://example.com/over',
  geoTargets: { us: 'https://example.com/us', DE: 'https://example.com/de' },
  deviceTargets: { mobile: 'https://m.example.com' },
  iosUrl: 'app://x',
  androidUrl: 'https://play.google.com/store',
  utmSource: 'a',
  utmMedium: 'b',
  utmCampaign: 'c',
  utmTerm: 'd',
  utmContent: 'e',
  forwardQuery: false,
  redirectStatus: 308,
  trackAnalytics: false,
  filterBots: false,
  publicStats: true,
  ogTitle: 'T',
  ogDescription: 'D',
  ogImage: 'https://go.example/card.png',
  metadata: { constructor: 1, nested: [{ a: null }] },
  findExisting: true,
};

const stored = {
  ...blank,
  destinationUrl: to,
  slug: 'caf\u00e9',
  domain: 'links.example',
  title: 'Title',
  description: 'Line one\nline two',
  tags: ['a', 'b', 'é'],
  password: 'secret123',
  expiresAt: now + 1000,
  clickLimit: Number.MAX_SAFE_INTEGER,
  oneTime: true,
  expiredUrl: 'https://example.com/over',
  geoTargets: { US: 'https://example.com/us', DE: 'https://example.com/de' },
  deviceTargets: { mobile: 'https://m.example.com/' },
  iosUrl: 'app://x',
  androidUrl: 'https://play.google.com/store',
  utm: { source: 'a', medium: 'b', campaign: 'c', term: 'd', content: 'e' },
  og: { title: 'T', description: 'D', image: 'https://go.example/card.png' },
  forwardQuery: false,
  redirectStatus: 308,
  trackAnalytics: false,
  filterBots: false,
  publicStats: true,
  metadata: { constructor: 1, nested: [{ a: null }] },
  findExisting: true,
};

// What only other shorteners' clients can say.
const ofOtherClients = { drawnLength: 7, alias: null, settings: [], advancedAnalytics: true };

describe('parseNewLink', () => {
  it('fills in what is not given', () => assert.deepEqual(create(), { ...blank, ...ofOtherClients }));
  it('reads every field', () => {
    assert.deepEqual(parseNewLink(everything, context), { ...stored, ...ofOtherClients });
  });

  it('takes null for every optional field as not given', () => {
    const nulls = Object.fromEntries(Object.keys(everything).map((name) => [name, null]));
    assert.deepEqual(create({ ...nulls, destinationUrl: to }), { ...blank, ...ofOtherClients });
  });

  it('holds null for maps and lists that are empty', () => {
    assert.deepEqual(create({ geoTargets: {}, deviceTargets: {}, tags: [], metadata: {} }), {
      ...blank,
      ...ofOtherClients,
      ...ofOtherClients,
      metadata: {},
    });
  });

  const limits: [string, object][] = [
    ['title of 200 code points', { title: '👍'.repeat(200) }],
    ['description of 500', { description: 'é'.repeat(500) }],
    ['empty title', { title: '' }],
    ['20 tags of 50', { tags: Array.from({ length: 20 }, (_, index) => String.fromCharCode(97 + index).repeat(50)) }],
    ['password of 4', { password: '👍👍👍👍' }],
    ['password of 100', { password: 'x'.repeat(100) }],
    ['click limit of 1', { clickLimit: 1 }],
    ['UTM field of 100', { utmTerm: 'é'.repeat(100) }],
    ['metadata of 4096 bytes', { metadata: { a: 'x'.repeat(4096 - 8) } }],
    ['every country', { geoTargets: Object.fromEntries([...countryCodes].map((code) => [code, to])) }],
    ['every status', { redirectStatus: 307 }],
    ['time with milliseconds', { expiresAt: '2026-06-01T12:00:00.001Z' }],
  ];
  for (const [name, fields] of limits) it(`accepts a ${name}`, () => void create(fields));

  const deep = (levels: number): unknown => (levels === 0 ? 1 : { a: deep(levels - 1) });
  const faults: [string, object, ErrorCode, string][] = [
    ['no destination', { destinationUrl: undefined }, 'VALIDATION_ERROR', 'destinationUrl'],
    ['a null destination', { destinationUrl: null }, 'VALIDATION_ERROR', 'destinationUrl'],
    ['a number as destination', { destinationUrl: 5 }, 'VALIDATION_ERROR', 'destinationUrl'],
    ['an empty destination', { destinationUrl: '' }, 'INVALID_URL', 'destinationUrl'],
    ['a script as destination', { destinationUrl: 'javascript:1' }, 'INVALID_URL', 'destinationUrl'],
    ['a NUL in the destination', { destinationUrl: `${to}\0` }, 'INVALID_URL', 'destinationUrl'],
    ['half a pair in the destination', { destinationUrl: `${to}\ud800` }, 'INVALID_URL', 'destinationUrl'],
    ['a loop', { destinationUrl: 'https://go.example/x' }, 'INVALID_URL', 'destinationUrl'],
    ['a loop for expired links', { expiredUrl: 'https://go.example/x' }, 'INVALID_URL', 'expiredUrl'],
    ['an app as expiredUrl', { expiredUrl: 'app://x' }, 'INVALID_URL', 'expiredUrl'],
    ['a script as iosUrl', { iosUrl: 'javascript:1' }, 'INVALID_URL', 'iosUrl'],
    ['a file as androidUrl', { androidUrl: 'file:///x' }, 'INVALID_URL', 'androidUrl'],
    ['a picture that is no URL', { ogImage: 'card.png' }, 'INVALID_URL', 'ogImage'],
    ['a slug with a space', { slug: 'a b' }, 'VALIDATION_ERROR', 'slug'],
    ['an empty slug', { slug: '' }, 'VALIDATION_ERROR', 'slug'],
    ['a number as slug', { slug: 5 }, 'VALIDATION_ERROR', 'slug'],
    ['a reserved slug', { slug: 'API' }, 'SLUG_RESERVED', 'slug'],
    ["an operator's slug", { slug: 'tеam' }, 'SLUG_RESERVED', 'slug'],
    ['an empty domain', { domain: '' }, 'VALIDATION_ERROR', 'domain'],
    ['a long title', { title: 'x'.repeat(201) }, 'VALIDATION_ERROR', 'title'],
    ['a NUL in the title', { title: 'a\0b' }, 'VALIDATION_ERROR', 'title'],
    ['half a pair in the title', { title: 'a\udc00' }, 'VALIDATION_ERROR', 'title'],
    ['a long description', { description: 'x'.repeat(501) }, 'VALIDATION_ERROR', 'description'],
    ['a tag that is no list', { tags: 'a' }, 'VALIDATION_ERROR', 'tags'],
    ['21 tags', { tags: Array.from({ length: 21 }, String) }, 'VALIDATION_ERROR', 'tags'],
    ['a long tag', { tags: ['a', 'x'.repeat(51)] }, 'VALIDATION_ERROR', 'tags.1'],
    ['a blank tag', { tags: [' '] }, 'VALIDATION_ERROR', 'tags.0'],
    ['a number as tag', { tags: ['a', 5] }, 'VALIDATION_ERROR', 'tags.1'],
    ['a NUL in a tag', { tags: ['\0'] }, 'VALIDATION_ERROR', 'tags.0'],
    ['a short password', { password: 'abc' }, 'PASSWORD_TOO_SHORT', 'password'],
    ['an empty password', { password: '' }, 'PASSWORD_TOO_SHORT', 'password'],
    ['a long password', { password: 'x'.repeat(101) }, 'VALIDATION_ERROR', 'password'],
    ['a NUL in the password', { password: 'abcd\0' }, 'VALIDATION_ERROR', 'password'],
    ['a time without offset', { expiresAt: '2030-01-01T00:00:00' }, 'INVALID_EXPIRATION', 'expiresAt'],
    ['a day alone', { expiresAt: '2030-01-01' }, 'INVALID_EXPIRATION', 'expiresAt'],
    ['a day that does not exist', { expiresAt: '2030-02-30T00:00:00Z' }, 'INVALID_EXPIRATION', 'expiresAt'],
    ['an empty time', { expiresAt: '' }, 'INVALID_EXPIRATION', 'expiresAt'],
    ['the past', { expiresAt: '2026-06-01T11:59:59.999Z' }, 'INVALID_EXPIRATION', 'expiresAt'],
    ['this very moment', { expiresAt: '2026-06-01T12:00:00Z' }, 'INVALID_EXPIRATION', 'expiresAt'],
    ['a number as time', { expiresAt: now + 1000 }, 'VALIDATION_ERROR', 'expiresAt'],
    ['no clicks', { clickLimit: 0 }, 'VALIDATION_ERROR', 'clickLimit'],
    ['half a click', { clickLimit: 1.5 }, 'VALIDATION_ERROR', 'clickLimit'],
    ['too many clicks', { clickLimit: 2 ** 53 }, 'VALIDATION_ERROR', 'clickLimit'],
    ['infinite clicks', { clickLimit: Infinity }, 'VALIDATION_ERROR', 'clickLimit'],
    ['clicks in a string', { clickLimit: '5' }, 'VALIDATION_ERROR', 'clickLimit'],
    ['a string as oneTime', { oneTime: 'true' }, 'VALIDATION_ERROR', 'oneTime'],
    ['1 as forwardQuery', { forwardQuery: 1 }, 'VALIDATION_ERROR', 'forwardQuery'],
    ['303', { redirectStatus: 303 }, 'VALIDATION_ERROR', 'redirectStatus'],
    ['302 in a string', { redirectStatus: '302' }, 'VALIDATION_ERROR', 'redirectStatus'],
    ['countries in a list', { geoTargets: [to] }, 'VALIDATION_ERROR', 'geoTargets'],
    ['a country without a URL', { geoTargets: { US: null } }, 'VALIDATION_ERROR', 'geoTargets.US'],
    ['a country with a bad URL', { geoTargets: { us: 'x' } }, 'INVALID_URL', 'geoTargets.us'],
    ['a country twice', { geoTargets: { us: to, US: to } }, 'VALIDATION_ERROR', 'geoTargets.US'],
    ['a country of three letters', { geoTargets: { USA: to } }, 'VALIDATION_ERROR', 'geoTargets.USA'],
    ['a country with a dotless i', { geoTargets: { ıt: to } }, 'VALIDATION_ERROR', 'geoTargets.ıt'],
    [
      'a prototype key as country',
      { geoTargets: JSON.parse(`{"__proto__":"${to}"}`) as object },
      'VALIDATION_ERROR',
      'geoTargets.__proto__',
    ],
    ['a device unknown', { deviceTargets: { tv: to } }, 'VALIDATION_ERROR', 'deviceTargets.tv'],
    ['a device with a bad URL', { deviceTargets: { mobile: 'x' } }, 'INVALID_URL', 'deviceTargets.mobile'],
    ['a device without a URL', { deviceTargets: { mobile: null } }, 'VALIDATION_ERROR', 'deviceTargets.mobile'],
    ['a long UTM field', { utmSource: 'x'.repeat(101) }, 'VALIDATION_ERROR', 'utmSource'],
    ['half a pair in a UTM field', { utmSource: '\ud800' }, 'VALIDATION_ERROR', 'utmSource'],
    ['metadata in a list', { metadata: [] }, 'VALIDATION_ERROR', 'metadata'],
    ['metadata in a string', { metadata: '{}' }, 'VALIDATION_ERROR', 'metadata'],
    ['metadata of 4097 bytes', { metadata: { a: 'x'.repeat(4096 - 7) } }, 'VALIDATION_ERROR', 'metadata'],
    [
      'metadata of 4097 bytes in UTF-8',
      { metadata: { a: `${'x'.repeat(4096 - 9)}é` } },
      'VALIDATION_ERROR',
      'metadata',
    ],
    ['deep metadata', { metadata: deep(30) }, 'VALIDATION_ERROR', 'metadata'],
    ['a NUL in metadata', { metadata: { a: { b: ['\0'] } } }, 'VALIDATION_ERROR', 'metadata.a.b.0'],
    ['half a pair in a metadata key', { metadata: { '\ud800': 1 } }, 'VALIDATION_ERROR', 'metadata'],
    [
      'a prototype key in metadata',
      { metadata: JSON.parse('{"a":{"__proto__":{}}}') as object },
      'VALIDATION_ERROR',
      'metadata.a',
    ],
    ['isArchived, which a new link cannot be', { isArchived: false }, 'VALIDATION_ERROR', 'isArchived'],
    ['an unknown field', { destination: to }, 'VALIDATION_ERROR', 'destination'],
    ['the nested names of the answer', { utm: {} }, 'VALIDATION_ERROR', 'utm'],
    ['constructor', JSON.parse('{"constructor":1}') as object, 'VALIDATION_ERROR', 'constructor'],
  ];
  for (const [name, fields, code, path] of faults) {
    it(`refuses ${name}`, () => assertFault(() => create(fields), code, path));
  }

  for (const [code, hint] of [
    ['EU', 'group'],
    ['UK', 'GB'],
    ['XX', 'ISO 3166-1'],
    ['EL', 'GR'],
    ['AN', 'ISO 3166-1'],
  ] as const) {
    it(`refuses ${code} and says why`, () => {
      assertFault(() => create({ geoTargets: { [code]: to } }), 'VALIDATION_ERROR', `geoTargets.${code}`);
      assert.ok(errorOf(() => create({ geoTargets: { [code]: to } })).message.includes(hint));
    });
  }

  it('knows the 249 assigned countries, and Kosovo', () => {
    assert.equal(countryCodes.size, 250);
    const names = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' });
    for (const code of countryCodes) assert.ok(names.of(code), code);
  });

  for (const body of [null, undefined, 'x', 5, true, [], [{ destinationUrl: to }]]) {
    it(`refuses ${JSON.stringify(body)} as a body`, () =>
      assertFault(() => parseNewLink(body, context), 'VALIDATION_ERROR', ''));
  }

  it('refuses prototype keys and touches no prototype', () => {
    const body: unknown = JSON.parse(
      `{"destinationUrl":"${to}","__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}`,
    );
    const error = errorOf(() => parseNewLink(body, context));
    assert.deepEqual(
      error.details.map((detail) => detail.path),
      ['__proto__', 'constructor'],
    );
    assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
  });

  it('reports everything at once, with the code of the first', () => {
    const error = errorOf(() =>
      create({ title: 5, tittle: 'x', slug: 'api', password: 'x', geoTargets: { UK: to, FR: 'y' } }),
    );
    assert.equal(error.code, 'VALIDATION_ERROR');
    assert.deepEqual(
      error.details.map((detail) => detail.path),
      ['title', 'tittle', 'slug', 'password', 'geoTargets.UK', 'geoTargets.FR'],
    );
    assert.match(error.details[1]!.message, /did you mean "title"\?$/);
    assert.match(error.message, /^title must be a string \(and 5 more\)$/);
  });

  it('keeps the specific code where all faults have one', () => {
    assert.equal(errorOf(() => create({ destinationUrl: 'x', slug: 'api' })).code, 'INVALID_URL');
    assert.equal(errorOf(() => create({ slug: 'api', password: 'x' })).code, 'SLUG_RESERVED');
  });

  it('lists a bounded number of faults, with bounded paths', () => {
    const body = Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`f${index}${'x'.repeat(200)}`, 1]));
    const error = errorOf(() => parseNewLink(body, context));
    assert.equal(error.details.length, maxFaults);
    assert.ok(error.details.every((detail) => detail.path.length < 100));
  });

  it('survives nesting that would overflow the stack', () => {
    const levels = 200_000;
    const body: unknown = JSON.parse(
      `{"destinationUrl":"${to}","metadata":{"a":${'['.repeat(levels)}${']'.repeat(levels)}}}`,
    );
    assertFault(() => parseNewLink(body, context), 'VALIDATION_ERROR', 'metadata');
    const stray: unknown = JSON.parse(`{"destinationUrl":"${to}","x":${'['.repeat(levels)}${']'.repeat(levels)}}`);
    assertFault(() => parseNewLink(stray, context), 'VALIDATION_ERROR', 'x');
  });

  it('answers any JSON with a link or an AppError', () => {
    const fields = fc.constantFrom(...Object.keys(everything), 'isArchived', '__proto__');
    fc.assert(
      fc.property(fc.dictionary(fields, fc.jsonValue(), { maxKeys: 8 }), fc.boolean(), (body, isChange) => {
        const text = JSON.stringify(isChange ? body : { destinationUrl: to, ...body });
        try {
          (isChange ? parseLinkChange : parseNewLink)(JSON.parse(text), context);
        } catch (error) {
          assert.ok(error instanceof AppError && error.details.length > 0, String(error));
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe('parseLinkChange', () => {
  it('changes nothing where nothing is given', () => assert.deepEqual(change({}), {}));

  it('reads every field', () => {
    const { findExisting: _, ...fields } = stored;
    assert.deepEqual(change({ ...everything, isArchived: true }), { ...fields, isArchived: true });
  });

  it('clears with null, back to what a new link has', () => {
    const { destinationUrl: _u, slug: _s, domain: _d, findExisting: _f, ...cleared } = blank;
    const names = Object.keys(everything).filter((name) => !['destinationUrl', 'slug', 'domain'].includes(name));
    assert.deepEqual(change({ ...Object.fromEntries(names.map((name) => [name, null])), isArchived: null }), {
      ...cleared,
      isArchived: false,
    });
  });

  it('clears the password with an empty one', () => {
    assert.deepEqual(change({ password: '' }), { password: null });
  });

  it('clears maps and lists with empty ones', () => {
    assert.deepEqual(change({ geoTargets: {}, deviceTargets: {}, tags: [] }), {
      geoTargets: null,
      deviceTargets: null,
      tags: [],
    });
  });

  it('changes one UTM field and leaves the others', () => {
    assert.deepEqual(change({ utmTerm: 'x', ogTitle: null }), { utm: { term: 'x' }, og: { title: null } });
  });

  const faults: [string, unknown, ErrorCode, string][] = [
    ['a null destination', { destinationUrl: null }, 'VALIDATION_ERROR', 'destinationUrl'],
    ['a null slug', { slug: null }, 'VALIDATION_ERROR', 'slug'],
    ['a null domain', { domain: null }, 'VALIDATION_ERROR', 'domain'],
    ['an invalid destination', { destinationUrl: 'x' }, 'INVALID_URL', 'destinationUrl'],
    ['a short password', { password: 'abc' }, 'PASSWORD_TOO_SHORT', 'password'],
    ['a past expiry', { expiresAt: '2020-01-01T00:00:00Z' }, 'INVALID_EXPIRATION', 'expiresAt'],
    ['a reserved slug', { slug: 'bio' }, 'SLUG_RESERVED', 'slug'],
    ['an unknown field', { id: 'lnk_1' }, 'VALIDATION_ERROR', 'id'],
    ['a list', [], 'VALIDATION_ERROR', ''],
  ];
  for (const [name, body, code, path] of faults) {
    it(`refuses ${name}`, () => assertFault(() => change(body), code, path));
  }
});
