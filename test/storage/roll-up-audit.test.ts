import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import Database from 'better-sqlite3';
import { auditRollUps, type Difference } from '../../src/clicks/roll-up-audit-store.ts';
import { verdictCode } from '../../src/clicks/verdict.ts';
import { dayMs, utcDay } from '../../src/core/periods.ts';
import { openReader } from '../../src/storage/database.ts';
import { ClickRecording } from '../support/click-recording.ts';
import { closeServers, temporaryFolder } from '../support/server-process.ts';

after(closeServers);

const now = Date.parse('2026-07-01T12:00:00Z');
const bot = verdictCode('bot');

let folder: string;
let clicks: ClickRecording;
before(async () => {
  folder = temporaryFolder();
  clicks = await ClickRecording.open(folder);
  const hits = Array.from({ length: 900 }, (_, i) => ({
    linkId: 1 + (i % 3),
    at: now - (i % 4) * dayMs - i * 60_000,
    visitor: i,
    country: i % 2 === 0 ? 'CH' : 'NZ',
    verdict: i % 7 === 0 ? bot : 0,
    totalOnly: i % 11 === 0,
  }));
  await clicks.record(hits);
  await clicks.closeDays(utcDay(now) - 1);
});
after(() => clicks.close());

/** What the audit finds in a copy of the database with this damage. */
function damaged(sql: string, limit?: number): Difference[] {
  const file = join(temporaryFolder(), 'copy.db');
  clicks.connection.prepare('VACUUM INTO ?').run(file);
  const copy = new Database(file);
  try {
    assert.ok(copy.prepare(sql).run().changes > 0, 'nothing was damaged');
    return auditRollUps(copy, limit);
  } finally {
    copy.close();
  }
}

const aRawHit = '(SELECT max(id) FROM clicks WHERE link_id = 2)';

describe('the audit of roll-ups', () => {
  it('finds nothing where nothing is wrong, by any connection, and changes nothing', () => {
    assert.deepEqual(auditRollUps(clicks.connection), []);
    const reader = openReader(folder);
    const version = (): unknown => clicks.connection.pragma('data_version', { simple: true });
    const before = version();
    assert.deepEqual(auditRollUps(reader), []);
    assert.deepEqual(auditRollUps(reader), []);
    assert.equal(version(), before);
    reader.close();
  });

  const damages: [what: string, sql: string, about: Difference['about'], message: RegExp][] = [
    [
      'an open quarter-hour with one click too many',
      'UPDATE click_buckets SET clicks = clicks + 1 WHERE link_id = 2',
      'roll-up',
      /\d+ hits, \d+ rolled up/,
    ],
    ['a missing quarter-hour', 'DELETE FROM click_buckets WHERE link_id = 2', 'roll-up', /[1-9]\d* hits, 0 rolled up/],
    ['a missing day', 'DELETE FROM click_days WHERE link_id = 2', 'roll-up', /[1-9]\d* hits, 0 rolled up/],
    [
      'a day that cannot be read',
      "UPDATE click_days SET cube = x'0101' WHERE link_id = 2",
      'roll-up',
      /a day cube ends too early/,
    ],
    ['a day of an unknown version', "UPDATE click_days SET cube = x'09' WHERE link_id = 2", 'roll-up', /version 9/],
    [
      'a day whose summary says something else',
      "UPDATE click_days SET summary = replace(summary, 'CH', 'DE') WHERE link_id = 2",
      'roll-up',
      /day \d+: its summary is not that of its cube/,
    ],
    [
      'a day whose summary cannot be read',
      "UPDATE click_days SET summary = '[' WHERE link_id = 2",
      'roll-up',
      /day \d+: .*JSON/,
    ],
    [
      'a hit of which the roll-ups know nothing',
      `UPDATE clicks SET clicked_at = clicked_at + 900000 WHERE id = ${aRawHit}`,
      'roll-up',
      /\d+ hits, \d+ rolled up/,
    ],
    [
      'a total that is too high',
      'UPDATE link_totals SET clicks = clicks + 1 WHERE link_id = 2',
      'total',
      /the total is 2\d\d, the roll-ups hold 2\d\d counted/,
    ],
    ['a total that is missing', 'DELETE FROM link_totals WHERE link_id = 2', 'total', /the total is 0/],
    [
      'a last click that is too early',
      'UPDATE link_totals SET last_clicked_at = 5 WHERE link_id = 2',
      'total',
      /the totals say \d+ and 5$/,
    ],
    [
      'a chain that begins at another hit',
      'UPDATE link_totals SET last_click_id = 1 WHERE link_id = 2',
      'chain',
      /the last hit is \d+/,
    ],
    [
      'a chain that leaves a hit out',
      `UPDATE clicks SET previous_id = (SELECT previous_id FROM clicks c WHERE c.id = clicks.previous_id) WHERE id = ${aRawHit}`,
      'chain',
      /hit \d+ follows \d+ instead of \d+/,
    ],
    [
      'a chain that ends too early',
      `UPDATE clicks SET previous_id = 0 WHERE id = ${aRawHit}`,
      'chain',
      /follows 0 instead of/,
    ],
  ];
  for (const [what, sql, about, message] of damages) {
    it(`finds ${what}`, () => {
      const found = damaged(sql);
      assert.ok(
        found.some(
          (difference) => difference.about === about && difference.linkId === 2 && message.test(difference.message),
        ),
        JSON.stringify(found),
      );
      assert.deepEqual(
        found.filter(({ linkId }) => linkId !== 2),
        [],
      );
    });
  }

  it('finds a profile that is missing', () => {
    const found = damaged('DELETE FROM profiles WHERE id = (SELECT profile_id FROM clicks WHERE id = 200)');
    assert.ok(found.some(({ message }) => /profile \d+ \(missing\)/.test(message)));
  });

  it('lets hits be without raw rows only where nothing but their number is kept', () => {
    const blank = "(SELECT id FROM profiles WHERE country = '' AND device = '' AND verdict = 0)";
    const bucket = '(SELECT bucket FROM click_buckets WHERE link_id = 2 LIMIT 1)';
    const added = damaged(`INSERT INTO click_buckets VALUES (${bucket} + 1, 2, ${blank}, 4)`);
    assert.deepEqual(
      added.map(({ about }) => about),
      ['total'],
      'the total does not hold them, the raw rows need not',
    );
  });

  it('stops at its limit', () => {
    assert.equal(damaged('UPDATE clicks SET previous_id = 77', 5).length, 5);
    assert.equal(damaged('UPDATE clicks SET previous_id = 77').length, 100);
  });

  it('is done on one snapshot, while others write', async () => {
    const recorded = clicks.record([{ linkId: 2, at: now, visitor: 9 }]);
    assert.deepEqual(auditRollUps(clicks.connection), []);
    await recorded;
    assert.deepEqual(auditRollUps(clicks.connection), []);
  });
});
