// Folds the roll-ups of days that are over from one row a quarter-hour into one compact row a link and day, in small
// transactions on the writer thread. The numbers stay the same; a crash between two transactions loses nothing.

import { quartersPerDay } from '../core/periods.ts';
import { defineOperation } from '../storage/operation.ts';
import { allRows, type Connection, execute, firstRow, query } from '../storage/query.ts';
import { type CubeEntry, encodeCube, readCube } from './day-cube.ts';
import { encodeSummary } from './day-summary.ts';
import { Profiles } from './profile-store.ts';

// Rows folded in one transaction: some milliseconds, in which redirects wait.
const maxRows = 2_000;
// Shorter cubes are read as quickly as a summary, and a summary would be longer than they are.
const maxUnsummarised = 40;
const quartersBefore = (day: number): number => day * quartersPerDay;

interface BucketRow {
  bucket: number;
  link_id: number;
  profile_id: number;
  clicks: number;
}

/** The first rows of each quarter-hour of the day, and the last link of which all are there. */
function readSome(connection: Connection, day: number): { rows: BucketRow[]; lastLinkId: number } {
  const first = quartersBefore(day);
  const rows: BucketRow[] = [];
  let lastLinkId = Number.MAX_SAFE_INTEGER;
  const share = Math.ceil(maxRows / quartersPerDay);
  for (let bucket = first; bucket < first + quartersPerDay; bucket++) {
    const page = query
      .selectFrom('click_buckets')
      .selectAll()
      .where('bucket', '=', bucket)
      .orderBy('link_id')
      .limit(share);
    let found = allRows(connection, page);
    const last = found.at(-1);
    if (found.length === share && last !== undefined) {
      // A link with more rows than the share must be taken whole, or it would never fit.
      if (found[0]?.link_id === last.link_id) {
        found = allRows(
          connection,
          query
            .selectFrom('click_buckets')
            .selectAll()
            .where('bucket', '=', bucket)
            .where('link_id', '=', last.link_id),
        );
        lastLinkId = Math.min(lastLinkId, last.link_id);
      } else lastLinkId = Math.min(lastLinkId, last.link_id - 1);
    }
    rows.push(...found);
  }
  return { rows: rows.filter((row) => row.link_id <= lastLinkId), lastLinkId };
}

function summaryOf(entries: readonly CubeEntry[], profiles: Profiles): string | null {
  if (entries.length <= maxUnsummarised) return null;
  const hits = new Map<number, number>();
  for (const { profileId, clicks } of entries) hits.set(profileId, (hits.get(profileId) ?? 0) + clicks);
  return encodeSummary(profiles.summarise(hits));
}

interface ClosingDay {
  readonly connection: Connection;
  readonly profiles: Profiles;
  readonly day: number;
}

function fold({ connection, profiles, day }: ClosingDay, linkId: number, rows: readonly BucketRow[]): void {
  const entries: CubeEntry[] = rows.map(({ bucket, profile_id, clicks }) => ({
    profileId: profile_id,
    quarter: bucket - quartersBefore(day),
    clicks,
  }));
  const before = firstRow(
    connection,
    query.selectFrom('click_days').select('cube').where('link_id', '=', linkId).where('day', '=', day),
  );
  // Hits that came late, because the clock was set back, join what is there.
  if (before !== undefined)
    readCube(before.cube, (profileId, quarter, clicks) => entries.push({ profileId, quarter, clicks }));
  const row = { link_id: linkId, day, summary: summaryOf(entries, profiles), cube: encodeCube(entries) };
  execute(
    connection,
    query
      .insertInto('click_days')
      .values(row)
      .onConflict((conflict) => conflict.doUpdateSet({ summary: row.summary, cube: row.cube })),
  );
}

/** Folds some rows of the earliest day before `today`. Returns whether there may be more. */
export const closeDays = defineOperation('clicks.close-days', (connection, { today }: { today: number }): boolean => {
  const earliest = firstRow(
    connection,
    query.selectFrom('click_buckets').select((is) => is.fn.min('bucket').as('bucket')),
  )?.bucket;
  if (earliest === undefined || earliest === null) return false;
  const day = Math.floor(earliest / quartersPerDay);
  if (day >= today) return false;
  const { rows, lastLinkId } = readSome(connection, day);
  const byLink = Map.groupBy(rows, (row) => row.link_id);
  const closing = { connection, profiles: new Profiles(connection), day };
  for (const [linkId, ofLink] of byLink) fold(closing, linkId, ofLink);
  for (let bucket = quartersBefore(day); bucket < quartersBefore(day + 1); bucket++) {
    execute(
      connection,
      query.deleteFrom('click_buckets').where('bucket', '=', bucket).where('link_id', '<=', lastLinkId),
    );
  }
  return true;
});
