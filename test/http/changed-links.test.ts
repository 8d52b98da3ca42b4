// What statistics and exports say of hits on a link that was changed afterwards: it stands where it stands today, and its clicks with it.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ApiClient, type LinkObject } from '../support/api-client.ts';
import { DnsServer } from '../support/dns-server.ts';
import { addDomain } from '../support/domains.ts';
import { checkExchanges } from '../support/recorded-exchanges.ts';
import { closeServers, startServer } from '../support/server-process.ts';

after(closeServers);
checkExchanges();

interface Overview {
  readonly totalClicks: number;
  readonly byTag: readonly { readonly tag: string; readonly count: number }[];
  readonly byDomain: readonly { readonly domain: string; readonly count: number }[];
  readonly topLinks: readonly { readonly link: { readonly slug: string; readonly shortUrl: string } }[];
}

const elsewhere = 'elsewhere.example.com';

describe('a link that is changed', () => {
  let dns: DnsServer;
  let api: ApiClient;
  let link: LinkObject;
  before(async () => {
    dns = await DnsServer.start();
    api = ApiClient.of(await startServer({ flags: ['--dns-servers', dns.address] }));
    await addDomain(api, dns, elsewhere);
    link = await api.createLink({ slug: 'before', tags: ['spring', 'print'] });
    await api.createLink({ slug: 'beside', tags: ['print'] });
    for (const slug of ['before', 'beside', 'before']) await api.visit(slug);
  });
  after(() => dns.close());

  const top = async (query = ''): Promise<Overview> =>
    (await api.get(`/analytics/top-links?${query}`)).data<Overview>();
  /** Slug and domain of each row of every export, and those of the newest hits. */
  async function toldOf(): Promise<string[]> {
    const exports = [
      `/links/${link.id}/clicks?format=ndjson`,
      `/links/${link.id}/stats/export?format=ndjson`,
      `/analytics/export?format=ndjson&subject=clicks`,
      `/analytics/export?format=ndjson&subject=stats`,
    ];
    const rows: { linkId: string; slug: string; domain: string }[] = [];
    for (const path of exports)
      for (const line of (await api.get(path)).text.trimEnd().split('\n'))
        rows.push(JSON.parse(line) as typeof link & { linkId: string });
    rows.push(...(await api.get('/analytics/recent')).data<typeof rows>());
    const told = rows.filter(({ linkId }) => linkId === link.id).map(({ slug, domain }) => `${domain}/${slug}`);
    assert.ok(told.length >= 8, String(told.length));
    return [...new Set(told)];
  }

  it('takes its clicks along to other tags', async () => {
    assert.deepEqual((await top()).byTag, [
      { tag: 'print', count: 3 },
      { tag: 'spring', count: 2 },
    ]);
    await api.patch(`/links/${link.id}`, { tags: ['autumn'] });
    assert.deepEqual((await top()).byTag, [
      { tag: 'autumn', count: 2 },
      { tag: 'print', count: 1 },
    ]);
    for (const [tag, count] of [
      ['autumn', 2],
      ['spring', 0],
      ['print', 1],
    ] as const)
      assert.equal((await top(`tag=${tag}`)).totalClicks, count, tag);
  });

  it('takes its clicks along to another domain and slug, in statistics and in exports', async () => {
    assert.deepEqual(await toldOf(), [`${link.domain}/before`]);
    assert.deepEqual((await top()).byDomain, [{ domain: link.domain, count: 3 }]);
    assert.equal((await api.patch(`/links/${link.id}`, { domain: elsewhere, slug: 'after' })).status, 200);
    const { byDomain, topLinks, totalClicks } = await top();
    assert.equal(totalClicks, 3);
    assert.deepEqual(byDomain, [
      { domain: elsewhere, count: 2 },
      { domain: link.domain, count: 1 },
    ]);
    assert.equal(topLinks[0]?.link.slug, 'after');
    for (const [domain, count] of [
      [elsewhere, 2],
      [link.domain, 1],
    ] as const)
      assert.equal((await top(`domain=${domain}`)).totalClicks, count, domain);
    assert.deepEqual(await toldOf(), [`${elsewhere}/after`]);
  });
});
