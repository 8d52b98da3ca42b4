// Reads roll-ups: of closed days from their cubes, of open ones from the quarter-hour rows. Never scans raw hits.

import { quartersPerDay } from '../core/periods.ts';
import type { Connection } from '../storage/query.ts';
import { readCube } from './day-cube.ts';
import { type DaySummary, readSummary, type StoredProfile } from './day-summary.ts';
import { Profiles } from './profile-store.ts';

/** A stretch of quarter-hours since 1970; `to` is not included. */
export interface QuarterRange {
  readonly from: number;
  readonly to: number;
}

/** What the roll-ups hold of a link in a range. Together they are all of it, and nothing twice. */
export interface RollUpVisitor {
  /** A whole closed day. */
  day(day: number, summary: DaySummary): void;
  /** Hits of one profile in one quarter-hour; the same pair may come twice. */
  entry(profileId: number, quarter: number, clicks: number): void;
}

function prepareStatements(connection: Connection) {
  return {
    // A cube stands last in its row and may be long: where the summary does, it is not read.
    wholeDays: connection.prepare<
      [number, number, number],
      { day: number; summary: string | null; cube: Buffer | null }
    >(
      `SELECT day, summary, CASE WHEN summary IS NULL THEN cube END AS cube FROM click_days
       WHERE link_id = ? AND day BETWEEN ? AND ?`,
    ),
    cubes: connection.prepare<[number, number, number], { day: number; cube: Buffer }>(
      'SELECT day, cube FROM click_days WHERE link_id = ? AND day BETWEEN ? AND ?',
    ),
    // There are few open quarter-hours, and many rows in each: step from one to the next instead of scanning them.
    openQuarters: connection.prepare<
      [number, number, number, number],
      { bucket: number; profile_id: number; clicks: number }
    >(
      `WITH RECURSIVE open (bucket) AS (
         SELECT min(bucket) FROM click_buckets WHERE bucket >= ?
         UNION ALL
         SELECT (SELECT min(b.bucket) FROM click_buckets b WHERE b.bucket > open.bucket) FROM open
         WHERE open.bucket IS NOT NULL AND open.bucket < ?
       )
       SELECT b.bucket, b.profile_id, b.clicks FROM open CROSS JOIN click_buckets b ON b.bucket = open.bucket
       WHERE b.link_id = ? AND b.bucket < ?`,
    ),
    visitorDays: connection.prepare<[number, number, number], { visitors: Buffer }>(
      'SELECT visitors FROM visitor_days WHERE link_id = ? AND day BETWEEN ? AND ?',
    ),
    latestVisitors: connection.prepare<[number, number, number], { visitors: Buffer }>(
      'SELECT visitors FROM link_totals WHERE link_id = ? AND day BETWEEN ? AND ?',
    ),
    closedSpan: connection.prepare<[number, number], { first: number | null; last: number | null }>(
      `SELECT (SELECT min(day) FROM click_days WHERE link_id = ?) AS first,
         (SELECT max(day) FROM click_days WHERE link_id = ?) AS last`,
    ),
    openSpan: connection.prepare<[number], { first: number | null; last: number | null }>(
      `WITH RECURSIVE open (bucket) AS (
         SELECT min(bucket) FROM click_buckets
         UNION ALL
         SELECT (SELECT min(b.bucket) FROM click_buckets b WHERE b.bucket > open.bucket) FROM open
         WHERE open.bucket IS NOT NULL
       )
       SELECT min(bucket) / ${quartersPerDay} AS first, max(bucket) / ${quartersPerDay} AS last FROM open
       WHERE EXISTS (SELECT 1 FROM click_buckets b WHERE b.bucket = open.bucket AND b.link_id = ?)`,
    ),
  };
}

export class StatsStore {
  readonly #connection: Connection;
  readonly #statements: ReturnType<typeof prepareStatements>;
  readonly #profiles: Profiles;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#statements = prepareStatements(connection);
    this.#profiles = new Profiles(connection);
  }

  /** Runs several reads on one snapshot: all their numbers belong to the same moment. */
  snapshot<T>(read: () => T): T {
    return this.#connection.transaction(read)();
  }

  /**
   * Visits everything that the roll-ups hold of the link in the range.
   * @param byDay whether whole days may come as summaries, which do not tell the hour
   */
  visitRollUps(linkId: number, { from, to }: QuarterRange, byDay: boolean, visitor: RollUpVisitor): void {
    const { wholeDays, cubes, openQuarters } = this.#statements;
    const readEntries = (day: number, cube: Buffer): void =>
      readCube(cube, (profileId, quarter, clicks) => {
        const bucket = day * quartersPerDay + quarter;
        if (bucket >= from && bucket < to) visitor.entry(profileId, bucket, clicks);
      });
    const firstDay = Math.floor(from / quartersPerDay);
    const lastDay = Math.floor((to - 1) / quartersPerDay);
    const isWhole = from % quartersPerDay === 0 && to % quartersPerDay === 0;
    if (byDay && isWhole) {
      for (const { day, summary, cube } of wholeDays.iterate(linkId, firstDay, lastDay)) {
        if (summary !== null) visitor.day(day, readSummary(summary));
        else if (cube !== null) readEntries(day, cube);
      }
    } else for (const { day, cube } of cubes.iterate(linkId, firstDay, lastDay)) readEntries(day, cube);
    for (const { bucket, profile_id, clicks } of openQuarters.iterate(from, to, linkId, to)) {
      visitor.entry(profile_id, bucket, clicks);
    }
  }

  /** The first and the last UTC day on which the link was hit. */
  daysWithHits(linkId: number): { first: number; last: number } | undefined {
    const { closedSpan, openSpan } = this.#statements;
    const days = [closedSpan.get(linkId, linkId), openSpan.get(linkId)]
      .flatMap((span) => [span?.first, span?.last])
      .filter((day) => typeof day === 'number');
    return days.length === 0 ? undefined : { first: Math.min(...days), last: Math.max(...days) };
  }

  /** Sketches of the link's counted visitors on whole UTC days, both included. */
  visitors(linkId: number, firstDay: number, lastDay: number): Buffer[] {
    return [this.#statements.visitorDays, this.#statements.latestVisitors].flatMap((statement) =>
      statement.all(linkId, firstDay, lastDay).map((row) => row.visitors),
    );
  }

  profiles(ids: Iterable<number>): Map<number, StoredProfile> {
    return this.#profiles.all(ids);
  }
}
