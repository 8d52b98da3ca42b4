// Fills a server's disk to the last byte under load and frees it again, over and over: redirects go on, each is either stored or told in
// the metrics, and storing resumes by itself. The short form runs among the tests, the long one in scripts/chaos.ts.

import assert from 'node:assert/strict';
import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ApiClient, sendRequest } from './api-client.ts';
import { createLinks, readKept } from './kept-clicks.ts';
import { Load } from './load.ts';
import { type ServerProcess, startServer } from './server-process.ts';
import { fillDisk } from './small-disk.ts';

export interface FullDiskOptions {
  /** A small file system of its own, from mountSmallDisk. */
  readonly disk: string;
  /** How often it is filled and freed. */
  readonly rounds: number;
  /** How long the log is to be before: then there is room in it on a full disk, and its pages are due to be moved into the database. */
  readonly logBytes: number;
  readonly onRound?: (line: string) => void;
}

const metricsToken = 'figures-of-a-full-disk';
const connections = 32;
const linksAtOnce = 1_000;
/** Redirects that must be answered while nothing can be stored, and again once there is room. */
const redirectsWhileFull = 500;

async function uncountedOf({ address }: ServerProcess): Promise<number> {
  const headers = { authorization: `Bearer ${metricsToken}` };
  const { text } = await sendRequest(address, { path: '/metrics', headers });
  const samples = [...text.matchAll(/^signpost_clicks_uncounted_total\{[^}]*\} (\d+)$/gm)];
  assert.ok(samples.length > 0, text);
  return samples.reduce((sum, [, value]) => sum + Number(value), 0);
}

/** Fails where a redirect is refused, or is neither stored nor told as uncounted. */
export async function runFullDisk({ disk, rounds, logBytes, onRound }: FullDiskOptions): Promise<void> {
  const dataFolder = join(disk, 'data');
  mkdirSync(dataFolder);
  const flags = ['--clicks-durability', 'process', '--metrics-token', metricsToken];
  const server = await startServer({ dataFolder, flags });
  const api = ApiClient.of(server);
  const { plain, limited, untracked } = await createLinks(api, 10 ** 6);
  const open = [...plain, untracked];
  const drafts = Array.from({ length: linksAtOnce }, () => ({ destinationUrl: 'https://example.com/' }));
  while (statSync(join(dataFolder, 'signpost.db-wal')).size < logBytes)
    assert.equal((await api.post('/links/bulk', drafts)).status, 201);
  const load = new Load({ port: server.port, slugs: open.map(({ slug }) => slug), connections });
  let redirects = 0;
  const more = (): Promise<void> => load.redirects((redirects += redirectsWhileFull));
  await more();
  for (let round = 1; round <= rounds; round++) {
    const before = await uncountedOf(server);
    const free = fillDisk(disk);
    // The log may have pages from before that it can still use.
    let uncounted = before;
    for (let tries = 0; uncounted === before; tries++) {
      assert.ok(tries < 200, 'the disk is full and everything is stored');
      await more();
      const { status } = await api.post('/links/bulk', drafts);
      assert.ok(status === 201 || status === 503, `making links answers ${status}`);
      uncounted = await uncountedOf(server);
    }
    await more();
    const refused = await api.visit(limited.slug);
    assert.ok(refused.status === 503 || refused.status === 302, `a limited link answers ${refused.status}`);
    assert.equal((await sendRequest(server.address, { path: '/healthz' })).status, 200);
    free();
    await more();
    // By itself: nobody has done anything but make room.
    const stored = (await api.link(plain[0]!.id)).clickCount;
    await more();
    assert.ok((await api.link(plain[0]!.id)).clickCount > stored, 'nothing is stored though there is room');
    assert.equal((await api.patch(`/links/${plain[0]!.id}`, { title: `round ${round}` })).status, 200);
    onRound?.(
      `${round}/${rounds}: ${(await uncountedOf(server)) - before} redirects went on uncounted while the disk was full`,
    );
  }
  const report = await load.stop();
  assert.doesNotMatch(server.stderr(), /ending at once/);
  assert.deepEqual([...report.others], [], 'only redirects');
  assert.equal(report.cut + report.refused, 0);
  const uncounted = await uncountedOf(server);
  assert.equal(await server.stop(), 0);
  const kept = readKept(dataFolder, [...open, limited]);
  const stored = open.reduce((sum, { slug }) => sum + kept.get(slug)!.counted + kept.get(slug)!.uncounted, 0);
  assert.equal(stored + uncounted, report.redirected, `${stored} stored, ${uncounted} told as uncounted`);
  onRound?.(`${report.redirected} redirects: ${stored} stored, ${uncounted} counted as uncounted`);
}
