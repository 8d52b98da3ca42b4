// Ends a server with SIGKILL at full load, again and again on the same data folder, and compares what its clients were told
// with what it kept. The short form runs among the tests, the long one in scripts/chaos.ts.

import assert from 'node:assert/strict';
import { durabilities } from '../../src/storage/durability.ts';
import { ApiClient } from './api-client.ts';
import { createLinks, type Kept, readKept, type TestLinks } from './kept-clicks.ts';
import { type Arrival, type Count, Load, type LoadReport } from './load.ts';
import { seededRandom } from './seeded-random.ts';
import { startServer, temporaryFolder } from './server-process.ts';

export const crashDurabilities = [...durabilities, 'auto'] as const;
export type CrashDurability = (typeof crashDurabilities)[number];

export interface CrashRoundsOptions {
  /** As in the configuration; `auto` becomes one of those that lose nothing. */
  readonly durability: CrashDurability;
  readonly rounds: number;
  /** Draws the moments of the kills. */
  readonly seed: number;
  readonly onRound?: (line: string) => void;
}

// More than a round uses up, so that kills meet it while it is open.
const limitPerRound = 400;
const batchedLimitPerRound = 1_500;
const connections = 48;
const leastRedirects = 1_000;
const mostRedirects = 4_000;
const batchedWindowMs = 250;
// Of a shorter round all may be lost, and nothing would be shown.
const batchedRoundMs = 6 * batchedWindowMs;

interface Ledger {
  readonly people: { sent: number; redirected: number };
  readonly crawlers: { sent: number; redirected: number };
}

export interface CrashRounds {
  /** Redirects that were received in all rounds. */
  readonly redirected: number;
  /** Those of them that are not kept, and how many that may be by what is documented. */
  readonly lost: number;
  readonly lossAllowed: number;
}

/** Fails where a round's numbers break the promise of the durability. */
export async function runCrashRounds({ durability, rounds, seed, onRound }: CrashRoundsOptions): Promise<CrashRounds> {
  const random = seededRandom(seed);
  const dataFolder = temporaryFolder();
  const flags = ['--clicks-durability', durability];
  let server = await startServer({ dataFolder, flags });
  const key = server.firstKey;
  const isBatched = durability === 'batched';
  const leastMs = isBatched ? batchedRoundMs : 0;
  const limit = rounds * (isBatched ? batchedLimitPerRound : limitPerRound);
  const links = await createLinks(new ApiClient(server.address, key), limit);
  const all = [...links.plain, links.limited, links.untracked];
  const ledgers = new Map<string, Ledger>(
    all.map(({ slug }) => [slug, { people: { sent: 0, redirected: 0 }, crawlers: { sent: 0, redirected: 0 } }]),
  );
  let lossAllowed = 0;
  let keptBefore = 0;
  let redirected = 0;
  let lost = 0;

  for (let round = 1; round <= rounds; round++) {
    const load = new Load({ port: server.port, slugs: all.map(({ slug }) => slug), connections });
    const startedAt = performance.now();
    let wanted = leastRedirects + random(mostRedirects - leastRedirects);
    await load.redirects(wanted);
    while (performance.now() - startedAt < leastMs) await load.redirects((wanted += 1 + random(leastRedirects)));
    const killedAt = performance.now();
    await server.kill();
    const report = await load.ended();
    redirected += report.redirected;
    addTo(ledgers, report);
    if (isBatched) lossAllowed += allowedLoss(report.arrivals, killedAt);

    const kept = readKept(dataFolder, all);
    lost = compare(ledgers, kept, links, lossAllowed);
    const total = [...kept.values()].reduce((sum, { total }) => sum + total, 0);
    assert.ok(total > keptBefore, 'the round recorded nothing');
    keptBefore = total;

    server = await startServer({ dataFolder, flags });
    await compareWithApi(new ApiClient(server.address, key), links, kept);
    const missing = isBatched ? `, ${lost} lost in all of ${lossAllowed} allowed` : '';
    onRound?.(`${durability} ${round}/${rounds}: ${report.redirected} redirects before the kill${missing}`);
  }
  await useUp(new ApiClient(server.address, key), links, ledgers.get(links.limited.slug)!);
  assert.equal(await server.stop(), 0);
  return { redirected, lost, lossAllowed };
}

/** What the kills have left of the limit can be used to the last click, and no further. */
async function useUp(api: ApiClient, { limited, clickLimit }: TestLinks, { people }: Ledger): Promise<void> {
  let redirected = 0;
  for (let isOpen = true; isOpen;) {
    const answers = await Promise.all(Array.from({ length: connections }, () => api.visit(limited.slug)));
    redirected += answers.filter(({ status }) => status === 302).length;
    isOpen = answers.every(({ status }) => status === 302);
  }
  assert.equal((await api.link(limited.id)).clickCount, clickLimit);
  assert.ok(people.redirected + redirected <= clickLimit, `${people.redirected} and ${redirected} of ${clickLimit}`);
}

function addTo(ledgers: ReadonlyMap<string, Ledger>, report: LoadReport): void {
  const add = (to: Ledger['people'], count: Count): void => {
    to.sent += count.sent;
    to.redirected += count.redirected;
  };
  for (const [slug, { people, crawlers }] of report.slugs) {
    const ledger = ledgers.get(slug)!;
    add(ledger.people, people);
    add(ledger.crawlers, crawlers);
  }
}

/**
 * What `batched` may lose: the window that was being gathered at the kill, and the one before it where that was still being
 * written. The second is taken as the fullest that this round saw.
 */
function allowedLoss(arrivals: readonly Arrival[], killedAt: number): number {
  const gathered = arrivals.filter(({ at }) => at > killedAt - batchedWindowMs).length;
  let fullest = 0;
  for (let first = 0, last = 0; last < arrivals.length; last++) {
    while (arrivals[last]!.at - arrivals[first]!.at > batchedWindowMs) first++;
    fullest = Math.max(fullest, last - first + 1);
  }
  return gathered + fullest;
}

/** Returns how many redirects were answered and are not kept. */
function compare(
  ledgers: ReadonlyMap<string, Ledger>,
  kept: ReadonlyMap<string, Kept>,
  { plain, limited, clickLimit, untracked }: TestLinks,
  lossAllowed: number,
): number {
  let lost = 0;
  const within = (what: string, { sent, redirected }: Count, recorded: number): void => {
    assert.ok(recorded <= sent, `${what}: ${recorded} recorded, only ${sent} sent`);
    lost += Math.max(0, redirected - recorded);
    if (lossAllowed === 0)
      assert.ok(recorded >= redirected, `${what}: ${redirected} redirects received, only ${recorded} recorded`);
  };
  for (const { slug } of [...plain, limited, untracked]) {
    const { total, counted, uncounted } = kept.get(slug)!;
    const { people, crawlers } = ledgers.get(slug)!;
    assert.equal(total, counted, `total of ${slug}`);
    within(`people on ${slug}`, people, counted);
    within(`crawlers on ${slug}`, crawlers, uncounted);
  }
  // The limit binds whatever the durability: these hits always wait for their commit.
  const { counted } = kept.get(limited.slug)!;
  const { people } = ledgers.get(limited.slug)!;
  assert.ok(people.redirected <= counted && counted <= clickLimit, `${people.redirected} ≤ ${counted} ≤ ${clickLimit}`);

  assert.ok(lost <= lossAllowed, `${lost} redirects lost, ${lossAllowed} allowed`);
  return lost;
}

async function compareWithApi(
  api: ApiClient,
  { plain, limited, untracked }: TestLinks,
  kept: ReadonlyMap<string, Kept>,
): Promise<void> {
  for (const { id, slug } of [...plain, limited, untracked]) {
    const { total, uncounted } = kept.get(slug)!;
    assert.equal((await api.link(id)).clickCount, total);
    assert.equal((await api.stats(id)).totalClicks, total);
    const crawlers = (await api.stats(id, 'bots=only')).totalClicks;
    assert.equal((await api.stats(id, 'bots=include')).totalClicks, total + crawlers);
    assert.equal(crawlers, uncounted);
  }
}
