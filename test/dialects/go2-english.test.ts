// Every curl of the English text of Go2, in its order, and the answers that it prints, numbers and times included: the server's clock
// stands where the text has it, and visitors come on its days.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { addUser } from '../support/accounts.ts';
import { ApiClient } from '../support/api-client.ts';
import { startServerAs } from '../support/dialects.ts';
import {
  assertMade,
  assertPrinted,
  assertSame,
  type Json,
  linkKeys,
  noCurl,
  noPython,
  PrintedText,
  statsKeys,
} from '../support/printed-text.ts';
import { writeCities } from '../support/mmdb-writer.ts';
import { closeServers, type ServerProcess, temporaryFolder } from '../support/server-process.ts';
import { agents, countries, days, total, visitAll, visits } from './go2-visits.ts';

after(closeServers);

const dataFolder = temporaryFolder();
const cities = join(temporaryFolder(), 'countries.mmdb');
const networks = Object.entries(countries).map(([country, address]) => [`${address}/32`, { country }] as const);
writeFileSync(cities, writeCities(Object.fromEntries(networks)));

/** The server at a time of the text, on the same data. */
function serverAt(clockAt: string): Promise<ServerProcess> {
  const flags = ['--server-trusted-proxies=127.0.0.1/32', `--geo-database=${cities}`];
  return startServerAs('https://go2.gg', { clockAt, dataFolder, flags });
}

let server = await serverAt(days[0]![0]);
const user = addUser(server);
let { client } = user;
const text = new PrintedText({ 'https://api.go2.gg': server.address, YOUR_API_KEY: client.key! });

/** What the text makes, as it was answered last. */
let link: Json = {};

const lastDay = '2024-06-15T14:22:00.000Z';
const assertMadeThen = (made: Json, sent: Json): void => assertMade(made, sent, lastDay);

describe('the English text of Go2', { skip: noCurl }, () => {
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
    link = made['data'] as Json;
    text.values['lnk_abc123'] = String(link['id']);
    const printed = {
      success: true,
      data: {
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
    };
    assertPrinted(made, printed, { data: linkKeys });
  });

  it('is told of days on which 1,542 people come', async () => {
    for (let n = 0; n < 46; n++) await client.createLink({});
    let from = 0;
    for (const [clockAt, count] of days) {
      if (from > 0) {
        await server.stop();
        server = await serverAt(clockAt);
        text.values['https://api.go2.gg'] = server.address;
        client = new ApiClient(server.address, client.key);
      }
      await visitAll(server.address, 'summer-sale', visits.slice(from, from + count));
      from += count;
    }
    assert.equal(from, total);
  });

  it('lists links, and answers as printed', async () => {
    const listed = await text.run(`curl "https://api.go2.gg/api/v1/links?perPage=10&sort=clicks" \\
-H "Authorization: Bearer YOUR_API_KEY"`);
    const links = listed['data'] as Json[];
    assert.equal(links.length, 10);
    const printed = {
      success: true,
      data: [
        {
          id: 'lnk_abc123',
          shortUrl: 'https://go2.gg/summer-sale',
          destinationUrl: 'https://example.com/my-landing-page',
          clickCount: 1542,
          createdAt: '2024-06-01T10:30:00Z',
        },
      ],
      meta: { page: 1, perPage: 10, total: 47, hasMore: true },
    };
    // The text prints one of the ten. Ours tell of a cursor besides.
    const meta = [...Object.keys(printed.meta), 'nextCursor'];
    assertPrinted({ ...listed, data: links.slice(0, 1) }, printed, { 'data.*': linkKeys, meta });
    link = { ...link, clickCount: total, lastClickedAt: lastDay };
    assertSame(links[0]!, link);
  });

  it('gets a link', async () => {
    const got = await text.data(`curl https://api.go2.gg/api/v1/links/lnk_abc123 \\
-H "Authorization: Bearer YOUR_API_KEY"`);
    assertSame(got, link);
  });

  it('updates a link, and leaves the rest of it as it was', async () => {
    const changed = await text.data(`curl -X PATCH https://api.go2.gg/api/v1/links/lnk_abc123 \\
-H "Authorization: Bearer YOUR_API_KEY" \\
-H "Content-Type: application/json" \\
-d '{
"destinationUrl": "https://example.com/updated-page",
"tags": ["marketing", "summer-2024", "updated"]
}'`);
    link = {
      ...link,
      destinationUrl: 'https://example.com/updated-page',
      tags: ['marketing', 'summer-2024', 'updated'],
      updatedAt: lastDay,
    };
    assertSame(changed, link);
  });

  it('deletes a link: 204', async () => {
    const printed = await text.print(`curl -X DELETE https://api.go2.gg/api/v1/links/lnk_abc123 \\
-H "Authorization: Bearer YOUR_API_KEY" -w '%{http_code}'`);
    assert.equal(printed, '204');
    assert.equal((await client.visit('summer-sale')).status, 410);
  });

  it('gets the statistics of a link, and answers as printed', async () => {
    const answer = await text.run(`curl https://api.go2.gg/api/v1/links/lnk_abc123/stats \\
-H "Authorization: Bearer YOUR_API_KEY"`);
    assertPrinted(
      answer,
      {
        success: true,
        data: {
          totalClicks: 1542,
          lastClickedAt: '2024-06-15T14:22:00Z',
          byCountry: [
            { country: 'US', count: 823 },
            { country: 'GB', count: 234 },
            { country: 'DE', count: 156 },
            // Not printed.
            { country: 'FR', count: 150 },
            { country: 'IN', count: 100 },
            { country: 'BR', count: 79 },
          ],
          byDevice: [
            { device: 'desktop', count: 892 },
            { device: 'mobile', count: 587 },
            { device: 'tablet', count: 63 },
          ],
          byBrowser: [
            { browser: 'Chrome', count: 756 },
            { browser: 'Safari', count: 423 },
            { browser: 'Firefox', count: 189 },
            // Not printed.
            { browser: 'Edge', count: 174 },
          ],
          // Printed with `direct` behind the others, though it is the most frequent one; every other list of the text has that first.
          byReferrer: [
            { referrer: 'direct', count: 543 },
            { referrer: 'twitter.com', count: 412 },
            { referrer: 'facebook.com', count: 287 },
            // Not printed.
            { referrer: 'news.ycombinator.com', count: 200 },
            { referrer: 'google.com', count: 100 },
          ],
          overTime: [
            { date: '2024-06-01', count: 45 },
            { date: '2024-06-02', count: 67 },
            { date: '2024-06-03', count: 89 },
            // Not printed: the three make 201 of 1,542, and the last click came on the 15th.
            ...Array.from({ length: 11 }, (_, n) => ({ date: `2024-06-${String(n + 4).padStart(2, '0')}`, count: 0 })),
            { date: '2024-06-15', count: 1341 },
          ],
        },
      },
      { data: statsKeys, 'data.overTime.*': ['date', 'count', 'uniqueVisitors'] },
    );
    // What the text does not print is about the same clicks.
    const stats = answer['data'] as Json;
    for (const name of statsKeys.filter((key) => key.startsWith('by')))
      assert.equal(
        (stats[name] as { count: number }[]).reduce((sum, { count }) => sum + count, 0),
        total,
        name,
      );
  });

  it('creates a link with UTM parameters', async () => {
    const made = await text.data(`curl -X POST https://api.go2.gg/api/v1/links \\
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
    assertMadeThen(made, {
      destinationUrl: 'https://example.com/product',
      slug: 'summer-sale-2024',
      utm: {
        source: 'email',
        medium: 'newsletter',
        campaign: 'summer-sale',
        term: 'promo',
        content: 'cta-button',
      },
    });
    assert.equal(
      (await client.visit('summer-sale-2024')).headers.location,
      'https://example.com/product?utm_source=email&utm_medium=newsletter&utm_campaign=summer-sale&utm_term=promo&utm_content=cta-button',
    );
  });

  it('creates a link with a password', async () => {
    const made = await text.data(`curl -X POST https://api.go2.gg/api/v1/links \\
-H "Authorization: Bearer YOUR_API_KEY" \\
-H "Content-Type: application/json" \\
-d '{
"destinationUrl": "https://example.com/premium-content",
"slug": "exclusive-access",
"password": "secure123",
"title": "Premium Content Access"
}'`);
    assertMadeThen(made, {
      destinationUrl: 'https://example.com/premium-content',
      slug: 'exclusive-access',
      hasPassword: true,
      isPublic: false,
      title: 'Premium Content Access',
    });
  });

  it('creates a link that expires', async () => {
    const made = await text.data(`curl -X POST https://api.go2.gg/api/v1/links \\
-H "Authorization: Bearer YOUR_API_KEY" \\
-H "Content-Type: application/json" \\
-d '{
"destinationUrl": "https://example.com/flash-sale",
"slug": "flash-sale",
"expiresAt": "2024-12-31T23:59:59Z",
"clickLimit": 1000
}'`);
    assertMadeThen(made, {
      destinationUrl: 'https://example.com/flash-sale',
      slug: 'flash-sale',
      expiresAt: '2024-12-31T23:59:59.000Z',
      clickLimit: 1000,
    });
  });

  it('creates a link with targets by country and device', async () => {
    const made = await text.data(`curl -X POST https://api.go2.gg/api/v1/links \\
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
    assertMadeThen(made, {
      destinationUrl: 'https://example.com/default',
      slug: 'smart-link',
      geoTargets: { US: 'https://example.com/us', GB: 'https://example.com/uk', DE: 'https://example.com/de' },
      deviceTargets: { mobile: 'https://m.example.com/', tablet: 'https://tablet.example.com/' },
      deepLinks: {
        ios: 'https://apps.apple.com/app/myapp',
        android: 'https://play.google.com/store/apps/details?id=com.myapp',
      },
    });
    const targets = [
      [countries.US, agents.chrome, 'https://example.com/us'],
      [countries.DE, agents.chromeOnTablet, 'https://play.google.com/store/apps/details?id=com.myapp'],
      [countries.FR, agents.edge, 'https://example.com/default'],
    ] as const;
    for (const [address, agent, target] of targets) {
      const answer = await client.visit('smart-link', { 'x-forwarded-for': address, 'user-agent': agent });
      assert.equal(answer.headers.location, target);
    }
  });

  it('creates links in a loop', async () => {
    const printed =
      await text.print(`for url in "https://example.com/page1" "https://example.com/page2" "https://example.com/page3"; do
curl -X POST https://api.go2.gg/api/v1/links \\
-H "Authorization: Bearer YOUR_API_KEY" \\
-H "Content-Type: application/json" \\
-d "{\\"destinationUrl\\": \\"$url\\"}"
done`);
    // One answer after the other, without anything between them.
    const answers = JSON.parse(`[${printed.replaceAll('}{', '},{')}]`) as { success: boolean; data: Json }[];
    for (const [n, { success, data }] of answers.entries()) {
      assert.equal(success, true);
      assertMadeThen(data, { destinationUrl: `https://example.com/page${n + 1}` });
    }
    assert.equal(answers.length, 3);
  });
});

describe('the Python program of the English text of Go2', { skip: noPython }, () => {
  it('prints what it says it prints', async () => {
    const own = await startServerAs('https://go2.gg');
    const program = `import requests
API_KEY = "YOUR_API_KEY"
BASE_URL = "https://api.go2.gg/api/v1"
headers = {
    "Authorization": f"Bearer {API_KEY}",
    "Content-Type": "application/json"
}
# Create a link
response = requests.post(
    f"{BASE_URL}/links",
    headers=headers,
    json={
        "destinationUrl": "https://example.com/product",
        "slug": "summer-sale",
        "title": "Summer Sale Campaign"
    }
)
link = response.json()["data"]
print(f"Created: {link['shortUrl']}")
# Get analytics
stats_response = requests.get(
    f"{BASE_URL}/links/{link['id']}/stats",
    headers=headers
)
stats = stats_response.json()["data"]
print(f"Total clicks: {stats['totalClicks']}")
`;
    const values = { 'https://api.go2.gg': own.address, YOUR_API_KEY: addUser(own).client.key! };
    assert.equal(
      await new PrintedText(values).printOfPython(program),
      'Created: https://go2.gg/summer-sale\nTotal clicks: 0\n',
    );
  });
});
