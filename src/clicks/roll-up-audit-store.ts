// Whether the roll-ups still say what the raw hits say: compares both in full, on one snapshot of a database that may be in use.
// Reads every hit and sorts in temporary files, so it takes minutes where there are many, and little memory.

import { isDeepStrictEqual } from 'node:util';
import { quarterMs, quartersPerDay } from '../core/periods.ts';
import type { Connection } from '../storage/query.ts';
import { readCube } from './day-cube.ts';
import { encodeSummary, readSummary } from './day-summary.ts';
import { Profiles } from './profile-store.ts';

/** Something that the recorder's transactions keep equal is not. */
export interface Difference {
  readonly about: 'roll-up' | 'total' | 'chain';
  readonly linkId: number;
  readonly message: string;
}

interface CubeRow {
  readonly link_id: number;
  readonly day: number;
  readonly summary: string | null;
  readonly cube: Buffer;
}

type Report = (about: Difference['about'], linkId: number, message: string) => void;

const maxDifferences = 100;
const cubesAtOnce = 500;

const createTables = `
  CREATE TEMP TABLE audit_rollups (
    link_id INTEGER NOT NULL, bucket INTEGER NOT NULL, profile_id INTEGER NOT NULL,
    hits INTEGER NOT NULL, rolled_up INTEGER NOT NULL,
    PRIMARY KEY (link_id, bucket, profile_id)
  ) STRICT, WITHOUT ROWID;
  CREATE TEMP TABLE audit_links (
    link_id INTEGER PRIMARY KEY, last_id INTEGER NOT NULL, last_counted_at INTEGER
  ) STRICT`;
const dropTables = 'DROP TABLE IF EXISTS temp.audit_rollups; DROP TABLE IF EXISTS temp.audit_links';

const addRawHits = `
  INSERT INTO audit_rollups (link_id, bucket, profile_id, hits, rolled_up)
  SELECT link_id, clicked_at / ${quarterMs} AS bucket, profile_id, count(*), 0 FROM clicks GROUP BY 1, 2, 3`;
const addLinks = `
  INSERT INTO audit_links (link_id, last_id, last_counted_at)
  SELECT c.link_id, max(c.id), max(CASE WHEN p.verdict = 0 THEN c.clicked_at END)
  FROM clicks c LEFT JOIN profiles p ON p.id = c.profile_id GROUP BY c.link_id`;
const addOpenQuarters = `
  INSERT INTO audit_rollups (link_id, bucket, profile_id, hits, rolled_up)
  SELECT link_id, bucket, profile_id, 0, clicks FROM click_buckets WHERE true
  ON CONFLICT (link_id, bucket, profile_id) DO UPDATE SET rolled_up = rolled_up + excluded.rolled_up`;
const addClosedQuarter = `
  INSERT INTO audit_rollups (link_id, bucket, profile_id, hits, rolled_up) VALUES (?, ?, ?, 0, ?)
  ON CONFLICT (link_id, bucket, profile_id) DO UPDATE SET rolled_up = rolled_up + excluded.rolled_up`;
const cubesAfter =
  'SELECT link_id, day, summary, cube FROM click_days WHERE (link_id, day) > (?, ?) ORDER BY link_id, day LIMIT ?';

// A blank profile stands for hits of which only the number is kept (trackAnalytics: false): more of them than raw ones are right.
const wrongRollups = `
  SELECT a.link_id, a.bucket, a.profile_id, a.hits, a.rolled_up, p.id IS NOT NULL AS known
  FROM audit_rollups a LEFT JOIN profiles p ON p.id = a.profile_id
  WHERE p.id IS NULL OR a.hits > a.rolled_up
    OR (a.hits < a.rolled_up AND p.country || p.device || p.browser || p.os || p.referrer || p.language <> '')`;
const wrongTotals = `
  WITH counted AS (
    SELECT a.link_id, sum(a.rolled_up) AS clicks
    FROM audit_rollups a JOIN profiles p ON p.id = a.profile_id WHERE p.verdict = 0 GROUP BY a.link_id
  )
  SELECT coalesce(t.link_id, c.link_id) AS link_id, coalesce(t.clicks, 0) AS total, coalesce(c.clicks, 0) AS rolled_up
  FROM link_totals t FULL JOIN counted c ON c.link_id = t.link_id
  WHERE coalesce(t.clicks, 0) <> coalesce(c.clicks, 0)`;
const wrongLatest = `
  SELECT coalesce(t.link_id, a.link_id) AS link_id, coalesce(t.last_click_id, 0) AS last_click_id,
    coalesce(a.last_id, 0) AS last_id, t.last_clicked_at, a.last_counted_at
  FROM link_totals t FULL JOIN audit_links a ON a.link_id = t.link_id
  WHERE coalesce(t.last_click_id, 0) <> coalesce(a.last_id, 0) OR a.last_counted_at > coalesce(t.last_clicked_at, 0)`;
// Ids rise with every hit, so the chain through previous_id is whole exactly when it follows them.
const wrongChains = `
  SELECT link_id, id, previous_id, expected FROM (
    SELECT link_id, id, previous_id, lag(id, 1, 0) OVER (PARTITION BY link_id ORDER BY id) AS expected FROM clicks
  ) WHERE previous_id <> expected`;

/**
 * Differences between raw hits, roll-ups and totals; empty when all agree. Ends at `limit` of them.
 * Holds its snapshot all the while: the write-ahead log of a busy server grows until it is done.
 */
export function auditRollUps(connection: Connection, limit = maxDifferences): Difference[] {
  const differences: Difference[] = [];
  const report: Report = (about, linkId, message) => {
    if (differences.length < limit) differences.push({ about, linkId, message });
  };
  const storeBefore = connection.pragma('temp_store', { simple: true }) as number;
  connection.pragma('temp_store = FILE');
  try {
    connection.transaction(() => {
      connection.exec(createTables);
      connection.exec(addRawHits);
      connection.exec(addLinks);
      connection.exec(addOpenQuarters);
      addClosedDays(connection, report);
      compareRollups(connection, report, limit);
      compareTotals(connection, report, limit);
      compareChains(connection, report, limit);
      connection.exec(dropTables);
    })();
  } finally {
    connection.pragma(`temp_store = ${storeBefore}`);
  }
  return differences;
}

function addClosedDays(connection: Connection, report: Report): void {
  const readCubes = connection.prepare<[number, number, number], CubeRow>(cubesAfter);
  const add = connection.prepare<[number, number, number, number]>(addClosedQuarter);
  const profiles = new Profiles(connection);
  let last: Pick<CubeRow, 'link_id' | 'day'> | undefined = { link_id: -1, day: -1 };
  while (last !== undefined) {
    const rows: CubeRow[] = readCubes.all(last.link_id, last.day, cubesAtOnce);
    for (const { link_id, day, summary, cube } of rows) {
      try {
        const hits = new Map<number, number>();
        readCube(cube, (profileId, quarter, clicks) => {
          add.run(link_id, day * quartersPerDay + quarter, profileId, clicks);
          hits.set(profileId, (hits.get(profileId) ?? 0) + clicks);
        });
        if (summary !== null && !summarises(summary, hits, profiles))
          report('roll-up', link_id, `day ${day}: its summary is not that of its cube`);
      } catch (error) {
        report('roll-up', link_id, `day ${day}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    last = rows.at(-1);
  }
}

function summarises(summary: string, hits: ReadonlyMap<number, number>, profiles: Profiles): boolean {
  return isDeepStrictEqual(readSummary(summary), readSummary(encodeSummary(profiles.summarise(hits))));
}

function compareRollups(connection: Connection, report: Report, limit: number): void {
  const rows = connection
    .prepare<
      [number],
      { link_id: number; bucket: number; profile_id: number; hits: number; rolled_up: number; known: number }
    >(`${wrongRollups} LIMIT ?`)
    .all(limit);
  for (const { link_id, bucket, profile_id, hits, rolled_up, known } of rows) {
    const place = `quarter-hour ${bucket}, profile ${profile_id}${known === 1 ? '' : ' (missing)'}`;
    report('roll-up', link_id, `${place}: ${hits} hits, ${rolled_up} rolled up`);
  }
}

function compareTotals(connection: Connection, report: Report, limit: number): void {
  const totals = connection
    .prepare<[number], { link_id: number; total: number; rolled_up: number }>(`${wrongTotals} LIMIT ?`)
    .all(limit);
  for (const { link_id, total, rolled_up } of totals)
    report('total', link_id, `the total is ${total}, the roll-ups hold ${rolled_up} counted clicks`);
  const latest = connection
    .prepare<
      [number],
      {
        link_id: number;
        last_click_id: number;
        last_id: number;
        last_clicked_at: number | null;
        last_counted_at: number | null;
      }
    >(`${wrongLatest} LIMIT ?`)
    .all(limit);
  for (const { link_id, last_click_id, last_id, last_clicked_at, last_counted_at } of latest) {
    report(
      last_click_id === last_id ? 'total' : 'chain',
      link_id,
      `the last hit is ${last_id}, last counted at ${last_counted_at}; the totals say ${last_click_id} and ${last_clicked_at}`,
    );
  }
}

function compareChains(connection: Connection, report: Report, limit: number): void {
  const rows = connection
    .prepare<[number], { link_id: number; id: number; previous_id: number; expected: number }>(`${wrongChains} LIMIT ?`)
    .all(limit);
  for (const { link_id, id, previous_id, expected } of rows)
    report('chain', link_id, `hit ${id} follows ${previous_id} instead of ${expected}`);
}
