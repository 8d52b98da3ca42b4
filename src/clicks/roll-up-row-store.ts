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

type Texts = Readonly<Record<string, Text>>;

/** Rows of one table, by id, in bounded memory. */
class TextReader {
  readonly #find;
  readonly #known = new BoundedCache<number, Texts>(cachedEntries);
  readonly #unknown: Texts;

  constructor(connection: Connection, sql: string, fields: readonly string[]) {
    this.#find = connection.prepare<[number], Texts>(sql);
    this.#unknown = Object.fromEntries(fields.map((field) => [field, null]));
  }

  of(id: number): Texts {
    let texts = this.#known.get(id);
    if (texts === undefined) {
      // '' stands for unknown.
      const row = Object.entries(this.#find.get(id) ?? this.#unknown);
      texts = Object.fromEntries(row.map(([name, value]) => [name, value === '' ? null : value]));
      this.#known.set(id, texts);
    }
    return texts;
  }

  forget(): void {
    this.#known.clear();
  }
}

export class TermTexts {
  readonly #terms: readonly TextReader[];
  readonly #links: TextReader;

  constructor(connection: Connection) {
    this.#terms = dictionaries.map(({ table, columns }) => {
      const selected = Object.entries(columns).map(([name, column]) => `${column} AS ${name}`);
      return new TextReader(
        connection,
        `SELECT ${selected.join(', ')} FROM ${table} WHERE id = ?`,
        Object.keys(columns),
      );
    });
    this.#links = new TextReader(connection, linkTexts, ['linkId', 'domain', 'slug']);
  }

  /** To be called before a page: links are moved and renamed, the entries of dictionaries never change. */
  forgetLinks(): void {
    this.#links.forget();
  }

  /** @param ids by column, the link's last */
  of(ids: readonly number[]): Terms {
    const terms = this.#terms.map((reader, column) => reader.of(ids[column]!));
    return Object.assign({}, ...terms, this.#links.of(ids[this.#terms.length]!)) as Terms;
  }
}
