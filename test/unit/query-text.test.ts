import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { requireUtf8 } from '../../src/http/query-text.ts';

describe('the query of a request', () => {
  for (const text of [
    '',
    'search=a',
    'search=%C3%A9',
    'search=%F0%9F%98%80&tag=%',
    'a=100%&b=%zz',
    'tag=%EF%BF%BD',
    '%EF%BF%BD=%zz',
  ])
    it(`is text: ${text}`, () => requireUtf8(text));

  for (const [text, path] of [
    ['search=%ff', 'search'],
    ['page=1&search=a%ED%A0%80b', 'search'],
    ['search=%C3', 'search'],
    ['search=%EF%BF%BD%C3', 'search'],
    ['a%ffb=1', 'a\ufffdb'],
    ['%00%ff=1', '\\u0000\ufffd'],
  ])
    it(`is none: ${text}`, () =>
      assert.throws(() => requireUtf8(text!), {
        code: 'VALIDATION_ERROR',
        details: [{ path, message: `${path} is not valid UTF-8` }],
      }));
});
