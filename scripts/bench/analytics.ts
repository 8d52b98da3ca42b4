// Statistics and bytes a click where there are many links: a history of realistic clicks over a hundredth as many links by Zipf's
// law, and questions of links drawn the same way and evenly, of all their periods, plain and filtered, and over all links.

import { type Agent } from 'node:http';
import { type Period, periods } from '../../src/clicks/stats-period.ts';
import { currentTotals } from '../../src/links/link-totals-store.ts';
import { openReader } from '../../src/storage/database.ts';
import { type History, writeHistory } from './click-history.ts';
import { type ClickSpace, measureClickSpace, spaceTable } from './click-space.ts';
import { type DataFolder, makeDataFolder } from './data-folder.ts';
import { historyIn, type MadeHistory } from './kept-history.ts';
import { copyLinks } from './many-links.ts';
import { residentMegabytes } from './process-figures.ts';
import { type Random, seededRandom, zipfDraw } from './random-draws.ts';
import { atMost, type BenchmarkOptions, percentile, type Report, shown, type Target } from './report.ts';
import { chosenLaunch, type Launch, startSignpost } from './signpost-process.ts';
import { askTimed, oneConnection, type TimedAnswer } from './timed-answers.ts';

const days = 365;
const clicksPerLink = 100;
const usualClicks = [1_000_000];
const quickClicks = [50_000];
const usualQuestions = 300;
const quickQuestions = 30;
const overviewQuestions = 20;

/** Filters as people set them: one common value, a rare one, and two dimensions together. */
const filters = [
  'country=US',
  'browser=Firefox',
  'country=CH&device=mobile',
  'utmCampaign=campaign-3',
  'referrer=site-7.example',
];

interface QuestionFigures {
  readonly name: string;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly slowestMs: number;
  readonly limitMs: number | undefined;
}

function figuresOf(name: string, answers: readonly TimedAnswer[], limitMs?: number): QuestionFigures {
  const ms = answers.map((answer) => answer.ms);
  return { name, p50Ms: percentile(ms, 0.5), p95Ms: percentile(ms, 0.95), slowestMs: percentile(ms, 1), limitMs };
}

interface Asker {
  readonly ask: (path: string) => Promise<TimedAnswer>;
  /** Public id of the link that is drawn. */
  readonly link: (index: number) => string;
}

interface Draws {
  readonly random: Random;
  readonly zipf: () => number;
  readonly even: () => number;
}

async function askAboutLinks({ ask, link }: Asker, draws: Draws, questions: number): Promise<QuestionFigures[]> {
  const figures: QuestionFigures[] = [];
  for (const [how, draw] of [
    ['by Zipf', draws.zipf],
    ['evenly', draws.even],
  ] as const) {
    const plain: TimedAnswer[] = [];
    const filtered: TimedAnswer[] = [];
    for (let i = 0; i < questions; i++) {
      const path = `/links/${link(draw())}/stats?period=${periods[i % periods.length] as Period}`;
      plain.push(await ask(path));
      filtered.push(await ask(`${path}&${filters[draws.random(filters.length)]}`));
    }
    figures.push(figuresOf(`/stats, links drawn ${how}`, plain, 30));
    figures.push(figuresOf(`/stats with a filter, links drawn ${how}`, filtered, 300));
  }
  const busiest: TimedAnswer[] = [];
  for (let i = 0; i < overviewQuestions; i++) busiest.push(await ask(`/links/${link(0)}/stats`));
  figures.push(figuresOf('/stats of the busiest link, all', busiest));
  return figures;
}

async function askAboutAll({ ask }: Asker): Promise<QuestionFigures[]> {
  const figures: QuestionFigures[] = [];
  for (const [path, limit] of [
    ['overview?period=90d', 100],
    ['overview?period=90d&tz=Europe/Berlin', 100],
    ['overview?period=all', undefined],
    ['top-links?period=90d', undefined],
    ['overview?period=90d&country=CH', undefined],
    ['recent', undefined],
  ] as const) {
    const answers: TimedAnswer[] = [];
    for (let i = 0; i < overviewQuestions; i++) answers.push(await ask(`/analytics/${path}`));
    figures.push(figuresOf(`/analytics/${path}`, answers, limit));
  }
  return figures;
}

interface SizeFigures {
  readonly clicks: number;
  readonly questions: readonly QuestionFigures[];
  readonly firstMs: number;
  readonly space: ClickSpace;
  readonly history: History;
  readonly memoryMegabytes: number;
  readonly failures: readonly string[];
}

/** Counted clicks that the links' totals hold. */
function countedIn(dataFolder: string): number {
  const reader = openReader(dataFolder);
  try {
    return reader.prepare<[], number>(`SELECT sum(clicks) FROM (${currentTotals})`).pluck().get() ?? 0;
  } finally {
    reader.close();
  }
}

async function questionsOf(
  launch: Launch,
  data: DataFolder,
  links: number,
  isQuick: boolean,
): Promise<Pick<SizeFigures, 'questions' | 'firstMs' | 'memoryMegabytes' | 'failures'>> {
  const random = seededRandom(5);
  const zipf = zipfDraw(links, random);
  const server = await startSignpost(launch, data.path);
  const agent: Agent = oneConnection();
  try {
    const first = data.links[0]!.publicId;
    const asker: Asker = {
      ask: (path) => askTimed(`${server.origin}/api/v1${path}`, data.apiKey, agent),
      link: (index) => (index === 0 ? first : `lnk_${String(index).padStart(16, '0')}`),
    };
    const { ms: firstMs } = await asker.ask(`/links/${first}/stats?period=30d`);
    const draws = { random, zipf, even: () => random(links) };
    const ofLinks = await askAboutLinks(asker, draws, isQuick ? quickQuestions : usualQuestions);
    const ofAll = await askAboutAll(asker);
    const { totalClicks } = await asker.ask('/analytics/clicks?period=all');
    const counted = countedIn(data.path);
    const failures =
      totalClicks === counted ? [] : [`${shown(counted)} clicks counted, ${shown(totalClicks)} in /analytics/clicks`];
    return {
      firstMs,
      questions: [...ofLinks, ...ofAll],
      memoryMegabytes: residentMegabytes(server.pid),
      failures,
    };
  } finally {
    agent.destroy();
    await server.stop();
  }
}

const linksOf = (clicks: number): number => Math.max(10, Math.round(clicks / clicksPerLink));

async function make(
  clicks: number,
  folder: string,
  launch: Launch,
  say: BenchmarkOptions['say'],
): Promise<MadeHistory> {
  const links = linksOf(clicks);
  const data = await makeDataFolder(launch, folder, 1);
  say(`making ${shown(links)} links`);
  const { firstId } = copyLinks(data.path, data.links[0]!, links);
  say(`writing ${shown(clicks)} clicks over ${days} days`);
  let draw: (() => number) | undefined;
  const history = writeHistory(data.path, {
    clicks,
    days,
    now: Date.now(),
    drawLink: (random) => firstId + (draw ??= zipfDraw(links, random))(),
    say,
  });
  return { data, history, space: measureClickSpace(data.path) };
}

async function measure(clicks: number, options: BenchmarkOptions): Promise<SizeFigures> {
  const { isQuick, isExecutable, say } = options;
  const launch = chosenLaunch(isExecutable);
  const { data, history, space, done } = await historyIn(options.data, clicks, (folder) =>
    make(clicks, folder, launch, say),
  );
  say('asking');
  const asked = await questionsOf(launch, data, linksOf(clicks), isQuick);
  done();
  return { clicks, space, history, ...asked };
}

function targetsOf({ clicks, questions, space }: SizeFigures): Target[] {
  const size = `${shown(clicks)} clicks`;
  return [
    ...questions.flatMap(({ name, p95Ms, limitMs }) =>
      limitMs === undefined ? [] : [atMost(`${size}: ${name}, p95 ms`, limitMs, p95Ms)],
    ),
    atMost(`${size}: bytes a click, roll-ups and dictionaries included`, 70, space.together),
  ];
}

export async function analytics(options: BenchmarkOptions): Promise<Report> {
  const sizes = options.clicks ?? (options.isQuick ? quickClicks : usualClicks);
  const figures: SizeFigures[] = [];
  for (const clicks of sizes) figures.push(await measure(clicks, options));
  return {
    tables: [
      ...figures.map(({ clicks, questions }) => ({
        title: `${shown(clicks)} clicks over ${days} days on ${shown(clicks / clicksPerLink)} links of one user, over HTTP`,
        columns: ['question', 'p50 ms', 'p95 ms', 'slowest ms'],
        rows: questions.map((row) => [row.name, shown(row.p50Ms, 1), shown(row.p95Ms, 1), shown(row.slowestMs, 1)]),
      })),
      spaceTable(
        'Bytes a click in the file',
        figures.map(({ clicks, space }) => [`${shown(clicks)} clicks`, space] as const),
      ),
    ],
    notes: figures.map(
      ({ clicks, history, firstMs, memoryMegabytes }) =>
        `${shown(clicks)} clicks: written in ${shown(history.seconds)} s, ${shown(history.microsPerClick, 1)} µs of the writer a click, ` +
        `slowest batch of 4,096 ${shown(history.slowestBatchMs)} ms; first answer ${shown(firstMs)} ms; server's memory afterwards ${shown(memoryMegabytes)} MB`,
    ),
    targets: figures.flatMap(targetsOf),
    failures: figures.flatMap(({ failures }) => failures),
    figures: { sizes: figures },
  };
}
