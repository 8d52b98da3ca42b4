// The dictionaries' writing side: gives every place, user agent, referrer and context its id, once for equal ones, and knows the
// numbers under which the main thread speaks of them.

import { hash } from 'node:crypto';
import type { Connection } from '../storage/query.ts';
import type { NewTerms } from './click-batch.ts';
import { type TermKind, termKinds } from './hit-columns.ts';
import { nowhere } from './place.ts';

type Value = string | number | null;
type Entries = { readonly [Kind in TermKind]: NewTerms[Kind][number] };

/**
 * New entries of one dictionary a day: far more than visitors make, and what somebody who invents addresses and names can make us
 * keep for ever. Beyond, less is kept of what is new.
 */
const maxNewADay = 50_000;
/** Further ones, of which less is kept. */
const maxCoarseADay = 10_000;

interface Storage<Entry> {
  readonly table: string;
  /** Those besides id and hash. */
  readonly columns: readonly string[];
  readonly values: (entry: Entry) => readonly Value[];
  /** An entry of which less is kept, and one of which there are few whatever comes; the second is always stored. */
  readonly coarser: readonly [(entry: Entry) => Entry, (entry: Entry) => Entry];
}

const noCampaign = { source: '', medium: '', campaign: '', term: '', content: '' };

const storage: { readonly [Kind in TermKind]: Storage<Entries[Kind]> } = {
  place: {
    table: 'places',
    columns: [
      'country',
      'region',
      'region_name',
      'city',
      'postal_code',
      'latitude',
      'longitude',
      'timezone',
      'continent',
    ],
    values: (place) => [
      place.country ?? '',
      place.region ?? '',
      place.regionName ?? '',
      place.city ?? '',
      place.postalCode ?? '',
      place.latitude,
      place.longitude,
      place.timezone ?? '',
      place.continent ?? '',
    ],
    coarser: [
      (place) => ({ ...place, postalCode: null, latitude: null, longitude: null }),
      ({ country, continent }) => ({ ...nowhere, country, continent }),
    ],
  },
  agent: {
    table: 'user_agents',
    columns: ['text', 'device', 'browser', 'browser_version', 'os', 'os_version'],
    values: ({ text, device, browser, browserVersion, os, osVersion }) => [
      text,
      device,
      browser,
      browserVersion,
      os,
      osVersion,
    ],
    coarser: [
      (agent) => ({ ...agent, text: '', browserVersion: '', osVersion: '' }),
      ({ device }) => ({ text: '', device, browser: '', browserVersion: '', os: '', osVersion: '' }),
    ],
  },
  referrer: {
    table: 'referrers',
    columns: ['url', 'host'],
    values: ({ url, host }) => [url, host],
    coarser: [({ host }) => ({ url: `https://${host}/`, host }), () => ({ url: '', host: '' })],
  },
  context: {
    table: 'contexts',
    columns: ['language', 'utm_source', 'utm_medium', 'utm_campaign', 'utm_term', 'utm_content', 'target', 'qr'],
    values: ({ language, utm, target, qr }) => [
      language,
      utm.source,
      utm.medium,
      utm.campaign,
      utm.term,
      utm.content,
      target,
      qr,
    ],
    coarser: [
      (context) => ({ ...context, utm: noCampaign }),
      ({ language, target }) => ({ language, utm: noCampaign, target, qr: '' }),
    ],
  },
};

/** 48 bits, signed: six bytes in a row and in its index. */
function hashOf(values: readonly Value[]): number {
  return hash('sha256', JSON.stringify(values), 'buffer').readIntBE(0, 6);
}

class Dictionary<Entry> {
  // By number; the empty entry has no row.
  #entries: (Entry | undefined)[] = [undefined];
  #ids: number[] = [0];
  readonly #storage: Storage<Entry>;
  #day = 0;
  #newToday = 0;
  readonly #find;
  readonly #insert;

  constructor(connection: Connection, stored: Storage<Entry>) {
    const { table, columns } = stored;
    this.#storage = stored;
    // IS, because a place may have no coordinates.
    const equal = columns.map((column) => `${column} IS ?`).join(' AND ');
    this.#find = connection.prepare<Value[], number>(`SELECT id FROM ${table} WHERE hash = ? AND ${equal}`).pluck();
    this.#insert = connection.prepare<Value[]>(
      `INSERT INTO ${table} (hash, ${columns.join(', ')}) VALUES (?, ${columns.map(() => '?').join(', ')})`,
    );
  }

  add(entries: readonly Entry[]): void {
    for (const entry of entries) this.#entries.push(entry);
  }

  restart(): void {
    this.#entries = [undefined];
    this.#ids = [0];
  }

  forgetIds(): void {
    this.#ids = [0];
  }

  entry(number: number): Entry | undefined {
    return this.#entries[number];
  }

  id(number: number, day: number): number {
    return this.#ids[number] ?? this.#intern(number, day);
  }

  #intern(number: number, day: number): number {
    const entry = this.#entries[number];
    if (entry === undefined) throw new Error('a hit refers to an entry of a dictionary that was never sent');
    if (day !== this.#day) {
      this.#day = day;
      this.#newToday = 0;
    }
    const [coarser, coarsest] = this.#storage.coarser;
    const id =
      this.#idOf(entry, maxNewADay) ??
      this.#idOf(coarser(entry), maxNewADay + maxCoarseADay) ??
      this.#idOf(coarsest(entry), Infinity)!;
    this.#ids[number] = id;
    return id;
  }

  /** Undefined where the entry is new and there are as many new ones today already. */
  #idOf(entry: Entry, maxNew: number): number | undefined {
    const values = this.#storage.values(entry);
    const key = hashOf(values);
    const found = this.#find.get(key, ...values);
    if (found !== undefined || this.#newToday >= maxNew) return found;
    this.#newToday++;
    return Number(this.#insert.run(key, ...values).lastInsertRowid);
  }
}

export class TermStore {
  readonly #dictionaries: { readonly [Kind in TermKind]: Dictionary<Entries[Kind]> };

  constructor(connection: Connection) {
    this.#dictionaries = {
      place: new Dictionary(connection, storage.place),
      agent: new Dictionary(connection, storage.agent),
      referrer: new Dictionary(connection, storage.referrer),
      context: new Dictionary(connection, storage.context),
    };
  }

  /** @param restart whether numbers begin anew with these */
  receive(terms: NewTerms, restart: boolean): void {
    if (restart) for (const kind of termKinds) this.#dictionaries[kind].restart();
    this.#dictionaries.place.add(terms.place);
    this.#dictionaries.agent.add(terms.agent);
    this.#dictionaries.referrer.add(terms.referrer);
    this.#dictionaries.context.add(terms.context);
  }

  /**
   * The id of the entry with this number, which is stored now if it is new.
   * @param day of the hit, in UTC days since 1970
   */
  id(kind: TermKind, number: number, day: number): number {
    return this.#dictionaries[kind].id(number, day);
  }

  /** What was sent under this number; undefined: nothing is known. */
  entry<Kind extends TermKind>(kind: Kind, number: number): Entries[Kind] | undefined {
    return this.#dictionaries[kind].entry(number);
  }

  /** Rows that were written may be gone: every id is looked for again. */
  forgetIds(): void {
    for (const kind of termKinds) this.#dictionaries[kind].forgetIds();
  }
}
