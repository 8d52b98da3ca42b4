// A disk that stands still: visitors are sent on, what there is no room for is counted as uncounted, and questions that wait for it
// hold up nobody else.

import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { maxBatchClicks } from '../../src/clicks/click-batch.ts';
import { openForCommand } from '../../src/storage/database.ts';
import { ApiClient, type LinkStats, sendRequest } from '../support/api-client.ts';
import { compileHolder, HeldDisk } from '../support/held-disk.ts';
import { Load } from '../support/load.ts';
import { closeServers, startServer, temporaryFolder } from '../support/server-process.ts';

after(closeServers);

const holder = compileHolder();
const skip = 'missing' in holder && holder.missing;
const { library } = holder as { library: string };

const token = 'a-token-for-the-figures';

async function figures(address: string): Promise<string> {
  const headers = { authorization: `Bearer ${token}` };
  return (await sendRequest(address, { path: '/metrics', headers })).text;
}

async function uncounted(address: string): Promise<Record<string, number>> {
  const samples = (await figures(address)).matchAll(/^signpost_clicks_uncounted_total\{reason="(\w+)"\} (\d+)$/gm);
  return Object.fromEntries([...samples].map(([, reason, count]) => [reason!, Number(count)]));
}

describe('more visitors than the disk takes', { skip }, () => {
  it('are all sent on, those past the queue counted as uncounted, but for limited links, and counting goes on', async () => {
    const dataFolder = temporaryFolder();
    const disk = new HeldDisk(library, dataFolder);
    const server = await startServer({
      dataFolder,
      printsKey: true,
      environment: disk.environment,
      // Only limited links are synced then; nobody else waits for the disk.
      flags: ['--clicks-durability', 'batched', '--metrics-token', token],
    });
    const api = ApiClient.of(server);
    await api.createLink({ slug: 'open' });
    for (const slug of ['first', 'second']) await api.createLink({ slug, oneTime: true });

    const hold = disk.hold('syncs');
    const first = api.visit('first');
    await hold.met;
    const load = new Load({ port: server.port, slugs: ['open'], connections: 8 });
    await load.redirects(maxBatchClicks + 500);
    const { redirected, others, cut } = await load.stop();
    assert.deepEqual([[...others], cut], [[], 0]);
    const tooMany = redirected - maxBatchClicks;
    assert.deepEqual(await uncounted(server.address), { queue_full: tooMany, write_failed: 0 });
    const second = await api.visit('second');
    assert.deepEqual([second.status, second.headers.location], [503, undefined]);

    await hold.release();
    assert.equal((await first).status, 302);
    assert.equal((await api.visit('second')).status, 302);
    assert.deepEqual(await uncounted(server.address), { queue_full: tooMany, write_failed: 0 });
    assert.equal(await server.stop(), 0);
    const connection = openForCommand(dataFolder);
    const stored = connection.prepare('SELECT count(*) FROM clicks').pluck().get();
    connection.close();
    assert.equal(stored, maxBatchClicks + 2);
  });
});

describe('visitors who come while the last click of a link is being stored', { skip }, () => {
  it('are told that it is used up, and counted as refused', async () => {
    const dataFolder = temporaryFolder();
    const disk = new HeldDisk(library, dataFolder);
    const flags = ['--metrics-token', token];
    const server = await startServer({ dataFolder, printsKey: true, environment: disk.environment, flags });
    const api = ApiClient.of(server);
    await api.createLink({ slug: 'once', oneTime: true });
    assert.match(await figures(server.address), /^signpost_clicks_refused_total 0$/m);
    const hold = disk.hold('syncs');
    const visits = [api.visit('once')];
    await hold.met;
    for (let n = 0; n < 3; n++) visits.push(api.visit('once'));
    while (!(await figures(server.address)).includes('\nsignpost_queue_depth{queue="clicks"} 4\n'));
    await hold.release();
    const statuses = (await Promise.all(visits)).map(({ status }) => status);
    assert.deepEqual(statuses, [302, 410, 410, 410]);
    assert.match(await figures(server.address), /^signpost_clicks_refused_total 3$/m);
    assert.equal(await server.stop(), 0);
  });
});

describe('a question of statistics', { skip }, () => {
  it('that takes as long as it may holds up neither redirects nor the rest of the API', async () => {
    const dataFolder = temporaryFolder();
    const disk = new HeldDisk(library, dataFolder);
    const flags = ['--clicks-durability', 'batched'];
    const begun = await startServer({ dataFolder, printsKey: true, flags });
    const { id } = await ApiClient.of(begun).createLink({ slug: 'asked' });
    for (let n = 0; n < 3; n++) await ApiClient.of(begun).visit('asked');
    await begun.stop();

    const server = await startServer({ dataFolder, environment: disk.environment, flags });
    const api = new ApiClient(server.address, begun.firstKey);
    for (const path of [
      `/links/${id}/stats`,
      '/analytics/overview',
      '/analytics/recent',
      `/links/${id}/clicks?format=csv`,
    ]) {
      const hold = disk.hold('reads');
      let isAnswered = false;
      const asked = api.get(path).finally(() => (isAnswered = true));
      await Promise.race([hold.met, asked]);
      for (let n = 0; n < 20; n++) assert.equal((await api.visit('asked')).status, 302);
      assert.equal((await sendRequest(server.address, { path: '/healthz' })).status, 200);
      assert.equal((await api.link(id)).slug, 'asked');
      assert.equal(isAnswered, false, `${path} was answered by a thread that is not to be held up`);
      await hold.release();
      const answer = await asked;
      assert.equal(answer.status, 200, path);
      if (path.endsWith('/stats')) assert.ok(answer.data<LinkStats>().totalClicks >= 3);
    }
    assert.equal(await server.stop(), 0);
  });
});
