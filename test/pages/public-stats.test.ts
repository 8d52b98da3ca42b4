// The public statistics page of a link, in a real browser: its numbers are read off it as a person reads them.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { publicStatsPath } from '../../src/links/public-stats-path.ts';
import { ApiClient, type LinkObject, personsBrowser, sendRequest } from '../support/api-client.ts';
import { assertPage, noBrowser, PageWatch, patienceMs, startBrowser } from '../support/browser.ts';
import { closeServers, type ServerProcess, startServer } from '../support/server-process.ts';

let server: ServerProcess;
let api: ApiClient;
let browser: Browser;
let link: LinkObject;
before(async () => {
  [server, browser] = await Promise.all([
    // All visits are of one day.
    startServer({ flags: ['--server-trusted-proxies', '127.0.0.1/32'], clockFrom: '2026-07-01T12:00:00Z' }),
    noBrowser === false ? startBrowser() : (undefined as unknown as Browser),
  ]);
  api = ApiClient.of(server);
  link = await api.createLink({ slug: 'open', title: 'Summer & <b>sun</b>', publicStats: true });
  const visits: [address: string, language: string, referer: string | undefined, times: number][] = [
    ['8.8.8.8', 'en', 'https://news.example/', 3],
    ['193.99.144.80', 'de', undefined, 2],
    ['133.11.0.1', 'ja', 'https://social.example/', 1],
  ];
  for (const [address, language, referer, times] of visits) {
    const headers = { 'x-forwarded-for': address, 'accept-language': language, ...(referer && { referer }) };
    for (let n = 0; n < times; n++) await api.visit('open', headers);
  }
  await api.visit('open', { 'user-agent': 'curl/8' });
});
after(async () => {
  await browser?.close();
  await closeServers();
});

const pathOf = ({ id }: Pick<LinkObject, 'id'>): string => publicStatsPath({ publicId: id });

async function open(path: string, options: BrowserContextOptions = {}): Promise<PageWatch> {
  const context = await browser.newContext({ userAgent: personsBrowser, ...options });
  context.setDefaultTimeout(patienceMs);
  const watch = new PageWatch(await context.newPage(), server.address);
  await watch.page.goto(server.address + path);
  return watch;
}

/** `Clicks` → `6` */
const figures = async (page: Page): Promise<Record<string, string>> => {
  const [names, values] = await Promise.all([
    page.locator('.figures dt').allInnerTexts(),
    page.locator('.figures dd').allInnerTexts(),
  ]);
  return Object.fromEntries(names.map((name, n) => [name, values[n]!]));
};

async function table(page: Page, caption: string): Promise<string[][]> {
  const rows = await page.getByRole('table', { name: caption }).getByRole('row').all();
  return Promise.all(rows.map(async (row) => (await row.locator('th, td').allInnerTexts()).map((text) => text.trim())));
}

describe('the public statistics page', { skip: noBrowser }, () => {
  it('shows the same numbers as the API, without JavaScript', async () => {
    const { page } = await open(pathOf(link), { javaScriptEnabled: false });
    const { totalClicks, uniqueVisitors, overTime } = await api.stats(link.id, 'period=30d');
    const { Clicks: clicks, 'Different visitors': visitors, 'Last click': last } = await figures(page);
    assert.deepEqual([clicks, visitors], [String(totalClicks), String(uniqueVisitors)]);
    assert.match(last!, /^\d{4}-\d\d-\d\d \d\d:\d\d UTC$/);
    assert.deepEqual(await table(page, 'Countries'), [
      ['United States', '3', '50 %'],
      ['Germany', '2', '33 %'],
      ['Japan', '1', '17 %'],
    ]);
    assert.deepEqual(await table(page, 'Where from'), [
      ['news.example', '3', '50 %'],
      ['Directly', '2', '33 %'],
      ['social.example', '1', '17 %'],
    ]);
    assert.deepEqual(
      (await table(page, 'Languages')).map(([name]) => name),
      ['English', 'German', 'Japanese'],
    );
    assert.deepEqual(await table(page, 'Systems'), [['Linux', '6', '100 %']]);
    assert.equal(await page.locator('h1').innerText(), 'Summer & <b>sun</b>');

    await page.getByText('The same as a table').click();
    const course = (await page.locator('#course tbody tr').all()).map(async (row) => [
      await row.locator('th').innerText(),
      Number(await row.locator('td').innerText()),
    ]);
    assert.deepEqual(
      await Promise.all(course),
      overTime.map(({ date, count }) => [date, count]),
    );
    await page.context().close();
  });

  it('draws a column for each day, as high as its share, and says so in words', async () => {
    const { page } = await open(pathOf(link));
    const chart = page.getByRole('img', { name: /^Clicks by day: 6 clicks, most of them on \d{4}-\d\d-\d\d: 6\.$/ });
    await chart.waitFor();
    const columns = await chart.locator('rect.column').all();
    const heights = await Promise.all(columns.map(async (column) => Number(await column.getAttribute('height'))));
    assert.equal(heights.length, 30);
    assert.deepEqual(
      heights.map((height) => height > 0),
      [...new Array<boolean>(29).fill(false), true],
    );
    await page.context().close();
  });

  it('has other periods a click away', async () => {
    const { page } = await open(pathOf(link), { javaScriptEnabled: false });
    for (const [name, columns, interval] of [
      ['24 hours', 24, 'hour'],
      ['7 days', 7, 'day'],
      ['90 days', 90, 'day'],
    ] as const) {
      await page.getByRole('navigation').getByRole('link', { name }).click();
      await page.getByRole('link', { name, exact: true }).and(page.locator('[aria-current]')).waitFor();
      assert.equal((await page.locator('rect.column').count()) >= columns, true, name);
      assert.equal((await figures(page))['Clicks'], '6', name);
      await page.getByRole('heading', { name: `Clicks by ${interval}` }).waitFor();
    }
    await page.context().close();
  });

  it('fits a phone and a desk, in light and dark, can be read by everybody, and fetches nothing', async () => {
    const watch = await open(pathOf(link));
    await assertPage(watch, 'public-stats');
    await watch.page.context().close();
    const empty = await api.createLink({ publicStats: true, filterBots: false });
    const unused = await open(pathOf(empty));
    await unused.page.getByText('Nobody has opened this link in this time.').waitFor();
    await unused.page.getByText('On this link programs count as well').waitFor();
    await assertPage(unused, 'public-stats-empty');
    await unused.page.context().close();
  });
});

describe('the address of a public statistics page', () => {
  const get = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
    sendRequest(server.address, { method, path, headers });

  it('leads nowhere for links that are not public, taken down or unknown, and all look alike', async () => {
    const [hidden, gone] = [await api.createLink(), await api.createLink({ publicStats: true })];
    await api.delete(`/links/${gone.id}`);
    const unknown = await get('/stats/lnk_0000000000000000');
    assert.equal(unknown.status, 404);
    for (const { id } of [hidden, gone]) {
      const { status, text } = await get(`/stats/${id}`);
      assert.deepEqual([status, text], [404, unknown.text]);
    }
    for (const path of ['/stats/', '/stats/x', `/stats/${link.id}/x`, '/stats/%00', `/stats/${'x'.repeat(5_000)}`])
      assert.equal((await get(path)).status, 404, path);
  });

  it('clashes with no slug', async () => {
    const { status, error } = await api.post('/links', { destinationUrl: 'https://example.com/', slug: 'stats' });
    assert.deepEqual([status, error.code], [400, 'SLUG_RESERVED']);
    assert.equal((await get('/stats')).status, 404);
  });

  it('lets nothing in: no script, no frame, no form, and is in no search engine', async () => {
    const { headers, text } = await get(pathOf(link));
    assert.match(
      String(headers['content-security-policy']),
      /^default-src 'none'; style-src 'sha256-[\w+/=]+'; img-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'$/,
    );
    assert.deepEqual([headers['x-robots-tag'], headers['referrer-policy']], ['noindex', 'no-referrer']);
    assert.doesNotMatch(text, /<script|style=|<b>sun|javascript:/);
  });

  it('answers JSON where that is asked for, HEAD without a body, and a wrong period with the usual one', async () => {
    const answer = await get(`${pathOf(link)}?period=all`, { accept: 'application/json' });
    const { data } = JSON.parse(answer.text) as { data: { totalClicks: number; period: string; byCountry: unknown[] } };
    assert.deepEqual([data.totalClicks, data.period, data.byCountry.length], [6, 'all', 3]);
    const head = await get(pathOf(link), {}, 'HEAD');
    assert.deepEqual([head.status, head.text], [200, '']);
    const wrong = await get(`${pathOf(link)}?period=__proto__`, { accept: 'application/json' });
    assert.equal((JSON.parse(wrong.text) as typeof data & { data: typeof data }).data.period, '30d');
  });
});
