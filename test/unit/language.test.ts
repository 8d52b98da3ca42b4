// The language of a visitor, from Accept-Language.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';

import { Languages } from '../../src/clicks/language.ts';

const table: [header: string | undefined, language: string | null][] = [
  ['en-US,en;q=0.9', 'en'],
  ['de', 'de'],
  ['DE-ch', 'de'],
  ['fr;q=0.4, nl;q=0.8, de;q=0.6', 'nl'],
  ['fr;q=0.8, nl;q=0.8', 'fr'],
  ['fr;q=0.9, nl', 'nl'],
  ['fil-PH, en;q=0.5', 'fil'],
  ['zh-Hant-TW', 'zh'],
  ['es-419', 'es'],
  ['ja ; q = 0.5, ko;q=0.4', 'ko'],
  ['pt;Q=1.000', 'pt'],
  ['en;q=0', null],
  ['en;q=0, it;q=0.001', 'it'],
  ['en;q=2, it;q=0.1', 'it'],
  ['en;q=abc, it;q=0.1', 'it'],
  ['*', null],
  ['*, de;q=0.5', 'de'],
  ['', null],
  [undefined, null],
  [',,;', null],
  ['english', null],
  ['x', null],
  ['i-klingon', null],
  ['e1', null],
  ['<script>', null],
  ['en_US', null],
  ['constructor, en;q=0.1', 'en'],
  [`${'xxxxxxxxx, '.repeat(1_000)}de`, null],
  [`da, ${'x'.repeat(16_000)}`, 'da'],
];

describe('Languages.primary', () => {
  const languages = new Languages();
  for (const [header, language] of table) {
    it(`reads ${language} from ${JSON.stringify(header)?.slice(0, 60)}`, () => {
      assert.equal(languages.primary(header), language);
      // From the cache as well.
      assert.equal(languages.primary(header), language);
    });
  }
});
