import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { withoutRolledUpClicks, withWholeTotals } from '../../src/clicks/click-archive-store.ts';
import { ClickExport } from '../../src/clicks/click-export.ts';
import { EarlierClickStore } from '../../src/clicks/earlier-clicks-store.ts';
import { deleteArchivedLink } from '../../src/clicks/link-clicks-store.ts';
import { LinkHitReader } from '../../src/clicks/link-hits-store.ts';
import { RecentHitReader } from '../../src/clicks/recent-hits-store.ts';
import { dropOldHits } from '../../src/clicks/retention-store.ts';
import { auditRollUps } from '../../src/clicks/roll-up-audit-store.ts';
import { TermReader } from '../../src/clicks/term-reader-store.ts';
import { changeVerdicts, planVerdicts } from '../../src/clicks/verdict-change-store.ts';
import { dayMs, quarterMs } from '../../src/core/periods.ts';
import { readLinks } from '../../src/links/link-store.ts';
import { settleTotals, totalsOf } from '../../src/links/link-totals-store.ts';
import { exportArchive } from '../../src/storage/archive-export.ts';
import type { ClickWriting } from '../support/click-writing.ts';
import { closeServers, temporaryFolder } from '../support/server-process.ts';
import { atOnce, behind, bot, openBehind, openWriting, rowOf, someLinks, start } from '../support/totals-behind.ts';

after(closeServers);

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
      const next = openWriting(t, folder);
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

  it('are not all written by the first hit after something was undone, or after a start', (t) => {
    const folder = temporaryFolder();
    const { writing, expected } = openBehind(t, folder);
    writing.write(more, true);
    for (const server of [writing, openWriting(t, folder)]) {
      const before = behind(server.connection).size;
      assert.ok(before > 18, `only ${before} are behind`);
      server.write([{ linkId: 1, at: start }]);
      expected.add([{ linkId: 1, at: start }]);
      assert.ok(before - behind(server.connection).size <= 16);
      expected.check(server.connection);
      server.write(more);
      expected.add(more);
    }
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
