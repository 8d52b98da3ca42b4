// One set of links underneath: what one dialect makes, the other three show, change, count and delete.

import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { addUser } from '../support/accounts.ts';
import { ApiClient, type LinkObject, sendRequest } from '../support/api-client.ts';
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
  make(code: string, url: string): Promise<unknown>;
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
  make: (code, url) => client.createLink({ slug: code, destinationUrl: url }),
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
  make: (code, url) => yebAsk('create-advanced', { short_code: code, original_url: url }),
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
};

const all = [native, yeb, urlgo, xgd];

describe('one link in four dialects', () => {
  for (const [n, maker] of all.entries()) {
    it(`is made by ${maker.name}, and the same to the others`, async () => {
      const code = `common_${n}`;
      const others = all.filter((other) => other !== maker);
      await maker.make(code, 'https://example.com/first');
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
      // Taken for all of them.
      for (const other of all) await Promise.resolve(other.make(code, 'https://example.com/other')).catch(() => {});
      assert.deepEqual(await native.read!(code), { url, clicks });
      const [remover] = others.filter((other) => other.delete !== undefined);
      await remover!.delete!(code);
      for (const reader of all) {
        if (reader.read !== undefined) assert.equal(await reader.read(code), undefined, reader.name);
      }
      assert.equal((await client.visit(code)).status, 410);
      assert.equal((await sendRequest(server.address, { path: `/l/${code}` })).status, 404);
      assert.ok(ApiClient.onExchange);
    });
  }
});
