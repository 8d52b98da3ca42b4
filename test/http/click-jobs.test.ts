// Long work on stored hits through the API: reclassification and erasure, with their progress, over restarts and crashes.

import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { auditRollUps } from '../../src/clicks/roll-up-audit-store.ts';
import { openForCommand } from '../../src/storage/database.ts';
import { addKey, addUser } from '../support/accounts.ts';
import { ApiClient } from '../support/api-client.ts';
import { ClickWriting } from '../support/click-writing.ts';
import { DnsServer } from '../support/dns-server.ts';
import { addDomain } from '../support/domains.ts';
import { checkExchanges } from '../support/recorded-exchanges.ts';
import { closeServers, runSignpost, type ServerProcess, startServer } from '../support/server-process.ts';
import { folderWithVisitorKey } from '../support/visitor-key.ts';
import { storedClicks } from './stored-clicks.ts';

const files = mkdtempSync(join(tmpdir(), 'signpost-jobs-'));
after(async () => {
  await closeServers();
  rmSync(files, { recursive: true });
});
checkExchanges();

interface Job {
  readonly status: 'running' | 'done' | 'failed';
  readonly progress: number;
  readonly examined: number;
  readonly changed: number;
  readonly finishedAt: string | null;
}

const networks = join(files, 'networks.txt');
writeFileSync(networks, '# none yet\n');
const flags = [
  '--server-trusted-proxies',
  '127.0.0.1/32',
  '--clicks-filtered-networks-file',
  networks,
  '--privacy-ip',
  'full',
];
const from = (address: string): Record<string, string> => ({ 'x-forwarded-for': address });

const start = (dataFolder?: string, more: readonly string[] = []): Promise<ServerProcess> =>
  startServer({ flags: [...flags, ...more], ...(dataFolder === undefined ? {} : { dataFolder }) });

/** The job once it is over. */
async function finished(client: ApiClient, path: string): Promise<Job> {
  for (;;) {
    const job = (await client.get(path)).data<Job | null>();
    if (job !== null && job.status !== 'running') return job;
  }
}

function differences({ dataFolder }: ServerProcess): unknown[] {
  const connection = openForCommand(dataFolder);
  try {
    return auditRollUps(connection);
  } finally {
    connection.close();
  }
}

const reclassify = '/analytics/reclassify';
let server = await startServer({ flags, dataFolder: folderWithVisitorKey(), printsKey: true });
let api = ApiClient.of(server);
const verdicts = (slug: string) => storedClicks(server.dataFolder, slug).map(({ verdict }) => verdict);

describe('POST /analytics/reclassify', () => {
  it("applies today's rules, and statistics, totals and events follow", async () => {
    assert.equal((await api.get(reclassify)).data<Job | null>(), null);
    const { id } = await api.createLink({ slug: 'rules' });
    for (const address of ['9.9.1.1', '9.9.2.1', '9.9.2.2']) await api.visit('rules', from(address));
    await api.visit('rules', { ...from('9.9.2.3'), 'user-agent': 'curl/8' });
    await api.patch(`/links/${id}`, { filterBots: false });
    writeFileSync(networks, '9.9.1.0/24\n');
    await server.logged(/filtered networks have changed and are in use/);

    const begun = await api.post(reclassify, {});
    assert.deepEqual([begun.status, begun.data<Job>().changed], [202, 0]);
    const { status, progress, examined, changed } = await finished(api, reclassify);
    assert.deepEqual([status, progress, examined, changed], ['done', 1, 4, 1]);
    assert.deepEqual(verdicts('rules'), ['counted', 'counted', 'counted', 'counted']);

    await api.patch(`/links/${id}`, { filterBots: true });
    await api.post(reclassify, { linkId: id });
    await finished(api, reclassify);
    assert.deepEqual(verdicts('rules'), ['filtered_network', 'counted', 'counted', 'bot']);
    const { totalClicks, uniqueVisitors } = await api.stats(id);
    assert.deepEqual([totalClicks, uniqueVisitors, (await api.link(id)).clickCount], [2, 2, 2]);
    assert.deepEqual(differences(server), []);
  });

  it('gives back none of what a click limit has used up', async () => {
    const { id } = await api.createLink({ slug: 'limited', clickLimit: 2 });
    for (const address of ['9.9.3.1', '9.9.3.2']) await api.visit('limited', from(address));
    assert.equal((await api.visit('limited', from('9.9.3.3'))).status, 410);
    writeFileSync(networks, '9.9.3.0/24\n');
    await server.logged(
      /filtered networks have changed and are in use[^]*filtered networks have changed and are in use/,
    );
    await api.post(reclassify, { linkId: id });
    await finished(api, reclassify);
    assert.deepEqual(verdicts('limited'), ['filtered_network', 'filtered_network']);
    assert.equal((await api.link(id)).clickCount, 0);
    assert.equal((await api.visit('limited', from('9.9.4.1'))).status, 410);
    // What is told of the link is what its visitors meet.
    type Explained = { outcome: string; rules: { why: string }[] };
    const explained = (await api.post(`/links/${id}/explain`, {})).data<Explained>();
    assert.equal(explained.outcome, 'used_up');
    assert.equal(explained.rules.at(-1)?.why, '2 of 2 clicks are used');
  });

  it('asks for an own link and for known fields, and does once what is asked twice', async () => {
    const stranger = addUser(server).client;
    const { id } = await api.createLink();
    assert.equal((await stranger.post(reclassify, { linkId: id })).status, 404);
    for (const [body, path] of [
      [{ linkId: 1 }, 'linkId'],
      [{ link: id }, 'link'],
      [[], ''],
    ] as const) {
      const { status, error } = await api.post(reclassify, body);
      assert.deepEqual([status, error.details?.[0]?.path], [400, path], JSON.stringify(body));
    }
    const once = { 'idempotency-key': 'again' };
    const [first, second] = [
      await stranger.send('POST', reclassify, {}, once),
      await stranger.send('POST', reclassify, {}, once),
    ];
    assert.deepEqual([first.status, first.text], [202, second.text]);
    assert.equal((await finished(stranger, reclassify)).status, 'done');
    const reading = addKey(server, addUser(server).id, { scopes: ['analytics:read'] });
    assert.equal((await reading.post(reclassify, {})).status, 403);
  });

  it('runs beside new hits, goes on after a crash, and is one at a time', async () => {
    const { id } = await api.createLink({ slug: 'many' });
    assert.equal(await server.stop(), 0);
    const linkId = idOf(server.dataFolder, 'many');
    const writing = new ClickWriting(server.dataFolder);
    const count = 20_000;
    for (let n = 0; n < count; n += 5_000) {
      writing.write(
        Array.from({ length: 5_000 }, (_, i) => ({
          at: Date.now() - (count - n - i) * 1_000,
          linkId,
          visitor: 1 + (i % 300),
          // A program that was taken for a person once.
          agent: i % 4 === 0 ? 'curl/8.10.1' : 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
        })),
      );
    }
    writing.close();
    server = await start(server.dataFolder);
    api = new ApiClient(server.address, api.key);
    assert.equal((await api.post(reclassify, {})).status, 202);
    assert.equal((await api.post(reclassify, {})).error.code, 'CONFLICT');
    await api.visit('many', from('9.9.5.1'));
    for (;;) {
      const { status, changed } = (await api.get(reclassify)).data<Job>();
      assert.equal(status, 'running', 'it was over before it could be interrupted');
      if (changed > 0) break;
    }
    await server.kill();
    server = await start(server.dataFolder);
    api = new ApiClient(server.address, api.key);
    const job = await finished(api, reclassify);
    // One more: a network that is filtered no longer.
    assert.deepEqual([job.status, job.progress, job.changed], ['done', 1, count / 4 + 1]);
    const { totalClicks, uniqueVisitors } = await api.stats(id);
    assert.equal(totalClicks, (count * 3) / 4 + 1);
    assert.ok(uniqueVisitors > 200 && uniqueVisitors < 250, String(uniqueVisitors));
    assert.equal((await api.link(id)).clickCount, totalClicks);
    assert.deepEqual(differences(server), []);
  });
});

function idOf(dataFolder: string, slug: string): number {
  const connection = openForCommand(dataFolder);
  try {
    return connection.prepare<[string], number>('SELECT id FROM links WHERE slug = ?').pluck().get(slug)!;
  } finally {
    connection.close();
  }
}

describe('erasure of a visitor', () => {
  const erasure = '/clicks/erasure';
  const addresses = (slug: string) => storedClicks(server.dataFolder, slug).map(({ address }) => address);
  const visitors = async (id: string): Promise<(string | null)[]> =>
    (await api.get(`/links/${id}/clicks`)).data<{ visitor: string | null }[]>().map(({ visitor }) => visitor);
  const isOnDisk = (bytes: Buffer): boolean => {
    const file = join(server.dataFolder, 'signpost.db');
    return [file, `${file}-wal`].some((path) => existsSync(path) && readFileSync(path).includes(bytes));
  };

  it('takes address and hash out of every hit, and leaves totals as they are', async () => {
    const admin = addKey(server, addUser(server).id, { scopes: ['admin'] });
    const { id } = await api.createLink({ slug: 'erased' });
    for (const address of ['198.18.77.201', '198.18.77.202', '198.18.77.201', '2001:db9:1:2::77'])
      await api.visit('erased', from(address));
    const before = await api.stats(id);
    assert.ok(isOnDisk(Buffer.from([198, 18, 77, 201])), 'this test can find an address');

    assert.equal((await api.post(erasure, { address: '198.18.77.201' })).status, 403);
    const once = { 'idempotency-key': 'erase' };
    assert.equal((await admin.send('POST', erasure, { address: '198.18.77.201' }, once)).status, 202);
    const job = await finished(admin, erasure);
    assert.deepEqual([job.status, job.changed], ['done', 2]);
    assert.deepEqual(addresses('erased'), [null, '198.18.77.202', null, '2001:db9:1:2::77']);
    assert.deepEqual(
      (await visitors(id)).map((visitor) => visitor === null),
      [false, true, false, true],
    );
    assert.deepEqual(await api.stats(id), before);
    assert.deepEqual(differences(server), []);
    // The write-ahead log is emptied a moment later. Nor is the address kept as what was asked for.
    while (isOnDisk(Buffer.from([198, 18, 77, 201])) || isOnDisk(Buffer.from('198.18.77.201')))
      await new Promise(setImmediate);
  });

  it('takes any spelling, and nothing that is no address', async () => {
    const admin = addKey(server, addUser(server).id, { scopes: ['admin'] });
    await admin.post(erasure, { address: '2001:DB9:0001:2:0::77' });
    assert.equal((await finished(admin, erasure)).changed, 1);
    assert.equal(addresses('erased')[3], null);
    for (const address of ['', 'localhost', '198.18.77', '198.18.77.0/24', 7, null, '\0'])
      assert.equal((await admin.post(erasure, { address })).error.details?.[0]?.path, 'address', String(address));
  });

  it('works from the command line, while the server runs', async () => {
    for (const [address, code, printed] of [
      ['198.18.77.202', 0, '1\n'],
      ['198.18.77.202', 0, '0\n'],
      ['198.18', 2, ''],
    ] as const) {
      const ended = await runSignpost(['clicks', 'erase', '--address', address, '--data-dir', server.dataFolder]);
      assert.deepEqual([ended.code, ended.stdout], [code, printed], ended.stderr);
    }
    assert.deepEqual(addresses('erased'), [null, null, null, null]);
    assert.deepEqual(differences(server), []);
  });

  it('takes the whole network where addresses were truncated', async () => {
    assert.equal(await server.stop(), 0);
    server = await start(server.dataFolder, ['--privacy-ip', 'truncate']);
    api = new ApiClient(server.address, api.key);
    await api.createLink({ slug: 'cut' });
    const visiting = ['198.18.80.1', '198.18.80.2', '198.18.81.1', '2a00:1:2:3::4', '2a00:1:2:ff::9', '2a00:1:3::1'];
    for (const address of visiting) await api.visit('cut', from(address));
    const admin = addKey(server, addUser(server).id, { scopes: ['admin'] });
    // The second as an address of IPv4 that is written as one of IPv6.
    for (const [address, changed] of [
      ['2A00:1:2:8000::1', 2],
      ['::ffff:198.18.80.1', 2],
      ['2a00:1:2::', 0],
    ] as const) {
      await admin.post(erasure, { address });
      assert.equal((await finished(admin, erasure)).changed, changed, address);
    }
    assert.deepEqual(addresses('cut'), [null, null, '198.18.81.0', null, null, '2a00:1:3::']);
  });
});

describe('clicks.retention_days', () => {
  it('deletes old hits at the start and keeps what they add up to', async () => {
    assert.equal(await server.stop(), 0);
    server = await start();
    api = ApiClient.of(server);
    const { id } = await api.createLink({ slug: 'kept' });
    assert.equal(await server.stop(), 0);
    const linkId = idOf(server.dataFolder, 'kept');
    const writing = new ClickWriting(server.dataFolder);
    const dayMs = 86_400_000;
    writing.write(
      Array.from({ length: 900 }, (_, n) => ({ at: Date.now() - 60 * dayMs + n * 1_000, linkId, visitor: n })),
    );
    writing.write([{ at: Date.now() - dayMs, linkId, visitor: 1 }]);
    writing.close();
    server = await start(server.dataFolder, ['--clicks-retention-days', '30']);
    api = new ApiClient(server.address, api.key);
    while (storedClicks(server.dataFolder, 'kept').length > 1) await new Promise(setImmediate);
    const { totalClicks } = await api.stats(id);
    const listed = await api.get(`/links/${id}/clicks`);
    assert.deepEqual([totalClicks, (await api.link(id)).clickCount, listed.meta.total], [901, 901, 1]);
    assert.deepEqual(differences(server), []);
  });

  it('can be another one on a domain, and holds for a link that is moved there', async (t) => {
    const dns = await DnsServer.start();
    t.after(() => dns.close());
    const own = ['--dns-servers', dns.address];
    const restart = async (): Promise<void> => {
      assert.equal(await server.stop(), 0);
      server = await start(server.dataFolder, own);
      api = new ApiClient(server.address, api.key);
    };
    await server.stop();
    server = await start(undefined, own);
    api = ApiClient.of(server);
    const { id } = await api.createLink({ slug: 'moved' });
    const shortLived = await addDomain(api, dns, 'brief.example.com', { clickRetentionDays: 7 });
    assert.equal(shortLived.clickRetentionDays, 7);
    const { id: thereId } = await api.createLink({ slug: 'there', domain: shortLived.domain });
    await server.stop();
    const writing = new ClickWriting(server.dataFolder);
    const at = Date.now() - 30 * 86_400_000;
    for (const slug of ['moved', 'there'])
      writing.write(Array.from({ length: 50 }, (_, n) => ({ at: at + n, linkId: idOf(server.dataFolder, slug) })));
    writing.close();
    server = await start(server.dataFolder, own);
    api = new ApiClient(server.address, api.key);
    const kept = () => ['moved', 'there'].map((slug) => storedClicks(server.dataFolder, slug).length);
    while (kept()[1]! > 0) await new Promise(setImmediate);
    assert.deepEqual(kept(), [50, 0]);

    assert.equal((await api.patch(`/links/${id}`, { domain: shortLived.domain })).status, 200);
    await restart();
    while (kept()[0]! > 0) await new Promise(setImmediate);
    for (const link of [id, thereId]) assert.equal((await api.stats(link)).totalClicks, 50);
    assert.deepEqual(differences(server), []);
  });
});
