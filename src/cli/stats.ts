// `signpost stats ID`: the numbers of a link, as the API gives them. Reads only; the server may be running.

import type { DimensionName } from '../clicks/dimensions.ts';
import { Statistics, type StatsAnswer } from '../clicks/stats.ts';
import { type Period, periods } from '../clicks/stats-period.ts';
import { systemClock } from '../core/clock.ts';
import { exitCodes } from '../core/exit.ts';
import { quoted } from '../core/one-line.ts';
import { TimeZone } from '../core/time-zone.ts';
import { type Arguments, type Command, usageError } from './command.ts';
import { databaseFlags } from './config-flags.ts';
import { withDatabase } from './database.ts';
import { linkNamed } from './link-access.ts';
import { listing } from './listing.ts';

const shownDimensions: readonly DimensionName[] = ['country', 'device', 'browser', 'os', 'referrer'];
const shownRows = 10;

function periodOf(given: Arguments): Period {
  const text = given.text('period') ?? 'all';
  const period = periods.find((name) => name === text);
  if (period === undefined) throw usageError(`flag --period takes one of ${periods.join(', ')}`, 'stats');
  return period;
}

function lines(answer: StatsAnswer): string {
  const { totalClicks, uniqueVisitors, from, to, breakdowns } = answer;
  const head = `${totalClicks} clicks, ${uniqueVisitors} visitors, ${from} to ${to}\n`;
  const tables = Object.values(breakdowns).map((rows) => {
    const [first] = rows;
    if (first === undefined) return '';
    const name = Object.keys(first).find((key) => key !== 'count')!;
    const cells = rows.map((row) => ({
      [name]: String((row as Record<string, unknown>)[name]),
      count: String(row.count),
    }));
    return `\n${listing([name, 'count'], cells, false)}`;
  });
  return head + tables.join('');
}

export const statsCommand: Command = {
  flags: {
    period: { placeholder: 'PERIOD', help: `One of ${periods.join(', ')}. Default: all.` },
    tz: { placeholder: 'ZONE', help: 'IANA time zone of its days. Default: UTC.' },
    json: { help: 'Print a JSON object.' },
    ...databaseFlags,
  },
  positionals: ['ID'],
  async run(given) {
    const [publicId = ''] = given.positionals;
    const period = periodOf(given);
    const timeZone = given.text('tz') ?? 'UTC';
    if (TimeZone.named(timeZone) === undefined)
      throw usageError(`${quoted(timeZone)} is no IANA time zone such as Europe/Berlin`, 'stats');
    const answer = await withDatabase(given, (connection) => {
      const { link } = linkNamed(connection, publicId);
      return new Statistics(connection).answer(
        { scope: 'link', id: link.id, since: link.createdAt },
        {
          period,
          from: undefined,
          to: undefined,
          timeZone,
          interval: undefined,
          bots: link.filterBots ? 'exclude' : 'include',
          lists: shownDimensions,
          limit: shownRows,
          visitorsOverTime: false,
          comparesPrevious: false,
          filters: { dimensions: {}, linkIds: undefined },
          now: systemClock.now(),
        },
      );
    });
    const { breakdowns, ...totals } = answer;
    process.stdout.write(given.has('json') ? `${JSON.stringify({ ...totals, ...breakdowns })}\n` : lines(answer));
    return exitCodes.ok;
  },
};
