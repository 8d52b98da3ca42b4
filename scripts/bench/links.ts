// Making links one by one and in bulk, over HTTP and durably, and listing and searching among a million of them.

import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { usersToTend } from '../../src/links/search/sealing.ts';
import { openReader } from '../../src/storage/database.ts';
import { writeHistory } from './click-history.ts';
import { firstKeyOf, publicUrl } from './data-folder.ts';
import { linkDrafts } from './link-drafts.ts';
import { askLists, type ListFigures } from './link-questions.ts';
import { type LoadRun, prepareLoad } from './load.ts';
import type { Random } from './random-draws.ts';
import { atLeast, atMost, type BenchmarkOptions, type Report, shown } from './report.ts';
import { makeScratchFolder, removeScratchFolder } from './scratch.ts';
import { chosenLaunch, type Launch, type SignpostProcess, startSignpost } from './signpost-process.ts';
import type { Visit } from './visits.ts';

const usual = { links: 1_000_000, seconds: 8, questions: 20, clickedLinks: 30_000, clicks: 150_000 };
const quick = { links: 20_000, seconds: 2, questions: 5, clickedLinks: 1_000, clicks: 3_000 };
const linksPerCall = 1_000;
const callsAtOnce = 3;
const singleBodies = 4_096;
const sealingLimitMs = 900_000;

const host: [string, string] = ['Host', 'go.example'];

function singleVisits(apiKey: string): Visit[] {
  const draft = linkDrafts(3);
  const headers: Visit['headers'] = [host, ['Authorization', `Bearer ${apiKey}`]];
  return Array.from({ length: singleBodies }, () => ({
    path: '/api/v1/links',
    headers,
    body: JSON.stringify(draft()),
  }));
}

function post(url: string, apiKey: string, body: string, agent: Agent): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' };
    const sent = request(url, { method: 'POST', agent, headers }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode ?? 0));
    });
    sent.once('error', reject);
    sent.end(body);
  });
}

interface BulkRun {
  readonly links: number;
  readonly seconds: number;
  readonly failedCalls: number;
}

/** Through the API, as fast as it goes. */
export async function makeInBulk({ origin }: SignpostProcess, apiKey: string, links: number): Promise<BulkRun> {
  const draft = linkDrafts(5);
  const agent = new Agent({ keepAlive: true, maxSockets: callsAtOnce });
  const startedAt = performance.now();
  let left = links / linksPerCall;
  let failedCalls = 0;
  const call = async (): Promise<void> => {
    while (left-- > 0) {
      const body = JSON.stringify(Array.from({ length: linksPerCall }, draft));
      if ((await post(`${origin}/api/v1/links/bulk`, apiKey, body, agent)) !== 201) failedCalls++;
    }
  };
  await Promise.all(Array.from({ length: callsAtOnce }, call));
  agent.destroy();
  return { links, seconds: (performance.now() - startedAt) / 1000, failedCalls };
}

/** Until the search has nothing to seal any more; returns how long that took. */
export async function untilSealed(dataFolder: string): Promise<number> {
  const startedAt = performance.now();
  const reader = openReader(dataFolder);
  try {
    while (usersToTend(reader).length > 0) {
      if (performance.now() - startedAt > sealingLimitMs) throw new Error('sealing took too long');
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return (performance.now() - startedAt) / 1000;
  } finally {
    reader.close();
  }
}

interface FileFigures {
  readonly bytes: number;
  readonly searchBytes: number;
  readonly slug: string;
}

function measureFile(dataFolder: string): FileFigures {
  const reader = openReader(dataFolder);
  try {
    const size = reader
      .prepare<[string], number>('SELECT coalesce(sum(pgsize), 0) FROM dbstat WHERE name LIKE ?')
      .pluck();
    return {
      bytes: size.get('%') ?? 0,
      searchBytes: size.get('%link_search_%') ?? 0,
      slug: reader.prepare<[], string>('SELECT slug FROM links ORDER BY id LIMIT 1 OFFSET 1000').pluck().get() ?? '',
    };
  } finally {
    reader.close();
  }
}

/** Clicks on some of the links, as a server would have stored them. */
function click(dataFolder: string, clickedLinks: number, clicks: number): void {
  const reader = openReader(dataFolder);
  const find = reader.prepare<[number], number>('SELECT id FROM links ORDER BY id % 9973, id LIMIT ?').pluck();
  const linkIds = find.all(clickedLinks);
  reader.close();
  const drawLink = (random: Random): number => linkIds[random(linkIds.length)] as number;
  writeHistory(dataFolder, { clicks, days: 2, drawLink, now: Date.now() });
}

const start = (launch: Launch, dataFolder: string): Promise<SignpostProcess> =>
  startSignpost(launch, dataFolder, { 'server.public_url': publicUrl, 'log.level': 'warn' });

export async function links({ isQuick, isExecutable, seconds, say }: BenchmarkOptions): Promise<Report> {
  const folder = makeScratchFolder();
  const shape = isQuick ? quick : usual;
  const launch = chosenLaunch(isExecutable);
  const dataFolder = join(folder, 'data');
  let server = await start(launch, dataFolder);
  const apiKey = await firstKeyOf(server);

  const load = prepareLoad(folder, 'links', singleVisits(apiKey));
  await load.run(server.origin, 1);
  say('making links one by one');
  const single: LoadRun = await load.run(server.origin, seconds ?? shape.seconds);
  say(`${shown(single.redirects / single.seconds)} links/s; making ${shown(shape.links)} in bulk`);
  const bulk = await makeInBulk(server, apiKey, shape.links);
  say(`${shown(bulk.links / bulk.seconds)} links/s; waiting for the search to catch up`);
  const sealingSeconds = await untilSealed(dataFolder);
  say(`${shown(sealingSeconds, 1)} s; making links one by one among them`);
  const singleLater = await load.run(server.origin, seconds ?? shape.seconds);
  await untilSealed(dataFolder);
  await server.stop();

  click(dataFolder, shape.clickedLinks, shape.clicks);
  const file = measureFile(dataFolder);
  server = await start(launch, dataFolder);
  say('asking for lists');
  const lists = await askLists(server.origin, apiKey, file.slug, shape.questions);
  await server.stop();
  removeScratchFolder(folder);

  const rate = ({ redirects, seconds: taken }: LoadRun): number => redirects / taken;
  const worst = (kind: ListFigures['kind']): number =>
    Math.max(...lists.filter((row) => row.kind === kind).map((row) => row.p95Ms));
  const total = lists[0]?.total ?? 0;
  const faults = single.faults + singleLater.faults + bulk.failedCalls;
  return {
    tables: [
      {
        title: 'Making links over HTTP, each answered once it is on the disk',
        columns: ['', 'links/s', 'p50 ms', 'p99 ms'],
        rows: [
          ['one by one', shown(rate(single)), shown(single.p50Ms, 1), shown(single.p99Ms, 1)],
          [
            `one by one, among ${shown(total)}`,
            shown(rate(singleLater)),
            shown(singleLater.p50Ms, 1),
            shown(singleLater.p99Ms, 1),
          ],
          [`in bulk, ${shown(linksPerCall)} a call`, shown(bulk.links / bulk.seconds), '–', '–'],
        ],
      },
      {
        title: `Lists among ${shown(total)} links, over HTTP, total included; first: asked for the first time`,
        columns: ['query', 'total', 'first ms', 'p50 ms', 'p95 ms'],
        rows: lists.map((row) => [
          row.question,
          shown(row.total),
          shown(row.firstMs, 1),
          shown(row.p50Ms, 1),
          shown(row.p95Ms, 1),
        ]),
      },
    ],
    notes: [
      `the search caught up ${shown(sealingSeconds, 1)} s after the last link`,
      `bytes a link in the file: ${shown(file.bytes / total)}, of them for the search ${shown(file.searchBytes / total)}`,
    ],
    targets: [
      atLeast('one by one, links/s', 2_500, rate(single)),
      atLeast('in bulk, links/s', 20_000, bulk.links / bulk.seconds),
      atMost('list page, slowest p95 ms', 30, worst('page')),
      atMost('substring search, slowest p95 ms', 30, worst('search')),
    ],
    failures: faults === 0 ? [] : [`${shown(faults)} requests failed`],
    figures: { single, singleLater, bulk, sealingSeconds, lists, file },
  };
}
