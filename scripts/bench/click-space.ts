// How many bytes of the file a click takes, by what they hold, indexes included.

import { openReader } from '../../src/storage/database.ts';
import { shown, type Table } from './report.ts';

const groups: Readonly<Record<string, readonly string[]>> = {
  raw: ['clicks'],
  'roll-ups of links': ['link_roll_ups', 'link_totals'],
  'roll-ups of users': ['user_roll_ups', 'user_roll_up_end'],
  dictionaries: ['places', 'user_agents', 'referrers', 'contexts'],
};

export interface ClickSpace {
  readonly clicks: number;
  /** Bytes a click of each group. */
  readonly perClick: Readonly<Record<string, number>>;
  readonly together: number;
  /** The whole file, with links, keys and free pages. */
  readonly wholeFile: number;
}

export function measureClickSpace(dataFolder: string): ClickSpace {
  const reader = openReader(dataFolder);
  try {
    const rows = reader
      .prepare<[], { name: string; bytes: number }>(
        'SELECT s.tbl_name AS name, sum(d.pgsize) AS bytes FROM dbstat d JOIN sqlite_schema s ON s.name = d.name GROUP BY 1',
      )
      .all();
    const clicks = reader.prepare<[], number>('SELECT count(*) FROM clicks').pluck().get() ?? 0;
    const pages = reader.pragma('page_count', { simple: true }) as number;
    const pageBytes = reader.pragma('page_size', { simple: true }) as number;
    const perClick = Object.fromEntries(
      Object.entries(groups).map(([group, tables]) => [
        group,
        rows.filter(({ name }) => tables.includes(name)).reduce((sum, { bytes }) => sum + bytes, 0) / clicks,
      ]),
    );
    const together = Object.values(perClick).reduce((sum, bytes) => sum + bytes, 0);
    return { clicks, perClick, together, wholeFile: (pages * pageBytes) / clicks };
  } finally {
    reader.close();
  }
}

export function spaceTable(title: string, spaces: readonly (readonly [name: string, space: ClickSpace])[]): Table {
  return {
    title,
    columns: ['', ...Object.keys(groups), 'together', 'whole file'],
    rows: spaces.map(([name, { perClick, together, wholeFile }]) => [
      name,
      ...Object.keys(groups).map((group) => shown(perClick[group] ?? 0, 1)),
      shown(together, 1),
      shown(wholeFile, 1),
    ]),
  };
}
