// A row of exported roll-ups, and the texts that its ids stand for.

import { BoundedCache } from '../core/bounded-cache.ts';
import type { Connection } from '../storage/query.ts';
import type { Verdict } from './verdict.ts';

type Text = string | null;

interface Terms {
  readonly linkId: Text;
  readonly domain: Text;
  readonly slug: Text;
  readonly country: Text;
  readonly region: Text;
  readonly city: Text;
  readonly device: Text;
  readonly browser: Text;
  readonly browserVersion: Text;
  readonly os: Text;
  readonly osVersion: Text;
  readonly referrer: Text;
  readonly referrerUrl: Text;
  readonly language: Text;
  readonly utmSource: Text;
  readonly utmMedium: Text;
  readonly utmCampaign: Text;
  readonly utmTerm: Text;
  readonly utmContent: Text;
  readonly target: Text;
  readonly qr: Text;
}

export interface RollUpRow extends Terms {
  /** Start of the quarter-hour. */
  readonly from: string;
  readonly hits: number;
  readonly counted: boolean;
  readonly verdict: Verdict;
}

export const rollUpFields = [
  'from',
  'hits',
  'counted',
  'verdict',
  'linkId',
  'domain',
  'slug',
  'country',
  'region',
  'city',
  'device',
  'browser',
  'browserVersion',
  'os',
  'osVersion',
  'referrer',
  'referrerUrl',
  'language',
  'utmSource',
  'utmMedium',
  'utmCampaign',
  'utmTerm',
  'utmContent',
  'target',
  'qr',
] as const satisfies readonly (keyof RollUpRow)[];

/** In the order of a roll-up's columns: place, agent, referrer, context, link. */
const dictionaries = [
  { table: 'places', columns: { country: 'country', region: 'region', city: 'city' } },
  {
    table: 'user_agents',
    columns: {
      device: 'device',
      browser: 'browser',
      browserVersion: 'browser_version',
      os: 'os',
      osVersion: 'os_version',
    },
  },
  { table: 'referrers', columns: { referrer: 'host', referrerUrl: 'url' } },
  {
    table: 'contexts',
    columns: {
      language: 'language',
      utmSource: 'utm_source',
      utmMedium: 'utm_medium',
      utmCampaign: 'utm_campaign',
      utmTerm: 'utm_term',
      utmContent: 'utm_content',
      target: 'target',
      qr: 'qr',
    },
  },
] as const;

const linkTexts = `SELECT l.public_id AS linkId, d.host AS domain, l.slug AS slug
  FROM links l JOIN domains d ON d.id = l.domain_id WHERE l.id = ?`;

const cachedEntries = 20_000;

export class TermTexts {
  readonly #readers: readonly ((id: number) => object)[];

  constructor(connection: Connection) {
    const queries = dictionaries.map(({ table, columns }) => {
      const selected = Object.entries(columns).map(([name, column]) => `${column} AS ${name}`);
      return { sql: `SELECT ${selected.join(', ')} FROM ${table} WHERE id = ?`, fields: Object.keys(columns) };
    });
    queries.push({ sql: linkTexts, fields: ['linkId', 'domain', 'slug'] });
    this.#readers = queries.map(({ sql, fields }) => {
      const find = connection.prepare<[number], Record<string, Text>>(sql);
      const cache = new BoundedCache<number, object>(cachedEntries);
      const unknown = Object.fromEntries(fields.map((field) => [field, null]));
      return (id) => {
        let texts = cache.get(id);
        if (texts === undefined) {
          const row = find.get(id);
          // '' stands for unknown.
          texts =
            row === undefined
              ? unknown
              : Object.fromEntries(Object.entries(row).map(([name, value]) => [name, value === '' ? null : value]));
          cache.set(id, texts);
        }
        return texts;
      };
    });
  }

  /** @param ids by column, the link's last */
  of(ids: readonly number[]): Terms {
    return Object.assign({}, ...ids.map((id, column) => this.#readers[column]!(id))) as Terms;
  }
}
