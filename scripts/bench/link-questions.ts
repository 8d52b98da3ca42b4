// Questions to the list of a million links, each asked again and again over one connection: how long until the answer is there.

import { Agent, get } from 'node:http';
import { draftTags } from './link-drafts.ts';
import { percentile } from './report.ts';

export interface ListFigures {
  readonly kind: 'page' | 'search';
  readonly question: string;
  readonly total: number;
  readonly firstMs: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
}

interface Meta {
  readonly total: number;
  readonly nextCursor: string | null;
}

interface Answer {
  readonly ms: number;
  readonly meta: Meta;
}

function ask(url: string, apiKey: string, agent: Agent): Promise<Answer> {
  const startedAt = performance.now();
  return new Promise((resolve, reject) => {
    get(url, { agent, headers: { authorization: `Bearer ${apiKey}` } }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => {
        const ms = performance.now() - startedAt;
        const body = Buffer.concat(chunks).toString();
        if (response.statusCode !== 200) return reject(new Error(`${url} answers ${response.statusCode}: ${body}`));
        return resolve({ ms, meta: (JSON.parse(body) as { meta: Meta }).meta });
      });
    }).once('error', reject);
  });
}

const pages: readonly string[] = [
  '',
  'order=asc',
  'sort=updated',
  'sort=updated&order=asc',
  'sort=clicks',
  'sort=clicks&order=asc',
  'perPage=100',
  'archived=true',
  'domain=go.example',
  `tag=${draftTags[0]}`,
  `tag=${draftTags[29]}`,
  `tag=${draftTags[0]}&sort=clicks`,
];

/** From what every link holds to what none does. */
const searches: readonly string[] = [
  'example',
  'https://www.site-',
  'e',
  '7',
  'ex',
  'summer',
  'summer/winter',
  'site-1.example/poster',
  'kettle-kettle/',
  '123456',
  'é',
  'no such text',
];

/** The questions, by kind and as the query of the list. `{slug}` is one link's. */
function questions(slug: string): [kind: ListFigures['kind'], query: string][] {
  const found = [...searches, slug].map((text) => `search=${encodeURIComponent(text)}`);
  const mixed = ['search=example&sort=clicks', `search=summer&tag=${encodeURIComponent(draftTags[0] as string)}`];
  return [
    ...pages.map((query): ['page', string] => ['page', encodeURI(query)]),
    ...[...found, ...mixed, 'search=example&order=asc'].map((query): ['search', string] => ['search', query]),
  ];
}

/** Asks every question `count` times, and the pages after the first of some. */
export async function askLists(origin: string, apiKey: string, slug: string, count: number): Promise<ListFigures[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const base = `${origin}/api/v1/links`;
  const figures: ListFigures[] = [];
  const measure = async (kind: ListFigures['kind'], question: string, query: string): Promise<Meta> => {
    const answers: Answer[] = [];
    for (let asked = 0; asked <= count; asked++) answers.push(await ask(`${base}?${query}`, apiKey, agent));
    const [first, ...later] = answers as [Answer, ...Answer[]];
    const ms = later.map((answer) => answer.ms);
    figures.push({
      kind,
      question,
      total: first.meta.total,
      firstMs: first.ms,
      p50Ms: percentile(ms, 0.5),
      p95Ms: percentile(ms, 0.95),
    });
    return first.meta;
  };
  for (const [kind, query] of questions(slug)) {
    const { nextCursor } = await measure(kind, decodeURIComponent(query) || '(none)', query);
    if (nextCursor !== null) {
      const cursor = await deepCursor(`${base}?${query}`, nextCursor, apiKey, agent);
      await measure(kind, `${decodeURIComponent(query) || '(none)'}, page 30`, `${query}&cursor=${cursor}`);
    }
  }
  agent.destroy();
  return figures;
}

/** The cursor of a page some way down. */
async function deepCursor(url: string, first: string, apiKey: string, agent: Agent): Promise<string> {
  let cursor = first;
  for (let page = 2; page < 30; page++) {
    const { meta } = await ask(`${url}&cursor=${cursor}`, apiKey, agent);
    if (meta.nextCursor === null) break;
    cursor = meta.nextCursor;
  }
  return cursor;
}
