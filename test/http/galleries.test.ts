// Galleries through the API and as visitors see them: make, change, publish, preview, delete; who may, how many, and what is counted.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { addKey, addUser } from '../support/accounts.ts';
import { type ApiAnswer, ApiClient, personsBrowser, sendRequest } from '../support/api-client.ts';
import { checkExchanges } from '../support/recorded-exchanges.ts';
import { closeServers, runSignpost, type ServerProcess, startServer } from '../support/server-process.ts';
import { folderWithVisitorKey } from '../support/visitor-key.ts';

after(closeServers);
checkExchanges();

interface GalleryObject {
  readonly id: string;
  readonly slug: string;
  readonly domain: string;
  readonly url: string;
  readonly title: string;
  readonly theme: string;
  readonly isPublished: boolean;
  readonly viewCount: number;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly items: readonly { readonly id: string; readonly title: string | null; readonly href?: string }[];
}

let server: ServerProcess;
let client: ApiClient;
before(async () => {
  server = await startServer({
    flags: ['--plans-free-max-galleries', '3', '--plans-free-requests-per-minute', '0'],
    dataFolder: folderWithVisitorKey(),
    printsKey: true,
  });
  client = ApiClient.of(server);
});

const visit = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
  sendRequest(server.address, { method, path, headers: { 'user-agent': personsBrowser, ...headers } });

async function newGallery(fields: Record<string, unknown> = {}, by = client): Promise<GalleryObject> {
  const answer = await by.post('/galleries', { title: 'Ada', ...fields });
  assert.equal(answer.status, 201, answer.text);
  return answer.data<GalleryObject>();
}
const get = async (id: string): Promise<GalleryObject> => (await client.get(`/galleries/${id}`)).data();

const everyField = {
  title: 'Ada Lovelace',
  slug: 'Ada-L',
  bio: 'Numbers,\nengines and poetry.',
  avatarUrl: 'https://example.com/ada.jpg',
  theme: 'custom',
  themeConfig: {
    backgroundColor: '#102030',
    backgroundEndColor: null,
    textColor: '#ffffff',
    buttonColor: '#ffffff',
    buttonTextColor: '#102030',
    buttonStyle: 'outline',
    fontFamily: 'mono',
    borderRadius: 0,
  },
  customCss: '.item { color: red }',
  socialLinks: [
    { platform: 'mastodon', url: 'https://social.example/@ada' },
    { platform: 'email', url: 'mailto:ada@example.com' },
  ],
  seoTitle: 'Ada on the engine',
  seoDescription: 'All of it.',
  isPublished: true,
};
const keys =
  'id slug domain url title bio avatarUrl theme themeConfig customCss socialLinks seoTitle seoDescription isPublished viewCount createdAt updatedAt';

describe('a gallery', () => {
  it('has every key, also with nothing but a title', async () => {
    const gallery = await newGallery();
    assert.deepEqual(Object.keys(gallery), [...keys.split(' '), 'items']);
    assert.match(gallery.id, /^gal_\w{16}$/);
    assert.match(gallery.slug, /^\w{7}$/);
    assert.equal(gallery.url, `${server.address}/bio/${gallery.slug}`);
    const { id, slug, url, createdAt, updatedAt } = gallery;
    assert.deepEqual(gallery, {
      id,
      slug,
      url,
      createdAt,
      updatedAt,
      domain: '127.0.0.1',
      title: 'Ada',
      bio: null,
      avatarUrl: null,
      theme: 'default',
      themeConfig: null,
      customCss: null,
      socialLinks: [],
      seoTitle: null,
      seoDescription: null,
      isPublished: false,
      viewCount: 0,
      items: [],
    });
    assert.equal(createdAt, updatedAt);
    assert.deepEqual(await get(id), gallery);
  });

  it('keeps every field as it was given, and null clears what can be cleared', async () => {
    const gallery = await newGallery(everyField);
    assert.deepEqual({ ...gallery, ...everyField }, gallery);
    const { title, slug, ...optional } = everyField;
    const cleared = Object.fromEntries(Object.keys(optional).map((name) => [name, null]));
    const changed = (await client.patch(`/galleries/${gallery.id}`, cleared)).data<Record<string, unknown>>();
    const { id, url, domain, createdAt, viewCount } = gallery;
    assert.deepEqual(changed, {
      ...cleared,
      id,
      url,
      domain,
      createdAt,
      viewCount,
      title,
      slug,
      items: [],
      theme: 'default',
      socialLinks: [],
      isPublished: false,
      updatedAt: changed['updatedAt'],
    });
    assert.ok((changed['updatedAt'] as string) > gallery.updatedAt);
  });

  it('completes a look of which only a part is given', async () => {
    const { id } = await newGallery({ theme: 'custom', themeConfig: { borderRadius: 3 } });
    const { themeConfig } = (await get(id)) as unknown as { themeConfig: object };
    assert.deepEqual(Object.keys(themeConfig), Object.keys(everyField.themeConfig));
  });

  it('may be called anything, in any script', async () => {
    for (const slug of ['été', '猫', '👩‍🚀', 'a_b-9']) {
      const { url } = await newGallery({ title: `${slug} 👩‍🚀 אבג`, slug, isPublished: true });
      assert.equal(url, `${server.address}/bio/${encodeURIComponent(slug)}`);
      const page = await visit(new URL(url).pathname);
      assert.deepEqual([page.status, page.text.includes(`${slug} 👩‍🚀 אבג</h1>`)], [200, true]);
    }
  });

  it('is found by its slug in any case, with a slash behind it, too', async () => {
    await newGallery({ slug: 'MixedCase', isPublished: true });
    for (const path of ['/bio/MixedCase', '/bio/mixedcase', '/bio/MIXEDCASE/', '/bio/mixedCase?x=1']) {
      assert.equal((await visit(path)).status, 200, path);
    }
  });

  it('is listed, the newest first, in pages and by cursor, without its items', async () => {
    const { client: own } = addUser(server);
    const made: string[] = [];
    for (let n = 0; n < 5; n++) made.unshift((await newGallery({}, own)).id);
    const first = await own.get('/galleries?perPage=2');
    const { nextCursor, ...meta } = first.meta as unknown as Record<string, unknown>;
    assert.deepEqual(meta, { page: 1, perPage: 2, total: 5, hasMore: true });
    assert.deepEqual(Object.keys(first.data<object[]>()[0]!), keys.split(' '));
    const ids = (answer: ApiAnswer) => answer.data<GalleryObject[]>().map(({ id }) => id);
    await newGallery({}, own);
    const second = await own.get(`/galleries?perPage=3&cursor=${String(nextCursor)}`);
    assert.deepEqual([...ids(first), ...ids(second)], made);
  });

  it('is gone when it is deleted, and so are its items; its address is free', async () => {
    const { id } = await newGallery({ slug: 'short-lived', isPublished: true });
    const item = await client.post(`/galleries/${id}/items`, { type: 'header', title: 'x' });
    await visit('/bio/short-lived');
    assert.equal((await client.delete(`/galleries/${id}`)).status, 204);
    for (const answer of [
      await client.delete(`/galleries/${id}`),
      await client.get(`/galleries/${id}`),
      await client.delete(`/galleries/${id}/items/${item.data<GalleryObject>().id}`),
    ])
      assert.deepEqual([answer.status, answer.error.code], [404, 'NOT_FOUND']);
    assert.equal((await visit('/bio/short-lived')).status, 404);
    // What comes after it inherits no visits.
    const next = await newGallery({ slug: 'SHORT-lived' });
    assert.equal((await get(next.id)).viewCount, 0);
  });

  it('is made once for one Idempotency-Key', async () => {
    const { client: own } = addUser(server);
    const send = (body: object) => own.send('POST', '/galleries', body, { 'idempotency-key': 'g-1' });
    const [one, other] = await Promise.all([send({ title: 'Once' }), send({ title: 'Once' })]);
    assert.deepEqual([one.status, other.status], [201, 201]);
    assert.equal(one.text, other.text);
    assert.equal((await send({ title: 'Twice' })).error.code, 'IDEMPOTENCY_KEY_REUSED');
    const items = `/galleries/${one.data<GalleryObject>().id}/items`;
    const put = () => own.send('POST', items, { type: 'divider' }, { 'idempotency-key': 'g-2' });
    assert.equal((await put()).text, (await put()).text);
    assert.equal((await own.get(items)).meta.total, 1);
    assert.equal((await own.get('/galleries')).meta.total, 1);
  });

  it('is one of as many as the plan allows, also when they are asked for at once', async () => {
    for (let round = 0; round < 5; round++) {
      const { client: own } = addUser(server, 'free');
      const answers = await Promise.all(Array.from({ length: 12 }, () => own.post('/galleries', { title: 'x' })));
      const made = answers.filter(({ status }) => status === 201);
      assert.equal(made.length, 3);
      for (const { status, error } of answers.filter((answer) => !made.includes(answer)))
        assert.deepEqual([status, error.code], [402, 'LIMIT_REACHED']);
      const { galleries } = (await own.get('/usage')).data<{ galleries: object }>();
      assert.deepEqual(galleries, { used: 3, limit: 3 });
      await own.delete(`/galleries/${made[0]!.data<GalleryObject>().id}`);
      assert.equal((await own.post('/galleries', { title: 'x' })).status, 201);
    }
  });

  it('of another user is not there, for any verb', async () => {
    const { id, url } = await newGallery({ isPublished: true });
    const item = (await client.post(`/galleries/${id}/items`, { type: 'divider' })).data<GalleryObject>();
    const { client: other, id: otherId } = addUser(server);
    const path = `/galleries/${id}`;
    const asked: [string, string, object?][] = [
      ['GET', path],
      ['PATCH', path, { title: 'Mine' }],
      ['DELETE', path],
      ['POST', `${path}/publish`, { isPublished: false }],
      ['GET', `${path}/preview`],
      ['GET', `${path}/stats`],
      ['GET', `${path}/items`],
      ['POST', `${path}/items`, { type: 'divider' }],
      ['PATCH', `${path}/items/reorder`, { itemIds: [item.id] }],
      ['PATCH', `${path}/items/${item.id}`, { title: 'Mine' }],
      ['DELETE', `${path}/items/${item.id}`],
      ['GET', `${path}/items/${item.id}/stats`],
    ];
    for (const [method, to, body] of asked) {
      const answer = await other.send(method, to, body);
      assert.deepEqual([answer.status, answer.error.code], [404, 'NOT_FOUND'], `${method} ${to}`);
    }
    const narrow = addKey(server, otherId, { scopes: ['galleries:*'] });
    assert.equal((await narrow.get('/galleries')).status, 200);
    assert.equal((await narrow.get(`${path}/stats`)).status, 403);
    assert.equal((await visit(new URL(url).pathname)).status, 200);
    assert.equal((await get(id)).title, 'Ada');
  });
});

describe('publishing', () => {
  it('shows the page and the data, and takes both down again', async () => {
    const { id, slug, domain } = await newGallery();
    const data = `/public/galleries/${domain}/${slug}`;
    const anyone = new ApiClient(server.address, undefined);
    const statuses = async () => [(await visit(`/bio/${slug}`)).status, (await anyone.get(data)).status];
    assert.deepEqual(await statuses(), [404, 404]);
    const published = await client.send('POST', `/galleries/${id}/publish`);
    assert.deepEqual([published.status, published.data<GalleryObject>().isPublished], [200, true]);
    assert.deepEqual(await statuses(), [200, 200]);
    const down = await client.post(`/galleries/${id}/publish`, { isPublished: false });
    assert.equal(down.data<GalleryObject>().isPublished, false);
    assert.deepEqual(await statuses(), [404, 404]);
    await client.post(`/galleries/${id}/publish`, {});
    assert.deepEqual(await statuses(), [200, 200]);
  });

  it('of a page that is not published tells no more than of one that never was', async () => {
    const { id } = await newGallery({ slug: 'secret', customCss: 'a{b:c}' });
    const item = await client.post(`/galleries/${id}/items`, { type: 'link', title: 'x', url: 'https://example.com/' });
    const itemId = item.data<GalleryObject>().id;
    for (const tail of ['', '/', '/style.css', `/${itemId}`, `/${itemId}/player`, '?preview=1.x', '/x/y/z']) {
      for (const accept of ['text/html', 'application/json']) {
        for (const method of ['GET', 'HEAD']) {
          const [secret, nobody] = await Promise.all(
            ['secret', 'nobody'].map((slug) => visit(`/bio/${slug}${tail}`, { accept }, method)),
          );
          assert.equal(secret!.status, 404, tail);
          assert.equal(secret!.text, nobody!.text);
          const told = ({ 'x-request-id': _id, date: _date, ...headers }: object & Record<string, unknown>) => headers;
          assert.deepEqual(told(secret!.headers), told(nobody!.headers));
        }
      }
    }
    assert.equal((await get(id)).viewCount, 0);
  });

  it('gives anyone what visitors see as data, and nothing else', async () => {
    const { id, slug, url } = await newGallery({ ...everyField, slug: 'as-data' });
    const items = `/galleries/${id}/items`;
    await client.post(items, { type: 'link', title: 'Shown', url: 'https://example.com/' });
    await client.post(items, { type: 'link', title: 'Hidden', url: 'https://example.com/', isVisible: false });
    await visit(`/bio/${slug}`);
    const answer = await new ApiClient(server.address, undefined).get('/public/galleries/127.0.0.1/AS-data');
    assert.equal(answer.headers['access-control-allow-origin'], '*');
    const data = answer.data<GalleryObject>();
    assert.deepEqual(Object.keys(data), [...keys.split(' ').slice(0, -3), 'items']);
    assert.deepEqual(
      data.items.map(({ title, href }) => [title, href]),
      [['Shown', `${url}/${data.items[0]!.id}`]],
    );
    assert.doesNotMatch(answer.text, /Hidden|[cC]ount"/);
    assert.equal((await get(id)).viewCount, 1, 'data is no view');
  });
});

describe('a preview', () => {
  it('shows an unpublished page to whoever has its address, and counts nothing', async () => {
    const { id, slug } = await newGallery({ slug: 'draft', customCss: '.item { color: red }' });
    const item = await client.post(`/galleries/${id}/items`, { type: 'link', title: 'x', url: 'https://example.com/' });
    const start = Date.now();
    const { url, expiresAt } = (await client.get(`/galleries/${id}/preview`)).data<{
      url: string;
      expiresAt: string;
    }>();
    const lifetime = Date.parse(expiresAt) - start;
    assert.ok(lifetime > 3_590_000 && lifetime < 3_700_000, expiresAt);
    const { pathname, search } = new URL(url);
    assert.equal(pathname, `/bio/${slug}`);
    const page = await visit(pathname + search);
    assert.equal(page.status, 200);
    assert.match(page.text, /visitors do not see this page yet/);
    assert.equal(page.headers['x-robots-tag'], 'noindex');
    // Everything that the page needs is open to it, too.
    const addresses = [...page.text.matchAll(/href="(\/bio\/[^"]+)"/g)].map(([, to = '']) =>
      to.replaceAll('&amp;', '&'),
    );
    assert.deepEqual(addresses.length, 2);
    for (const to of addresses) assert.ok((await visit(to)).status < 400, to);
    assert.equal((await get(id)).viewCount, 0);
    const { clickCount } = (await client.get(`/galleries/${id}/items`)).data<{ clickCount: number }[]>()[0]!;
    assert.equal(clickCount, 0);
    assert.equal(item.status, 201);
  });

  it('is of one gallery, and cannot be made up', async () => {
    const [one, other] = [await newGallery({ slug: 'one' }), await newGallery({ slug: 'other' })];
    const { url } = (await client.get(`/galleries/${one.id}/preview`)).data<{ url: string }>();
    const token = new URL(url).searchParams.get('preview')!;
    const [expires = '', signature = ''] = token.split('.');
    const later = `${Number(expires) + 3600}.${signature}`;
    const forged = ['', 'x', '.', `${expires}.`, `${expires}.${'A'.repeat(22)}`, later, `${token}x`, ` ${token}`];
    for (const value of forged)
      assert.equal((await visit(`/bio/one?preview=${encodeURIComponent(value)}`)).status, 404, value);
    assert.equal((await visit(`/bio/${other.slug}?preview=${token}`)).status, 404);
    assert.equal((await visit(`/bio/one?preview=${token}`)).status, 200);
  });
});

describe('views', () => {
  it('are counted by the rules of clicks, with visitors and all', async () => {
    const { id, slug } = await newGallery({ isPublished: true });
    const path = `/bio/${slug}`;
    await visit(path, { referer: 'https://social.example/', 'accept-language': 'de' });
    await visit(path, { 'user-agent': personsBrowser.replace('X11; Linux x86_64', 'Windows NT 10.0; Win64; x64') });
    await visit(path);
    await visit(path, {}, 'HEAD');
    await visit(path, { 'user-agent': 'Googlebot/2.1 (+http://www.google.com/bot.html)' });
    await visit(path, { 'user-agent': 'Twitterbot/1.0' });
    await visit(path, { 'sec-purpose': 'prefetch' });
    assert.equal((await get(id)).viewCount, 3);
    const stats = (question = '') =>
      client.get(`/galleries/${id}/stats${question}`).then((answer) => answer.data<Record<string, unknown>>());
    const { totalClicks, uniqueVisitors, byReferrer } = await stats();
    assert.deepEqual([totalClicks, uniqueVisitors], [3, 2]);
    assert.deepEqual(byReferrer, [
      { referrer: 'direct', count: 2 },
      { referrer: 'social.example', count: 1 },
    ]);
    assert.equal((await stats('?bots=only'))['totalClicks'], 4);
  });

  it('show nowhere among links', async () => {
    const { client: own } = addUser(server, 'free');
    const { id, slug } = await newGallery({ isPublished: true }, own);
    await own.post(`/galleries/${id}/items`, { type: 'link', title: 'x', url: 'https://example.com/' });
    await visit(`/bio/${slug}`);
    const listed = await own.get('/links?archived=true');
    assert.deepEqual([listed.meta.total, listed.data()], [0, []]);
    const { links } = (await own.get('/usage')).data<{ links: { used: number } }>();
    assert.equal(links.used, 0);
    const overview = (await own.get('/analytics/overview')).data<{ totalClicks: number }>();
    assert.equal(overview.totalClicks, 0);
  });

  it('of a server that was killed are still there, and no link’s', async () => {
    const mortal = await startServer();
    const by = ApiClient.of(mortal);
    const link = await by.createLink({ slug: 'first' });
    await by.visit('first');
    const { id, slug } = (await by.post('/galleries', { title: 'x', isPublished: true })).data<GalleryObject>();
    const request = { path: `/bio/${slug}`, headers: { 'user-agent': personsBrowser } };
    await Promise.all(Array.from({ length: 20 }, () => sendRequest(mortal.address, request)));
    await mortal.kill();
    const again = await startServer({ dataFolder: mortal.dataFolder });
    const revived = new ApiClient(again.address, by.key);
    assert.equal((await revived.get(`/galleries/${id}`)).data<GalleryObject>().viewCount, 20);
    assert.equal((await revived.link(link.id)).clickCount, 1);
    const { code, stdout, stderr } = await runSignpost(['doctor', '--data-dir', mortal.dataFolder]);
    assert.equal(code, 0, stdout + stderr);
  });
});
