import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, afterEach, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { hourMs } from '../../src/core/periods.ts';
import { NameLookup } from '../../src/outgoing/name-lookup.ts';
import type { DeliveryKey } from '../../src/webhooks/delivery.ts';
import { replayRange } from '../../src/webhooks/delivery-log-store.ts';
import { claimDeliveries, freeClaims } from '../../src/webhooks/delivery-write-store.ts';
import { deleteWebhook, updateWebhook } from '../../src/webhooks/webhook-store.ts';
import { assertInOrder, DeliveryHarness, numbersOf, range, start, unique } from '../support/delivery-harness.ts';
import { DnsServer } from '../support/dns-server.ts';
import { Receivers, refuse } from '../support/receiver.ts';
import { closeServers } from '../support/server-process.ts';

const receivers = new Receivers();
afterEach(() => receivers.close());
after(closeServers);

describe('several webhooks', () => {
  it('do not wait for one that hangs, and none is sent more than four at once', async () => {
    const harness = new DeliveryHarness();
    const hanging = await receivers.start(() => {});
    const quick = await receivers.start();
    const hangingWebhook = harness.createWebhook(hanging.url);
    harness.createWebhook(quick.url);
    harness.emit(1, 200);
    harness.dispatcher.wake();
    await quick.has(200);
    assert.equal(hanging.received.length, 4, 'the other is still in its first tries');
    assert.equal(hanging.mostAtOnce, 4);
    assert.ok(quick.mostAtOnce <= 4);
    assert.deepEqual(
      numbersOf(quick.received).toSorted((a, b) => a - b),
      range(1, 200),
    );
    await harness.run(updateWebhook, {
      userId: harness.userId,
      publicId: hangingWebhook.publicId,
      fields: {},
      isActive: false,
      now: harness.time.now(),
    });
    await hanging.down();
    await harness.settle();
  });

  it('do not wait for one whose name nobody answers for', async (t) => {
    const dns = await DnsServer.start();
    dns.set('quick.test', { a: '127.0.0.1' });
    const silent = range(1, 12).map((n) => `silent-${n}.test`);
    for (const name of silent) dns.set(name, 'silence');
    const names = new NameLookup({ isListed: () => false, servers: [dns.address] });
    t.after(() => dns.close());
    const resolve = (host: string) => names.resolve(host);
    const harness = new DeliveryHarness(undefined, { allow: ['127.0.0.1', 'quick.test', ...silent], resolve });
    const target = await receivers.start();
    const { port } = new URL(target.url);
    const waiting = silent.map((name) => harness.createWebhook(`http://${name}:${port}/hook`));
    harness.createWebhook(`http://quick.test:${port}/hook`);
    harness.emit(1, 20);
    harness.dispatcher.wake();
    await target.has(20);
    for (const webhook of waiting)
      assert.equal(harness.webhook(webhook).failureCount, 0, 'it is still being looked up');
    for (const name of silent) dns.set(name, { code: 'NXDOMAIN' });
    names.close();
    await harness.settle();
    assert.equal(target.received.length, 20);
  });

  it('get what they asked for, from when they were made', async () => {
    const harness = new DeliveryHarness();
    const [all, some] = [await receivers.start(), await receivers.start()];
    harness.createWebhook(all.url);
    harness.emit(1, 2);
    harness.createWebhook(some.url, { events: ['click', 'link.deleted'] });
    harness.emit(3, 3, 'link.updated');
    harness.emit(4, 4, 'link.deleted');
    harness.emit(5, 5, 'click');
    await harness.wake();
    assertInOrder(numbersOf(all.received), 1, 5);
    assertInOrder(numbersOf(some.received), 4, 5);
    assert.equal(unique([...all.ids, ...some.ids]), 7);
  });
});

describe('a webhook that is changed while some of its deliveries have been read', () => {
  it('gets the rest where it leads by then, or nothing when it is deleted', async () => {
    const harness = new DeliveryHarness();
    const { userId } = harness;
    const open: (() => void)[] = [];
    const [before, after] = [
      await receivers.start((response) => void open.push(() => response.end())),
      await receivers.start((response) => void open.push(() => response.end())),
    ];
    const { publicId } = harness.createWebhook(before.url);
    harness.emit(1, 30);
    harness.dispatcher.wake();
    await before.has(4);
    const fields = { url: after.url };
    await harness.run(updateWebhook, { userId, publicId, fields, isActive: undefined, now: harness.time.now() });
    harness.dispatcher.refresh();
    open.splice(0).forEach((end) => end());
    await after.has(4);
    assert.equal(before.received.length, 4);
    await harness.run(deleteWebhook, { userId, publicId, now: harness.time.now() });
    harness.dispatcher.refresh();
    open.splice(0).forEach((end) => end());
    await harness.settle();
    assert.deepEqual([before.received.length, after.received.length], [4, 4]);
    assert.deepEqual(harness.errors, []);
  });
});

describe('two dispatchers on one database', () => {
  it('never send the same delivery', async () => {
    const harness = new DeliveryHarness();
    const targets = [await receivers.start(), await receivers.start(), await receivers.start()];
    for (const { url } of targets) harness.createWebhook(url);
    harness.newDispatcher();
    harness.emit(1, 100);
    await harness.wake();
    for (const { received, ids } of targets) {
      assert.equal(received.length, 100);
      assert.equal(unique(ids), 100);
    }
  });

  it('take over what one claimed that is gone, when its lease ends, under the same ids', async () => {
    const harness = new DeliveryHarness();
    const target = await receivers.start(() => {});
    const webhook = harness.createWebhook(target.url);
    harness.emit(1, 8);
    harness.dispatcher.wake();
    await target.has(4);
    harness.forget(harness.dispatcher);
    const firstIds = target.ids;
    target.answering = (response) => response.end();
    const successor = harness.newDispatcher();
    await harness.wake();
    await harness.pass(30_000);
    assert.equal(target.received.length, 4, 'the lease still holds');
    await harness.pass(60_000);
    assert.deepEqual(
      numbersOf(target.received.slice(4)).toSorted((a, b) => a - b),
      range(1, 8),
    );
    assert.ok(firstIds.every((id) => target.ids.slice(4).includes(id)));
    assert.ok(harness.deliveries(webhook).every(({ success }) => success));
    await successor.stop(0);
    await target.down();
  });
});

describe('a delivery whose turn comes after its lease has ended', () => {
  it('is not sent by whoever had claimed it, since somebody else has it by then', async () => {
    const harness = new DeliveryHarness();
    const open: (() => void)[] = [];
    const target = await receivers.start((response) => void open.push(() => response.end()));
    const webhook = harness.createWebhook(target.url);
    harness.emit(1, 8);
    harness.dispatcher.wake();
    await target.has(4);
    const first = harness.dispatcher;
    harness.forget(first);
    target.answering = (response) => response.end();
    harness.newDispatcher();
    harness.time.advance(61_000);
    await harness.wake();
    assert.equal(target.received.length, 12, 'the second has taken over all eight');
    for (const answer of open) answer();
    await first.idle();
    assert.equal(target.received.length, 12, 'the first has four left in its queue');
    assert.ok(harness.deliveries(webhook).every(({ success, attempts }) => success && attempts === 1));
  });
});

describe('two processes on one database', () => {
  it('never send the same delivery', async (t) => {
    const harness = new DeliveryHarness();
    const targets = [await receivers.start(), await receivers.start()];
    const webhooks = targets.map(({ url }) => harness.createWebhook(url));
    const script = fileURLToPath(new URL('../support/sending-process.ts', import.meta.url));
    const processes = [1, 2].map(() =>
      spawn(process.execPath, [script, harness.folder], { stdio: ['pipe', 'ignore', 'inherit'] }),
    );
    t.after(() => processes.forEach((sender) => sender.kill('SIGKILL')));
    for (let n = 1; n <= 20; n++) {
      harness.emit(10 * n - 9, 10 * n);
      for (const { stdin } of processes) stdin.write('more');
      // Before all of it has arrived, there is more: both are at work at the same time.
      await Promise.all(targets.map((target) => target.has(8 * n)));
    }
    await Promise.all(targets.map((target) => target.has(200)));
    for (const sender of processes) {
      sender.stdin.end();
      const [code] = (await once(sender, 'exit')) as [number];
      assert.equal(code, 0);
    }
    for (const { received, ids } of targets) assert.deepEqual([received.length, unique(ids)], [200, 200]);
    for (const webhook of webhooks) assert.ok(harness.deliveries(webhook).every(({ success }) => success));
  });
});

describe('clicks in batches', () => {
  it('go out when there are enough or the first has waited long enough; other events alone and at once', async () => {
    const harness = new DeliveryHarness();
    const target = await receivers.start();
    const webhook = harness.createWebhook(target.url, { batch: { maxEvents: 10, maxWaitMs: 5_000 } });
    harness.emit(1, 25, 'click');
    harness.emit(26, 26, 'link.created');
    harness.emit(27, 28, 'click');
    await harness.wake();
    const sizes = (): number[] =>
      target.received.map(({ message: { event, data } }) =>
        event === 'click.batch' ? (data as { events: unknown[] }).events.length : 1,
      );
    assert.deepEqual(sizes(), [10, 10, 1]);
    await harness.pass(5_000);
    assert.deepEqual(sizes(), [10, 10, 1, 7]);
    harness.emit(29, 29, 'click');
    await harness.wake();
    assert.equal(target.received.length, 4);
    await harness.pass(5_000);
    assert.deepEqual(sizes(), [10, 10, 1, 7, 1]);
    const [batch] = target.received;
    const { events } = batch!.message.data as { events: { id: string; event: string; data: { n: number } }[] };
    assert.deepEqual(
      events.map(({ event, data }) => [event, data.n]),
      range(1, 10).map((n) => ['click', n]),
    );
    assert.equal(unique(events.map(({ id }) => id)), 10);
    assert.equal(batch?.headers['x-webhook-event'], 'click.batch');
    assert.deepEqual(
      harness.deliveries(webhook).map(({ eventCount }) => eventCount),
      [10, 10, 7, 1, 1],
    );
  });

  it('are sent again whole, and take no more clicks once they have been tried', async () => {
    const harness = new DeliveryHarness();
    const target = await receivers.start(refuse);
    harness.createWebhook(target.url, { batch: { maxEvents: 100, maxWaitMs: 1_000 } });
    harness.emit(1, 3, 'click');
    await harness.wake();
    await harness.pass(1_000);
    harness.emit(4, 5, 'click');
    await harness.wake();
    target.answering = (response) => response.end();
    await harness.pass(10_000);
    const sent = target.received.map(({ message }) => (message.data as { events: unknown[] }).events.length);
    assert.deepEqual(sent, [3, 2, 3]);
    assert.equal(target.received[0]?.body, target.received[2]?.body);
    assert.equal(target.ids[0], target.ids[2]);
  });

  it('take no more clicks either when whoever was sending them was killed: the same id always has the same clicks', async () => {
    const harness = new DeliveryHarness();
    const target = await receivers.start();
    harness.createWebhook(target.url, { batch: { maxEvents: 100, maxWaitMs: 1_000 } });
    harness.emit(1, 3, 'click');
    await harness.wake();
    const [key] = harness.connection
      .prepare<[], DeliveryKey>('SELECT webhook_id AS webhookId, event_id AS eventId FROM webhook_deliveries')
      .all();
    const killed = { keys: [key!], claim: 'killed', now: harness.time.now(), leaseMs: hourMs };
    assert.deepEqual(await harness.run(claimDeliveries, killed), [key]);
    await harness.run(freeClaims, { now: harness.time.now() });
    harness.emit(4, 5, 'click');
    await harness.wake();
    await harness.pass(2_000);
    const sent = target.received.map(({ message }) => (message.data as { events: unknown[] }).events.length);
    assert.deepEqual(sent, [3, 2]);
  });
});

describe('replays', () => {
  it('send a time again in its order, more than fits one transaction', async () => {
    const harness = new DeliveryHarness();
    const target = await receivers.start();
    const webhook = harness.createWebhook(target.url);
    harness.emit(1, 20);
    await harness.pass(hourMs);
    harness.emit(21, 620);
    await harness.pass(hourMs);
    harness.emit(621, 630);
    await harness.wake();
    assert.equal(target.received.length, 630);
    const replayed = await harness.run(replayRange, {
      userId: harness.userId,
      webhookId: webhook.publicId,
      from: start + hourMs,
      to: start + 2 * hourMs - 1,
      onlyFailed: false,
      now: harness.time.now(),
    });
    assert.deepEqual(replayed, { replayed: 500, hasMore: true });
    await harness.wake();
    assertInOrder(numbersOf(target.received.slice(630)), 21, 620);
    assert.equal(unique(target.ids), 630);
  });
});

describe('a dispatcher that is stopped', () => {
  it('lets what is on its way arrive, gives the rest back, and counts what it cut off as no failure', async () => {
    const harness = new DeliveryHarness();
    const answers: (() => void)[] = [];
    const target = await receivers.start((response) => void answers.push(() => response.end()));
    const webhook = harness.createWebhook(target.url);
    harness.emit(1, 20);
    harness.dispatcher.wake();
    await target.has(4);
    const stopped = harness.dispatcher.stop(1_000);
    for (const answer of answers.splice(0, 2)) answer();
    const arrived = (): number => harness.deliveries(webhook).filter(({ success }) => success).length;
    while (arrived() < 2) await new Promise((resolve) => setImmediate(resolve));
    await harness.time.pass(1_000, () => Promise.resolve());
    await stopped;
    assert.equal(target.received.length, 4);
    harness.forget(harness.dispatcher);
    assert.deepEqual(harness.webhook(webhook).failureCount, 0);
    assert.equal(arrived(), 2);

    target.answering = (response) => response.end();
    harness.newDispatcher();
    await harness.wake();
    assert.ok(harness.deliveries(webhook).every(({ success }) => success));
    assert.equal(target.received.length, 22);
  });
});
