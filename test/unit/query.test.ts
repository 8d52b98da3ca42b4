// Query merging: the destination's bytes stand, precedence holds, and whatever the visitor sends is a valid header.

import assert from 'node:assert/strict';
import { validateHeaderValue } from 'node:http';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { maxMergedLength, mergeQuery, type Utm } from '../../src/links/query.ts';

const noUtm: Utm = { source: null, medium: null, campaign: null, term: null, content: null };
const site = 'https://x.example/p';

interface Case {
  readonly it: string;
  readonly to: string;
  readonly utm?: Partial<Utm>;
  readonly query?: string;
  readonly gives: string;
}

const cases: Case[] = [
  { it: 'leaves a destination alone when there is nothing to add', to: `${site}?a=1#f`, gives: `${site}?a=1#f` },
  { it: 'adds a first query', to: site, query: 'a=1', gives: `${site}?a=1` },
  { it: 'adds to a query', to: `${site}?a=1`, query: 'b=2', gives: `${site}?a=1&b=2` },
  { it: 'adds after an empty query', to: `${site}?`, query: 'b=2', gives: `${site}?b=2` },
  { it: 'adds after a trailing separator', to: `${site}?a=1&`, query: 'b=2', gives: `${site}?a=1&b=2` },
  { it: 'keeps empty separators of the destination', to: `${site}?&&a=1`, query: 'b=2', gives: `${site}?&&a=1&b=2` },
  { it: 'adds before the fragment', to: `${site}#top`, query: 'a=1', gives: `${site}?a=1#top` },
  { it: 'adds between query and fragment', to: `${site}?a=1#top`, query: 'b=2', gives: `${site}?a=1&b=2#top` },
  { it: 'takes a ? in the fragment for fragment', to: `${site}#/r?a=1`, query: 'a=2', gives: `${site}?a=2#/r?a=1` },
  { it: 'keeps an empty fragment', to: `${site}#`, query: 'a=1', gives: `${site}?a=1#` },
  { it: 'takes a second ? for part of the query', to: `${site}?a=1?b=2`, query: 'b=3', gives: `${site}?a=1?b=2&b=3` },
  { it: 'adds to a bare host', to: 'https://x.example/', query: 'a', gives: 'https://x.example/?a' },

  { it: "lets the destination's parameter win", to: `${site}?a=1`, query: 'a=2&b=3', gives: `${site}?a=1&b=3` },
  { it: "lets the destination's empty one win", to: `${site}?a=`, query: 'a=2', gives: `${site}?a=` },
  { it: "lets the destination's bare one win", to: `${site}?a`, query: 'a=2', gives: `${site}?a` },
  { it: 'compares names by case', to: `${site}?a=1`, query: 'A=2', gives: `${site}?a=1&A=2` },
  { it: 'compares names decoded', to: `${site}?a%62=1`, query: 'ab=2', gives: `${site}?a%62=1` },
  { it: "decodes the visitor's names", to: `${site}?ab=1`, query: '%61b=2', gives: `${site}?ab=1` },
  { it: 'reads + in a name as a space', to: `${site}?a%20b=1`, query: 'a+b=2', gives: `${site}?a%20b=1` },
  {
    it: 'keeps brackets as they came',
    to: `${site}?a[]=1`,
    query: 'a[]=2&a%5B%5D=3&b[]=4&b[]=5',
    gives: `${site}?a[]=1&b[]=4&b[]=5`,
  },
  { it: 'keeps what only decodes alike in part', to: `${site}?a=1`, query: 'a%=2', gives: `${site}?a=1&a%=2` },
  {
    it: 'compares malformed escapes as they are',
    to: `${site}?%zz=1`,
    query: '%zz=2&%ZZ=3',
    gives: `${site}?%zz=1&%ZZ=3`,
  },
  { it: 'keeps malformed escapes in values', to: site, query: 'a=%&b=%4&c=%gg', gives: `${site}?a=%&b=%4&c=%gg` },
  {
    it: 'compares names of several bytes',
    to: `${site}?%C3%A9=1`,
    query: '\u00c3\u00a9=2&%c3%a9=3',
    gives: `${site}?%C3%A9=1`,
  },
  { it: 'does not decode twice', to: `${site}?a=1`, query: '%2561=2', gives: `${site}?a=1&%2561=2` },
  {
    it: 'has no trouble with prototype names',
    to: site,
    query: '__proto__=1&constructor=2',
    gives: `${site}?__proto__=1&constructor=2`,
  },
  { it: 'keeps a ? that begins a name', to: `${site}?%3Fa=1`, query: '?a=2', gives: `${site}?%3Fa=1` },

  { it: "keeps the visitor's repeated parameters", to: site, query: 'a=1&a=2&a=1', gives: `${site}?a=1&a=2&a=1` },
  { it: 'keeps the difference of ?a and ?a=', to: site, query: 'a&b=&c', gives: `${site}?a&b=&c` },
  { it: 'drops empty separators of the visitor', to: site, query: '&&a=1&&&b=2&', gives: `${site}?a=1&b=2` },
  { it: 'adds nothing for separators alone', to: site, query: '&&', gives: site },
  { it: 'keeps a parameter without a name', to: site, query: '=1&=2', gives: `${site}?=1&=2` },
  { it: 'keeps = in a value', to: site, query: 'a=b=c', gives: `${site}?a=b=c` },
  { it: 'does not take ; for a separator', to: `${site}?b=0`, query: 'a=1;b=2', gives: `${site}?b=0&a=1;b=2` },

  {
    it: 'adds UTM fields in their usual order',
    to: site,
    utm: { content: 'e', term: 'd', campaign: 'c', medium: 'b', source: 'a' },
    gives: `${site}?utm_source=a&utm_medium=b&utm_campaign=c&utm_term=d&utm_content=e`,
  },
  { it: 'skips empty UTM fields', to: site, utm: { source: '', medium: 'b' }, gives: `${site}?utm_medium=b` },
  {
    it: "lets the destination's UTM win, one by one",
    to: `${site}?utm_source=own`,
    utm: { source: 'a', medium: 'b' },
    gives: `${site}?utm_source=own&utm_medium=b`,
  },
  {
    it: "lets the destination's encoded UTM name win",
    to: `${site}?utm%5Fsource=own`,
    utm: { source: 'a' },
    gives: `${site}?utm%5Fsource=own`,
  },
  {
    it: "lets the link's UTM win over the visitor's",
    to: site,
    utm: { source: 'a' },
    query: 'utm_source=v&utm_term=w&utm%5fsource=x',
    gives: `${site}?utm_source=a&utm_term=w`,
  },
  {
    it: 'encodes UTM values',
    to: site,
    utm: { source: "a b&c=d#e'é🚀+%" },
    gives: `${site}?utm_source=a%20b%26c%3Dd%23e%27%C3%A9%F0%9F%9A%80%2B%25`,
  },
  {
    it: 'survives half a surrogate pair',
    to: site,
    utm: { source: 'a\ud800' },
    gives: `${site}?utm_source=a%EF%BF%BD`,
  },

  {
    it: 'escapes quotes, angle brackets, spaces and #',
    to: site,
    query: 'a="<b>\'&c=d e#f',
    gives: `${site}?a=%22%3Cb%3E%27&c=d%20e%23f`,
  },
  { it: 'escapes latin1 bytes one by one', to: site, query: 'a=\u00e9\u00ff\u0080', gives: `${site}?a=%E9%FF%80` },
  { it: 'escapes text beyond latin1 as UTF-8', to: site, query: 'a=\u20ac', gives: `${site}?a=%E2%82%AC` },
  {
    it: 'escapes control characters',
    to: site,
    query: 'a=\r\nSet-Cookie:x\0\t\u007f',
    gives: `${site}?a=%0D%0ASet-Cookie:x%00%09%7F`,
  },

  { it: 'merges into an upper-case scheme', to: 'HTTPS://x.example/', query: 'a=1', gives: 'HTTPS://x.example/?a=1' },
  {
    it: 'leaves app schemes alone',
    to: 'myapp://open?x=1#y',
    utm: { source: 'a' },
    query: 'b=2',
    gives: 'myapp://open?x=1#y',
  },
  {
    it: 'leaves mailto alone',
    to: 'mailto:a@x.example',
    utm: { source: 'a' },
    query: 'b=2',
    gives: 'mailto:a@x.example',
  },
  { it: 'leaves httpsomething alone', to: 'httpx://a', query: 'b=2', gives: 'httpx://a' },
];

describe('mergeQuery', () => {
  for (const { it: name, to, utm = {}, query = '', gives } of cases) {
    it(name, () => assert.equal(mergeQuery(to, { ...noUtm, ...utm }, query, true), gives));
  }

  it("leaves the visitor's query out when the link does not forward it", () => {
    assert.equal(mergeQuery(site, noUtm, 'a=1', false), site);
    assert.equal(mergeQuery(site, { ...noUtm, source: 's' }, 'a=1', false), `${site}?utm_source=s`);
  });

  it('caps the whole, dropping whole parameters from the first that does not fit', () => {
    const query = Array.from({ length: 3000 }, (_, index) => `p${index}=${'v'.repeat(index % 20)}`).join('&');
    const merged = mergeQuery(`${site}#end`, noUtm, query, true);
    assert.ok(merged.length <= maxMergedLength && merged.length > maxMergedLength - 60);
    assert.ok(query.startsWith(merged.slice(site.length + 1, -'#end'.length)));
    assert.match(merged, /[&?]p\d+=v*#end$/);
  });

  it('drops one parameter that is too long even alone, escapes counted', () => {
    assert.equal(mergeQuery(site, noUtm, `a=1&b=${'é'.repeat(6000)}&c=3`, true), `${site}?a=1`);
  });
});

const destinations = fc.webUrl({ withQueryParameters: true, withFragments: true }).map((url) => new URL(url).href);
const words = fc.option(fc.string({ unit: 'grapheme', maxLength: 30 }), { nil: null });
const utms: fc.Arbitrary<Utm> = fc.record({
  source: words,
  medium: words,
  campaign: words,
  term: words,
  content: words,
});
const rawQueries = fc.oneof(
  fc.string({ unit: fc.constantFrom(...Array.from('ab=&%2+#\u00e9"\'<> ')), maxLength: 60 }),
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.webQueryParameters(),
);

function split(url: string): { base: string; query: string | undefined; fragment: string } {
  const hash = url.indexOf('#');
  const front = hash === -1 ? url : url.slice(0, hash);
  const question = front.indexOf('?');
  return {
    base: question === -1 ? front : front.slice(0, question),
    query: question === -1 ? undefined : front.slice(question + 1),
    fragment: hash === -1 ? '' : url.slice(hash),
  };
}

describe('whatever is merged', () => {
  it('keeps the bytes of the destination, in front and behind', () => {
    fc.assert(
      fc.property(destinations, utms, rawQueries, (destination, utm, query) => {
        const before = split(destination);
        const after = split(mergeQuery(destination, utm, query, true));
        assert.equal(after.base, before.base);
        assert.equal(after.fragment, before.fragment);
        assert.ok((after.query ?? '').startsWith(before.query ?? ''));
      }),
    );
  });

  it('is a valid header, ASCII, and what a browser opens as it stands', () => {
    fc.assert(
      fc.property(destinations, utms, rawQueries, (destination, utm, query) => {
        const merged = mergeQuery(destination, utm, query, true);
        validateHeaderValue('Location', merged);
        assert.match(merged, /^[\x21-\x7e]+$/);
        assert.equal(new URL(merged).href, merged);
        assert.ok(merged.length <= maxMergedLength);
      }),
    );
  });

  it('gives each name its values from one source: destination, then link, then visitor', () => {
    const name = fc.constantFrom('a', 'b', 'utm_source', 'utm_term', 'é', 'a b');
    const pairs = fc.array(fc.tuple(name, fc.string({ maxLength: 5 })), { maxLength: 6 });
    fc.assert(
      fc.property(pairs, fc.record({ source: words, term: words }), pairs, (own, fields, visitors) => {
        const visitorQuery = new URLSearchParams(visitors).toString();
        const destination = new URL(own.length === 0 ? site : `${site}?${new URLSearchParams(own).toString()}`).href;
        const merged = new URL(mergeQuery(destination, { ...noUtm, ...fields }, visitorQuery, true)).searchParams;
        const sources = [
          new URLSearchParams(own),
          new URLSearchParams(
            Object.entries({ utm_source: fields.source, utm_term: fields.term }).filter(
              (entry): entry is [string, string] => entry[1] !== null && entry[1] !== '',
            ),
          ),
          new URLSearchParams(visitorQuery),
        ];
        for (const key of new Set(sources.flatMap((source) => [...source.keys()]))) {
          const winner = sources.find((source) => source.has(key))!;
          assert.deepEqual(merged.getAll(key), winner.getAll(key), key);
        }
      }),
    );
  });

  it('is the destination with its campaign, whatever visitors send, where their query is not forwarded', () => {
    fc.assert(
      fc.property(destinations, utms, rawQueries, (destination, utm, query) => {
        assert.equal(mergeQuery(destination, utm, query, false), mergeQuery(destination, utm, '', true));
      }),
    );
  });

  it('compares names as applications will read them, however either side has written them', () => {
    const escaped = (byte: number, upper: boolean): string => {
      const hex = byte.toString(16).padStart(2, '0');
      return `%${upper ? hex.toUpperCase() : hex}`;
    };
    /** A name with some of its bytes escaped, in capitals or not. */
    const writings = (name: string) =>
      fc.array(fc.nat(2), { minLength: 20, maxLength: 20 }).map((ways) =>
        [...Buffer.from(name)]
          .map((byte, i) => {
            const way = byte > 0x7f || byte === 0x20 ? 1 + (ways[i]! % 2) : ways[i]!;
            return way === 0 ? String.fromCharCode(byte) : escaped(byte, way === 1);
          })
          .join(''),
      );
    const cases = fc
      .constantFrom('a', 'utm_source', 'a b', 'é', '日本', '[x]')
      .chain((name) => fc.tuple(fc.constant(name), writings(name), writings(name)));
    fc.assert(
      fc.property(cases, ([name, own, visitors]) => {
        const merged = mergeQuery(
          `${site}?${own}=1`,
          { ...noUtm, source: 's' },
          `${visitors}=2&${visitors}=3&other=4`,
          true,
        );
        const found = new URL(merged).searchParams;
        assert.deepEqual(found.getAll(name), ['1']);
        assert.deepEqual([found.get('other'), found.get('utm_source')], ['4', name === 'utm_source' ? '1' : 's']);
        // Alone, every one of the visitor's passes, as it was written.
        assert.equal(
          mergeQuery(site, noUtm, `${visitors}=2&${visitors}=3`, true),
          `${site}?${visitors}=2&${visitors}=3`,
        );
      }),
    );
  });

  it('is the same whatever was merged for the same link before', () => {
    const visits = fc.array(fc.tuple(fc.nat(2), rawQueries), { minLength: 1, maxLength: 10 });
    fc.assert(
      fc.property(fc.tuple(destinations, destinations, destinations), utms, visits, (targets, utm, all) => {
        for (const [target, query] of all) {
          const destination = targets[target] as string;
          assert.equal(mergeQuery(destination, utm, query, true), mergeQuery(destination, { ...utm }, query, true));
        }
      }),
    );
  });

  it('does not change when the same is merged once more', () => {
    fc.assert(
      fc.property(destinations, utms, rawQueries, (destination, utm, query) => {
        const once = mergeQuery(destination, utm, query, true);
        assert.equal(mergeQuery(once, utm, query, true), once);
      }),
    );
  });
});
