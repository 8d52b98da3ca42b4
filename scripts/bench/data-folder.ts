// A data folder with links in it, as a user would have made it: on a first start, with POSTs to the API, many at once.

import { join } from 'node:path';
import { openReader } from '../../src/storage/database.ts';
import { type Launch, type SignpostProcess, startSignpost } from './signpost-process.ts';

/** The host of every link; visitors come with this name, as they do behind a proxy that holds the certificate. */
export const linkHost = 'go.example';
export const publicUrl = `http://${linkHost}`;

const postsAtOnce = 64;
const keyLimitMs = 5_000;

export interface BenchmarkLink {
  readonly publicId: string;
  readonly slug: string;
}

export interface DataFolder {
  readonly path: string;
  readonly apiKey: string;
  readonly links: readonly BenchmarkLink[];
}

/** Every link's destination has the same length, so that every redirect has as many bytes. */
export function destinationOf(index: number): string {
  return `https://www.example.com/articles/2026/benchmark?page=${String(index).padStart(7, '0')}`;
}

export async function firstKeyOf(server: SignpostProcess): Promise<string> {
  const deadline = performance.now() + keyLimitMs;
  for (;;) {
    const key = /\bsp_\w+/.exec(server.printed())?.[0];
    if (key !== undefined) return key;
    if (performance.now() > deadline) throw new Error(`no key was printed:\n${server.printed()}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function postLink(origin: string, apiKey: string, index: number): Promise<BenchmarkLink> {
  const response = await fetch(`${origin}/api/v1/links`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({ destinationUrl: destinationOf(index) }),
  });
  const text = await response.text();
  if (response.status !== 201) throw new Error(`POST /api/v1/links answers ${response.status}: ${text}`);
  const { data } = JSON.parse(text) as { data: { id: string; slug: string } };
  return { publicId: data.id, slug: data.slug };
}

/** Leaves the folder as a server leaves it that was stopped. */
export async function makeDataFolder(launch: Launch, parent: string, linkCount: number): Promise<DataFolder> {
  const path = join(parent, 'data');
  const server = await startSignpost(launch, path, { 'server.public_url': publicUrl, 'log.level': 'warn' });
  const apiKey = await firstKeyOf(server);
  const links: BenchmarkLink[] = [];
  let next = 0;
  const post = async (): Promise<void> => {
    while (next < linkCount) links.push(await postLink(server.origin, apiKey, next++));
  };
  await Promise.all(Array.from({ length: postsAtOnce }, post));
  await server.stop();
  return { path, apiKey, links };
}

/** The numbers that the database knows the links by, in the order of `links`. */
export function linkIdsOf({ path, links }: DataFolder): number[] {
  const reader = openReader(path);
  try {
    const find = reader.prepare<[string], { id: number }>('SELECT id FROM links WHERE public_id = ?');
    return links.map(({ publicId }) => {
      const row = find.get(publicId);
      if (row === undefined) throw new Error(`${publicId} is missing`);
      return row.id;
    });
  } finally {
    reader.close();
  }
}
