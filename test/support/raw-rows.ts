// Hits as they stand in the raw rows, read by joins of our own: what statistics are compared with.

import type { DimensionName } from '../../src/clicks/dimensions.ts';
import type { Connection } from '../../src/storage/query.ts';

export interface RawRow extends Readonly<Record<DimensionName, string>> {
  readonly linkId: number;
  readonly at: number;
  readonly verdict: number;
  readonly sketch: number;
}

export type NativeDimension = Exclude<DimensionName, 'browserRelease'>;

/** Said once more, in words of our own, and what is shown where nothing is known. */
const readings: Readonly<Record<NativeDimension, readonly [expression: string, absent: string]>> = {
  country: ['p.country', 'unknown'],
  region: ["coalesce(nullif(p.region, ''), p.region_name)", 'unknown'],
  city: ['p.city', 'unknown'],
  device: ['u.device', 'unknown'],
  browser: ['u.browser', 'unknown'],
  browserVersion: [
    "iif(u.browser = '' OR u.browser_version = '', u.browser, u.browser || ' ' || CAST(u.browser_version AS INTEGER))",
    'unknown',
  ],
  os: ['u.os', 'unknown'],
  osVersion: ["rtrim(u.os || ' ' || u.os_version)", 'unknown'],
  referrer: ['r.host', 'direct'],
  referrerUrl: ['r.url', 'direct'],
  language: ['v.language', 'unknown'],
  utmSource: ['v.utm_source', 'none'],
  utmMedium: ['v.utm_medium', 'none'],
  utmCampaign: ['v.utm_campaign', 'none'],
  utmTerm: ['v.utm_term', 'none'],
  utmContent: ['v.utm_content', 'none'],
  target: ['v.target', 'unknown'],
  qr: ['v.qr', 'none'],
};

/** Every hit of these links as it stands in the raw rows, its dimensions read by joins of our own. */
export function rawRows(connection: Connection, linkIds: readonly number[]): RawRow[] {
  const columns = Object.entries(readings).map(
    ([name, [expression, absent]]) => `coalesce(nullif(${expression}, ''), '${absent}') AS ${name}`,
  );
  return connection
    .prepare<[string], RawRow>(
      `SELECT c.link_id AS linkId, c.clicked_at AS at, c.verdict, c.sketch + 32768 AS sketch, ${columns.join(', ')}
       FROM clicks c LEFT JOIN places p ON p.id = c.place_id LEFT JOIN user_agents u ON u.id = c.user_agent_id
         LEFT JOIN referrers r ON r.id = c.referrer_id LEFT JOIN contexts v ON v.id = c.context_id
       WHERE c.link_id IN (SELECT value FROM json_each(?))`,
    )
    .all(JSON.stringify(linkIds));
}
