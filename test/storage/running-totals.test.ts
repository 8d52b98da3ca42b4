import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { maxBatchClicks } from '../../src/clicks/click-batch.ts';
import { auditRollUps } from '../../src/clicks/roll-up-audit-store.ts';
import { totalsEnd, totalsOf, totalsOfMany } from '../../src/links/link-totals-store.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { closeServers } from '../support/server-process.ts';
import type { TestHit } from '../support/test-hits.ts';
import {
  behind,
  changesOf,
  Expected,
  openBehind,
  openWriting,
  rowOf,
  start,
  traffic,
} from '../support/totals-behind.ts';

after(closeServers);

/** Hits of a round (clicks/running-totals-store.ts). */
const roundHits = 2_048;

describe('the totals of links', () => {
  it('tell every hit, however far rows are behind', (t) => {
    const writing = openWriting(t);
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

  it('tell every hit of batches as large as they may be, on more links than are remembered', (t) => {
    const writing = openWriting(t);
    const links = 90_000;
    // As if each had been hit before: first hits are in their rows at once.
    writing.connection.exec(
      `INSERT INTO link_totals (link_id, clicks, consumed, last_clicked_at, last_click_id, tail)
       WITH RECURSIVE n (id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n WHERE id < ${links}) SELECT id, 0, 0, NULL, 0, 0 FROM n`,
    );
    let next = 0;
    const fresh = (count: number): TestHit[] =>
      Array.from({ length: count }, () => ({ linkId: 100 + next++, at: start }));
    const again = (count: number): TestHit[] =>
      Array.from({ length: count }, (_, i) => ({ linkId: 20_000 + i, at: start }));
    const early = Array.from({ length: 45 }, (_, i) => ({ linkId: 1 + i, at: start }));
    const batches = [
      // As many links as are remembered together, but for a few.
      fresh(maxBatchClicks),
      fresh(32_718 - maxBatchClicks),
      // A round ends, and the next one is under way.
      again(2_000),
      again(1_500),
      // Put off for the round after that. Hits of users are rolled up with these, so that nobody looks at their links once more.
      [...again(560), ...early],
      fresh(100),
      fresh(maxBatchClicks),
      [...fresh(maxBatchClicks - early.length), ...early],
    ];
    const expected = new Map<number, number>();
    for (const hits of batches) {
      for (const { linkId } of hits) expected.set(linkId!, (expected.get(linkId!) ?? 0) + 1);
      writing.write(hits);
    }
    const totals = totalsOfMany(writing.connection);
    for (const [linkId, clicks] of expected) assert.equal(totals(linkId)?.clicks, clicks, `link ${linkId}`);
    assert.deepEqual(auditRollUps(writing.connection), []);
    writing.settle();
    assert.deepEqual(auditRollUps(writing.connection), []);
  });

  it('cost one write a link for thousands of hits', (t) => {
    const writing = openWriting(t);
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
    const writing = openWriting(t);
    const draw = traffic(30, 3);
    for (let batch = 0; batch < 100; batch++) {
      writing.write(draw(1 + (batch % 8)));
      assert.deepEqual(behind(writing.connection), new Map());
    }
    const last = writing.connection.prepare<[], number>('SELECT max(id) FROM clicks').pluck().get()!;
    assert.ok(last - totalsEnd(writing.connection) <= 256 + 8, 'readers look through hits in vain');
  });

  it('are in the rows at once where rows alone will do: first hits, limits, bare numbers, full tails', (t) => {
    const writing = openWriting(t);
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
