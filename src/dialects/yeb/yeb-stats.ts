// The statistics of a link as yeb.to shows them.

import * as z from 'zod';
import type { BreakdownRow } from '../../clicks/breakdown.ts';
import { textField } from '../../core/text-field.ts';
import { Faults } from '../../core/validation.ts';
import { utcDay } from '../../core/periods.ts';
import type { CountedLink } from '../../links/link.ts';
import { countedClicks } from '../counted-clicks.ts';
import type { DialectContext } from '../dialect.ts';
import type { YebBody } from './yeb-body.ts';
import { yebTime } from './yeb-link.ts';

const maxLabelLength = 100;

const questionSchema = z.looseObject({
  code: z.string(),
  period: z.enum(['7d', '30d', '90d']).nullish(),
  // Only shown again: days are those of UTC.
  tz: textField(maxLabelLength).nullish(),
  limit_recent: z.int().min(0).max(200).nullish(),
  debug: z.boolean().nullish(),
});

const defaultRecent = 20;
const unknown = 'unknown';

/** `{country: 'DE', count: 3}` as `{key: 'DE', count: 3}`. */
function bucket(rows: readonly BreakdownRow[] | undefined, name: string) {
  return (rows ?? []).map((row) => ({ key: String(row[name]), count: row.count }));
}

/** Throws VALIDATION_ERROR. */
export async function yebStats(
  { link, lastClickedAt }: CountedLink,
  fields: YebBody['fields'],
  context: DialectContext,
): Promise<object> {
  const { newestHits, passwordTotals, clock } = context;
  const faults = new Faults();
  const question = faults.check(questionSchema, fields);
  faults.throwIfAny();
  const { code, period, tz, limit_recent: limit, debug } = question!;
  const queries: { name: string; ms: number }[] = [];
  const timed = async <T>(name: string, ask: () => T | Promise<T>): Promise<T> => {
    const startedAt = clock.monotonic();
    const answer = await ask();
    queries.push({ name, ms: Math.round((clock.monotonic() - startedAt) * 1000) / 1000 });
    return answer;
  };
  const isAdvanced = link.advancedAnalytics;
  const lists = isAdvanced ? (['country', 'device', 'browser', 'os'] as const) : (['country'] as const);
  const clicks = await timed('clicks', () => countedClicks(context, link, period ?? '30d', lists));
  const { byCountry = [], byDevice, byBrowser, byOs } = clicks.breakdowns;
  const [from, to] = [Date.parse(clicks.from), Date.parse(clicks.to)];
  const passwords = await timed('password_visits', () => passwordTotals(link.id, utcDay(from), utcDay(to - 1)));
  const recent = await timed('recent_clicks', () => newestHits(link.id, limit ?? defaultRecent));
  return {
    code,
    from: yebTime(from),
    to: yebTime(to),
    tz: tz ?? 'UTC',
    summary: {
      total_clicks: clicks.totalClicks,
      last_click_at: lastClickedAt === null ? null : yebTime(lastClickedAt),
      unique_countries: byCountry.filter((row) => row['country'] !== unknown).length,
      password_page_views_total: passwords.views,
      password_page_views_unique: passwords.differentAddresses,
      password_attempts_total: passwords.attempts,
    },
    recent_clicks: recent.map(({ address, userAgent, clickedAt }) => ({
      ip: address,
      user_agent: userAgent,
      ts: yebTime(clickedAt),
    })),
    by_country: isAdvanced ? bucket(byCountry, 'country') : [],
    by_device: bucket(byDevice, 'device'),
    by_browser: bucket(byBrowser, 'browser'),
    by_os: bucket(byOs, 'os'),
    ...(debug === true ? { debug: { queries } } : {}),
  };
}
