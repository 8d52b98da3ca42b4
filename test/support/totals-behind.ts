// Links whose rows in link_totals do not hold all of their hits, as under load or after a server was killed, and what they should add up to.

import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { verdictCode } from '../../src/clicks/verdict.ts';
import { clicksBetween, currentTotals, totalsOf, totalsOfMany } from '../../src/links/link-totals-store.ts';
import type { Connection } from '../../src/storage/query.ts';
import { ClickWriting, giveUserLinks } from './click-writing.ts';
import { seededRandom } from './seeded-random.ts';
import { temporaryFolder } from './server-process.ts';
import type { TestHit } from './test-hits.ts';

export const start = Date.parse('2026-07-01T00:00:00Z');
export const bot = verdictCode('bot');

export function openWriting(t: TestContext, folder = temporaryFolder()): ClickWriting {
  const writing = new ClickWriting(folder);
  t.after(() => writing.close());
  return writing;
}

export const rowOf = (connection: Connection, linkId: number) =>
  connection
    .prepare<[number], { clicks: number; consumed: number; last: number; lastId: number; tail: number }>(
      'SELECT clicks, consumed, last_clicked_at AS last, last_click_id AS lastId, tail FROM link_totals WHERE link_id = ?',
    )
    .get(linkId);

/** Links whose rows do not hold all of their hits, with the first hit that is missing. */
export const behind = (connection: Connection): Map<number, number> =>
  new Map(
    connection
      .prepare<[], [number, number]>(
        `SELECT c.link_id, min(c.id) FROM clicks c JOIN link_totals t ON t.link_id = c.link_id
         WHERE c.id > t.last_click_id GROUP BY c.link_id`,
      )
      .raw()
      .all(),
  );

export const changesOf = (connection: Connection): number =>
  connection.prepare<[], number>('SELECT total_changes()').pluck().get()!;

export const atOnce = <T>(connection: Connection, run: () => T): T => connection.transaction(run).immediate();

/** What hits add up to, counted by the test itself. */
export class Expected {
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

export function traffic(links: number, seed: number): (count: number) => TestHit[] {
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

export const someLinks = Array.from({ length: 40 }, (_, i) => i + 1);

/** Links that have a row each, and hits that no row holds yet, before and behind what users' roll-ups hold. */
export function openBehind(t: TestContext, folder = temporaryFolder()): { writing: ClickWriting; expected: Expected } {
  const writing = openWriting(t, folder);
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
