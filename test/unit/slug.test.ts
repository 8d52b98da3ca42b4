// Slugs: what may be one, what is reserved, what is drawn, and that each survives the way into a URL and back.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { AppError } from '../../src/core/errors.ts';
import { skeletonOf } from '../../src/links/confusables.ts';
import {
  generatedAlphabet,
  generateSlug,
  isOffensive,
  isReserved,
  maxSlugLength,
  ownPaths,
  parseSlug,
  slugFromPath,
  slugInUrl,
} from '../../src/links/slug.ts';

const none: ReadonlySet<string> = new Set();
const parse = (text: string): string => parseSlug(text, { reserved: none });
const hasCode = (code: string) => (error: unknown) =>
  error instanceof AppError && error.code === code && error.details[0]?.path === 'slug';

const accepted = [
  ['a', '-', '_', '0', 'summer-sale', 'Summer_Sale', 'x'.repeat(100), '👍'.repeat(100)],
  ['日本語', '한국어', 'हिन्दी', 'क्षिं', 'ไทย', 'العربية', 'עברית', 'ελληνικά', 'русский', 'Straße', 'naïve', 'མཧཱ'],
  ['٣', '½', '①', 'x²'],
  ['❤', '❤️', '☺︎', '©', 'ℹ️', 'Ⓜ️', '1️⃣', '👋🏽', '☝🏽', '🫨', '🇩🇪', '🇩🇪🇫🇷', '🏴󠁧󠁢󠁥󠁮󠁧󠁿'],
  ['👨‍👩‍👧‍👦', '👩🏽‍🤝‍👨🏻', '🏳️‍🌈', '🏴‍☠️', '❤️‍🔥', '❤‍🔥', '🧔🏿‍♂️', 'go-🚀-now'],
].flat();

const refused: [string, string][] = [
  ['empty', ''],
  ['too long', 'x'.repeat(101)],
  ['too long in code points', '👍'.repeat(101)],
  ['enormous', 'x'.repeat(1_000_000)],
  ['space', 'a b'],
  ['slash', 'a/b'],
  ['dot', 'a.b'],
  ['plus, the preview sign', 'a+'],
  ['percent', 'a%20b'],
  ['question mark', 'a?b'],
  ['hash', '#a'],
  ['hash keycap, which a browser would cut off as a fragment', '#️⃣'],
  ['quote', 'a"b'],
  ['angle bracket', '<a>'],
  ['NUL', 'a\0'],
  ['CR LF', 'a\r\nb'],
  ['DEL', 'a\u007f'],
  ['no-break space', 'a\u00a0b'],
  ['high surrogate alone', 'a\ud83d'],
  ['low surrogate alone', '\udc4da'],
  ['right-to-left override', 'a\u202egpj'],
  ['left-to-right mark', 'a\u200e'],
  ['Arabic letter mark', 'a\u061c'],
  ['isolate', '\u2066a\u2069'],
  ['zero-width space', 'a\u200bb'],
  ['zero-width joiner between letters', 'a\u200db'],
  ['zero-width joiner at the end of an emoji', '👩\u200d'],
  ['two joiners', '👩\u200d\u200d🔬'],
  ['zero-width non-joiner', 'a\u200cb'],
  ['word joiner', 'a\u2060b'],
  ['byte order mark', '\ufeffa'],
  ['soft hyphen', 'a\u00adb'],
  ['Hangul filler', '\u3164'],
  ['halfwidth Hangul filler', '\uffa0'],
  ['braille blank', '\u2800'],
  ['combining grapheme joiner', 'a\u034fb'],
  ['variation selector on a letter', 'a\ufe0f'],
  ['ideographic variation selector', '葛\u{e0100}'],
  ['tag characters on another emoji', '👍\u{e0067}\u{e007f}'],
  ['tag characters alone', '\u{e0061}'],
  ['mark without a letter', '\u0301a'],
  ['mark after a hyphen', '-\u0301'],
  ['nine marks on a letter', `q${'\u0335'.repeat(9)}`],
  ['half a flag', '🇩'],
  ['skin tone alone', '🏽'],
  ['private use', '\ue000'],
  ['noncharacter', '\uffff'],
  ['fullwidth solidus', 'a／b'],
];

describe('parseSlug', () => {
  for (const slug of accepted) {
    it(`accepts ${slug.slice(0, 40)}`, () => assert.equal(parse(slug), slug.normalize('NFC')));
  }

  for (const [what, slug] of refused) {
    it(`refuses ${what}`, () => assert.throws(() => parse(slug), hasCode('VALIDATION_ERROR')));
  }

  it('stores NFC', () => {
    assert.equal(parse('cafe\u0301'), 'caf\u00e9');
    assert.equal(parse('\u1100\u1161'), '\uac00');
  });

  it('counts the characters that are stored, not those that were sent', () => {
    assert.equal(parse('e\u0301'.repeat(100)).length, 100);
  });

  it('names the character at fault', () => {
    assert.throws(() => parse('a b'), /not U\+0020$/);
    assert.throws(() => parse('a/b'), /not \/ \(U\+002F\)$/);
  });

  it('accepts any text of its plain characters up to its length, unless it is reserved, and no other ASCII', () => {
    const plain = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const texts = fc.string({ unit: fc.constantFrom(...plain.split('')), minLength: 1, maxLength: maxSlugLength });
    const others = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code)).filter(
      (c) => !plain.includes(c),
    );
    fc.assert(
      fc.property(texts, fc.nat(maxSlugLength), fc.constantFrom(...others), (text, at, other) => {
        if (!isReserved(text)) assert.equal(parse(text), text);
        const place = at % text.length;
        const wrong = text.slice(0, place) + other + text.slice(place + 1);
        assert.throws(
          () => parse(wrong),
          (error) => error instanceof AppError,
        );
      }),
    );
  });

  it('accepts every letter and number there is, but for those that nobody can see', () => {
    const isLetter = /^[\p{L}\p{N}]$/u;
    const isInvisible = /^\p{Default_Ignorable_Code_Point}$/u;
    let letters = 0;
    for (let code = 0; code <= 0x10ffff; code++) {
      const letter = String.fromCodePoint(code);
      if (!isLetter.test(letter)) continue;
      // Between others: by themselves some look like a path of ours, which is another matter.
      const slug = `x${letter}7`;
      if (isInvisible.test(letter)) assert.throws(() => parse(slug), hasCode('VALIDATION_ERROR'), code.toString(16));
      else assert.equal(parse(slug), slug.normalize('NFC'), code.toString(16));
      letters++;
    }
    assert.ok(letters > 130_000, `${letters}`);
  });

  it('accepts every emoji that Unicode recommends, in every qualification', () => {
    const isEmoji = /^\p{RGI_Emoji}$/v;
    const bases = Array.from({ length: 0x1fb00 - 0xa9 }, (_, index) => String.fromCodePoint(0xa9 + index));
    const single = bases.filter((base) => isEmoji.test(base) || isEmoji.test(`${base}\ufe0f`));
    assert.ok(single.length > 1300);
    for (const base of single) {
      if (/\p{Emoji_Modifier}/u.test(base)) continue;
      assert.equal(parse(base), base);
      assert.equal(parse(`${base}\ufe0f`), `${base}\ufe0f`);
    }
  });

  it('answers texts made to confuse its pattern, rather than trying all ways of reading them', () => {
    for (const unit of ['1\u20e3', '👋🏽', '👨‍', 'ℹ', 'a\u0301', '🇩🇪', '❤️', '0️⃣', '🏴']) {
      assert.throws(() => parse(`${unit.repeat(Math.floor(99 / [...unit].length))} `));
    }
  });
});

describe('isReserved', () => {
  for (const word of ownPaths) {
    it(`keeps ${word} in any case`, () => {
      assert.ok(isReserved(word));
      assert.ok(isReserved(word.toUpperCase()));
      assert.throws(() => parse(word), hasCode('SLUG_RESERVED'));
    });
  }

  const imitations = [
    'аpi',
    'арі',
    'АРІ',
    'ａｐｉ',
    'ＡＰＩ',
    '𝐚𝐩𝐢',
    'αρι',
    'ꓮꓑꓲ',
    'apı',
    'віо',
    'BIΟ',
    'dοсs',
    'ԛг',
    'ӏ',
    'lоgіn',
  ];
  for (const slug of imitations) {
    it(`takes ${slug} for a reserved word`, () => assert.throws(() => parse(slug), hasCode('SLUG_RESERVED')));
  }

  for (const slug of [
    'ap1',
    'apis',
    'b10',
    'і2',
    '①',
    '١',
    'ا',
    '1',
    'ápi',
    'api-',
    'до',
    'апи',
    'ℹ️',
    'логин',
    '👍',
  ]) {
    it(`leaves ${slug} free`, () => assert.equal(isReserved(slug), false));
  }

  it("keeps the operator's words, in any case and their imitations", () => {
    const extra = new Set(['Team', 'Größe']);
    for (const slug of ['team', 'TEAM', 'tеаm', 'grösse', 'GRÖSSE']) assert.ok(isReserved(slug, extra), slug);
    assert.equal(isReserved('teams', extra), false);
    assert.throws(() => parseSlug('tеam', { reserved: extra }), hasCode('SLUG_RESERVED'));
  });

  it('finds a reserved word however its letters are replaced by look-alikes', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('api', 'bio', 'docs', 'metrics', 'admin'),
        fc.func(fc.nat({ max: 3 })),
        (word, pick) => {
          const others: Record<string, string> = {
            a: 'аαａ',
            p: 'рρｐ',
            i: 'іιｉ',
            b: 'Ьｂ',
            o: 'оοｏ',
            d: 'ԁｄ',
            c: 'сｃ',
            s: 'ѕｓ',
            m: 'ｍ',
            e: 'еｅ',
            t: 'тτ',
            r: 'гｒ',
            n: 'пｎ',
          };
          const imitation = Array.from(word)
            .map((letter, index) => [letter, ...others[letter]!].at(pick(index)) ?? letter)
            .join('');
          return isReserved(imitation) && skeletonOf(imitation) === skeletonOf(word);
        },
      ),
    );
  });
});

describe('generateSlug', () => {
  it('is always 7 characters, valid, free of look-alikes, inoffensive and not reserved', () => {
    const drawn = new Set<string>();
    for (let count = 0; count < 20_000; count++) {
      const slug = generateSlug();
      assert.match(slug, /^[2-9A-HJ-NP-Za-km-np-z]{7}$/);
      assert.equal(isOffensive(slug), false, slug);
      drawn.add(slug);
    }
    assert.equal(drawn.size, 20_000);
    for (const slug of [...drawn].slice(0, 500)) assert.equal(parse(slug), slug);
  });

  it('cannot be foretold from what a program may know or set: neither Math.random nor the time', (context) => {
    context.mock.method(Math, 'random', () => 0.5);
    context.mock.timers.enable({ apis: ['Date'], now: 0 });
    const drawn = new Set(Array.from({ length: 5_000 }, () => generateSlug()));
    assert.equal(drawn.size, 5_000);
    // Every character in every place, none of them more than twice as often as it should be.
    const expected = drawn.size / generatedAlphabet.length;
    for (let place = 0; place < 7; place++) {
      const counts = Map.groupBy(drawn, (slug) => slug[place]!);
      assert.equal(counts.size, generatedAlphabet.length);
      for (const [character, slugs] of counts) assert.ok(slugs.length < 2 * expected, `${character} in ${place}`);
    }
  });

  it('takes another length', () => {
    for (const length of [1, 6, 8, 40]) assert.equal(generateSlug(length).length, length);
  });

  it('draws again what is offensive or reserved', () => {
    const draws = ['xFuCkqq', 'sh1tabc', 'metrics', 'Partner', 'abc2345'];
    const random = (alphabet: string): string => {
      assert.equal(alphabet, generatedAlphabet);
      return draws.shift()!;
    };
    assert.equal(generateSlug(7, random, new Set(['partner'])), 'abc2345');
  });

  it('gives up on a broken source instead of spinning', () => {
    assert.throws(() => generateSlug(7, () => 'metrics'), /randomness/);
  });

  for (const slug of ['FUCKabc', 'abSh1t2', 'xa55xyz', 'n1gabcd', 'CVNT234', 'p0rn234', 'd1ck', '5h1T']) {
    it(`knows ${slug} for what it is`, () => assert.ok(isOffensive(slug)));
  }
});

describe('slugFromPath', () => {
  const table: [string, string | undefined][] = [
    ['abc', 'abc'],
    ['abc/', 'abc'],
    ['Abc-_9', 'Abc-_9'],
    ['', undefined],
    ['/', undefined],
    ['abc//', undefined],
    ['a/b', undefined],
    ['a%2Fb', undefined],
    ['%61bc', 'abc'],
    ['%61bc/', 'abc'],
    ['caf%C3%A9', 'caf\u00e9'],
    ['cafe%CC%81', 'caf\u00e9'],
    ['caf%c3%a9', 'caf\u00e9'],
    ['caf\u00c3\u00a9', 'caf\u00e9'],
    ['%F0%9F%9A%80', '🚀'],
    ['\u00f0\u009f\u009a\u0080', '🚀'],
    ['🚀', '🚀'],
    ['caf\u00e9', undefined],
    ['%', undefined],
    ['%zz', undefined],
    ['abc%', undefined],
    ['%C3', undefined],
    ['%C0%AF', undefined],
    ['%ED%A0%80', undefined],
    ['a%00', undefined],
    ['a%0D%0Ab', undefined],
    ['x'.repeat(100), 'x'.repeat(100)],
    ['x'.repeat(101), undefined],
    ['%F0%9F%9A%80'.repeat(100), '🚀'.repeat(100)],
    ['%F0%9F%9A%80'.repeat(101), undefined],
    ['%41'.repeat(5000), undefined],
    ['abc+', 'abc+'],
    ['robots.txt', 'robots.txt'],
  ];
  for (const [path, slug] of table) {
    it(`reads ${JSON.stringify(path.slice(0, 40))} as ${slug?.slice(0, 40) ?? 'nothing'}`, () => {
      assert.equal(slugFromPath(path), slug);
    });
  }

  it('never throws', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (path) => {
        const slug = slugFromPath(path);
        return slug === undefined || (slug.length > 0 && slug.isWellFormed() && !slug.includes('/'));
      }),
    );
  });
});

describe('a slug in a URL', () => {
  it('stands there as it is where it is plain, and percent-encoded where it is not', () => {
    assert.equal(slugInUrl('Summer_sale-24'), 'Summer_sale-24');
    assert.equal(slugInUrl('é'), '%C3%A9');
    assert.equal(slugInUrl('🚀'), '%F0%9F%9A%80');
  });

  const piece = fc.oneof(
    fc.constantFrom(...accepted.filter((slug) => slug.length < 20)),
    fc.string({ unit: 'grapheme', maxLength: 3 }),
  );

  it('comes back unchanged, also through the URL parser and from a browser that sends NFD', () => {
    let valid = 0;
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 6 }), (pieces) => {
        let slug: string;
        try {
          slug = parse(pieces.join(''));
        } catch (error) {
          assert.ok(error instanceof AppError);
          return;
        }
        valid++;
        assert.ok([...slug].length <= maxSlugLength);
        assert.equal(parse(slug), slug);
        assert.equal(slugFromPath(slugInUrl(slug)), slug);
        assert.equal(slugFromPath(`${slugInUrl(slug)}/`), slug);
        assert.equal(slugFromPath(new URL(`https://go.example/${slug}`).pathname.slice(1)), slug);
        assert.equal(slugFromPath(encodeURIComponent(slug.normalize('NFD'))), slug);
        assert.equal(slugFromPath(Buffer.from(slug).toString('latin1')), slug);
      }),
      { numRuns: 500 },
    );
    assert.ok(valid > 50, `only ${valid} of the slugs tried were valid`);
  });
});
