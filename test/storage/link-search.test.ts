// The search on a real database with enough links to be sealed, against the plain question put to every link.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createUser, parseNewUser } from '../../src/accounts/users.ts';
import { startWorker } from '../../src/core/worker-threads.ts';
import { setDefaultHost } from '../../src/domains/domain-store.ts';
import type { LinkPlace } from '../../src/links/link-cursor.ts';
import { parseNewLink } from '../../src/links/link-input.ts';
import type { LinkSort } from '../../src/links/link-schemas.ts';
import { currentTotals } from '../../src/links/link-totals-store.ts';
import type { UnstoredLink } from '../../src/links/link.ts';
import { createLinks } from '../../src/links/link-bulk-store.ts';
import { type SomeLinks, toColumns } from '../../src/links/link-columns.ts';
import { archiveLinks, updateLink } from '../../src/links/link-write-store.ts';
import { type SearchAnswer, Searcher, type SearchQuestion } from '../../src/links/search/searcher.ts';
import { LinkSearch } from '../../src/links/search/link-search.ts';
import { type ChoreSource, doChores, Sealer } from '../../src/links/search/sealing.ts';
import { domainPiece, foldForSearch, livePiece, searchTextOf, tagPiece } from '../../src/links/search/search-text.ts';
import { maxDocuments } from '../../src/links/search/segment-parts.ts';
import { ClickRecording } from '../support/click-recording.ts';
import { seededRandom } from '../support/seeded-random.ts';

const now = Date.parse('2026-07-01T12:00:00Z');
const words = ['sommer', 'Winter', 'ÉTÉ', 'straße', 'Poster', 'flyer', '7', 'sale-50%', 'a_b', 'маркет', '中文', '😀'];
const random = seededRandom(11);
const word = (): string => words[random(words.length)]!;

let folder: string;
let recording: ClickRecording;
let search: LinkSearch;
const users: number[] = [];
before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'signpost-link-search-'));
  recording = await ClickRecording.open(folder);
  await recording.writer.run(setDefaultHost, { host: 'go.example', now });
  for (const name of ['many', 'few'])
    users.push(createUser(recording.connection, parseNewUser({ email: `${name}@example.com`, name }), now).id);
  search = newSearch();
});
after(async () => {
  await search.close();
  await recording.close();
  rmSync(folder, { recursive: true });
});

function newSearch(): LinkSearch {
  const made = new LinkSearch({
    reader: recording.connection,
    writer: recording.writer,
    startThread: (isSealing) => startWorker('search', { workerData: { dataFolder: folder, isSealing } }),
    onFailure: (error) => assert.fail(String(error)),
  });
  recording.recorder.onCommitted = made;
  return made;
}

let made = 0;
function newLink(userId: number): UnstoredLink {
  const context = { now, reserved: new Set<string>(), ownHosts: () => false };
  const {
    password: _,
    domain: __,
    findExisting: ___,
    ...fields
  } = parseNewLink(
    {
      destinationUrl: `https://www.example.com/${word()}/${made % 97}?from=${word()}`,
      title: made % 3 === 0 ? `${word()} ${word()}` : null,
      tags: made % 4 === 0 ? [word()] : [],
    },
    context,
  );
  made++;
  return {
    ...fields,
    publicId: `lnk_${made}`,
    userId,
    domainId: 1,
    slug: `s${made}`,
    passwordHash: null,
    archivedAt: null,
    passwordVersion: 0,
    isArchived: made % 10 === 0,
    version: 1,
    changedByKeyId: null,
    // Several at the same moment, and the clock is set back now and then.
    createdAt: now + (made >> 2) - (made % 5_000 === 0 ? 100_000 : 0),
    updatedAt: now + (made >> 2),
  };
}

async function makeLinks(userId: number, count: number): Promise<void> {
  for (let left = count; left > 0; left -= 1_000) {
    const links = Array.from({ length: Math.min(left, 1_000) }, () => newLink(userId));
    await recording.writer.run(createLinks, {
      links: toColumns(links as unknown as SomeLinks),
      maxLinks: Infinity,
      inFull: false,
    });
  }
}

const linkIds = (userId: number): number[] =>
  recording.connection
    .prepare<[number], number>('SELECT id FROM links WHERE user_id = ? ORDER BY id')
    .pluck()
    .all(userId);
const publicIds = (userId: number): string[] =>
  recording.connection
    .prepare<[number], string>('SELECT public_id FROM links WHERE user_id = ? ORDER BY id')
    .pluck()
    .all(userId);
const count = (table: string): number =>
  recording.connection.prepare<[], number>(`SELECT count(*) FROM ${table}`).pluck().get()!;

async function changeSome(userId: number, changes: number): Promise<void> {
  const ids = publicIds(userId);
  const by = { userId, keyId: null, maxLinks: Infinity, now: now + 10_000_000 };
  const writes = Array.from({ length: changes }, (_, i) => {
    const fields = i % 3 === 0 ? { isArchived: true } : i % 3 === 1 ? { title: word() } : { tags: [word(), word()] };
    return recording.writer.run(updateLink, { change: by, publicId: ids[random(ids.length)]!, fields });
  });
  await Promise.all(writes);
}

const sorts: readonly LinkSort[] = ['created', 'updated', 'clicks'];

interface Row extends Record<LinkSort, number> {
  readonly id: number;
  readonly text: string;
}

function readRows(userId: number): Row[] {
  const rows = recording.connection.prepare<[number], Record<string, string> & { id: number }>(
    `SELECT id, slug, destination_url, coalesce(title, '') AS title, domain_id, is_archived, created_at, updated_at,
       (SELECT json_group_array(tag ORDER BY position) FROM link_tags WHERE link_id = id) AS tags,
       coalesce((SELECT clicks FROM (${currentTotals}) WHERE link_id = id), 0) AS clicks
     FROM links WHERE user_id = ?`,
  );
  return rows.all(userId).map((row) => ({
    id: row.id,
    created: Number(row['created_at']),
    updated: Number(row['updated_at']),
    clicks: Number(row['clicks']),
    text: searchTextOf({
      slug: row['slug']!,
      destinationUrl: row['destination_url']!,
      title: row['title']!,
      description: null,
      tags: JSON.parse(row['tags']!) as string[],
      domainId: Number(row['domain_id']),
      isArchived: Number(row['is_archived']) === 1,
    }),
  }));
}

type Find = (question: SearchQuestion) => SearchAnswer | Promise<SearchAnswer>;

/** Every kind of question, each compared with all the user's links. */
async function compare(userId: number, find: Find = (question) => search.find(question)): Promise<void> {
  const links = readRows(userId);
  const pieceSets = [
    [],
    [livePiece],
    [domainPiece(1)],
    [domainPiece(2)],
    [foldForSearch('EXAMPLE.com/'), livePiece],
    [foldForSearch('strasse'), livePiece],
    [foldForSearch('7')],
    [foldForSearch('e')],
    [foldForSearch('com/7/')],
    [foldForSearch('文')],
    [foldForSearch('%F0%9F%98%80/1')],
    [foldForSearch('nowhere')],
    [tagPiece('Winter'), livePiece],
    [tagPiece('ÉTÉ'), tagPiece('flyer'), foldForSearch('sale-')],
    [tagPiece('winter')],
  ];
  for (const [position, pieces] of pieceSets.entries()) {
    const sort = sorts[position % 3]!;
    const order = position % 2 === 0 ? 'desc' : 'asc';
    const sign = order === 'asc' ? 1 : -1;
    const compareTo = (a: LinkPlace, b: LinkPlace): number => (a.value - b.value || a.id - b.id) * sign;
    const expected = links
      .filter(({ text }) => pieces.every((piece) => text.includes(piece)))
      .map((row): LinkPlace => ({ value: row[sort], id: row.id }))
      .toSorted(compareTo);
    const question = { userId, pieces, sort, order, limit: 25 } as const;
    const what = JSON.stringify(question);
    const first = await find({ ...question, after: undefined, offset: 0 });
    assert.deepEqual(first, { total: expected.length, places: expected.slice(0, 25) }, what);
    const middle = expected.length >> 1;
    const after = expected[middle];
    const deep = await find({ ...question, after, offset: 0 });
    const rest = after === undefined ? [] : expected.slice(middle + 1, middle + 26);
    assert.deepEqual(deep, { total: expected.length, places: rest }, what);
    const paged = await find({ ...question, after: undefined, offset: middle });
    assert.deepEqual(paged, { total: expected.length, places: expected.slice(middle, middle + 25) }, what);
  }
}

/** Dead entries that a search has to leave out one by one. */
const unfolded = (): number =>
  count(
    'link_search_dead AS d JOIN link_search_segments AS s USING (user_id) WHERE entry BETWEEN first_entry AND last_entry',
  );

describe('the search', () => {
  it('is exact before and after entries are sealed, changed and clicked', async () => {
    const [many, few] = users as [number, number];
    await makeLinks(many, maxDocuments + 500);
    await makeLinks(few, 300);
    await compare(few);
    await compare(many);
    await search.tend();
    assert.equal(count('link_search_segments'), 1);
    assert.equal(count(`link_search_entries WHERE user_id = ${many}`), 500);
    await compare(many);
    await changeSome(many, 500);
    await changeSome(few, 20);
    const clicked = linkIds(many);
    const someClicks = () => Array.from({ length: 500 }, () => ({ at: now, linkId: clicked[random(clicked.length)]! }));
    await recording.record(someClicks());
    await compare(many);
    await recording.record(someClicks());
    // As few links are searched: without clicks kept in memory, some links sealed and some not, and rows that are behind.
    const searcher = new Searcher(recording.connection);
    await compare(many, (question) => searcher.find(question));
    await recording.settled();
    recording.connection.exec('UPDATE link_totals SET clicks = clicks + link_id % 3');
    search.recount();
    await compare(many);
    assert.ok(unfolded() > 64);
    search.written(many, 5_000);
    await search.tend();
    assert.ok(unfolded() <= 64, 'dead entries are folded in');
    await changeSome(many, 100);
    await compare(many);
    await compare(few);
  });

  it('gives up a segment that is mostly dead, and keeps what lives in it', async () => {
    const many = users[0]!;
    const given = recording.connection.prepare('SELECT max(id) FROM link_search_segments').pluck().get();
    const ids = publicIds(many).slice(0, maxDocuments - 5_000);
    const by = { userId: many, keyId: null, maxLinks: Infinity, now: now + 20_000_000 };
    for (let first = 0; first < ids.length; first += 1_000)
      await recording.writer.run(archiveLinks, { change: by, publicIds: ids.slice(first, first + 1_000) });
    search.written(many, ids.length);
    await search.tend();
    await compare(many);
    assert.equal(count('link_search_segments'), 1);
    assert.equal(count(`link_search_segments WHERE id = ${String(given)}`), 0);
  });

  it('leaves out what changes while it is being sealed, and starts over after an interruption', async () => {
    const many = users[0]!;
    await makeLinks(many, maxDocuments);
    const sealer = new Sealer(recording.connection);
    const source = (beforeParts: () => Promise<void> | void): ChoreSource => ({
      next: (userIds) => Promise.resolve(sealer.next(userIds)),
      build: (range) => Promise.resolve(sealer.build(range)),
      parts: async () => {
        await beforeParts();
        return sealer.parts();
      },
    });
    let isStopping = false;
    await doChores(
      recording.writer,
      source(() => void (isStopping = true)),
      [many],
      () => isStopping,
    );
    assert.equal(count('link_search_segments WHERE is_complete = 0'), 1);
    await compare(many);
    await doChores(
      recording.writer,
      source(() => changeSome(many, 5)),
      [many],
      () => false,
    );
    assert.equal(count('link_search_segments WHERE is_complete = 0'), 0);
    assert.equal(count('link_search_segments'), 2);
    await compare(many);
  });

  it('forgets a link that is deleted, sealed or not, and gives its number to no other', async () => {
    const many = users[0]!;
    const ids = linkIds(many);
    for (const table of ['link_tags WHERE link_id', 'link_history WHERE link_id', 'links WHERE id']) {
      const gone = recording.connection.prepare<[number]>(`DELETE FROM ${table} = ?`);
      for (const id of [ids[5]!, ids[10_000]!, ids.at(-1)!]) gone.run(id);
    }
    await makeLinks(many, 1);
    await compare(many);
  });
});
