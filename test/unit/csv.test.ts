// CSV that a spreadsheet opens as what it is.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { csvLine } from '../../src/core/csv.ts';

describe('a line of CSV', () => {
  it('has its values between commas, and ends as the standard says', () => {
    assert.equal(csvLine(['a', 1, -1.5, true, null, '']), 'a,1,-1.5,true,,\r\n');
  });

  const texts: [text: string, field: string][] = [
    ['plain', 'plain'],
    ['a,b', '"a,b"'],
    ['say "no"', '"say ""no"""'],
    ['two\nlines', '"two\nlines"'],
    [' space', '" space"'],
    ['space ', '"space "'],
    ['=1+1', "'=1+1"],
    ['=HYPERLINK("http://x")', '"\'=HYPERLINK(""http://x"")"'],
    ['+49', "'+49"],
    ['-1', "'-1"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\t=1', "'\t=1"],
    ['\r=1', '"\'\r=1"'],
    ['\uFF1D1', "'\uFF1D1"],
    ['a=b', 'a=b'],
  ];
  for (const [text, field] of texts) {
    it(`writes ${JSON.stringify(text)} as ${JSON.stringify(field)}`, () => {
      assert.equal(csvLine([text]), `${field}\r\n`);
    });
  }
});
