// Whether the numbers of scans still say what the raw hits say. A hit that counts and names a code was counted for it in the same
// transaction. Hits of which only the number is kept name none, and neither do those that retention has deleted: by as many, a code
// may have more.

import type { Connection } from '../storage/query.ts';
import type { StoredHit } from './recent-hits.ts';
import { countedVerdict } from './verdict.ts';

interface Seen {
  count: number;
  lastAt: number;
}

interface CodeRow {
  readonly public_id: string;
  readonly user_id: number;
  readonly scans: number;
  readonly last_scanned_at: number | null;
}

const codesSql = `SELECT q.public_id, q.user_id, coalesce(t.scans, 0) AS scans, t.last_scanned_at
  FROM qr_codes q LEFT JOIN qr_totals t ON t.qr_id = q.id`;
const droppedSql = `SELECT coalesce(l.user_id, d.user_id) AS user_id, sum(t.dropped) AS dropped
  FROM link_totals t LEFT JOIN links l ON l.id = t.link_id LEFT JOIN deleted_links d ON d.link_id = t.link_id
  WHERE t.dropped > 0 GROUP BY 1`;

export class ScanAudit {
  readonly #connection: Connection;
  /** By context. */
  readonly #codes: ReadonlyMap<number, string>;
  readonly #seen = new Map<string, Seen>();
  /** Counted hits of a link that name nothing. */
  readonly #nameless = new Map<number, number>();

  constructor(connection: Connection) {
    this.#connection = connection;
    const contexts = connection.prepare<[], [number, string]>("SELECT id, qr FROM contexts WHERE qr <> ''").raw();
    this.#codes = new Map(contexts.all());
  }

  see({ verdict, context, linkId }: StoredHit, clickedAt: number): void {
    if (verdict !== countedVerdict) return;
    if (context === 0) {
      this.#nameless.set(linkId, (this.#nameless.get(linkId) ?? 0) + 1);
      return;
    }
    const code = this.#codes.get(context);
    if (code === undefined) return;
    const seen = this.#seen.get(code);
    if (seen === undefined) this.#seen.set(code, { count: 1, lastAt: clickedAt });
    else {
      seen.count++;
      seen.lastAt = Math.max(seen.lastAt, clickedAt);
    }
  }

  /** To be called when every hit has been seen. */
  compare(report: (message: string) => void): void {
    const unknown = this.#unknownOfUsers();
    for (const row of this.#connection.prepare<[], CodeRow>(codesSql).iterate()) {
      const { public_id: code, scans } = row;
      const { count, lastAt } = this.#seen.get(code) ?? { count: 0, lastAt: -Infinity };
      const most = count + (unknown.get(row.user_id) ?? 0);
      if (scans < count || scans > most)
        report(`${code} has ${scans} scans, and the hits that are stored ${count}${most > count ? ` to ${most}` : ''}`);
      else if ((row.last_scanned_at ?? -Infinity) < lastAt)
        report(`the last hit by ${code} is of ${lastAt}, its totals say ${row.last_scanned_at}`);
    }
  }

  /** How many hits of each user may have come by any code, or by none. */
  #unknownOfUsers(): Map<number, number> {
    const rows = this.#connection.prepare<[], [number | null, number]>(droppedSql).raw().all();
    const unknown = new Map(rows.flatMap(([user, dropped]) => (user === null ? [] : [[user, dropped] as const])));
    const userOf = this.#connection
      .prepare<[number, number], number>(
        'SELECT user_id FROM links WHERE id = ? UNION ALL SELECT user_id FROM deleted_links WHERE link_id = ?',
      )
      .pluck();
    for (const [linkId, count] of this.#nameless) {
      const user = userOf.get(linkId, linkId);
      if (user !== undefined) unknown.set(user, (unknown.get(user) ?? 0) + count);
    }
    return unknown;
  }
}
