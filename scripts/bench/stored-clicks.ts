// What a stopped server's database says was clicked, counted in the three places that must agree.

import { readCube } from '../../src/clicks/day-cube.ts';
import { openReader } from '../../src/storage/database.ts';

export interface StoredClicks {
  /** The links' running totals. */
  readonly totals: number;
  readonly rawRows: number;
  /** Roll-ups of closed and open days. */
  readonly rollups: number;
}

const sum = (row: { n: number | null } | undefined): number => row?.n ?? 0;

/** Everything that was counted; only right where nothing but people's browsers came, of which every hit counts. */
export function countStoredClicks(dataFolder: string): StoredClicks {
  const reader = openReader(dataFolder);
  try {
    let rollups = sum(reader.prepare<[], { n: number }>('SELECT sum(clicks) AS n FROM click_buckets').get());
    for (const { cube } of reader.prepare<[], { cube: Buffer }>('SELECT cube FROM click_days').iterate())
      readCube(cube, (_profileId, _quarter, clicks) => (rollups += clicks));
    return {
      totals: sum(reader.prepare<[], { n: number }>('SELECT sum(clicks) AS n FROM link_totals').get()),
      rawRows: sum(reader.prepare<[], { n: number }>('SELECT count(*) AS n FROM clicks').get()),
      rollups,
    };
  } finally {
    reader.close();
  }
}
