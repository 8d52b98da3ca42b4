// What changes by nothing but time, on a server whose clock is set: previews end, items come and go, each domain's hits are deleted when
// its own time is over.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ApiClient, personsBrowser, sendRequest } from '../support/api-client.ts';
import { DnsServer } from '../support/dns-server.ts';
import { addDomain } from '../support/domains.ts';
import { checkExchanges } from '../support/recorded-exchanges.ts';
import { closeServers, MachineClock, runSignpost, type ServerProcess, startServer } from '../support/server-process.ts';
import { storedClicks } from './stored-clicks.ts';

after(closeServers);
checkExchanges();

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
const noon = '2026-07-01T12:00:00Z';
const later = (ms: number): string => new Date(Date.parse(noon) + ms).toISOString();

const clock = new MachineClock(noon);
const environment = { ...clock.environment, SIGNPOST_CLICKS_RETENTION_DAYS: '30' };
let dns: DnsServer;
let server: ServerProcess;
let api: ApiClient;
before(async () => {
  dns = await DnsServer.start();
  server = await startServer({ environment, flags: [`--dns-servers=${dns.address}`] });
  api = ApiClient.of(server);
});
after(() => dns.close());

const visit = (path: string, host?: string) =>
  sendRequest(server.address, { path, headers: { 'user-agent': personsBrowser, ...(host !== undefined && { host }) } });

describe('a gallery, as time passes', () => {
  it('ends its preview after an hour', async () => {
    const { id } = (await api.post('/galleries', { title: 'x', slug: 'draft' })).data<{ id: string }>();
    const { url } = (await api.get(`/galleries/${id}/preview`)).data<{ url: string }>();
    const { pathname, search } = new URL(url);
    clock.set(hourMs - minuteMs);
    assert.equal((await visit(pathname + search)).status, 200);
    clock.set(hourMs + minuteMs);
    const expired = await visit(pathname + search);
    assert.deepEqual([expired.status, expired.text], [404, (await visit('/bio/nobody?preview=1.x')).text]);
    clock.set(0);
  });

  it('shows an item from its time on and until its time is over', async () => {
    const { id } = (await api.post('/galleries', { title: 'x', slug: 'timed', isPublished: true })).data<{
      id: string;
    }>();
    const item = (
      await api.post(`/galleries/${id}/items`, {
        type: 'link',
        title: 'For an hour',
        url: 'https://example.com/',
        visibleFrom: later(hourMs),
        visibleUntil: later(2 * hourMs),
      })
    ).data<{ id: string }>();
    for (const [aheadMs, isSeen] of [
      [0, false],
      [hourMs + minuteMs, true],
      [2 * hourMs + minuteMs, false],
    ] as const) {
      clock.set(aheadMs);
      assert.equal((await visit('/bio/timed')).text.includes('For an hour'), isSeen, String(aheadMs));
      assert.equal((await visit(`/bio/timed/${item.id}`)).status, isSeen ? 302 : 404, String(aheadMs));
    }
    clock.set(0);
  });
});

describe('the hits of a domain', () => {
  it('are deleted when its own time is over, and nobody else’s', async () => {
    await addDomain(api, dns, 'go.example.com', { clickRetentionDays: 3 });
    const short = await api.createLink({ slug: 'short', domain: 'go.example.com' });
    const long = await api.createLink({ slug: 'long' });
    for (let n = 0; n < 2; n++) {
      assert.equal((await visit('/short', 'go.example.com')).status, 302);
      assert.equal((await visit('/long')).status, 302);
    }
    assert.equal(await server.stop(), 0);
    const kept: number[][] = [];
    for (const days of [2, 4]) {
      clock.set(days * dayMs);
      server = await startServer({ environment, dataFolder: server.dataFolder });
      const run = await runSignpost(['jobs', 'run', 'clicks.tend', '--data-dir', server.dataFolder], environment);
      assert.equal(run.code, 0, run.stderr);
      assert.equal(await server.stop(), 0);
      kept.push(['short', 'long'].map((slug) => storedClicks(server.dataFolder, slug).length));
    }
    assert.deepEqual(kept, [
      [2, 2],
      [0, 2],
    ]);
    server = await startServer({ environment, dataFolder: server.dataFolder });
    api = new ApiClient(server.address, api.key);
    for (const { id } of [short, long]) {
      const { totalClicks, byBrowser } = await api.stats(id);
      assert.deepEqual([totalClicks, byBrowser.map(({ count }) => count)], [2, [2]]);
    }
  });
});
