import assert from 'node:assert/strict';
import { renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { dayMs } from '../../src/core/periods.ts';
import { ApiClient } from '../support/api-client.ts';
import { writeCities } from '../support/mmdb-writer.ts';
import { Receiver } from '../support/receiver.ts';
import { closeServers, runSignpost, startServer, temporaryFolder } from '../support/server-process.ts';
import { createWebhook, deliveriesOf } from '../support/subscribed-server.ts';

after(closeServers);

interface ListedJob {
  readonly name: string;
  readonly state: string;
  readonly runs: string;
  readonly nextRunAt: string;
}

describe('geo.reload and clicks.reload-filtered-networks', () => {
  it('take up files whose change nobody announces', async () => {
    const [folder, elsewhere] = [temporaryFolder(), temporaryFolder()];
    const write = (name: string, bytes: Buffer | string): void => {
      writeFileSync(join(elsewhere, `${name}.new`), bytes);
      renameSync(join(elsewhere, `${name}.new`), join(elsewhere, name));
    };
    write('places.mmdb', writeCities({ '9.9.0.0/16': { country: 'GB', city: 'Boxford' } }));
    write('networks.txt', '192.0.2.0/24');
    // Through a link to another folder, as on a network file system, nothing is announced.
    for (const name of ['places.mmdb', 'networks.txt']) symlinkSync(join(elsewhere, name), join(folder, name));
    const server = await startServer({
      flags: [
        '--geo-database',
        join(folder, 'places.mmdb'),
        '--clicks-filtered-networks-file',
        join(folder, 'networks.txt'),
      ],
    });
    const run = (name: string) => runSignpost(['jobs', 'run', name, '--data-dir', server.dataFolder]);
    write('places.mmdb', writeCities({ '9.9.0.0/16': { country: 'SE', city: 'Lund' } }));
    assert.equal((await run('geo.reload')).code, 0);
    await server.logged(/geo\.database has changed and is in use/);
    write('networks.txt', '192.0.2.0/24\n198.51.100.0/24');
    assert.equal((await run('clicks.reload-filtered-networks')).code, 0);
    await server.logged(/"networks":2,"msg":"the filtered networks have changed and are in use"/);
    assert.equal(await server.stop(), 0);
  });

  it('are not there where there is no such file', async () => {
    const server = await startServer();
    const { stdout } = await runSignpost(['jobs', 'list', '--data-dir', server.dataFolder]);
    assert.doesNotMatch(stdout, /reload|backups/);
    assert.equal(await server.stop(), 0);
  });
});

describe('webhooks.drop-old', () => {
  it('forgets deliveries once webhooks.retention_days are over', async (t) => {
    const receiver = await Receiver.start();
    t.after(() => receiver.down());
    const allow = ['--webhooks-allow', '127.0.0.1'];
    const clockFrom = new Date(Date.now() - 3 * dayMs).toISOString();
    const past = await startServer({ flags: allow, clockFrom });
    const { dataFolder, firstKey } = past;
    const client = ApiClient.of(past);
    const webhook = await createWebhook(client, { url: receiver.url });
    await client.createLink();
    while (!(await deliveriesOf(client, webhook))[0]?.success);
    assert.equal(await past.stop(), 0);
    for (const [days, left] of [
      ['4', 1],
      ['2', 0],
    ] as const) {
      const server = await startServer({ dataFolder, flags: [...allow, '--webhooks-retention-days', days] });
      const ran = await runSignpost(['jobs', 'run', 'webhooks.drop-old', '--data-dir', dataFolder]);
      assert.equal(ran.code, 0, ran.stderr);
      const log = await deliveriesOf(new ApiClient(server.address, firstKey), webhook);
      assert.equal(log.length, left, `after ${days} days`);
      assert.equal(await server.stop(), 0);
    }
  });
});

describe('signpost jobs', () => {
  it('lists every job that a server with all it may have runs by itself', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'places.mmdb'), writeCities({ '9.9.0.0/16': { country: 'GB', city: 'Boxford' } }));
    writeFileSync(join(folder, 'networks.txt'), '192.0.2.0/24');
    const files = [
      '--geo-database',
      join(folder, 'places.mmdb'),
      '--clicks-filtered-networks-file',
      join(folder, 'networks.txt'),
    ];
    const backups = ['--backups-schedule', 'daily 03:30', '--backups-folder', join(folder, 'backups')];
    const server = await startServer({ flags: [...files, ...backups] });
    const { stdout } = await runSignpost(['jobs', 'list', '--json', '--data-dir', server.dataFolder]);
    const names = (JSON.parse(stdout) as ListedJob[]).map(({ name }) => name).toSorted();
    assert.deepEqual(names, [
      'api.forget-idempotency-keys',
      'backups.make',
      'caches.refresh',
      'clicks.reload-filtered-networks',
      'clicks.tend',
      'domains.recheck',
      'geo.reload',
      'links.delete',
      'links.forget-password-visits',
      'links.tend-search',
      'visitors.turn-keys',
      'webhooks.drop-old',
      'webhooks.find-events',
    ]);
    assert.equal(await server.stop(), 0);
  });

  it('lists the timed jobs of a server and runs one that is asked for, also when the server is down', async () => {
    const server = await startServer();
    const signpost = (...args: string[]) => runSignpost([...args, '--data-dir', server.dataFolder]);
    const listed = async (): Promise<ListedJob[]> =>
      JSON.parse((await signpost('jobs', 'list', '--json')).stdout) as ListedJob[];
    const names = (await listed()).map(({ name }) => name);
    for (const name of ['visitors.turn-keys', 'api.forget-idempotency-keys', 'webhooks.drop-old'])
      assert.ok(names.includes(name));

    const ran = await signpost('jobs', 'run', 'webhooks.drop-old');
    assert.deepEqual([ran.code, ran.stderr], [0, '']);
    assert.match(ran.stdout, /^webhooks\.drop-old ran in \d+ ms\n$/);
    const job = (await listed()).find(({ name }) => name === 'webhooks.drop-old');
    assert.equal(job?.state, 'waiting');
    assert.ok(Number(job?.runs) >= 1 && Date.parse(job?.nextRunAt ?? '') > Date.now());
    assert.match(
      (await signpost('jobs', 'list')).stdout,
      /^NAME +STATE +NEXT RUN AT +LAST RUN AT +DURATION MS +RUNS +ERROR\n/,
    );

    const unknown = await signpost('jobs', 'run', 'webhooks.drop-odd');
    assert.deepEqual([unknown.code, unknown.stdout], [1, '']);
    assert.equal(unknown.stderr, 'signpost: there is no job "webhooks.drop-odd", did you mean "webhooks.drop-old"?\n');

    assert.equal(await server.stop(), 0);
    const later = await signpost('jobs', 'run', 'webhooks.drop-old');
    assert.match(later.stdout, /^webhooks\.drop-old is due now; no server is running here/);
    const before = Number((await listed()).find(({ name }) => name === 'webhooks.drop-old')?.runs);
    await startServer({ dataFolder: server.dataFolder });
    const again = await signpost('jobs', 'run', 'webhooks.drop-old');
    assert.equal(again.code, 0);
    assert.ok(Number((await listed()).find(({ name }) => name === 'webhooks.drop-old')?.runs) > before);
  });
});
