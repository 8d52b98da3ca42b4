// What counts as a click, and the one reason where it does not.

import assert from 'node:assert/strict';
import type { IncomingHttpHeaders } from 'node:http';
import { describe, it } from 'node:test';

import { UserAgents } from '../../src/clicks/user-agent.ts';
import { judge, type Verdict, verdictCode, verdictOf, verdicts } from '../../src/clicks/verdict.ts';

const userAgents = new UserAgents();
const senders = {
  person: 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:133.0) Gecko/20100101 Firefox/133.0',
  bot: 'curl/8.10.1',
  preview: 'Twitterbot/1.0',
  nobody: '',
};

describe('judge', () => {
  type Row = [
    method: string,
    headers: IncomingHttpHeaders,
    sender: keyof typeof senders,
    filtering: Verdict,
    notFiltering: Verdict,
  ];
  const table: Row[] = [
    ['GET', {}, 'person', 'counted', 'counted'],
    ['GET', {}, 'bot', 'bot', 'counted'],
    ['GET', {}, 'preview', 'preview', 'counted'],
    ['GET', {}, 'nobody', 'bot', 'counted'],
    ['HEAD', {}, 'person', 'head', 'head'],
    ['HEAD', { purpose: 'prefetch' }, 'bot', 'head', 'head'],
    ['HEAD', {}, 'preview', 'head', 'head'],
    ['GET', { 'sec-purpose': 'prefetch' }, 'person', 'prefetch', 'prefetch'],
    ['GET', { 'sec-purpose': 'prefetch;prerender' }, 'person', 'prefetch', 'prefetch'],
    ['GET', { 'sec-purpose': 'Prefetch;anonymous-client-ip' }, 'person', 'prefetch', 'prefetch'],
    ['GET', { 'sec-purpose': 'prefetch' }, 'bot', 'prefetch', 'prefetch'],
    ['GET', { 'sec-purpose': 'fictional, prefetch' }, 'person', 'counted', 'counted'],
    ['GET', { 'sec-purpose': '' }, 'person', 'counted', 'counted'],
    ['GET', { purpose: 'prefetch' }, 'person', 'prefetch', 'prefetch'],
    ['GET', { purpose: 'preview' }, 'preview', 'prefetch', 'prefetch'],
    ['GET', { purpose: 'navigate' }, 'person', 'counted', 'counted'],
    ['GET', { 'x-moz': 'prefetch' }, 'person', 'prefetch', 'prefetch'],
    ['GET', { 'x-moz': 'livebookmarks' }, 'person', 'counted', 'counted'],
    ['GET', { 'x-purpose': 'preview' }, 'person', 'prefetch', 'prefetch'],
    ['GET', { 'x-purpose': ['preview', 'preview'] }, 'person', 'prefetch', 'prefetch'],
    ['GET', { 'sec-purpose': 'PREFETCH' }, 'person', 'prefetch', 'prefetch'],
    ['GET', { 'sec-purpose': 'prefetch, fictional' }, 'person', 'prefetch', 'prefetch'],
    ['GET', { 'sec-purpose': ['prefetch', 'fictional'] }, 'person', 'prefetch', 'prefetch'],
    ['GET', { 'sec-purpose': ' prefetch;prerender' }, 'person', 'prefetch', 'prefetch'],
    ['GET', { 'sec-purpose': 'prerender' }, 'person', 'counted', 'counted'],
    ['GET', { purpose: 'Prefetch' }, 'person', 'prefetch', 'prefetch'],
    ['GET', { 'x-moz': 'Prefetch' }, 'bot', 'prefetch', 'prefetch'],
  ];
  for (const [method, headers, sender, filtering, notFiltering] of table) {
    it(`says ${filtering} (unfiltered: ${notFiltering}) of ${method} by a ${sender} with ${JSON.stringify(headers)}`, () => {
      const userAgent = userAgents.parse(senders[sender]);
      assert.equal(judge({ method, headers, userAgent, isFiltered: false, filterBots: true }), filtering);
      assert.equal(judge({ method, headers, userAgent, isFiltered: false, filterBots: false }), notFiltering);
    });
  }
});

describe('of several reasons', () => {
  it('the first is told, in the order HEAD, prefetch, preview, bot, filtered network, whatever the rest', () => {
    const told = new Set<Verdict>();
    for (const method of ['GET', 'HEAD'])
      for (const headers of [{}, { 'sec-purpose': 'prefetch;prerender' }] as IncomingHttpHeaders[])
        for (const sender of ['person', 'bot', 'preview', 'nobody'] as const)
          for (const isFiltered of [false, true])
            for (const filterBots of [false, true]) {
              const reasons: [Verdict, boolean][] = [
                ['head', method === 'HEAD'],
                ['prefetch', 'sec-purpose' in headers],
                ['preview', filterBots && sender === 'preview'],
                ['bot', filterBots && (sender === 'bot' || sender === 'nobody')],
                ['filtered_network', filterBots && isFiltered],
                ['counted', true],
              ];
              const [expected] = reasons.find(([, applies]) => applies)!;
              const userAgent = userAgents.parse(senders[sender]);
              assert.equal(judge({ method, headers, userAgent, isFiltered, filterBots }), expected);
              told.add(expected);
            }
    assert.equal(told.size, 6);
  });
});

describe('codes', () => {
  it('are these for ever: they are in databases', () => {
    assert.deepEqual(Object.fromEntries(verdicts.map((verdict) => [verdict, verdictCode(verdict)])), {
      counted: 0,
      head: 1,
      bot: 2,
      preview: 3,
      prefetch: 4,
      duplicate: 5,
      filtered_network: 6,
      preview_page: 7,
    });
  });

  it('turn back into their verdicts, and others throw', () => {
    for (const verdict of verdicts) assert.equal(verdictOf(verdictCode(verdict)), verdict);
    for (const code of [-1, 8, 0.5, Number.NaN]) assert.throws(() => verdictOf(code), RangeError);
  });
});
