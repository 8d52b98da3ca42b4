// UrlGo.in's longest examples with every key and time that its text prints: links that were made, and clicks that came, at those times.

import assert from 'node:assert/strict';
import { after, it } from 'node:test';
import { addUser } from '../support/accounts.ts';
import { startServerAs } from '../support/dialects.ts';
import { closeServers, type ServerProcess, temporaryFolder } from '../support/server-process.ts';
import { base, chrome80, loggedRow, printed, UrlgoClient, writeUrlgoCities } from '../support/urlgo-client.ts';

after(closeServers);

// Newest first, as printed.
const links: [key: string, madeAt: string][] = [
  ['abc123', '2020-04-23T14:50:11'],
  ['revnology-1', '2020-04-23T14:47:35'],
  ['revnology-2', '2020-04-23T14:45:42'],
  ['revnology-3', '2020-04-23T14:45:21'],
  ['revnology-4', '2020-04-19T15:04:04'],
  ['revnology-5', '2020-04-19T15:01:15'],
  ['revnology-6', '2020-04-19T15:01:08'],
  ['revnology-7', '2020-04-19T15:00:58'],
  ['revnology-8', '2020-04-19T15:00:41'],
  ['revnology-9', '2020-04-19T14:59:39'],
];
const clicks = [
  '2020-04-19T14:33:23',
  '2020-04-19T05:15:06',
  '2020-04-19T05:14:54',
  '2020-04-19T05:14:35',
  '2020-04-19T05:12:57',
  '2020-04-19T05:11:05',
  '2020-04-19T05:04:50',
  '2020-04-19T04:59:39',
  '2020-04-19T04:58:12',
  '2020-04-19T04:57:34',
];
const clicked = 'revnology-99';

const dataFolder = temporaryFolder();
const flags = ['--server-trusted-proxies=127.0.0.1/32', '--privacy-ip=full', `--geo-database=${writeUrlgoCities()}`];
const serverAt = (time: string): Promise<ServerProcess> =>
  startServerAs('https://urlgo.in', { clockAt: `${time}Z`, dataFolder, flags });

it('UrlGo.in answers with the times that its text prints', async () => {
  // What is on further pages of the text comes from the day before.
  let server = await serverAt('2020-04-18T00:00:00');
  // The clicks of the text are older than the link that it prints with them, so they are another user's here.
  const keys = [addUser(server).client.key!, addUser(server).client.key!] as const;
  const clientOf = (number: 0 | 1): UrlgoClient => new UrlgoClient(server.address, keys[number]);
  for (let n = 0; n < 17; n++) await clientOf(0).make({ short_key: `older-${n}` });
  const { uid } = await clientOf(1).make({ short_key: clicked });
  for (let n = 0; n < 9; n++) await clientOf(1).visit(clicked, '8.8.8.8', chrome80);
  const events = [
    ...links.map(([key, at]) => ({ at, happen: async () => void (await clientOf(0).make({ short_key: key })) })),
    ...clicks.map((at) => ({ at, happen: async () => void (await clientOf(1).visit(clicked, '8.8.8.8', chrome80)) })),
  ].toSorted((a, b) => (a.at < b.at ? -1 : 1));
  for (const { at, happen } of events) {
    await server.kill();
    server = await serverAt(at);
    await happen();
  }
  const items = links.map(
    ([key, at]) =>
      `{"uid":"UID","original":"","short_key":"${key}","redirect_option":"direct","disabled_at":null,` +
      `"created_at":"${at}.000000Z","updated_at":"${at}.000000Z","shortened_url":"","statistic_url":""}`,
  );
  assert.equal(
    printed(await clientOf(0).get(`${base}/list`)),
    `{"status":"success","code":200,"data":{"current_page":1,"data":[${items.join()}],"first_page_url":"","from":1,` +
      '"last_page":3,"last_page_url":"","next_page_url":"","path":"","per_page":10,"prev_page_url":null,"to":10,' +
      '"total":27},"message":"Successfully list short url."}',
  );
  const rows = clicks.map((at) => loggedRow(clicked, `${at}.000000Z`));
  const log = printed(await clientOf(1).get(`${base}/read/${uid}/click-log/list`));
  assert.equal(new Set(log.match(/"short_url_id":\d+/g)).size, 1);
  assert.equal(
    log.replaceAll(/"short_url_id":\d+/g, '"short_url_id":75'),
    `{"status":"success","code":200,"data":{"current_page":1,"data":[${rows.join()}],"first_page_url":"","from":1,` +
      '"last_page":2,"last_page_url":"","next_page_url":"","path":"","per_page":10,"prev_page_url":null,"to":10,' +
      '"total":19},"message":"Successfully list short url\'s click logs."}',
  );
});
