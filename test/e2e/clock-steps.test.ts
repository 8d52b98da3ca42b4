import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { auditRollUps } from '../../src/clicks/roll-up-audit-store.ts';
import { openReader } from '../../src/storage/database.ts';
import { ApiClient, personsBrowser } from '../support/api-client.ts';
import { runClockSteps } from '../support/clock-steps.ts';
import { closeServers, MachineClock, runSignpost, startServer } from '../support/server-process.ts';
import { folderWithVisitorKey } from '../support/visitor-key.ts';

after(closeServers);

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

describe('a server whose clock is set forward and back by an hour and by a day', () => {
  it('under load loses nothing, counts nothing twice, and keeps limits, sums and jobs', async () => {
    await runClockSteps({ steps: 3, redirectsPerStep: 300, seed: 20_260_701 });
  });

  it('puts each visit where its clock stood, and tells visitors apart by that day', async () => {
    const clock = new MachineClock('2026-07-01T12:10:00Z');
    const { environment } = clock;
    const server = await startServer({
      environment,
      flags: ['--clicks-retention-days', '30'],
      dataFolder: folderWithVisitorKey(),
      printsKey: true,
    });
    const api = ApiClient.of(server);
    const { id } = await api.createLink({ slug: 'stepped' });
    await api.createLink({ slug: 'expiring', expiresAt: '2026-07-01T12:45:00Z' });
    await api.createLink({ slug: 'twice', clickLimit: 2 });

    const runJob = async (name: string): Promise<void> => {
      const run = await runSignpost(['jobs', 'run', name, '--data-dir', server.dataFolder], environment);
      assert.equal(run.code, 0, run.stderr);
    };
    const expiring: number[] = [];
    const limited: number[] = [];
    // As many visits as the place in the list, so that no two places can be taken for each other.
    for (const [position, aheadMs] of [0, hourMs, 0, dayMs, 0, -hourMs, 0, -dayMs, 0].entries()) {
      clock.set(aheadMs);
      for (let visit = 0; visit <= position; visit++)
        assert.equal((await api.visit('stepped', { 'user-agent': `${personsBrowser} ${visit}` })).status, 302);
      expiring.push((await api.visit('expiring')).status);
      limited.push((await api.visit('twice')).status);
      if (aheadMs === dayMs) await runJob('visitors.turn-keys');
    }
    await runJob('clicks.tend');
    assert.deepEqual(expiring, [302, 410, 302, 410, 302, 302, 302, 302, 302]);
    assert.deepEqual(limited, [302, 302, 410, 410, 410, 410, 410, 410, 410]);

    const { totalClicks, uniqueVisitors, overTime } = await api.stats(id, 'interval=hour');
    assert.equal(totalClicks, 45);
    assert.equal((await api.link(id)).clickCount, 45);
    assert.equal(uniqueVisitors, 9);
    assert.deepEqual(
      overTime.filter(({ count }) => count > 0).map(({ date, count }) => [date, count]),
      [
        ['2026-06-30T12:00:00.000Z', 8],
        ['2026-07-01T11:00:00.000Z', 6],
        ['2026-07-01T12:00:00.000Z', 1 + 3 + 5 + 7 + 9],
        ['2026-07-01T13:00:00.000Z', 2],
        ['2026-07-02T12:00:00.000Z', 4],
      ],
    );

    const reader = openReader(server.dataFolder);
    try {
      assert.deepEqual(auditRollUps(reader), []);
      // Within a day the same visitor has one hash as long as the day's salt is there, and on another day another.
      const hashes = reader
        .prepare<[], { day: string; hashes: number; visits: number }>(
          `SELECT date(clicked_at / 1000, 'unixepoch') AS day, count(DISTINCT visitor) AS hashes, count(*) AS visits FROM clicks
           WHERE link_id = (SELECT id FROM links WHERE slug = 'stepped') GROUP BY day ORDER BY day`,
        )
        .all();
      assert.deepEqual(hashes, [
        { day: '2026-06-30', hashes: 8, visits: 8 },
        // The salt of this day was thrown away when the clock stood a day ahead; a new one held from then on.
        { day: '2026-07-01', hashes: 3 + 9, visits: 33 },
        { day: '2026-07-02', hashes: 4, visits: 4 },
      ]);
      const [shared] = reader
        .prepare<[], { n: number }>(
          `SELECT count(*) AS n FROM (SELECT visitor FROM clicks GROUP BY visitor
           HAVING count(DISTINCT clicked_at / 86400000) > 1)`,
        )
        .all();
      assert.equal(shared?.n, 0, 'a hash connects two days');
    } finally {
      reader.close();
    }
    assert.equal(await server.stop(), 0);
  });
});
