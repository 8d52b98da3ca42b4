// /webhooks: what makes one, whose it is, its secret and its tests.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Webhook as Verifier } from 'standardwebhooks';
import { addUser } from '../support/accounts.ts';
import type { ApiClient } from '../support/api-client.ts';
import type { Received } from '../support/receiver.ts';
import { checkExchanges } from '../support/recorded-exchanges.ts';
import {
  assertError,
  createWebhook,
  deliveriesOf,
  SubscribedServer,
  type WebhookObject,
} from '../support/subscribed-server.ts';

checkExchanges();

let subscribed: SubscribedServer;
before(async () => {
  subscribed = await SubscribedServer.start();
});
after(() => subscribed.close());

describe('a webhook', () => {
  it('is made, shown without its secret, changed, switched off and on, and deleted', async () => {
    const { client } = addUser(subscribed.server);
    const made = await createWebhook(client, {
      name: ' Orders ',
      url: 'https://hooks.example/a#b',
      events: ['click', 'click'],
    });
    assert.match(made.id, /^wh_[0-9A-Za-z]{16}$/);
    assert.match(made.secret ?? '', /^whsec_[A-Za-z0-9+/]{43}=$/);
    const { secret: _, ...shown } = made;
    assert.deepEqual([shown.name, shown.url, shown.events], ['Orders', 'https://hooks.example/a', ['click']]);
    assert.deepEqual([shown.isActive, shown.status, shown.failureCount], [true, 'active', 0]);
    assert.deepEqual((await client.get(`/webhooks/${made.id}`)).data(), shown);
    assert.deepEqual((await client.get('/webhooks')).data(), [shown]);

    const change = async (fields: object): Promise<WebhookObject> =>
      (await client.patch(`/webhooks/${made.id}`, fields)).data<WebhookObject>();
    assert.deepEqual((await change({ events: ['*', 'click'], name: 'N' })).events, ['*']);
    assert.deepEqual([(await change({ isActive: false })).status, (await change({})).isActive], ['disabled', false]);
    assert.deepEqual([(await change({ isActive: true })).status, (await change({ name: 'M' })).name], ['active', 'M']);
    assert.equal((await client.delete(`/webhooks/${made.id}`)).status, 204);
    for (const path of ['', '/deliveries'])
      assertError(await client.get(`/webhooks/${made.id}${path}`), 404, 'NOT_FOUND');
    assertError(await client.delete(`/webhooks/${made.id}`), 404, 'NOT_FOUND');
    assert.deepEqual((await client.get('/webhooks')).data(), []);
  });

  const field = (name: string): [string, string] => ['VALIDATION_ERROR', name];
  const badUrl: [string, string] = ['INVALID_URL', 'url'];
  const badUrls = [
    '',
    'hooks.example',
    '/hook',
    'http://hooks.example/',
    'ftp://hooks.example/',
    'https://',
    'https://a b/',
    'https://u:p@hooks.example/',
    'http://10.0.0.1/',
    'https://10.0.0.1/',
    'https://[::1]/',
    'https://[fe80::1%25eth0]/',
    'https://[fe80::1%eth0]/',
    'https://[2606:4700::1111%251]/',
    'https://2130706432/',
    'https://169.254.169.254/latest/',
    'https://0/',
    'javascript:alert(1)',
    'https://hooks.example/\0',
    'https://\ud800/',
    `https://hooks.example/${'a'.repeat(2_048)}`,
  ];
  const bad: [fields: unknown, expected: [code: string, path: string]][] = [
    [{ name: '' }, field('name')],
    [{ name: 'a'.repeat(101) }, field('name')],
    [{ name: 'a\nb' }, field('name')],
    [{ name: '\ud800' }, field('name')],
    [{ name: 7 }, field('name')],
    [{ name: null }, field('name')],
    [{ events: [] }, field('events')],
    [{ events: ['link.exploded'] }, field('events.0')],
    [{ events: ['click', ['click']] }, field('events.1')],
    [{ events: 'click' }, field('events')],
    [{ events: ['test'] }, field('events.0')],
    [{ events: ['__proto__'] }, field('events.0')],
    [{ events: Array.from({ length: 21 }, () => 'click') }, field('events')],
    [{ url: 1 }, field('url')],
    [{ batch: {} }, field('batch.maxEvents')],
    [{ batch: { maxEvents: 1, maxWaitMs: 1_000 } }, field('batch.maxEvents')],
    [{ batch: { maxEvents: 10, maxWaitMs: 1e9 } }, field('batch.maxWaitMs')],
    [{ batch: { maxEvents: 10, maxWaitMs: 1_000, x: 1 } }, field('batch.x')],
    [{ secret: 'whsec_mine' }, field('secret')],
    [{ id: 'wh_x' }, field('id')],
    ...badUrls.map((url): [unknown, [string, string]] => [{ url }, badUrl]),
  ];

  it('is not made of, nor changed to, what it cannot be, and each field at fault is named', async () => {
    const { client } = addUser(subscribed.server);
    const good = { name: 'w', url: 'https://hooks.example/', events: ['*'] };
    const { id } = await createWebhook(client, good);
    const known = (await client.get('/webhooks')).text;
    for (const [fields, [code, path]] of bad) {
      assertError(await client.post('/webhooks', { ...good, ...(fields as object) }), 400, code, path);
      assertError(await client.patch(`/webhooks/${id}`, fields), 400, code, path);
    }
    for (const missing of ['name', 'url', 'events'])
      assertError(await client.post('/webhooks', { ...good, [missing]: undefined }), 400, 'VALIDATION_ERROR', missing);
    for (const body of [[], 'x', null, 7]) assertError(await client.post('/webhooks', body), 400, 'VALIDATION_ERROR');
    assertError(await client.patch(`/webhooks/${id}`, { isActive: 'no' }), 400, 'VALIDATION_ERROR', 'isActive');
    assert.equal((await client.get('/webhooks')).text, known);
  });

  it('may lead to allow-listed places without encryption', async () => {
    const { client } = addUser(subscribed.server);
    for (const url of ['http://hooks.internal/x', 'http://127.0.0.1:1/', 'http://127.1/', 'https://HOOKS.internal./'])
      await createWebhook(client, { url });
  });

  it('is its owner’s alone, for every verb', async () => {
    const [{ client, webhook }, other] = [await subscribed.subscriber(), addUser(subscribed.server).client];
    await client.createLink();
    const [delivery] = await (async () => {
      for (;;) {
        const found = await deliveriesOf(client, webhook);
        if (found.length > 0) return found;
      }
    })();
    const own = `/webhooks/${webhook.id}`;
    const asked = [
      await other.get(own),
      await other.patch(own, { name: 'x' }),
      await other.delete(own),
      await other.post(`${own}/test`, {}),
      await other.post(`${own}/rotate-secret`, {}),
      await other.get(`${own}/deliveries`),
      await other.post(`${own}/deliveries/${delivery!.id}/replay`, {}),
      await other.post(`${own}/replay`, { from: '2026-01-01T00:00:00Z' }),
      await client.post(`${own}/deliveries/dlv_nothing/replay`, {}),
      await client.post(`/webhooks/${(await createWebhook(other, {})).id}/deliveries/${delivery!.id}/replay`, {}),
    ];
    for (const answer of asked) assertError(answer, 404, 'NOT_FOUND');
    const put = await client.send('PUT', own, {});
    assert.deepEqual([put.status, put.headers.allow], [405, 'GET, HEAD, PATCH, DELETE']);
  });

  it('is made as often as the plan allows, also at once, and once for an Idempotency-Key', async () => {
    const body = { name: 'w', url: 'https://hooks.example/', events: ['*'] };
    const askAtOnce = async () => {
      const { client } = addUser(subscribed.server, 'free');
      const answers = await Promise.all(Array.from({ length: 8 }, () => client.post('/webhooks', body)));
      assert.deepEqual(
        answers.map(({ status }) => status).toSorted((a, b) => a - b),
        [201, 201, 402, 402, 402, 402, 402, 402],
      );
      return { client, answers };
    };
    for (let round = 0; round < 4; round++) await askAtOnce();
    const { client, answers } = await askAtOnce();
    const [first] = answers.filter(({ status }) => status === 201);
    await client.delete(`/webhooks/${first!.data<WebhookObject>().id}`);
    const key = { 'idempotency-key': 'k1' };
    const [made, again] = [
      await client.send('POST', '/webhooks', body, key),
      await client.send('POST', '/webhooks', body, key),
    ];
    assert.equal(again.data<WebhookObject>().id, made.data<WebhookObject>().id);
    assert.ok(made.data<WebhookObject>().secret);
    assert.equal(again.data<WebhookObject>().secret, null);
    assertError(await client.send('POST', '/webhooks', { ...body, name: 'x' }, key), 422, 'IDEMPOTENCY_KEY_REUSED');
  });

  it('is listed in pages, the newest first', async () => {
    const { client } = addUser(subscribed.server);
    const ids: string[] = [];
    for (let n = 0; n < 5; n++) ids.unshift((await createWebhook(client, { name: `w${n}` })).id);
    const page = await client.get('/webhooks?perPage=2');
    const { nextCursor, total } = page.meta as unknown as { nextCursor: string; total: number };
    assert.equal(total, 5);
    const rest = await client.get(`/webhooks?perPage=10&cursor=${nextCursor}`);
    const listed = [...page.data<WebhookObject[]>(), ...rest.data<WebhookObject[]>()];
    assert.deepEqual(
      listed.map(({ id }) => id),
      ids,
    );
  });
});

describe('a test', () => {
  const test = async (client: ApiClient, { id }: WebhookObject, headers = {}) =>
    (await client.send('POST', `/webhooks/${id}/test`, {}, headers)).data<Record<string, unknown>>();

  it('is sent at once, signed, tells what was answered, and is in the log', async () => {
    const { client, hook, webhook } = await subscribed.subscriber({ events: ['link.created'] });
    hook.answering = (response) => void response.writeHead(202).end('hello');
    const { duration, ...result } = await test(client, webhook);
    assert.deepEqual(result, { success: true, statusCode: 202, response: 'hello', error: null });
    assert.ok(typeof duration === 'number' && duration > 0);
    const [{ message, body, headers }] = hook.received as [Received];
    assert.equal(message.event, 'test');
    new Verifier(webhook.secret ?? '').verify(body, headers as Record<string, string>);
    const [logged, ...more] = await deliveriesOf(client, webhook);
    assert.deepEqual([more, logged?.event, logged?.success, logged?.attempts], [[], 'test', true, 1]);
    assert.equal(logged?.id, headers['x-webhook-delivery']);
    assert.equal((await client.get(`/webhooks/${webhook.id}`)).data<WebhookObject>().lastStatus, 202);
  });

  it('that fails is not tried again, and also reaches one that is switched off', async () => {
    const { client, hook, webhook } = await subscribed.subscriber();
    await client.patch(`/webhooks/${webhook.id}`, { isActive: false });
    hook.answering = (response) => void response.writeHead(500).end();
    assert.deepEqual((await test(client, webhook))['error'], 'the receiver answered 500');
    await hook.down();
    const failed = await test(client, webhook);
    assert.deepEqual(
      [failed['statusCode'], failed['error']],
      [null, 'no answer from the receiver: it could not be reached'],
    );
    const logged = await deliveriesOf(client, webhook);
    assert.deepEqual(
      logged.map(({ success, nextAttemptAt }) => [success, nextAttemptAt]),
      [
        [false, null],
        [false, null],
      ],
    );
  });

  it('with an Idempotency-Key is sent once', async () => {
    const { client, hook, webhook } = await subscribed.subscriber();
    const key = { 'idempotency-key': 'test-1' };
    const [first, second] = [await test(client, webhook, key), await test(client, webhook, key)];
    assert.deepEqual({ ...second, duration: 0 }, { ...first, duration: 0 });
    assert.equal(hook.received.length, 1);
  });

  it('says no more of a place that may not be reached than of one that is not there', async () => {
    const { client } = addUser(subscribed.server);
    const blocked = await createWebhook(client, { url: 'https://localhost/' });
    const absent = await createWebhook(client, { url: 'https://nowhere.invalid/' });
    const shown = async (webhook: WebhookObject) => ({ ...(await test(client, webhook)), duration: 0 });
    assert.deepEqual(await shown(blocked), await shown(absent));
  });
});

describe('a secret', () => {
  it('is turned with both valid for a while, and stands in no answer and no log', async () => {
    const { client, hook, webhook } = await subscribed.subscriber({ events: ['link.created'] });
    const rotated = (await client.post(`/webhooks/${webhook.id}/rotate-secret`, undefined)).data<WebhookObject>();
    const [old, fresh] = [webhook.secret ?? '', rotated.secret ?? ''];
    assert.match(fresh, /^whsec_/);
    assert.notEqual(fresh, old);
    await client.createLink();
    await hook.has(1);
    const [{ body, headers }] = hook.received as [Received];
    for (const secret of [old, fresh]) new Verifier(secret).verify(body, headers as Record<string, string>);
    const key = { 'idempotency-key': 'turn' };
    const turn = async () =>
      (await client.send('POST', `/webhooks/${webhook.id}/rotate-secret`, undefined, key)).data<WebhookObject>().secret;
    const secrets = [old, fresh, await turn()];
    assert.equal(await turn(), null);
    const answers = [await client.get('/webhooks'), await client.get(`/webhooks/${webhook.id}`)];
    for (const secret of secrets) {
      assert.ok(secret);
      for (const { text } of answers) assert.ok(!text.includes(secret));
      assert.ok(!subscribed.server.stderr().includes(secret));
    }
    // Kept to sign with, and nowhere else: not among the answers that are kept for repeated calls.
    const files = readdirSync(subscribed.server.dataFolder).filter((name) => name.startsWith('signpost.db'));
    const bytes = files.map((name) =>
      execFileSync('cat', [join(subscribed.server.dataFolder, name)], { maxBuffer: 1e9 }),
    );
    assert.ok(bytes.some((one) => one.includes(fresh)));
  });

  it('is turned four times a day, and then no more', async () => {
    const { client } = addUser(subscribed.server);
    const { id } = await createWebhook(client, {});
    const turn = () => client.post(`/webhooks/${id}/rotate-secret`, undefined);
    for (let n = 0; n < 4; n++) assert.equal((await turn()).status, 200);
    assertError(await turn(), 409, 'CONFLICT');
  });
});
