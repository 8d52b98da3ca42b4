// The rules that the operator sets for what counts: the duplicate window, filtered networks, Do Not Track, the database of places.

import assert from 'node:assert/strict';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { ApiClient, personsBrowser, sendRequest } from '../support/api-client.ts';
import { writeCities } from '../support/mmdb-writer.ts';
import { checkExchanges } from '../support/recorded-exchanges.ts';
import { closeServers, MachineClock, startServer } from '../support/server-process.ts';
import { folderWithVisitorKey } from '../support/visitor-key.ts';
import { storedClicks } from './stored-clicks.ts';

const files = mkdtempSync(join(tmpdir(), 'signpost-rules-'));
after(async () => {
  await closeServers();
  rmSync(files, { recursive: true });
});
checkExchanges();

const places = join(files, 'places.mmdb');
const networks = join(files, 'networks.txt');
const boxford = {
  country: 'GB',
  region: ['ENG', 'England'],
  city: 'Boxford',
  postalCode: 'OX1',
  location: [51.75, -1.25, 'Europe/London'],
  continent: 'EU',
} as const;
writeFileSync(places, writeCities({ '9.9.0.0/16': boxford }));
writeFileSync(networks, '# a data centre\n9.9.1.0/24\n2a00:1::/32\n');

const flags = Object.entries({
  'server-trusted-proxies': '127.0.0.1/32',
  'geo-database': places,
  'clicks-filtered-networks-file': networks,
  'clicks-duplicate-window-s': '3600',
  'privacy-respect-dnt': 'true',
}).flatMap(([name, value]) => [`--${name}`, value]);
// On another day a visitor is another one, and counts again.
const { environment } = new MachineClock('2026-07-01T12:00:00Z');
let server = await startServer({ flags, environment, dataFolder: folderWithVisitorKey(), printsKey: true });
let api = ApiClient.of(server);
const verdicts = (slug: string) => storedClicks(server.dataFolder, slug).map(({ verdict }) => verdict);
const from = (address: string): Record<string, string> => ({ 'x-forwarded-for': address });

/** Puts the file in the place of another one, as whoever downloads it should. */
function replaceFile(path: string, content: Buffer | string): void {
  writeFileSync(`${path}.new`, content);
  renameSync(`${path}.new`, path);
}

describe('clicks.duplicate_window_s', () => {
  it('counts a visitor once a link, and redirects every time', async () => {
    const { id } = await api.createLink({ slug: 'again' });
    await api.createLink({ slug: 'other' });
    const visits = [from('9.8.1.1'), from('9.8.1.1'), from('9.8.1.2'), { ...from('9.8.1.1'), 'user-agent': 'curl/8' }];
    for (const headers of visits) assert.equal((await api.visit('again', headers)).status, 302);
    await api.visit('other', from('9.8.1.1'));
    assert.deepEqual(verdicts('again'), ['counted', 'duplicate', 'counted', 'bot']);
    assert.deepEqual(verdicts('other'), ['counted']);
    const { totalClicks } = await api.stats(id);
    assert.deepEqual([totalClicks, (await api.link(id)).clickCount], [2, 2]);
  });

  it('counts once what comes twice at the same time', async () => {
    await api.createLink({ slug: 'at-once' });
    const answers = await Promise.all(Array.from({ length: 20 }, () => api.visit('at-once', from('9.8.2.1'))));
    assert.ok(answers.every(({ status }) => status === 302));
    assert.deepEqual(verdicts('at-once').toSorted(), ['counted', ...new Array<string>(19).fill('duplicate')]);
  });

  it('never uses up a limit with what does not count', async () => {
    const { id } = await api.createLink({ slug: 'three', clickLimit: 3 });
    for (const address of ['9.8.3.1', '9.8.3.1', '9.9.1.1', '9.8.3.2', '9.8.3.1', '9.8.3.3'])
      assert.equal((await api.visit('three', from(address))).status, 302, address);
    assert.equal((await api.link(id)).clickCount, 3);
    assert.equal((await api.visit('three', from('9.8.3.4'))).status, 410);
  });

  it('goes on over a restart', async () => {
    await api.createLink({ slug: 'restarted' });
    await api.visit('restarted', from('9.8.4.1'));
    assert.equal(await server.stop(), 0);
    server = await startServer({ flags, environment, dataFolder: server.dataFolder });
    api = new ApiClient(server.address, api.key);
    await api.visit('restarted', from('9.8.4.1'));
    await api.visit('restarted', from('9.8.4.2'));
    assert.deepEqual(verdicts('restarted'), ['counted', 'duplicate', 'counted']);
  });
});

describe('a hit with several reasons not to count', () => {
  const curl = { 'user-agent': 'curl/8.10.1' };
  const messenger = { 'user-agent': 'WhatsApp/2.23' };
  const ahead = { 'sec-purpose': 'prefetch;prerender' };
  const dataCentre = from('9.9.1.9');
  const known = from('9.8.6.1');
  type Row = [method: string, path: string, headers: Record<string, string>, filtering: string, counting: string];
  // In the order in which they come: the first visitor is known from then on.
  const rows: Row[] = [
    ['GET', '', known, 'counted', 'counted'],
    ['HEAD', '', { ...ahead, ...curl, ...dataCentre }, 'head', 'head'],
    ['GET', '', { ...ahead, ...messenger, ...dataCentre }, 'prefetch', 'prefetch'],
    ['GET', '', { ...ahead, ...known }, 'prefetch', 'prefetch'],
    ['GET', '', { ...messenger, ...dataCentre }, 'preview', 'counted'],
    ['GET', '', { ...curl, ...dataCentre }, 'bot', 'counted'],
    ['GET', '', from('::ffff:9.9.1.10'), 'filtered_network', 'counted'],
    ['GET', '', from('::ffff:9.9.1.10'), 'filtered_network', 'duplicate'],
    ['GET', '', known, 'duplicate', 'duplicate'],
    // Whoever looks at the page behind the plus was not sent on, whatever else they are.
    ['GET', '+', known, 'preview_page', 'preview_page'],
    ['GET', '+', { ...ahead, ...curl, ...dataCentre }, 'preview_page', 'preview_page'],
  ];

  for (const [filterBots, slug] of [
    [true, 'ordered'],
    [false, 'ordered-all'],
  ] as const) {
    it(`is stored with the first of them, on a link with filterBots: ${filterBots}`, async () => {
      await api.createLink({ slug, filterBots });
      for (const [method, mark, headers] of rows) {
        const sent = { 'user-agent': personsBrowser, ...headers };
        const { status } = await sendRequest(server.address, { method, path: `/${slug}${mark}`, headers: sent });
        assert.equal(status, mark === '' ? 302 : 200);
      }
      assert.deepEqual(
        verdicts(slug),
        rows.map((row) => row[filterBots ? 3 : 4]),
      );
      // Not even that: HEAD asks for no page.
      await sendRequest(server.address, { method: 'HEAD', path: `/${slug}+`, headers: curl });
      assert.equal(verdicts(slug).length, rows.length);
    });
  }
});

describe('clicks.filtered_networks_file', () => {
  it('leaves visits from its networks uncounted, but for links that count programs', async () => {
    await api.createLink({ slug: 'filtered' });
    const { id } = await api.createLink({ slug: 'everything', filterBots: false });
    for (const slug of ['filtered', 'everything']) {
      for (const address of ['9.9.1.200', '2a00:1:2::3', '9.9.2.1'])
        assert.equal((await api.visit(slug, from(address))).status, 302);
    }
    assert.deepEqual(verdicts('filtered'), ['filtered_network', 'filtered_network', 'counted']);
    assert.equal((await api.link(id)).clickCount, 3);
    const explained = await api.post(`/links/${id}/explain`, { ip: '9.9.1.1', userAgent: 'Mozilla/5.0 Firefox/140.0' });
    assert.equal(explained.data<{ verdict: string }>().verdict, 'counted');
  });

  it('is read again when it changes; a mistake leaves it as it was', async () => {
    await api.createLink({ slug: 'changing' });
    replaceFile(networks, '9.9.2.0/24\n9.9.3.0/33\n');
    await server.logged(/line 2: \S*"9\.9\.3\.0\/33\S*" is not an address or a CIDR/);
    await api.visit('changing', from('9.9.2.7'));
    await api.visit('changing', from('9.9.1.7'));
    replaceFile(networks, '9.9.2.0/24\n');
    await server.logged(/filtered networks have changed and are in use/);
    await api.visit('changing', { ...from('9.9.2.7'), 'user-agent': 'Mozilla/5.0 (X11; Linux) Firefox/141.0' });
    await api.visit('changing', { ...from('9.9.1.7'), 'user-agent': 'Mozilla/5.0 (X11; Linux) Firefox/141.0' });
    assert.deepEqual(verdicts('changing'), ['counted', 'filtered_network', 'filtered_network', 'counted']);
  });
});

describe('privacy.respect_dnt', () => {
  it('counts the visit and keeps nothing of it, where the browser asks for that', async () => {
    const { id } = await api.createLink({ slug: 'private' });
    const asking: Record<string, string>[] = [
      { dnt: '1' },
      { 'sec-gpc': '1' },
      { dnt: '0' },
      { dnt: 'yes', 'sec-gpc': '0' },
    ];
    for (const [n, headers] of asking.entries())
      assert.equal((await api.visit('private', { ...from(`9.9.5.${n}`), ...headers })).status, 302);
    assert.equal(verdicts('private').length, 2);
    const { totalClicks, byCountry, uniqueVisitors } = await api.stats(id);
    assert.deepEqual([totalClicks, uniqueVisitors], [4, 2]);
    assert.deepEqual(byCountry, [
      { country: 'GB', count: 2 },
      { country: 'unknown', count: 2 },
    ]);
  });

  it('keeps nothing of a look at the preview page, and counts a repeated visit once', async () => {
    const { id } = await api.createLink({ slug: 'seen' });
    assert.equal((await api.visit('seen+', { dnt: '1' })).status, 200);
    for (let n = 0; n < 2; n++) await api.visit('seen', { ...from('9.9.6.1'), dnt: '1' });
    assert.deepEqual(verdicts('seen'), []);
    const totals = await Promise.all(['', 'bots=only'].map((question) => api.stats(id, question)));
    assert.deepEqual(
      totals.map(({ totalClicks }) => totalClicks),
      [1, 1],
    );
  });
});

describe('geo.database', () => {
  it('tells of every hit where it came from, down to the city, in English', async () => {
    const { id } = await api.createLink({ slug: 'placed' });
    for (const address of ['9.9.8.1', '9.7.0.1', '10.0.0.1']) await api.visit('placed', from(address));
    const places = (await api.get(`/links/${id}/clicks`))
      .data<Record<string, unknown>[]>()
      .map((click) =>
        ['country', 'region', 'regionName', 'city', 'postalCode', 'latitude', 'longitude', 'timezone', 'continent'].map(
          (field) => click[field],
        ),
      );
    const unknown = new Array<null>(9).fill(null);
    assert.deepEqual(places, [
      unknown,
      unknown,
      ['GB', 'GB-ENG', 'England', 'Boxford', 'OX1', 51.75, -1.25, 'Europe/London', 'EU'],
    ]);
  });

  it('is swapped when its file is replaced; a broken one is refused and the one before goes on', async () => {
    const { id } = await api.createLink({ slug: 'swapped', geoTargets: { SE: 'https://example.com/se' } });
    const visit = async (address: string) => (await api.visit('swapped', from(address))).headers.location;
    assert.equal(await visit('9.9.7.1'), 'https://example.com/');
    const next = writeCities({ '9.9.0.0/16': { country: 'SE', city: 'Link\u00f6ping' } });
    replaceFile(places, next.subarray(0, next.length / 2));
    await server.logged(/not a readable MaxMind DB file/);
    assert.equal(await visit('9.9.7.2'), 'https://example.com/');
    replaceFile(places, next);
    await server.logged(/geo\.database has changed and is in use/);
    // The same visitor as before: what was remembered of them is forgotten.
    assert.equal(await visit('9.9.7.1'), 'https://example.com/se');
    assert.deepEqual((await api.stats(id, 'bots=include')).byCountry, [
      { country: 'GB', count: 2 },
      { country: 'SE', count: 1 },
    ]);
  });
});
