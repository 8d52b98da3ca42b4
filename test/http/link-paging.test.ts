// Cursors while links are made, changed, archived and clicked between two pages.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import * as fc from 'fast-check';
import { ApiClient, type LinkObject } from '../support/api-client.ts';
import { checkExchanges } from '../support/recorded-exchanges.ts';
import { closeServers, type ServerProcess, startServer } from '../support/server-process.ts';

after(closeServers);
checkExchanges();

let server: ServerProcess;
let api: ApiClient;
before(async () => {
  server = await startServer();
  api = ApiClient.of(server);
});

const actions = ['create', 'change', 'archive', 'click'] as const;

interface Walk {
  readonly sort: 'created' | 'updated' | 'clicks';
  readonly order: 'asc' | 'desc';
  readonly perPage: number;
  /** What happens before each further page, to which of the links. */
  readonly between: readonly (readonly [action: (typeof actions)[number], link: number])[];
}

const walks: fc.Arbitrary<Walk> = fc.record({
  sort: fc.constantFrom('created', 'updated', 'clicks'),
  order: fc.constantFrom('asc', 'desc'),
  perPage: fc.integer({ min: 1, max: 5 }),
  between: fc.array(fc.tuple(fc.constantFrom(...actions), fc.nat(11)), { maxLength: 12 }),
});

/** What a page says of the one after it. */
interface CursorMeta {
  readonly total: number;
  readonly hasMore: boolean;
  readonly nextCursor: string | null;
}

/** A link as a run makes it. */
interface Made {
  readonly tags: readonly string[];
  readonly isArchived: boolean;
  readonly clicks: number;
}

let walked = 0;

async function walk({ sort, order, perPage, between }: Walk, filter: (tag: string) => string): Promise<void> {
  const tag = `walk${++walked}end`;
  const links: LinkObject[] = [];
  for (let i = 0; i < 12; i++) links.push(await api.createLink({ tags: [tag] }));
  for (const { slug } of links.slice(3, 7)) await api.visit(slug);
  const touched = new Set<string>();
  const act = async (action: (typeof actions)[number], { id, slug }: LinkObject): Promise<void> => {
    touched.add(id);
    if (action === 'create') touched.add((await api.createLink({ tags: [tag] })).id);
    else if (action === 'change') await api.patch(`/links/${id}`, { title: `${touched.size}` });
    else if (action === 'archive') await api.delete(`/links/${id}`);
    else await api.visit(slug);
  };

  const seen: string[] = [];
  const left = [...between];
  let cursor: string | null = null;
  do {
    const query = `${filter(tag)}&sort=${sort}&order=${order}&perPage=${perPage}`;
    const answer = await api.get(`/links?${query}${cursor === null ? '' : `&cursor=${cursor}`}`);
    const shown = answer.data<LinkObject[]>();
    seen.push(...shown.map(({ id }) => id));
    const meta = answer.meta as unknown as CursorMeta;
    assert.equal(meta.hasMore, meta.nextCursor !== null);
    assert.ok(shown.length === perPage || meta.nextCursor === null);
    cursor = meta.nextCursor;
    const next = left.shift();
    if (next !== undefined) await act(next[0], links[next[1]]!);
  } while (cursor !== null);

  for (const { id } of links) {
    const times = seen.filter((one) => one === id).length;
    if (!touched.has(id)) assert.equal(times, 1, `${id} is shown ${times} times`);
  }
  // When a link was made never changes: by that, nothing can come twice, whatever happens to it.
  if (sort === 'created') assert.equal(new Set(seen).size, seen.length);
}

describe('a walk by cursor', () => {
  it('shows each link that stays as it is once, in every order, whatever happens to the others', async () => {
    await fc.assert(
      fc.asyncProperty(walks, (one) => walk(one, (tag) => `tag=${tag}`)),
      { numRuns: 12 },
    );
  });

  it('does so among all links, without a filter', async () => {
    await fc.assert(
      fc.asyncProperty(walks, async (one) => {
        for (const { id } of (await api.get('/links?perPage=100')).data<LinkObject[]>())
          await api.delete(`/links/${id}`);
        await walk(one, () => '');
      }),
      { numRuns: 5 },
    );
  });

  it('and one by page numbers show just the links that the question is about, in the order that they say themselves', async () => {
    const links: fc.Arbitrary<Made[]> = fc.array(
      fc.record({
        tags: fc.uniqueArray(fc.constantFrom('x', 'y')),
        isArchived: fc.nat(3).map((n) => n === 0),
        clicks: fc.nat(2),
      }),
      { minLength: 5, maxLength: 9 },
    );
    const questions = fc.record({
      sort: fc.constantFrom('created', 'updated', 'clicks'),
      order: fc.constantFrom('asc', 'desc'),
      perPage: fc.integer({ min: 1, max: 4 }),
      tag: fc.constantFrom('', '', 'x', 'y'),
      archived: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(links, questions, async (made, question) => {
        const name = `model${++walked}end`;
        for (const [n, { tags, isArchived, clicks }] of made.entries()) {
          const { id, slug } = await api.createLink({ title: name, tags, description: `${n}` });
          for (let i = 0; i < clicks; i++) await api.visit(slug);
          if (isArchived) await api.delete(`/links/${id}`);
        }
        const all = (await api.get(`/links?search=${name}&archived=true&perPage=100&order=asc`)).data<LinkObject[]>();
        assert.equal(all.length, made.length);
        const { sort, order, perPage, tag, archived } = question;
        const value = ({ createdAt, updatedAt, clickCount }: LinkObject): number =>
          sort === 'clicks' ? clickCount : Date.parse(sort === 'created' ? createdAt : updatedAt);
        // What is the same is in the order in which it was made.
        const rising = all
          .filter(({ isArchived, tags }) => (archived || !isArchived) && (tag === '' || tags.includes(tag)))
          .toSorted((a, b) => value(a) - value(b) || Number(a.description) - Number(b.description));
        const expected = (order === 'asc' ? rising : rising.toReversed()).map(({ id }) => id);

        const query = `search=${name}&sort=${sort}&order=${order}&perPage=${perPage}&tag=${tag}&archived=${archived}`;
        const byCursor: string[] = [];
        const byPage: string[] = [];
        for (let cursor: string | null = ''; cursor !== null;) {
          const answer = await api.get(`/links?${query}${cursor === '' ? '' : `&cursor=${cursor}`}`);
          byCursor.push(...answer.data<LinkObject[]>().map(({ id }) => id));
          cursor = (answer.meta as unknown as CursorMeta).nextCursor;
        }
        for (let page = 1; ; page++) {
          const answer = await api.get(`/links?${query}&page=${page}`);
          byPage.push(...answer.data<LinkObject[]>().map(({ id }) => id));
          assert.deepEqual([answer.meta.page, answer.meta.total], [page, expected.length]);
          if (!answer.meta.hasMore) break;
        }
        assert.deepEqual([byCursor, byPage], [expected, expected], JSON.stringify(question));
      }),
      { numRuns: 15 },
    );
  });

  it('finds nothing twice and misses nothing where many links were made at the same moment', async () => {
    const tag = 'at-the-same-moment';
    const made = (
      await api.post(
        '/links/bulk',
        Array.from({ length: 50 }, () => ({ destinationUrl: 'https://example.com/', tags: [tag] })),
      )
    ).data<{ data: LinkObject }[]>();
    for (const sort of ['created', 'updated', 'clicks']) {
      const seen: string[] = [];
      for (let cursor: string | null = ''; cursor !== null;) {
        const answer = await api.get(
          `/links?tag=${tag}&sort=${sort}&perPage=7${cursor === '' ? '' : `&cursor=${cursor}`}`,
        );
        seen.push(...answer.data<LinkObject[]>().map(({ id }) => id));
        cursor = (answer.meta as unknown as CursorMeta).nextCursor;
      }
      assert.deepEqual(seen.toSorted(), made.map(({ data }) => data.id).toSorted());
    }
  });
});
