// Rows of UrlGo.in's click log beyond those of its text: devices, browsers, systems, places that are not known, addresses that are not kept.

import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { addUser } from '../support/accounts.ts';
import { sendRequest } from '../support/api-client.ts';
import { sendJson, startServerAs } from '../support/dialects.ts';
import { closeServers } from '../support/server-process.ts';
import { base, chrome80, chrome81, UrlgoClient, type UrlgoLink, writeUrlgoCities } from '../support/urlgo-client.ts';

after(closeServers);

const cities = writeUrlgoCities();
const server = await startServerAs('https://urlgo.in', {
  flags: ['--server-trusted-proxies=127.0.0.1/32', '--privacy-ip=full', `--geo-database=${cities}`],
});
const user = addUser(server);
const urlgo = new UrlgoClient(server.address, user.client.key!);

describe('the click log of UrlGo.in', () => {
  it('tells phones, tablets, bots and what it does not know in the log', async () => {
    const { uid } = await urlgo.make({ short_key: 'many-devices' });
    const agents = [
      'Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1',
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:125.0) Gecko/20100101 Firefox/125.0',
      'Googlebot/2.1 (+http://www.google.com/bot.html)',
    ];
    for (const agent of agents) await urlgo.visit('many-devices', '8.8.4.4', agent);
    await urlgo.visit('many-devices', '1.1.1.1', '');
    const answer = await urlgo.get(`${base}/read/${uid}/click-log/list`);
    const { data } = JSON.parse(answer.text) as { data: { data: Record<string, unknown>[] } };
    const [nothing, bot, mac, phone] = data.data as [object, object, object, object];
    const part = (row: object, ...names: string[]): unknown[] =>
      names.map((name) => (row as Record<string, unknown>)[name]);
    const flags = ['is_mobile', 'is_desktop', 'is_bot', 'is_safari', 'is_firefox', 'is_mac', 'device_type'];
    assert.deepEqual(part(phone, ...flags), [1, 0, 0, 1, 0, 0, 'mobile']);
    assert.deepEqual(part(phone, 'device_family', 'device_model', 'platform_name', 'browser_engine'), [
      'Apple',
      'iPhone',
      'iOS 17.4',
      'WebKit',
    ]);
    assert.deepEqual(part(mac, ...flags), [0, 1, 0, 0, 1, 1, 'desktop']);
    assert.deepEqual(part(bot, ...flags), [0, 0, 1, 0, 0, 0, 'bot']);
    assert.deepEqual(part(mac, 'country', 'continent', 'currency', 'city', 'latitude', 'state'), [
      'Germany',
      'EU',
      'EUR',
      '',
      '',
      '',
    ]);
    assert.deepEqual(part(nothing, 'country', 'iso_code', 'currency', 'browser_name', 'platform_version_major'), [
      '',
      '',
      '',
      '',
      '',
    ]);
    const read = JSON.parse((await urlgo.get(`${base}/read/${uid}`)).text) as { data: Record<string, unknown> };
    assert.deepEqual(part(read.data, 'total_clicks', 'total_clicks_for_mobile', 'top_country'), [2, 1, 'Germany']);
  });

  it('tells browsers and systems by a flag each', async () => {
    const blink = 'AppleWebKit/537.36 (KHTML, like Gecko) Chrome/125.0.6422.60';
    const windows = 'Windows NT 10.0; Win64; x64';
    const agents: [flags: string, type: string, browser: string, platform: string, header: string][] = [
      [
        'mobile chrome android',
        'mobile',
        'Chrome 125.0.6422',
        'Android 14',
        `Mozilla/5.0 (Linux; Android 14; Pixel 8) ${blink} Mobile Safari/537.36`,
      ],
      [
        'tablet chrome android',
        'tablet',
        'Chrome 125.0.6422',
        'Android 13',
        `Mozilla/5.0 (Linux; Android 13; SM-X700) ${blink} Safari/537.36`,
      ],
      [
        'tablet safari',
        'tablet',
        'Mobile Safari 16.6',
        'iOS 16.6',
        'Mozilla/5.0 (iPad; CPU OS 16_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/16.6 Mobile/15E148 Safari/604.1',
      ],
      [
        'desktop opera windows',
        'desktop',
        'Opera 111.0.0',
        'Windows 10',
        `Mozilla/5.0 (${windows}) ${blink} Safari/537.36 OPR/111.0.0.0`,
      ],
      [
        'desktop edge windows',
        'desktop',
        'Edge 125.0.0',
        'Windows 10',
        `Mozilla/5.0 (${windows}) ${blink} Safari/537.36 Edg/125.0.0.0`,
      ],
      [
        'desktop ie windows',
        'desktop',
        'IE 11.0',
        'Windows 7',
        'Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko',
      ],
      [
        'desktop firefox linux',
        'desktop',
        'Firefox 126.0',
        'Linux',
        'Mozilla/5.0 (X11; Linux x86_64; rv:126.0) Gecko/20100101 Firefox/126.0',
      ],
      [
        'desktop firefox linux',
        'desktop',
        'Firefox 126.0',
        'Ubuntu',
        'Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:126.0) Gecko/20100101 Firefox/126.0',
      ],
      [
        'desktop safari mac',
        'desktop',
        'Safari 17.4',
        'macOS 10.15.7',
        'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Safari/605.1.15',
      ],
      ['desktop chrome windows', 'desktop', 'Chrome 80.0.3987', 'Windows 10', chrome80],
    ];
    const { uid } = await urlgo.make({ short_key: 'many-browsers' });
    for (const [, , , , header] of agents) await urlgo.visit('many-browsers', '8.8.8.8', header);
    const { data } = JSON.parse((await urlgo.get(`${base}/read/${uid}/click-log/list`)).text) as {
      data: { data: Record<string, unknown>[] };
    };
    const names = [
      'mobile',
      'tablet',
      'desktop',
      'bot',
      'chrome',
      'firefox',
      'opera',
      'safari',
      'edge',
      'ie',
      'windows',
    ];
    const all = [...names, 'linux', 'mac', 'android'];
    for (const [n, row] of data.data.toReversed().entries()) {
      const [flags, type, browser, platform] = agents[n]!;
      const wanted = flags.split(' ');
      assert.deepEqual(
        all.map((name) => [name, row[`is_${name}`]]),
        all.map((name) => [name, wanted.includes(name) ? 1 : 0]),
        browser,
      );
      assert.deepEqual([row['device_type'], row['browser_name'], row['platform_name']], [type, browser, platform]);
    }
    const read = JSON.parse((await urlgo.get(`${base}/read/${uid}`)).text) as { data: Record<string, unknown> };
    const counts = ['total_clicks', 'total_clicks_for_mobile', 'total_clicks_for_desktop', 'total_clicks_for_tablet'];
    assert.deepEqual(
      counts.map((name) => read.data[name]),
      [10, 1, 7, 2],
    );
  });

  it('shows addresses as the server keeps them', async () => {
    for (const [privacy, expected] of [
      ['truncate', '8.8.8.0'],
      ['none', ''],
    ] as const) {
      const own = await startServerAs('https://urlgo.in', {
        flags: ['--server-trusted-proxies=127.0.0.1/32', `--privacy-ip=${privacy}`],
      });
      const headers = { authorization: `Bearer ${addUser(own).client.key}` };
      const made = await sendJson(own.address, `${base}/generate`, { url: 'https://example.com/' }, headers);
      const { uid, short_key: key } = (JSON.parse(made.text) as { data: UrlgoLink }).data;
      const visitor = { 'user-agent': chrome81, 'x-forwarded-for': '8.8.8.8' };
      await sendRequest(own.address, { path: `/${key}`, headers: visitor });
      const log = await sendRequest(own.address, { path: `${base}/read/${uid}/click-log/list`, headers });
      const { data } = JSON.parse(log.text) as { data: { data: { ip: string; country: string }[] } };
      assert.deepEqual([data.data[0]!.ip, data.data[0]!.country], [expected, 'United States']);
    }
  });
});
