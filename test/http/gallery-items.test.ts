// The items of a gallery: what stands on it, in which order, when it is shown, and what is counted when somebody follows it.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { addUser } from '../support/accounts.ts';
import { type ApiAnswer, ApiClient, type LinkStats, personsBrowser, sendRequest } from '../support/api-client.ts';
import { checkExchanges } from '../support/recorded-exchanges.ts';
import { closeServers, type ServerProcess, startServer } from '../support/server-process.ts';

after(closeServers);
checkExchanges();

interface Item {
  readonly id: string;
  readonly type: string;
  readonly title: string | null;
  readonly url: string | null;
  readonly linkId: string | null;
  readonly position: number;
  readonly isVisible: boolean;
  readonly clickCount: number;
  readonly createdAt: string;
  readonly updatedAt: string;
}

let server: ServerProcess;
let client: ApiClient;
before(async () => {
  // On another day a visitor is another one.
  server = await startServer({ clockFrom: '2026-07-01T12:00:00Z' });
  client = ApiClient.of(server);
});

/** A gallery of its own for a test, published, and short ways to it. */
class Page {
  readonly id: string;
  readonly path: string;

  constructor({ id, slug }: { id: string; slug: string }) {
    this.id = id;
    this.path = `/bio/${slug}`;
  }

  static async make(fields: object = {}): Promise<Page> {
    return new Page((await client.post('/galleries', { title: 'Ada', isPublished: true, ...fields })).data());
  }

  get api(): string {
    return `/galleries/${this.id}/items`;
  }

  async put(fields: object): Promise<Item> {
    const answer = await client.post(this.api, fields);
    assert.equal(answer.status, 201, answer.text);
    return answer.data<Item>();
  }

  link(title: string, more: object = {}): Promise<Item> {
    return this.put({ type: 'link', title, url: 'https://example.com/', ...more });
  }

  async items(): Promise<Item[]> {
    return (await client.get(this.api)).data<Item[]>();
  }

  /** Titles in their order; the positions are what they must be. */
  async order(): Promise<string> {
    const items = await this.items();
    assert.deepEqual(
      items.map(({ position }) => position),
      items.map((_, n) => n),
    );
    return items.map(({ title }) => title).join('');
  }

  /** A page with items called by the letters. */
  static async of(letters: string): Promise<{ page: Page; ids: Map<string, string> }> {
    const page = await Page.make();
    const ids = new Map<string, string>();
    for (const letter of letters) ids.set(letter, (await page.put({ type: 'header', title: letter })).id);
    return { page, ids };
  }
}

const visit = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
  sendRequest(server.address, { method, path, headers: { 'user-agent': personsBrowser, ...headers } });

const keys =
  'id type title url thumbnailUrl iconName position isVisible clickCount embedType embedData linkId visibleFrom visibleUntil createdAt updatedAt';

describe('an item', () => {
  it('has every key, whatever its type', async () => {
    const page = await Page.make();
    const given: object[] = [
      { type: 'link', title: 'A', url: 'https://example.com/a', iconName: 'music' },
      { type: 'header', title: 'B' },
      { type: 'divider' },
      { type: 'embed', title: 'D', embedType: 'youtube', embedData: { videoId: 'aqz-KE-bpKQ' } },
      { type: 'image', title: 'E', thumbnailUrl: 'https://example.com/e.png', url: 'https://example.com/e' },
    ];
    for (const [n, fields] of given.entries()) {
      const item = await page.put(fields);
      assert.deepEqual(Object.keys(item), keys.split(' '));
      assert.match(item.id, /^itm_\w{16}$/);
      assert.deepEqual({ ...item, ...fields }, item);
      assert.deepEqual([item.position, item.isVisible, item.clickCount, item.createdAt], [n, true, 0, item.updatedAt]);
    }
    const answer = await client.get(`/galleries/${page.id}`);
    assert.deepEqual(answer.data<{ items: Item[] }>().items, await page.items());
  });

  it('leads to mail, telephone and apps, too', async () => {
    const page = await Page.make();
    for (const url of [
      'mailto:ada@example.com',
      'tel:+46123456',
      'spotify:album:1',
      'https://example.com/%C3%A9?a=1#b',
    ]) {
      const { id } = await page.link('x', { url });
      assert.equal((await visit(`${page.path}/${id}`)).headers.location, url);
    }
  });

  it('changes where asked, and stays as it was elsewhere', async () => {
    const page = await Page.make();
    const before = await page.link('Before', { iconName: 'star', visibleUntil: '2999-01-01T00:00:00.000Z' });
    const change = { title: 'After', isVisible: false, visibleUntil: null };
    const answer = await client.patch(`${page.api}/${before.id}`, change);
    const item = answer.data<Item>();
    assert.deepEqual(item, { ...before, ...change, updatedAt: item.updatedAt });
    assert.ok(item.updatedAt > before.updatedAt);
    const same = (await client.patch(`${page.api}/${before.id}`, {})).data<Item>();
    assert.deepEqual({ ...same, updatedAt: '' }, { ...item, updatedAt: '' });
  });

  it('is one of 100 at most, also when they are put there at once', async () => {
    const page = await Page.make();
    const answers = await Promise.all(Array.from({ length: 103 }, () => client.post(page.api, { type: 'divider' })));
    const refused = answers.filter(({ status }) => status !== 201);
    assert.deepEqual(
      refused.map(({ status, error }) => [status, error.code]),
      Array.from({ length: 3 }, () => [400, 'VALIDATION_ERROR']),
    );
    const listed = await client.get(`${page.api}?page=2&perPage=40`);
    assert.deepEqual(listed.meta, { page: 2, perPage: 40, total: 100, hasMore: true, nextCursor: null });
    assert.deepEqual(
      (await page.items()).map(({ position }) => position),
      Array.from({ length: 100 }, (_, n) => n),
    );
  });
});

describe('the order', () => {
  const moves: [name: string, letter: string, position: number, order: string][] = [
    ['to the top', 'D', 0, 'DABC'],
    ['down', 'A', 2, 'BCAD'],
    ['to the end', 'A', 3, 'BCDA'],
    ['past the end', 'B', 99, 'ACDB'],
    ['to where it is', 'B', 1, 'ABCD'],
  ];
  for (const [name, letter, position, order] of moves) {
    it(`keeps the others as they were when one moves ${name}`, async () => {
      const { page, ids } = await Page.of('ABCD');
      const moved = (await client.patch(`${page.api}/${ids.get(letter)}`, { position })).data<Item>();
      assert.equal(moved.position, order.indexOf(letter));
      assert.equal(await page.order(), order);
    });
  }

  it('makes room for a new one, and closes up after one that goes', async () => {
    const { page, ids } = await Page.of('ABC');
    await page.put({ type: 'header', title: 'X', position: 1 });
    assert.equal(await page.order(), 'AXBC');
    await page.put({ type: 'header', title: 'Y', position: 50 });
    assert.equal(await page.order(), 'AXBCY');
    assert.equal((await client.delete(`${page.api}/${ids.get('A')}`)).status, 204);
    assert.equal(await page.order(), 'XBCY');
  });

  it('is given as a list of ids', async () => {
    const { page, ids } = await Page.of('ABCD');
    const answer = await client.patch(`${page.api}/reorder`, {
      itemIds: 'CADB'.split('').map((letter) => ids.get(letter)),
    });
    const titles = answer.data<Item[]>().map(({ title }) => title);
    assert.deepEqual([titles.join(''), await page.order()], ['CADB', 'CADB']);
    assert.equal(answer.meta.total, 4);
  });

  it('is given as places of some', async () => {
    const { page, ids } = await Page.of('ABCDE');
    const items = [
      { id: ids.get('E'), position: 0 },
      { id: ids.get('A'), position: 3 },
    ];
    assert.equal((await client.patch(`${page.api}/reorder`, { items })).status, 200);
    assert.equal(await page.order(), 'EBCAD');
    await client.patch(`${page.api}/reorder`, { items: [] });
    assert.equal(await page.order(), 'EBCAD');
  });

  it('is one of those asked for when several ask at once, and never a mixture', async () => {
    const { page, ids } = await Page.of('ABCDEF');
    const orders = ['FEDCBA', 'BADCFE', 'CDEFAB', 'ACEBDF'];
    const answers = await Promise.all(
      orders.map((order) =>
        client.patch(`${page.api}/reorder`, { itemIds: order.split('').map((letter) => ids.get(letter)) }),
      ),
    );
    const told = (answer: ApiAnswer) => answer.data<Item[]>().map(({ title }) => title);
    assert.deepEqual(
      answers.map((answer) => told(answer).join('')),
      orders,
    );
    assert.ok(orders.includes(await page.order()));
  });

  it('lets what was asked before a change of the items be refused as a whole', async () => {
    const { page, ids } = await Page.of('ABC');
    const itemIds = ['C', 'B', 'A'].map((letter) => ids.get(letter));
    await page.put({ type: 'header', title: 'D' });
    assert.equal((await client.patch(`${page.api}/reorder`, { itemIds })).status, 400);
    assert.equal(await page.order(), 'ABCD');
  });

  it('counts as a change of the gallery', async () => {
    const { page, ids } = await Page.of('AB');
    const changedAt = async () => (await client.get(`/galleries/${page.id}`)).data<Item>().updatedAt;
    const seen = [await changedAt()];
    await client.patch(`${page.api}/reorder`, { itemIds: [ids.get('B'), ids.get('A')] });
    seen.push(await changedAt());
    await client.patch(`${page.api}/${ids.get('A')}`, { title: 'a' });
    seen.push(await changedAt());
    await client.delete(`${page.api}/${ids.get('A')}`);
    seen.push(await changedAt());
    assert.deepEqual(seen, [...new Set(seen)].toSorted());
  });
});

describe('what visitors see', () => {
  const past = '2020-01-01T00:00:00Z';
  const future = '2999-01-01T00:00:00+02:00';
  const schedules: [name: string, fields: object, isSeen: boolean][] = [
    ['always', {}, true],
    ['since before', { visibleFrom: past }, true],
    ['until later', { visibleUntil: future }, true],
    ['between', { visibleFrom: past, visibleUntil: future }, true],
    ['not yet', { visibleFrom: future }, false],
    ['no more', { visibleUntil: past }, false],
    ['hidden', { isVisible: false }, false],
    ['hidden, and in time', { isVisible: false, visibleFrom: past }, false],
  ];
  it('follows the schedule, on the page and behind it', async () => {
    const page = await Page.make();
    for (const [name, fields] of schedules) await page.link(`<${name}>`, fields);
    const [items, { text }] = [await page.items(), await visit(page.path)];
    for (const [n, [name, , isSeen]] of schedules.entries()) {
      assert.equal(text.includes(`&lt;${name}&gt;`), isSeen, name);
      assert.equal((await visit(`${page.path}/${items[n]!.id}`)).status, isSeen ? 302 : 404, name);
    }
    assert.equal((await page.items()).filter(({ clickCount }) => clickCount > 0).length, 4);
  });

  it('is nothing to open where there is nothing', async () => {
    const page = await Page.make();
    const header = await page.put({ type: 'header', title: 'x' });
    const picture = await page.put({ type: 'image', thumbnailUrl: 'https://example.com/x.png' });
    for (const { id } of [header, picture]) assert.equal((await visit(`${page.path}/${id}`)).status, 404);
    const other = await Page.make();
    const { id } = await other.link('x');
    assert.equal((await visit(`${page.path}/${id}`)).status, 404);
    assert.equal((await visit(`${other.path}/${id}/player`)).status, 404);
  });
});

describe('a click on an item', () => {
  it('is counted like one on a link, and leads on', async () => {
    const page = await Page.make();
    const { id } = await page.link('x', { url: 'https://example.com/there' });
    const open = `${page.path}/${id}`;
    for (let n = 0; n < 2; n++) {
      const { status, headers } = await visit(open, { referer: server.address + page.path });
      assert.deepEqual(
        [status, headers.location, headers['cache-control'], headers['x-robots-tag']],
        [302, 'https://example.com/there', 'private, no-store', 'noindex'],
      );
    }
    await visit(open, {}, 'HEAD');
    await visit(open, { 'user-agent': 'curl/8.10.1' });
    await visit(open, { 'sec-purpose': 'prefetch' });
    const [item] = await page.items();
    assert.equal(item?.clickCount, 2);
    const stats = async (question = '') => (await client.get(`${page.api}/${id}/stats${question}`)).data<LinkStats>();
    const { totalClicks, uniqueVisitors, overTime } = await stats();
    assert.deepEqual([totalClicks, uniqueVisitors, overTime.at(-1)?.count], [2, 1, 2]);
    assert.equal((await stats('?bots=include')).totalClicks, 5);
    // A view is a view, and a click is a click.
    assert.equal((await client.get(`/galleries/${page.id}/stats`)).data<LinkStats>().totalClicks, 0);
  });

  it('on a linked short link counts there, too, and goes where its targets say', async () => {
    const page = await Page.make();
    const link = await client.createLink({ iosUrl: 'https://example.com/ios', slug: 'shop' });
    const item = await page.put({ type: 'link', title: 'Shop', linkId: link.id });
    assert.deepEqual([item.url, item.linkId], [link.shortUrl, link.id]);
    const { headers } = await visit(`${page.path}/${item.id}`);
    assert.equal(headers.location, link.shortUrl);
    const iphone =
      'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1';
    assert.equal((await visit('/shop', { 'user-agent': iphone })).headers.location, 'https://example.com/ios');
    assert.equal((await page.items())[0]?.clickCount, 1);
    assert.equal((await client.link(link.id)).clickCount, 1);
    // The address follows the link.
    await client.patch(`/links/${link.id}`, { slug: 'shop-2' });
    assert.equal((await page.items())[0]?.url, `${server.address}/shop-2`);
    await client.delete(`/links/${link.id}`);
    assert.doesNotMatch((await visit(page.path)).text, /Shop/);
    assert.equal((await visit(`${page.path}/${item.id}`)).status, 404);
  });

  it('leads to the address that replaced the link, and back', async () => {
    const page = await Page.make();
    const { id: linkId, shortUrl } = await client.createLink();
    const { id } = await page.link('x');
    const change = async (fields: object) => {
      const { url, linkId: linked } = (await client.patch(`${page.api}/${id}`, fields)).data<Item>();
      return [url, linked];
    };
    assert.deepEqual(await change({ linkId }), [shortUrl, linkId]);
    assert.deepEqual(await change({ title: 'y' }), [shortUrl, linkId]);
    assert.deepEqual(await change({ url: 'https://example.com/b' }), ['https://example.com/b', null]);
    const { client: other } = addUser(server);
    const foreign = await other.createLink();
    const refused = await client.patch(`${page.api}/${id}`, { linkId: foreign.id });
    assert.deepEqual([refused.status, refused.error.details?.[0]?.path], [400, 'linkId']);
    assert.deepEqual(await change({}), ['https://example.com/b', null]);
  });

  it('on a video opens the player in its frame, and YouTube itself elsewhere', async () => {
    const page = await Page.make();
    const { id } = await page.put({ type: 'embed', embedType: 'youtube', embedData: { videoId: 'aqz-KE-bpKQ' } });
    const frame = await visit(`${page.path}/${id}/player`);
    assert.equal(frame.status, 200);
    assert.doesNotMatch(frame.text, /youtube-nocookie|<script/);
    assert.match(String(frame.headers['content-security-policy']), /frame-ancestors 'self'$/);
    assert.ok(frame.text.includes(`href="${page.path}/${id}"`));
    const player = await visit(`${page.path}/${id}`, { 'sec-fetch-dest': 'iframe' });
    assert.equal(player.headers.location, 'https://www.youtube-nocookie.com/embed/aqz-KE-bpKQ?autoplay=1&rel=0');
    const whole = await visit(`${page.path}/${id}`, { 'sec-fetch-dest': 'document' });
    assert.equal(whole.headers.location, 'https://www.youtube.com/watch?v=aqz-KE-bpKQ');
    assert.match(
      String((await visit(page.path)).headers['content-security-policy']),
      /; frame-src 'self' https:\/\/www\.youtube-nocookie\.com;/,
    );
    assert.equal((await page.items())[0]?.clickCount, 2);
  });

  it('is lost to nobody when the server is killed', async () => {
    const mortal = await startServer();
    const by = ApiClient.of(mortal);
    const { id, slug } = (await by.post('/galleries', { title: 'x', isPublished: true })).data<{
      id: string;
      slug: string;
    }>();
    const fields = { type: 'link', title: 'x', url: 'https://example.com/' };
    const item = (await by.post(`/galleries/${id}/items`, fields)).data<Item>();
    const request = { path: `/bio/${slug}/${item.id}`, headers: { 'user-agent': personsBrowser } };
    const answers = await Promise.all(Array.from({ length: 30 }, () => sendRequest(mortal.address, request)));
    await mortal.kill();
    const again = await startServer({ dataFolder: mortal.dataFolder });
    const items = (await new ApiClient(again.address, by.key).get(`/galleries/${id}/items`)).data<Item[]>();
    assert.equal(items[0]?.clickCount, answers.filter(({ status }) => status === 302).length);
    assert.equal(items[0]?.clickCount, 30);
  });
});
