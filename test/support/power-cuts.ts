// Plays power cuts: runs a server at full load while its disk is recorded, and looks at what a cut at any moment would have left. Everything
// that somebody had been told by then must be in it. The short form runs among the tests, the long one in scripts/chaos.ts.

import assert from 'node:assert/strict';
import { exitCodes } from '../../src/core/exit.ts';
import { openReader } from '../../src/storage/database.ts';
import type { Durability } from '../../src/storage/durability.ts';
import { ApiClient, type LinkObject } from './api-client.ts';
import { createLinks, type Kept, readKept, type TestLinks } from './kept-clicks.ts';
import { type Arrival, Load, type LoadReport } from './load.ts';
import { type DiskEvent, DiskRecord, Platter } from './recorded-disk.ts';
import { seededRandom } from './seeded-random.ts';
import { type ServerProcess, startServer, temporaryFolder } from './server-process.ts';

export interface PowerCutsOptions {
  /** Of recorded-disk.c. */
  readonly library: string;
  readonly durability: Durability;
  readonly cuts: number;
  /** Of one server's life; the next server starts on what the last of them left. */
  readonly cutsPerServer: number;
  readonly redirectsPerServer: number;
  /** `power`: it goes at any moment. `sync`: the disk fails to sync, the server ends by itself, and what was not synced may be gone. */
  readonly failing: 'power' | 'sync';
  /** Draws the moments of the cuts, and what they leave. */
  readonly seed: number;
  readonly onServer?: (line: string) => void;
}

const connections = 48;
/** In one request, again and again: the log grows fast enough to be moved into the database, and to start over. */
const linksAtOnce = 200;
const mostBulkCalls = 40;
const limitPerServer = 400;

/** What somebody was told, and when. */
interface MadeLinks {
  readonly at: number;
  readonly ids: readonly string[];
}

interface ServerLife {
  readonly report: LoadReport;
  readonly made: readonly MadeLinks[];
  readonly events: readonly DiskEvent[];
}

/** Fails where something is lost that `durability` promises to keep. Under `process` those are limited links and all changes. */
export async function runPowerCuts(options: PowerCutsOptions): Promise<void> {
  const { library, durability, cuts, cutsPerServer, redirectsPerServer, failing, seed, onServer } = options;
  const random = seededRandom(seed);
  const flags = ['--clicks-durability', durability];
  let dataFolder = temporaryFolder();
  const first = await startServer({ dataFolder, flags });
  const key = first.firstKey!;
  const servers = Math.ceil(cuts / cutsPerServer);
  const links = await createLinks(ApiClient.of(first), limitPerServer * servers);
  assert.equal(await first.stop(), 0);

  for (let server = 1; server <= servers; server++) {
    const before = readKept(dataFolder, all(links));
    const platter = new Platter(dataFolder);
    const life = await liveAndDie({ library, dataFolder, flags, key, links, redirects: redirectsPerServer, failing });
    const wanted = Math.min(cutsPerServer, cuts - (server - 1) * cutsPerServer);
    const moments =
      failing === 'power' ? drawMoments(life, wanted, random) : Array<number>(wanted).fill(life.events.length - 1);
    const left = temporaryFolder();
    const lines: string[] = [];
    let position = 0;
    for (const moment of moments) {
      for (; position <= moment; position++) platter.happened(life.events[position]!);
      const cut = platter.cutTo(left, random);
      const told = compare(left, life, {
        at: failing === 'power' ? life.events[moment]!.at : Infinity,
        links,
        before,
        durability,
      });
      lines.push(`${told} told, ${cut.unsynced} writes not synced (${cut.fate} left)`);
    }
    dataFolder = left;
    const copied = life.events.filter(({ kind, file }) => kind === 'write' && file === 'database').length;
    onServer?.(
      `${durability} server ${server}/${servers}: ${life.report.redirected} redirects, ${life.made.length} bulk calls, ${copied} pages ` +
        `moved into the database; cuts: ${lines.join('; ')}`,
    );
  }
  await startsAgain({ dataFolder, flags }, key, links);
}

const all = ({ plain, limited, untracked }: TestLinks): LinkObject[] => [...plain, limited, untracked];

interface LifeOptions {
  readonly library: string;
  readonly dataFolder: string;
  readonly flags: readonly string[];
  readonly key: string;
  readonly links: TestLinks;
  readonly redirects: number;
  readonly failing: PowerCutsOptions['failing'];
}

async function liveAndDie({
  library,
  dataFolder,
  flags,
  key,
  links,
  redirects,
  failing,
}: LifeOptions): Promise<ServerLife> {
  const record = new DiskRecord(library, dataFolder);
  const server = await startServer({ dataFolder, flags, environment: record.environment });
  const load = new Load({ port: server.port, slugs: all(links).map(({ slug }) => slug), connections });
  const made: MadeLinks[] = [];
  const making = makeLinks(server, key, made);
  await load.redirects(redirects);
  if (failing === 'power') await server.kill();
  else {
    record.failSyncs();
    const { code, stderr } = await server.ended;
    assert.equal(code, exitCodes.failure, stderr);
    assert.match(stderr, /ending at once/);
  }
  const report = await load.ended();
  await making;
  const events = record.events();
  record.remove();
  return { report, made, events };
}

/** Until the server is gone, or there are enough to look at. */
async function makeLinks(server: ServerProcess, key: string, made: MadeLinks[]): Promise<void> {
  const api = new ApiClient(server.address, key);
  const drafts = Array.from({ length: linksAtOnce }, () => ({ destinationUrl: 'https://example.com/' }));
  while (made.length < mostBulkCalls) {
    try {
      const answer = await api.post('/links/bulk', drafts);
      assert.equal(answer.status, 201, answer.text);
      const ids = answer.data<{ data: LinkObject }[]>().map(({ data }) => data.id);
      made.push({ at: performance.now(), ids });
    } catch (error) {
      // Cut off by the end: nobody was told anything.
      if (error instanceof assert.AssertionError) throw error;
      await server.ended;
      return;
    }
  }
}

/** Positions of events while there was load, in their order. */
function drawMoments({ report, events }: ServerLife, count: number, random: (below: number) => number): number[] {
  const first = events.findIndex(({ at }) => at > report.arrivals[0]!.at);
  assert.ok(first !== -1, 'nothing was recorded under load');
  return Array.from({ length: count }, () => first + random(events.length - first)).toSorted((a, b) => a - b);
}

interface Told {
  readonly at: number;
  readonly links: TestLinks;
  readonly before: ReadonlyMap<string, Kept>;
  readonly durability: Durability;
}

/** Fails where something is missing of which somebody knew at that time. Returns how many redirects and links that were. */
function compare(folder: string, { report, made }: ServerLife, { at, links, before, durability }: Told): number {
  const kept = readKept(folder, all(links));
  const arrived = report.arrivals.filter((arrival) => arrival.at < at);
  const isPromised = ({ slug }: LinkObject): boolean => durability === 'power' || slug === links.limited.slug;
  const count = (slug: string, wanted: boolean): number =>
    arrived.filter((arrival: Arrival) => arrival.slug === slug && arrival.isCrawler === wanted).length;
  let told = 0;
  for (const link of all(links)) {
    const { slug } = link;
    const { counted, uncounted, total } = kept.get(slug)!;
    const earlier = before.get(slug)!;
    const { people, crawlers } = report.slugs.get(slug)!;
    assert.equal(total, counted, `total of ${slug}`);
    assert.ok(counted <= earlier.counted + people.sent, `people on ${slug} twice`);
    assert.ok(uncounted <= earlier.uncounted + crawlers.sent, `crawlers on ${slug} twice`);
    if (!isPromised(link)) continue;
    const [peopleTold, crawlersTold] = [count(slug, false), count(slug, true)];
    told += peopleTold;
    assert.ok(counted >= earlier.counted + peopleTold, `people on ${slug}: ${counted} of ${peopleTold} told`);
    // Crawlers use up nothing: on a limited link they are as safe as on any other.
    if (durability !== 'power') continue;
    told += crawlersTold;
    assert.ok(uncounted >= earlier.uncounted + crawlersTold, `crawlers on ${slug}: ${uncounted} of ${crawlersTold}`);
  }
  assert.ok(kept.get(links.limited.slug)!.counted <= links.clickLimit);
  return (
    told +
    compareLinks(
      folder,
      made.filter((some) => some.at < at).flatMap(({ ids }) => ids),
    )
  );
}

function compareLinks(folder: string, ids: readonly string[]): number {
  const connection = openReader(folder);
  try {
    const find = connection.prepare('SELECT 1 FROM links WHERE public_id = ?');
    for (const id of ids) assert.ok(find.get(id) !== undefined, `link ${id} was made and is gone`);
    return ids.length;
  } finally {
    connection.close();
  }
}

/** On what the last cut left, and goes on counting. */
async function startsAgain(
  options: { readonly dataFolder: string; readonly flags: readonly string[] },
  key: string,
  links: TestLinks,
): Promise<void> {
  const server = await startServer(options);
  const api = new ApiClient(server.address, key);
  const { id, slug } = links.plain[0]!;
  const { clickCount } = await api.link(id);
  assert.equal((await api.visit(slug)).status, 302);
  assert.equal((await api.link(id)).clickCount, clickCount + 1);
  assert.equal((await api.stats(id)).totalClicks, clickCount + 1);
  assert.equal(await server.stop(), 0);
  readKept(options.dataFolder, all(links));
}
