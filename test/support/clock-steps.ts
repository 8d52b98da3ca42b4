// Sets a server's clock forward and back while it is under load: no redirect is lost or counted twice, limits hold, sums agree, jobs run.
// The short form runs among the tests, the long one in scripts/chaos.ts.

import assert from 'node:assert/strict';
import { ApiClient } from './api-client.ts';
import { createLinks, readKept } from './kept-clicks.ts';
import { Load } from './load.ts';
import { seededRandom } from './seeded-random.ts';
import { MachineClock, runSignpost, startServer } from './server-process.ts';

export interface ClockStepsOptions {
  readonly steps: number;
  readonly redirectsPerStep: number;
  readonly seed: number;
  readonly onStep?: (line: string) => void;
}

const hourMs = 3_600_000;
const strides = [hourMs, -hourMs, 24 * hourMs, -24 * hourMs];
const connections = 32;

export async function runClockSteps({ steps, redirectsPerStep, seed, onStep }: ClockStepsOptions): Promise<void> {
  const random = seededRandom(seed);
  const clock = new MachineClock('2026-06-30T23:40:00Z');
  const { environment } = clock;
  const options = { flags: ['--clicks-durability', 'process', '--clicks-retention-days', '30'], environment };
  let server = await startServer(options);
  const { dataFolder, firstKey } = server;
  // Half of what the limited link is asked for.
  const clickLimit = Math.floor((steps * redirectsPerStep) / 10);
  const links = await createLinks(new ApiClient(server.address, firstKey), clickLimit);
  const all = [...links.plain, links.limited, links.untracked];
  let ahead = 0;
  let redirects = 0;
  for (let step = 1; step <= steps; step++) {
    const load = new Load({ port: server.port, slugs: all.map(({ slug }) => slug), connections });
    await load.redirects(redirectsPerStep);
    const stride = strides[random(strides.length)]!;
    clock.set((ahead += stride));
    await load.redirects(2 * redirectsPerStep);
    const report = await load.stop();
    redirects += report.redirected;
    // Only the used-up link answers anything else.
    assert.deepEqual(
      [...report.others.keys()].filter((status) => status !== 410),
      [],
    );
    assert.equal(report.cut + report.refused, 0);

    if (step % 2 === 0) {
      const job = ['visitors.turn-keys', 'clicks.tend'][random(2)]!;
      const run = await runSignpost(['jobs', 'run', job, '--data-dir', dataFolder], environment);
      assert.equal(run.code, 0, run.stdout + run.stderr);
    }
    await compare(new ApiClient(server.address, firstKey));
    onStep?.(
      `${step}/${steps}: clock set by ${stride / hourMs} h, now ${ahead / hourMs} h ahead; ${report.redirected} redirects`,
    );
    if (random(4) === 0) {
      assert.equal(await server.stop(), 0);
      server = await startServer({ ...options, dataFolder });
    }
  }
  const { counted } = readKept(dataFolder, all).get(links.limited.slug)!;
  assert.equal(counted, clickLimit, 'the limit is used to the last click');
  assert.equal(await server.stop(), 0);

  async function compare(api: ApiClient): Promise<void> {
    // Also holds the roll-ups against the hits.
    const kept = readKept(dataFolder, all);
    let stored = 0;
    for (const { id, slug } of all) {
      const { total, counted, uncounted } = kept.get(slug)!;
      stored += counted + uncounted;
      assert.equal(total, counted, `total of ${slug}`);
      assert.equal((await api.link(id)).clickCount, total);
      const { totalClicks, overTime } = await api.stats(id, 'bots=include');
      assert.equal(totalClicks, counted + uncounted, `statistics of ${slug}`);
      assert.equal(
        overTime.reduce((sum, { count }) => sum + count, 0),
        totalClicks,
      );
    }
    assert.equal(stored, redirects, 'hits are missing, or stored twice');
    assert.ok(kept.get(links.limited.slug)!.counted <= clickLimit);
  }
}
