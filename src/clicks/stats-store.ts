// Reads roll-ups: of closed days from their cubes, of open ones from the quarter-hour rows. Never scans raw hits.

import type { Connection } from '../storage/query.ts';
import { BoundedCache } from '../core/bounded-cache.ts';
import { quartersPerDay } from '../core/periods.ts';
import { readCube } from './day-cube.ts';

/** What is counted about a visit; '' stands for unknown. */
export interface StoredProfile {
  readonly verdict: number;
  readonly country: string;
  readonly device: string;
  readonly browser: string;
  readonly os: string;
  readonly referrer: string;
  readonly language: string;
}

/** A stretch of quarter-hours since 1970; `to` is not included. */
export interface QuarterRange {
  readonly from: number;
  readonly to: number;
}

type VisitRollup = (profileId: number, quarter: number, clicks: number) => void;

const cachedProfiles = 50_000;

function prepareStatements(connection: Connection) {
  return {
    closedDays: connection.prepare<[number, number, number], { day: number; cube: Buffer }>(
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
    profile: connection.prepare<[number], StoredProfile>(
      'SELECT verdict, country, device, browser, os, referrer, language FROM profiles WHERE id = ?',
    ),
    visitorDays: connection.prepare<[number, number, number], { visitors: Buffer }>(
      'SELECT visitors FROM visitor_days WHERE link_id = ? AND day BETWEEN ? AND ?',
    ),
    latestVisitors: connection.prepare<[number, number, number], { visitors: Buffer }>(
      'SELECT visitors FROM link_totals WHERE link_id = ? AND day BETWEEN ? AND ?',
    ),
    firstClosedDay: connection.prepare<[number], { day: number | null }>(
      'SELECT min(day) AS day FROM click_days WHERE link_id = ?',
    ),
  };
}

export class StatsStore {
  readonly #connection: Connection;
  readonly #statements: ReturnType<typeof prepareStatements>;
  readonly #profiles = new BoundedCache<number, StoredProfile>(cachedProfiles);

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#statements = prepareStatements(connection);
  }

  /** Runs several reads on one snapshot: all their numbers belong to the same moment. */
  snapshot<T>(read: () => T): T {
    return this.#connection.transaction(read)();
  }

  /** Visits each roll-up entry of the link in the range; the same profile and quarter may come twice. */
  visitRollups(linkId: number, { from, to }: QuarterRange, visit: VisitRollup): void {
    const firstDay = Math.floor(from / quartersPerDay);
    const lastDay = Math.floor((to - 1) / quartersPerDay);
    for (const { day, cube } of this.#statements.closedDays.iterate(linkId, firstDay, lastDay)) {
      const start = day * quartersPerDay;
      readCube(cube, (profileId, quarter, clicks) => {
        const bucket = start + quarter;
        if (bucket >= from && bucket < to) visit(profileId, bucket, clicks);
      });
    }
    for (const { bucket, profile_id, clicks } of this.#statements.openQuarters.iterate(from, to, linkId, to)) {
      visit(profile_id, bucket, clicks);
    }
  }

  /** The first closed UTC day on which the link was hit. */
  firstClosedDay(linkId: number): number | undefined {
    return this.#statements.firstClosedDay.get(linkId)?.day ?? undefined;
  }

  /** Sketches of the link's counted visitors on whole UTC days, both included. */
  visitors(linkId: number, firstDay: number, lastDay: number): Buffer[] {
    return [this.#statements.visitorDays, this.#statements.latestVisitors].flatMap((statement) =>
      statement.all(linkId, firstDay, lastDay).map((row) => row.visitors),
    );
  }

  profile(id: number): StoredProfile {
    let profile = this.#profiles.get(id);
    if (profile === undefined) {
      profile = this.#statements.profile.get(id);
      if (profile === undefined) throw new Error(`a roll-up refers to profile ${id}, which is missing`);
      this.#profiles.set(id, profile);
    }
    return profile;
  }
}
