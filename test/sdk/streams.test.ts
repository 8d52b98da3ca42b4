// What the client takes as it comes: exports and live hits, also where the connection breaks in the middle of them.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import {
  ApiError,
  type Click,
  ConnectionError,
  type Link,
  type LiveEvent,
  type RollUp,
  Signpost,
} from '../../src/sdk/client.ts';
import { addKey, addUser } from '../support/accounts.ts';
import { ApiClient } from '../support/api-client.ts';
import { ClickWriting } from '../support/click-writing.ts';
import { freePort } from '../support/free-port.ts';
import { closeServers, type ServerProcess, startServer } from '../support/server-process.ts';

const closers: (() => void)[] = [];
after(async () => {
  for (const close of closers) close();
  await closeServers();
});

// Over some five quarter-hours.
const manyHits = 400;
const hitEveryMs = 11_000;

let server: ServerProcess;
let api: ApiClient;
let signpost: Signpost;
let link: Link;

before(async () => {
  const first = await startServer();
  await ApiClient.of(first).createLink({ slug: 'long' });
  await first.stop();
  const writing = new ClickWriting(first.dataFolder);
  const start = Date.now() - manyHits * hitEveryMs;
  writing.write(
    Array.from({ length: manyHits }, (_, n) => ({
      at: start + n * hitEveryMs,
      linkId: 1,
      visitor: n,
      country: n % 2 === 0 ? 'US' : 'DE',
      browser: ['Firefox', 'Chrome', 'Safari'][n % 3]!,
    })),
  );
  writing.close();
  server = await startServer({ dataFolder: first.dataFolder });
  api = new ApiClient(server.address, first.firstKey);
  signpost = new Signpost({ apiKey: api.key!, baseUrl: server.address });
  [link] = (await signpost.links.list()).data as [Link];
});

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

/** The rows of a quarter-hour have no order among themselves. */
const sorted = (rows: readonly RollUp[]): string[] => rows.map((row) => JSON.stringify(row)).toSorted();

interface Passed {
  readonly path: string;
  readonly lastEventId: string | undefined;
}

/** Passes everything on to the real server as it comes, and breaks the nth answer off behind as many bytes as `cut` says. */
async function cuttingServer(
  cut: (n: number) => number,
  { address, key } = { address: server.address, key: api.key! },
): Promise<{ client: Signpost; passed: Passed[] }> {
  const passed: Passed[] = [];
  const between = createServer((asked: IncomingMessage, answer: ServerResponse) => {
    const { method = '', url = '', headers } = asked;
    let left = cut(passed.length);
    passed.push({ path: url, lastEventId: headers['last-event-id'] as string | undefined });
    const { 'accept-encoding': _, ...own } = headers;
    const onward = request(`${address}${url}`, { method, headers: own }, (response) => {
      answer.writeHead(response.statusCode ?? 500, response.headers);
      response.on('data', (chunk: Buffer) => {
        // A listener that waits three seconds for its next try would make every test wait, too.
        const sent = Buffer.from(chunk.toString('latin1').replace('retry: 3000', 'retry: 1'), 'latin1').subarray(
          0,
          left,
        );
        left -= sent.length;
        answer.write(sent, () => {
          if (left === 0) answer.destroy();
        });
      });
      response.on('end', () => {
        if (left > 0) answer.end();
      });
    });
    answer.on('close', () => onward.destroy());
    onward.on('error', () => answer.destroy());
    asked.pipe(onward);
  });
  between.listen(0, '127.0.0.1');
  await once(between, 'listening');
  closers.push(() => between.close().closeAllConnections());
  const baseUrl = `http://127.0.0.1:${(between.address() as AddressInfo).port}`;
  return { client: new Signpost({ apiKey: key, baseUrl }), passed };
}

describe('exports by the client', () => {
  it('give every hit and every roll-up, of a link and of all links', async () => {
    const clicks = await all(signpost.links.exportClicks(link.id));
    assert.equal(clicks.length, manyHits);
    const [newest] = (await signpost.links.clicks(link.id, { perPage: 1 })).data;
    assert.deepEqual(clicks[0], newest);
    assert.deepEqual(await all(signpost.analytics.exportClicks()), clicks);
    const rows = await all(signpost.links.exportStats(link.id));
    assert.equal(
      rows.reduce((sum, { hits }) => sum + hits, 0),
      manyHits,
    );
    assert.deepEqual(sorted(await all(signpost.analytics.exportStats())), sorted(rows));
    // From behind a row on.
    assert.deepEqual(await all(signpost.links.exportClicks(link.id, { cursor: clicks[99]!.id })), clicks.slice(100));
    const { from } = rows.at(-1)!;
    const last = rows.filter((row) => row.from === from);
    assert.deepEqual(sorted(await all(signpost.analytics.exportStats({ cursor: from }))), sorted(last));
  });

  it('give the bytes of CSV as a stream', async () => {
    const text = await new Response(await signpost.links.exportClicks(link.id).csv()).text();
    assert.equal(text, (await api.get(`/links/${link.id}/clicks?format=csv`)).text);
    const stats = await new Response(await signpost.analytics.exportStats().csv()).text();
    assert.match(stats, /^from,hits,counted,verdict,/);
    // Whoever leaves early takes no more.
    const reader = (await signpost.analytics.exportClicks().csv()).getReader();
    assert.ok((await reader.read()).value!.length > 0);
    await reader.cancel();
  });

  it('go on behind the last row where the connection breaks', async () => {
    const whole = await all(signpost.links.exportClicks(link.id));
    const { client, passed } = await cuttingServer((n) => (n < 3 ? 30_000 : Infinity));
    assert.deepEqual(await all(client.links.exportClicks(link.id)), whole);
    assert.equal(passed.length, 4);
    assert.match(passed[3]!.path, /\?cursor=clk_\w+$/);
    const stats = await all(signpost.analytics.exportStats());
    const cut = await cuttingServer((n) => (n < 3 ? 5_000 : Infinity));
    assert.deepEqual(sorted(await all(cut.client.analytics.exportStats())), sorted(stats));
    assert.equal(cut.passed.length, 4);
    assert.match(cut.passed[3]!.path, /\?subject=stats&cursor=\d{4}-/);
  });

  it('fail where they get no further, where CSV breaks off, and with what the server says', async () => {
    const { client, passed } = await cuttingServer(() => 100);
    await assert.rejects(all(client.links.exportClicks(link.id)), ConnectionError);
    assert.equal(passed.length, 1);
    const csv = await client.links.exportClicks(link.id).csv();
    await assert.rejects(new Response(csv).text(), ConnectionError);
    const other = addUser(server).client;
    const theirs = new Signpost({ apiKey: other.key!, baseUrl: server.address });
    const error = await all(theirs.links.exportClicks(link.id)).catch((one: unknown) => one);
    assert.ok(error instanceof ApiError && error.code === 'NOT_FOUND');
  });
});

/** The clicks among the next events. */
async function take(events: AsyncGenerator<LiveEvent, void>, count: number): Promise<Click[]> {
  const clicks: Click[] = [];
  while (clicks.length < count) {
    const { value, done } = await events.next();
    if (done) assert.fail('there are no more');
    if (value.event === 'click') clicks.push(value.data);
  }
  return clicks;
}

describe('live hits by the client', () => {
  it('are those that the list of clicks has, from behind a hit on, until the loop ends', async () => {
    const { id, slug } = await signpost.links.create({ destinationUrl: 'https://example.com/', slug: 'live' });
    const [newest] = (await signpost.links.clicks(link.id, { perPage: 1 })).data;
    for (let n = 0; n < 3; n++) await api.visit(slug);
    const heard: Click[] = [];
    for await (const event of signpost.analytics.live({ link: id, lastEventId: newest!.id })) {
      assert.equal(event.event, 'click');
      if (event.event === 'click') heard.push(event.data);
      if (heard.length === 3) break;
    }
    assert.deepEqual(heard.toReversed(), (await signpost.links.clicks(id)).data);
    const stop = new AbortController();
    const events = signpost.analytics.live({}, { signal: stop.signal });
    const next = events.next();
    const reason = new Error('heard enough');
    stop.abort(reason);
    await assert.rejects(next, (error) => error === reason);
  });

  it('go on after a break, and miss nothing, even where none had come before', async () => {
    const { slug, id } = await signpost.links.create({ destinationUrl: 'https://example.com/', slug: 'broken' });
    // The first connection is told where it begins, and no more.
    const start = 'retry: 1\nid: clk_00000000000\n\n'.length;
    const { client, passed } = await cuttingServer((n) => (n === 0 ? start : n === 1 ? start + 1_000 : Infinity));
    const events = client.analytics.live({ link: id });
    const heard = take(events, 5);
    while (passed.length < 1) await new Promise(setImmediate);
    for (let n = 0; n < 5; n++) await api.visit(slug);
    const ids = (await heard).map((click) => click.id);
    assert.deepEqual(ids, (await signpost.links.clicks(id)).data.map((click) => click.id).toReversed());
    assert.equal(passed.length, 3);
    assert.match(passed[1]!.lastEventId!, /^clk_/);
    assert.equal(passed[2]!.lastEventId, ids[0]);
    await events.return();
  });

  it('go on when the server was away, and then had another process', async () => {
    const flags = ['--server-port', String(await freePort())];
    const own = await startServer({ flags });
    const visitor = ApiClient.of(own);
    const { client } = await cuttingServer(() => Infinity, { address: own.address, key: own.firstKey! });
    await visitor.createLink({ slug: 'away' });
    const events = client.analytics.live();
    const first = take(events, 1);
    // It listens from when it is told where it begins; until then nobody hears.
    for (let isHeard = false; !isHeard;) {
      await visitor.visit('away');
      isHeard = await Promise.race([
        first.then(() => true),
        new Promise<false>((resolve) => setImmediate(resolve, false)),
      ]);
    }
    await own.stop();
    await startServer({ flags, dataFolder: own.dataFolder });
    await visitor.visit('away');
    const [newest] = (await visitor.get('/analytics/recent?limit=1')).data<{ clickedAt: string }[]>();
    for (;;) {
      const [{ clickedAt }] = (await take(events, 1)) as [Click];
      if (clickedAt === newest!.clickedAt) break;
    }
    await events.return();
  });

  it('tell at once that the key is wrong or nobody listens, and later on that the key was revoked', async () => {
    const failure = (client: Signpost): Promise<unknown> =>
      client.analytics
        .live({}, { maxRetries: 0 })
        .next()
        .catch((error: unknown) => error);
    const wrong = await failure(new Signpost({ apiKey: 'sp_wrong', baseUrl: server.address }));
    assert.ok(wrong instanceof ApiError && wrong.status === 401);
    const nobody = new Signpost({ apiKey: 'sp_x', baseUrl: `http://127.0.0.1:${await freePort()}` });
    assert.ok((await failure(nobody)) instanceof ConnectionError);

    const user = addUser(server);
    const { id } = await user.client.createLink({ slug: 'revoked' });
    await user.client.visit('revoked');
    const { slug } = await user.client.createLink({ slug: 'revoked-too' });
    const key = await new Signpost({ apiKey: user.client.key!, baseUrl: server.address }).apiKeys.create({ name: 'x' });
    const { client } = await cuttingServer(() => Infinity, { address: server.address, key: key.secret! });
    const events = client.analytics.live({ lastEventId: 'clk_00000000000' });
    assert.equal((await take(events, 1))[0]!.linkId, id);
    await user.client.delete(`/api-keys/${key.id}`);
    await user.client.visit(slug);
    const revoked = await events.next().catch((error: unknown) => error);
    assert.ok(revoked instanceof ApiError && revoked.status === 401);
  });
});

describe('an erasure by the client', () => {
  it('takes an address out of the stored hits, and tells how far it is', async () => {
    const { id, slug } = await signpost.links.create({ destinationUrl: 'https://example.com/', slug: 'erased' });
    const { key } = addKey(server, 1, { scopes: ['admin'] });
    const { analytics } = new Signpost({ apiKey: key!, baseUrl: server.address });
    assert.equal(await analytics.erasure(), null);
    await api.visit(slug);
    const before = (await signpost.links.clicks(id)).data[0]!;
    assert.deepEqual([before.address, before.visitor?.length], ['127.0.0.0', 12]);
    const { startedAt } = await analytics.erase({ address: '127.0.0.1' });
    for (;;) {
      const job = await analytics.erasure();
      assert.equal(job?.startedAt, startedAt);
      if (job?.status !== 'running') break;
    }
    const after = (await signpost.links.clicks(id)).data[0]!;
    assert.deepEqual([after.address, after.visitor], [null, null]);
    const refused = await analytics.erase({ address: 'nowhere' }).catch((one: unknown) => one);
    assert.ok(refused instanceof ApiError && refused.details[0]?.path === 'address');
  });
});
