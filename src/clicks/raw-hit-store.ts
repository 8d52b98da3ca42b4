// Reads stored hits with all that is known of them, newest first: those of a link along its chain, those of a user through the
// table. Each call reads a bounded stretch and says where the next one goes on, so that nothing holds a snapshot in between.

import { totalsOf } from '../links/link-totals-store.ts';
import { atOnce, type Connection } from '../storage/query.ts';
import { visitorBias } from './hit-store.ts';
import { type RawHit, rawHitOf, type RawHitRow } from './raw-hit.ts';

const columns = `c.id, c.clicked_at, c.verdict, c.visitor, c.address, c.link_id, l.public_id, d.host, l.slug,
  p.country, p.region, p.region_name, p.city, p.postal_code, p.latitude, p.longitude, p.timezone, p.continent,
  u.text, u.device, u.browser, u.browser_version, u.os, u.os_version, r.host, r.url,
  x.language, x.utm_source, x.utm_medium, x.utm_campaign, x.utm_term, x.utm_content, x.target, x.qr`;
// CROSS, so that the hits come first and in their order, whatever the statistics of the tables say.
const joins = `clicks c CROSS JOIN links l ON l.id = c.link_id CROSS JOIN domains d ON d.id = l.domain_id
  LEFT JOIN places p ON p.id = c.place_id LEFT JOIN user_agents u ON u.id = c.user_agent_id
  LEFT JOIN referrers r ON r.id = c.referrer_id LEFT JOIN contexts x ON x.id = c.context_id`;

export interface RawHits {
  readonly hits: readonly RawHit[];
  /** The last id that was looked at, to go on before; null: there are no more. */
  readonly before: number | null;
}

function hitOf(row: RawHitRow): RawHit {
  const [, , , visitor] = row;
  return rawHitOf(row, visitor === -visitorBias ? null : visitor + visitorBias);
}

export class RawHitStore {
  readonly #connection: Connection;
  readonly #find;
  readonly #previous;
  readonly #ofUser;
  readonly #bounds;
  readonly #linkRolledUp;
  readonly #userCount;
  readonly #afterOfUser;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#find = connection
      .prepare<[number], [...RawHitRow, number]>(`SELECT ${columns}, c.previous_id FROM ${joins} WHERE c.id = ?`)
      .raw();
    this.#previous = connection
      .prepare<[number, number], number>('SELECT previous_id FROM clicks WHERE id = ? AND link_id = ?')
      .pluck();
    this.#ofUser = connection
      .prepare<[number, number, number, number], RawHitRow>(
        `SELECT ${columns} FROM ${joins} WHERE c.id < ? AND c.id >= ? AND l.user_id = ? ORDER BY c.id DESC LIMIT ?`,
      )
      .raw();
    this.#bounds = connection
      .prepare<[], [first: number | null, last: number | null]>(
        'SELECT (SELECT min(id) FROM clicks), (SELECT max(id) FROM clicks)',
      )
      .raw();
    this.#linkRolledUp = connection
      .prepare<[number], number>(
        'SELECT coalesce(sum(hits), 0) FROM link_roll_ups WHERE owner_id = ? AND parent_id = 0',
      )
      .pluck();
    this.#userCount = connection
      .prepare<[number, number, number], number>(
        `SELECT coalesce((SELECT sum(hits) FROM user_roll_ups WHERE owner_id = ? AND parent_id = 0), 0)
           + (SELECT count(*) FROM clicks c JOIN links l ON l.id = c.link_id
              WHERE c.id > coalesce((SELECT click_id FROM user_roll_up_end), 0) AND l.user_id = ?)
           - coalesce((SELECT sum(t.dropped) FROM links l JOIN link_totals t ON t.link_id = l.id WHERE l.user_id = ?), 0)`,
      )
      .pluck();
    this.#afterOfUser = connection
      .prepare<[number, number, number], RawHitRow>(
        `SELECT ${columns} FROM ${joins} WHERE c.id > ? AND c.id <= ? AND l.user_id = ? ORDER BY c.id`,
      )
      .raw();
  }

  /** Whether this is a hit on another link than this one. */
  isOfAnother(id: number, linkId: number): boolean {
    return this.#previous.get(id, linkId) === undefined && this.#find.get(id) !== undefined;
  }

  /** How many hits of the link are stored. */
  countOfLink(linkId: number): number {
    return atOnce(this.#connection, () => {
      const totals = totalsOf(this.#connection, linkId);
      return totals === undefined ? 0 : this.#linkRolledUp.get(linkId)! + totals.tail - totals.dropped;
    });
  }

  /** How many hits of all links of the user are stored. */
  countOfUser(userId: number): number {
    return this.#userCount.get(userId, userId, userId) ?? 0;
  }

  /** @param before an id that this link's list has given; undefined: from the newest on. After a hit that is gone by now nothing comes. */
  ofLink(linkId: number, before: number | undefined, limit: number): RawHits {
    let id =
      before === undefined
        ? (totalsOf(this.#connection, linkId)?.lastClickId ?? 0)
        : (this.#previous.get(before, linkId) ?? 0);
    const hits: RawHit[] = [];
    let last: number | null = null;
    while (hits.length < limit && id > 0) {
      const row = this.#find.get(id);
      // Retention takes a chain's end away.
      if (row === undefined) return { hits, before: null };
      hits.push(hitOf(row as unknown as RawHitRow));
      last = id;
      id = row.at(-1) as number;
    }
    return { hits, before: id > 0 ? last : null };
  }

  /**
   * Up to `limit` hits on all links of the user in the next `ids` ids before this one; there may be none among them and more before.
   */
  ofUser(userId: number, before: number | undefined, { ids, limit }: { ids: number; limit: number }): RawHits {
    const [first, last] = this.#bounds.get()!;
    if (first === null || last === null) return { hits: [], before: null };
    const end = Math.min(before ?? Infinity, last + 1);
    const start = Math.max(first, end - ids);
    const rows = this.#ofUser.all(end, start, userId, limit);
    const lookedAt = rows.length < limit ? start : rows.at(-1)![0];
    return { hits: rows.map((row) => hitOf(row)), before: lookedAt > first ? lookedAt : null };
  }

  /** The newest hit of the server; 0: none. */
  lastId(): number {
    return this.#bounds.get()?.[1] ?? 0;
  }

  /** Hits on the user's links above `after`, up to and with `upTo`, oldest first. */
  between(
    after: number,
    upTo: number,
    userId: number,
  ): { readonly id: number; readonly linkId: number; readonly hit: RawHit }[] {
    return this.#afterOfUser.all(after, upTo, userId).map((row) => ({ id: row[0], linkId: row[5], hit: hitOf(row) }));
  }
}
