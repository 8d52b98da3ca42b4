import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { addUser } from '../support/accounts.ts';
import { sendRequest } from '../support/api-client.ts';
import { startServerAs } from '../support/dialects.ts';
import { noCurl, PrintedText } from '../support/printed-text.ts';
import { closeServers } from '../support/server-process.ts';
import {
  base,
  chrome80,
  chrome81,
  loggedRow,
  printed,
  UrlgoClient,
  type UrlgoLink,
  writeUrlgoCities,
} from '../support/urlgo-client.ts';

after(closeServers);

const cities = writeUrlgoCities();
// Its clock stands where the text makes a link and reads it.
const server = await startServerAs('https://urlgo.in', {
  clockAt: '2020-04-26T12:50:43Z',
  flags: ['--server-trusted-proxies=127.0.0.1/32', '--privacy-ip=full', `--geo-database=${cities}`],
});
const user = addUser(server, 'unlimited', 'John Doe');
const urlgo = new UrlgoClient(server.address, user.client.key!);

const single = (key: string, more = ''): string =>
  `{"uid":"UID","original":"","short_key":"${key}","shortened_url":"","redirect_option":"direct","disabled_at":null,` +
  `"statistic_url":"","created_at":"2020-04-26T12:50:43.000000Z","updated_at":"2020-04-26T12:50:43.000000Z"${more}}`;

describe('the examples of UrlGo.in', () => {
  it('are answered as printed: the user', async () => {
    // The user was made outside the server, whose clock does not stand.
    const { user: me } = (await user.client.get('/me')).data<{ user: { createdAt: string } }>();
    const made = me.createdAt.replace('Z', '000Z');
    assert.equal(
      printed(await urlgo.get('/api/v1/user')),
      `{"status":"success","code":200,"data":{"name":"John Doe","email":"${user.email}","email_verified_at":"${made}",` +
        `"created_at":"${made}","updated_at":"${made}"},"message":"Successfully retrieve authenticated user information"}`,
    );
  });

  it('are answered as printed: an empty list', async () => {
    assert.equal(
      printed(await urlgo.get(`${base}/list`)),
      '{"status":"success","code":200,"data":{"current_page":1,"data":[],"first_page_url":"","from":null,"last_page":1,' +
        '"last_page_url":"","next_page_url":null,"path":"","per_page":10,"prev_page_url":null,"to":null,"total":0},' +
        '"message":"Successfully list short url."}',
    );
  });

  it('are answered as printed: a new link', async () => {
    const answer = await urlgo.generate({ url: 'https://example.com/revnology', short_key: 'revnology-99' });
    assert.equal(
      printed(answer),
      `{"status":"success","code":200,"data":${single('revnology-99')},"message":"Successfully created short url."}`,
    );
    const { data } = JSON.parse(answer.text) as { data: Record<string, string> };
    assert.equal(data['original'], 'https://example.com/revnology');
    assert.equal(data['shortened_url'], 'https://urlgo.in/revnology-99');
    assert.equal(data['statistic_url'], `https://urlgo.in/stats/${data['uid']}`);
  });

  it('are answered as printed: two errors at once', async () => {
    assert.equal(
      printed(await urlgo.generate({ url: '', short_key: 'revnology-99' })),
      '{"status":"fail","code":422,"error_key":"VALIDATION_ERROR","data":{"url":["The url field is required."],' +
        '"short_key":["The short key has already been taken."]},"message":"The given data was invalid."}',
    );
  });

  it('are answered as printed: the first of three pages of links', async () => {
    for (let n = 17; n >= 2; n--) await urlgo.make({ short_key: `older-${n}` });
    for (let n = 9; n >= 1; n--) await urlgo.make({ short_key: `revnology-${n}` });
    await urlgo.make({ short_key: 'abc123' });
    const items = ['abc123', ...Array.from({ length: 9 }, (_, n) => `revnology-${n + 1}`)].map(
      (key) =>
        `{"uid":"UID","original":"","short_key":"${key}","redirect_option":"direct","disabled_at":null,` +
        '"created_at":"2020-04-26T12:50:43.000000Z","updated_at":"2020-04-26T12:50:43.000000Z","shortened_url":"","statistic_url":""}',
    );
    const answer = await urlgo.get(`${base}/list`);
    assert.equal(
      printed(answer),
      `{"status":"success","code":200,"data":{"current_page":1,"data":[${items.join()}],"first_page_url":"","from":1,` +
        '"last_page":3,"last_page_url":"","next_page_url":"","path":"","per_page":10,"prev_page_url":null,"to":10,' +
        '"total":27},"message":"Successfully list short url."}',
    );
    const { data } = JSON.parse(answer.text) as { data: Record<string, unknown> & { data: Record<string, string>[] } };
    for (const { uid, original, short_key: key, shortened_url: short, statistic_url: statistics } of data.data) {
      assert.deepEqual(
        [original, short, statistics],
        ['https://example.com/', `https://urlgo.in/${key}`, `https://urlgo.in/stats/${uid}`],
      );
    }
    assert.equal(new Set(data.data.map(({ uid }) => uid)).size, 10);
    const path = 'https://urlgo.in/api/v1/short-url/list';
    assert.deepEqual(
      [data['path'], data['first_page_url'], data['next_page_url'], data['last_page_url']],
      [path, `${path}?page=1`, `${path}?page=2`, `${path}?page=3`],
    );
  });

  it('are answered as printed: one link with its clicks, and another’s', async () => {
    const { uid } = await urlgo.make({ short_key: 'clicked-once' });
    await urlgo.visit('clicked-once', '8.8.8.8', chrome81);
    const totals =
      ',"total_clicks":1,"total_clicks_for_mobile":0,"total_clicks_for_desktop":1,"total_clicks_for_tablet":0,' +
      '"top_country":"United States","top_browser":"Chrome 81.0.4044"';
    assert.equal(
      printed(await urlgo.get(`${base}/read/${uid}`)),
      `{"status":"success","code":200,"data":${single('clicked-once', totals)},"message":"Successfully read short url."}`,
    );
    const missing =
      '{"status":"fail","code":404,"error_key":"DATA_NOT_FOUND_ERROR","data":null,"message":"Short url not found."}';
    assert.equal(printed(await urlgo.get(`${base}/read/somelonguidherez3h1d2bwkzvadwgfh4oifwkhl`)), missing);
    const { key } = addUser(server).client;
    const headers = { authorization: `Bearer ${key}` };
    for (const path of [`${base}/read/${uid}`, `${base}/read/${uid}/click-log/list`])
      assert.equal(printed(await sendRequest(server.address, { path, headers })), missing);
  });

  it('are answered as printed: the click log', async () => {
    const { uid } = await urlgo.make({ short_key: 'clicked-often' });
    for (let n = 0; n < 19; n++) await urlgo.visit('clicked-often', '8.8.8.8', chrome80);
    const row = loggedRow('clicked-often', '2020-04-26T12:50:43.000000Z');
    const text = printed(await urlgo.get(`${base}/read/${uid}/click-log/list`));
    assert.equal(
      text.replaceAll(/"short_url_id":\d+/g, '"short_url_id":75'),
      `{"status":"success","code":200,"data":{"current_page":1,"data":[${Array.from({ length: 10 }, () => row).join()}],` +
        '"first_page_url":"","from":1,"last_page":2,"last_page_url":"","next_page_url":"","path":"","per_page":10,' +
        '"prev_page_url":null,"to":10,"total":19},"message":"Successfully list short url\'s click logs."}',
    );
    const numbers = new Set(text.match(/"short_url_id":\d+/g));
    assert.equal(numbers.size, 1);
    const path = `${base}/read/${uid}/click-log/list`;
    interface LogPage extends Record<string, unknown> {
      readonly data: readonly { readonly full_url: string }[];
    }
    const pageAt = async (query: string): Promise<LogPage> =>
      (JSON.parse((await urlgo.get(`${path}${query}`)).text) as { data: LogPage }).data;
    const [first, second] = [await pageAt(''), await pageAt('?page=2')];
    const whole = `https://urlgo.in${path}`;
    assert.deepEqual(new Set(first.data.map((row) => row.full_url)), new Set(['https://urlgo.in/clicked-often']));
    const addresses = ['path', 'first_page_url', 'prev_page_url', 'next_page_url', 'last_page_url'];
    assert.deepEqual(
      addresses.map((name) => first[name]),
      [whole, `${whole}?page=1`, null, `${whole}?page=2`, `${whole}?page=2`],
    );
    assert.deepEqual(
      addresses.map((name) => second[name]),
      [whole, `${whole}?page=1`, `${whole}?page=1`, null, `${whole}?page=2`],
    );
    assert.deepEqual([second.data.length, second['from'], second['to'], second['total']], [9, 11, 19, 19]);
  });
});

describe('the curls of UrlGo.in', { skip: noCurl }, () => {
  // Their addresses were taken out of the text.
  const text = new PrintedText({ '{access_token}': user.client.key! });
  const headers = `-H "Authorization: Bearer {access_token}" \\
    -H "Content-Type: application/json" \\
    -H "Accept: application/json"`;
  const ask = (path: string): Promise<string> =>
    text.print(`curl -X GET \\
    -G "${server.address}${path}" \\
    ${headers}`);

  it('answer what the same requests do without curl', async () => {
    const { uid } = await urlgo.make({ short_key: 'asked-by-curl' });
    await urlgo.visit('asked-by-curl', '8.8.8.8', chrome80);
    const read = `${base}/read/${uid}`;
    for (const path of [
      '/api/v1/user',
      `${base}/list`,
      `${base}/list?per_page=2&page=2`,
      read,
      `${read}/click-log/list`,
    ]) {
      const answer = await ask(path);
      assert.equal(answer, (await urlgo.get(path)).text);
      assert.match(answer, /^\{"status":"success","code":200,/);
    }
  });

  it('generate a link, and a second time say that its key is taken', async () => {
    const command = `curl -X POST \\
    "${server.address}${base}/generate" \\
    -d '{"url":"https://revnology.com/","short_key":"revnology-100"}' \\
    ${headers}`;
    const made = (await text.print(command))
      .replaceAll(/"https:[^"]*"/g, '""')
      .replaceAll(/"uid":"\w{40}"/g, '"uid":"UID"');
    assert.equal(
      made,
      `{"status":"success","code":200,"data":${single('revnology-100')},"message":"Successfully created short url."}`,
    );
    assert.equal(
      await text.print(command),
      '{"status":"fail","code":422,"error_key":"VALIDATION_ERROR","data":{"short_key":' +
        '["The short key has already been taken."]},"message":"The given data was invalid."}',
    );
  });
});

describe('UrlGo.in', () => {
  it('turns pages in the size that was asked for, and says so in the addresses of other pages', async () => {
    const answer = await urlgo.get(`${base}/list?per_page=5&page=2`);
    const { data } = JSON.parse(answer.text) as { data: Record<string, unknown> & { data: unknown[] } };
    assert.deepEqual([data.data.length, data['from'], data['to'], data['per_page']], [5, 6, 10, 5]);
    assert.match(String(data['next_page_url']), /\?per_page=5&page=3$/);
    assert.match(String(data['prev_page_url']), /\?per_page=5&page=1$/);
    const beyond = JSON.parse((await urlgo.get(`${base}/list?page=1000`)).text) as { data: Record<string, unknown> };
    assert.deepEqual([beyond.data['data'], beyond.data['from'], beyond.data['next_page_url']], [[], null, null]);
  });

  it('keeps a link’s long id, shows links of every kind, and since when one is switched off', async () => {
    const { id } = await user.client.createLink({ slug: 'native' });
    const listed = async (): Promise<UrlgoLink> =>
      (JSON.parse((await urlgo.get(`${base}/list?per_page=1`)).text) as { data: { data: UrlgoLink[] } }).data.data[0]!;
    const before = await listed();
    assert.deepEqual([before.short_key, before.disabled_at], ['native', null]);
    await user.client.delete(`/links/${id}`);
    const archivedAt = (await user.client.link(id)).updatedAt;
    await user.client.patch(`/links/${id}`, { title: 'Changed since' });
    const after = await listed();
    assert.deepEqual([after.uid, after.disabled_at], [before.uid, archivedAt.replace('Z', '000Z')]);
    await user.client.patch(`/links/${id}`, { isArchived: false });
    assert.equal((await listed()).disabled_at, null);
  });

  it('draws a key where short_key is empty, null or absent', async () => {
    for (const body of [{ short_key: '' }, { short_key: null }, {}]) {
      const { short_key: drawn } = await urlgo.make(body);
      assert.match(drawn, /^[2-9A-HJ-NP-Za-km-z]{7}$/);
      assert.equal((await urlgo.visit(drawn, '8.8.8.8', chrome81)).status, 302);
    }
  });

  it('has a public page of the statistics for whoever knows the long id, and for nobody else', async () => {
    const { uid, statistic_url: url } = await urlgo.make({ short_key: 'looked-at' });
    await urlgo.visit('looked-at', '8.8.8.8', chrome81);
    const headers = { accept: 'text/html' };
    const page = await sendRequest(server.address, { path: new URL(url).pathname, headers });
    assert.equal(page.status, 200);
    assert.match(page.text, /<dt>Clicks<\/dt>\s*<dd[^>]*>1</);
    const posted = await sendRequest(server.address, { method: 'POST', path: new URL(url).pathname, headers });
    assert.deepEqual([posted.status, posted.headers.allow], [405, 'GET, HEAD']);
    const { id } = (await user.client.get('/links?search=looked-at')).data<{ id: string }[]>()[0]!;
    for (const other of [id, uid.replace(/^./, (digit) => (digit === 'a' ? 'b' : 'a')), uid.slice(0, -1)])
      assert.equal((await sendRequest(server.address, { path: `/stats/${other}`, headers })).status, 404);
    await user.client.delete(`/links/${id}`);
    assert.equal((await sendRequest(server.address, { path: `/stats/${uid}`, headers })).status, 404);
  });

  it('has no top country and browser where nobody came', async () => {
    const { uid } = await urlgo.make({});
    assert.match(
      (await urlgo.get(`${base}/read/${uid}`)).text,
      /"total_clicks":0,.*"top_country":null,"top_browser":null\}/,
    );
  });
});
