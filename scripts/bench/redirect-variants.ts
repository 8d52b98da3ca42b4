// What a redirect costs that does more than send everybody to one place: with a password's cookie, merged parameters or targets by
// country, against plain ones on the same server; and with a million links, against a thousand.

import { request } from 'node:http';
import { join } from 'node:path';
import { slugInUrl } from '../../src/links/slug.ts';
import { openReader } from '../../src/storage/database.ts';
import { firstKeyOf, linkHost, publicUrl } from './data-folder.ts';
import { makeInBulk, untilSealed } from './links.ts';
import { type Load, prepareLoad } from './load.ts';
import { atLeast, type BenchmarkOptions, median, type Report, shown, type Table } from './report.ts';
import { processorMicros } from './process-figures.ts';
import { makeScratchFolder, removeScratchFolder } from './scratch.ts';
import { chosenLaunch, type SignpostProcess, startSignpost } from './signpost-process.ts';
import { drawForwardedVisits, type Visit } from './visits.ts';

const linksOfKind = 20;
const password = 'correct horse';
const usual = { visits: 65_536, visitors: 20_000, few: 1_000, many: 1_000_000, seconds: 4, rounds: 10 };
const quick = { visits: 8_192, visitors: 2_000, few: 100, many: 5_000, seconds: 1, rounds: 1 };
const settings = {
  'server.public_url': publicUrl,
  'server.trusted_proxies': ['127.0.0.1/32'],
  'clicks.durability': 'process',
  'log.level': 'warn',
};

interface Call {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

interface CallAnswer {
  readonly status: number;
  readonly cookie: string;
  readonly text: string;
}

function call(origin: string, { method, path, headers = {}, body }: Call): Promise<CallAnswer> {
  return new Promise((resolve, reject) => {
    const sent = request(
      `${origin}${path}`,
      { method, agent: false, headers: { host: linkHost, ...headers } },
      (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => (text += chunk.toString()));
        response.on('end', () => {
          const cookie = response.headers['set-cookie']?.[0]?.split(';', 1)[0] ?? '';
          resolve({ status: response.statusCode ?? 0, cookie, text });
        });
      },
    );
    sent.once('error', reject);
    sent.end(body);
  });
}

async function makeLinks(origin: string, apiKey: string, fields: object): Promise<string[]> {
  const links = Array.from({ length: linksOfKind }, () => ({ destinationUrl: linkDestination, ...fields }));
  const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' };
  const answer = await call(origin, {
    method: 'POST',
    path: '/api/v1/links/bulk',
    headers,
    body: JSON.stringify(links),
  });
  if (answer.status !== 201) throw new Error(`making links answers ${answer.status}: ${answer.text}`);
  return (JSON.parse(answer.text) as { data: { data: { slug: string } }[] }).data.map(({ data }) => data.slug);
}

const linkDestination = 'https://www.example.com/articles/2026/benchmark?page=0000001';
const utm = { utmSource: 'poster', utmMedium: 'print', utmCampaign: 'summer 2026', utmTerm: 'shoes', utmContent: 'a' };
/** Countries of most visitors, so that the look-up is not for nothing. */
const geoTargets = Object.fromEntries(
  ['US', 'CN', 'JP', 'DE', 'GB', 'KR', 'BR', 'FR'].map((code) => [code, `${linkDestination}&c=${code}`]),
);

/** By link, the cookie that opens it. */
async function unlock(origin: string, slugs: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const cookies = new Map<string, string>();
  for (const [i, slug] of slugs.entries()) {
    const headers = { 'content-type': 'application/json', 'x-forwarded-for': `9.9.${i}.9` };
    const answer = await call(origin, {
      method: 'POST',
      path: `/${slug}`,
      headers,
      body: JSON.stringify({ password }),
    });
    if (answer.status !== 303) throw new Error(`the password is answered with ${answer.status}`);
    cookies.set(`/${slug}`, answer.cookie);
  }
  return cookies;
}

interface Variant {
  readonly name: string;
  readonly load: Load;
  readonly server: SignpostProcess;
  readonly rates: number[];
  /** Processor time of the server for one redirect, in microseconds. */
  readonly micros: number[];
  faults: number;
}

type Lap = Pick<typeof usual, 'seconds' | 'rounds'>;

/** In turn, forth in one round and back in the next: a machine that slows down does so for all. */
async function drive(
  variants: readonly Variant[],
  { seconds, rounds }: Lap,
  say: (line: string) => void,
): Promise<void> {
  // As long as a round: by then every visit has been made once, and what is remembered of its link is there.
  for (const { load, server } of variants) await load.run(server.origin, seconds);
  for (let round = 0; round < rounds; round++) {
    for (const variant of round % 2 === 0 ? variants : variants.toReversed()) {
      const { pid, origin } = variant.server;
      const before = processorMicros(pid);
      const run = await variant.load.run(origin, seconds);
      variant.rates.push(run.redirects / run.seconds);
      variant.micros.push((processorMicros(pid) - before) / run.redirects);
      variant.faults += run.faults;
    }
    say(
      `round ${round + 1} of ${rounds}: ${variants.map(({ rates }) => shown(rates.at(-1) ?? 0)).join(', ')} redirects/s`,
    );
  }
}

/**
 * Median of the ratios to the first variant's runs in the same two rounds, forth and back: on a machine that gives more to whoever comes
 * first, each has been that once.
 */
function shareOf(variant: Variant, first: Variant): number {
  const both = ({ rates }: Variant, round: number): number => (rates[round] as number) + (rates[round + 1] ?? 0);
  const forth = variant.rates.map((_, round) => round).filter((round) => round % 2 === 0);
  return median(forth.map((round) => both(variant, round) / both(first, round)));
}

function tableOf(title: string, variants: readonly Variant[]): Table {
  return {
    title,
    columns: ['', 'redirects/s', 'lowest', 'highest', 'share', 'CPU µs/redirect'],
    rows: variants.map((variant) => [
      variant.name,
      shown(median(variant.rates)),
      shown(Math.min(...variant.rates)),
      shown(Math.max(...variant.rates)),
      shown(shareOf(variant, variants[0] as Variant), 2),
      shown(median(variant.micros), 1),
    ]),
  };
}

const figuresOf = ({ name, rates, micros }: Variant) => ({ name, rates, micros });

interface Setting {
  readonly folder: string;
  readonly shape: typeof usual;
  readonly lap: Lap;
  readonly options: BenchmarkOptions;
}

async function compareKinds({ folder, shape, lap, options }: Setting): Promise<Variant[]> {
  const server = await startSignpost(chosenLaunch(options.isExecutable), join(folder, 'kinds'), settings);
  const { origin } = server;
  const apiKey = await firstKeyOf(server);
  const variants: Variant[] = [];
  const add = (name: string, slugs: readonly string[], change: (visit: Visit) => Visit): void => {
    const visits = drawForwardedVisits(slugs, shape.visits, shape.visitors).map(change);
    const load = prepareLoad(folder, name.replaceAll(' ', '-'), visits);
    variants.push({ name, load, server, rates: [], micros: [], faults: 0 });
  };
  const asIs = (visit: Visit): Visit => visit;
  add('plain', await makeLinks(origin, apiKey, {}), asIs);
  const locked = await makeLinks(origin, apiKey, { password });
  const cookies = await unlock(origin, locked);
  add('password cookie', locked, ({ path, headers }) => ({
    path,
    headers: [...headers, ['Cookie', cookies.get(path) ?? '']],
  }));
  add('utm merge', await makeLinks(origin, apiKey, utm), ({ path, headers }) => ({
    path: `${path}?ref=42&utm_source=x&lang=de`,
    headers,
  }));
  add('geo target', await makeLinks(origin, apiKey, { geoTargets }), asIs);
  await drive(variants, lap, options.say);
  await server.stop();
  return variants;
}

async function compareSizes({ folder, shape, lap, options }: Setting): Promise<Variant[]> {
  const launch = chosenLaunch(options.isExecutable);
  const servers: SignpostProcess[] = [];
  const variants: Variant[] = [];
  for (const links of [shape.few, shape.many]) {
    const path = join(folder, String(links));
    options.say(`making ${shown(links)} links`);
    const maker = await startSignpost(launch, path, settings);
    await makeInBulk(maker, await firstKeyOf(maker), links);
    // Making what new links are searched by takes a core for some seconds, once.
    await untilSealed(path);
    await maker.stop();
    const visits = drawForwardedVisits(slugsIn(path), shape.visits, shape.visitors);
    const server = await startSignpost(launch, path, settings);
    servers.push(server);
    const load = prepareLoad(folder, `of-${links}`, visits);
    variants.push({ name: `${shown(links)} links`, load, server, rates: [], micros: [], faults: 0 });
  }
  await drive(variants, lap, options.say);
  await Promise.all(servers.map((server) => server.stop()));
  return variants;
}

function slugsIn(dataFolder: string): string[] {
  const reader = openReader(dataFolder);
  try {
    // Not in the order in which they were made: popular links are of any age.
    const slugs = reader.prepare<[], string>('SELECT slug FROM links ORDER BY id * 7919 % 1000003').pluck().all();
    return slugs.map(slugInUrl);
  } finally {
    reader.close();
  }
}

export async function redirectVariants(options: BenchmarkOptions): Promise<Report> {
  const folder = makeScratchFolder();
  const shape = options.isQuick ? quick : usual;
  const lap: Lap = { seconds: options.seconds ?? shape.seconds, rounds: options.rounds ?? shape.rounds };
  const setting: Setting = { folder, shape, lap, options };
  const kinds = await compareKinds(setting);
  const sizes = await compareSizes(setting);
  removeScratchFolder(folder);
  const [plain, ...others] = kinds as [Variant, ...Variant[]];
  const [few, many] = sizes as [Variant, Variant];
  const faults = [...kinds, ...sizes].reduce((sum, variant) => sum + variant.faults, 0);
  return {
    tables: [
      tableOf(
        `Kinds of links on one server, ${linksOfKind} of each, visited from ${shown(shape.visitors)} addresses`,
        kinds,
      ),
      tableOf('Plain links among few and many, drawn by Zipf’s law', sizes),
    ],
    notes: [],
    targets: [
      ...others.map((variant) => atLeast(`${variant.name}, rate against plain`, 0.75, shareOf(variant, plain))),
      atLeast(`${many.name}, rate against ${few.name}`, 0.9, shareOf(many, few)),
    ],
    failures: faults === 0 ? [] : [`${shown(faults)} requests failed`],
    figures: { lap, kinds: kinds.map(figuresOf), sizes: sizes.map(figuresOf) },
  };
}
