// How long the statistics of a link with a million clicks take over HTTP, and how many bytes a click takes in the file.

import { Agent, get } from 'node:http';
import { readCube } from '../../src/clicks/day-cube.ts';
import { periods, type Period } from '../../src/clicks/stats.ts';
import { openReader } from '../../src/storage/database.ts';
import { type HistoryShape, writeHistory } from './click-history.ts';
import { type DataFolder, linkIdsOf, makeDataFolder } from './data-folder.ts';
import { atMost, type BenchmarkOptions, percentile, type Report, shown } from './report.ts';
import { makeScratchFolder, removeScratchFolder } from './scratch.ts';
import { chosenLaunch, type Launch, startSignpost } from './signpost-process.ts';

const days = 90;
// A period that is far too slow is asked less often: what it is shows soon enough.
const periodLimitMs = 8_000;
const fewestQuestions = 5;

const usual = { clicks: 1_000_000, otherLinks: 1_000, questions: 50, periods };
const quick = { clicks: 20_000, otherLinks: 200, questions: 10, periods: ['24h', 'all'] as const };

interface Answer {
  readonly ms: number;
  readonly bytes: number;
  readonly totalClicks: number;
}

function ask(url: string, apiKey: string, agent: Agent): Promise<Answer> {
  const startedAt = performance.now();
  return new Promise((resolve, reject) => {
    get(url, { agent, headers: { authorization: `Bearer ${apiKey}` } }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const ms = performance.now() - startedAt;
        const body = Buffer.concat(chunks);
        if (response.statusCode !== 200)
          return reject(new Error(`${url} answers ${response.statusCode}: ${body.toString()}`));
        const { data } = JSON.parse(body.toString()) as { data: { totalClicks: number } };
        return resolve({ ms, bytes: body.length, totalClicks: data.totalClicks });
      });
    }).once('error', reject);
  });
}

interface PeriodFigures {
  readonly period: Period;
  /** Of a server that has answered nothing yet. */
  readonly firstMs: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly bytes: number;
  readonly totalClicks: number;
  /** Answers after the first. */
  readonly asked: number;
}

async function askPeriod(launch: Launch, data: DataFolder, period: Period, questions: number): Promise<PeriodFigures> {
  // Started anew for each: what one question has read is in memory for the next.
  const server = await startSignpost(launch, data.path);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const url = `${server.origin}/api/v1/links/${data.links[0]?.publicId}/stats?period=${period}`;
  const answers: Answer[] = [];
  const deadline = performance.now() + periodLimitMs;
  while (answers.length <= fewestQuestions || (answers.length <= questions && performance.now() < deadline))
    answers.push(await ask(url, data.apiKey, agent));
  agent.destroy();
  await server.stop();
  const [first, ...later] = answers as [Answer, ...Answer[]];
  const laterMs = later.map((answer) => answer.ms);
  return {
    period,
    firstMs: first.ms,
    p50Ms: percentile(laterMs, 0.5),
    p95Ms: percentile(laterMs, 0.95),
    bytes: first.bytes,
    totalClicks: first.totalClicks,
    asked: later.length,
  };
}

interface Space {
  readonly rawBytes: number;
  readonly rollupBytes: number;
  readonly visitorBytes: number;
  readonly termBytes: number;
  readonly profiles: number;
  /** Hits of the first link's closed days, by profile and quarter-hour: what its statistics are added up from. */
  readonly rollupEntries: number;
}

/** Pages of the file by what they hold, indexes included. */
function measureSpace(dataFolder: string, linkId: number): Space {
  const reader = openReader(dataFolder);
  try {
    const rows = reader
      .prepare<[], { name: string; bytes: number }>(
        'SELECT s.tbl_name AS name, sum(d.pgsize) AS bytes FROM dbstat d JOIN sqlite_schema s ON s.name = d.name GROUP BY 1',
      )
      .all();
    const of = (...names: string[]): number =>
      rows.filter((row) => names.includes(row.name)).reduce((sum, row) => sum + row.bytes, 0);
    let rollupEntries = 0;
    const cubes = reader.prepare<[number], { cube: Buffer }>('SELECT cube FROM click_days WHERE link_id = ?');
    for (const { cube } of cubes.iterate(linkId)) readCube(cube, () => rollupEntries++);
    return {
      rawBytes: of('clicks'),
      rollupBytes: of('click_days', 'click_buckets'),
      visitorBytes: of('visitor_days', 'link_totals'),
      termBytes: of('profiles', 'user_agents'),
      profiles: reader.prepare<[], { n: number }>('SELECT count(*) AS n FROM profiles').get()?.n ?? 0,
      rollupEntries,
    };
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
  const shape: HistoryShape = {
    clicks,
    otherClicks: clicks / 10,
    days,
    linkIds: linkIdsOf(data),
    now,
  };
  say(`writing ${shown(shape.clicks + shape.otherClicks)} clicks over ${days} days`);
  const history = writeHistory(data.path, shape);
  const stored = shape.clicks + shape.otherClicks;
  const space = measureSpace(data.path, shape.linkIds[0] as number);

  const figures: PeriodFigures[] = [];
  for (const period of asked) {
    say(`asking for ${period}`);
    figures.push(await askPeriod(launch, data, period, questions));
  }
  removeScratchFolder(folder);

  const all = figures.find((row) => row.period === 'all')?.totalClicks;
  const perClick = (bytes: number): string => shown(bytes / stored, 1);
  const title = `/stats of a link with ${shown(clicks)} clicks over ${days} days`;
  return {
    tables: [
      {
        title: `${title}, over HTTP; first: of a server just started`,
        columns: ['period', 'first ms', 'p50 ms', 'p95 ms', 'asked', 'clicks', 'answer kB'],
        rows: figures.map((row) => [
          row.period,
          shown(row.firstMs, 1),
          shown(row.p50Ms, 1),
          shown(row.p95Ms, 1),
          shown(row.asked),
          shown(row.totalClicks),
          shown(row.bytes / 1e3, 1),
        ]),
      },
      {
        title: `Bytes a click in the file, of ${shown(stored)} clicks of ${shown(otherLinks + 1)} links`,
        columns: ['raw', 'roll-ups', 'visitors and totals', 'profiles and user agents', 'together'],
        rows: [
          [
            perClick(space.rawBytes),
            perClick(space.rollupBytes),
            perClick(space.visitorBytes),
            perClick(space.termBytes),
            perClick(space.rawBytes + space.rollupBytes + space.visitorBytes + space.termBytes),
          ],
        ],
      },
    ],
    notes: [
      `${shown(space.profiles)} profiles; ${shown(space.rollupEntries)} roll-up entries of the link in closed days`,
      `written and rolled up in ${shown(history.seconds, 1)} s`,
    ],
    targets: figures.flatMap((row) => [
      atMost(`${row.period}, p95 ms`, 50, row.p95Ms),
      atMost(`${row.period}, first ms`, 50, row.firstMs),
    ]),
    failures: all === clicks ? [] : [`${shown(clicks)} clicks written, ${shown(all ?? 0)} in /stats`],
    figures: { periods: figures, space, history },
  };
}
