import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import Database from 'better-sqlite3';
import { auditRollUps, type Difference } from '../../src/clicks/roll-up-audit-store.ts';
import { verdictCode } from '../../src/clicks/verdict.ts';
import { dayMs } from '../../src/core/periods.ts';
import { settleTotals } from '../../src/links/link-totals-store.ts';
import { openReader } from '../../src/storage/database.ts';
import { ClickRecording } from '../support/click-recording.ts';
import { addCode, ClickWriting, giveUserLinks } from '../support/click-writing.ts';
import { closeServers, temporaryFolder } from '../support/server-process.ts';

after(closeServers);

const now = Date.parse('2026-07-01T12:00:00Z');
const bot = verdictCode('bot');

let folder: string;
let clicks: ClickRecording;
before(async () => {
  folder = temporaryFolder();
  clicks = await ClickRecording.open(folder);
  giveUserLinks(clicks.connection, 1, [1, 2, 3]);
  const hits = Array.from({ length: 9_000 }, (_, i) => ({
    linkId: 1 + (i % 3),
    at: now - (i % 4) * dayMs - i * 60_000,
    visitor: i,
    country: i % 2 === 0 ? 'CH' : 'NZ',
    verdict: i % 7 === 0 ? bot : 0,
    totalOnly: i % 11 === 0,
  }));
  // Rolled up together with what went before, and a tail.
  await clicks.record(hits.slice(0, 6_000));
  await clicks.record(hits.slice(6_000, 8_500));
  await clicks.record(hits.slice(8_500));
  // What is damaged below is to be in the rows alone: none of these hits comes on top of them.
  clicks.connection.transaction(() => settleTotals(clicks.connection)).immediate();
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
    // Of this connection: the writer's may have something left to write.
    const changes = (): unknown => clicks.connection.prepare('SELECT total_changes()').pluck().get();
    const before = changes();
    assert.deepEqual(auditRollUps(clicks.connection), []);
    assert.equal(changes(), before);
    const reader = openReader(folder);
    assert.deepEqual(auditRollUps(reader), []);
    assert.deepEqual(auditRollUps(reader), []);
    reader.close();
  });

  const newest = 'id = (SELECT max(id) FROM link_roll_ups WHERE owner_id = 2)';
  const damages: [what: string, sql: string, about: Difference['about'], message: RegExp][] = [
    [
      'a missing roll-up',
      `DELETE FROM link_roll_ups WHERE ${newest}`,
      'roll-up',
      /3000 hits; roll-ups and tail hold \d+$/,
    ],
    [
      'a roll-up with another number of hits than its rows',
      `UPDATE link_roll_ups SET hits = hits + 1 WHERE ${newest}`,
      'roll-up',
      /says \d+ hits and holds \d+/,
    ],
    [
      'a roll-up that seems to be of another time',
      `UPDATE link_roll_ups SET first_quarter = first_quarter - 1 WHERE ${newest}`,
      'roll-up',
      /is of another time/,
    ],
    [
      'a roll-up of another link',
      `UPDATE link_roll_ups SET summary = (SELECT summary FROM link_roll_ups l WHERE l.owner_id = 3 AND l.hits = link_roll_ups.hits)
       WHERE ${newest}`,
      'roll-up',
      /sums are not those of its rows|has other rows/,
    ],
    [
      'a roll-up that cannot be read',
      `UPDATE link_roll_ups SET rows = x'0101' WHERE ${newest}`,
      'roll-up',
      /roll-up \d+: /,
    ],
    [
      'a roll-up of an unknown version',
      `UPDATE link_roll_ups SET summary = x'09' WHERE ${newest}`,
      'roll-up',
      /version 9/,
    ],
    [
      'visitors that were not there',
      `UPDATE link_roll_ups SET sketch = zeroblob(2048) WHERE ${newest}`,
      'roll-up',
      /visitors are not those of its rows/,
    ],
    [
      'a tail that is longer than it should be',
      'UPDATE link_totals SET tail = tail + 1 WHERE link_id = 2',
      'roll-up',
      /hold 3001/,
    ],
    [
      'a hit of which the roll-ups know nothing',
      'UPDATE clicks SET clicked_at = clicked_at + 900000 WHERE id = (SELECT min(id) FROM clicks WHERE link_id = 2)',
      'roll-up',
      /other hits than the 3000/,
    ],
    [
      'a total that is too high',
      'UPDATE link_totals SET clicks = clicks + 1 WHERE link_id = 2',
      'total',
      /the total is 2\d\d\d, roll-ups and tail hold 2\d\d\d counted/,
    ],
    ['a total that is missing', 'DELETE FROM link_totals WHERE link_id = 2', 'total', /of a link without totals/],
    [
      'a last click that is too early',
      'UPDATE link_totals SET last_clicked_at = 5 WHERE link_id = 2',
      'total',
      /the totals say 5$/,
    ],
    [
      'a chain that begins at another hit',
      'UPDATE link_totals SET last_click_id = 1 WHERE link_id = 2',
      'chain',
      /goes on with hit 1 instead of \d+/,
    ],
    [
      'a chain that leaves a hit out',
      `UPDATE clicks SET previous_id = (SELECT previous_id FROM clicks c WHERE c.id = clicks.previous_id) WHERE id = ${aRawHit}`,
      'chain',
      /goes on with hit \d+ instead of \d+/,
    ],
    [
      'a chain that ends too early',
      `UPDATE clicks SET previous_id = 0 WHERE id = ${aRawHit}`,
      'chain',
      /goes on with hit 0 instead of/,
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
      // What is wrong with a link may be wrong with its user's sums, too.
      assert.deepEqual(
        found.filter(({ linkId }) => linkId !== 2 && linkId !== undefined),
        [],
      );
    });
  }

  it('finds an entry of a dictionary that is missing', () => {
    const found = damaged("DELETE FROM places WHERE country = 'NZ'", 10_000);
    assert.ok(
      found.some(({ about, message }) => about === 'dictionary' && /refers to a place that is missing/.test(message)),
    );
  });

  const userDamages: [what: string, sql: string, message: RegExp][] = [
    [
      'a missing roll-up',
      'DELETE FROM user_roll_ups WHERE id = (SELECT max(id) FROM user_roll_ups)',
      /the links have \d+ hits/,
    ],
    ['an end that is too late', 'UPDATE user_roll_up_end SET click_id = click_id + 3', /the links have \d+ hits/],
    ['hits on another link', 'UPDATE clicks SET link_id = 1 WHERE id = 9000', /other hits|the links have/],
  ];
  for (const [what, sql, message] of userDamages) {
    it(`finds ${what} of a user`, () => {
      const found = damaged(sql);
      assert.ok(
        found.some((difference) => difference.linkId === undefined && message.test(difference.message)),
        JSON.stringify(found),
      );
    });
  }

  it('takes it as right that raw hits were deleted where that is written down', () => {
    assert.ok(damaged('DELETE FROM clicks WHERE id <= 300').some(({ about }) => about === 'roll-up'));
    const file = join(temporaryFolder(), 'copy.db');
    clicks.connection.prepare('VACUUM INTO ?').run(file);
    const copy = new Database(file);
    copy.exec(
      `UPDATE link_totals SET dropped = (SELECT count(*) FROM clicks c WHERE c.id <= 300 AND c.link_id = link_totals.link_id);
       DELETE FROM clicks WHERE id <= 300`,
    );
    assert.deepEqual(auditRollUps(copy), []);
    copy.close();
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

describe('the audit of scans', () => {
  const day = now - dayMs;

  it('compares each code with the hits that it brought, as far as those are known', (t) => {
    const writing = new ClickWriting(temporaryFolder());
    t.after(() => writing.close());
    const { connection } = writing;
    giveUserLinks(connection, 1, [1, 2]);
    giveUserLinks(connection, 2, [3]);
    addCode(connection, { id: 1, publicId: 'qr_one', userId: 1 });
    addCode(connection, { id: 2, publicId: 'qr_two', userId: 2 });
    writing.write([
      { at: day, linkId: 1, qr: 'qr_one' },
      { at: day + 1, linkId: 2, qr: 'qr_one' },
      { at: day + 2, linkId: 2, qr: 'qr_one', verdict: bot },
      { at: day + 3, linkId: 3, qr: 'qr_two' },
      { at: day + 4, linkId: 3 },
      { at: day + 5, linkId: 3, qr: 'qr_deleted' },
    ]);
    const scans = (): string[] =>
      auditRollUps(connection).flatMap(({ about, message }) => (about === 'scans' ? [message] : []));
    const set = (code: number, count: number, lastAt: number): void => {
      const sql = 'UPDATE qr_totals SET scans = ?, last_scanned_at = ? WHERE qr_id = ?';
      connection.prepare(sql).run(count, lastAt, code);
    };
    assert.deepEqual(scans(), []);
    set(1, 3, day + 1);
    assert.deepEqual(scans(), ['qr_one has 3 scans, and the hits that are stored 2']);
    set(1, 2, day);
    assert.deepEqual(scans(), [`the last hit by qr_one is of ${day + 1}, its totals say ${day}`]);
    set(1, 2, day + 1);
    connection.prepare('DELETE FROM qr_totals WHERE qr_id = 2').run();
    assert.deepEqual(scans(), ['qr_two has 0 scans, and the hits that are stored 1']);
    connection.prepare('INSERT INTO qr_totals VALUES (2, 1, ?)').run(day + 3);
    // A hit of which only the number is kept may have come by the code.
    writing.write([{ at: day + 6, linkId: 3, qr: 'qr_two', totalOnly: true }]);
    assert.deepEqual(scans(), []);
    set(2, 3, day + 6);
    assert.deepEqual(scans(), ['qr_two has 3 scans, and the hits that are stored 1 to 2']);
    // With its link a code may go without being asked: the next one with its number begins at 0.
    connection.prepare('DELETE FROM qr_codes WHERE id = 2').run();
    assert.deepEqual(connection.prepare('SELECT qr_id FROM qr_totals').pluck().all(), [1]);
  });
});
