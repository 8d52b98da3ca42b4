// `/stats/<id of a link>`: the statistics of a link with publicStats, for everybody who has the address.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { DimensionName } from '../clicks/dimensions.ts';
import type { StatsAnswer, StatsOwner, StatsQuestion } from '../clicks/stats.ts';
import { type Period, periods } from '../clicks/stats-period.ts';
import type { Clock } from '../core/clock.ts';
import { dayMs } from '../core/periods.ts';
import type { Interval } from '../core/time-zone.ts';
import type { CountedLink, Link } from '../links/link.ts';
import { publicStatsIdIn } from '../links/public-stats-path.ts';
import { type Page, sendPage } from './page.ts';
import { type Breakdown, statsMain, type StatsView } from './stats-page.ts';
import { statsStyle } from './stats-style.ts';
import { plainPages } from './visitor-pages.ts';

const defaultPeriod: Period = '30d';
/** Of a breakdown, as JSON; the page shows the first of them. */
const maxRows = 100;

const periodNames: Readonly<Record<Period, string>> = {
  '24h': '24 hours',
  '7d': '7 days',
  '30d': '30 days',
  '90d': '90 days',
  all: 'Ever',
};

const headings = {
  country: 'Countries',
  city: 'Cities',
  referrer: 'Where from',
  device: 'Devices',
  browser: 'Browsers',
  os: 'Systems',
  language: 'Languages',
} as const satisfies Partial<Record<DimensionName, string>>;
type Shown = keyof typeof headings;
const shown = Object.keys(headings) as Shown[];

type NamedType = 'region' | 'language';
// Made when they are first needed, as in chart.ts.
const displayNames: Partial<Record<NamedType, Intl.DisplayNames>> = {};

function nameOfCode(type: NamedType, code: string): string {
  return (displayNames[type] ??= new Intl.DisplayNames(['en'], { type, fallback: 'code' })).of(code) ?? code;
}

const unknown = 'Unknown';

function nameOf(dimension: Shown, value: string): string {
  if (value === 'unknown') return unknown;
  if (value === 'direct') return 'Directly';
  try {
    if (dimension === 'country') return nameOfCode('region', value);
    if (dimension === 'language') return nameOfCode('language', value);
  } catch {
    // What the browser sent only looked like a code.
  }
  return dimension === 'device' ? value[0]!.toUpperCase() + value.slice(1) : value;
}

/** So that there are no more columns than can be told apart. */
function intervalOf(ageMs: number): Interval {
  if (ageMs <= 92 * dayMs) return 'day';
  return ageMs <= 2 * 366 * dayMs ? 'week' : 'month';
}

interface PublicStatsOptions {
  readonly find: (publicId: string) => CountedLink | undefined;
  readonly ask: (owner: StatsOwner, question: StatsQuestion) => Promise<StatsAnswer>;
  readonly shortUrlOf: (link: Link) => string;
  /** Throws where the client comes too often. */
  readonly admit: (request: IncomingMessage) => void;
  /** Answers as if there were nothing here. */
  readonly notFound: (request: IncomingMessage, response: ServerResponse) => void;
  readonly failed: (request: IncomingMessage, response: ServerResponse, error: unknown) => void;
  readonly clock: Clock;
}

export class PublicStats {
  readonly #options: PublicStatsOptions;

  constructor(options: PublicStatsOptions) {
    this.#options = options;
  }

  /** Answers a request for a link's page; false leaves it to others. */
  handle(request: IncomingMessage, response: ServerResponse, path: string): boolean {
    const publicId = publicStatsIdIn(path);
    if (publicId === undefined) return false;
    const { failed } = this.#options;
    this.#answer(request, response, publicId).catch((error: unknown) => {
      if (response.headersSent || response.destroyed) response.destroy();
      else failed(request, response, error);
    });
    return true;
  }

  async #answer(request: IncomingMessage, response: ServerResponse, publicId: string): Promise<void> {
    const { find, ask, admit, notFound, clock } = this.#options;
    admit(request);
    const counted = find(publicId);
    if (counted === undefined) {
      notFound(request, response);
      return;
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      plainPages.methodNotAllowed(request, response, 'GET, HEAD');
      return;
    }
    const { link } = counted;
    const asked = new URLSearchParams((request.url ?? '').split('?', 2)[1] ?? '').get('period');
    const period = periods.find((known) => known === asked) ?? defaultPeriod;
    const answer = await ask(
      { scope: 'link', id: link.id, since: link.createdAt },
      {
        period,
        from: undefined,
        to: undefined,
        timeZone: 'UTC',
        interval: period === 'all' ? intervalOf(clock.now() - link.createdAt) : undefined,
        // Where programs count, their verdict says so.
        bots: 'exclude',
        filters: { dimensions: {}, linkIds: undefined },
        lists: shown,
        limit: maxRows,
        visitorsOverTime: false,
        comparesPrevious: false,
        now: clock.now(),
      },
    );
    if (!response.destroyed) sendPage(request, response, this.#page(counted, period, answer));
  }

  #page({ link, lastClickedAt }: CountedLink, period: Period, answer: StatsAnswer): Page {
    const breakdowns = shown.map((dimension): Breakdown => {
      const rows = breakdownOf(answer, dimension);
      return {
        heading: headings[dimension],
        rows: rows.map(({ name, count }) => ({ name: nameOf(dimension, name), count })),
      };
    });
    const view: StatsView = {
      shortUrl: this.#options.shortUrlOf(link),
      title: link.title,
      periods: periods.map((name) => ({ name: periodNames[name], query: `?period=${name}`, isShown: name === period })),
      totalClicks: answer.totalClicks,
      uniqueVisitors: answer.uniqueVisitors,
      lastClickedAt: lastClickedAt === null ? null : new Date(lastClickedAt).toISOString(),
      overTime: answer.overTime.map(({ date, count }) => ({ label: labelOf(date), value: count })),
      interval: answer.interval,
      // What is known of nobody is no breakdown: cities without a database of cities.
      breakdowns: breakdowns.filter(({ rows }) => rows.some(({ name }) => name !== unknown)),
      countsBots: !link.filterBots,
    };
    const { totalClicks, uniqueVisitors, overTime } = answer;
    return {
      status: 200,
      title: `Statistics of ${link.title ?? view.shortUrl}`,
      main: statsMain(view),
      css: statsStyle,
      json: {
        success: true,
        data: {
          shortUrl: view.shortUrl,
          title: link.title,
          period,
          totalClicks,
          uniqueVisitors,
          lastClickedAt: view.lastClickedAt,
          overTime,
          ...answer.breakdowns,
        },
      },
    };
  }
}

function breakdownOf(answer: StatsAnswer, dimension: Shown): { name: string; count: number }[] {
  const list = `by${dimension[0]!.toUpperCase()}${dimension.slice(1)}` as keyof StatsAnswer['breakdowns'];
  return (answer.breakdowns[list] ?? []).map((row) => ({ name: String(row[dimension]), count: row.count }));
}

/** An hour as people write it; a day as it is. */
function labelOf(date: string): string {
  return date.length > 10 ? `${date.slice(0, 10)} ${date.slice(11, 16)}` : date;
}
