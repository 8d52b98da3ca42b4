// How a webhook comes to be failing, active again and disabled: in the log, in the metrics and in its own answer. And links that are made
// elsewhere than by the native API.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { addUser } from '../support/accounts.ts';
import { type ApiClient, sendRequest } from '../support/api-client.ts';
import { dialectKeys, sendJson } from '../support/dialects.ts';
import { assertInOrder } from '../support/delivery-harness.ts';
import { Receivers, refuse } from '../support/receiver.ts';
import { checkExchanges } from '../support/recorded-exchanges.ts';
import { closeServers, runSignpost, type ServerProcess, startServer } from '../support/server-process.ts';
import { createWebhook, deliveriesOf, type WebhookObject } from '../support/subscribed-server.ts';

checkExchanges();

const token = 'sixteen-letters-and-more';
const receivers = new Receivers();
let server: ServerProcess;
before(async () => {
  server = await startServer({ flags: ['--webhooks-allow', '127.0.0.1', '--metrics-token', token] });
});
after(async () => {
  await closeServers();
  await receivers.close();
});

async function changesTo(): Promise<Record<string, number>> {
  const response = await fetch(`${server.address}/metrics`, { headers: { Authorization: `Bearer ${token}` } });
  const line = /^signpost_webhook_status_changes_total\{status="(\w+)"\} (\d+)$/gm;
  const changes: Record<string, number> = {};
  for (const [, status = '', count] of (await response.text()).matchAll(line)) changes[status] = Number(count);
  return changes;
}

const shown = async (client: ApiClient, { id }: WebhookObject): Promise<WebhookObject> =>
  (await client.get(`/webhooks/${id}`)).data<WebhookObject>();

describe('a change of a webhook’s status', () => {
  it('is logged, counted and shown', async () => {
    const { client } = addUser(server);
    const target = await receivers.start(refuse);
    const webhook = await createWebhook(client, { url: target.url, events: ['link.created'] });
    const said = (from: string, to: string): RegExp =>
      new RegExp(`"webhook":"${webhook.id}","from":"${from}","to":"${to}","msg":"a webhook is ${to}"`);
    const links = Array.from({ length: 12 }, (_, n) => ({
      destinationUrl: 'https://example.com/',
      slug: `state-${n}`,
    }));
    await client.post('/links/bulk', links);
    await server.logged(said('active', 'failing'));
    assert.deepEqual(await changesTo(), { active: 0, failing: 1, disabled: 0 });
    const failing = await shown(client, webhook);
    assert.deepEqual([failing.status, failing.isActive, failing.lastStatus], ['failing', true, 503]);
    assert.ok(failing.failureCount >= 10);

    // One is tried after 5 s; its success brings all the others.
    target.answering = (response) => response.end();
    const before = target.received.length;
    await server.logged(said('failing', 'active'));
    await target.has(before + links.length);
    const slugs = target.received.slice(before).map(({ message }) => (message.data as { slug: string }).slug);
    assertInOrder(
      slugs.map((slug) => Number(slug.slice('state-'.length))),
      0,
      links.length - 1,
    );
    assert.deepEqual(await changesTo(), { active: 1, failing: 1, disabled: 0 });
    const active = await shown(client, webhook);
    assert.deepEqual([active.status, active.failureCount], ['active', 0]);

    target.answering = (response) => void response.writeHead(410).end();
    await client.createLink();
    await server.logged(said('active', 'disabled'));
    assert.deepEqual(await changesTo(), { active: 1, failing: 1, disabled: 1 });
    const disabled = await shown(client, webhook);
    assert.deepEqual([disabled.status, disabled.isActive, disabled.lastStatus], ['disabled', false, 410]);

    await client.patch(`/webhooks/${webhook.id}`, { isActive: true });
    await server.logged(said('disabled', 'active'));
    assert.deepEqual(await changesTo(), { active: 2, failing: 1, disabled: 1 });
    // Nothing changes for one that is on already.
    await client.patch(`/webhooks/${webhook.id}`, { isActive: true });
    await client.patch(`/webhooks/${webhook.id}`, { isActive: false });
    assert.deepEqual(await changesTo(), { active: 2, failing: 1, disabled: 2 });
  });
});

describe('a receiver that takes 11 s', () => {
  it('has failed after 10', async (t) => {
    const { client } = addUser(server);
    const target = await receivers.start((response) => {
      const timer = setTimeout(() => response.end(), 11_000);
      t.after(() => clearTimeout(timer));
    });
    const webhook = await createWebhook(client, { url: target.url });
    const { data } = JSON.parse((await client.post(`/webhooks/${webhook.id}/test`, {})).text) as {
      data: { success: boolean; statusCode: null; error: string; duration: number };
    };
    const { duration, ...said } = data;
    const error = 'no answer from the receiver: it did not answer in time';
    assert.deepEqual(said, { success: false, statusCode: null, response: null, error });
    assert.ok(duration >= 9_990, String(duration));
    assert.equal((await deliveriesOf(client, webhook))[0]?.success, false);
  });
});

describe('a link that is made elsewhere than by the native API', () => {
  it('is told of, be it by a dialect or on the command line, and so is what is archived there', async () => {
    const user = addUser(server);
    const target = await receivers.start();
    await createWebhook(user.client, { url: target.url });
    const { hex } = dialectKeys(server, user.id);
    await sendRequest(server.address, { path: `/V1/shorten?url=https://example.com&shortid=by_xgd&key=${hex}` });
    await target.has(1);
    await sendJson(
      server.address,
      '/api/v1/short-url/generate',
      { url: 'https://example.com/', short_key: 'by-urlgo' },
      {
        authorization: `Bearer ${user.client.key ?? ''}`,
      },
    );
    await target.has(2);
    await sendJson(server.address, '/v1/short-links/create-basic', {
      api_key: hex,
      original_url: 'https://example.com/',
      alias: 'by-yeb',
    });
    await target.has(3);
    const signpost = (...args: string[]) => runSignpost([...args, '--data-dir', server.dataFolder, '--json']);
    const flags = ['--user', user.email, '--url', 'https://example.com/', '--slug', 'by-hand'];
    const made = await signpost('links', 'create', ...flags);
    assert.equal(made.code, 0, made.stderr);
    await target.has(4);
    assert.equal((await user.client.visit('by-hand')).status, 302);
    await target.has(5);
    const archived = await signpost('links', 'archive', (JSON.parse(made.stdout) as { id: string }).id);
    assert.equal(archived.code, 0, archived.stderr);
    await target.has(6);
    // yeb.to's alias is a second name: the slug is drawn.
    const told = target.received.map(({ message }, index) => [
      message.event,
      index === 2 ? 'drawn' : (message.data as { slug: string }).slug,
    ]);
    assert.deepEqual(told, [
      ['link.created', 'by_xgd'],
      ['link.created', 'by-urlgo'],
      ['link.created', 'drawn'],
      ['link.created', 'by-hand'],
      ['click', 'by-hand'],
      ['link.deleted', 'by-hand'],
    ]);
  });
});
