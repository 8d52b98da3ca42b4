// Questions of statistics over HTTP: time zones, ranges, filters, comparisons, and the same over all links of a user. What the
// numbers must be is counted in the hits that were written before the server started.

import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { dayMs, hourMs } from '../../src/core/periods.ts';
import { openForCommand } from '../../src/storage/database.ts';
import { addUser } from '../support/accounts.ts';
import { ApiClient, type LinkObject } from '../support/api-client.ts';
import { ClickWriting } from '../support/click-writing.ts';
import { checkExchanges } from '../support/recorded-exchanges.ts';
import { closeServers, startServer } from '../support/server-process.ts';
import type { TestHit } from '../support/test-hits.ts';

after(closeServers);
checkExchanges();

interface Answer {
  readonly from: string;
  readonly to: string;
  readonly totalClicks: number;
  readonly uniqueVisitors: number;
  readonly bots: string;
  readonly previous: { readonly totalClicks: number; readonly from: string; readonly to: string } | null;
  readonly overTime: readonly { readonly date: string; readonly count: number; readonly uniqueVisitors?: number }[];
  readonly [list: string]: unknown;
}

const first = await startServer();
const firstApi = ApiClient.of(first);
const links = {
  busy: await firstApi.createLink({ slug: 'busy', tags: ['print', 'summer'] }),
  quiet: await firstApi.createLink({ slug: 'quiet', tags: ['summer'] }),
  programs: await firstApi.createLink({ slug: 'programs', filterBots: false }),
};
const other = addUser(first);
const othersLink = await other.client.createLink({ slug: 'others' });
await first.stop();

/** The number by which the database knows a link. */
function idOf({ id }: LinkObject): number {
  const connection = openForCommand(first.dataFolder);
  try {
    return Number(connection.prepare('SELECT id FROM links WHERE public_id = ?').pluck().get(id));
  } finally {
    connection.close();
  }
}

// The day on which clocks were set back in Berlin has 25 hours.
const midnight = Date.parse('2025-10-25T22:00:00Z');
const hits: TestHit[] = [
  // One in each hour of three Berlin days; every fourth by a bot.
  ...Array.from({ length: 73 }, (_, hour) => ({
    linkId: idOf(links.busy),
    at: midnight - 24 * hourMs + hour * hourMs,
    visitor: hour % 10,
    country: hour % 2 === 0 ? 'CH' : 'NZ',
    city: hour % 3 === 0 ? 'Bern' : '',
    browser: 'Firefox',
    browserVersion: '140.0',
    referrer: hour % 5 === 0 ? 'news.example' : '',
    utmSource: hour % 6 === 0 ? 'poster' : '',
    qr: hour % 7 === 0 ? 'qr_1' : '',
    verdict: hour % 4 === 3 ? 2 : 0,
  })),
  ...Array.from({ length: 5 }, (_, i) => ({ linkId: idOf(links.quiet), at: midnight + i * 60_000, visitor: 100 + i })),
  { linkId: idOf(links.programs), at: midnight, verdict: 0 },
  { linkId: idOf(links.programs), at: midnight, verdict: 1 },
  ...Array.from({ length: 9 }, () => ({ linkId: idOf(othersLink), at: midnight, visitor: 7, country: 'FR' })),
];
const writing = new ClickWriting(first.dataFolder);
writing.write(hits.slice(0, 40));
writing.rollUp([idOf(links.busy)]);
writing.write(hits.slice(40));
writing.close();

const server = await startServer({ dataFolder: first.dataFolder });
const api = new ApiClient(server.address, firstApi.key);
const othersApi = new ApiClient(server.address, other.client.key);
const ask = async (path: string, client = api): Promise<Answer> => (await client.get(path)).data<Answer>();
const statsOf = (link: LinkObject, query: string): Promise<Answer> => ask(`/links/${link.id}/stats?${query}`);
const sum = (rows: unknown): number => (rows as { count: number }[]).reduce((total, { count }) => total + count, 0);

const counts = (overTime: Answer['overTime']) => overTime.map(({ date, count }) => ({ date, count }));

const berlinDays = 'tz=Europe/Berlin&from=2025-10-25&to=2025-10-27';

describe('the statistics of a link', () => {
  it('are by the local days of the asked zone, across a change of clocks', async () => {
    const { overTime, from, to, totalClicks } = await statsOf(links.busy, `${berlinDays}&bots=include`);
    assert.deepEqual(counts(overTime), [
      { date: '2025-10-25', count: 24 },
      { date: '2025-10-26', count: 25 },
      { date: '2025-10-27', count: 24 },
    ]);
    assert.deepEqual([from, to], ['2025-10-24T22:00:00.000Z', '2025-10-27T23:00:00.000Z']);
    assert.equal(totalClicks, 73);
    const hours = await statsOf(links.busy, `${berlinDays}&bots=include&interval=hour`);
    assert.equal(hours.overTime.length, 73);
    assert.deepEqual(
      hours.overTime.slice(26, 29).map(({ date }) => date),
      ['2025-10-26T02:00:00+02:00', '2025-10-26T02:00:00+01:00', '2025-10-26T03:00:00+01:00'],
    );
    assert.deepEqual(new Set(hours.overTime.map(({ count }) => count)), new Set([1]));
  });

  it('tell the different visitors of each day, who are fewer in all', async () => {
    for (const path of [`/links/${links.busy.id}/stats`, '/analytics/clicks']) {
      const answer = await ask(`${path}?${berlinDays}&country=CH`);
      assert.deepEqual(
        answer.overTime.map(({ uniqueVisitors }) => uniqueVisitors),
        [5, 5, 5],
      );
      assert.equal(answer.uniqueVisitors, 5);
    }
    const hours = await ask(`/analytics/clicks?from=2025-01-01&to=2025-10-27&interval=hour`);
    assert.equal(hours.overTime.length, 7_200);
    assert.ok(hours.overTime.every((hour) => !('uniqueVisitors' in hour)));
  });

  it('are by weeks and months, too', async () => {
    assert.deepEqual(counts((await statsOf(links.busy, `${berlinDays}&bots=include&interval=week`)).overTime), [
      { date: '2025-10-20', count: 49 },
      { date: '2025-10-27', count: 24 },
    ]);
    assert.deepEqual(counts((await statsOf(links.busy, `${berlinDays}&bots=include&interval=month`)).overTime), [
      { date: '2025-10-01', count: 73 },
    ]);
  });

  it('are of any range, with every list adding up to the total', async () => {
    const answer = await statsOf(links.busy, 'from=2025-10-25T12:30:00Z&to=2025-10-26T14:00:00%2B02:00');
    assert.deepEqual([answer.from, answer.to], ['2025-10-25T12:30:00.000Z', '2025-10-26T12:00:00.000Z']);
    // 13:00 to 11:00 of the next day: 23 hours, of which every fourth is a bot's.
    const counted = hits.slice(0, 73).filter(({ at, verdict }) => {
      return verdict === 0 && at >= Date.parse(answer.from) && at < Date.parse(answer.to);
    });
    assert.equal(answer.totalClicks, counted.length);
    assert.equal(answer.uniqueVisitors, new Set(counted.map(({ visitor }) => visitor)).size);
    const lists = Object.entries(answer).filter(([name]) => name.startsWith('by') || name === 'overTime');
    assert.ok(lists.length >= 19);
    for (const [name, rows] of lists) assert.equal(sum(rows), counted.length, name);
  });

  it('are filtered by any dimensions together, and by several values of one', async () => {
    const count = async (query: string) => (await statsOf(links.busy, `bots=include&${query}`)).totalClicks;
    const expected = (passes: (hit: TestHit) => boolean): number => hits.slice(0, 73).filter(passes).length;
    assert.equal(
      await count('country=CH'),
      expected(({ country }) => country === 'CH'),
    );
    assert.equal(await count('country=CH&country=NZ'), 73);
    assert.equal(
      await count('country=NZ&utmSource=none&referrer=direct'),
      expected(({ country, utmSource, referrer }) => country === 'NZ' && utmSource === '' && referrer === ''),
    );
    assert.equal(
      await count('city=unknown'),
      expected(({ city }) => city === ''),
    );
    assert.equal(
      await count('browserVersion=Firefox%20140&qr=qr_1'),
      expected(({ qr }) => qr === 'qr_1'),
    );
    assert.equal(
      await count('referrerUrl=https://news.example/'),
      expected(({ referrer }) => referrer !== ''),
    );
    assert.equal(await count('country=__proto__'), 0);
  });

  it('tell what the period before had', async () => {
    const day = await statsOf(
      links.busy,
      'tz=Europe/Berlin&from=2025-10-26&to=2025-10-26&bots=include&compare=previous',
    );
    assert.equal(day.totalClicks, 25);
    assert.deepEqual(
      [day.previous?.totalClicks, day.previous?.from, day.previous?.to],
      [24, '2025-10-24T22:00:00.000Z', day.from],
    );
    assert.equal((await statsOf(links.busy, 'compare=previous')).previous, null);
    assert.equal((await statsOf(links.busy, 'period=7d&compare=previous')).previous?.totalClicks, 0);
    assert.equal((await statsOf(links.busy, 'period=7d')).previous, null);
  });

  it('count programs where the link does, and say so', async () => {
    const asked = async (link: LinkObject, query: string) => {
      const { totalClicks, bots } = await statsOf(link, query);
      return [totalClicks, bots];
    };
    assert.deepEqual(await asked(links.programs, ''), [2, 'include']);
    assert.deepEqual(await asked(links.programs, 'bots=exclude'), [1, 'exclude']);
    assert.deepEqual(await asked(links.busy, 'bots=only'), [18, 'only']);
    assert.deepEqual(await asked(links.quiet, ''), [5, 'exclude']);
    for (const [query, bots] of [
      ['', 'exclude'],
      ['bots=include', 'include'],
    ] as const)
      assert.equal((await ask(`/analytics/geo?${query}`)).bots, bots);
  });

  it('tell cities of the same name apart', async () => {
    const { byCity } = await statsOf(links.busy, 'country=CH&bots=include');
    const rows = byCity as { city: string; country: string | null; count: number }[];
    assert.deepEqual(
      rows.map(({ city, country }) => [city, country]),
      [
        ['unknown', null],
        ['Bern', 'CH'],
      ],
    );
  });

  it('refuse what cannot be asked and name the parameter', async () => {
    const refused: [query: string, path: string][] = [
      ['tz=Mars/Olympus', 'tz'],
      ['tz=%00', 'tz'],
      ['from=yesterday', 'from'],
      ['from=2025-02-30', 'from'],
      ['to=0001-01-01', 'to'],
      ['from=9999-12-31', 'from'],
      ['from=2025-10-26&to=2025-10-25', 'to'],
      ['from=2025-10-26T00:00:00Z&to=2025-10-26T00:00:00Z', 'to'],
      ['period=7d&from=2025-10-26', 'period'],
      ['interval=minute', 'interval'],
      ['from=2000-01-01&to=2030-01-01&interval=hour', 'interval'],
      ['compare=next', 'compare'],
      ['country=CH%00', 'country.0'],
      [`country=${'x'.repeat(501)}`, 'country.0'],
      [Array.from({ length: 51 }, () => 'os=Linux').join('&'), 'os'],
      ['planet=Mars', 'planet'],
      ['link=lnk_1', 'link'],
      ['limit=-1', 'limit'],
      ['tz=UTC&tz=UTC', 'tz'],
    ];
    for (const [query, path] of refused) {
      const answer = await api.get(`/links/${links.busy.id}/stats?${query}`);
      assert.deepEqual([answer.status, answer.error.code], [400, 'VALIDATION_ERROR'], query);
      assert.deepEqual(answer.error.details?.[0]?.path, path, query);
    }
  });
});

describe('analytics', () => {
  const range = 'from=2025-10-24&to=2025-10-29';

  it('add up all links of the caller, and nobody else’s', async () => {
    const overview = await ask(`/analytics/overview?${range}&bots=include`);
    assert.deepEqual([overview.totalClicks, overview['clickedLinks']], [80, 3]);
    const top = overview['topLinks'] as { link: { id: string; shortUrl: string }; count: number }[];
    assert.deepEqual(
      top.map(({ link, count }) => [link.id, link.shortUrl, count]),
      [links.busy, links.quiet, links.programs].map(({ id, slug }, i) => [
        id,
        `${server.address}/${slug}`,
        [73, 5, 2][i],
      ]),
    );
    for (const list of ['overTime', 'byCountry', 'byDevice', 'byBrowser', 'byOs', 'byReferrer', 'byLanguage'])
      assert.equal(sum(overview[list]), 80, list);
    const theirs = await ask(`/analytics/overview?${range}`, othersApi);
    assert.deepEqual([theirs.totalClicks, theirs['byCountry']], [9, [{ country: 'FR', count: 9 }]]);
  });

  it('have a question for each thing that people ask', async () => {
    const lists: Record<string, string[]> = {
      clicks: ['overTime'],
      geo: ['byCountry', 'byRegion', 'byCity'],
      devices: ['byDevice', 'byOs', 'byOsVersion'],
      browsers: ['byBrowser', 'byBrowserVersion', 'byLanguage'],
      referrers: ['byReferrer', 'byReferrerUrl', 'byUtmSource', 'byUtmCampaign', 'byTarget', 'byQr'],
    };
    for (const [name, expected] of Object.entries(lists)) {
      const answer = await ask(`/analytics/${name}?${range}&tz=Asia/Kathmandu&limit=0&compare=previous`);
      assert.equal(answer.totalClicks, 61, name);
      assert.equal(answer.previous?.totalClicks, 0);
      for (const list of expected) assert.equal(sum(answer[list]), 61, list);
    }
  });

  it('count by link, domain and tag', async () => {
    const answer = await ask(`/analytics/top-links?${range}&bots=include`);
    assert.deepEqual(answer['byTag'], [
      { tag: 'summer', count: 78 },
      { tag: 'print', count: 73 },
    ]);
    assert.deepEqual(answer['byDomain'], [{ domain: links.busy.domain, count: 80 }]);
    assert.equal((answer['topLinks'] as unknown[]).length, 3);
    const one = await ask(`/analytics/top-links?${range}&bots=include&limit=1`);
    assert.deepEqual(
      (one['topLinks'] as { count: number }[]).map(({ count }) => count),
      [73],
    );
    assert.equal(one.totalClicks, 80);
  });

  it('are of some links where those are named, by id, domain or tag', async () => {
    const total = async (query: string) => (await ask(`/analytics/clicks?${range}&bots=include&${query}`)).totalClicks;
    assert.equal(await total(`link=${links.quiet.id}`), 5);
    assert.equal(await total(`link=${links.quiet.id}&link=${links.programs.id}`), 7);
    assert.equal(await total('tag=summer'), 78);
    assert.equal(await total('tag=summer&tag=print'), 78);
    assert.equal(await total(`tag=print&link=${links.quiet.id}`), 0);
    assert.equal(await total(`domain=${links.busy.domain}&country=CH`), 37);
    assert.equal(await total('tag=nothing'), 0);
    const refused: [query: string, path: string][] = [
      [`link=${othersLink.id}`, 'link'],
      ['link=lnk_nothing', 'link'],
      ['domain=elsewhere.example', 'domain'],
      ['period=8d', 'period'],
    ];
    for (const [query, path] of refused) {
      const answer = await api.get(`/analytics/overview?${query}`);
      assert.deepEqual([answer.status, answer.error.code], [400, 'VALIDATION_ERROR'], query);
      assert.deepEqual(answer.error.details?.[0]?.path, path, query);
    }
  });

  it('list the newest clicks, newest first', async () => {
    const recent = (await api.get('/analytics/recent?limit=100')).data<Record<string, unknown>[]>();
    assert.equal(recent.length, 61);
    const expected = hits.filter(({ linkId, verdict = 0 }) => verdict === 0 && linkId !== idOf(othersLink));
    assert.deepEqual(
      recent.map(({ clickedAt }) => clickedAt),
      expected.toReversed().map(({ at }) => new Date(at).toISOString()),
    );
    const all = (await api.get('/analytics/recent?limit=3&bots=include')).data<Record<string, unknown>[]>();
    assert.deepEqual(
      all.map(({ slug, verdict }) => [slug, verdict]),
      [
        ['programs', 'head'],
        ['programs', 'counted'],
        ['quiet', 'counted'],
      ],
    );
    const theirs = (await othersApi.get('/analytics/recent')).data<Record<string, unknown>[]>();
    assert.equal(theirs.length, 9);
    assert.equal((await api.get('/analytics/recent?limit=0')).data<unknown[]>().length, 61);
    for (const [query, path] of [
      ['limit=-1', 'limit'],
      ['bots=some', 'bots'],
      ['period=8d', 'period'],
      ['tz=Mars/Olympus', 'tz'],
      [`link=${othersLink.id}`, 'link'],
    ] as const)
      assert.equal((await api.get(`/analytics/recent?${query}`)).error.details?.[0]?.path, path);
  });

  it('list the newest clicks by the same questions that the others take', async () => {
    const questions = [
      '',
      'country=CH',
      'device=mobile&country=CH',
      'tag=summer',
      `link=${links.quiet.id}`,
      'bots=only',
    ];
    for (const question of questions.flatMap((query) => [
      query,
      `${range}&${query}`,
      `period=30d&interval=week&${query}`,
    ])) {
      const recent = (await api.get(`/analytics/recent?limit=0&${question}`)).data<unknown[]>();
      const { totalClicks } = await ask(`/analytics/clicks?${question}`);
      assert.ok(totalClicks <= 100);
      assert.equal(recent.length, totalClicks, question);
    }
  });

  it('know clicks as soon as the visitor has been sent on', async () => {
    const before = (await ask('/analytics/clicks?period=24h')).totalClicks;
    await api.visit('quiet');
    assert.equal((await ask('/analytics/clicks?period=24h')).totalClicks, before + 1);
    assert.equal((await statsOf(links.quiet, 'period=24h')).totalClicks, 1);
    const [newest] = (await api.get('/analytics/recent')).data<{ slug: string; clickedAt: string }[]>();
    assert.equal(newest?.slug, 'quiet');
    assert.ok(Date.now() - Date.parse(newest.clickedAt) < dayMs);
  });
});
