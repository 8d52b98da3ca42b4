// What an archive holds of clicks: whole totals, whatever their rows were behind at that moment. One without raw clicks has of those the
// hits that no roll-up holds yet, without addresses. All the rest is in the roll-ups, and counts as deleted, exactly as after the end
// of a retention.

import { currentTotals } from '../links/link-totals-store.ts';
import type { Connection } from '../storage/query.ts';
import { lastClickId } from './folding-store.ts';

const hitColumns = [
  'id',
  'link_id',
  'clicked_at',
  'verdict',
  'place_id',
  'user_agent_id',
  'referrer_id',
  'context_id',
  'visitor',
  'sketch',
  'address',
  'previous_id',
];

const totalsEnd = `SELECT 1, ${lastClickId} WHERE ${lastClickId} > 0`;

/** SELECTs for tables that are to be read otherwise than row by row. */
export function withWholeTotals(): Readonly<Record<string, string>> {
  return { link_totals: `${currentTotals} ORDER BY t.link_id`, link_totals_end: totalsEnd };
}

/**
 * SELECTs for the tables of an archive that is to hold no more raw hits than it must. Writes their ids into a temporary table:
 * links of any number have tails.
 */
export function withoutRolledUpClicks(connection: Connection): Readonly<Record<string, string>> {
  connection.exec(`
    CREATE TEMP TABLE archived_hits (id INTEGER PRIMARY KEY, link_id INTEGER NOT NULL);
    INSERT INTO archived_hits
      SELECT id, link_id FROM clicks WHERE id > coalesce((SELECT click_id FROM user_roll_up_end), 0);
    INSERT OR IGNORE INTO archived_hits
      WITH RECURSIVE tails (link_id, hit_id, hits_left) AS (
        SELECT link_id, last_click_id, tail FROM (${currentTotals}) WHERE tail > 0
        UNION ALL
        SELECT t.link_id, c.previous_id, t.hits_left - 1 FROM tails t JOIN clicks c ON c.id = t.hit_id WHERE t.hits_left > 1
      )
      SELECT hit_id, link_id FROM tails;
    CREATE INDEX temp.archived_hits_by_link ON archived_hits (link_id)`);
  const columns = hitColumns.map((column) => (column === 'address' ? 'NULL' : `c.${column}`)).join(', ');
  return {
    clicks: `SELECT ${columns} FROM archived_hits a JOIN clicks c ON c.id = a.id ORDER BY a.id`,
    link_totals: `SELECT t.link_id, t.clicks, t.consumed, t.last_clicked_at, t.last_click_id, t.tail,
        t.tail + (SELECT coalesce(sum(hits), 0) FROM link_roll_ups WHERE owner_id = t.link_id AND parent_id = 0)
          - (SELECT count(*) FROM archived_hits a WHERE a.link_id = t.link_id)
      FROM (${currentTotals}) t ORDER BY t.link_id`,
    link_totals_end: totalsEnd,
  };
}
