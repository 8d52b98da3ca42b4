// Every curl of the Chinese text of Go2, and the answers that it prints. Its quotation marks were lost; they stand here again.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { addUser } from '../support/accounts.ts';
import type { ApiClient } from '../support/api-client.ts';
import { startServerAs } from '../support/dialects.ts';
import {
  assertMade,
  assertPrinted,
  assertSame,
  type Json,
  linkKeys,
  noCurl,
  PrintedText,
  statsKeys,
} from '../support/printed-text.ts';
import { pixelsOf, readCode, viewOf } from '../support/qr-reading.ts';
import { closeServers, temporaryFolder } from '../support/server-process.ts';

after(closeServers);

describe('the Chinese text of Go2', { skip: noCurl }, () => {
  let client: ApiClient;
  let text: PrintedText;
  let link: Json;
  const json = `-H "Authorization: Bearer $GO2GG_API_KEY" \\
-H "Content-Type: application/json"`;

  it('creates a link, and answers as printed', async () => {
    const own = await startServerAs('https://go2.gg', { clockAt: '2025-01-01T10:30:00Z' });
    ({ client } = addUser(own));
    text = new PrintedText({ 'https://api.go2.gg': own.address, $GO2GG_API_KEY: client.key! });
    const made = await text.run(`curl -X POST https://api.go2.gg/api/v1/links \\
${json} \\
-d '{
"destinationUrl": "https://example.com/landing-page",
"slug": "my-link",
"title": "My Campaign Link",
"tags": ["marketing", "q1-2025"]
}'`);
    link = made['data'] as Json;
    text.values['lnk_abc123'] = String(link['id']);
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
    assertPrinted(made, { success: true, data: printed }, { data: linkKeys });
  });

  it('lists and searches links', async () => {
    for (const query of ['perPage=20&sort=clicks', 'search=marketing&tag=q1-2025']) {
      const answer = await text.run(`curl "https://api.go2.gg/api/v1/links?${query}" \\
-H "Authorization: Bearer $GO2GG_API_KEY"`);
      const meta = { page: 1, perPage: 20, total: 1, hasMore: false, nextCursor: null };
      assertSame(answer, { success: true, data: [link], meta });
    }
  });

  it('updates a link, and asks for its statistics', async () => {
    const changed = await text.data(`curl -X PATCH https://api.go2.gg/api/v1/links/lnk_abc123 \\
${json} \\
-d '{"destinationUrl": "https://example.com/updated-page", "tags": ["updated"]}'`);
    // Later than before, even where the clock stands.
    assertSame(changed, {
      ...link,
      destinationUrl: 'https://example.com/updated-page',
      tags: ['updated'],
      updatedAt: '2025-01-01T10:30:00.001Z',
    });
    const stats = await text.data(`curl https://api.go2.gg/api/v1/links/lnk_abc123/stats \\
-H "Authorization: Bearer $GO2GG_API_KEY"`);
    assert.deepEqual(Object.keys(stats), statsKeys);
    // The text names them, in this order.
    const named = ['totalClicks', 'byCountry', 'byDevice', 'byBrowser', 'byReferrer', 'overTime'];
    assert.deepEqual(
      Object.keys(stats).filter((key) => named.includes(key)),
      named,
    );
  });

  it('creates links with passwords, limits, targets and campaigns', async () => {
    const bodies: [body: string, made: Json][] = [
      [
        '{"destinationUrl": "https://example.com/secret", "slug": "exclusive", "password": "secure123"}',
        { destinationUrl: 'https://example.com/secret', slug: 'exclusive', hasPassword: true, isPublic: false },
      ],
      [
        '{"destinationUrl": "https://example.com/flash", "expiresAt": "2025-12-31T23:59:59Z", "clickLimit": 1000}',
        { destinationUrl: 'https://example.com/flash', expiresAt: '2025-12-31T23:59:59.000Z', clickLimit: 1000 },
      ],
      [
        `{
"destinationUrl": "https://example.com/default",
"geoTargets": {"US": "https://example.com/us", "GB": "https://example.com/uk", "IN": "https://example.com/in"}
}`,
        {
          destinationUrl: 'https://example.com/default',
          geoTargets: { US: 'https://example.com/us', GB: 'https://example.com/uk', IN: 'https://example.com/in' },
        },
      ],
      [
        `{
"destinationUrl": "https://example.com/default",
"deviceTargets": {"mobile": "https://m.example.com"},
"iosUrl": "https://apps.apple.com/app/myapp",
"androidUrl": "https://play.google.com/store/apps/details?id=com.myapp"
}`,
        {
          destinationUrl: 'https://example.com/default',
          deviceTargets: { mobile: 'https://m.example.com/' },
          deepLinks: {
            ios: 'https://apps.apple.com/app/myapp',
            android: 'https://play.google.com/store/apps/details?id=com.myapp',
          },
        },
      ],
      [
        `{
"destinationUrl": "https://example.com/product",
"slug": "summer-sale",
"utmSource": "email",
"utmMedium": "newsletter",
"utmCampaign": "summer-sale"
}`,
        {
          destinationUrl: 'https://example.com/product',
          slug: 'summer-sale',
          utm: { source: 'email', medium: 'newsletter', campaign: 'summer-sale', term: null, content: null },
        },
      ],
    ];
    for (const [body, sent] of bodies) {
      const made = await text.data(`curl -X POST https://api.go2.gg/api/v1/links \\\n${json} \\\n-d '${body}'`);
      assertMade(made, sent, '2025-01-01T10:30:00.000Z');
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
    const drawing = readFileSync(join(folder, 'qr-code.svg'));
    assert.match(drawing.toString(), /^<svg[^>]* width="512" height="512"/);
    assert.deepEqual(new Set(drawing.toString().match(/#[0-9a-f]{6}/gi)), new Set(['#1a365d', '#FFFFFF']));
    assert.equal(readCode(viewOf(await pixelsOf(drawing))), 'https://go2.gg/my-link');
    const png = await text.print(`curl -X POST https://api.go2.gg/api/v1/qr/generate \\
-H "Content-Type: application/json" \\
-d '{"url": "https://example.com", "format": "png", "size": 1024}' -o ${folder}/qr-code.png -w '%{http_code} %{content_type}'`);
    assert.equal(png, '200 image/png');
    // Width and height stand at bytes 16 and 20.
    const image = readFileSync(join(folder, 'qr-code.png'));
    assert.deepEqual([image.readUInt32BE(16), image.readUInt32BE(20)], [1024, 1024]);
    assert.equal(readCode(viewOf(await pixelsOf(image))), 'https://example.com');
  });

  it('deletes a link: 204', async () => {
    const printed = await text.print(`curl -X DELETE https://api.go2.gg/api/v1/links/lnk_abc123 \\
-H "Authorization: Bearer $GO2GG_API_KEY" -w '%{http_code}'`);
    assert.equal(printed, '204');
  });
});
