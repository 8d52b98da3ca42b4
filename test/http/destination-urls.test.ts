// Every accepted destination redirects to exactly what a browser would open, and whatever is not on the web is INVALID_URL.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ApiClient, type LinkObject, sendRequest } from '../support/api-client.ts';
import { noBrowser, startBrowser } from '../support/browser.ts';
import { checkExchanges } from '../support/recorded-exchanges.ts';
import { closeServers, type ServerProcess, startServer } from '../support/server-process.ts';
import { opened, refused } from './destination-cases.ts';

after(closeServers);
checkExchanges();

let server: ServerProcess;
let api: ApiClient;
before(async () => {
  server = await startServer();
  api = ApiClient.of(server);
});

const locationOf = async (path: string): Promise<string | undefined> =>
  (await sendRequest(server.address, { path })).headers.location;

describe(`${opened.length} destinations`, () => {
  it('are stored and redirected to as the URL Standard writes them', async () => {
    const made = await api.post(
      '/links/bulk',
      opened.map((destinationUrl) => ({ destinationUrl })),
    );
    const links = made.data<{ success: boolean; data: LinkObject }[]>();
    for (const [i, given] of opened.entries()) {
      const { success, data } = links[i]!;
      const { href } = new URL(given);
      assert.ok(success, given);
      assert.equal(data.destinationUrl, href);
      assert.equal(await locationOf(`/${data.slug}`), href, given);
      // As it is once more: nothing is encoded or decoded twice.
      assert.equal(new URL(data.destinationUrl).href, href);
    }
  });

  it('are what a browser makes of them', { skip: noBrowser }, async () => {
    const browser = await startBrowser();
    try {
      const page = await browser.newPage();
      // Chromium escapes a | in a path, which the standard leaves as it is.
      const asked = opened.filter((url) => !/^[^?#]*\|/.test(url));
      const found = await page.evaluate((urls) => urls.map((url) => new URL(url).href), asked);
      assert.deepEqual(
        found,
        asked.map((url) => new URL(url).href),
      );
    } finally {
      await browser.close();
    }
  });
});

describe(`${refused.length} texts that are no destination`, () => {
  it('are INVALID_URL, each at its field, and nothing is made', async () => {
    const links = refused.map((destinationUrl) => ({ destinationUrl }));
    const results = (await api.post('/links/bulk', links)).data<{ success: boolean; error: { code: string } }[]>();
    results.forEach(({ success, error }, i) => {
      assert.deepEqual([success, error?.code], [false, 'INVALID_URL'], JSON.stringify(refused[i]));
    });
  });

  it('are none in any other field that takes a URL', async () => {
    const fields: [path: string, build: (url: string) => object][] = [
      ['expiredUrl', (expiredUrl) => ({ expiredUrl })],
      ['geoTargets.DE', (url) => ({ geoTargets: { DE: url } })],
      ['deviceTargets.tablet', (tablet) => ({ deviceTargets: { tablet } })],
      ['ogImage', (ogImage) => ({ ogImage })],
    ];
    for (const [path, build] of fields) {
      const links = refused.map((url) => ({ destinationUrl: 'https://a.example/', ...build(url) }));
      const answer = await api.post('/links/bulk', links);
      const results = answer.data<{ error?: { code: string; details: { path: string }[] } }[]>();
      results.forEach(({ error }, i) => {
        const found = [error?.code, error?.details.map((detail) => detail.path)];
        assert.deepEqual(found, ['INVALID_URL', [path]], JSON.stringify(refused[i]));
      });
    }
  });

  it('are refused one by one with 400, and by PATCH', async () => {
    const { id } = await api.createLink();
    for (const destinationUrl of refused.slice(0, 12)) {
      for (const answer of [
        await api.post('/links', { destinationUrl }),
        await api.patch(`/links/${id}`, { destinationUrl }),
      ]) {
        assert.equal(answer.status, 400);
        assert.equal(answer.error.code, 'INVALID_URL');
      }
    }
    assert.equal((await api.link(id)).destinationUrl, 'https://example.com/');
  });
});
