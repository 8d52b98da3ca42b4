// Every curl of yeb.to's text, run by curl itself with another address, and the answers that it prints: whole, numbers and times
// included. The server's clock stands where the text has it. Our answers have one key more, `settings`, which the text takes and
// never shows.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { addUser } from '../support/accounts.ts';
import { type HttpAnswer, sendRequest } from '../support/api-client.ts';
import { startServerAs } from '../support/dialects.ts';
import { writeCities } from '../support/mmdb-writer.ts';
import { noCurl, PrintedText } from '../support/printed-text.ts';
import { closeServers, type ServerProcess, temporaryFolder } from '../support/server-process.ts';

after(closeServers);

const dataFolder = temporaryFolder();
const addresses = ['1.2.3.4', '9.1.0.2', '9.1.0.3', '9.1.0.4', '9.1.0.5', '9.1.0.6', '9.1.0.7', '9.1.0.8'];
const countries = ['US', 'DE', 'FR', 'GB', 'IN', 'BR', 'JP', 'BG'];
const cities = join(temporaryFolder(), 'countries.mmdb');
const networks = countries.map((country, n) => [`${addresses[n]}/32`, { country }] as const);
writeFileSync(cities, writeCities(Object.fromEntries(networks)));

/** The server at a time of the text, on the same data. */
async function serverAt(clockAt: string): Promise<ServerProcess> {
  const flags = ['--server-trusted-proxies=127.0.0.1/32', '--privacy-ip=full', `--geo-database=${cities}`];
  return startServerAs('https://yeb.to', {
    clockAt,
    dataFolder,
    flags: [...flags, '--dialects-yeb-requests-per-second=0'],
  });
}

let server = await serverAt('2025-01-01T12:00:00Z');
const { key } = addUser(server).client;
const text = new PrintedText({ 'https://api.yeb.to': server.address, '<YOUR_KEY>': key!, YOUR_KEY: key! });

async function moveTo(clockAt: string): Promise<void> {
  await server.stop();
  server = await serverAt(clockAt);
  text.values['https://api.yeb.to'] = server.address;
}

/** The text prints no more than one drawn code. */
const withCode = (answer: string): string =>
  answer.replace(/"short_code":"[2-9A-HJ-NP-Za-km-z]{7}"/, '"short_code":"AB12CDE"');

const created =
  '{"data":{"original_url":"https://example.com/pricing","short_code":"AB12CDE","alias":"docs-demo",' +
  '"public_url":"https://yeb.to/l/docs-demo","expires_at":null,"click_limit":null,"one_time":false,' +
  '"advanced_analytics":false,"total_clicks":0,"created_at":"2025-01-01T12:00:00Z","updated_at":"2025-01-01T12:00:00Z","settings":[]}}';
const updated =
  '{"data":{"original_url":"https://example.com/pricing","short_code":"AB12CDE","alias":"docs-demo",' +
  '"public_url":"https://yeb.to/l/docs-demo","expires_at":"2025-12-31T23:59:00Z","click_limit":100,"one_time":false,' +
  '"advanced_analytics":false,"total_clicks":0,"created_at":"2025-01-01T12:00:00Z","updated_at":"2025-01-10T12:00:00Z","settings":[]}}';
const advanced = updated
  .replace('"advanced_analytics":false', '"advanced_analytics":true')
  .replace('"updated_at":"2025-01-10', '"updated_at":"2025-01-01');

const taken = '{"error":"alias is taken on this domain","code":422}';
const deleted = '{"data":{"deleted":true,"code":"docs-demo"}}';

const advancedOfTheList = `curl -sX POST "https://api.yeb.to/v1/short-links/create-advanced" -H "Content-Type: application/json" \\
 -d '{"api_key":"YOUR_KEY","original_url":"https://example.com/pricing","alias":"docs-demo","click_limit":100,"expires_at":"2025-12-31T23:59:00Z"}'`;

/** Lets the alias go that every example of the text takes anew: a deleted link keeps its own. */
async function freeAlias(address: string, ofKey: string): Promise<void> {
  const body = JSON.stringify({ api_key: ofKey, code: 'docs-demo', alias: null });
  const headers = { 'content-type': 'application/json' };
  const answer = await sendRequest(address, { method: 'POST', path: '/v1/short-links/update', headers, body });
  assert.equal(answer.status, 200, answer.text);
}

describe('the curls of yeb.to', { skip: noCurl }, () => {
  it('create-basic, of the playground, the quick start and the list', async () => {
    const commands = [
      `curl -X POST https://api.yeb.to/v1/short-links/create-basic \\
  -H "Content-Type: application/json" \\
  -d '{
  "api_key": "YOUR_KEY",
  "original_url": "https://example.com/pricing",
  "alias": "docs-demo"
}'`,
      `curl -sX POST "https://api.yeb.to/v1/short-links/create-basic" \\
 -H "Accept: application/json" -H "Content-Type: application/json" \\
 -d '{ "api_key":"<YOUR_KEY>", "original_url":"https://example.com/pricing", "alias":"docs-demo" }'`,
      `curl -sX POST "https://api.yeb.to/v1/short-links/create-basic" -H "Content-Type: application/json" \\
 -d '{"api_key":"YOUR_KEY","original_url":"https://example.com/pricing","alias":"docs-demo"}'`,
    ];
    for (const [n, command] of commands.entries()) {
      if (n > 0) await freeAlias(server.address, key!);
      assert.equal(withCode(await text.print(command)), created);
      assert.equal(await text.print(command), taken);
    }
  });

  it('update, and then get', async () => {
    await moveTo('2025-01-10T12:00:00Z');
    const updates = [
      `curl -X POST https://api.yeb.to/v1/short-links/update \\
  -H "Content-Type: application/json" \\
  -d '{
  "api_key": "YOUR_KEY",
  "code": "docs-demo",
  "click_limit": 100,
  "expires_at": "2025-12-31T23:59:00Z"
}'`,
      `curl -sX POST "https://api.yeb.to/v1/short-links/update" -H "Content-Type: application/json" \\
 -d '{"api_key":"YOUR_KEY","code":"docs-demo","click_limit":100,"expires_at":"2025-12-31T23:59:00Z"}'`,
    ];
    const gets = [
      `curl -X POST https://api.yeb.to/v1/short-links/get \\
  -H "Content-Type: application/json" \\
  -d '{
  "api_key": "YOUR_KEY",
  "code": "docs-demo"
}'`,
      `curl -sX POST "https://api.yeb.to/v1/short-links/get" -H "Content-Type: application/json" \\
 -d '{"api_key":"YOUR_KEY","code":"docs-demo"}'`,
    ];
    for (const command of [...updates, ...gets]) assert.equal(withCode(await text.print(command)), updated);
  });

  it('delete: the code stays taken, and is not found', async () => {
    const command = `curl -X POST https://api.yeb.to/v1/short-links/delete \\
  -H "Content-Type: application/json" \\
  -d '{
  "api_key": "YOUR_KEY",
  "code": "docs-demo"
}'`;
    assert.equal(await text.print(command), deleted);
    assert.equal(await text.print(command), '{"error":"no such link","code":404}');
    assert.equal(await text.print(advancedOfTheList), taken);
  });

  it('create-advanced, on a server where the name is free', async () => {
    const own = await startServerAs('https://yeb.to', { clockAt: '2025-01-01T12:00:00Z' });
    const values = { 'https://api.yeb.to': own.address, YOUR_KEY: addUser(own).client.key! };
    const there = new PrintedText(values);
    const command = `curl -X POST https://api.yeb.to/v1/short-links/create-advanced \\
  -H "Content-Type: application/json" \\
  -d '{
  "api_key": "YOUR_KEY",
  "original_url": "https://example.com/pricing",
  "alias": "docs-demo",
  "click_limit": 100,
  "expires_at": "2025-12-31T23:59:00Z"
}'`;
    assert.equal(withCode(await there.print(command)), advanced);
    await freeAlias(own.address, values.YOUR_KEY);
    assert.equal(withCode(await there.print(advancedOfTheList)), advanced);
    // The request that has everything on is printed without a curl.
    const everything = `curl -X POST https://api.yeb.to/v1/short-links/create-advanced -H "Content-Type: application/json" -d '
{
  "api_key": "YOUR_KEY",
  "original_url": "https://example.com/launch?utm_source=short",
  "alias": "docs-advanced-demo",
  "short_code": "AB12CDE",
  "password": "letmein",
  "expires_at": "2025-12-31T23:59:00Z",
  "click_limit": 1000,
  "one_time": false,
  "advanced_analytics": true,
  "settings": [
    {"key":"campaign","value":"winter-2025"},
    {"key":"owner","value":"growth-team"}
  ]
}'`;
    assert.equal(
      await there.print(everything),
      '{"data":{"original_url":"https://example.com/launch?utm_source=short","short_code":"AB12CDE",' +
        '"alias":"docs-advanced-demo","public_url":"https://yeb.to/l/docs-advanced-demo",' +
        '"expires_at":"2025-12-31T23:59:00Z","click_limit":1000,"one_time":false,"advanced_analytics":true,"total_clicks":0,' +
        '"created_at":"2025-01-01T12:00:00Z","updated_at":"2025-01-01T12:00:00Z","settings":[{"key":"campaign","value":"winter-2025"},' +
        '{"key":"owner","value":"growth-team"}]}}',
    );
    const erase = `curl -sX POST "https://api.yeb.to/v1/short-links/delete" -H "Content-Type: application/json" \\
 -d '{"api_key":"YOUR_KEY","code":"docs-demo"}'`;
    assert.equal(await there.print(erase), deleted);
  });
});

const blink = 'AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0';
const agents = {
  chromeOnAndroid: `Mozilla/5.0 (Linux; Android 14; Pixel 8) ${blink} Mobile Safari/537.36`,
  firefoxOnAndroid: 'Mozilla/5.0 (Android 14; Mobile; rv:133.0) Gecko/133.0 Firefox/133.0',
  safariOnIphone:
    'Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1',
  chrome: `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${blink} Safari/537.36`,
} as const;
type Agent = keyof typeof agents;

function repeated<T>(entries: readonly (readonly [value: T, count: number])[]): T[] {
  return entries.flatMap(([value, count]) => Array.from({ length: count }, () => value));
}

describe('the statistics of yeb.to', { skip: noCurl }, () => {
  it('are answered as printed, after 42 clicks on a link with a password', async () => {
    await moveTo('2025-01-30T20:05:00Z');
    const body = { api_key: key, original_url: 'https://example.com/pricing', alias: 'measured', password: 'letmein' };
    const json = { 'content-type': 'application/json' };
    const path = '/v1/short-links/create-advanced';
    await sendRequest(server.address, { method: 'POST', path, headers: json, body: JSON.stringify(body) });
    const visit = (address: string, agent: Agent, more: object = {}, password?: string): Promise<HttpAnswer> => {
      const form = password === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' };
      const headers = { 'user-agent': agents[agent], 'x-forwarded-for': address, ...form, ...more };
      const post = password === undefined ? {} : { method: 'POST', body: `password=${password}` };
      return sendRequest(server.address, { path: '/l/measured', headers, ...post });
    };
    // 12 looks at the password's page from 10 addresses, and three tries, two of which are right and each a click.
    for (let n = 0; n < 12; n++) assert.equal((await visit(`9.2.0.${n % 10}`, 'chrome')).status, 200);
    assert.equal((await visit('9.2.0.0', 'chrome', {}, 'wrong')).status, 401);
    const open = await visit('1.2.3.4', 'chromeOnAndroid', {}, 'letmein');
    assert.equal(open.status, 303);
    await visit('1.2.3.4', 'chromeOnAndroid', {}, 'letmein');
    const cookie = open.headers['set-cookie']![0]!.split(';', 1)[0]!;
    // The other 40 people have the cookie. The printed lists have one row each of more: 30 phones of 42 devices, and so on.
    const devices = repeated<Agent>([
      ['chrome', 12],
      ['safariOnIphone', 12],
      ['firefoxOnAndroid', 5],
      ['chromeOnAndroid', 11],
    ]);
    const froms = repeated([
      ['1.2.3.4', 18],
      ['9.1.0.2', 8],
      ['9.1.0.3', 5],
      ['9.1.0.4', 3],
      ['9.1.0.5', 2],
      ['9.1.0.6', 2],
      ['9.1.0.7', 1],
      ['9.1.0.8', 1],
    ]).toReversed();
    for (const [n, agent] of devices.entries()) assert.equal((await visit(froms[n]!, agent, { cookie })).status, 302);
    const curls = [
      `curl -X POST https://api.yeb.to/v1/short-links/stats \\
  -H "Content-Type: application/json" \\
  -d '{
  "api_key": "YOUR_KEY",
  "code": "docs-demo",
  "period": "30d",
  "limit_recent": 10
}'`,
      `curl -sX POST "https://api.yeb.to/v1/short-links/stats" \\
 -H "Accept: application/json" -H "Content-Type: application/json" \\
 -d '{ "api_key":"<YOUR_KEY>", "code":"docs-demo", "limit_recent":10 }'`,
      `curl -sX POST "https://api.yeb.to/v1/short-links/stats" -H "Content-Type: application/json" \\
 -d '{"api_key":"YOUR_KEY","code":"docs-demo","period":"30d","limit_recent":10}'`,
    ];
    // Behind each list: what the text leaves out, as its numbers say.
    const recent = `{"ip":"1.2.3.4","user_agent":"${agents.chromeOnAndroid}","ts":"2025-01-30T20:05:00Z"}`;
    const printed =
      '{"data":{"code":"docs-demo","from":"2025-01-01T00:00:00Z","to":"2025-01-31T00:00:00Z","tz":"UTC","summary":{' +
      '"total_clicks":42,"last_click_at":"2025-01-30T20:05:00Z","unique_countries":8,"password_page_views_total":12,' +
      `"password_page_views_unique":10,"password_attempts_total":3},"recent_clicks":[${Array(10).fill(recent).join()}],` +
      '"by_country":[{"key":"US","count":20},{"key":"DE","count":8},{"key":"FR","count":5},{"key":"GB","count":3},' +
      '{"key":"BR","count":2},{"key":"IN","count":2},{"key":"BG","count":1},{"key":"JP","count":1}],' +
      '"by_device":[{"key":"mobile","count":30},{"key":"desktop","count":12}],' +
      '"by_browser":[{"key":"Chrome","count":25},{"key":"Mobile Safari","count":12},{"key":"Firefox","count":5}],' +
      '"by_os":[{"key":"Android","count":18},{"key":"Windows","count":12},{"key":"iOS","count":12}]}}';
    text.values['docs-demo'] = 'measured';
    for (const curl of curls) assert.equal(await text.print(curl), printed.replace('docs-demo', 'measured'));
  });
});
