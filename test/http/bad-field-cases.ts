// What a request's body can get wrong: its bytes, its shape, each of its fields. Each with the documented answer.

import type { ErrorCode } from '../../src/core/errors.ts';

export type Expected = readonly [status: number, code: ErrorCode, field?: string];

export const invalid: Expected = [400, 'VALIDATION_ERROR'];
const invalidUrl = (field: string): Expected => [400, 'INVALID_URL', field];
export const invalidField = (field: string): Expected => [400, 'VALIDATION_ERROR', field];
export const mib = 1024 * 1024;

/** Bodies of any kind, as bytes and media type. */
export function badBodies(): [
  name: string,
  body: string | Buffer,
  headers: Record<string, string>,
  expected: Expected,
][] {
  const to = '"destinationUrl":"https://example.com/"';
  const wrongType: Expected = [415, 'UNSUPPORTED_MEDIA_TYPE'];
  const tooLarge: Expected = [413, 'PAYLOAD_TOO_LARGE'];
  return [
    ['an empty body', '', {}, invalid],
    ['a body of spaces', ' \r\n\t ', {}, invalid],
    ['half an object', `{${to}`, {}, invalid],
    ['text after the object', `{${to}} {}`, {}, invalid],
    ['single quotes', "{'destinationUrl':'https://example.com/'}", {}, invalid],
    ['a comment', `{${to} /* x */}`, {}, invalid],
    ['a comma too many', `{${to},}`, {}, invalid],
    ['NaN', `{${to},"clickLimit":NaN}`, {}, invalid],
    ['a raw line break in a string', `{${to},"title":"a\nb"}`, {}, invalid],
    ['bytes that are no UTF-8', Buffer.from(`{${to},"title":"\xff"}`, 'latin1'), {}, invalid],
    ['UTF-8 of a surrogate', Buffer.from(`{${to},"title":"\xed\xa0\x80"}`, 'latin1'), {}, invalid],
    ['an overlong NUL', Buffer.from(`{${to},"title":"\xc0\x80"}`, 'latin1'), {}, invalid],
    ['UTF-16', Buffer.from(`{${to}}`, 'utf16le'), {}, invalid],
    ['a list', '[]', {}, invalidField('')],
    ['null', 'null', {}, invalidField('')],
    ['a number', '1', {}, invalidField('')],
    ['a string', '"https://example.com/"', {}, invalidField('')],
    ['true', 'true', {}, invalidField('')],
    ['plain text', `{${to}}`, { 'content-type': 'text/plain' }, wrongType],
    ['a form', 'destinationUrl=x', { 'content-type': 'application/x-www-form-urlencoded' }, wrongType],
    ['a multipart form', '--x--', { 'content-type': 'multipart/form-data; boundary=x' }, wrongType],
    ['XML', '<x/>', { 'content-type': 'application/xml' }, wrongType],
    ['a media type that is none', `{${to}}`, { 'content-type': 'json' }, wrongType],
    ['gzip', Buffer.from('1f8b0800000000000003', 'hex'), { 'content-encoding': 'gzip' }, wrongType],
    ['deflate', 'x', { 'content-encoding': 'deflate' }, wrongType],
    ['brotli', 'x', { 'content-encoding': 'br' }, wrongType],
    ['JSON that claims to be compressed', `{${to}}`, { 'content-encoding': 'zstd' }, wrongType],
    ['a body of 1 MiB', `{${to},"title":"${'a'.repeat(mib - to.length - 13)}"}`, {}, invalidField('title')],
    ['a byte more than 1 MiB', ' '.repeat(mib + 1), {}, tooLarge],
    ['8 MiB', Buffer.alloc(8 * mib, ' '), {}, tooLarge],
    ['8 MiB in chunks', Buffer.alloc(8 * mib, ' '), { 'transfer-encoding': 'chunked' }, tooLarge],
    ['half a million tags', `{${to},"tags":[${'1,'.repeat(500_000)}1]}`, {}, invalidField('tags')],
    [
      'ten thousand fields',
      `{${to},${Array.from({ length: 10_000 }, (_, n) => `"f${n}":1`).join()}}`,
      {},
      invalidField('f0'),
    ],
    ['33 levels', `${'['.repeat(33)}${']'.repeat(33)}`, {}, invalid],
    ['500,000 levels of lists', '['.repeat(500_000), {}, invalid],
    ['200,000 levels of objects', '{"a":'.repeat(200_000), {}, invalid],
    ['a deep metadata', `{${to},"metadata":{"a":${'['.repeat(25)}${']'.repeat(25)}}}`, {}, invalidField('metadata')],
    ['__proto__', `{${to},"__proto__":{"slug":"x"}}`, {}, invalidField('__proto__')],
    ['all within __proto__', `{"__proto__":{${to}}}`, {}, invalidField('destinationUrl')],
    ['constructor', `{${to},"constructor":{"prototype":{"x":1}}}`, {}, invalidField('constructor')],
    ['prototype', `{${to},"prototype":{}}`, {}, invalidField('prototype')],
    ['a country __proto__', `{${to},"geoTargets":{"__proto__":"x"}}`, {}, invalidField('geoTargets.__proto__')],
    ['a device __proto__', `{${to},"deviceTargets":{"__proto__":"x"}}`, {}, invalidField('deviceTargets.__proto__')],
    ['__proto__ in metadata', `{${to},"metadata":{"a":{"__proto__":1}}}`, {}, invalidField('metadata.a')],
    ['the last of two fields', `{${to},"destinationUrl":"javascript:1"}`, {}, invalidUrl('destinationUrl')],
    ['a number beyond all', `{${to},"clickLimit":1e400}`, {}, invalidField('clickLimit')],
    ['a long integer', `{${to},"clickLimit":9007199254740993}`, {}, invalidField('clickLimit')],
  ];
}

const notWebUrls = [
  'javascript:alert(1)',
  'JavaScript:alert(1)',
  'java\tscript:alert(1)',
  ' javascript:alert(1)',
  'data:text/html,<script>alert(1)</script>',
  'vbscript:x',
  'file:///etc/passwd',
  'blob:https://example.com/x',
  'about:blank',
  'view-source:https://example.com/',
  'ftp://example.com/',
  'mailto:a@b.example',
  '//example.com/',
  '/path',
  'example.com',
  'http:example.com',
  'http://',
  'https:///example.com',
  'http://[::1',
  'http://exa mple.com/',
  'http://a%00b/',
  'http://example.com:99999/',
  'https://xn--a/',
  'https://user:secret@example.com/',
  'https://user@example.com/',
  'https://example.com/\r\nSet-Cookie: a=b',
  'https://example.com/ ',
  '',
];

/** One field of a create, wrong; beside it a good destination. */
export function badFields(own: string, domain: string): [fields: Record<string, unknown>, expected: Expected][] {
  const code = (code: ErrorCode, field: string): Expected => [400, code, field];
  const texts = ['title', 'description', 'utmSource', 'utmMedium', 'utmCampaign', 'utmTerm', 'utmContent'];
  const cards = ['ogTitle', 'ogDescription'];
  const urls = ['destinationUrl', 'expiredUrl', 'iosUrl', 'androidUrl', 'ogImage'];
  const flags = ['oneTime', 'forwardQuery', 'trackAnalytics', 'filterBots', 'publicStats', 'findExisting'];
  const strings = [...texts, ...cards, ...urls, 'slug', 'domain', 'password', 'expiresAt'];
  const wrongTypes: [string, unknown][] = [
    ...strings.map((name, n): [string, unknown] => [name, [1, true, [], {}, ['x'], 0.5][n % 6]]),
    ...flags.map((name, n): [string, unknown] => [name, ['true', 1, 0, [], {}, 'x'][n % 6]]),
    ...['tags', 'geoTargets', 'deviceTargets', 'metadata'].map((name): [string, unknown] => [name, 'x']),
    ...['geoTargets', 'deviceTargets', 'metadata'].map((name): [string, unknown] => [name, [1]]),
    ...[{}, true, 1].map((value): [string, unknown] => ['tags', value]),
    ...['5', true, [], 0, -1, 1.5, 1e16].map((value): [string, unknown] => ['clickLimit', value]),
    ...['302', 200, 303, 0, -301, 302.5, true].map((value): [string, unknown] => ['redirectStatus', value]),
  ];
  const refused = ['\0', '\ud800', '\r\n', '\u007f'];
  return [
    [{ destinationUrl: undefined }, invalidField('destinationUrl')],
    [{ destinationUrl: null }, invalidField('destinationUrl')],
    ...wrongTypes.map(([name, value]): [Record<string, unknown>, Expected] => [{ [name]: value }, invalidField(name)]),
    ...[...texts, ...cards, 'password', 'domain'].flatMap((name) =>
      refused.map((text): [Record<string, unknown>, Expected] => [{ [name]: `some${text}text` }, invalidField(name)]),
    ),
    ...['\0', '\ud800', '\r\n'].flatMap((text): [Record<string, unknown>, Expected][] => [
      [{ slug: `a${text}b` }, invalidField('slug')],
      [{ expiresAt: `2999-01-01T00:00:00Z${text}` }, code('INVALID_EXPIRATION', 'expiresAt')],
      ...urls.map((name): [Record<string, unknown>, Expected] => [
        { [name]: `https://example.com/${text}x` },
        invalidUrl(name),
      ]),
      [{ geoTargets: { US: `https://example.com/${text}x` } }, invalidUrl('geoTargets.US')],
      [{ deviceTargets: { tablet: `https://example.com/${text}x` } }, invalidUrl('deviceTargets.tablet')],
    ]),
    [{ 'a\0b': 1 }, invalidField('a\\u0000b')],
    [{ 'a\r\nb': 1 }, invalidField('a\\u000d\\u000ab')],
    [{ geoTargets: { 'a\r\nb': 'https://example.com/' } }, invalidField('geoTargets.a\\u000d\\u000ab')],
    [{ metadata: { 'a\r\nb': '\0' } }, invalidField('metadata.a\\u000d\\u000ab')],
    [{ domain: 'a\r\nb' }, invalidField('domain')],
    ...refused.map((text): [Record<string, unknown>, Expected] => [
      { tags: ['ok', `a${text}b`] },
      invalidField('tags.1'),
    ]),
    // Line breaks may stand in it: it is the caller's own.
    ...['\0', '\ud800', '\udc00'].flatMap((text): [Record<string, unknown>, Expected][] => [
      [{ metadata: { [`a${text}b`]: 1 } }, invalidField('metadata')],
      [{ metadata: { a: { [`a${text}b`]: 1 } } }, invalidField('metadata.a')],
      [{ metadata: { a: ['ok', `a${text}b`] } }, invalidField('metadata.a.1')],
    ]),
    ...notWebUrls.map((url): [Record<string, unknown>, Expected] => [
      { destinationUrl: url },
      invalidUrl('destinationUrl'),
    ]),
    [{ destinationUrl: `${own}/taken` }, invalidUrl('destinationUrl')],
    [{ destinationUrl: `http://${domain}/taken` }, invalidUrl('destinationUrl')],
    [{ destinationUrl: `${own.replace('127.0.0.1', '0x7f.1')}/taken` }, invalidUrl('destinationUrl')],
    [{ destinationUrl: `${own.replace('127.0.0.1', '127.0.0.1.')}/` }, invalidUrl('destinationUrl')],
    [{ destinationUrl: own.replace('127.0.0.1', '2130706433') }, invalidUrl('destinationUrl')],
    [{ expiredUrl: `${own}/taken` }, invalidUrl('expiredUrl')],
    [{ geoTargets: { DE: `${own}/taken` } }, invalidUrl('geoTargets.DE')],
    [{ iosUrl: `${own}/taken` }, invalidUrl('iosUrl')],
    [{ destinationUrl: `https://example.com/${'a'.repeat(8193 - 20)}` }, invalidUrl('destinationUrl')],
    [{ destinationUrl: `https://example.com/${'é'.repeat(4087)}` }, invalidUrl('destinationUrl')],
    [{ destinationUrl: `https://example.com/${' '.repeat(3000)}x` }, invalidUrl('destinationUrl')],
    ...['javascript:x', 'data:x', 'vbscript:x', 'file:///x', 'blob:x', 'intent:x#Intent;scheme=javascript;end'].map(
      (url): [Record<string, unknown>, Expected] => [{ androidUrl: url }, invalidUrl('androidUrl')],
    ),
    [{ expiredUrl: 'javascript:x' }, invalidUrl('expiredUrl')],
    [{ ogImage: 'data:image/png,x' }, invalidUrl('ogImage')],
    [{ geoTargets: { US: 'javascript:x' } }, invalidUrl('geoTargets.US')],
    [{ geoTargets: { US: 1 } }, invalidField('geoTargets.US')],
    [{ geoTargets: { UK: 'https://example.com/' } }, invalidField('geoTargets.UK')],
    [{ geoTargets: { USA: 'https://example.com/' } }, invalidField('geoTargets.USA')],
    [{ geoTargets: { us: 'https://a.example/', US: 'https://b.example/' } }, invalidField('geoTargets.US')],
    [{ deviceTargets: { mobile: 'data:x' } }, invalidUrl('deviceTargets.mobile')],
    [{ deviceTargets: { phone: 'https://example.com/' } }, invalidField('deviceTargets.phone')],
    ...['', 'a b', 'a/b', '../x', 'a.b', 'a?b', '%41', '<script>', 'a\u200bb', '\u202eabc', 'a'.repeat(101)].map(
      (slug): [Record<string, unknown>, Expected] => [{ slug }, invalidField('slug')],
    ),
    ...['api', 'API', 'healthz', 'robots.txt', 'аpi'].map((slug): [Record<string, unknown>, Expected] => [
      { slug },
      code('SLUG_RESERVED', 'slug'),
    ]),
    [{ slug: 'taken' }, [409, 'SLUG_EXISTS', 'slug']],
    ...['', 'tomorrow', '2999-01-01', '2999-01-01T00:00:00', '2999-02-30T00:00:00Z', '2020-01-01T00:00:00Z'].map(
      (expiresAt): [Record<string, unknown>, Expected] => [{ expiresAt }, code('INVALID_EXPIRATION', 'expiresAt')],
    ),
    [{ password: 'abc' }, code('PASSWORD_TOO_SHORT', 'password')],
    [{ password: '' }, code('PASSWORD_TOO_SHORT', 'password')],
    [{ password: 'a'.repeat(101) }, invalidField('password')],
    [{ title: 'a'.repeat(201) }, invalidField('title')],
    [{ description: 'a'.repeat(501) }, invalidField('description')],
    [{ utmTerm: 'a'.repeat(101) }, invalidField('utmTerm')],
    [{ ogTitle: '😀'.repeat(201) }, invalidField('ogTitle')],
    [{ tags: Array.from({ length: 21 }, (_, n) => `t${n}`) }, invalidField('tags')],
    [{ tags: ['a'.repeat(51)] }, invalidField('tags.0')],
    [{ tags: ['a', ' '] }, invalidField('tags.1')],
    [{ tags: [['a']] }, invalidField('tags.0')],
    [{ metadata: { text: 'a'.repeat(4096) } }, invalidField('metadata')],
    [{ domain: 'other.example' }, invalidField('domain')],
    [{ domain: '' }, invalidField('domain')],
    [{ isArchived: true }, invalidField('isArchived')],
    [{ clickCount: 7 }, invalidField('clickCount')],
    [{ id: 'lnk_x' }, invalidField('id')],
    [{ userId: 1 }, invalidField('userId')],
    [{ destination_url: 'https://example.com/' }, invalidField('destination_url')],
  ];
}

export const badChanges: [change: Record<string, unknown>, expected: Expected][] = [
  [{ destinationUrl: null }, invalidField('destinationUrl')],
  [{ destinationUrl: 'javascript:1' }, invalidUrl('destinationUrl')],
  [{ slug: null }, invalidField('slug')],
  [{ slug: 'api' }, [400, 'SLUG_RESERVED', 'slug']],
  [{ slug: 'taken-too' }, [409, 'SLUG_EXISTS', 'slug']],
  [{ isArchived: 'yes' }, invalidField('isArchived')],
  [{ isArchived: 1 }, invalidField('isArchived')],
  [{ password: 'abc' }, [400, 'PASSWORD_TOO_SHORT', 'password']],
  [{ expiresAt: '2020-01-01T00:00:00Z' }, [400, 'INVALID_EXPIRATION', 'expiresAt']],
  [{ clickCount: 0 }, invalidField('clickCount')],
  [{ hasPassword: false }, invalidField('hasPassword')],
  [{ createdAt: '2020-01-01T00:00:00Z' }, invalidField('createdAt')],
  [{ titel: 'x' }, invalidField('titel')],
];
