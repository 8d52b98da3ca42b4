import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { closeServers, runSignpost, startServer } from '../support/server-process.ts';

after(closeServers);

interface ListedJob {
  readonly name: string;
  readonly state: string;
  readonly runs: string;
  readonly nextRunAt: string;
}

describe('signpost jobs', () => {
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
