// The two texts of Go2, whose clients the native API is for: every curl of theirs, run by curl itself with another address, and the
// answers that they print. The server's clock is set to their time, because some of their links expire in 2024.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { promisify } from 'node:util';
import { addUser } from '../support/accounts.ts';
import type { ApiClient } from '../support/api-client.ts';
import { startServerAs } from '../support/dialects.ts';
import { closeServers, temporaryFolder } from '../support/server-process.ts';

after(closeServers);

const run = promisify(execFile);
const hasCurl = await run('curl', ['--version']).then(
  () => true,
  () => false,
);

const server = await startServerAs('https://go2.gg', {
  clockFrom: '2024-06-01T10:30:00Z',
  flags: ['--server-trusted-proxies=127.0.0.1/32'],
});

type Json = Record<string, unknown>;

/** A user of their own for each text: both make the slug `summer-sale`, on a server of its own each. */
class Text {
  readonly #address: string;
  readonly #key: string;
  /** What stands for `lnk_abc123`. */
  linkId = 'lnk_abc123';

  constructor(address: string, key: string) {
    this.#address = address;
    this.#key = key;
  }

  /** Runs a shell's text; gives all that it prints. */
  async print(command: string): Promise<string> {
    const text = command
      .replaceAll('https://api.go2.gg', this.#address)
      .replaceAll('YOUR_API_KEY', this.#key)
      .replaceAll('lnk_abc123', this.linkId);
    const environment = { PATH: process.env['PATH'], GO2GG_API_KEY: this.#key };
    const { stdout } = await run('sh', ['-ec', text.replaceAll('curl ', 'curl -sS --max-time 60 ')], {
      env: environment,
    });
    return stdout;
  }

  async run(command: string): Promise<Json> {
    return JSON.parse(await this.print(command)) as Json;
  }

  /** The link that a command makes. */
  async make(command: string): Promise<Json> {
    const { success, data } = (await this.run(command)) as { success: boolean; data: Json };
    assert.ok(success, JSON.stringify(data));
    return data;
  }
}

const isoTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3})?Z$/;

/** Everything that a text prints is in the answer, in the same order, with the same value; the answer may hold more. */
function assertPrinted(actual: unknown, printed: unknown, varying: readonly string[], path = ''): void {
  if (varying.includes(path)) assert.equal(typeof actual, typeof printed, path);
  else if (typeof printed === 'string' && isoTime.test(printed)) {
    assert.equal(Date.parse(actual as string), Date.parse(printed), path);
  } else if (typeof printed !== 'object' || printed === null) assert.equal(actual, printed, path);
  else {
    const keys = Object.keys(printed);
    const own = Object.keys(actual as object).filter((key) => keys.includes(key));
    assert.deepEqual(own, keys, path);
    if (Array.isArray(printed)) assert.equal((actual as unknown[]).length, printed.length, path);
    for (const key of keys) {
      assertPrinted((actual as Json)[key], (printed as Json)[key], varying, path === '' ? key : `${path}.${key}`);
    }
  }
}

const varying = ['id', 'createdAt', 'updatedAt'];

describe('the English text of Go2', { skip: !hasCurl && 'curl is not installed' }, () => {
  const { client } = addUser(server);
  const text = new Text(server.address, client.key!);

  it('creates a link, and answers as printed', async () => {
    const made = await text.run(`curl -X POST https://api.go2.gg/api/v1/links \\
-H "Authorization: Bearer YOUR_API_KEY" \\
-H "Content-Type: application/json" \\
-d '{
"destinationUrl": "https://example.com/my-landing-page",
"slug": "summer-sale",
"title": "Summer Sale Campaign",
"tags": ["marketing", "summer-2024"],
"expiresAt": "2024-09-01T00:00:00Z"
}'`);
    assert.deepEqual(Object.keys(made), ['success', 'data']);
    const link = made['data'] as Json;
    text.linkId = String(link['id']);
    assert.match(String(link['createdAt']), /^2024-06-01T10:3\d:\d\d\.\d{3}Z$/);
    assertPrinted(
      link,
      {
        id: 'lnk_abc123',
        shortUrl: 'https://go2.gg/summer-sale',
        destinationUrl: 'https://example.com/my-landing-page',
        slug: 'summer-sale',
        domain: 'go2.gg',
        title: 'Summer Sale Campaign',
        tags: ['marketing', 'summer-2024'],
        hasPassword: false,
        expiresAt: '2024-09-01T00:00:00Z',
        clickCount: 0,
        createdAt: '2024-06-01T10:30:00Z',
        updatedAt: '2024-06-01T10:30:00Z',
      },
      varying,
    );
  });

  it('lists links, and answers as printed', async () => {
    for (let n = 0; n < 46; n++) await client.createLink({});
    const visitor = { 'x-forwarded-for': '8.8.8.8', referer: 'https://twitter.com/somebody' };
    for (let n = 0; n < 3; n++) await client.visit('summer-sale', visitor);
    const listed = await text.run(`curl "https://api.go2.gg/api/v1/links?perPage=10&sort=clicks" \\
-H "Authorization: Bearer YOUR_API_KEY"`);
    assert.deepEqual(Object.keys(listed), ['success', 'data', 'meta']);
    const links = listed['data'] as Json[];
    assert.equal(links.length, 10);
    const first = {
      id: text.linkId,
      shortUrl: 'https://go2.gg/summer-sale',
      destinationUrl: 'https://example.com/my-landing-page',
      clickCount: 3,
      createdAt: '2024-06-01T10:30:00Z',
    };
    assertPrinted(links[0]!, first, ['createdAt']);
    assertPrinted(listed['meta'], { page: 1, perPage: 10, total: 47, hasMore: true }, []);
  });

  it('gets a link', async () => {
    const link = await text.make(`curl https://api.go2.gg/api/v1/links/lnk_abc123 \\
-H "Authorization: Bearer YOUR_API_KEY"`);
    assert.equal(link['id'], text.linkId);
  });

  it('gets the statistics of a link, in the shapes that are printed', async () => {
    const answer = await text.run(`curl https://api.go2.gg/api/v1/links/lnk_abc123/stats \\
-H "Authorization: Bearer YOUR_API_KEY"`);
    const stats = answer['data'] as Json;
    const printed = {
      totalClicks: 3,
      lastClickedAt: '2024-06-01T10:30:00Z',
      byCountry: [{ country: 'US', count: 3 }],
      byDevice: [{ device: 'desktop', count: 3 }],
      byBrowser: [{ browser: 'Firefox', count: 3 }],
      byReferrer: [{ referrer: 'twitter.com', count: 3 }],
      overTime: [{ date: '2024-06-01', count: 3 }],
    };
    assertPrinted(stats, printed, ['lastClickedAt']);
  });

  it('updates a link', async () => {
    const link = await text.make(`curl -X PATCH https://api.go2.gg/api/v1/links/lnk_abc123 \\
-H "Authorization: Bearer YOUR_API_KEY" \\
-H "Content-Type: application/json" \\
-d '{
"destinationUrl": "https://example.com/updated-page",
"tags": ["marketing", "summer-2024", "updated"]
}'`);
    assert.deepEqual(
      [link['destinationUrl'], link['tags']],
      ['https://example.com/updated-page', ['marketing', 'summer-2024', 'updated']],
    );
  });

  it('creates a link with UTM parameters', async () => {
    await text.make(`curl -X POST https://api.go2.gg/api/v1/links \\
-H "Authorization: Bearer YOUR_API_KEY" \\
-H "Content-Type: application/json" \\
-d '{
"destinationUrl": "https://example.com/product",
"slug": "summer-sale-2024",
"utmSource": "email",
"utmMedium": "newsletter",
"utmCampaign": "summer-sale",
"utmTerm": "promo",
"utmContent": "cta-button"
}'`);
    assert.equal(
      (await client.visit('summer-sale-2024')).headers.location,
      'https://example.com/product?utm_source=email&utm_medium=newsletter&utm_campaign=summer-sale&utm_term=promo&utm_content=cta-button',
    );
  });

  it('creates a link with a password', async () => {
    const link = await text.make(`curl -X POST https://api.go2.gg/api/v1/links \\
-H "Authorization: Bearer YOUR_API_KEY" \\
-H "Content-Type: application/json" \\
-d '{
"destinationUrl": "https://example.com/premium-content",
"slug": "exclusive-access",
"password": "secure123",
"title": "Premium Content Access"
}'`);
    assert.deepEqual([link['hasPassword'], 'password' in link], [true, false]);
  });

  it('creates a link that expires', async () => {
    const link = await text.make(`curl -X POST https://api.go2.gg/api/v1/links \\
-H "Authorization: Bearer YOUR_API_KEY" \\
-H "Content-Type: application/json" \\
-d '{
"destinationUrl": "https://example.com/flash-sale",
"slug": "flash-sale",
"expiresAt": "2024-12-31T23:59:59Z",
"clickLimit": 1000
}'`);
    assert.deepEqual([link['expiresAt'], link['clickLimit']], ['2024-12-31T23:59:59.000Z', 1000]);
  });

  it('creates a link with targets by country and device', async () => {
    await text.make(`curl -X POST https://api.go2.gg/api/v1/links \\
-H "Authorization: Bearer YOUR_API_KEY" \\
-H "Content-Type: application/json" \\
-d '{
"destinationUrl": "https://example.com/default",
"slug": "smart-link",
"geoTargets": {
"US": "https://example.com/us",
"GB": "https://example.com/uk",
"DE": "https://example.com/de"
},
"deviceTargets": {
"mobile": "https://m.example.com",
"tablet": "https://tablet.example.com"
},
"iosUrl": "https://apps.apple.com/app/myapp",
"androidUrl": "https://play.google.com/store/apps/details?id=com.myapp"
}'`);
    const from = { 'x-forwarded-for': '8.8.8.8' };
    assert.equal((await client.visit('smart-link', from)).headers.location, 'https://example.com/us');
  });

  it('creates links in a loop', async () => {
    const printed =
      await text.print(`for url in "https://example.com/page1" "https://example.com/page2" "https://example.com/page3"; do
curl -X POST https://api.go2.gg/api/v1/links \\
-H "Authorization: Bearer YOUR_API_KEY" \\
-H "Content-Type: application/json" \\
-d "{\\"destinationUrl\\": \\"$url\\"}"
done`);
    assert.equal(printed.match(/"destinationUrl":"https:\/\/example\.com\/page[123]"/g)?.length, 3);
  });

  it('deletes a link: 204', async () => {
    const printed = await text.print(`curl -X DELETE https://api.go2.gg/api/v1/links/lnk_abc123 \\
-H "Authorization: Bearer YOUR_API_KEY" -w '%{http_code}'`);
    assert.equal(printed, '204');
    assert.equal((await client.visit('summer-sale')).status, 410);
  });
});

// Its quotation marks were lost; they stand here again.
describe('the Chinese text of Go2', { skip: !hasCurl && 'curl is not installed' }, () => {
  let client: ApiClient;
  let text: Text;
  const json = `-H "Authorization: Bearer $GO2GG_API_KEY" \\
-H "Content-Type: application/json"`;

  it('creates a link, and answers as printed', async () => {
    const own = await startServerAs('https://go2.gg', { clockFrom: '2025-01-01T10:30:00Z' });
    ({ client } = addUser(own));
    text = new Text(own.address, client.key!);
    const link = await text.make(`curl -X POST https://api.go2.gg/api/v1/links \\
${json} \\
-d '{
"destinationUrl": "https://example.com/landing-page",
"slug": "my-link",
"title": "My Campaign Link",
"tags": ["marketing", "q1-2025"]
}'`);
    text.linkId = String(link['id']);
    const printed = {
      id: 'lnk_abc123',
      shortUrl: 'https://go2.gg/my-link',
      destinationUrl: 'https://example.com/landing-page',
      slug: 'my-link',
      domain: 'go2.gg',
      title: 'My Campaign Link',
      tags: ['marketing', 'q1-2025'],
      clickCount: 0,
      createdAt: '2025-01-01T10:30:00Z',
    };
    assertPrinted(link, printed, varying);
  });

  it('lists and searches links', async () => {
    for (const query of ['perPage=20&sort=clicks', 'search=marketing&tag=q1-2025']) {
      const { data } = (await text.run(`curl "https://api.go2.gg/api/v1/links?${query}" \\
-H "Authorization: Bearer $GO2GG_API_KEY"`)) as { data: Json[] };
      assert.deepEqual(
        data.map(({ slug }) => slug),
        ['my-link'],
      );
    }
  });

  it('updates a link, and asks for its statistics', async () => {
    const changed = await text.make(`curl -X PATCH https://api.go2.gg/api/v1/links/lnk_abc123 \\
${json} \\
-d '{"destinationUrl": "https://example.com/updated-page", "tags": ["updated"]}'`);
    assert.deepEqual(changed['tags'], ['updated']);
    const stats = await text.make(`curl https://api.go2.gg/api/v1/links/lnk_abc123/stats \\
-H "Authorization: Bearer $GO2GG_API_KEY"`);
    for (const name of ['totalClicks', 'byCountry', 'byDevice', 'byBrowser', 'byReferrer', 'overTime'])
      assert.ok(name in stats);
  });

  it('creates links with passwords, limits, targets and campaigns', async () => {
    const bodies = [
      '{"destinationUrl": "https://example.com/secret", "slug": "exclusive", "password": "secure123"}',
      '{"destinationUrl": "https://example.com/flash", "expiresAt": "2025-12-31T23:59:59Z", "clickLimit": 1000}',
      `{
"destinationUrl": "https://example.com/default",
"geoTargets": {"US": "https://example.com/us", "GB": "https://example.com/uk", "IN": "https://example.com/in"}
}`,
      `{
"destinationUrl": "https://example.com/default",
"deviceTargets": {"mobile": "https://m.example.com"},
"iosUrl": "https://apps.apple.com/app/myapp",
"androidUrl": "https://play.google.com/store/apps/details?id=com.myapp"
}`,
      `{
"destinationUrl": "https://example.com/product",
"slug": "summer-sale",
"utmSource": "email",
"utmMedium": "newsletter",
"utmCampaign": "summer-sale"
}`,
    ];
    for (const body of bodies) {
      const { destinationUrl } = JSON.parse(body) as Json;
      const link = await text.make(`curl -X POST https://api.go2.gg/api/v1/links \\\n${json} \\\n-d '${body}'`);
      assert.equal(link['destinationUrl'], destinationUrl);
    }
  });

  it('draws QR codes, without a key', async () => {
    const folder = temporaryFolder();
    const svg = await text.print(`curl -X POST https://api.go2.gg/api/v1/qr/generate \\
-H "Content-Type: application/json" \\
-d '{
"url": "https://go2.gg/my-link",
"size": 512,
"foregroundColor": "#1a365d",
"backgroundColor": "#FFFFFF",
"cornerRadius": 10,
"errorCorrection": "H",
"format": "svg"
}' -o ${folder}/qr-code.svg -w '%{http_code} %{content_type}'`);
    assert.equal(svg, '200 image/svg+xml');
    assert.match(readFileSync(join(folder, 'qr-code.svg'), 'utf8'), /^<svg[^>]* width="512" height="512"/);
    const png = await text.print(`curl -X POST https://api.go2.gg/api/v1/qr/generate \\
-H "Content-Type: application/json" \\
-d '{"url": "https://example.com", "format": "png", "size": 1024}' -o ${folder}/qr-code.png -w '%{http_code} %{content_type}'`);
    assert.equal(png, '200 image/png');
    // Width and height stand at bytes 16 and 20.
    const image = readFileSync(join(folder, 'qr-code.png'));
    assert.deepEqual([image.readUInt32BE(16), image.readUInt32BE(20)], [1024, 1024]);
  });

  it('deletes a link: 204', async () => {
    const printed = await text.print(`curl -X DELETE https://api.go2.gg/api/v1/links/lnk_abc123 \\
-H "Authorization: Bearer $GO2GG_API_KEY" -w '%{http_code}'`);
    assert.equal(printed, '204');
  });
});
