import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, describe, it } from 'node:test';
import { Signpost, WebhookSignatureError } from '../../src/sdk/client.ts';
import { closeServers, startServer } from '../support/server-process.ts';

interface Received {
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

const received: Received[] = [];
const arrivals = new EventTarget();
const receiver = createServer((request, response) => {
  void (async () => {
    received.push({ headers: request.headers, body: Buffer.concat(await request.toArray()).toString() });
    response.writeHead(204).end();
    arrivals.dispatchEvent(new Event('arrival'));
  })();
}).listen(0, '127.0.0.1');
await once(receiver, 'listening');
const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
const server = await startServer({ flags: ['--webhooks-allow=127.0.0.1'] });
const signpost = new Signpost({ apiKey: server.firstKey!, baseUrl: server.address });
after(async () => {
  receiver.close().closeAllConnections();
  await closeServers();
});

/** The first request that tells of this event. */
async function requestOf(event: string): Promise<Received> {
  for (;;) {
    const found = received.find(({ body }) => body.includes(`"event":"${event}"`));
    if (found !== undefined) return found;
    await once(arrivals, 'arrival');
  }
}

describe('the client’s webhooks', () => {
  it('make, test, change, list and delete, and verify what the server really sends', async () => {
    const { id, secret } = await signpost.webhooks.create({ name: 'Orders', url, events: ['link.created'] });
    assert.match(secret!, /^whsec_/);
    assert.equal((await signpost.webhooks.test(id)).success, true);
    const link = await signpost.links.create({ destinationUrl: 'https://example.com/', slug: 'told' });
    const { headers, body } = await requestOf('link.created');
    const event = await signpost.webhooks.verify(body, headers, secret!);
    assert.deepEqual([event.event, event.data['slug']], ['link.created', link.slug]);
    await assert.rejects(signpost.webhooks.verify(`${body} `, headers, secret!), WebhookSignatureError);
    const rotated = await signpost.webhooks.rotateSecret(id);
    assert.notEqual(rotated.secret, secret);
    assert.equal((await signpost.webhooks.update(id, { name: 'Sales' })).name, 'Sales');
    assert.equal((await signpost.webhooks.get(id)).name, 'Sales');
    const names: string[] = [];
    for await (const { name } of signpost.webhooks.list()) names.push(name);
    assert.deepEqual(names, ['Sales']);
    const { data } = await signpost.webhooks.deliveries(id);
    assert.ok(data.some((delivery) => delivery.event === 'link.created'));
    assert.ok((await signpost.webhooks.replayDelivery(id, data[0]!.id)).id);
    const replayed = await signpost.webhooks.replay(id, { from: new Date(Date.now() - 3_600_000).toISOString() });
    assert.ok(replayed.replayed >= 0);
    await signpost.webhooks.delete(id);
    assert.equal((await signpost.webhooks.list()).meta.total, 0);
  });
});
