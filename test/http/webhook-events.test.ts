// What webhooks are told of, their log, and sending again.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { addUser } from '../support/accounts.ts';
import { type LinkObject, personsBrowser, sendRequest } from '../support/api-client.ts';
import type { Received } from '../support/receiver.ts';
import { checkExchanges } from '../support/recorded-exchanges.ts';
import { assertError, type DeliveryObject, deliveriesOf, SubscribedServer } from '../support/subscribed-server.ts';

checkExchanges();

let subscribed: SubscribedServer;
before(async () => {
  subscribed = await SubscribedServer.start();
});
after(() => subscribed.close());

const eventsOf = (received: readonly Received[]): string[] => received.map(({ message }) => message.event);

describe('the events of a link', () => {
  it('are sent for every way in which one is made, changed, archived and brought back', async () => {
    const { client, hook } = await subscribed.subscriber();
    const link = await client.createLink({ slug: 'w-one' });
    await client.post('/links/bulk', [
      { destinationUrl: 'https://example.com/2' },
      { destinationUrl: 'https://example.com/3' },
    ]);
    await client.post('/links', { destinationUrl: 'https://example.com/4', findExisting: true });
    await client.post('/links', { destinationUrl: 'https://example.com/4', findExisting: true });
    await client.send('PUT', '/links', { slug: 'w-put', destinationUrl: 'https://example.com/5' });
    await client.send('PUT', '/links', { slug: 'w-put', destinationUrl: 'https://example.com/6' });
    await client.patch(`/links/${link.id}`, { title: 'T' });
    await client.delete(`/links/${link.id}`);
    await client.delete(`/links/${link.id}`);
    await client.patch(`/links/${link.id}`, { isArchived: false });
    await client.post('/links/bulk-archive', { ids: [link.id, 'lnk_nothing'] });
    await client.post(`/links/${link.id}/restore`, { version: 1 });
    // What fails tells nobody anything.
    assertError(
      await client.post('/links', { slug: 'w-put', destinationUrl: 'https://example.com/' }),
      409,
      'SLUG_EXISTS',
    );
    const atomic = [
      { destinationUrl: 'https://example.com/7' },
      { slug: 'w-put', destinationUrl: 'https://example.com/' },
    ];
    assertError(await client.post('/links/bulk?atomic=true', atomic), 409, 'SLUG_EXISTS');
    await client.createLink({ slug: 'w-last' });
    const isLast = ({ message }: Received): boolean => (message.data as LinkObject).slug === 'w-last';
    await hook.has(() => hook.received.some(isLast));
    const told = hook.received.toSorted((a, b) => (a.deliveryId < b.deliveryId ? -1 : 1));
    const counts = Object.groupBy(eventsOf(told), (event) => event);
    assert.deepEqual(Object.fromEntries(Object.entries(counts).map(([event, list]) => [event, list?.length])), {
      'link.created': 6,
      'link.updated': 4,
      'link.deleted': 2,
    });
  });

  it('show the link as the API does', async () => {
    const { client, hook } = await subscribed.subscriber();
    const link = await client.createLink({ tags: ['a'], metadata: { order: 1 }, utmSource: 'x' });
    await hook.has(1);
    const [{ message, body, headers }] = hook.received as [Received];
    assert.equal(message.event, 'link.created');
    assert.match(message.id, /^evt_[0-9A-Za-z]{16}$/);
    assert.deepEqual(message.data, link);
    assert.equal(headers['content-type'], 'application/json');
    assert.equal(headers['content-length'], String(Buffer.byteLength(body)));
  });

  it('are not sent to others', async () => {
    const [{ hook }, { client }] = [await subscribed.subscriber(), addUser(subscribed.server)];
    await client.createLink();
    const last = await subscribed.subscriber();
    await last.client.createLink();
    await last.hook.has(1);
    assert.deepEqual(hook.received, []);
  });
});

describe('the event of a click', () => {
  it('tells who was counted, with names; programs, HEADs and previews are not told of', async () => {
    const { client, hook } = await subscribed.subscriber({ events: ['click'] });
    const link = await client.createLink({ slug: 'w-click', destinationUrl: 'https://example.com/there' });
    const untracked = await client.createLink({ slug: 'w-untracked', trackAnalytics: false });
    await client.visit('w-click', { 'user-agent': 'curl/8.5.0' });
    await client.visit('w-click', {}, 'HEAD');
    await client.visit('w-click', { 'sec-purpose': 'prefetch' });
    await client.visit('w-click', { referer: 'https://news.example/page' });
    await hook.has(1);
    await client.visit('w-untracked', { referer: 'https://news.example/page' });
    await hook.has(2);
    const [first, second] = hook.received.map(({ message }) => message.data as Record<string, unknown>);
    const { clickId, ...data } = first!;
    assert.match(String(clickId), /^clk_[0-9a-z]+$/);
    const { hostname: domain } = new URL(subscribed.server.address);
    assert.deepEqual(data, {
      linkId: link.id,
      slug: 'w-click',
      domain,
      destinationUrl: 'https://example.com/there',
      country: null,
      city: null,
      device: 'desktop',
      browser: 'Firefox',
      os: 'Linux',
      referrer: 'news.example',
      qrCodeId: null,
    });
    const { linkId, device, browser, referrer } = second!;
    assert.deepEqual([linkId, device, browser, referrer], [untracked.id, null, null, null]);
    assert.deepEqual(eventsOf(hook.received), ['click', 'click']);
  });

  it('comes with that of the scan where a saved QR code led there', async () => {
    const { client, hook } = await subscribed.subscriber({ events: ['click', 'qr.scanned'] });
    const link = await client.createLink({ slug: 'w-scan' });
    const code = (await client.post('/qr', { linkId: link.id })).data<{ id: string; trackingUrl: string }>();
    await client.visit('w-scan');
    await sendRequest(subscribed.server.address, {
      path: new URL(code.trackingUrl).pathname,
      headers: { 'user-agent': personsBrowser },
    });
    await hook.has(3);
    const told = hook.received.map(({ message }) => {
      const { slug, qrCodeId } = message.data as Record<string, unknown>;
      return [message.event, slug, qrCodeId];
    });
    assert.deepEqual(
      told.toSorted((a, b) => String(a).localeCompare(String(b))),
      [
        ['click', 'w-scan', null],
        ['click', 'w-scan', code.id],
        ['qr.scanned', 'w-scan', code.id],
      ],
    );
  });

  it('stops when nobody wants it any more, and begins when somebody does', async () => {
    const { client, hook, webhook } = await subscribed.subscriber({ events: ['link.created'] });
    const link = await client.createLink({ slug: 'w-wanted' });
    // What is sent together may arrive in another order.
    await hook.has(1);
    await client.visit('w-wanted');
    await client.patch(`/webhooks/${webhook.id}`, { events: ['click', 'link.deleted'] });
    await client.visit('w-wanted');
    await hook.has(2);
    await client.patch(`/webhooks/${webhook.id}`, { events: ['link.deleted'] });
    await client.visit('w-wanted');
    await client.delete(`/links/${link.id}`);
    await hook.has(3);
    assert.deepEqual(eventsOf(hook.received), ['link.created', 'click', 'link.deleted']);
  });
});

describe('the log of deliveries', () => {
  it('is read in pages and by cursor, and each delivery or a time of them is sent again under the same id', async () => {
    const { client, hook, webhook } = await subscribed.subscriber({ events: ['link.created'] });
    const from = new Date().toISOString();
    for (let n = 0; n < 5; n++) await client.createLink();
    await hook.has(5);
    const all = async (): Promise<DeliveryObject[]> => {
      for (;;) {
        const found = await deliveriesOf(client, webhook);
        if (found.length === 5 && found.every(({ success }) => success)) return found;
      }
    };
    const before = await all();
    const page = await client.get(`/webhooks/${webhook.id}/deliveries?perPage=2`);
    const { nextCursor, total } = page.meta as unknown as { nextCursor: string; total: number };
    assert.equal(total, 5);
    const rest = await deliveriesOf(client, webhook, `?cursor=${nextCursor}`);
    assert.deepEqual(
      [...page.data<DeliveryObject[]>(), ...rest].map(({ id }) => id),
      before.map(({ id }) => id),
    );
    for (const query of ['?page=0', '?perPage=101', '?cursor=x', '?page=1&cursor=x', '?page=999999', '?status=x'])
      assertError(await client.get(`/webhooks/${webhook.id}/deliveries${query}`), 400, 'VALIDATION_ERROR');

    const replayed = await client.post(`/webhooks/${webhook.id}/deliveries/${before[2]!.id}/replay`, undefined);
    assert.equal(replayed.data<DeliveryObject>().id, before[2]!.id);
    await hook.has(6);
    assert.equal(hook.received[5]?.deliveryId, before[2]!.id);
    assert.equal(hook.received[5]?.body, hook.received.find(({ deliveryId }) => deliveryId === before[2]!.id)?.body);
    await all();

    const to = new Date().toISOString();
    const range = await client.post(`/webhooks/${webhook.id}/replay`, { from, to });
    assert.deepEqual(range.data(), { replayed: 5, hasMore: false });
    await hook.has(11);
    await all();
    assert.deepEqual((await client.post(`/webhooks/${webhook.id}/replay`, { from, to, onlyFailed: true })).data(), {
      replayed: 0,
      hasMore: false,
    });
    for (const [body, path] of [
      [{}, 'from'],
      [{ from: 'yesterday' }, 'from'],
      [{ from: '2026-02-30T00:00:00Z' }, 'from'],
      [{ from: to, to: from }, 'to'],
      [{ from, to: 7 }, 'to'],
      [{ from, onlyFailed: 'yes' }, 'onlyFailed'],
      [{ from, all: true }, 'all'],
    ] as const)
      assertError(await client.post(`/webhooks/${webhook.id}/replay`, body), 400, 'VALIDATION_ERROR', path);
  });
});
