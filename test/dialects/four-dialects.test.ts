// One set of links underneath: what one dialect makes, the other three show, change, count and delete.

import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { addUser } from '../support/accounts.ts';
import { ApiClient, type HttpAnswer, type LinkObject, sendRequest } from '../support/api-client.ts';
import { sendJson } from '../support/dialects.ts';
import { checkExchanges } from '../support/recorded-exchanges.ts';
import { closeServers, startServer } from '../support/server-process.ts';

after(closeServers);
checkExchanges();

const server = await startServer({ flags: ['--dialects-yeb-requests-per-second=0'] });
const { client } = addUser(server);
const key = client.key!;
const authorization = `Bearer ${key}`;

/** A dialect in the few things that all of them are about. */
interface Speaker {
  readonly name: string;
  make(code: string, url: string): Promise<HttpAnswer>;
  /** What it says of a code that is taken, whoever has it. */
  readonly taken: string;
  /** Where the link leads and how often it was clicked; undefined: it is not there, or no more. */
  read?(code: string): Promise<{ url: string; clicks: number } | undefined>;
  lead?(code: string, url: string): Promise<void>;
  delete?(code: string): Promise<void>;
}

async function nativeLink(code: string): Promise<LinkObject | undefined> {
  const links = (await client.get(`/links?archived=true&search=${code}`)).data<LinkObject[]>();
  return links.find(({ slug }) => slug === code);
}

const native: Speaker = {
  name: 'the native API',
  make: (code, url) => client.post('/links', { slug: code, destinationUrl: url }),
  taken:
    '409 {"success":false,"error":{"code":"SLUG_EXISTS","message":"slug is taken on this domain",' +
    '"details":[{"path":"slug","message":"slug is taken on this domain"}]}}',
  async read(code) {
    const link = await nativeLink(code);
    if (link === undefined || link.isArchived) return undefined;
    const { totalClicks } = await client.stats(link.id);
    assert.equal(totalClicks, link.clickCount);
    return { url: link.destinationUrl, clicks: totalClicks };
  },
  async lead(code, url) {
    const { id } = (await nativeLink(code))!;
    assert.equal((await client.patch(`/links/${id}`, { destinationUrl: url })).status, 200);
  },
  async delete(code) {
    assert.equal((await client.delete(`/links/${(await nativeLink(code))!.id}`)).status, 204);
  },
};

const yebAsk = async (name: string, body: object) => {
  const { status, text } = await sendJson(server.address, `/v1/short-links/${name}`, { api_key: key, ...body });
  return { status, data: (JSON.parse(text) as { data: Record<string, unknown> }).data };
};
const yeb: Speaker = {
  name: 'yeb.to',
  make: (code, url) =>
    sendJson(server.address, '/v1/short-links/create-advanced', { api_key: key, short_code: code, original_url: url }),
  taken: '422 {"error":"short_code is taken on this domain","code":422}',
  async read(code) {
    const { status, data } = await yebAsk('get', { code });
    if (status === 404) return undefined;
    const { summary } = (await yebAsk('stats', { code })).data as { summary: { total_clicks: number } };
    assert.equal(summary.total_clicks, data['total_clicks']);
    return { url: String(data['original_url']), clicks: summary.total_clicks };
  },
  async lead(code, url) {
    assert.equal((await yebAsk('update', { code, original_url: url })).status, 200);
  },
  async delete(code) {
    assert.equal((await yebAsk('delete', { code })).status, 200);
  },
};

const urlgoAsk = async (path: string): Promise<Record<string, unknown>> => {
  const { text } = await sendRequest(server.address, { path: `/api/v1/short-url/${path}`, headers: { authorization } });
  return (JSON.parse(text) as { data: Record<string, unknown> }).data;
};
const urlgo: Speaker = {
  name: 'UrlGo.in',
  make: (code, url) =>
    sendJson(server.address, '/api/v1/short-url/generate', { url, short_key: code }, { authorization }),
  taken:
    '422 {"status":"fail","code":422,"error_key":"VALIDATION_ERROR",' +
    '"data":{"short_key":["The short key has already been taken."]},"message":"The given data was invalid."}',
  async read(code) {
    const { data } = (await urlgoAsk('list?per_page=100')) as { data: { uid: string; short_key: string }[] };
    const { uid } = data.find((link) => link.short_key === code)!;
    const link = await urlgoAsk(`read/${uid}`);
    if (link['disabled_at'] !== null) return undefined;
    const log = await urlgoAsk(`read/${uid}/click-log/list`);
    assert.equal(log['total'], link['total_clicks']);
    return { url: String(link['original']), clicks: Number(link['total_clicks']) };
  },
};

const xgd: Speaker = {
  name: 'X.gd',
  make: (code, url) =>
    sendRequest(server.address, { path: `/V1/shorten?shortid=${code}&url=${encodeURIComponent(url)}&key=${key}` }),
  taken: '200 {"status":409,"message":"Shortid is taken on this domain."}',
};

const all = [native, yeb, urlgo, xgd];

async function make(maker: Speaker, code: string, url: string): Promise<void> {
  const { status, text } = await maker.make(code, url);
  assert.ok([200, 201].includes(status) && text.includes(code), `${maker.name}: ${status} ${text}`);
}

/** For each of them, the one that made it too. */
async function assertTaken(code: string): Promise<void> {
  for (const other of all) {
    const { status, text } = await other.make(code, 'https://example.com/other');
    assert.equal(`${status} ${text}`, other.taken, other.name);
  }
}

describe('one link in four dialects', () => {
  for (const [n, maker] of all.entries()) {
    it(`is made by ${maker.name}, and the same to the others`, async () => {
      const code = `common_${n}`;
      const others = all.filter((other) => other !== maker);
      await make(maker, code, 'https://example.com/first');
      let url = 'https://example.com/first';
      let clicks = 0;
      for (const editor of others) {
        for (const path of [`/${code}`, `/l/${code}`]) {
          const headers = { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0' };
          assert.equal((await sendRequest(server.address, { path, headers })).headers.location, url);
          clicks++;
        }
        for (const reader of all) {
          if (reader.read !== undefined) assert.deepEqual(await reader.read(code), { url, clicks }, reader.name);
        }
        if (editor.lead === undefined) continue;
        url = `https://example.com/by-${n}-${others.indexOf(editor)}`;
        await editor.lead(code, url);
      }
      await assertTaken(code);
      assert.deepEqual(await native.read!(code), { url, clicks });
    });

    for (const remover of all) {
      if (remover.delete === undefined) continue;
      it(`is made by ${maker.name}, deleted by ${remover.name}, and gone for all of them`, async () => {
        const code = `gone_${n}_${all.indexOf(remover)}`;
        await make(maker, code, 'https://example.com/');
        for (const reader of all) {
          const found = await reader.read?.(code);
          if (reader.read !== undefined)
            assert.deepEqual(found, { url: 'https://example.com/', clicks: 0 }, reader.name);
        }
        await remover.delete!(code);
        for (const reader of all) {
          if (reader.read !== undefined) assert.equal(await reader.read(code), undefined, reader.name);
        }
        assert.equal((await client.visit(code)).status, 410);
        assert.equal((await sendRequest(server.address, { path: `/l/${code}` })).status, 404);
        await assertTaken(code);
        assert.ok(ApiClient.onExchange);
      });
    }
  }

  it('shows all of them what it is, and what X.gd and yeb.to alone can say of it', async () => {
    const url = 'https://example.com/seen';
    const text = await sendRequest(server.address, {
      path: `/V1/shorten?shortid=seen_by_all&url=${url}&analytics=true&filterbots=true&key=${key}`,
    });
    const native = (await nativeLink('seen_by_all'))!;
    assert.deepEqual(JSON.parse(text.text), {
      status: 200,
      shorturl: native.shortUrl,
      analytics: true,
      filterbots: true,
      originalurl: native.destinationUrl,
    });
    await client.patch(`/links/${native.id}`, { clickLimit: 7, expiresAt: '2100-01-01T00:00:00Z' });
    const { updatedAt } = (await nativeLink('seen_by_all'))!;
    const second = (time: string): string => time.replace(/\.\d+Z$/, 'Z');
    const { data: shown } = await yebAsk('get', { code: 'seen_by_all' });
    assert.deepEqual(shown, {
      original_url: url,
      short_code: 'seen_by_all',
      alias: null,
      public_url: native.shortUrl.replace('/seen', '/l/seen'),
      expires_at: '2100-01-01T00:00:00Z',
      click_limit: 7,
      one_time: false,
      advanced_analytics: true,
      total_clicks: 0,
      created_at: second(native.createdAt),
      updated_at: second(updatedAt),
      settings: [],
    });
    const { data } = (await urlgoAsk('list?per_page=100')) as { data: Record<string, string>[] };
    const { uid, statistic_url: _, ...listed } = data.find((link) => link['short_key'] === 'seen_by_all')!;
    assert.match(uid!, /^[0-9a-z]{40}$/);
    assert.deepEqual(listed, {
      original: url,
      short_key: 'seen_by_all',
      redirect_option: 'direct',
      disabled_at: null,
      created_at: native.createdAt.replace('Z', '000Z'),
      updated_at: updatedAt.replace('Z', '000Z'),
      shortened_url: native.shortUrl,
    });
  });

  it('is one by its second code, too, which nobody else can take', async () => {
    const codes = { alias: 'second_name', short_code: 'first_name' };
    const { status } = await yebAsk('create-basic', { ...codes, original_url: 'https://example.com/two' });
    assert.equal(status, 200);
    const headers = { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0' };
    for (const path of ['/second_name', '/first_name', '/l/second_name', '/l/first_name'])
      assert.equal((await sendRequest(server.address, { path, headers })).headers.location, 'https://example.com/two');
    const counted = { url: 'https://example.com/two', clicks: 4 };
    assert.deepEqual(await yeb.read!('second_name'), counted);
    for (const reader of [native, yeb, urlgo]) assert.deepEqual(await reader.read!('first_name'), counted, reader.name);
    for (const code of Object.values(codes)) await assertTaken(code);
    await native.delete!('first_name');
    assert.equal(await yeb.read!('second_name'), undefined);
    for (const code of Object.values(codes)) await assertTaken(code);
  });
});
