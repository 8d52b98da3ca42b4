// Reads stored hits, oldest first, as judging them anew needs them.

import type { Connection } from '../storage/query.ts';
import { visitorBias } from './hit-store.ts';
import type { JudgedHit } from './rejudge.ts';

/** Ids that one call looks at. */
const idsAtOnce = 4_096;

type HitRow = [
  id: number,
  clickedAt: number,
  verdict: number,
  linkId: number,
  visitor: number,
  address: Buffer | null,
  userAgent: string | null,
  filterBots: number,
  hasCard: number,
];

/** Whose hits. */
export interface JudgedPart {
  readonly userId: number;
  /** null: all of the user's. */
  readonly linkId: number | null;
}

export interface Stretch {
  readonly hits: readonly JudgedHit[];
  /** The last id that was looked at. */
  readonly upTo: number;
}

export class RejudgeReader {
  readonly #hits;

  constructor(connection: Connection) {
    this.#hits = connection
      .prepare<[number, number, number, number | null], HitRow>(
        `SELECT c.id, c.clicked_at, c.verdict, c.link_id, c.visitor, c.address, u.text, l.filter_bots,
           l.og IS NOT NULL AND l.password_hash IS NULL
         FROM clicks c CROSS JOIN links l ON l.id = c.link_id LEFT JOIN user_agents u ON u.id = c.user_agent_id
         WHERE c.id > ? AND c.id <= ? AND l.user_id = ? AND c.link_id = coalesce(?, c.link_id) ORDER BY c.id`,
      )
      .raw();
  }

  /** The next hits after this one. */
  after(position: number, end: number, part: JudgedPart): Stretch {
    const upTo = Math.min(end, position + idsAtOnce);
    return { hits: this.#between(position, upTo, part), upTo };
  }

  /** Those before and with this one, back to this time, oldest first; at most so many ids of them. */
  recent(position: number, since: number, part: JudgedPart, ids: number): JudgedHit[] {
    const found: JudgedHit[][] = [];
    for (let upTo = position; upTo > Math.max(0, position - ids); upTo -= idsAtOnce) {
      const hits = this.#between(Math.max(0, upTo - idsAtOnce), upTo, part);
      found.unshift(hits);
      const [oldest] = hits;
      if (oldest !== undefined && oldest.clickedAt < since) break;
    }
    return found.flat();
  }

  #between(after: number, upTo: number, { userId, linkId }: JudgedPart): JudgedHit[] {
    return this.#hits
      .all(after, upTo, userId, linkId)
      .map(([id, clickedAt, verdict, link, visitor, address, userAgent, filterBots, hasCard]) => ({
        id,
        clickedAt,
        verdict,
        linkId: link,
        visitor: visitor === -visitorBias ? null : visitor,
        address,
        userAgent: userAgent ?? '',
        filterBots: filterBots === 1,
        hasCard: hasCard === 1,
      }));
  }
}
