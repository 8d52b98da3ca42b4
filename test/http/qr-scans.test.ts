// Scans: a tracking URL leads where its link leads, and the scan is a click that knows which code it came by.

import assert from 'node:assert/strict';
import type { OutgoingHttpHeaders } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { openForCommand, openReader } from '../../src/storage/database.ts';
import { addUser } from '../support/accounts.ts';
import { ApiClient, type HttpAnswer, personsBrowser, sendRequest } from '../support/api-client.ts';
import { askForBytes, createQr, type QrObject, scanned } from '../support/qr-requests.ts';
import { checkExchanges } from '../support/recorded-exchanges.ts';
import { closeServers, type ServerProcess, startServer } from '../support/server-process.ts';

after(closeServers);
checkExchanges();

let server: ServerProcess;
let api: ApiClient;
before(async () => {
  server = await startServer();
  api = ApiClient.of(server);
});

interface ScanOptions {
  readonly headers?: OutgoingHttpHeaders;
  readonly method?: string;
  readonly query?: string;
}

/** As a phone does that has just read the code. */
function scan(
  { trackingUrl }: QrObject,
  { headers = {}, method = 'GET', query = '' }: ScanOptions = {},
): Promise<HttpAnswer> {
  const path = `${new URL(trackingUrl!).pathname}${query}`;
  return sendRequest(server.address, { method, path, headers: { 'user-agent': personsBrowser, ...headers } });
}

async function scansOf({ id }: QrObject): Promise<{ scanCount: number; lastScannedAt: string | null }> {
  const { scanCount, lastScannedAt, stats } = (await api.get(`/qr/${id}`)).data<QrObject>();
  assert.deepEqual(stats, { scanCount, lastScannedAt });
  return { scanCount, lastScannedAt };
}

/** How many clicks there are by the code that they came by, as they are stored. */
function clicksByQr(): Record<string, number> {
  const reader = openReader(server.dataFolder);
  try {
    const rows = reader
      .prepare<[], { qr: string; clicks: number }>(
        'SELECT qr, count(*) AS clicks FROM clicks JOIN contexts ON contexts.id = context_id WHERE verdict = 0 GROUP BY qr',
      )
      .all();
    return Object.fromEntries(rows.map(({ qr, clicks }) => [qr, clicks]));
  } finally {
    reader.close();
  }
}

describe('a scan', () => {
  it('leads where the link leads, and is a click of the link and of the code', async () => {
    const link = await api.createLink({ slug: 'poster', destinationUrl: 'https://example.com/poster?a=1' });
    const [first, second] = [await createQr(api, { linkId: link.id }), await createQr(api, { linkId: link.id })];
    const read = await scanned(await askForBytes(api, { path: `/qr/${first.id}/download?format=png` }));
    assert.equal(read, first.trackingUrl);
    const answer = await scan(first, { query: '?b=2' });
    assert.deepEqual([answer.status, answer.headers.location], [302, 'https://example.com/poster?a=1&b=2']);
    assert.equal(answer.headers['cache-control'], 'private, no-store');
    await scan(first);
    await scan(second);
    await api.visit('poster');
    const { clickCount, lastClickedAt } = await api.link(link.id);
    assert.equal(clickCount, 4);
    assert.equal((await scansOf(first)).scanCount, 2);
    const { scanCount, lastScannedAt } = await scansOf(second);
    assert.equal(scanCount, 1);
    assert.ok(lastScannedAt !== null && lastScannedAt <= lastClickedAt! && lastScannedAt >= second.createdAt);
    const clicks = clicksByQr();
    assert.deepEqual([clicks[first.id], clicks[second.id]], [2, 1]);
    const { byQr } = (await api.get(`/links/${link.id}/stats`)).data<{ byQr: { qr: string; count: number }[] }>();
    const counted = byQr.filter(({ qr }) => qr.startsWith('qr_')).map(({ qr, count }) => [qr, count]);
    assert.deepEqual(counted, [
      [first.id, 2],
      [second.id, 1],
    ]);
  });

  it('counts as clicks count: no programs, no HEAD, no previews', async () => {
    const link = await api.createLink();
    const qr = await createQr(api, { linkId: link.id });
    assert.equal((await scan(qr, { headers: { 'user-agent': 'curl/8' } })).status, 302);
    assert.equal((await scan(qr, { method: 'HEAD' })).status, 302);
    const preview = await scan(qr, { query: '+' });
    assert.deepEqual([preview.status, preview.headers.location], [200, undefined]);
    assert.match(preview.text, /example\.com/);
    assert.deepEqual(await scansOf(qr), { scanCount: 0, lastScannedAt: null });
    await scan(qr);
    assert.equal((await scansOf(qr)).scanCount, 1);
    assert.equal((await api.link(link.id)).clickCount, 1);
  });

  it('is exact under many at once', async () => {
    const link = await api.createLink();
    const codes = [await createQr(api, { linkId: link.id }), await createQr(api, { linkId: link.id })];
    const answers = await Promise.all(Array.from({ length: 200 }, (_, n) => scan(codes[n % 2]!)));
    assert.ok(answers.every(({ status }) => status === 302));
    assert.deepEqual([(await scansOf(codes[0]!)).scanCount, (await scansOf(codes[1]!)).scanCount], [100, 100]);
    assert.equal((await api.link(link.id)).clickCount, 200);
  });

  it('of a link without analytics is counted, and nothing else kept', async () => {
    const link = await api.createLink({ trackAnalytics: false });
    const qr = await createQr(api, { linkId: link.id });
    await scan(qr);
    assert.equal((await scansOf(qr)).scanCount, 1);
    assert.equal(clicksByQr()[qr.id], undefined);
  });

  it('uses up a limit exactly', async () => {
    const link = await api.createLink({ clickLimit: 5 });
    const qr = await createQr(api, { linkId: link.id });
    const answers = await Promise.all(Array.from({ length: 20 }, () => scan(qr)));
    assert.equal(answers.filter(({ status }) => status === 302).length, 5);
    assert.equal(answers.filter(({ status }) => status === 410).length, 15);
    assert.equal((await scansOf(qr)).scanCount, 5);
  });

  it('asks for the password of the link, and counts once it was right', async () => {
    const link = await api.createLink({ password: 'secret' });
    const qr = await createQr(api, { linkId: link.id });
    assert.equal((await scan(qr)).status, 200);
    assert.equal((await scansOf(qr)).scanCount, 0);
    const opened = await sendRequest(server.address, {
      method: 'POST',
      path: new URL(qr.trackingUrl!).pathname,
      headers: { 'user-agent': personsBrowser, 'content-type': 'application/x-www-form-urlencoded' },
      body: 'password=secret',
    });
    assert.deepEqual([opened.status, opened.headers.location], [303, 'https://example.com/']);
    assert.equal((await scansOf(qr)).scanCount, 1);
  });

  it('follows every change of the link and of the code', async () => {
    const [first, second] = [await api.createLink(), await api.createLink({ destinationUrl: 'https://example.org/' })];
    const qr = await createQr(api, { linkId: first.id });
    await api.patch(`/links/${first.id}`, { slug: 'renamed', destinationUrl: 'https://example.net/' });
    assert.equal((await scan(qr)).headers.location, 'https://example.net/');
    await api.patch(`/qr/${qr.id}`, { linkId: second.id });
    assert.equal((await scan(qr)).headers.location, 'https://example.org/');
    await api.delete(`/links/${second.id}`);
    assert.equal((await scan(qr)).status, 410);
    await api.patch(`/links/${second.id}`, { isArchived: false });
    assert.equal((await scan(qr)).status, 302);
    assert.equal((await scansOf(qr)).scanCount, 3);
    await api.patch(`/qr/${qr.id}`, { linkId: null, url: 'https://example.com/' });
    assert.equal((await scan(qr)).status, 404);
    await api.patch(`/qr/${qr.id}`, { linkId: first.id });
    assert.equal((await scan(qr)).status, 302);
    await api.delete(`/qr/${qr.id}`);
    assert.equal((await scan(qr)).status, 404);
    // The clicks stay with the links that they were of.
    assert.equal((await api.link(first.id)).clickCount, 2);
  });

  it('survives the crash that follows it', async () => {
    const link = await api.createLink();
    const qr = await createQr(api, { linkId: link.id });
    const { dataFolder } = server;
    await Promise.all(Array.from({ length: 20 }, () => scan(qr)));
    await server.kill();
    server = await startServer({ dataFolder });
    api = new ApiClient(server.address, api.key);
    assert.equal((await scansOf(qr)).scanCount, 20);
    assert.equal((await api.link(link.id)).clickCount, 20);
  });
});

describe('the path of a tracking URL', () => {
  it('is no link unless it is exactly that', async () => {
    const qr = await createQr(api, { linkId: (await api.createLink()).id });
    const { pathname } = new URL(qr.trackingUrl!);
    const wrong = [
      '/q',
      '/q/',
      '/q/x',
      `${pathname}x`,
      `${pathname}/x`,
      pathname.toUpperCase(),
      `//q${pathname.slice(2)}`,
      '/q/%00',
      `/q/${'x'.repeat(5_000)}`,
      '/q/__proto__',
      `${pathname}%0a`,
      '/Q/0123456789',
    ];
    for (const path of wrong) assert.equal((await sendRequest(server.address, { path })).status, 404, path);
    assert.equal(
      (await sendRequest(server.address, { path: `${pathname}/`, headers: { 'user-agent': personsBrowser } })).status,
      302,
    );
  });

  it('leaves the slug q to whoever wants it', async () => {
    await api.createLink({ slug: 'q' });
    assert.equal((await api.visit('q')).status, 302);
  });

  it('works under every domain that the owner may use, and under nobody else’s', async () => {
    const owner = addUser(server);
    const other = addUser(server);
    const hosts = { 'own.example': owner.id, 'others.example': other.id };
    const connection = openForCommand(server.dataFolder);
    try {
      const add = connection.prepare(
        `INSERT INTO domains (public_id, user_id, host, status, serves, verification_token, verified_at, created_at, updated_at)
         VALUES (?, ?, ?, 'verified', 1, '', 1, 1, 1)`,
      );
      for (const [host, userId] of Object.entries(hosts)) add.run(`dom_${host}`, userId, host);
    } finally {
      connection.close();
    }
    // Verified domains are read at the start.
    await server.stop();
    server = await startServer({ dataFolder: server.dataFolder });
    api = new ApiClient(server.address, api.key);
    const client = new ApiClient(server.address, owner.client.key);
    const onOwn = await client.createLink({ domain: 'own.example' });
    const onDefault = await client.createLink();
    const codes = [await createQr(client, { linkId: onOwn.id }), await createQr(client, { linkId: onDefault.id })];
    assert.match(codes[0]!.trackingUrl!, /^http:\/\/own\.example\/q\/\w{10}$/);
    assert.ok(codes[1]!.trackingUrl!.startsWith(`${server.address}/q/`));
    const status = async (qr: QrObject, host: string): Promise<number> =>
      (await scan(qr, { headers: { host } })).status;
    const { host } = new URL(server.address);
    for (const qr of codes) {
      assert.deepEqual(
        [await status(qr, 'own.example'), await status(qr, host), await status(qr, 'others.example')],
        [302, 302, 404],
      );
    }
  });
});
