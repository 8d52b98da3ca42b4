// Raw hits whose time is over go; totals and statistics stay to the click.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { RawHitStore } from '../../src/clicks/raw-hit-store.ts';
import { domainRetention, dropOldHits, type Retention } from '../../src/clicks/retention-store.ts';
import { auditRollUps } from '../../src/clicks/roll-up-audit-store.ts';
import { dayMs } from '../../src/core/periods.ts';
import { ClickWriting, giveUserLinks } from '../support/click-writing.ts';

const start = Date.parse('2026-07-01T00:00:00Z');

function open(t: TestContext): ClickWriting {
  const folder = mkdtempSync(join(tmpdir(), 'signpost-retention-'));
  const writing = new ClickWriting(folder);
  t.after(() => {
    writing.close();
    rmSync(folder, { recursive: true });
  });
  giveUserLinks(writing.connection, 1, [1, 2, 3]);
  return writing;
}

/** Each step in a transaction of its own, as the server takes them; returns how many hits went. */
function drop(writing: ClickWriting, retention: Retention, now: number): number {
  const step = writing.connection.transaction(() => dropOldHits.apply(writing.connection, { retention, now }));
  let dropped = 0;
  for (;;) {
    const outcome = step.immediate();
    dropped += outcome.dropped;
    if (!outcome.hasMore) return dropped;
  }
}

const stored = (writing: ClickWriting): number =>
  writing.connection.prepare<[], number>('SELECT count(*) FROM clicks').pluck().get()!;

/** `count` hits a day on link 1, and one on link 2. */
function writeDays(writing: ClickWriting, days: number, count: number): void {
  for (let day = 0; day < days; day++) {
    writing.write(
      Array.from({ length: count + 1 }, (_, n) => ({
        at: start + day * dayMs + n * 1_000,
        linkId: n === count ? 2 : 1,
        visitor: n % 50,
        country: day % 2 === 0 ? 'DE' : 'SE',
        verdict: n % 10 === 1 ? 2 : 0,
      })),
    );
  }
}

describe('clicks.retention_days', () => {
  it('takes raw hits away and nothing else, also over links with few of them', (t) => {
    const writing = open(t);
    writeDays(writing, 12, 400);
    const now = start + 12 * dayMs;
    const questions = [{ linkId: 1 }, { linkId: 2 }, { userId: 1 }, { linkId: 1, bots: 'include' as const }];
    const before = questions.map((question) => writing.stats({ ...question, now, createdAt: start }));
    assert.equal(drop(writing, { days: 5, byDomain: [] }, now), 7 * 401);
    assert.equal(stored(writing), 5 * 401);
    assert.deepEqual(
      questions.map((question) => writing.stats({ ...question, now, createdAt: start })),
      before,
    );
    assert.deepEqual(auditRollUps(writing.connection), []);

    // What comes after is counted as ever.
    writing.write([{ at: now, linkId: 2 }]);
    assert.equal(writing.stats({ linkId: 2, now, createdAt: start }).totalClicks, 13);
    assert.deepEqual(auditRollUps(writing.connection), []);
    const hits = new RawHitStore(writing.connection);
    assert.deepEqual([hits.countOfLink(1), hits.countOfLink(2), hits.countOfUser(1)], [2_000, 6, 2_006]);
    assert.equal(hits.ofLink(2, undefined, 100).hits.length, 6);
  });

  it('is for ever at 0, and goes on where it was the day after', (t) => {
    const writing = open(t);
    writeDays(writing, 6, 20);
    const at = (day: number): number => start + day * dayMs;
    assert.equal(drop(writing, { days: 0, byDomain: [] }, at(100)), 0);
    assert.equal(drop(writing, { days: 4, byDomain: [] }, at(6)), 2 * 21);
    assert.equal(drop(writing, { days: 4, byDomain: [] }, at(6)), 0);
    assert.equal(drop(writing, { days: 4, byDomain: [] }, at(7)), 21);
    assert.equal(drop(writing, { days: 1, byDomain: [] }, at(7)), 3 * 21);
    assert.equal(stored(writing), 0);
    writing.write([{ at: at(7) }]);
    assert.equal(writing.stats({ linkId: 1, now: at(7), createdAt: start }).totalClicks, 6 * 18 + 1);
    assert.deepEqual(auditRollUps(writing.connection), []);
  });

  it('can be another one on a domain, and follows when that changes', (t) => {
    const writing = open(t);
    writing.connection.exec(`
      INSERT INTO domains (id, public_id, host, status, serves, verification_token, click_retention_days, created_at, updated_at)
      VALUES (2, 'dom_2', 'short.example', 'verified', 1, '', 3, 0, 0);
      UPDATE links SET domain_id = 2 WHERE id = 2;`);
    assert.deepEqual(domainRetention(writing.connection), [{ domainId: 2, days: 3 }]);
    writeDays(writing, 10, 3);
    const now = start + 10 * dayMs;
    assert.equal(drop(writing, { days: 8, byDomain: [{ domainId: 2, days: 0 }] }, now), 2 * 3);
    assert.equal(drop(writing, { days: 8, byDomain: [{ domainId: 2, days: 3 }] }, now), 7);
    assert.equal(drop(writing, { days: 0, byDomain: [{ domainId: 2, days: 1 }] }, now), 2);
    assert.equal(stored(writing), 8 * 3 + 1);
    assert.deepEqual(auditRollUps(writing.connection), []);
  });

  it('is not held up by a clock that once ran ahead', (t) => {
    const writing = open(t);
    writing.write([{ at: start }, { at: start + 9_000 * dayMs }, { at: start + 1 }, { at: start + 9 * dayMs }]);
    assert.equal(drop(writing, { days: 2, byDomain: [] }, start + 10 * dayMs), 3);
    assert.equal(stored(writing), 1);
  });

  it('keeps hits that a clock an hour ahead has stored as long as any others', (t) => {
    const writing = open(t);
    const hour = dayMs / 24;
    const retention: Retention = { days: 2, byDomain: [] };
    // The clock is set back to `start`.
    writing.write([{ at: start + hour }, { at: start + hour + 1 }, { at: start }]);
    assert.equal(drop(writing, retention, start), 0);
    writing.write([{ at: start + dayMs }]);
    assert.equal(drop(writing, retention, start + hour / 2), 0);
    assert.equal(drop(writing, retention, start + 2 * dayMs + 2 * hour), 3);
    assert.equal(stored(writing), 1);
  });

  it('keeps hits of a clock that ran ahead by years until they have been known for so long', (t) => {
    const writing = open(t);
    const retention: Retention = { days: 2, byDomain: [] };
    writing.write(Array.from({ length: 250 }, (_, n) => ({ at: start + 9_000 * dayMs + n })));
    writing.write([{ at: start + dayMs }]);
    assert.equal(drop(writing, retention, start), 0);
    assert.equal(drop(writing, retention, start + 2 * dayMs - 1), 0);
    assert.equal(drop(writing, retention, start + 2 * dayMs), 250);
    assert.equal(stored(writing), 1);
    assert.deepEqual(auditRollUps(writing.connection), []);
  });
});
