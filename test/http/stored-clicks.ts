// What the database of a running server holds about a link's hits, read past the server on a connection of our own.

import { addressText } from '../../src/clicks/address-privacy.ts';
import { fullAddress } from '../../src/clicks/stored-address.ts';
import { type Verdict, verdictOf } from '../../src/clicks/verdict.ts';
import { openReader } from '../../src/storage/database.ts';

export interface StoredClick {
  readonly verdict: Verdict;
  readonly country: string;
  readonly device: string;
  readonly browser: string;
  readonly os: string;
  readonly referrer: string;
  readonly language: string;
  readonly userAgent: string;
  readonly clickedAt: number;
  /** As text; null where nothing is stored. */
  readonly address: string | null;
}

type ClickRow = Omit<StoredClick, 'verdict' | 'address'> & {
  readonly verdict: number;
  readonly address: Buffer | null;
};

/** The hits of the link with this slug, oldest first. */
export function storedClicks(dataFolder: string, slug: string): StoredClick[] {
  const connection = openReader(dataFolder);
  try {
    const rows = connection
      .prepare<[string], ClickRow>(
        `SELECT c.verdict, coalesce(p.country, '') AS country, u.device, u.browser, u.os, coalesce(r.host, '') AS referrer,
           v.language, u.text AS userAgent, c.clicked_at AS clickedAt, c.address
         FROM links l JOIN clicks c ON c.link_id = l.id
         JOIN user_agents u ON u.id = c.user_agent_id JOIN contexts v ON v.id = c.context_id
         LEFT JOIN places p ON p.id = c.place_id LEFT JOIN referrers r ON r.id = c.referrer_id
         WHERE l.slug = ? ORDER BY c.id`,
      )
      .all(slug);
    return rows.map(({ verdict, address, ...row }) => ({
      ...row,
      verdict: verdictOf(verdict),
      address: address === null ? null : addressText(fullAddress(address)!),
    }));
  } finally {
    connection.close();
  }
}
