// What a stopped server's database says was clicked, counted in the three places that must agree.

import { currentTotals } from '../../src/links/link-totals-store.ts';
import { openReader } from '../../src/storage/database.ts';

export interface StoredClicks {
  /** The links' running totals. */
  readonly totals: number;
  readonly rawRows: number;
  /** Hits in the links' roll-ups, and those that are in none yet. */
  readonly rollups: number;
}

const sum = (row: { n: number | null } | undefined): number => row?.n ?? 0;

/** Everything that was counted; only right where nothing but people's browsers came, of which every hit counts. */
export function countStoredClicks(dataFolder: string): StoredClicks {
  const reader = openReader(dataFolder);
  try {
    return {
      totals: sum(reader.prepare<[], { n: number }>(`SELECT sum(clicks) AS n FROM (${currentTotals})`).get()),
      rawRows: sum(reader.prepare<[], { n: number }>('SELECT count(*) AS n FROM clicks').get()),
      rollups:
        sum(reader.prepare<[], { n: number }>('SELECT sum(hits) AS n FROM link_roll_ups WHERE parent_id = 0').get()) +
        sum(reader.prepare<[], { n: number }>(`SELECT sum(tail) AS n FROM (${currentTotals})`).get()),
    };
  } finally {
    reader.close();
  }
}
