// Stops a server with SIGTERM at full load, again and again on the same data folder, and compares what its clients were told with
// what it kept: no request is cut off, every click is there. The short form runs among the tests, the long one in scripts/chaos.ts.

import assert from 'node:assert/strict';
import { auditRollUps } from '../../src/clicks/roll-up-audit-store.ts';
import { openReader } from '../../src/storage/database.ts';
import { ApiClient } from './api-client.ts';
import type { CrashDurability } from './crash-rounds.ts';
import { Load } from './load.ts';
import { seededRandom } from './seeded-random.ts';
import { startServer } from './server-process.ts';

export interface StopRoundsOptions {
  readonly durability: CrashDurability;
  readonly rounds: number;
  /** Draws the moments of the signals. */
  readonly seed: number;
  readonly onRound?: (line: string) => void;
}

const connections = 48;
const linkCount = 5;
const leastRedirects = 1_000;
const mostRedirects = 4_000;

export interface HitCount {
  readonly slug: string;
  readonly counted: number;
  readonly uncounted: number;
  readonly total: number;
}

/** What a stopped server has left of its links' hits. */
export function hitsIn(dataFolder: string): HitCount[] {
  const connection = openReader(dataFolder);
  try {
    assert.deepEqual(auditRollUps(connection), []);
    return connection
      .prepare<[], HitCount>(
        `SELECT l.slug, sum(c.verdict = 0) AS counted, sum(c.verdict <> 0) AS uncounted, t.clicks AS total
         FROM links l JOIN link_totals t ON t.link_id = l.id
           JOIN clicks c ON c.link_id = l.id
         GROUP BY l.id ORDER BY l.slug`,
      )
      .all();
  } finally {
    connection.close();
  }
}

/** Returns how many redirects were received in all rounds. */
export async function runStopRounds({ durability, rounds, seed, onRound }: StopRoundsOptions): Promise<number> {
  const random = seededRandom(seed);
  const flags = ['--clicks-durability', durability];
  let server = await startServer({ flags });
  const api = ApiClient.of(server);
  const told = new Map<string, { people: number; crawlers: number }>();
  for (let count = 0; count < linkCount; count++) told.set((await api.createLink()).slug, { people: 0, crawlers: 0 });
  let redirected = 0;

  for (let round = 1; round <= rounds; round++) {
    const load = new Load({ port: server.port, slugs: [...told.keys()], connections });
    await load.redirects(leastRedirects + random(mostRedirects - leastRedirects));
    const [code, report] = await Promise.all([server.stop(), load.ended()]);

    assert.equal(code, 0);
    assert.deepEqual({ cut: report.cut, cutUnanswered: report.cutUnanswered }, { cut: 0, cutUnanswered: 0 });
    assert.deepEqual([...report.others], [], 'every answer is a redirect');
    assert.equal(report.connected, connections);
    assert.equal(report.announcedCloses, connections, 'clients were told that the connection closes');
    for (const [slug, { people, crawlers }] of report.slugs) {
      assert.deepEqual([people.sent, crawlers.sent], [people.redirected, crawlers.redirected]);
      const sum = told.get(slug)!;
      sum.people += people.sent;
      sum.crawlers += crawlers.sent;
    }
    const expected = [...told].map(([slug, { people, crawlers }]): HitCount => {
      return { slug, counted: people, uncounted: crawlers, total: people };
    });
    assert.deepEqual(
      hitsIn(server.dataFolder),
      expected.toSorted((a, b) => (a.slug < b.slug ? -1 : 1)),
    );
    redirected += report.redirected;
    onRound?.(`${durability} ${round}/${rounds}: ${report.redirected} redirects, all answered and counted`);
    if (round < rounds) server = await startServer({ dataFolder: server.dataFolder, flags });
  }
  return redirected;
}
