// How long the statistics of a link with a million clicks take over HTTP, and how many bytes a click takes in the file.

import { periods, type Period } from '../../src/clicks/stats-period.ts';
import { totalsOf } from '../../src/links/link-totals-store.ts';
import { openReader } from '../../src/storage/database.ts';
import { writeHistory } from './click-history.ts';
import { measureClickSpace, spaceTable } from './click-space.ts';
import { type DataFolder, linkIdsOf, makeDataFolder } from './data-folder.ts';
import { zipfDraw } from './random-draws.ts';
import { atMost, type BenchmarkOptions, percentile, type Report, shown } from './report.ts';
import { makeScratchFolder, removeScratchFolder } from './scratch.ts';
import { chosenLaunch, type Launch, startSignpost } from './signpost-process.ts';
import { askTimed, oneConnection, type TimedAnswer } from './timed-answers.ts';

const days = 90;
// A period that is far too slow is asked less often: what it is shows soon enough.
const periodLimitMs = 8_000;
const fewestQuestions = 5;

const usual = { clicks: 1_000_000, otherLinks: 1_000, questions: 50, periods };
const quick = { clicks: 20_000, otherLinks: 200, questions: 10, periods: ['24h', 'all'] as const };

interface PeriodFigures {
  readonly period: Period;
  /** Of a server that has answered nothing yet: with it, it loads its API and starts the thread for statistics. */
  readonly coldMs: number;
  /** The first for this link of a server that has answered another question. */
  readonly firstMs: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly bytes: number;
  readonly totalClicks: number;
  /** Answers after the first. */
  readonly asked: number;
}

const statsUrl = (origin: string, data: DataFolder, link: number, period: Period): string =>
  `${origin}/api/v1/links/${data.links[link]?.publicId}/stats?period=${period}`;

async function askCold(launch: Launch, data: DataFolder, period: Period): Promise<number> {
  const server = await startSignpost(launch, data.path);
  const agent = oneConnection();
  const { ms } = await askTimed(statsUrl(server.origin, data, 0, period), data.apiKey, agent);
  agent.destroy();
  await server.stop();
  return ms;
}

async function askPeriod(launch: Launch, data: DataFolder, period: Period, questions: number): Promise<PeriodFigures> {
  const coldMs = await askCold(launch, data, period);
  // Started anew for each: what one question has read is in memory for the next.
  const server = await startSignpost(launch, data.path);
  const agent = oneConnection();
  await askTimed(statsUrl(server.origin, data, 1, period), data.apiKey, agent);
  const url = statsUrl(server.origin, data, 0, period);
  const answers: TimedAnswer[] = [];
  const deadline = performance.now() + periodLimitMs;
  while (answers.length <= fewestQuestions || (answers.length <= questions && performance.now() < deadline))
    answers.push(await askTimed(url, data.apiKey, agent));
  agent.destroy();
  await server.stop();
  const [first, ...later] = answers as [TimedAnswer, ...TimedAnswer[]];
  const laterMs = later.map((answer) => answer.ms);
  return {
    period,
    coldMs,
    firstMs: first.ms,
    p50Ms: percentile(laterMs, 0.5),
    p95Ms: percentile(laterMs, 0.95),
    bytes: first.bytes,
    totalClicks: first.totalClicks,
    asked: later.length,
  };
}

/** Counted clicks of a link, as its running total has them. */
function countedOf(dataFolder: string, linkId: number): number {
  const reader = openReader(dataFolder);
  try {
    return totalsOf(reader, linkId)?.clicks ?? 0;
  } finally {
    reader.close();
  }
}

export async function stats({ isQuick, isExecutable, say }: BenchmarkOptions): Promise<Report> {
  const folder = makeScratchFolder();
  const now = Date.now();
  const { clicks, otherLinks, questions, periods: asked } = isQuick ? quick : usual;
  const launch = chosenLaunch(isExecutable);
  say(`making ${shown(otherLinks + 1)} links`);
  const data = await makeDataFolder(launch, folder, otherLinks + 1);
  const linkIds = linkIdsOf(data);
  const stored = clicks + clicks / 10;
  say(`writing ${shown(stored)} clicks over ${days} days`);
  let put = 0;
  let drawOther: (() => number) | undefined;
  const history = writeHistory(data.path, {
    clicks: stored,
    days,
    now,
    // Spread evenly: one in eleven goes to another link.
    drawLink: (random) => {
      drawOther ??= zipfDraw(linkIds.length - 1, random);
      return linkIds[++put % 11 === 0 ? drawOther() + 1 : 0] as number;
    },
  });
  const space = measureClickSpace(data.path);
  const counted = countedOf(data.path, linkIds[0] as number);

  const figures: PeriodFigures[] = [];
  for (const period of asked) {
    say(`asking for ${period}`);
    figures.push(await askPeriod(launch, data, period, questions));
  }
  removeScratchFolder(folder);

  const all = figures.find((row) => row.period === 'all')?.totalClicks;
  const title = `/stats of a link with ${shown(clicks)} hits over ${days} days`;
  return {
    tables: [
      {
        title: `${title}, over HTTP; cold: of a server just started; first: of one that has been asked for another link`,
        columns: ['period', 'cold ms', 'first ms', 'p50 ms', 'p95 ms', 'asked', 'clicks', 'answer kB'],
        rows: figures.map((row) => [
          row.period,
          shown(row.coldMs, 1),
          shown(row.firstMs, 1),
          shown(row.p50Ms, 1),
          shown(row.p95Ms, 1),
          shown(row.asked),
          shown(row.totalClicks),
          shown(row.bytes / 1e3, 1),
        ]),
      },
      spaceTable(`Bytes a click in the file, of ${shown(otherLinks + 1)} links`, [[`${shown(stored)} clicks`, space]]),
    ],
    notes: [
      `written and rolled up in ${shown(history.seconds, 1)} s: ${shown(history.microsPerClick, 1)} µs of the writer a click, ` +
        `the slowest batch of 4,096 took ${shown(history.slowestBatchMs)} ms`,
    ],
    targets: figures.flatMap((row) => [
      atMost(`${row.period}, p95 ms`, 50, row.p95Ms),
      atMost(`${row.period}, first ms`, 50, row.firstMs),
    ]),
    failures: all === counted ? [] : [`${shown(counted)} clicks counted, ${shown(all ?? 0)} in /stats`],
    figures: { periods: figures, space, history },
  };
}
