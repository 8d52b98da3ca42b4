// Requests that are HTTP but wrong in what they say, each with the documented answer. Sent as they stand.

import { createSecret } from '../../src/accounts/key-format.ts';
import type { ErrorCode } from '../../src/core/errors.ts';
import { badBodies, badChanges, badFields, type Expected, invalid, invalidField, mib } from './bad-field-cases.ts';

export interface BadRequest {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  readonly status: number;
  readonly code: ErrorCode;
  /** The field that the details must name. */
  readonly field?: string;
}

/** What the cases are made for. */
export interface Target {
  readonly address: string;
  readonly key: string;
  /** A link of the key's user, whose slug is `taken`. */
  readonly linkId: string;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 60)}… (${text.length})` : text;
}

const listQueries: [query: string, field: string][] = [
  ...['0', '-1', '1.5', 'x', 'NaN', 'Infinity', '1e3', '0x10', '+1', '%201', '1000001', '9'.repeat(400)].map(
    (page): [string, string] => [`page=${page}`, 'page'],
  ),
  ['page=1&page=2', 'page'],
  ['page[]=1', 'page[]'],
  ...['0', '101', '-20', '20.5', 'all', '%00'].map((count): [string, string] => [`perPage=${count}`, 'perPage']),
  ['perPage=5&perPage=5', 'perPage'],
  ['per_page=5', 'per_page'],
  ['sort=name', 'sort'],
  ['sort=created&sort=clicks', 'sort'],
  ['order=up', 'order'],
  ['archived=maybe', 'archived'],
  // NUL, CRLF, another control character, half of a surrogate pair, a byte of no character.
  ...['%00', '%0d%0a', '%7f', '%ed%a0%80', '%ff'].flatMap((bytes): [string, string][] => [
    [`search=a${bytes}b`, 'search'],
    [`domain=a${bytes}b`, 'domain'],
    [`cursor=a${bytes}b`, 'cursor'],
    [`sort=created${bytes}`, 'sort'],
  ]),
  ...['%00', '%0d%0a', '%7f'].map((bytes): [string, string] => [`tag=ok&tag=a${bytes}b`, 'tag.1']),
  ...['%ed%a0%80', '%ff'].map((bytes): [string, string] => [`tag=ok&tag=a${bytes}b`, 'tag']),
  [`search=${'a'.repeat(201)}`, 'search'],
  ['search=a&search=b', 'search'],
  [Array.from({ length: 21 }, (_, n) => `tag=t${n}`).join('&'), 'tag'],
  ['unknown=1', 'unknown'],
  ['__proto__=1', '__proto__'],
  ['constructor=1', 'constructor'],
  ['%0d%0aSet-Cookie=1', '\\u000d\\u000aSet-Cookie'],
  ['=1', ''],
];

const statsQueries: [query: string, field: string][] = [
  ['period=1y', 'period'],
  ['period=7d&period=30d', 'period'],
  ['bots=some', 'bots'],
  ['limit=-1', 'limit'],
  ['limit=1.5', 'limit'],
  ['limit=NaN', 'limit'],
  ['limit=1000001', 'limit'],
  ...['%00', '%0d%0a', '%ed%a0%80'].flatMap((bytes): [string, string][] =>
    ['period', 'from', 'tz', 'interval'].map((name) => [`${name}=${bytes}`, name]),
  ),
  ['country=%ed%a0%80', 'country'],
  ['unknown=1', 'unknown'],
];

const strangeIds = [
  'nope',
  'lnk_',
  'lnk_0000000000000000',
  'LNK_0000000000000000',
  '1',
  '-1',
  '%00',
  '%zz',
  '%ff%fe',
  '%2e%2e%2f',
  "'%20OR%201=1%20--",
  '%F0%9F%98%80',
  '__proto__',
  'a'.repeat(4000),
];

const unknownApiPaths = [
  '/api',
  '/api/',
  '/api/v1',
  '/api/v1/',
  '/api/v2/links',
  '/api/v1/nope',
  '/api/v1/links/x/y',
  '/api/v1/links/x/stats/y',
  '/api/v1/Links',
  '/api/v1/links%2f',
  '/api/v1/nope/../links',
  '/api/v1/./links',
  '/api/v1/%2e%2E/v1/links',
  '/api/../healthz',
  '/api/v1\\links',
  '/api/v1/links#x',
  '/api//v1/links',
];

const wrongMethods: [method: string, path: string][] = [
  ['DELETE', '/api/v1/links'],
  ['PATCH', '/api/v1/links'],
  ['OPTIONS', '/api/v1/links'],
  ['POST', '/api/v1/links/LINK'],
  ['PUT', '/api/v1/links/LINK'],
  ['DELETE', '/api/v1/links/LINK/stats'],
  ['POST', '/healthz'],
  ['DELETE', '/readyz'],
  ['TRACE', '/api/v1/links'],
  ['PROPFIND', '/taken'],
  ['PUT', '/taken'],
  ['DELETE', '/taken'],
  ['POST', '/taken'],
];

const strangeSlugs = [
  '/unknown',
  '/%',
  '/%zz',
  '/%00',
  '/%ff',
  '/%ed%a0%80',
  '/%2e%2e%2fetc%2fpasswd',
  '/taken%00',
  '/taken%0d%0aSet-Cookie:a=b',
  '/a/b',
  '//',
  '//taken',
  '/taken//',
  '/.git/config',
  '/<script>alert(1)</script>',
  `/${'a'.repeat(5000)}`,
  `/${'%F0%9F%98%80'.repeat(400)}`,
];

const noKeys: [name: string, authorization: string | undefined][] = [
  ['none', undefined],
  ['empty', ''],
  ['another scheme', 'Basic YWRtaW46YWRtaW4='],
  ['no secret', 'Bearer'],
  ['two secrets', 'Bearer a b'],
  ['a wrong checksum', `Bearer sp_${'0'.repeat(36)}`],
  ['an unknown key', `Bearer ${createSecret('sp')}`],
  ['an unknown hex key', `Bearer ${createSecret('hex')}`],
  ['a long one', `Bearer ${'a'.repeat(8000)}`],
];

/** Every case for one server; only the target makes them differ. */
export function badRequests({ address, key, linkId }: Target): BadRequest[] {
  const authorization = `Bearer ${key}`;
  const json = { authorization, 'content-type': 'application/json' };
  const accept = { accept: 'application/json' };
  const domain = new URL(address).hostname;
  const made = (
    name: string,
    method: string,
    path: string,
    [status, code, field]: Expected,
    headers: Readonly<Record<string, string>> = { authorization },
    body?: string | Buffer,
  ): BadRequest => ({
    name: `${method} ${path.length > 80 ? `${path.slice(0, 80)}…` : path}: ${name}`,
    method,
    path,
    headers,
    status,
    code,
    ...(body === undefined ? {} : { body }),
    ...(field === undefined ? {} : { field }),
  });
  const link = `/api/v1/links/${linkId}`;
  const good = JSON.stringify({ title: 'changed' });
  return [
    ...badBodies().map(([name, body, headers, expected]) =>
      made(name, 'POST', '/api/v1/links', expected, { ...json, ...headers }, body),
    ),
    ...badFields(address, domain).map(([given, expected]) =>
      made(
        shown(given),
        'POST',
        '/api/v1/links',
        expected,
        json,
        JSON.stringify({ destinationUrl: 'https://example.com/', ...given }),
      ),
    ),
    ...badChanges.map(([change, expected]) =>
      made(shown(change), 'PATCH', link, expected, json, JSON.stringify(change)),
    ),
    made('an empty body', 'PATCH', link, invalid, json, ''),
    made('a list', 'PATCH', link, invalidField(''), json, '[]'),
    ...listQueries.map(([query, field]) => made(field, 'GET', `/api/v1/links?${query}`, invalidField(field))),
    ...statsQueries.map(([query, field]) => made(field, 'GET', `${link}/stats?${query}`, invalidField(field))),
    ...strangeIds.flatMap((id, n) => {
      const method = ['GET', 'PATCH', 'DELETE'][n % 3] as string;
      const body = method === 'PATCH' ? good : undefined;
      return [
        made('a strange id', method, `/api/v1/links/${id}`, [404, 'NOT_FOUND'], json, body),
        made('a strange id', 'GET', `/api/v1/links/${id}/stats`, [404, 'NOT_FOUND']),
      ];
    }),
    ...unknownApiPaths.map((path) => made('no such path', 'GET', path, [404, 'NOT_FOUND'])),
    ...wrongMethods.map(([method, path]) =>
      made('method', method, path.replace('LINK', linkId), [405, 'METHOD_NOT_ALLOWED'], { authorization, ...accept }),
    ),
    ...strangeSlugs.map((path) => made('no such link', 'GET', path, [404, 'NOT_FOUND'], accept)),
    made('no such link', 'POST', '/unknown', [404, 'NOT_FOUND'], accept),
    ...noKeys.map(([name, given]) =>
      made(name, 'GET', '/api/v1/links', [401, 'UNAUTHORIZED'], given === undefined ? {} : { authorization: given }),
    ),
    made('a key in the query', 'GET', `/api/v1/links?key=${key}&authorization=${key}`, [401, 'UNAUTHORIZED'], {}),
    made('a large body without a key', 'POST', '/api/v1/links', [401, 'UNAUTHORIZED'], {}, Buffer.alloc(4 * mib, ' ')),
    made(
      'a large body for no path',
      'PUT',
      '/api/v1/nope',
      [404, 'NOT_FOUND'],
      { authorization },
      Buffer.alloc(4 * mib),
    ),
    made('a large body for a slug', 'POST', '/unknown', [404, 'NOT_FOUND'], accept, Buffer.alloc(4 * mib)),
  ];
}
