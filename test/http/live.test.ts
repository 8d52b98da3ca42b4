// Hits as they come, as Server-Sent Events.

import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'node:test';
import { addKey, addUser, type TestUser } from '../support/accounts.ts';
import type { ApiClient, LinkObject } from '../support/api-client.ts';
import { EventStream, type ServerEvent } from '../support/event-stream.ts';
import { checkExchanges } from '../support/recorded-exchanges.ts';
import { closeServers, type ServerProcess, startServer } from '../support/server-process.ts';

after(closeServers);
checkExchanges();

let server: ServerProcess;
let user: TestUser;
let api: ApiClient;
let one: LinkObject;
let two: LinkObject;
const streams: EventStream[] = [];
before(async () => {
  server = await startServer();
  user = addUser(server);
  api = user.client;
  [one, two] = await Promise.all([api.createLink({ slug: 'one' }), api.createLink({ slug: 'two' })]);
});
afterEach(() => {
  for (const stream of streams.splice(0)) stream.close();
});

async function listen(query = '', headers: Record<string, string> = {}, client = api): Promise<EventStream> {
  const stream = await EventStream.open(`${client.address}/api/v1/analytics/live${query}`, {
    authorization: `Bearer ${client.key}`,
    ...headers,
  });
  streams.push(stream);
  return stream;
}

const slugs = (events: readonly ServerEvent[]): unknown[] =>
  events.map(({ data }) => (JSON.parse(data) as { slug: string }).slug);

describe('GET /analytics/live', () => {
  it('tells of every hit on links of the user, in their order, as the list of clicks does', async () => {
    const stream = await listen();
    const other = addUser(server).client;
    await other.createLink({ slug: 'foreign' });
    for (const slug of ['one', 'foreign', 'two', 'one']) await api.visit(slug);
    await api.visit('two', {}, 'HEAD');
    const events = await stream.take(4);
    assert.deepEqual(slugs(events), ['one', 'two', 'one', 'two']);
    const [head, counted] = (await api.get(`/links/${two.id}/clicks`)).data<{ id: string }[]>();
    assert.deepEqual(JSON.parse(events[3]!.data), head);
    assert.deepEqual(JSON.parse(events[1]!.data), counted);
    assert.deepEqual([events[1]!.event, events[1]!.id], ['click', counted!.id]);
  });

  it('tells of one link where one is asked for', async () => {
    const stream = await listen(`?link=${two.id}`);
    for (const slug of ['one', 'two', 'one', 'two']) await api.visit(slug);
    assert.deepEqual(slugs(await stream.take(2)), ['two', 'two']);
  });

  for (const how of ['the header Last-Event-ID', 'the query'] as const) {
    it(`goes on where it was, by ${how}`, async () => {
      const first = await listen();
      await api.visit('one');
      const [last] = await first.take(1);
      first.close();
      for (const slug of ['two', 'one', 'two']) await api.visit(slug);
      const again =
        how === 'the query'
          ? await listen(`?lastEventId=${last!.id}`)
          : await listen('', { 'last-event-id': last!.id });
      assert.deepEqual(slugs(await again.take(3)), ['two', 'one', 'two']);
      await api.visit('one');
      assert.deepEqual(slugs(await again.take(1)), ['one']);
    });

    it(`goes on with one link where it was, by ${how}`, async () => {
      const first = await listen(`?link=${two.id}`);
      await api.visit('two');
      const [last] = await first.take(1);
      first.close();
      for (const slug of ['one', 'two', 'one', 'two']) await api.visit(slug);
      const again =
        how === 'the query'
          ? await listen(`?link=${two.id}&lastEventId=${last!.id}`)
          : await listen(`?link=${two.id}`, { 'last-event-id': last!.id });
      assert.deepEqual(slugs(await again.take(2)), ['two', 'two']);
      for (const slug of ['one', 'two']) await api.visit(slug);
      assert.deepEqual(slugs(await again.take(1)), ['two']);
    });
  }

  it('ends when the key is revoked, and tells nothing of what comes then', async () => {
    const key = addKey(server, user.id, { scopes: ['analytics:read'] });
    const stream = await listen('', {}, key);
    await api.visit('one');
    assert.deepEqual(slugs(await stream.take(1)), ['one']);
    const keys = (await api.get('/api-keys?perPage=100')).data<{ id: string; scopes: string[] | null }[]>();
    await api.delete(`/api-keys/${keys.find(({ scopes }) => scopes !== null)!.id}`);
    await api.visit('one');
    const [end, ...more] = await stream.take(5);
    assert.deepEqual([end!.event, JSON.parse(end!.data)], ['end', { reason: 'key no longer valid' }]);
    assert.deepEqual(more, []);
  });

  it('is for ten listeners of a user at once', async () => {
    const ten = await Promise.all(Array.from({ length: 10 }, () => listen()));
    await assert.rejects(listen(), /429 .*RATE_LIMITED/);
    ten[0]!.close();
    // The server hears of it with the connection's end.
    for (let tries = 0; ; tries++) {
      const again = await listen().catch((error: unknown) => error);
      if (again instanceof EventStream) break;
      assert.ok(tries < 1_000, String(again));
    }
  });

  it('refuses what is no place to go on from, and links of others', async () => {
    const { status, error } = await api.get('/analytics/live?lastEventId=7');
    assert.deepEqual([status, error.details?.[0]?.path], [400, 'lastEventId']);
    const header = await api.send('GET', '/analytics/live', undefined, { 'last-event-id': 'x' });
    assert.equal(header.error.details?.[0]?.path, 'Last-Event-ID');
    assert.equal((await addUser(server).client.get(`/analytics/live?link=${one.id}`)).status, 404);
    const head = await api.send('HEAD', '/analytics/live');
    assert.deepEqual([head.status, head.text], [200, '']);
  });

  it('ends, with the reason, when the server stops', async () => {
    const stream = await listen();
    const code = server.stop();
    const [end, ...more] = await stream.take(2);
    assert.deepEqual([end!.event, JSON.parse(end!.data), more], ['end', { reason: 'stopping' }, []]);
    assert.equal(await code, 0);
  });
});
