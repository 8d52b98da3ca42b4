// Verdicts that change after the fact: totals, roll-ups and raw hits go along, wherever a hit lies by then.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { auditRollUps } from '../../src/clicks/roll-up-audit-store.ts';
import {
  changeVerdicts,
  type NewVerdict,
  planVerdicts,
  sharedPlan,
  type VerdictPlan,
  writeVerdicts,
} from '../../src/clicks/verdict-change-store.ts';
import { totalsOf } from '../../src/links/link-totals-store.ts';
import { quarterMs } from '../../src/core/periods.ts';
import { addCode, ClickWriting, giveUserLinks } from '../support/click-writing.ts';
import { seededRandom } from '../support/seeded-random.ts';
import type { TestHit } from '../support/test-hits.ts';

const start = Date.parse('2026-07-01T00:00:00Z');
const now = start + 40 * 86_400_000;

function open(t: TestContext): ClickWriting {
  const folder = mkdtempSync(join(tmpdir(), 'signpost-verdicts-'));
  const writing = new ClickWriting(folder);
  t.after(() => {
    writing.close();
    rmSync(folder, { recursive: true });
  });
  giveUserLinks(writing.connection, 1, [1, 2, 3]);
  giveUserLinks(writing.connection, 2, [4]);
  return writing;
}

function change(writing: ClickWriting, verdicts: readonly NewVerdict[]): number {
  return writing.connection.transaction(() => changeVerdicts(writing.connection, verdicts)).immediate();
}

const idsAndVerdicts = (writing: ClickWriting) =>
  writing.connection.prepare<[], [id: number, verdict: number]>('SELECT id, verdict FROM clicks').raw().all();

function totalsIn(writing: ClickWriting, linkId: number) {
  const { clicks, consumed, lastClickedAt: last } = totalsOf(writing.connection, linkId)!;
  return { clicks, consumed, last };
}

describe('a changed verdict', () => {
  it('moves totals, breakdowns, visitors and the last click, and leaves what a limit has used up', (t) => {
    const writing = open(t);
    const hits = [0, 1, 2].map((n) => ({ at: start + n * quarterMs, visitor: n, country: ['DE', 'SE', 'FI'][n]! }));
    writing.write(hits);
    assert.equal(change(writing, [[3, 0, 2]]), 1);
    const { totalClicks, uniqueVisitors, byCountry } = writing.stats({ linkId: 1, now });
    assert.deepEqual([totalClicks, uniqueVisitors], [2, 2]);
    assert.deepEqual(byCountry, [
      { country: 'DE', count: 1 },
      { country: 'SE', count: 1 },
    ]);
    assert.deepEqual(totalsIn(writing, 1), { clicks: 2, consumed: 3, last: hits[1]!.at });
    assert.equal(writing.stats({ linkId: 1, now, bots: 'only' }).totalClicks, 1);
    assert.equal(change(writing, [[3, 2, 0]]), 1);
    assert.deepEqual(totalsIn(writing, 1), { clicks: 3, consumed: 3, last: hits[2]!.at });
    assert.deepEqual(auditRollUps(writing.connection), []);
  });

  it('moves the scans of a QR code, too', (t) => {
    const writing = open(t);
    addCode(writing.connection, { id: 1, publicId: 'qr_poster', userId: 1 });
    const scans = () => writing.connection.prepare('SELECT qr_id, scans, last_scanned_at FROM qr_totals').raw().all();
    writing.write([{ at: start, qr: 'qr_poster' }, { at: start + 5, qr: 'qr_poster', verdict: 2 }, { at: start + 9 }]);
    assert.deepEqual(scans(), [[1, 1, start]]);
    change(writing, [[2, 2, 0]]);
    assert.deepEqual(scans(), [[1, 2, start + 5]]);
    change(writing, [
      [1, 0, 2],
      [2, 0, 2],
      [3, 0, 2],
    ]);
    assert.deepEqual(scans(), [[1, 0, start + 5]]);
    assert.deepEqual(auditRollUps(writing.connection), []);
  });

  it('is none where the hit is gone, or has another one than was thought', (t) => {
    const writing = open(t);
    writing.write([{ at: start }, { at: start, verdict: 2 }]);
    assert.equal(
      change(writing, [
        [1, 2, 0],
        [2, 2, 2],
        [7, 0, 2],
      ]),
      0,
    );
    assert.equal(totalsIn(writing, 1).clicks, 1);
  });

  it('agrees with hits that had it from the start, rolled up or not', (t) => {
    const random = seededRandom(17);
    const changed = open(t);
    const fresh = open(t);
    const hits: TestHit[] = Array.from({ length: 6_000 }, (_, n) => ({
      at: start + n * 400_000 + random(1_000),
      linkId: random(10) < 7 ? 1 : 1 + random(4),
      visitor: random(300),
      country: ['DE', 'SE', 'FI', 'GB'][random(4)]!,
      agent: `Agent/${random(30)}`,
      referrer: ['', 'a.example', 'b.example'][random(3)]!,
      verdict: [0, 0, 0, 2, 3, 5][random(6)]!,
    }));
    const final = hits.map((hit) => (random(3) === 0 ? { ...hit, verdict: random(6) } : hit));
    for (let i = 0; i < hits.length; i += 700) {
      changed.write(hits.slice(i, i + 700));
      fresh.write(final.slice(i, i + 700));
      if (i === 2_100) for (const writing of [changed, fresh]) writing.rollUp([1, 2]);
    }
    const verdicts = idsAndVerdicts(changed).map(([id, verdict]): NewVerdict => [id, verdict, final[id - 1]!.verdict!]);
    for (let i = 0; i < verdicts.length; i += 500) change(changed, verdicts.slice(i, i + 500));

    assert.deepEqual(idsAndVerdicts(changed), idsAndVerdicts(fresh));
    assert.deepEqual(auditRollUps(changed.connection), []);
    for (const bots of ['exclude', 'only', 'include'] as const) {
      for (const linkId of [1, 2, 3, 4])
        assert.deepEqual(changed.stats({ linkId, now, bots }), fresh.stats({ linkId, now, bots }), `link ${linkId}`);
      for (const userId of [1, 2])
        assert.deepEqual(changed.stats({ userId, now, bots }), fresh.stats({ userId, now, bots }), `user ${userId}`);
    }
    for (const linkId of [1, 2, 3, 4])
      assert.deepEqual(
        { ...totalsIn(changed, linkId), consumed: 0 },
        { ...totalsIn(fresh, linkId), consumed: 0 },
        `totals of ${linkId}`,
      );
  });

  it('reaches roll-ups that only sum up others', (t) => {
    const writing = open(t);
    const random = seededRandom(3);
    // Past 65,536 hits, the rows of a roll-up stay with those below it.
    for (let i = 0; i < 7; i++) {
      writing.write(
        Array.from({ length: 12_000 }, (_, n) => ({
          at: start + (i * 12_000 + n) * 30_000,
          visitor: random(20_000),
          country: 'DE',
        })),
      );
    }
    const before = writing.stats({ linkId: 1, now });
    const sums = writing.connection
      .prepare<[], number>('SELECT count(*) FROM link_roll_ups WHERE rows IS NULL')
      .pluck();
    assert.ok(sums.get()! > 0, 'some roll-ups sum up others');
    const ids = Array.from({ length: 400 }, (_, n) => 1 + n * 200);
    assert.equal(
      change(
        writing,
        ids.map((id) => [id, 0, 5]),
      ),
      400,
    );
    const changed = writing.stats({ linkId: 1, now });
    assert.equal(changed.totalClicks, 83_600);
    assert.notDeepEqual(
      changed.overTime.map(({ uniqueVisitors }) => uniqueVisitors),
      before.overTime.map(({ uniqueVisitors }) => uniqueVisitors),
    );
    assert.deepEqual(changed, writing.statsAnew({ linkId: 1, now }), 'nothing is remembered from before the change');
    assert.deepEqual(auditRollUps(writing.connection), []);
    change(
      writing,
      ids.map((id) => [id, 5, 0]),
    );
    assert.deepEqual(writing.stats({ linkId: 1, now }), before);
    assert.deepEqual(auditRollUps(writing.connection), []);
  });
});

describe('a plan of changed verdicts', () => {
  /** As an operation does it: what was written on account of a plan that holds no more is undone. */
  function write(writing: ClickWriting, plan: VerdictPlan): boolean {
    const overtaken = new Error('overtaken');
    try {
      writing.connection
        .transaction(() => {
          if (!writeVerdicts(writing.connection, plan)) throw overtaken;
        })
        .immediate();
      return true;
    } catch (error) {
      if (error !== overtaken) throw error;
      return false;
    }
  }

  it('is written whole, or refused because of hits that came since, and then made anew', (t) => {
    const random = seededRandom(29);
    const writing = open(t);
    let written = 0;
    const more = (count: number): void => {
      writing.write(
        Array.from({ length: count }, () => ({
          at: start + written++ * 60_000,
          linkId: random(10) < 6 ? 1 : 1 + random(4),
          visitor: random(500),
          country: ['DE', 'SE', 'FI'][random(3)]!,
        })),
      );
    };
    more(3_000);
    let refused = 0;
    for (let round = 0; round < 24; round++) {
      // Old hits and the newest, so that some are in tails.
      const ids = new Set(
        Array.from({ length: 40 }, () => 1 + (random(2) === 0 ? random(written) : written - 1 - random(300))),
      );
      const now = new Map(idsAndVerdicts(writing));
      const wanted = [...ids].map((id): NewVerdict => [id, now.get(id)!, now.get(id) === 0 ? 2 : 0]);
      let plan = sharedPlan(planVerdicts(writing.connection, wanted));
      // None, a few, or enough to fold and merge what the plan is of.
      more([0, 5, 300, 1_500][random(4)]!);
      while (!write(writing, plan)) {
        refused++;
        assert.deepEqual(new Map([...idsAndVerdicts(writing)].slice(0, now.size)), now, 'something of it stayed');
        plan = sharedPlan(planVerdicts(writing.connection, wanted));
      }
      const after = new Map(idsAndVerdicts(writing));
      for (const [id, , to] of wanted) assert.equal(after.get(id), to);
      if (round % 6 === 0) assert.deepEqual(auditRollUps(writing.connection), []);
    }
    assert.deepEqual(auditRollUps(writing.connection), []);
    assert.ok(refused > 2 && refused < 24, `${refused} of 24 were overtaken`);
  });

  it('leaves out hits that are gone or have another verdict by then', (t) => {
    const writing = open(t);
    writing.write([{ at: start }, { at: start + 1 }]);
    const plan = planVerdicts(writing.connection, [
      [1, 0, 2],
      [2, 5, 0],
      [3, 0, 2],
    ]);
    assert.deepEqual(plan.verdicts, [[1, 0, 2]]);
    change(writing, [[1, 0, 3]]);
    assert.equal(write(writing, plan), false);
    assert.deepEqual(idsAndVerdicts(writing), [
      [1, 3],
      [2, 0],
    ]);
  });
});
