// What yeb.to's statistics are asked for: their periods, how many of the latest clicks, and the label of a time zone. Clicks and looks at a
// password's page come on three days, 60, 20 and 3 days ago.

import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { addUser } from '../support/accounts.ts';
import { type HttpAnswer, personsBrowser, sendRequest } from '../support/api-client.ts';
import { sendJson, startServerAs } from '../support/dialects.ts';
import { closeServers, type ServerProcess, temporaryFolder } from '../support/server-process.ts';

after(closeServers);

const dataFolder = temporaryFolder();
const serverAt = (clockAt: string): Promise<ServerProcess> =>
  startServerAs('https://yeb.to', {
    clockAt,
    dataFolder,
    flags: ['--server-trusted-proxies=127.0.0.1/32', '--privacy-ip=full', '--dialects-yeb-requests-per-second=0'],
  });

let server = await serverAt('2024-12-01T12:00:00Z');
const key = addUser(server).client.key!;
const ask = (name: string, body: object): Promise<HttpAnswer> =>
  sendJson(server.address, `/v1/short-links/${name}`, { api_key: key, ...body });

async function visit(target: string, address: string): Promise<number> {
  const headers = { 'user-agent': personsBrowser, 'x-forwarded-for': address };
  return (await sendRequest(server.address, { path: target, headers })).status;
}

interface Stats {
  readonly from: string;
  readonly to: string;
  readonly tz: string;
  readonly summary: Readonly<Record<string, number | string | null>>;
  readonly recent_clicks: readonly { readonly ip: string; readonly ts: string }[];
}

async function statsOf(body: object): Promise<Stats> {
  const answer = await ask('stats', body);
  assert.equal(answer.status, 200, answer.text);
  return (JSON.parse(answer.text) as { data: Stats }).data;
}

/** Clicks on the last of the days, more than can be asked for. */
const clicksOfLastDay = 205;
const days = ['2024-12-01T12:00:00Z', '2025-01-10T12:00:00Z', '2025-01-27T12:00:00Z'] as const;

await ask('create-advanced', { original_url: 'https://example.com/', alias: 'long-lived' });
await ask('create-basic', { original_url: 'https://example.com/', alias: 'locked', password: 'letmein' });
for (const [n, day] of days.entries()) {
  if (n > 0) {
    await server.stop();
    server = await serverAt(day);
  }
  assert.equal(await visit('/l/long-lived', `9.0.0.${n + 1}`), 302);
  // One who comes on every day, and one of the day's own.
  for (const address of ['9.1.0.1', `9.1.1.${n}`]) assert.equal(await visit('/l/locked', address), 200);
}
for (let n = 1; n < clicksOfLastDay; n++) await visit('/l/long-lived', '9.0.0.3');
await server.stop();
server = await serverAt('2025-01-30T20:05:00Z');

describe('the statistics of yeb.to', () => {
  const periods: [period: string | null | undefined, from: string, clicks: number, views: number, unique: number][] = [
    ['7d', '2025-01-24T00:00:00Z', clicksOfLastDay, 2, 2],
    ['30d', '2025-01-01T00:00:00Z', clicksOfLastDay + 1, 4, 3],
    ['90d', '2024-11-02T00:00:00Z', clicksOfLastDay + 2, 6, 4],
    [undefined, '2025-01-01T00:00:00Z', clicksOfLastDay + 1, 4, 3],
    [null, '2025-01-01T00:00:00Z', clicksOfLastDay + 1, 4, 3],
  ];
  for (const [period, from, clicks, views, unique] of periods) {
    it(`are those of the days from ${from.slice(0, 10)} for the period ${period}`, async () => {
      const asked = period === undefined ? {} : { period };
      const stats = await statsOf({ code: 'long-lived', ...asked });
      assert.deepEqual([stats.from, stats.to], [from, '2025-01-31T00:00:00Z']);
      assert.equal(stats.summary['total_clicks'], clicks);
      assert.equal(stats.summary['last_click_at'], days[2]);
      const { summary } = await statsOf({ code: 'locked', ...asked });
      assert.deepEqual(
        [summary['password_page_views_total'], summary['password_page_views_unique'], summary['last_click_at']],
        [views, unique, null],
      );
    });
  }

  it('show 20 of the latest clicks, or as many as are asked for, from none to 200', async () => {
    const shown = async (asked: object): Promise<number> =>
      (await statsOf({ code: 'long-lived', period: '7d', ...asked })).recent_clicks.length;
    assert.equal(await shown({}), 20);
    assert.equal(await shown({ limit_recent: null }), 20);
    for (const limit of [0, 1, 199, 200]) assert.equal(await shown({ limit_recent: limit }), limit);
    for (const [limit, error] of [
      [201, 'limit_recent must be at most 200'],
      [-1, 'limit_recent must be at least 0'],
      [1.5, 'limit_recent must be a whole number'],
    ] as const) {
      const { status, text } = await ask('stats', { code: 'long-lived', limit_recent: limit });
      assert.deepEqual([status, text], [422, JSON.stringify({ error, code: 422 })]);
    }
  });

  it('show the newest click first', async () => {
    const { recent_clicks: recent } = await statsOf({ code: 'long-lived', limit_recent: 200 });
    assert.deepEqual(new Set(recent.map(({ ip, ts }) => `${ip} ${ts}`)), new Set([`9.0.0.3 ${days[2]}`]));
    await server.stop();
    server = await serverAt('2025-01-30T20:05:00Z');
    assert.equal(await visit('/l/long-lived', '9.0.0.9'), 302);
    const { recent_clicks: newer } = await statsOf({ code: 'long-lived', limit_recent: 2 });
    assert.deepEqual(
      newer.map(({ ip, ts }) => [ip, ts]),
      [
        ['9.0.0.9', '2025-01-30T20:05:00Z'],
        ['9.0.0.3', days[2]],
      ],
    );
  });

  it('show the label of a time zone again, whatever it is, and UTC without one', async () => {
    for (const tz of ['Europe/Sofia', 'UTC+2', 'вкъщи']) assert.equal((await statsOf({ code: 'locked', tz })).tz, tz);
    for (const asked of [{}, { tz: null }]) assert.equal((await statsOf({ code: 'locked', ...asked })).tz, 'UTC');
    const far = await statsOf({ code: 'locked', tz: 'Pacific/Kiritimati' });
    assert.equal(far.to, '2025-01-31T00:00:00Z');
  });
});
