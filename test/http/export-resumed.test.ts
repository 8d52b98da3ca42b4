// Exports that break off and go on while hits come, are erased and are deleted, compressed or not: nothing is missing, and nothing comes twice.
// And how many of them there can be.

import assert from 'node:assert/strict';
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { constants, gunzipSync } from 'node:zlib';
import { storedAddress } from '../../src/clicks/address-privacy.ts';
import { addKey, addUser } from '../support/accounts.ts';
import { ApiClient, type LinkObject } from '../support/api-client.ts';
import { ClickWriting } from '../support/click-writing.ts';
import { checkExchanges } from '../support/recorded-exchanges.ts';
import { closeServers, type ServerProcess, startServer } from '../support/server-process.ts';

after(closeServers);
checkExchanges();

// More than the buffers of a connection hold, also when it is compressed.
const manyHits = 30_000;
const dayMs = 86_400_000;
const flags = ['--server-trusted-proxies', '127.0.0.1/32', '--privacy-ip', 'full'];
const encodings = ['identity', 'gzip'] as const;

interface Row {
  readonly id: string;
  readonly clickedAt: string;
  readonly address: string | null;
  readonly visitor: string | null;
}

const idsOf = (rows: readonly Row[]): string[] => rows.map(({ id }) => id);

let server: ServerProcess;
let api: ApiClient;
let link: LinkObject;
before(async () => {
  const first = await startServer({ flags });
  link = await ApiClient.of(first).createLink({ slug: 'long' });
  await first.stop();
  const writing = new ClickWriting(first.dataFolder);
  const start = Date.now() - 20 * dayMs;
  for (let n = 0; n < manyHits; n += 5_000)
    writing.write(
      Array.from({ length: 5_000 }, (_, i) => ({
        at: start + (n + i) * 50_000,
        visitor: 1 + ((n + i) % 997),
        address: storedAddress(`9.9.9.${1 + ((n + i) % 50)}`, 'full')!,
      })),
    );
  writing.close();
  server = await startServer({ flags, dataFolder: first.dataFolder });
  api = new ApiClient(server.address, first.firstKey);
});

/** Rows that arrived whole. @param bytes after how many of them the client hangs up */
async function exported(encoding: (typeof encodings)[number], cursor?: string, bytes = Infinity): Promise<Row[]> {
  const path = `/api/v1/links/${link.id}/clicks?format=ndjson${cursor === undefined ? '' : `&cursor=${cursor}`}`;
  const headers = { authorization: `Bearer ${api.key}`, 'accept-encoding': encoding };
  const received = await new Promise<Buffer>((resolve, reject) => {
    request(api.address + path, { headers }, (response) => {
      assert.equal(response.headers['content-encoding'] ?? 'identity', encoding);
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        size += chunk.length;
        if (size >= bytes) response.destroy();
      });
      response.on('error', () => {}).on('close', () => resolve(Buffer.concat(chunks)));
    })
      .on('error', reject)
      .end();
  });
  // What came of a stream that broke off can be read as far as it goes.
  const plain = encoding === 'gzip' ? gunzipSync(received, { finishFlush: constants.Z_SYNC_FLUSH }) : received;
  const text = plain.toString();
  const lines = text.slice(0, text.lastIndexOf('\n') + 1).split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Row);
}

/** Waits until nobody's exports run any more who has gone. */
async function roomForExports(): Promise<void> {
  while ((await api.send('HEAD', `/links/${link.id}/clicks?format=csv`)).status !== 200) continue;
}

async function erase(address: string): Promise<number> {
  const admin = addKey(server, addUser(server).id, { scopes: ['admin'] });
  assert.equal((await admin.post('/clicks/erasure', { address })).status, 202);
  for (;;) {
    const { status, changed } = (await admin.get('/clicks/erasure')).data<{ status: string; changed: number }>();
    if (status === 'done') return changed;
  }
}

describe('exports whose clients read nothing', () => {
  it('are sixteen at the most, however many are asked for at once, and make room when they end', async () => {
    const sockets: Socket[] = [];
    const ask = (): Promise<string> =>
      new Promise((resolve, reject) => {
        const socket = connect({ port: server.port, host: '127.0.0.1' });
        sockets.push(socket);
        socket.on('error', reject);
        // Not in flowing mode: what is not read stays with the server.
        socket.once('readable', () => resolve(String(socket.read(12))));
        const key = `Authorization: Bearer ${api.key}`;
        const path = `/api/v1/links/${link.id}/clicks?format=ndjson`;
        socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\n${key}\r\n\r\n`);
      });
    const begin = async (count: number): Promise<number> => {
      const heads = await Promise.all(Array.from({ length: count }, ask));
      const begun = heads.filter((head) => head === 'HTTP/1.1 200').length;
      assert.equal(heads.filter((head) => head === 'HTTP/1.1 503').length, count - begun);
      return begun;
    };
    const hangUp = (): void => sockets.splice(0).forEach((socket) => socket.destroy());

    assert.equal(await begin(24), 16);
    const refused = await api.get('/analytics/export?format=ndjson');
    assert.deepEqual([refused.status, refused.error.code], [503, 'UNAVAILABLE']);
    assert.match(String(refused.headers['content-type']), /^application\/json/);
    hangUp();
    // The server hears of it with the connections' ends; then there is room for all sixteen again, and for no more.
    while ((await begin(16)) < 16) hangUp();
    assert.equal(await begin(1), 0);
    hangUp();
    await roomForExports();
  });
});

describe('an export that broke off', () => {
  for (const [n, encoding] of encodings.entries()) {
    it(`goes on where it was, in ${encoding}, while hits come and a visitor is erased`, async () => {
      const whole = await exported(encoding);
      const begun = await exported(encoding, undefined, 40_000);
      assert.ok(begun.length > 0 && begun.length < whole.length / 2, String(begun.length));
      const address = `9.9.9.${10 + n}`;
      await api.visit('long', { 'x-forwarded-for': address });
      assert.equal(await erase(address), manyHits / 50 + 1);
      await api.visit('long', { 'x-forwarded-for': address });
      const rest = await exported(encoding, begun.at(-1)!.id);
      assert.deepEqual(idsOf([...begun, ...rest]), idsOf(whole));
      const blank = new Set(idsOf(whole.filter((row) => row.address === address)));
      assert.ok(blank.size > 0);
      for (const row of rest.filter(({ id }) => blank.has(id)))
        assert.deepEqual([row.address, row.visitor], [null, null]);
    });
  }

  it('ends with what retention has left by then', async () => {
    const whole = await exported('identity');
    const begun = await exported('identity', undefined, 40_000);
    assert.equal(await server.stop(), 0);
    server = await startServer({ flags: [...flags, '--clicks-retention-days', '10'], dataFolder: server.dataFolder });
    api = new ApiClient(server.address, api.key);
    const stored = async (): Promise<number> =>
      Number((await api.send('HEAD', `/links/${link.id}/clicks?format=ndjson`)).headers['x-total-count']);
    const isOver = whole.findIndex(({ clickedAt }) => Date.parse(clickedAt) < Date.now() - 10 * dayMs);
    while ((await stored()) > isOver) await new Promise(setImmediate);
    const rest = await exported('identity', begun.at(-1)!.id);
    const ids = idsOf([...begun, ...rest]);
    assert.deepEqual(ids, idsOf(whole).slice(0, ids.length));
    assert.equal(ids.length, await stored());
    // Everything behind a hit that is gone is gone, too.
    assert.deepEqual(await exported('identity', whole.at(-10)!.id), []);
    assert.equal((await api.stats(link.id)).totalClicks, whole.length);
  });
});
