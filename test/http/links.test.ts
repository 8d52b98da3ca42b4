// One link's life through the API: made, read, changed, archived, restored; and never seen by anyone else.

import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { ApiClient, type LinkObject, sendRequest } from '../support/api-client.ts';
import { checkExchanges } from '../support/recorded-exchanges.ts';
import { closeServers, startServer } from '../support/server-process.ts';
import { addUser } from './other-users.ts';

after(closeServers);
checkExchanges();

const server = await startServer();
const api = ApiClient.of(server);
const [other, third] = [await addUser(server, 'other'), await addUser(server, 'third')];
const host = new URL(server.address).hostname;
const to = 'https://example.com/';

/** As the contract lists them. */
const linkKeys = (
  'id shortUrl destinationUrl slug domain title description tags hasPassword expiresAt clickLimit oneTime expiredUrl ' +
  'clickCount geoTargets deviceTargets utm deepLinks og forwardQuery redirectStatus trackAnalytics filterBots publicStats ' +
  'metadata isArchived isPublic createdAt updatedAt lastClickedAt'
).split(' ');

const blank = {
  title: null,
  description: null,
  tags: [],
  hasPassword: false,
  expiresAt: null,
  clickLimit: null,
  oneTime: false,
  expiredUrl: null,
  clickCount: 0,
  geoTargets: null,
  deviceTargets: null,
  utm: { source: null, medium: null, campaign: null, term: null, content: null },
  deepLinks: { ios: null, android: null },
  og: { title: null, description: null, image: null },
  forwardQuery: true,
  redirectStatus: 302,
  trackAnalytics: true,
  filterBots: true,
  publicStats: false,
  metadata: null,
  isArchived: false,
  isPublic: true,
  lastClickedAt: null,
};

/** Every field that can be set beside destination, slug and domain. */
const everything = {
  title: 'Title',
  description: 'Line one\nline two',
  tags: ['b', 'a', 'é'],
  password: 'secret123',
  expiresAt: '2999-09-01T02:00:00+02:00',
  clickLimit: 1000,
  oneTime: true,
  expiredUrl: 'https://example.com/over',
  geoTargets: { us: 'https://example.com/us', DE: 'https://example.com/de' },
  deviceTargets: { mobile: 'https://m.example.com' },
  iosUrl: 'app://open?x=1',
  androidUrl: 'https://play.google.com/store/apps/details?id=com.myapp',
  utmSource: 'a',
  utmMedium: 'b',
  utmCampaign: 'c',
  utmTerm: 'd',
  utmContent: 'e',
  forwardQuery: false,
  redirectStatus: 307,
  trackAnalytics: false,
  filterBots: false,
  publicStats: true,
  ogTitle: 'Card',
  ogDescription: 'About',
  ogImage: 'https://example.com/card.png',
  metadata: { order: 4711, nested: [{ deep: null }] },
};

const shownEverything = {
  title: 'Title',
  description: 'Line one\nline two',
  tags: ['b', 'a', 'é'],
  hasPassword: true,
  expiresAt: '2999-09-01T00:00:00.000Z',
  clickLimit: 1000,
  oneTime: true,
  expiredUrl: 'https://example.com/over',
  geoTargets: { US: 'https://example.com/us', DE: 'https://example.com/de' },
  deviceTargets: { mobile: 'https://m.example.com/' },
  utm: { source: 'a', medium: 'b', campaign: 'c', term: 'd', content: 'e' },
  deepLinks: { ios: 'app://open?x=1', android: 'https://play.google.com/store/apps/details?id=com.myapp' },
  og: { title: 'Card', description: 'About', image: 'https://example.com/card.png' },
  forwardQuery: false,
  redirectStatus: 307,
  trackAnalytics: false,
  filterBots: false,
  publicStats: true,
  metadata: { order: 4711, nested: [{ deep: null }] },
  isPublic: false,
};

const ownToEach = new Set(['id', 'shortUrl', 'destinationUrl', 'slug', 'domain', 'createdAt', 'updatedAt']);

/** A link without what differs from one to the next. */
function shape(link: LinkObject): Record<string, unknown> {
  return Object.fromEntries(Object.entries(link).filter(([name]) => !ownToEach.has(name)));
}

describe('POST /links', () => {
  it("answers the seed's example with the whole link", async () => {
    const answer = await api.post('/links', {
      destinationUrl: 'https://example.com/my-landing-page',
      slug: 'summer-sale',
      title: 'Summer Sale Campaign',
      tags: ['marketing', 'summer-2024'],
      expiresAt: '2999-09-01T00:00:00Z',
    });
    assert.equal(answer.status, 201);
    assert.equal(answer.headers['content-type'], 'application/json; charset=utf-8');
    assert.equal(answer.headers['cache-control'], 'no-store');
    assert.deepEqual(Object.keys(answer.json as object), ['success', 'data']);
    const link = answer.data<LinkObject>();
    assert.deepEqual(Object.keys(link), linkKeys);
    assert.match(link.id, /^lnk_[0-9A-Za-z]{16}$/);
    assert.equal(link.createdAt, new Date(link.createdAt).toISOString());
    assert.deepEqual(link, {
      ...blank,
      id: link.id,
      shortUrl: `${server.address}/summer-sale`,
      destinationUrl: 'https://example.com/my-landing-page',
      slug: 'summer-sale',
      domain: host,
      title: 'Summer Sale Campaign',
      tags: ['marketing', 'summer-2024'],
      expiresAt: '2999-09-01T00:00:00.000Z',
      createdAt: link.createdAt,
      updatedAt: link.createdAt,
    });
    assert.deepEqual((await api.get(`/links/${link.id}`)).data(), link);
  });

  it('takes every field and shows it in its place, never the password', async () => {
    const answer = await api.post('/links', { destinationUrl: 'https://EXAMPLE.com', domain: host, ...everything });
    assert.equal(answer.status, 201, answer.text);
    const link = answer.data<LinkObject>();
    assert.deepEqual(Object.keys(link), linkKeys);
    assert.deepEqual(shape(link), { ...blank, ...shownEverything });
    assert.equal(link.destinationUrl, to);
    assert.doesNotMatch(answer.text, /secret123|argon2/);
  });

  it('takes null for a field that is absent', async () => {
    const nothing = Object.fromEntries(Object.keys(everything).map((name) => [name, null]));
    assert.deepEqual(shape(await api.createLink({ ...nothing, slug: null, domain: null })), blank);
  });

  it('takes text of any kind where it is only text', async () => {
    const title = '<b>"A\' & \\ \u2028 \u{1F600} Set-Cookie: a=b';
    const description = 'One line\n\tand another';
    const link = await api.createLink({ title, description, slug: 'any-text', utmSource: 'a; Set-Cookie: b=c' });
    assert.equal(link.title, title);
    assert.equal(link.description, description);
    const { headers } = await api.visit('any-text');
    assert.equal(headers.location, 'https://example.com/?utm_source=a%3B%20Set-Cookie%3A%20b%3Dc');
    assert.equal(headers['set-cookie'], undefined);
  });

  it('draws a slug without look-alikes', async () => {
    const links = await Promise.all(Array.from({ length: 20 }, () => api.createLink()));
    for (const { slug, shortUrl } of links) {
      assert.match(slug, /^[2-9A-HJ-NP-Za-km-z]{7}$/);
      assert.equal(shortUrl, `${server.address}/${slug}`);
    }
    assert.equal(new Set(links.map(({ slug }) => slug)).size, links.length);
  });

  it('keeps Unicode slugs in NFC and writes them percent-encoded into the short URL', async () => {
    const { slug, shortUrl } = await api.createLink({ slug: 'cafe\u0301-🎉' });
    assert.deepEqual([slug, shortUrl], ['café-🎉', `${server.address}/caf%C3%A9-%F0%9F%8E%89`]);
  });

  it('tells slugs apart by case', async () => {
    await Promise.all([api.createLink({ slug: 'Case' }), api.createLink({ slug: 'case' })]);
  });

  it('takes any JSON media type, and none', async () => {
    const headers = { authorization: `Bearer ${api.key}` };
    const body = JSON.stringify({ destinationUrl: to });
    const untyped = await sendRequest(server.address, { method: 'POST', path: '/api/v1/links', headers, body });
    assert.equal(untyped.status, 201);
    for (const type of ['application/json; charset=utf-8', 'APPLICATION/JSON', 'application/vnd.api+json']) {
      assert.equal((await api.send('POST', '/links', { destinationUrl: to }, { 'content-type': type })).status, 201);
    }
  });

  it('refuses a slug that is taken, also by an archived link and by somebody else', async () => {
    const link = await api.createLink({ slug: 'mine' });
    for (const client of [api, other]) {
      const answer = await client.post('/links', { destinationUrl: to, slug: 'mine' });
      assert.equal(answer.status, 409);
      const { code, details } = answer.error;
      assert.deepEqual([code, details?.map(({ path }) => path)], ['SLUG_EXISTS', ['slug']]);
    }
    assert.equal((await api.delete(`/links/${link.id}`)).status, 204);
    assert.equal((await api.post('/links', { destinationUrl: to, slug: 'mine' })).error.code, 'SLUG_EXISTS');
  });

  it('gives one slug to one of many who want it at once, in whatever way', async () => {
    for (let round = 0; round < 5; round++) {
      const slug = `race-${round}`;
      const former = await api.createLink({ slug });
      await api.patch(`/links/${former.id}`, { slug: `${slug}-former` });
      const theirs = await Promise.all([other.createLink(), other.createLink()]);
      const wanted = (n: number) => ({ destinationUrl: `${to}${n}`, slug });
      const answers = await Promise.all([
        ...[1, 2, 3, 4, 5, 6].map((n) => api.post('/links', wanted(n))),
        ...theirs.map(({ id }) => other.patch(`/links/${id}`, { slug })),
        ...[7, 8, 9].map((n) => api.post('/links/bulk?atomic=true', [wanted(n)])),
        ...[10, 11, 12].map((n) => other.post('/links', wanted(n))),
        api.post(`/links/${former.id}/restore`, { version: 1 }),
        third.send('PUT', '/links', wanted(13)),
        api.post('/links', { ...wanted(14), findExisting: true }),
      ]);
      const [winner, ...more] = answers.filter(({ status }) => status < 300);
      assert.ok(winner !== undefined && more.length === 0, `${1 + more.length} in round ${round}`);
      for (const answer of answers) if (answer !== winner) assert.equal(answer.error.code, 'SLUG_EXISTS', answer.text);
      const made = winner.data<LinkObject | { data: LinkObject }[]>();
      const { destinationUrl } = 'length' in made ? made[0]!.data : made;
      assert.equal((await api.visit(slug)).headers.location, destinationUrl);
    }
  });
});

describe('PATCH /links/:id', () => {
  it('changes what is given and nothing else', async () => {
    const before = await api.createLink({ ...everything, slug: 'changing' });
    const answer = await api.patch(`/links/${before.id}`, { title: 'New', utmTerm: 'z' });
    assert.equal(answer.status, 200);
    const link = answer.data<LinkObject & { utm: object }>();
    const utm = { ...shownEverything.utm, term: 'z' };
    assert.deepEqual(link, { ...before, title: 'New', utm, updatedAt: link.updatedAt });
    assert.ok(link.updatedAt > before.updatedAt);
    assert.deepEqual(await api.link(before.id), link);
  });

  it('clears every field by null', async () => {
    const { id } = await api.createLink(everything);
    const nothing = Object.fromEntries(Object.keys(everything).map((name) => [name, null]));
    assert.deepEqual(shape((await api.patch(`/links/${id}`, nothing)).data<LinkObject>()), blank);
    assert.deepEqual(shape(await api.link(id)), blank);
  });

  it('clears the password by an empty one', async () => {
    const { id } = await api.createLink({ password: 'secret123' });
    const link = (await api.patch(`/links/${id}`, { password: '' })).data<LinkObject>();
    assert.deepEqual(shape(link), blank);
  });

  it('replaces all tags at once', async () => {
    const { id } = await api.createLink({ tags: ['a', 'b'] });
    for (const tags of [['c', 'a'], [], ['x']]) {
      assert.deepEqual((await api.patch(`/links/${id}`, { tags })).data<LinkObject>().tags, tags);
      assert.deepEqual((await api.link(id)).tags, tags);
    }
  });

  it('takes its own slug again, and refuses one that is taken', async () => {
    const [link] = await Promise.all([api.createLink({ slug: 'own' }), api.createLink({ slug: 'occupied' })]);
    assert.equal((await api.patch(`/links/${link.id}`, { slug: 'own' })).status, 200);
    const refused = await api.patch(`/links/${link.id}`, { slug: 'occupied', title: 'never' });
    assert.deepEqual([refused.status, refused.error.code], [409, 'SLUG_EXISTS']);
    const { slug, title } = await api.link(link.id);
    assert.deepEqual([slug, title], ['own', null]);
  });

  it('changes nothing by an empty object', async () => {
    const link = await api.createLink();
    const same = (await api.patch(`/links/${link.id}`, {})).data<LinkObject>();
    assert.deepEqual(shape(same), shape(link));
  });
});

describe('DELETE /links/:id', () => {
  it('archives with 204 and no body, as often as it is asked', async () => {
    const link = await api.createLink({ title: 'Kept' });
    for (let times = 0; times < 2; times++) {
      const answer = await api.delete(`/links/${link.id}`);
      assert.deepEqual([answer.status, answer.text], [204, '']);
      assert.deepEqual([answer.headers['content-type'], answer.headers['content-length']], [undefined, undefined]);
    }
    const archived = await api.link(link.id);
    assert.deepEqual(shape(archived), { ...blank, title: 'Kept', isArchived: true, isPublic: false });
  });

  it('is undone by isArchived: false', async () => {
    const link = await api.createLink();
    await api.delete(`/links/${link.id}`);
    const restored = (await api.patch(`/links/${link.id}`, { isArchived: false })).data<LinkObject>();
    assert.deepEqual(shape(restored), blank);
    assert.equal((await api.visit(link.slug)).status, 302);
  });
});

describe("another user's link", () => {
  it('is as absent as one that never was, for every verb', async () => {
    const { id } = await other.createLink({ slug: 'theirs', title: 'Private' });
    const before = await other.link(id);
    for (const [method, path, body] of [
      ['GET', ''],
      ['PATCH', '', { title: 'Stolen' }],
      ['PATCH', '', { slug: 'stolen', isArchived: true }],
      ['DELETE', ''],
      ['GET', '/stats'],
    ] as const) {
      const theirs = await api.send(method, `/links/${id}${path}`, body);
      const unknown = await api.send(method, `/links/lnk_0000000000000000${path}`, body);
      assert.deepEqual([theirs.status, theirs.error.code], [404, 'NOT_FOUND'], `${method} ${path}`);
      assert.equal(theirs.text, unknown.text);
    }
    assert.equal((await api.send('HEAD', `/links/${id}`)).status, 404);
    assert.deepEqual(await other.link(id), before);
  });

  it('is never listed', async () => {
    await other.createLink({ slug: 'hidden', title: 'Unlisted', tags: ['secret-tag'] });
    for (const query of ['search=hidden', 'search=unlisted', 'tag=secret-tag']) {
      const answer = await api.get(`/links?archived=true&${query}`);
      assert.deepEqual([answer.data(), answer.meta.total], [[], 0]);
      assert.equal((await other.get(`/links?${query}`)).meta.total, 1);
    }
  });
});

describe('GET /links/:id/stats', () => {
  it("has the shape of the seed's example before the first click", async () => {
    const link = await api.createLink();
    const stats = await api.stats(link.id);
    const { totalClicks, uniqueVisitors, lastClickedAt, overTime } = stats;
    assert.deepEqual([totalClicks, uniqueVisitors, lastClickedAt], [0, 0, null]);
    const breakdowns = ['byCountry', 'byDevice', 'byBrowser', 'byOs', 'byReferrer', 'byLanguage'] as const;
    for (const breakdown of breakdowns) assert.deepEqual(stats[breakdown], []);
    assert.deepEqual(overTime[0], { date: link.createdAt.slice(0, 10), count: 0, uniqueVisitors: 0 });
  });
});
