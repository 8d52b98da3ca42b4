// What counts as a click, what is kept of it, and how the numbers come out again; seen in the database and through the API.

import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { ApiClient, type HttpAnswer, type LinkObject, type LinkStats, personsBrowser } from '../support/api-client.ts';
import { checkExchanges } from '../support/recorded-exchanges.ts';
import { closeServers, startServer } from '../support/server-process.ts';
import { folderWithVisitorKey } from '../support/visitor-key.ts';
import { storedClicks } from './stored-clicks.ts';

after(closeServers);
checkExchanges();

// The tests are their own proxy, and so come from any address that they name.
const behindProxy = ['--server-trusted-proxies', '127.0.0.1/32'];
// On another day a visitor is another one.
const clockFrom = '2026-07-01T12:00:00Z';
const start = (...flags: string[]) =>
  startServer({
    clockFrom,
    flags: [...behindProxy, ...flags],
    dataFolder: folderWithVisitorKey(),
    printsKey: true,
  });
const [truncating, keeping, forgetting] = await Promise.all([
  start(),
  start('--privacy-ip', 'full', '--clicks-durability', 'process'),
  start('--privacy-ip', 'none', '--clicks-durability', 'power'),
]);
const api = ApiClient.of(truncating);
const stored = (slug: string) => storedClicks(truncating.dataFolder, slug);

const iphone =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1';
const windows =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36';
const tablet =
  'Mozilla/5.0 (Linux; Android 13; SM-X710) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/119.0.0.0 Safari/537.36';

const from = (address: string): Record<string, string> => ({ 'x-forwarded-for': address });

/** How many of the answers have each status or, where they redirect, each location. */
function tally(answers: readonly HttpAnswer[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { status, headers } of answers) {
    const outcome = headers.location ?? String(status);
    counts[outcome] = (counts[outcome] ?? 0) + 1;
  }
  return counts;
}

describe('a visit', () => {
  const visits: [name: string, headers: Record<string, string>, method: string, verdict: string][] = [
    ["a person's browser", {}, 'GET', 'counted'],
    ['the same again', {}, 'GET', 'counted'],
    ['HEAD', {}, 'HEAD', 'head'],
    [
      'a crawler',
      { 'user-agent': 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)' },
      'GET',
      'bot',
    ],
    ['a program', { 'user-agent': 'curl/8.10.1' }, 'GET', 'bot'],
    ['no user agent', { 'user-agent': '' }, 'GET', 'bot'],
    ['a link preview', { 'user-agent': 'Twitterbot/1.0' }, 'GET', 'preview'],
    ['a prefetch', { 'sec-purpose': 'prefetch;prerender' }, 'GET', 'prefetch'],
    ['an old prefetch', { purpose: 'prefetch' }, 'GET', 'prefetch'],
    ['an older prefetch', { 'x-moz': 'prefetch' }, 'GET', 'prefetch'],
  ];

  it('is stored with its verdict, and only a person opening the link counts', async () => {
    const { id } = await api.createLink({ slug: 'verdicts' });
    for (const [name, headers, method] of visits) {
      const answer = await api.visit('verdicts', headers, method);
      assert.deepEqual([answer.status, answer.headers.location], [302, 'https://example.com/'], name);
    }
    // Each was answered, so each is there.
    assert.deepEqual(
      stored('verdicts').map(({ verdict }) => verdict),
      visits.map(([, , , verdict]) => verdict),
    );
    const { clickCount } = await api.link(id);
    const totals = await Promise.all(['', 'bots=include', 'bots=only'].map((question) => api.stats(id, question)));
    assert.deepEqual([clickCount, ...totals.map(({ totalClicks }) => totalClicks)], [2, 2, visits.length, 8]);
  });

  it('of a program counts where the link says so, but none that nobody looked at', async () => {
    const { id } = await api.createLink({ slug: 'all-count', filterBots: false });
    for (const [, headers, method] of visits) await api.visit('all-count', headers, method);
    assert.equal((await api.link(id)).clickCount, 6);
  });

  it('that leads nowhere is not stored', async () => {
    const { id } = await api.createLink({ slug: 'closed' });
    await api.delete(`/links/${id}`);
    await api.visit('closed');
    assert.deepEqual(stored('closed'), []);
  });

  it('moves clickCount and lastClickedAt of the link', async () => {
    const { id, createdAt } = await api.createLink({ slug: 'moved' });
    for (let count = 1; count <= 3; count++) {
      await api.visit('moved');
      const link = await api.link(id);
      const { clickedAt } = stored('moved').at(-1)!;
      assert.deepEqual([link.clickCount, link.lastClickedAt], [count, new Date(clickedAt).toISOString()]);
      assert.ok(link.lastClickedAt! >= createdAt);
      assert.equal(link.updatedAt, createdAt);
      assert.equal((await api.stats(id)).lastClickedAt, link.lastClickedAt);
    }
    await api.visit('moved', {}, 'HEAD');
    assert.equal((await api.link(id)).clickCount, 3);
  });

  it('leaves its total alone where the link does not track', async () => {
    const { id } = await api.createLink({ slug: 'untracked', trackAnalytics: false });
    await api.visit('untracked', from('8.8.8.8'));
    assert.deepEqual(stored('untracked'), []);
    const { totalClicks, byCountry, uniqueVisitors } = await api.stats(id);
    assert.deepEqual([totalClicks, byCountry, uniqueVisitors], [1, [{ country: 'unknown', count: 1 }], 0]);
  });
});

describe('statistics', () => {
  const visits: Record<string, string>[] = [
    {
      ...from('8.8.8.8'),
      'user-agent': windows,
      referer: 'https://www.twitter.com/a/status/1',
      'accept-language': 'en-US,en;q=0.9',
    },
    { ...from('8.8.8.8'), 'user-agent': windows, referer: 'https://twitter.com/', 'accept-language': 'en-GB' },
    { ...from('2001:4860:4860::8888'), 'user-agent': iphone, 'accept-language': 'fr;q=0.5, de;q=0.9' },
    { ...from('193.99.144.80'), 'user-agent': iphone, referer: 'android-app://com.slack/', 'accept-language': 'de' },
    { ...from('133.11.0.1'), 'user-agent': tablet, referer: 'javascript:x', 'accept-language': '*' },
    { ...from('192.168.1.7'), 'user-agent': personsBrowser, referer: 'https://T.co/x' },
  ];
  let link: LinkObject;
  let stats: LinkStats;

  it("have the shape of the seed's example", async () => {
    link = await api.createLink({ slug: 'measured' });
    for (const headers of visits) assert.equal((await api.visit('measured', headers)).status, 302);
    const answer = await api.get(`/links/${link.id}/stats`);
    assert.deepEqual(Object.keys(answer.json as object), ['success', 'data']);
    stats = answer.data<LinkStats>();
    const { totalClicks, uniqueVisitors, lastClickedAt } = stats;
    assert.deepEqual([totalClicks, uniqueVisitors], [6, 5]);
    assert.equal(lastClickedAt, (await api.link(link.id)).lastClickedAt);
  });

  const expected: [breakdown: keyof LinkStats, key: string, counts: Record<string, number>][] = [
    ['byCountry', 'country', { US: 3, DE: 1, JP: 1, unknown: 1 }],
    ['byDevice', 'device', { desktop: 3, mobile: 2, tablet: 1 }],
    ['byBrowser', 'browser', { Chrome: 3, 'Mobile Safari': 2, Firefox: 1 }],
    ['byOs', 'os', { Windows: 2, iOS: 2, Android: 1, Linux: 1 }],
    ['byReferrer', 'referrer', { direct: 2, 'twitter.com': 2, 'com.slack': 1, 't.co': 1 }],
    ['byLanguage', 'language', { de: 2, en: 2, unknown: 2 }],
  ];
  for (const [breakdown, key, counts] of expected) {
    it(`break down ${breakdown}, most first`, () => {
      const rows = Object.entries(counts).map(([value, count]) => ({ [key]: value, count }));
      assert.deepEqual(stats[breakdown], rows);
    });
  }

  it('add up to the same total over time, without a gap', () => {
    const { overTime, totalClicks } = stats;
    assert.equal(
      overTime.reduce((sum, { count }) => sum + count, 0),
      totalClicks,
    );
    const days = overTime.map(({ date }) => Date.parse(date));
    assert.equal(overTime[0]?.date, link.createdAt.slice(0, 10));
    days.forEach((day, n) => assert.equal(day, days[0]! + n * 86_400_000));
  });

  it('have as many steps as the period, and as many rows as asked for', async () => {
    for (const [period, steps] of [
      ['24h', 24],
      ['7d', 7],
      ['30d', 30],
      ['90d', 90],
    ] as const) {
      const { overTime, totalClicks } = await api.stats(link.id, `period=${period}`);
      assert.deepEqual([overTime.length, totalClicks], [steps, 6], period);
    }
    const { byCountry, byReferrer, totalClicks } = await api.stats(link.id, 'limit=1');
    assert.deepEqual([byCountry, totalClicks], [[{ country: 'US', count: 3 }], 6]);
    assert.equal(byReferrer.length, 1);
    assert.deepEqual((await api.stats(link.id, 'limit=0')).byCountry, stats.byCountry);
  });

  it('know no country for an address that is nobody else’s', async () => {
    const { id } = await api.createLink({ slug: 'private' });
    const addresses = ['10.0.0.1', '127.0.0.1', '100.64.0.1', '169.254.1.1', '172.16.0.1', '::1', 'fd00::1', 'fe80::1'];
    for (const address of addresses) await api.visit('private', from(address));
    const { byCountry, uniqueVisitors } = await api.stats(id);
    assert.deepEqual(byCountry, [{ country: 'unknown', count: addresses.length }]);
    assert.equal(uniqueVisitors, addresses.length);
  });

  it('tell visitors apart by address and browser together', async () => {
    const { id } = await api.createLink({ slug: 'uniques' });
    for (const address of ['8.8.8.8', '8.8.8.9', '8.8.8.8']) {
      for (const agent of [windows, iphone]) await api.visit('uniques', { ...from(address), 'user-agent': agent });
    }
    const { totalClicks, uniqueVisitors } = await api.stats(id);
    assert.deepEqual([totalClicks, uniqueVisitors], [6, 4]);
  });

  it('believe the proxy alone, not what stands left of what it wrote', async () => {
    const { id } = await api.createLink({ slug: 'forged' });
    await api.visit('forged', from('8.8.8.8, 133.11.0.1'));
    await api.visit('forged', { forwarded: 'for=8.8.8.8, for="193.99.144.80:4711"' });
    assert.deepEqual((await api.stats(id)).byCountry, [
      { country: 'DE', count: 1 },
      { country: 'JP', count: 1 },
    ]);
  });
});

describe('privacy.ip', () => {
  const addresses = ['8.8.8.8', '2001:4860:4860::8888'];
  const servers = [
    ['full', keeping, addresses],
    ['truncate', truncating, ['8.8.8.0', '2001:4860:4860::']],
    ['none', forgetting, [null, null]],
  ] as const;
  for (const [name, server, kept] of servers) {
    it(`${name} keeps ${kept.join(' and ') || 'nothing'}, and the country`, async () => {
      const client = ApiClient.of(server);
      const { id } = await client.createLink({ slug: 'address' });
      for (const address of addresses) await client.visit('address', from(address));
      const clicks = storedClicks(server.dataFolder, 'address');
      assert.deepEqual(
        clicks.map(({ address }) => address),
        kept,
      );
      assert.deepEqual((await client.stats(id)).byCountry, [{ country: 'US', count: 2 }]);
    });
  }
});

describe('a click limit', () => {
  const at = 200;
  const crowd = (slug: string, headers: Record<string, string> = {}) =>
    Promise.all(Array.from({ length: at }, () => api.visit(slug, { accept: 'application/json', ...headers })));
  const to = 'https://example.com/';
  const over = 'https://example.com/over';

  const limits: [name: string, fields: Record<string, unknown>, outcomes: Record<string, number>][] = [
    ['of 50', { clickLimit: 50 }, { [to]: 50, 410: 150 }],
    ['of 200', { clickLimit: 200 }, { [to]: 200 }],
    ['of one', { oneTime: true }, { [to]: 1, 410: 199 }],
    ['of 7 that leads on', { clickLimit: 7, expiredUrl: over }, { [to]: 7, [over]: 193 }],
    ['of one that leads on', { oneTime: true, expiredUrl: over }, { [to]: 1, [over]: 199 }],
    ['of one that is also of 50', { oneTime: true, clickLimit: 50 }, { [to]: 1, 410: 199 }],
  ];
  limits.forEach(([name, fields, outcomes], n) => {
    it(`${name} is exact under ${at} visits at once`, async () => {
      const slug = `limited-${n}`;
      const { id } = await api.createLink({ slug, ...fields });
      assert.deepEqual(tally(await crowd(slug)), outcomes);
      const counted = outcomes[to]!;
      assert.equal((await api.link(id)).clickCount, counted);
      assert.equal((await api.stats(id)).totalClicks, counted);
      assert.equal(stored(slug).length, counted);
    });
  });

  it('is not used up by programs, previews and HEAD', async () => {
    const { id } = await api.createLink({ slug: 'patient', oneTime: true });
    const programs = await crowd('patient', {
      'user-agent': 'Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)',
    });
    assert.deepEqual(tally(programs), { [to]: at });
    assert.equal((await api.visit('patient', {}, 'HEAD')).status, 302);
    assert.equal((await api.link(id)).clickCount, 0);
    assert.equal((await api.visit('patient')).status, 302);
    assert.equal((await api.visit('patient')).status, 410);
  });

  it('that is raised opens the link again, and one that is lowered closes it', async () => {
    const { id } = await api.createLink({ slug: 'adjusted', clickLimit: 1 });
    assert.deepEqual([(await api.visit('adjusted')).status, (await api.visit('adjusted')).status], [302, 410]);
    await api.patch(`/links/${id}`, { clickLimit: 2 });
    assert.deepEqual([(await api.visit('adjusted')).status, (await api.visit('adjusted')).status], [302, 410]);
    await api.patch(`/links/${id}`, { clickLimit: null });
    assert.equal((await api.visit('adjusted')).status, 302);
    await api.patch(`/links/${id}`, { clickLimit: 1 });
    assert.equal((await api.visit('adjusted')).status, 410);
  });
});
