import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it, type TestContext } from 'node:test';
import { withoutRolledUpClicks, withWholeTotals } from '../../src/clicks/click-archive-store.ts';
import { ClickExport } from '../../src/clicks/click-export.ts';
import { EarlierClickStore } from '../../src/clicks/earlier-clicks-store.ts';
import { LinkHitReader } from '../../src/clicks/link-hits-store.ts';
import { deleteArchivedLink } from '../../src/clicks/link-clicks-store.ts';
import { RecentHitReader } from '../../src/clicks/recent-hits-store.ts';
import { dropOldHits } from '../../src/clicks/retention-store.ts';
import { auditRollUps } from '../../src/clicks/roll-up-audit-store.ts';
import { TermReader } from '../../src/clicks/term-reader-store.ts';
import { changeVerdicts, planVerdicts } from '../../src/clicks/verdict-change-store.ts';
import { verdictCode } from '../../src/clicks/verdict.ts';
import { dayMs, quarterMs } from '../../src/core/periods.ts';
import { readLinks } from '../../src/links/link-store.ts';
import {
  clicksBetween,
  currentTotals,
  settleTotals,
  totalsEnd,
  totalsOf,
  totalsOfMany,
} from '../../src/links/link-totals-store.ts';
import { exportArchive } from '../../src/storage/archive-export.ts';
import type { Connection } from '../../src/storage/query.ts';
import { ClickWriting, giveUserLinks } from '../support/click-writing.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { closeServers, temporaryFolder } from '../support/server-process.ts';
import type { TestHit } from '../support/test-hits.ts';

after(closeServers);

const start = Date.parse('2026-07-01T00:00:00Z');
const bot = verdictCode('bot');
/** Hits of a round (clicks/running-totals-store.ts). */
const roundHits = 4_096;

function open(t: TestContext, folder = temporaryFolder()): ClickWriting {
  const writing = new ClickWriting(folder);
  t.after(() => writing.close());
  return writing;
}

const rowOf = (connection: Connection, linkId: number) =>
  connection
    .prepare<[number], { clicks: number; consumed: number; last: number; lastId: number; tail: number }>(
      'SELECT clicks, consumed, last_clicked_at AS last, last_click_id AS lastId, tail FROM link_totals WHERE link_id = ?',
    )
    .get(linkId);

/** Links whose rows do not hold all of their hits, with the first hit that is missing. */
const behind = (connection: Connection): Map<number, number> =>
  new Map(
    connection
      .prepare<[], [number, number]>(
        `SELECT c.link_id, min(c.id) FROM clicks c JOIN link_totals t ON t.link_id = c.link_id
         WHERE c.id > t.last_click_id GROUP BY c.link_id`,
      )
      .raw()
      .all(),
  );

const changesOf = (connection: Connection): number =>
  connection.prepare<[], number>('SELECT total_changes()').pluck().get()!;

const atOnce = <T>(connection: Connection, run: () => T): T => connection.transaction(run).immediate();

/** What hits add up to, counted by the test itself. */
class Expected {
  readonly #totals = new Map<number, { clicks: number; lastClickedAt: number | null }>();

  add(hits: readonly TestHit[]): void {
    for (const { linkId = 1, at, verdict = 0 } of hits) {
      const totals = this.#totals.get(linkId) ?? { clicks: 0, lastClickedAt: null };
      if (verdict === 0) {
        totals.clicks++;
        totals.lastClickedAt = Math.max(at, totals.lastClickedAt ?? at);
      }
      this.#totals.set(linkId, totals);
    }
  }

  check(connection: Connection): void {
    const many = totalsOfMany(connection);
    const all = new Map(
      connection
        .prepare<[], { link_id: number; clicks: number; last_clicked_at: number | null }>(currentTotals)
        .all()
        .map((row) => [row.link_id, { clicks: row.clicks, lastClickedAt: row.last_clicked_at }]),
    );
    const between = clicksBetween(connection, 0, 1_000_000);
    for (const [linkId, expected] of this.#totals) {
      const one = totalsOf(connection, linkId)!;
      assert.deepEqual(many(linkId), one);
      assert.deepEqual(totalsOfMany(connection, [linkId])(linkId), one);
      const { clicks, lastClickedAt } = one;
      assert.deepEqual({ clicks, lastClickedAt }, expected, `link ${linkId}`);
      assert.deepEqual(all.get(linkId), expected);
      assert.equal(between.get(linkId), expected.clicks);
    }
  }
}

function traffic(links: number, seed: number): (count: number) => TestHit[] {
  const random = seededRandom(seed);
  let n = 0;
  return (count) =>
    Array.from({ length: count }, () => ({
      // Some links often, most of them seldom.
      linkId: 1 + Math.floor(links * (random(1_000) / 1_000) ** 3),
      at: start + n++ * 1_000,
      visitor: random(500),
      country: ['CH', 'DE', 'FR'][random(3)]!,
      verdict: random(10) === 0 ? bot : 0,
    }));
}

const someLinks = Array.from({ length: 40 }, (_, i) => i + 1);

/** Links that have a row each, and hits that no row holds yet, before and behind what users' roll-ups hold. */
function openBehind(t: TestContext, folder = temporaryFolder()): { writing: ClickWriting; expected: Expected } {
  const writing = open(t, folder);
  const expected = new Expected();
  giveUserLinks(writing.connection, 1, someLinks);
  const draw = traffic(someLinks.length, 5);
  for (const count of [3_000, 400, 300]) {
    const hits = draw(count);
    expected.add(hits);
    writing.write(hits);
  }
  writing.settle();
  for (let batch = 0; batch < 8; batch++) {
    const hits = draw(60);
    expected.add(hits);
    writing.write(hits);
  }
  const missing = behind(writing.connection);
  assert.ok(missing.size > 20, 'nothing is behind');
  const rolledUp = writing.connection.prepare<[], number>('SELECT click_id FROM user_roll_up_end').pluck().get()!;
  assert.ok(Math.min(...missing.values()) < rolledUp, 'nothing of that is rolled up');
  return { writing, expected };
}

describe('the totals of links', () => {
  it('tell every hit, however far rows are behind', (t) => {
    const writing = open(t);
    const expected = new Expected();
    const draw = traffic(900, 1);
    const sizes = seededRandom(2);
    let most = 0;
    let written = 0;
    for (let batch = 0; batch < 250; batch++) {
      const hits = draw(1 + sizes(120));
      written += hits.length;
      writing.write(hits);
      expected.add(hits);
      const missing = behind(writing.connection);
      most = Math.max(most, missing.size);
      for (const first of missing.values()) {
        assert.ok(first > totalsEnd(writing.connection), 'a hit is missing that nobody looks for');
        assert.ok(written - first < 2 * (roundHits + 120), `hit ${first} of ${written} is missing`);
      }
      if (batch % 25 === 0) expected.check(writing.connection);
    }
    assert.ok(most > 300, `${most} links were behind`);
    assert.deepEqual(auditRollUps(writing.connection), []);
    writing.settle();
    assert.deepEqual(behind(writing.connection), new Map());
    assert.equal(totalsEnd(writing.connection), written);
    expected.check(writing.connection);
    assert.deepEqual(auditRollUps(writing.connection), []);
  });

  it('cost one write a link for thousands of hits', (t) => {
    const writing = open(t);
    const links = 50;
    const hits = (count: number): TestHit[] =>
      Array.from({ length: count }, (_, i) => ({ linkId: 1 + (i % links), at: start, visitor: i }));
    writing.write(hits(2 * links));
    const before = changesOf(writing.connection);
    for (let batch = 0; batch < 20; batch++) writing.write(hits(links));
    const beside = changesOf(writing.connection) - before - 20 * links;
    assert.ok(beside < 3 * links, `${beside} rows were written beside ${20 * links} hits`);
  });

  it('put nothing off where there are few hits', (t) => {
    const writing = open(t);
    const draw = traffic(30, 3);
    for (let batch = 0; batch < 100; batch++) {
      writing.write(draw(1 + (batch % 8)));
      assert.deepEqual(behind(writing.connection), new Map());
    }
    const last = writing.connection.prepare<[], number>('SELECT max(id) FROM clicks').pluck().get()!;
    assert.ok(last - totalsEnd(writing.connection) <= 256 + 8, 'readers look through hits in vain');
  });

  it('are in the rows at once where rows alone will do: first hits, limits, bare numbers, full tails', (t) => {
    const writing = open(t);
    const others = Array.from({ length: 200 }, (_, i) => ({ linkId: 100 + i, at: start }));
    writing.write([...others, { linkId: 1, at: start }, { linkId: 2, at: start }, { linkId: 4, at: start }]);
    assert.deepEqual(behind(writing.connection), new Map());
    assert.equal(rowOf(writing.connection, 1)?.clicks, 1);
    const odd = start + 7 * 60_000 + 1;
    const many = Array.from({ length: 300 }, () => ({ linkId: 4, at: start }));
    const refused = writing.write([
      ...others,
      { linkId: 1, at: start, limit: 3 },
      { linkId: 1, at: start, limit: 3 },
      { linkId: 1, at: start, limit: 3 },
      { linkId: 2, at: odd, totalOnly: true },
      ...many,
    ]);
    assert.deepEqual(refused, [202]);
    assert.equal(behind(writing.connection).size, 200);
    assert.deepEqual([rowOf(writing.connection, 1)?.clicks, rowOf(writing.connection, 1)?.consumed], [3, 3]);
    assert.equal(rowOf(writing.connection, 2)?.last, odd);
    assert.deepEqual([rowOf(writing.connection, 4)?.clicks, rowOf(writing.connection, 4)?.tail], [301, 0]);
    // Not even where it was behind before.
    writing.write([...others, { linkId: 100, at: start, limit: 4 }]);
    assert.equal(rowOf(writing.connection, 100)?.consumed, 4);
    assert.deepEqual(writing.write([{ linkId: 100, at: start, limit: 4 }]), [0]);
    assert.deepEqual(auditRollUps(writing.connection), []);
  });

  it('limit a link by hits that its row does not hold', (t) => {
    const { writing } = openBehind(t);
    const [linkId] = behind(writing.connection).keys();
    const { consumed } = totalsOf(writing.connection, linkId!)!;
    assert.ok(consumed > rowOf(writing.connection, linkId!)!.consumed);
    assert.deepEqual(writing.write([{ linkId: linkId!, at: start, limit: consumed }]), [0]);
    assert.deepEqual(writing.write([{ linkId: linkId!, at: start, limit: consumed + 1 }]), []);
  });
});

describe('hits that rows do not hold', () => {
  const more = Array.from({ length: 90 }, (_, i) => ({ linkId: 1 + (i % 40), at: start + dayMs }));
  /** Whether the next server has hits to write at once, or time to put things in order. */
  for (const [what, goOn] of [
    ['with a hit', (writing: ClickWriting) => writing.write(more.slice(0, 1))],
    ['with many', (writing: ClickWriting) => writing.write(more)],
    ['without any', (writing: ClickWriting) => writing.settle()],
  ] as const)
    it(`are found by the next server when one was killed, which begins ${what}`, (t) => {
      const folder = temporaryFolder();
      const { expected } = openBehind(t, folder);
      const next = open(t, folder);
      assert.ok(behind(next.connection).size > 20);
      expected.check(next.connection);
      assert.deepEqual(auditRollUps(next.connection), []);
      goOn(next);
      if (what !== 'without any') expected.add(what === 'with many' ? more : more.slice(0, 1));
      expected.check(next.connection);
      assert.deepEqual(auditRollUps(next.connection), []);
      next.settle();
      assert.deepEqual(behind(next.connection), new Map());
      expected.check(next.connection);
    });

  it('stay counted where a later transaction is undone, and those of that one do not', (t) => {
    const { writing, expected } = openBehind(t);
    for (let round = 0; round < 3; round++) {
      writing.write(more, true);
      expected.check(writing.connection);
      writing.write(more);
      expected.add(more);
      expected.check(writing.connection);
      assert.deepEqual(auditRollUps(writing.connection), []);
    }
    writing.settle();
    expected.check(writing.connection);
  });

  it('stay counted where an operation that wrote rows is undone, and the others of its transaction are not', (t) => {
    const { writing, expected } = openBehind(t);
    const { connection } = writing;
    const undone = (): void =>
      atOnce(connection, () => {
        assert.throws(
          connection.transaction(() => {
            settleTotals(connection);
            assert.deepEqual(behind(connection), new Map());
            throw new Error('refused');
          }),
          /refused/,
        );
      });
    undone();
    assert.ok(behind(connection).size > 20);
    writing.write(more);
    expected.add(more);
    expected.check(connection);
    undone();
    writing.settle();
    expected.check(connection);
    assert.deepEqual(auditRollUps(connection), []);
  });

  it('are judged anew like others', (t) => {
    const { writing } = openBehind(t);
    const { connection } = writing;
    const last = connection.prepare<[], number>('SELECT max(id) FROM clicks').pluck().get()!;
    const verdictOf = connection.prepare<[number], number>('SELECT verdict FROM clicks WHERE id = ?').pluck();
    const wanted = Array.from({ length: 500 }, (_, i) => last - i).map((id) => {
      const verdict = verdictOf.get(id)!;
      return [id, verdict, verdict === 0 ? bot : 0] as const;
    });
    // Planned beside the recording, and not thought to be overtaken for what rows did not hold.
    assert.deepEqual(planVerdicts(connection, wanted).tails.map(([linkId]) => linkId).length > 0, true);
    const before = planVerdicts(connection, wanted);
    assert.equal(
      atOnce(connection, () => changeVerdicts(connection, wanted)),
      wanted.length,
    );
    const again = planVerdicts(
      connection,
      wanted.map(([id, from, to]) => [id, to, from] as const),
    );
    assert.deepEqual(again.tails, before.tails);
    assert.deepEqual(auditRollUps(connection), []);
    writing.write(more);
    assert.deepEqual(auditRollUps(connection), []);
    writing.settle();
    assert.deepEqual(auditRollUps(connection), []);
  });

  it('may be the first to be deleted, with their link or for their age', (t) => {
    const { writing } = openBehind(t);
    const { connection } = writing;
    const [deleted] = behind(connection).keys();
    connection.exec(`UPDATE links SET is_archived = 1, archived_at = 0 WHERE id = ${deleted}`);
    atOnce(connection, () => deleteArchivedLink(connection, `lnk_${deleted}`, start));
    assert.equal(rowOf(connection, deleted!)?.tail, 0);
    assert.deepEqual(auditRollUps(connection), []);
    // One of them was on its way.
    writing.write([...more, { linkId: deleted!, at: start + dayMs }]);
    assert.deepEqual(auditRollUps(connection), []);
    writing.write(more);
    const retention = { days: 1, byDomain: [] };
    const drop = () => atOnce(connection, () => dropOldHits.apply(connection, { retention, now: start + 30 * dayMs }));
    for (let step = 0; drop().hasMore; step++) {
      assert.deepEqual(auditRollUps(connection), []);
      if (step < 10) writing.write(more.slice(0, 20));
    }
    assert.equal(connection.prepare('SELECT count(*) FROM clicks').pluck().get(), 0);
    writing.settle();
    assert.deepEqual(auditRollUps(connection), []);
  });

  it('are told by everything that reads, as when the rows hold them', (t) => {
    const folder = temporaryFolder();
    const { writing } = openBehind(t, folder);
    const { connection } = writing;
    assert.ok(someLinks.some((id) => totalsOf(connection, id)!.lastClickId !== rowOf(connection, id)!.lastId));
    const told = everythingTold(writing, folder, 'before');
    writing.settle();
    assert.deepEqual(behind(connection), new Map());
    assert.deepEqual(everythingTold(writing, folder, 'after'), told);
  });
});

function everythingTold(writing: ClickWriting, folder: string, name: string): Record<string, unknown> {
  const { connection } = writing;
  const now = start + 2 * dayMs;
  const hits = new LinkHitReader(connection);
  const exported = new ClickExport(connection);
  const earlier = new EarlierClickStore(connection);
  const recent = new RecentHitReader(connection, new TermReader(connection));
  const period = { period: 'all', from: undefined, to: undefined, timeZone: 'UTC', interval: undefined, now } as const;
  const recentOf = (slugs: readonly string[], from: number | undefined) =>
    recent.newest({
      userId: 1,
      limit: 100,
      bots: 'exclude',
      period: { ...period, from },
      filters: {},
      askedLinks: { links: slugs, domains: [], tags: [] },
    });
  const archive = (clicks: 'all' | 'not-rolled-up'): string => {
    const file = join(folder, `${name}-${clicks}`);
    exportArchive(folder, file, { clicks, instead: clicks === 'all' ? withWholeTotals : withoutRolledUpClicks });
    return readFileSync(file, 'utf8');
  };
  const page = (subject: 'clicks' | 'stats', linkId: number) =>
    exported.page(subject, { scope: { userId: 1, linkId }, format: 'ndjson', position: undefined });
  return {
    totals: someLinks.map((id) => totalsOf(connection, id)),
    links: readLinks(connection, someLinks).map(({ link, ...clicks }) => [link.id, clicks]),
    pages: someLinks.map((id) => [hits.page(id, 0, 100), hits.page(id, 3, 5), hits.newestCounted(id, 5)]),
    counts: someLinks.map((linkId) => exported.count({ userId: 1, linkId })),
    exports: someLinks.map((linkId) => [page('clicks', linkId), page('stats', linkId)]),
    earlier: someLinks.map((id) => earlier.counted(id, 0)),
    recent: [recentOf([], undefined), recentOf(['lnk_1', 'lnk_2'], undefined), recentOf([], start / quarterMs)],
    stats: someLinks.map((linkId) => writing.statsAnew({ linkId, now })),
    archives: [archive('all'), archive('not-rolled-up')],
  };
}
