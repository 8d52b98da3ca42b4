// What is counted about a visit: campaign, target, code, and the page it came from.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { maxReferrerLength, noReferrer, Referrers } from '../../src/clicks/referrer.ts';
import { fullAddress, shortAddress } from '../../src/clicks/stored-address.ts';
import { maxUtmLength, VisitContexts } from '../../src/clicks/visit-context.ts';

const contexts = new VisitContexts();
const noUtm = { source: null, medium: null, campaign: null, term: null, content: null };
const visit = { language: 'de', target: 'destination', qr: '', query: '', utm: noUtm } as const;
const utmOf = (query: string, utm: Partial<Record<keyof typeof noUtm, string>> = {}) =>
  contexts.of({ ...visit, query, utm: { ...noUtm, ...utm } }).utm;

describe('the context of a visit', () => {
  it('is the same object for the same visit', () => {
    assert.equal(contexts.of(visit), contexts.of({ ...visit, query: 'a=1' }));
    const campaign = { ...visit, query: 'utm_source=a', target: 'geo:CH' } as const;
    assert.equal(contexts.of(campaign), contexts.of({ ...campaign, query: 'x=1&utm_source=a' }));
    assert.notEqual(contexts.of(campaign), contexts.of({ ...campaign, qr: 'qr_1' }));
    assert.notEqual(contexts.of(campaign), contexts.of({ ...campaign, language: 'fr' }));
  });

  it("has the visitor's campaign, and the link's own where the visitor says nothing", () => {
    const empty = { source: '', medium: '', campaign: '', term: '', content: '' };
    assert.deepEqual(utmOf('utm_source=mail&utm_term=a+b', { source: 'link', medium: 'print' }), {
      ...empty,
      source: 'mail',
      medium: 'print',
      term: 'a b',
    });
    assert.deepEqual(utmOf('utm_source=', { source: 'link' }), { ...empty, source: 'link' });
    assert.deepEqual(utmOf('x=utm_source', {}), empty);
  });

  it('has the same campaign however often a query comes, and whichever link it is for', () => {
    const links = [noUtm, { ...noUtm, source: 'link' }, { ...noUtm, source: 'other', term: 'shoes' }];
    const queries = ['', 'utm_source=a', 'x=1', 'utm_term=b&utm_source=', `utm_medium=${'c'.repeat(300)}`];
    const campaignsOf = (known: VisitContexts): object[] =>
      queries.flatMap((query) => links.map((utm) => known.of({ ...visit, query, utm }).utm));
    const expected = queries.flatMap((query) =>
      links.map((utm) => new VisitContexts().of({ ...visit, query, utm: { ...utm } }).utm),
    );
    const known = new VisitContexts();
    for (let round = 0; round < 3; round++) assert.deepEqual(campaignsOf(known), expected);
  });

  it('takes any bytes of a query for text without controls, and no more of it than the limit', () => {
    assert.equal(utmOf('utm_source=%00a%0Ab%7F').source, 'ab');
    assert.equal(utmOf(`utm_source=${'x'.repeat(5_000)}`).source.length, maxUtmLength);
    assert.equal(utmOf(Buffer.from('utm_source=Grüße').toString('latin1')).source, 'Grüße');
    assert.ok(utmOf(`utm_source=${'x'.repeat(99)}%F0%9F%98%80`).source.isWellFormed());
    assert.ok(utmOf('utm_source=%ED%A0%80').source.isWellFormed());
  });
});

describe('the whole referrer', () => {
  const referrers = new Referrers();

  it('is the address without fragment and credentials, with its host, as one object', () => {
    const header = 'https://user:secret@www.News.example/a?b=c#top';
    const referrer = referrers.parse(header);
    assert.deepEqual(referrer, { url: 'https://www.news.example/a?b=c', host: 'news.example' });
    assert.equal(referrers.parse(header), referrer);
    assert.deepEqual(referrers.parse('https://news.example'), { url: 'https://news.example/', host: 'news.example' });
  });

  it('is none where there is no host', () => {
    for (const header of [undefined, '', 'about:blank', 'javascript:x', 'https://', 'x'.repeat(20_000)])
      assert.equal(referrers.parse(header), noReferrer);
  });

  it('is no longer than the limit', () => {
    const { url, host } = referrers.parse(`https://news.example/${'a'.repeat(9_000)}`);
    assert.deepEqual([url.length, host], [maxReferrerLength, 'news.example']);
  });
});

describe('a stored address', () => {
  it('comes back whole, and is short where it was truncated', () => {
    const addresses = [
      '08080800',
      '00000000',
      `20014860486${'0'.repeat(21)}`,
      `2001${'0'.repeat(27)}1`,
      '0'.repeat(32),
    ];
    const lengths = addresses.map((hex) => {
      const address = Buffer.from(hex, 'hex');
      const stored = shortAddress(address)!;
      assert.deepEqual(fullAddress(stored), address);
      return stored.length;
    });
    assert.deepEqual(lengths, [4, 4, 6, 16, 5]);
    assert.deepEqual([shortAddress(null), fullAddress(null)], [null, null]);
  });
});
