// What a running server sends: clicks in batches, the news of domains, and redirects that wait for no receiver.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { DnsServer } from '../support/dns-server.ts';
import { addDomain } from '../support/domains.ts';
import { checkExchanges } from '../support/recorded-exchanges.ts';
import { deliveriesOf, SubscribedServer, type WebhookObject } from '../support/subscribed-server.ts';

checkExchanges();

let dns: DnsServer;
let subscribed: SubscribedServer;
before(async () => {
  dns = await DnsServer.start();
  subscribed = await SubscribedServer.start(['--dns-servers', dns.address]);
});
after(async () => {
  await subscribed.close();
  dns.close();
});

describe('a webhook with a batch rule', () => {
  it('shows it, gets its clicks together and everything else alone, and is rid of it when it is set to null', async () => {
    const batch = { maxEvents: 3, maxWaitMs: 300_000 };
    const { client, hook, webhook } = await subscribed.subscriber({ events: ['click', 'link.created'], batch });
    const shown = async (): Promise<WebhookObject> => (await client.get(`/webhooks/${webhook.id}`)).data();
    assert.deepEqual([webhook.batch, (await shown()).batch], [batch, batch]);
    const { slug } = await client.createLink();
    await hook.has(1);
    for (let n = 0; n < 3; n++) assert.equal((await client.visit(slug)).status, 302);
    await hook.has(2);
    const [created, clicks] = hook.received;
    assert.equal(created?.message.event, 'link.created');
    assert.deepEqual([clicks?.message.event, clicks?.headers['x-webhook-event']], ['click.batch', 'click.batch']);
    const { events } = clicks!.message.data as { events: { event: string; data: { slug: string } }[] };
    assert.deepEqual(
      events.map(({ event, data }) => [event, data.slug]),
      Array.from({ length: 3 }, () => ['click', slug]),
    );
    assert.deepEqual(
      (await deliveriesOf(client, webhook)).map(({ id, event, eventCount }) => [id, event, eventCount]),
      [
        [clicks?.deliveryId, 'click', 3],
        [created?.deliveryId, 'link.created', 1],
      ],
    );
    // Another rule, and then none.
    const rule = async (next: object | null): Promise<unknown> =>
      (await client.patch(`/webhooks/${webhook.id}`, { batch: next })).data<WebhookObject>().batch;
    assert.deepEqual(await rule({ maxEvents: 500, maxWaitMs: 100 }), { maxEvents: 500, maxWaitMs: 100 });
    await client.visit(slug);
    await hook.has(3);
    assert.equal(hook.received[2]?.message.event, 'click.batch', 'one that waited long enough is a list as well');
    assert.equal(await rule(null), null);
    await client.visit(slug);
    await hook.has(4);
    assert.equal(hook.received[3]?.message.event, 'click');
  });
});

describe('a redirect', () => {
  it('is answered while every receiver hangs, and so is the API', async () => {
    const open: (() => void)[] = [];
    const slow = await Promise.all(Array.from({ length: 6 }, () => subscribed.subscriber()));
    for (const { hook } of slow) hook.answering = (response) => void open.push(() => response.end());
    const [{ client }] = slow as [(typeof slow)[number]];
    const { slug } = await client.createLink();
    for (const one of slow) for (let n = 0; n < 4; n++) await one.client.createLink();
    await Promise.all(slow.map(({ hook }) => hook.has(4)));
    const answered = open.length;
    // At once, and so long before the receivers' time is over.
    const visits = await Promise.all(Array.from({ length: 50 }, () => client.visit(slug)));
    assert.ok(visits.every(({ status }) => status === 302));
    assert.equal((await client.get('/webhooks')).status, 200);
    assert.equal(open.length, answered, 'each has its four, and still hangs');
    assert.ok(slow.every(({ hook }) => hook.received.length === 4));
    for (const { hook } of slow) hook.answering = (response) => response.end();
    for (const end of open.splice(0)) end();
    // All of it arrives once they answer.
    await slow[0]!.hook.has(5 + 50);
    for (const { hook } of slow.slice(1)) await hook.has(4);
  });
});

describe('the proof of a domain', () => {
  it('is told of, once', async () => {
    const { client, hook } = await subscribed.subscriber({ events: ['domain.verified', 'link.created'] });
    const domain = await addDomain(client, dns, 'hooked.example');
    await hook.has(1);
    const [{ message, headers }] = hook.received as [(typeof hook.received)[number]];
    assert.deepEqual([message.event, headers['x-webhook-event']], ['domain.verified', 'domain.verified']);
    assert.deepEqual(message.data, { domainId: domain.id, domain: 'hooked.example', verifiedAt: domain.verifiedAt });
    await client.send('POST', `/domains/${domain.id}/verify`);
    await client.createLink();
    await hook.has(2);
    assert.deepEqual(
      hook.received.map((one) => one.message.event),
      ['domain.verified', 'link.created'],
    );
  });
});
