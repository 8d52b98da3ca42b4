// Who is answered with JSON instead of a page: by the weights of the Accept header, whatever its order, case and spaces.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { wantsJson } from '../../src/pages/accepted.ts';

const chrome =
  'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8,application/signed-exchange;v=b3;q=0.7';

const cases: [accept: string, json: boolean][] = [
  ['', false],
  ['*/*', false],
  ['application/*', false],
  ['text/html', false],
  [chrome, false],
  [`${chrome},application/json;q=0.9`, false],
  ['application/json', true],
  ['APPLICATION/JSON ; charset=utf-8', true],
  ['application/vnd.api+json', true],
  ['application/problem+json;q=0.1', true],
  // What axios, jQuery and others send.
  ['application/json, text/plain, */*', true],
  ['application/json, text/javascript, */*; q=0.01', true],
  // The heavier one, in whatever order.
  ['application/json;q=0.5,text/html;q=0.9', false],
  ['text/html;q=0.9,application/json;q=0.5', false],
  ['application/json;q=0.9, text/html;q=0.5', true],
  ['text/html;q=0.5, application/json', true],
  ['Text/HTML, application/json;q=0.9', false],
  ['application/xhtml+xml, application/json;q=0.9', false],
  // No reason for JSON: a page is liked as well, or JSON is not at all.
  ['text/html,application/json', false],
  ['application/json,text/html', false],
  ['application/json;q=0', false],
  ['application/json;q=0.000, */*', false],
  ['text/html;q=0, application/json;q=0.1', true],
  ['application/json;q=x, text/html;q=0.9', true],
  ['application/jsonp', false],
  ['text/x-application/json', false],
  [',;q=1,', false],
];

describe('what a client would rather have', () => {
  for (const [accept, json] of cases) {
    it(`is ${json ? 'JSON' : 'a page'} with ${accept || 'no wish at all'}`, () =>
      assert.equal(wantsJson({ accept }), json));
  }

  it('is what it sends where it asks for neither', () => {
    const sends = (type: string, accept?: string) =>
      wantsJson({ 'content-type': type, ...(accept === undefined ? {} : { accept }) });
    assert.equal(sends('application/json; charset=utf-8'), true);
    assert.equal(sends('application/json', '*/*'), true);
    assert.equal(sends('application/json', 'text/html'), false);
    assert.equal(sends('application/x-www-form-urlencoded'), false);
    assert.equal(sends('application/x-www-form-urlencoded', 'application/json'), true);
  });
});
