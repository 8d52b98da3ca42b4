// Raw hits through the API: pages of JSON, and exports that are streamed, resumed and compressed.

import assert from 'node:assert/strict';
import { request } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { ApiClient, type LinkObject } from '../support/api-client.ts';
import { addUser } from '../support/accounts.ts';
import { ClickWriting } from '../support/click-writing.ts';
import { checkExchanges } from '../support/recorded-exchanges.ts';
import { closeServers, type ServerProcess, startServer } from '../support/server-process.ts';

after(closeServers);
checkExchanges();

interface Click {
  readonly id: string;
  readonly verdict: string;
  readonly [field: string]: unknown;
}

// Some 10 MB: more than the buffers of a connection hold.
const manyHits = 15_000;

let server: ServerProcess;
let api: ApiClient;
let link: LinkObject;
let path: string;
const from = (address: string): Record<string, string> => ({ 'x-forwarded-for': address });

const flags = ['--server-trusted-proxies', '127.0.0.1/32'];

before(async () => {
  const first = await startServer({ flags });
  await ApiClient.of(first).createLink({ slug: 'long' });
  // Many hits, written as the server would, and while it does not.
  await first.stop();
  writeHits(first.dataFolder, 1);
  server = await startServer({ flags, dataFolder: first.dataFolder });
  api = new ApiClient(server.address, first.firstKey);
  link = await api.createLink({ slug: 'exported', utmCampaign: 'summer' });
  path = `/links/${link.id}/clicks`;
  for (let n = 0; n < 25; n++) {
    const headers = { ...from(`8.8.8.${n}`), referer: 'https://news.example/today', 'accept-language': 'de' };
    await api.visit('exported', n % 5 === 4 ? { ...headers, 'user-agent': '=cmd|calc!A1' } : headers);
  }
});

function writeHits(dataFolder: string, linkId: number): void {
  const writing = new ClickWriting(dataFolder);
  const start = Date.now() - manyHits * 1_000;
  for (let n = 0; n < manyHits; n += 5_000)
    writing.write(
      Array.from({ length: 5_000 }, (_, i) => ({ at: start + (n + i) * 1_000, linkId, visitor: 1 + (i % 99) })),
    );
  writing.close();
}

const lines = (text: string): string[] => text.split(/\r?\n/).filter((line) => line !== '');
const ndjson = (text: string): Click[] => lines(text).map((line) => JSON.parse(line) as Click);

describe('GET /links/:id/clicks', () => {
  it('has every hit, the newest first, each with its verdict and all that is known of it', async () => {
    const answer = await api.get(`${path}?perPage=100`);
    const clicks = answer.data<Click[]>();
    assert.equal(clicks.length, 25);
    const times = clicks.map(({ clickedAt }) => String(clickedAt));
    assert.deepEqual(times, times.toSorted().toReversed());
    assert.deepEqual(
      clicks.map(({ verdict }) => verdict),
      Array.from({ length: 25 }, (_, n) => (n % 5 === 0 ? 'bot' : 'counted')),
    );
    const { id, clickedAt, visitor, userAgent, browserVersion, ...click } = clicks[1]!;
    assert.match(id, /^clk_/);
    assert.ok(Date.parse(String(clickedAt)) > 0);
    assert.match(String(visitor), /^[\da-f]{12}$/);
    assert.match(String(userAgent), /Firefox/);
    assert.match(String(browserVersion), /^\d/);
    assert.deepEqual(click, {
      counted: true,
      verdict: 'counted',
      linkId: link.id,
      domain: link.domain,
      slug: 'exported',
      country: 'US',
      region: null,
      regionName: null,
      city: null,
      postalCode: null,
      latitude: null,
      longitude: null,
      timezone: null,
      continent: null,
      device: 'desktop',
      browser: 'Firefox',
      os: 'Linux',
      osVersion: null,
      referrer: 'news.example',
      referrerUrl: 'https://news.example/today',
      language: 'de',
      utmSource: null,
      utmMedium: null,
      utmCampaign: 'summer',
      utmTerm: null,
      utmContent: null,
      target: 'destination',
      qr: null,
      address: '8.8.8.0',
    });
  });

  it('pages with a cursor that stays right while hits come in', async () => {
    const all = (await api.get(`${path}?perPage=100`)).data<Click[]>().map(({ id }) => id);
    const first = await api.get(`${path}?perPage=10`);
    const { page, total, hasMore, nextCursor } = first.meta as unknown as Record<string, unknown>;
    assert.deepEqual([page, total, hasMore, nextCursor], [1, 25, true, all[9]]);
    await api.visit('exported', from('8.8.4.4'));
    const second = await api.get(`${path}?perPage=10&cursor=${String(nextCursor)}`);
    const third = await api.get(`${path}?perPage=10&cursor=${all[19]}`);
    const found = [first, second, third].flatMap((answer) => answer.data<Click[]>().map(({ id }) => id));
    assert.deepEqual(found, all);
    assert.deepEqual([second.meta.page, third.meta.hasMore], [null, false]);
  });

  it('is empty for a link that nobody opened', async () => {
    const { id } = await api.createLink();
    const answer = await api.get(`/links/${id}/clicks`);
    assert.deepEqual([answer.data<Click[]>(), answer.meta.total, answer.headers['x-total-count']], [[], 0, '0']);
    assert.equal((await api.get(`/links/${id}/clicks?format=ndjson`)).text, '');
  });

  const wrong: [query: string, field: string][] = [
    ['cursor=clk_zzz', 'cursor'],
    ['cursor=1', 'cursor'],
    ['perPage=0', 'perPage'],
    ['perPage=101', 'perPage'],
    ['format=xml', 'format'],
    ['page=2', 'page'],
    ['__proto__=1', '__proto__'],
  ];
  for (const [query, field] of wrong) {
    it(`refuses ${query}`, async () => {
      const { status, error } = await api.get(`${path}?${query}`);
      assert.deepEqual([status, error.code, error.details?.[0]?.path], [400, 'VALIDATION_ERROR', field]);
    });
  }

  it("knows nothing of another user's link, nor of another link's cursor", async () => {
    const other = addUser(server).client;
    for (const asked of [path, `${path}?format=csv`, `/links/${link.id}/stats/export`])
      assert.equal((await other.get(asked)).status, 404, asked);
    const { id } = await api.createLink({ slug: 'beside' });
    await api.visit('beside');
    const [mine] = (await api.get(`/links/${id}/clicks`)).data<Click[]>();
    const { status, error } = await api.get(`${path}?cursor=${mine!.id}`);
    assert.deepEqual([status, error.details?.[0]?.path], [400, 'cursor']);
  });
});

describe('an export', () => {
  it('is CSV with a header, in which nothing is a formula', async () => {
    const answer = await api.send('GET', path, undefined, { accept: 'text/csv' });
    assert.match(String(answer.headers['content-type']), /^text\/csv/);
    assert.equal(answer.headers['content-disposition'], `attachment; filename="clicks-${link.id}.csv"`);
    const [header = '', ...rows] = lines(answer.text);
    const columns = header.split(',');
    assert.deepEqual(columns.slice(0, 4), ['id', 'clickedAt', 'counted', 'verdict']);
    assert.equal(rows.length, Number(answer.headers['x-total-count']));
    const agents = rows.map((row) => row.split(',')[columns.indexOf('userAgent')]!);
    assert.equal(agents.filter((agent) => agent === "'=cmd|calc!A1").length, 5);
    assert.deepEqual(
      agents.filter((agent) => /^[=+@-]/.test(agent)),
      [],
    );
  });

  it('is NDJSON by Accept or format, and the same hits as the pages', async () => {
    const pages = (await api.get(`${path}?perPage=100`)).data<Click[]>();
    for (const answer of [
      await api.send('GET', path, undefined, { accept: 'application/x-ndjson' }),
      await api.get(`${path}?format=ndjson`),
    ])
      assert.deepEqual(ndjson(answer.text), pages);
  });

  it('goes on after the last row that somebody has, without a second header', async () => {
    const all = lines((await api.get(`${path}?format=csv`)).text);
    const last = all[10]!.split(',', 1)[0]!;
    const rest = await api.get(`${path}?format=csv&cursor=${last}`);
    assert.deepEqual(lines(rest.text), all.slice(11));
  });

  it('is compressed for whoever takes that', async () => {
    const plain = await api.get(`${path}?format=csv`);
    const bytes = await new Promise<Buffer>((resolve, reject) => {
      const headers = { authorization: `Bearer ${api.key}`, 'accept-encoding': 'br;q=1.0, gzip;q=0.5' };
      request(`${server.address}/api/v1${path}?format=csv`, { headers }, (response) => {
        assert.equal(response.headers['content-encoding'], 'gzip');
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => resolve(Buffer.concat(chunks)));
      })
        .on('error', reject)
        .end();
    });
    assert.equal(gunzipSync(bytes).toString(), plain.text);
    for (const encoding of ['identity', 'gzip;q=0', 'br']) {
      const answer = await api.send('GET', `${path}?format=csv`, undefined, { 'accept-encoding': encoding });
      assert.deepEqual([answer.headers['content-encoding'], answer.text], [undefined, plain.text], encoding);
    }
  });

  it('answers HEAD with the headers alone', async () => {
    const head = await api.send('HEAD', `${path}?format=csv`);
    assert.deepEqual([head.status, head.text], [200, '']);
    assert.ok(Number(head.headers['x-total-count']) >= 25);
  });

  it('has the roll-ups of a link, which add up to its total', async () => {
    const rows = ndjson((await api.get(`/links/${link.id}/stats/export?format=ndjson`)).text);
    const { totalClicks } = await api.stats(link.id);
    const counted = rows.filter((row) => row['counted'] === true).reduce((sum, row) => sum + Number(row['hits']), 0);
    assert.equal(counted, totalClicks);
    const csv = lines((await api.get(`/links/${link.id}/stats/export`)).text);
    assert.deepEqual([csv.length, csv[0]!.split(',').slice(0, 2)], [rows.length + 1, ['from', 'hits']]);
    const resumed = await api.get(`/links/${link.id}/stats/export?format=ndjson&cursor=${String(rows[0]!['from'])}`);
    assert.deepEqual(ndjson(resumed.text), rows);
    for (const cursor of ['yesterday', 'clk_00000000001'])
      assert.equal((await api.get(`/links/${link.id}/stats/export?cursor=${cursor}`)).status, 400);
  });

  it('has the hits and roll-ups of all links of the user, and of nobody else', async () => {
    const other = addUser(server).client;
    await other.createLink({ slug: 'foreign' });
    await other.visit('foreign');
    const slugs = (text: string): string[] => [...new Set(ndjson(text).map((row) => String(row['slug'])))].toSorted();
    for (const subject of ['clicks', 'stats']) {
      const mine = await api.get(`/analytics/export?format=ndjson&subject=${subject}`);
      assert.deepEqual(slugs(mine.text), ['beside', 'exported', 'long'], subject);
      const theirs = await other.get(`/analytics/export?format=ndjson&subject=${subject}`);
      assert.deepEqual([slugs(theirs.text), theirs.headers['x-total-count']], [['foreign'], '1'], subject);
    }
  });

  it('reads no further than the client takes', async () => {
    const { id } = (await api.get('/links?search=long')).data<LinkObject[]>()[0]!;
    const total = (await api.send('HEAD', `/links/${id}/clicks?format=csv`)).headers['x-total-count'];
    assert.equal(total, String(manyHits));
    await new Promise<void>((resolve, reject) => {
      const headers = { authorization: `Bearer ${api.key}` };
      const asked = request(`${server.address}/api/v1/links/${id}/clicks?format=ndjson`, { headers }, (response) => {
        response.once('readable', () => {
          // Redirects and other questions go on while it waits for us.
          void api.visit('long').then(({ status }) => {
            assert.equal(status, 302);
            let text = '';
            response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
            response.on('end', () => {
              const ids = ndjson(text).map((row) => row.id);
              // From the newest on, when it was begun.
              assert.equal(ids.length, manyHits);
              assert.deepEqual(ids, ids.toSorted().toReversed());
              resolve();
            });
          }, reject);
        });
      });
      asked.on('error', reject).end();
    });
  });

  it('that nobody waits for any more is given up, and the server goes on', async () => {
    const { id } = (await api.get('/links?search=long')).data<LinkObject[]>()[0]!;
    for (let n = 0; n < 20; n++) {
      await new Promise<void>((resolve) => {
        const headers = { authorization: `Bearer ${api.key}` };
        const asked = request(`${server.address}/api/v1/links/${id}/clicks?format=csv`, { headers }, (response) => {
          response.once('data', () => response.destroy());
          response.once('close', () => resolve());
          response.on('error', () => {});
        });
        asked.on('error', () => resolve()).end();
      });
    }
    // More than may run at once: each has made room.
    assert.equal((await api.get(`${path}?format=csv`)).status, 200);
  });

  it('that a crash of the server cut off goes on behind its last row, and its progress is known all the while', async () => {
    const { id } = (await api.get('/links?search=long')).data<LinkObject[]>()[0]!;
    const whole = {
      clicks: `/links/${id}/clicks?format=ndjson`,
      'stats/export': `/links/${id}/stats/export?format=ndjson`,
    };
    const expected = ndjson((await api.get(whole.clicks)).text);
    const begun = await cutOff(whole.clicks);
    server = await startServer({ flags, dataFolder: server.dataFolder });
    api = new ApiClient(server.address, api.key);
    assert.equal(begun.total, expected.length);
    assert.ok(begun.rows.length > 0 && begun.rows.length < expected.length, String(begun.rows.length));
    const rest = await api.get(`${whole.clicks}&cursor=${begun.rows.at(-1)!.id}`);
    assert.equal(rest.headers['x-total-count'], String(expected.length));
    assert.deepEqual([...begun.rows, ...ndjson(rest.text)], expected);

    const rollUps = ndjson((await api.get(whole['stats/export'])).text);
    const seen = rollUps.slice(0, rollUps.length >> 1);
    // Rows of the time that is named are sent again.
    const { from: last } = seen.at(-1)!;
    const more = ndjson((await api.get(`${whole['stats/export']}&cursor=${String(last)}`)).text);
    assert.deepEqual([...seen.filter((row) => row['from'] !== last), ...more], rollUps);
  });
});

/** Whole rows of an export that arrived before the server was killed, and how many were promised. */
async function cutOff(asked: string): Promise<{ rows: Click[]; total: number }> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${api.key}` };
    request(`${server.address}/api/v1${asked}`, { headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').once('data', () => void server.kill());
      response.on('data', (chunk: string) => (text += chunk)).on('error', () => {});
      response.on('close', () => {
        const rows = ndjson(text.slice(0, text.lastIndexOf('\n') + 1));
        resolve({ rows, total: Number(response.headers['x-total-count']) });
      });
    })
      .on('error', reject)
      .end();
  });
}
