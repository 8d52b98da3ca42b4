// Months of clicks as visitors would have left them, written through the program's own ClickStore, day by day, each day
// closed when it is over: the file ends up as a running server's would.

import {
  batchBytes,
  type ClickBatch,
  ClickRecords,
  maxBatchClicks,
  type NewTerms,
  packKind,
} from '../../src/clicks/click-batch.ts';
import { ClickStore } from '../../src/clicks/click-store.ts';
import { closeDays } from '../../src/clicks/day-closing-store.ts';
import { sketchEntry } from '../../src/clicks/visitor-sketch.ts';
import { dayMs, hourMs, utcDay } from '../../src/core/periods.ts';
import { openWriter } from '../../src/storage/database.ts';
import { type Random, seededRandom, weightedDraw, zipfDraw } from './random-draws.ts';

export interface HistoryShape {
  /** Clicks of the first link, spread evenly over the days. */
  readonly clicks: number;
  /** Clicks of all other links together, by Zipf's law. */
  readonly otherClicks: number;
  readonly days: number;
  readonly linkIds: readonly number[];
  /** The last click's time at the latest. */
  readonly now: number;
}

export interface History {
  readonly seconds: number;
}

const countryCount = 100;
const referrerCount = 60;
const languageCount = 20;
const versionsPerAgent = 25;
const visitsPerVisitor = 1.6;

/** 40 combinations, most frequent first within a device. */
const agents: readonly (readonly [device: string, browser: string, os: string])[] = [
  ...['Chrome', 'Samsung Internet', 'Chrome WebView', 'Facebook', 'Instagram', 'Firefox', 'Opera', 'Edge'].map(
    (browser) => ['mobile', browser, 'Android'] as const,
  ),
  ...['Mobile Safari', 'Instagram', 'Chrome', 'GSA', 'Facebook', 'TikTok', 'Firefox', 'Edge'].map(
    (browser) => ['mobile', browser, 'iOS'] as const,
  ),
  ...['Windows', 'macOS', 'Linux'].flatMap((os) =>
    ['Chrome', 'Firefox', 'Edge', 'Opera'].map((browser) => ['desktop', browser, os] as const),
  ),
  ['desktop', 'Safari', 'macOS'],
  ['desktop', 'Chrome', 'ChromeOS'],
  ...['Chrome', 'Samsung Internet', 'Firefox'].map((browser) => ['tablet', browser, 'Android'] as const),
  ...['Mobile Safari', 'Chrome'].map((browser) => ['tablet', browser, 'iOS'] as const),
  ...['Tizen', 'webOS', 'Android'].map((os) => ['tv', 'Chrome', os] as const),
  ['console', 'Edge', 'Xbox'],
  ['console', 'WebKit', 'PlayStation'],
];

// Clicks by hour of the day (UTC): few at night, most in the evening.
const hourWeights = [3, 2, 2, 2, 2, 3, 4, 6, 7, 8, 8, 8, 9, 9, 8, 8, 8, 9, 10, 11, 11, 10, 7, 4];

const letters = 'abcdefghijklmnopqrstuvwxyz';
const pair = (index: number, alphabet: string): string =>
  `${alphabet[Math.floor(index / alphabet.length)]}${alphabet[index % alphabet.length]}`;

const terms: NewTerms = {
  countries: Array.from({ length: countryCount }, (_, index) => pair(index, letters.toUpperCase())),
  languages: Array.from({ length: languageCount }, (_, index) => pair(index, letters)),
  referrers: Array.from({ length: referrerCount }, (_, index) => `site-${index}.example`),
  userAgents: agents.flatMap(([device, browser, os]) =>
    Array.from({ length: versionsPerAgent }, (_, version) => ({
      text: `Mozilla/5.0 (${os}; ${device}) AppleWebKit/537.36 (KHTML, like Gecko) ${browser}/${100 + version}.0.0.0`,
      device,
      browser,
      os,
    })),
  ),
};

interface Visitor {
  readonly userAgent: number;
  readonly language: number;
  readonly country: number;
  readonly sketch: number;
  readonly address: Buffer;
}

/** Whoever visits: half come from the ten most frequent countries, and most speak the language of theirs. */
function drawVisitors(count: number, random: Random): Visitor[] {
  const drawCountry = zipfDraw(countryCount, random);
  const drawAgent = zipfDraw(agents.length, random);
  const drawLanguage = zipfDraw(languageCount, random);
  return Array.from({ length: count }, () => {
    const country = drawCountry();
    // Numbers of terms begin at 1.
    return {
      country: country + 1,
      userAgent: drawAgent() * versionsPerAgent + random(versionsPerAgent) + 1,
      language: (random(100) < 85 ? country % languageCount : drawLanguage()) + 1,
      sketch: sketchEntry(random(2 ** 32) | 0, random(2 ** 32)),
      // A network, as privacy.ip keeps it unless it is told otherwise.
      address: Buffer.from([random(223) + 1, random(256), random(256), 0]),
    };
  });
}

/** How many clicks fall on each day up to today, of which only what has passed counts: exactly `count` in all. */
function clicksByDay(count: number, days: number, now: number): number[] {
  const hourToday = (now % dayMs) / hourMs;
  const weightOf = (hours: number): number =>
    hourWeights.reduce((sum, weight, hour) => sum + weight * Math.min(1, Math.max(0, hours - hour)), 0);
  const wholeDay = weightOf(24);
  const all = (days - 1) * wholeDay + weightOf(hourToday);
  const until = (day: number): number => Math.round((count * Math.min((day + 1) * wholeDay, all)) / all);
  return Array.from({ length: days }, (_, day) => until(day) - (day === 0 ? 0 : until(day - 1)));
}

/** The times of a day's clicks in order, none after `now`. */
function drawTimes(day: number, count: number, now: number, random: Random): Float64Array {
  const drawHour = weightedDraw(hourWeights, random);
  const drawTime = (): number => {
    for (;;) {
      const time = day * dayMs + drawHour() * hourMs + random(hourMs);
      if (time <= now) return time;
    }
  };
  return Float64Array.from({ length: count }, drawTime).sort();
}

export function writeHistory(dataFolder: string, shape: HistoryShape): History {
  const { clicks, otherClicks, days, linkIds, now } = shape;
  const startedAt = performance.now();
  const random = seededRandom(42);
  const visitors = drawVisitors(Math.ceil((clicks + otherClicks) / visitsPerVisitor), random);
  const drawOther = zipfDraw(linkIds.length - 1, random);
  const drawReferrer = zipfDraw(referrerCount + 1, random); // 0: none
  const connection = openWriter(dataFolder);
  const memory = [new SharedArrayBuffer(batchBytes), new SharedArrayBuffer(batchBytes)] as const;
  const store = new ClickStore(connection, memory);
  const records = new ClickRecords(memory[0]);
  let isFirst = true;
  let others = 0;
  let put = 0;

  const writeBatch = (count: number): void => {
    const none: NewTerms = { countries: [], languages: [], referrers: [], userAgents: [] };
    const batch: ClickBatch = { buffer: 0, count, limited: false, restart: false, terms: isFirst ? terms : none };
    isFirst = false;
    store.receive(batch);
    connection.transaction(() => store.write(batch)).immediate();
  };

  const putClick = (position: number, clickedAt: number): void => {
    // Spread evenly, and exactly as many as asked for.
    const isOther = others < Math.floor((++put * otherClicks) / (clicks + otherClicks));
    if (isOther) others++;
    const visitor = visitors[random(visitors.length)] as Visitor;
    const kind = packKind(visitor.userAgent, drawReferrer(), visitor.language, visitor.country, 0);
    const hash = random(2 ** 24) * 2 ** 24 + random(2 ** 24);
    const linkId = linkIds[isOther ? drawOther() + 1 : 0] as number;
    records.put(position, linkId, clickedAt, kind, hash, visitor.sketch, visitor.address, 0, false);
  };

  const today = utcDay(now);
  try {
    for (const [index, count] of clicksByDay(clicks + otherClicks, days, now).entries()) {
      const day = today - days + 1 + index;
      const times = drawTimes(day, count, now, random);
      for (let start = 0; start < times.length; start += maxBatchClicks) {
        const batch = times.subarray(start, start + maxBatchClicks);
        batch.forEach((clickedAt, position) => putClick(position, clickedAt));
        writeBatch(batch.length);
      }
      if (day < today)
        while (connection.transaction(() => closeDays.apply(connection, { today: day + 1 })).immediate());
      connection.pragma('wal_checkpoint(TRUNCATE)');
    }
  } finally {
    connection.close();
  }
  return { seconds: (performance.now() - startedAt) / 1000 };
}
