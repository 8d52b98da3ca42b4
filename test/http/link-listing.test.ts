// Lists of links: pages, search, filters, order. Each describe has a user of its own, so that nobody counts another's links.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { openForCommand } from '../../src/storage/database.ts';
import type { ApiClient, LinkObject } from '../support/api-client.ts';
import { checkExchanges } from '../support/recorded-exchanges.ts';
import { closeServers, startServer } from '../support/server-process.ts';
import { addUser } from './other-users.ts';

after(closeServers);
checkExchanges();

const server = await startServer();
const [pager, searcher, sorter] = await Promise.all(
  ['pager', 'searcher', 'sorter'].map((name) => addUser(server, name)),
);

async function slugs(api: ApiClient, query: string): Promise<string[]> {
  return (await api.get(`/links?${query}`)).data<LinkObject[]>().map(({ slug }) => slug);
}

describe('pages', () => {
  const api = pager!;
  const made: string[] = [];
  before(async () => {
    for (let n = 0; n < 47; n++) made.push((await api.createLink({ slug: `page-${n}` })).slug);
  });

  it("have the seed's meta", async () => {
    const answer = await api.get('/links?perPage=10&sort=clicks');
    assert.deepEqual(Object.keys(answer.json as object), ['success', 'data', 'meta']);
    assert.deepEqual(Object.entries(answer.meta).slice(0, 4), [
      ['page', 1],
      ['perPage', 10],
      ['total', 47],
      ['hasMore', true],
    ]);
  });

  it('are 20 links long, and show the newest first', async () => {
    const answer = await api.get('/links');
    const { page, perPage, total, hasMore } = answer.meta;
    assert.deepEqual({ page, perPage, total, hasMore }, { page: 1, perPage: 20, total: 47, hasMore: true });
    const shown = answer.data<LinkObject[]>();
    assert.deepEqual(
      shown.map(({ slug }) => slug),
      made.toReversed().slice(0, 20),
    );
    assert.deepEqual(shown[0], await api.link(shown[0]!.id));
  });

  it('follow one another without a gap, end, and are empty after the end', async () => {
    const pages = await Promise.all([1, 2, 3, 4, 5, 6].map((page) => api.get(`/links?perPage=10&page=${page}`)));
    assert.deepEqual(
      pages.map(({ meta }) => [meta.page, meta.total, meta.hasMore]),
      [1, 2, 3, 4, 5, 6].map((page) => [page, 47, page < 5]),
    );
    const shown = pages.map((answer) => answer.data<LinkObject[]>().map(({ slug }) => slug));
    assert.deepEqual(shown.flat(), made.toReversed());
    assert.deepEqual(shown.at(-1), []);
    assert.deepEqual(await slugs(api, 'page=1000000&perPage=100'), []);
    assert.equal((await slugs(api, 'perPage=100')).length, 47);
  });

  it('hold each link once when all were made, changed and clicked at the same moment', async () => {
    const connection = openForCommand(server.dataFolder);
    connection.exec('UPDATE links SET created_at = 1700000000000, updated_at = 1700000000000');
    connection.close();
    for (const sort of ['created', 'updated', 'clicks']) {
      const read = async (order: string) =>
        (
          await Promise.all(
            [1, 2, 3, 4, 5, 6, 7].map((n) => slugs(api, `sort=${sort}&order=${order}&perPage=7&page=${n}`)),
          )
        ).flat();
      const [down, up] = await Promise.all([read('desc'), read('asc')]);
      assert.deepEqual(new Set(down), new Set(made));
      assert.deepEqual(down, up.toReversed());
    }
  });
});

describe('search and filters', () => {
  const api = searcher!;
  before(async () => {
    await api.createLink({ slug: 'Grüße', title: 'Aus KÖLN an die Straße', tags: ['Été', 'both'] });
    await api.createLink({ slug: 'greek', title: 'Σοφός, σοφοσύνη', description: 'ΟΔΟΣ', tags: ['both'] });
    await api.createLink({ slug: 'turkish', title: 'İstanbul ISPARTA' });
    await api.createLink({ slug: 'percent', title: '100% off', destinationUrl: 'https://shop.example/a_b' });
    await api.createLink({ slug: 'under_score', title: 'one', description: 'two\nlines', tags: ['three'] });
    const { id } = await api.createLink({ slug: 'archived', title: 'gone', tags: ['both'] });
    await api.delete(`/links/${id}`);
  });

  const found: [query: string, slugs: string[]][] = [
    ['search=GREEK', ['greek']],
    ['search=grüSSE', ['Grüße']],
    ['search=köln', ['Grüße']],
    ['search=ko\u0308ln', ['Grüße']],
    ['search=STRASSE', ['Grüße']],
    ['search=été', ['Grüße']],
    ['search=ΣΟΦΌΣ', ['greek']],
    ['search=ΣΟΦΟΣ', ['greek']],
    ['search=οδος', ['greek']],
    ['search=istanbul', ['turkish']],
    ['search=ISTANBUL', ['turkish']],
    ['search=isparta', ['turkish']],
    ['search=shop.EXAMPLE', ['percent']],
    ['search=%25', ['percent']],
    ['search=0%25 o', ['percent']],
    ['search=_', ['under_score', 'percent']],
    ['search=a_b', ['percent']],
    ['search=e_c', []],
    ['search=*', []],
    ['search=two', ['under_score']],
    ['search=two%0Alines', ['under_score']],
    ['search=thre', ['under_score']],
    // Never across two fields: title and description, or two tags.
    ['search=one%0Atwo', []],
    ['search=one two', []],
    ['search=onetwo', []],
    // A line break is a space to the search.
    ['search=%0A', ['under_score', 'percent', 'turkish', 'greek', 'Grüße']],
    ['search=\u0027 OR 1=1 --', []],
    ['search=', ['under_score', 'percent', 'turkish', 'greek', 'Grüße']],
    ['search=gone', []],
    ['search=gone&archived=true', ['archived']],
    ['tag=both', ['greek', 'Grüße']],
    ['tag=both&archived=true', ['archived', 'greek', 'Grüße']],
    ['tag=E\u0301te\u0301', ['Grüße']],
    ['tag=both&tag=Été', ['Grüße']],
    ['tag=both&tag=three', []],
    ['tag=bo', []],
    ['tag=', ['under_score', 'percent', 'turkish', 'greek', 'Grüße']],
    ['tag=both&search=greek', ['greek']],
    ['archived=false&search=ar', ['turkish']],
    ['domain=127.0.0.1&tag=three', ['under_score']],
    ['domain=other.example', []],
  ];
  for (const [query, expected] of found) {
    it(`finds ${expected.length} by ${query}`, async () => {
      const answer = await api.get(`/links?${query.replaceAll(/[^\x21-\x7e]/gu, encodeURIComponent)}`);
      const shown = answer.data<LinkObject[]>().map(({ slug }) => slug);
      assert.deepEqual(shown, expected);
      assert.equal(answer.meta.total, expected.length);
    });
  }
});

describe('order', () => {
  const api = sorter!;
  before(async () => {
    const links = [];
    for (const slug of ['a', 'b', 'c', 'd']) links.push(await api.createLink({ slug: `order-${slug}` }));
    for (const slug of ['b', 'b', 'b', 'd']) await api.visit(`order-${slug}`);
    await api.patch(`/links/${links[0]!.id}`, { title: 'changed last' });
  });

  const orders: [query: string, slugs: string][] = [
    ['', 'dcba'],
    ['sort=created', 'dcba'],
    ['sort=created&order=desc', 'dcba'],
    ['order=asc', 'abcd'],
    ['sort=updated', 'adcb'],
    ['sort=updated&order=asc', 'bcda'],
    ['sort=clicks', 'bdca'],
    ['sort=clicks&order=asc', 'acdb'],
  ];
  for (const [query, expected] of orders) {
    it(`is ${expected} for "${query}"`, async () => {
      const shown = await slugs(api, query);
      assert.equal(shown.map((slug) => slug.slice(-1)).join(''), expected);
    });
  }

  it('counts clicks in the list as in the link', async () => {
    const [first] = (await api.get('/links?sort=clicks')).data<LinkObject[]>();
    assert.equal(first!.clickCount, 3);
    assert.deepEqual(first, await api.link(first!.id));
  });
});
