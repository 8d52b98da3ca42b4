// A link's stored hits with what is known of them, newest first, by position: for clients that turn pages.

import { totalsOf } from '../links/link-totals-store.ts';
import type { Connection } from '../storage/query.ts';
import { addressText } from './address-privacy.ts';
import { fullAddress } from './stored-address.ts';
import { countedVerdict, type Verdict, verdictOf } from './verdict.ts';

/** '' stands for unknown, or not kept. */
export interface LinkHit {
  readonly clickedAt: number;
  readonly verdict: Verdict;
  readonly address: string;
  readonly userAgent: string;
  readonly device: string;
  readonly country: string;
  /** ISO 3166-2, as in US-CT. */
  readonly region: string;
  readonly regionName: string;
  readonly city: string;
  readonly postalCode: string;
  readonly latitude: number | null;
  readonly longitude: number | null;
  readonly timezone: string;
  readonly continent: string;
}

interface HitRow {
  readonly clicked_at: number;
  readonly verdict: number;
  readonly address: Buffer | null;
  readonly previous_id: number;
  readonly text: string | null;
  readonly device: string | null;
  readonly country: string | null;
  readonly region: string | null;
  readonly region_name: string | null;
  readonly city: string | null;
  readonly postal_code: string | null;
  readonly latitude: number | null;
  readonly longitude: number | null;
  readonly timezone: string | null;
  readonly continent: string | null;
}

function hitOf(row: HitRow): LinkHit {
  const address = fullAddress(row.address);
  return {
    clickedAt: row.clicked_at,
    verdict: verdictOf(row.verdict),
    address: address === null ? '' : addressText(address),
    userAgent: row.text ?? '',
    device: row.device ?? '',
    country: row.country ?? '',
    region: row.region ?? '',
    regionName: row.region_name ?? '',
    city: row.city ?? '',
    postalCode: row.postal_code ?? '',
    latitude: row.latitude,
    longitude: row.longitude,
    timezone: row.timezone ?? '',
    continent: row.continent ?? '',
  };
}

export interface PageOfHits {
  /** How many are stored. */
  readonly total: number;
  readonly hits: readonly LinkHit[];
}

/** Hits that do not count and are passed over on the way to `limit` counted ones. */
const maxPassedOver = 10_000;

export class LinkHitReader {
  readonly #connection: Connection;
  readonly #step;
  readonly #find;
  readonly #rolledUp;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#step = connection.prepare<[number], number>('SELECT previous_id FROM clicks WHERE id = ?').pluck();
    this.#find = connection.prepare<[number], HitRow>(
      `SELECT c.clicked_at, c.verdict, c.address, c.previous_id, u.text, u.device,
         p.country, p.region, p.region_name, p.city, p.postal_code, p.latitude, p.longitude, p.timezone, p.continent
       FROM clicks c LEFT JOIN user_agents u ON u.id = c.user_agent_id LEFT JOIN places p ON p.id = c.place_id
       WHERE c.id = ?`,
    );
    this.#rolledUp = connection
      .prepare<[number], number>(
        'SELECT coalesce(sum(hits), 0) FROM link_roll_ups WHERE owner_id = ? AND parent_id = 0',
      )
      .pluck();
  }

  /** How many hits are stored, and those from position `offset` on, of one moment. The cost grows with the offset. */
  page(linkId: number, offset: number, limit: number): PageOfHits {
    return this.#connection.transaction(() => {
      const totals = totalsOf(this.#connection, linkId);
      const total = totals === undefined ? 0 : this.#rolledUp.get(linkId)! + totals.tail - totals.dropped;
      let id = offset < total ? (totals?.lastClickId ?? 0) : 0;
      // Where retention has taken the rest of the chain away, there is nothing to step to.
      for (let left = offset; left > 0 && id > 0; left--) id = this.#step.get(id) ?? 0;
      const hits = [...this.#from(id, limit)].map(hitOf);
      return { total, hits };
    })();
  }

  /** The newest hits that count. */
  newestCounted(linkId: number, limit: number): LinkHit[] {
    return this.#connection.transaction(() => {
      const hits: LinkHit[] = [];
      for (const row of this.#from(totalsOf(this.#connection, linkId)?.lastClickId ?? 0, limit + maxPassedOver)) {
        if (hits.length >= limit) break;
        if (row.verdict === countedVerdict) hits.push(hitOf(row));
      }
      return hits;
    })();
  }

  *#from(firstId: number, limit: number): Generator<HitRow> {
    let id = firstId;
    for (let left = limit; left > 0 && id > 0; left--) {
      const row = this.#find.get(id);
      if (row === undefined) return;
      yield row;
      id = row.previous_id;
    }
  }
}
