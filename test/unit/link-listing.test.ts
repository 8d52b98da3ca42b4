// The query of a list of links: defaults, limits, and a fault for whatever it does not know.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AppError } from '../../src/core/errors.ts';
import { parseLinkListing } from '../../src/links/link-input.ts';

const list = (query: string) => parseLinkListing(new URLSearchParams(query));

describe('parseLinkListing', () => {
  const first = {
    page: 1,
    cursor: null,
    perPage: 20,
    search: null,
    domain: null,
    tags: [],
    archived: false,
    sort: 'created',
    order: 'desc',
  };

  const good: [string, object][] = [
    ['', {}],
    ['page=&perPage=&search=&tag=&sort=&cursor=', {}],
    ['page=3&perPage=100', { page: 3, perPage: 100 }],
    ['cursor=abc', { cursor: 'abc', page: null }],
    ['tag=a&tag=b&tag=a&tag=%20c', { tags: ['a', 'b', 'c'] }],
    ['tag=e%CC%81', { tags: ['é'] }],
    ['archived=true', { archived: true }],
    ['archived=0', { archived: false }],
    ['sort=clicks&order=asc', { sort: 'clicks', order: 'asc' }],
    ['search=50%25+off&domain=go.example', { search: '50% off', domain: 'go.example' }],
  ];
  for (const [query, fields] of good) {
    it(`reads "${query}"`, () => assert.deepEqual(list(query), { ...first, ...fields }));
  }

  const bad: [string, string][] = [
    ...['page=0', 'page=-1', 'page=1.5', 'page=x', 'page=1e3', 'page=%201', 'page=99999999999', 'page=1&page=2'].map(
      (query): [string, string] => [query, 'page'],
    ),
    ...['perPage=0', 'perPage=101', 'perPage=all'].map((query): [string, string] => [query, 'perPage']),
    ['page=2&cursor=abc', 'cursor'],
    ['archived=maybe', 'archived'],
    ['archived=1&archived=0', 'archived'],
    ['sort=slug', 'sort'],
    ['order=down', 'order'],
    ['search=%00', 'search'],
    [`search=${'x'.repeat(201)}`, 'search'],
    ['tag=%00', 'tag.0'],
    ['tags=a', 'tags'],
    ['__proto__=1', '__proto__'],
  ];
  for (const [query, path] of bad) {
    it(`refuses "${query.slice(0, 40)}"`, () => {
      assert.throws(
        () => list(query),
        (error) =>
          error instanceof AppError &&
          error.code === 'VALIDATION_ERROR' &&
          error.details[0]?.path === path &&
          error.details.length === 1,
      );
    });
  }
});
