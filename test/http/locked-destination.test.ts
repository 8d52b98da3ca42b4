// Where a link with a password leads is told nowhere before the password: in no page, header, picture or public answer.

import assert from 'node:assert/strict';
import type { OutgoingHttpHeaders } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { publicStatsPath } from '../../src/links/public-stats-path.ts';
import { ApiClient, type HttpAnswer, type LinkObject, personsBrowser, sendRequest } from '../support/api-client.ts';
import { askForBytes, createQr, type QrObject, scanned } from '../support/qr-requests.ts';
import { checkExchanges } from '../support/recorded-exchanges.ts';
import { closeServers, type ServerProcess, startServer } from '../support/server-process.ts';

after(closeServers);
checkExchanges();

const password = 'correct horse';
const iphone = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148';
const android = 'Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 Chrome/131.0.0.0 Mobile Safari/537.36';
const formType = { 'content-type': 'application/x-www-form-urlencoded' };
const jsonType = { 'content-type': 'application/json' };
const json = { accept: 'application/json' };

interface Asked {
  readonly method?: string;
  readonly path: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: string;
}

interface Gallery {
  readonly id: string;
  readonly url: string;
  readonly domain: string;
  readonly slug: string;
}

let server: ServerProcess;
let api: ApiClient;
let link: LinkObject;
let qr: QrObject;
let gallery: Gallery;
let itemId: string;
before(async () => {
  server = await startServer({ flags: ['--server-trusted-proxies', '127.0.0.1/32'] });
  api = ApiClient.of(server);
  link = await api.createLink({
    slug: 'locked',
    password,
    destinationUrl: 'https://secret.example/place',
    iosUrl: 'secret-app://ios',
    androidUrl: 'secret-app://android',
    geoTargets: { US: 'https://secret.example/us' },
    deviceTargets: { desktop: 'https://secret.example/desk', mobile: 'https://secret.example/phone' },
    utmSource: 'secret-campaign',
    ogTitle: 'secret title',
    ogDescription: 'secret words',
    ogImage: 'https://secret.example/card.png',
    metadata: { note: 'secret note' },
    publicStats: true,
  });
  qr = await createQr(api, { linkId: link.id });
  gallery = (await api.post('/galleries', { title: 'Gallery', slug: 'gallery' })).data<Gallery>();
  const item = { type: 'link', title: 'Item', linkId: link.id };
  itemId = (await api.post(`/galleries/${gallery.id}/items`, item)).data<{ id: string }>().id;
  assert.equal((await api.post(`/galleries/${gallery.id}/publish`, { isPublished: true })).status, 200);
  // Somebody has been there, so that there is something to be told of.
  const body = new URLSearchParams({ password }).toString();
  const unlocked = await open({ method: 'POST', path: '/locked', headers: { ...formType, ...from('8.8.8.8') }, body });
  assert.equal(unlocked.headers.location, 'https://secret.example/us?utm_source=secret-campaign');
});

const from = (address: string) => ({ 'x-forwarded-for': address });
const open = ({ headers, ...asked }: Asked): Promise<HttpAnswer> =>
  sendRequest(server.address, { ...asked, headers: { 'user-agent': personsBrowser, ...headers } });

function assertTellsNothing(asked: string, { text, headers }: Pick<HttpAnswer, 'text' | 'headers'>): void {
  assert.doesNotMatch(text, /secret/, asked);
  assert.doesNotMatch(JSON.stringify(headers), /secret/, asked);
}

/** Everybody who may come by, with and without a wish. */
const visitors: OutgoingHttpHeaders[] = [
  {},
  json,
  from('8.8.8.8'),
  { 'user-agent': iphone },
  { 'user-agent': android },
  { 'user-agent': 'facebookexternalhit/1.1' },
  { 'user-agent': 'Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)' },
  { 'user-agent': 'Twitterbot/1.0', ...json },
  { 'user-agent': 'curl/8.14.1' },
  { 'user-agent': '' },
  { 'sec-purpose': 'prefetch;prerender' },
  { cookie: 'unlock_lnk_0000000000000000=9999999999.AAAAAAAAAAAAAAAAAAAAAA' },
];

describe('before the password', () => {
  it('the link, its preview and its QR code show the form alone, to whoever asks in whatever way', async () => {
    const scan = new URL(qr.trackingUrl!).pathname;
    for (const path of ['/locked', '/locked/', '/%6cocked?a=1', '/locked+', '/locked%2B/', scan, `${scan}+`]) {
      for (const headers of visitors) {
        for (const method of ['GET', 'HEAD']) {
          const answer = await open({ method, path, headers });
          const asked = `${method} ${path} ${JSON.stringify(headers)}`;
          assert.equal(answer.status, headers['accept'] === undefined ? 200 : 401, asked);
          assert.equal(answer.headers.location, undefined, asked);
          assertTellsNothing(asked, answer);
          if (method === 'GET' && answer.status === 200) assert.match(answer.text, /type="password"/);
        }
      }
    }
  });

  it('neither does any answer to a wrong password, to none, or to what is no password', async () => {
    let address = 0;
    const statuses = new Set<number>();
    for (const path of ['/locked', '/locked+']) {
      const wrong: Asked[] = [
        { path, headers: formType, body: 'password=wrong' },
        { path, headers: formType, body: '' },
        { path, headers: { ...formType, ...json }, body: 'password=wrong' },
        { path, headers: jsonType, body: '{"password":"wrong"}' },
        { path, headers: jsonType, body: '{"password":5}' },
        { path, headers: jsonType, body: '{' },
        { path, headers: formType, body: `password=${'x'.repeat(5_000)}` },
        { path, headers: { 'content-type': 'text/plain' }, body: 'x' },
      ];
      for (const asked of wrong) {
        const answer = await open({
          method: 'POST',
          ...asked,
          headers: { ...from(`198.18.0.${++address}`), ...asked.headers },
        });
        statuses.add(answer.status);
        assertTellsNothing(JSON.stringify(asked), answer);
      }
      for (const method of ['PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
        const answer = await open({ method, path });
        statuses.add(answer.status);
        assertTellsNothing(`${method} ${path}`, answer);
      }
    }
    const guess = { method: 'POST', path: '/locked', headers: { ...formType, ...from('198.18.1.1') } };
    for (let n = 0; n < 11; n++) await open({ ...guess, body: 'password=wrong' });
    const late = await open({ ...guess, body: new URLSearchParams({ password }).toString() });
    statuses.add(late.status);
    assertTellsNothing('too many guesses', late);
    assert.deepEqual(
      [...statuses].toSorted((a, b) => a - b),
      [400, 401, 405, 413, 415, 429],
    );
  });

  it('its public statistics do not tell, for any period', async () => {
    for (const period of ['24h', '7d', '30d', '90d', 'all']) {
      for (const headers of [{}, json]) {
        const answer = await open({ path: `${publicStatsPath({ publicId: link.id })}?period=${period}`, headers });
        assert.equal(answer.status, 200);
        assertTellsNothing(`statistics ${period}`, answer);
      }
    }
  });

  it('its QR code leads to the form, and holds nothing else', async () => {
    for (const format of ['svg', 'png']) {
      const image = await askForBytes(api, { path: `/qr/${qr.id}/download?format=${format}` });
      assert.equal(await scanned(image), qr.trackingUrl);
      assert.doesNotMatch(image.body.toString('latin1'), /secret/);
      assert.doesNotMatch(JSON.stringify(image.headers), /secret/);
    }
  });

  it('a gallery that shows it leads to its short URL, on the page, in the data and by a click', async () => {
    const { pathname } = new URL(gallery.url);
    const page = await open({ path: pathname });
    assert.deepEqual([page.status, page.text.includes('Item')], [200, true]);
    assertTellsNothing('the page', page);
    const data = await new ApiClient(server.address, undefined).get(`/public/galleries/${gallery.domain}/gallery`);
    assert.equal(data.status, 200);
    assertTellsNothing('the data', data);
    const click = await open({ path: `${pathname}/${itemId}`, headers: from('8.8.8.8') });
    assert.deepEqual([click.status, click.headers.location], [302, link.shortUrl]);
    assertTellsNothing('the click', click);
  });

  it('an explanation says that the password is asked for, and not what comes then', async () => {
    for (const visit of [{}, { userAgent: iphone }, { country: 'US' }, { userAgent: 'facebookexternalhit/1.1' }]) {
      const answer = await api.post(`/links/${link.id}/explain`, visit);
      const { outcome, location, target } = answer.data<Record<string, string | null>>();
      assert.deepEqual([outcome, location, target], ['password', null, null]);
      assertTellsNothing('explain', answer);
    }
  });

  it('nobody else who has a key learns more', async () => {
    const answer = await api.get('/links/check-slug?slug=locked');
    assert.equal(answer.data<{ reason: string }>().reason, 'SLUG_EXISTS');
    assertTellsNothing('check-slug', answer);
    const taken = await api.post('/links', { destinationUrl: 'https://example.com/', slug: 'locked' });
    assert.equal(taken.status, 409);
    assertTellsNothing('taken', taken);
  });
});
