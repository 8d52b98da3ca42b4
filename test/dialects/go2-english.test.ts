// Every curl of the English text of Go2, in its order, and the answers that it prints, numbers and times included: the server's clock
// stands where the text has it, and visitors come on its days.

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { addUser } from '../support/accounts.ts';
import { ApiClient, sendRequest } from '../support/api-client.ts';
import { startServerAs } from '../support/dialects.ts';
import { assertPrinted, type Json, noCurl, PrintedText } from '../support/printed-text.ts';
import { writeCities } from '../support/mmdb-writer.ts';
import { closeServers, type ServerProcess, temporaryFolder } from '../support/server-process.ts';

after(closeServers);

const dataFolder = temporaryFolder();
const countries = { US: '9.1.0.1', GB: '9.2.0.1', DE: '9.3.0.1', FR: '9.4.0.1', IN: '9.5.0.1', BR: '9.6.0.1' };
const cities = join(temporaryFolder(), 'countries.mmdb');
const networks = Object.entries(countries).map(([country, address]) => [`${address}/32`, { country }] as const);
writeFileSync(cities, writeCities(Object.fromEntries(networks)));

/** The server at a time of the text, on the same data. */
function serverAt(clockAt: string): Promise<ServerProcess> {
  const flags = ['--server-trusted-proxies=127.0.0.1/32', `--geo-database=${cities}`];
  return startServerAs('https://go2.gg', { clockAt, dataFolder, flags });
}

const appleKit = 'AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4';
const blink = 'AppleWebKit/537.36 (KHTML, like Gecko) Chrome/125.0.0.0';
const agents = {
  chrome: `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${blink} Safari/537.36`,
  chromeOnPhone: `Mozilla/5.0 (Linux; Android 14; Pixel 8) ${blink} Mobile Safari/537.36`,
  chromeOnTablet: `Mozilla/5.0 (Linux; Android 13; SM-X700) ${blink} Safari/537.36`,
  safari: `Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) ${appleKit} Safari/605.1.15`,
  firefox: 'Mozilla/5.0 (X11; Linux x86_64; rv:126.0) Gecko/20100101 Firefox/126.0',
  edge: `Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${blink} Safari/537.36 Edg/125.0.0.0`,
} as const;
const referrers = {
  'twitter.com': 'https://twitter.com/somebody/status/1',
  'facebook.com': 'https://facebook.com/',
  direct: undefined,
  'news.ycombinator.com': 'https://news.ycombinator.com/item?id=1',
  'google.com': 'https://google.com/',
} as const;

/** Each name as often as its number says. */
function repeated<Name extends string>(counts: Readonly<Record<Name, number>>): Name[] {
  const entries = Object.entries(counts) as [Name, number][];
  return entries.flatMap(([name, count]) => Array.from({ length: count }, () => name));
}

// The text's numbers. Its countries, browsers and referrers are not all there are: they make 1,213, 1,368 and 1,242 of its 1,542
// clicks. The rest came from elsewhere here, too, each of them less often than what is printed.
const clicksByCountry = repeated({ US: 823, GB: 234, DE: 156, FR: 150, IN: 100, BR: 79 });
const clicksByAgent = repeated({
  chrome: 106,
  chromeOnPhone: 587,
  chromeOnTablet: 63,
  safari: 423,
  firefox: 189,
  edge: 174,
});
const clicksByReferrer = repeated({
  'twitter.com': 412,
  'facebook.com': 287,
  direct: 543,
  'news.ycombinator.com': 200,
  'google.com': 100,
});

interface Visit {
  readonly country: keyof typeof countries;
  readonly agent: keyof typeof agents;
  readonly referrer: keyof typeof referrers;
}

// Steps that share no factor with 1,542 visit every row once, so that the breakdowns are mixed.
const total = 1_542;
const visits: Visit[] = Array.from({ length: total }, (_, n) => ({
  country: clicksByCountry[n]!,
  agent: clicksByAgent[(n * 605) % total]!,
  referrer: clicksByReferrer[(n * 1_039) % total]!,
}));
// Its three days are the first of those between the link's making and its last click; what is left came on the last one.
const days: [clockAt: string, count: number][] = [
  ['2024-06-01T10:30:00Z', 45],
  ['2024-06-02T09:00:00Z', 67],
  ['2024-06-03T09:00:00Z', 89],
  ['2024-06-15T14:22:00Z', total - 45 - 67 - 89],
];

/** Real redirects, eight at a time. */
async function visitAll(address: string, slug: string, some: readonly Visit[]): Promise<void> {
  const left = [...some];
  const visitor = async (): Promise<void> => {
    for (let next = left.pop(); next !== undefined; next = left.pop()) {
      const referer = referrers[next.referrer];
      const headers = {
        'user-agent': agents[next.agent],
        'x-forwarded-for': countries[next.country],
        ...(referer === undefined ? {} : { referer }),
      };
      assert.equal((await sendRequest(address, { path: `/${slug}`, headers })).status, 302);
    }
  };
  await Promise.all(Array.from({ length: 8 }, visitor));
}

let server = await serverAt(days[0]![0]);
const user = addUser(server);
let { client } = user;
const text = new PrintedText({ 'https://api.go2.gg': server.address, YOUR_API_KEY: client.key! });

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
    assert.deepEqual(Object.keys(made), ['success', 'data']);
    const link = made['data'] as Json;
    text.values['lnk_abc123'] = String(link['id']);
    assertPrinted(made, {
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
    });
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
    assert.deepEqual(Object.keys(listed), ['success', 'data', 'meta']);
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
    // The text prints one of the ten.
    assertPrinted({ ...listed, data: links.slice(0, 1) }, printed);
    assert.equal(links[0]!['id'], text.values['lnk_abc123']);
  });

  it('gets a link', async () => {
    const link = await text.data(`curl https://api.go2.gg/api/v1/links/lnk_abc123 \\
-H "Authorization: Bearer YOUR_API_KEY"`);
    assert.equal(link['id'], text.values['lnk_abc123']);
  });

  it('updates a link', async () => {
    const link = await text.data(`curl -X PATCH https://api.go2.gg/api/v1/links/lnk_abc123 \\
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

  it('deletes a link: 204', async () => {
    const printed = await text.print(`curl -X DELETE https://api.go2.gg/api/v1/links/lnk_abc123 \\
-H "Authorization: Bearer YOUR_API_KEY" -w '%{http_code}'`);
    assert.equal(printed, '204');
    assert.equal((await client.visit('summer-sale')).status, 410);
  });

  it('gets the statistics of a link, and answers as printed', async () => {
    const answer = await text.run(`curl https://api.go2.gg/api/v1/links/lnk_abc123/stats \\
-H "Authorization: Bearer YOUR_API_KEY"`);
    assertPrinted(answer, {
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
    });
  });

  it('creates a link with UTM parameters', async () => {
    await text.data(`curl -X POST https://api.go2.gg/api/v1/links \\
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
    const link = await text.data(`curl -X POST https://api.go2.gg/api/v1/links \\
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
    const link = await text.data(`curl -X POST https://api.go2.gg/api/v1/links \\
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
    await text.data(`curl -X POST https://api.go2.gg/api/v1/links \\
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
    assert.equal(printed.match(/"destinationUrl":"https:\/\/example\.com\/page[123]"/g)?.length, 3);
  });
});
