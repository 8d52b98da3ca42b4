// The figures of /metrics when something happens that they are there for: writes that fail, receivers that refuse, a process that stands
// still; and one request found again in its answer, the log and a figure.

import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { connect, type Socket } from 'node:net';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import Database from 'better-sqlite3';
import packageJson from '../../package.json' with { type: 'json' };
import { databaseFile } from '../../src/storage/database.ts';
import { ApiClient, personsBrowser, sendRequest } from '../support/api-client.ts';
import { Receivers, refuse } from '../support/receiver.ts';
import { checkExchanges } from '../support/recorded-exchanges.ts';
import { closeServers, type ServerProcess, startServer } from '../support/server-process.ts';
import { createWebhook } from '../support/subscribed-server.ts';

const receivers = new Receivers();
after(() => receivers.close());
after(closeServers);
checkExchanges();

const token = 'a-token-for-the-figures';
const visitorAddress = '203.0.113.77';
const password = 'correct horse battery';

async function connectedTo(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  return socket;
}

describe('a figure', () => {
  let server: ServerProcess;
  let api: ApiClient;
  before(async () => {
    const options = {
      'metrics-token': token,
      'log-level': 'debug',
      'log-format': 'json',
      'clicks-durability': 'process',
      'server-trusted-proxies': '127.0.0.1/32',
      'webhooks-allow': '127.0.0.1',
      'privacy-ip': 'full',
    };
    server = await startServer({ flags: Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]) });
    api = ApiClient.of(server);
  });

  async function text(accept = '*/*'): Promise<string> {
    const headers = { authorization: `Bearer ${token}`, accept };
    return (await sendRequest(server.address, { path: '/metrics', headers })).text;
  }

  async function figures(): Promise<(name: string) => number> {
    const lines = new Map((await text()).split('\n').map((line) => [line.slice(0, line.lastIndexOf(' ')), line]));
    return (name) => Number(lines.get(name)?.slice(name.length) ?? NaN);
  }

  async function until(isSo: (figure: (name: string) => number) => boolean): Promise<(name: string) => number> {
    for (;;) {
      const figure = await figures();
      if (isSo(figure)) return figure;
    }
  }

  /** Sends again and again until one was seen in its queue, where it waits a tenth of a second; the statuses of all. */
  async function seenWaiting(queue: string, sendOne: () => Promise<{ readonly status: number }>): Promise<number[]> {
    const statuses: number[] = [];
    for (let isSeen = false; !isSeen;) {
      const before = statuses.length;
      const sent = sendOne().then(({ status }) => statuses.push(status));
      while (!isSeen && statuses.length === before)
        isSeen = (await figures())(`signpost_queue_depth{queue="${queue}"}`) >= 1;
      await sent;
    }
    return statuses;
  }

  it('counts the visitors whom nobody could store, why, and what waits meanwhile', async () => {
    const { slug } = await api.createLink();
    assert.equal((await api.visit(slug)).status, 302);
    const earlier = await figures();
    // Whoever holds it for longer than a write waits makes the write fail.
    const other = new Database(databaseFile(server.dataFolder));
    other.exec('BEGIN IMMEDIATE');
    const visits = await seenWaiting('clicks', () => api.visit(slug));
    assert.deepEqual(new Set(visits), new Set([302]));
    const changes = await seenWaiting('writes', () => api.post('/links', { destinationUrl: 'https://example.com/' }));
    assert.deepEqual(new Set(changes), new Set([503]));
    other.exec('COMMIT');
    other.close();
    assert.equal((await api.visit(slug)).status, 302);
    const now = await until((figure) => figure('signpost_queue_depth{queue="clicks"}') === 0);
    const rise = (name: string): number => now(name) - earlier(name);
    assert.equal(rise('signpost_clicks_uncounted_total{reason="write_failed"}'), visits.length);
    assert.equal(rise('signpost_clicks_uncounted_total{reason="queue_full"}'), 0);
    assert.equal(rise('signpost_clicks_recorded_total{verdict="counted"}'), 1);
    assert.ok(rise('signpost_commits_failed_total') >= 2);
    // Each waited for the other for a tenth of a second; those after it did not.
    assert.ok(rise('signpost_commit_duration_seconds_sum') >= 0.1);
    assert.ok(rise('signpost_commit_duration_seconds_count') >= 3);
  });

  it('tells which share of the look-ups a cache answers', async () => {
    const { slug } = await api.createLink();
    assert.equal((await api.visit(slug)).status, 302);
    const earlier = await figures();
    const agent = `${personsBrowser} Rare/1`;
    for (let visit = 0; visit < 4; visit++) assert.equal((await api.visit(slug, { 'user-agent': agent })).status, 302);
    const ofCache = (cache: string, name: string): string => `signpost_cache_${name}_total{cache="${cache}"}`;
    const rises = (now: typeof earlier, cache: string): number[] =>
      ['hits', 'misses'].map((name) => now(ofCache(cache, name)) - earlier(ofCache(cache, name)));
    const known = await figures();
    // The question itself is not looked for among the slugs.
    assert.equal(rises(known, 'links')[1], 0);
    assert.ok(rises(known, 'links')[0]! >= 4);
    assert.deepEqual(rises(known, 'user_agents'), [3, 1]);
    assert.deepEqual(rises(known, 'visitors'), [3, 1]);
    assert.equal((await api.visit('no-such-link')).status, 404);
    assert.ok(rises(await figures(), 'links')[1]! >= 1);
  });

  it('is the size that the database and its log have', async () => {
    const file = databaseFile(server.dataFolder);
    for (;;) {
      const before = [statSync(file).size, statSync(`${file}-wal`).size];
      const figure = await figures();
      // What happens by itself may be in between.
      if (String([statSync(file).size, statSync(`${file}-wal`).size]) !== String(before)) continue;
      assert.equal(figure('signpost_wal_bytes'), before[1]);
      // What is in the log only is in the database, too.
      assert.ok(figure('signpost_database_bytes') >= before[0]!);
      assert.ok(figure('signpost_database_bytes') <= before[0]! + before[1]!);
      return;
    }
  });

  it('tells of deliveries by how they ended, and of webhooks by what they became', async () => {
    const hook = await receivers.start();
    const { id } = await createWebhook(api, { url: hook.url, events: ['link.created'] });
    await api.createLink();
    await hook.has(1);
    const counted = await until((figure) => figure('signpost_webhook_deliveries_total{outcome="delivered"}') === 1);
    assert.equal(counted('signpost_webhook_deliveries_total{outcome="failed"}'), 0);
    hook.answering = refuse;
    await api.createLink();
    await until((figure) => figure('signpost_webhook_deliveries_total{outcome="failed"}') === 1);
    assert.equal(counted('signpost_webhook_deliveries_total{outcome="dead"}'), 0);
    // The receiver wants no more of them: given up at once.
    hook.answering = (response) => void response.writeHead(410).end();
    await api.createLink();
    await until((figure) => figure('signpost_webhook_deliveries_total{outcome="dead"}') >= 1);
    await until((figure) => figure('signpost_webhook_status_changes_total{status="disabled"}') === 1);
    assert.equal((await api.delete(`/webhooks/${id}`)).status, 204);
  });

  it('tells how many connections are open, passwords wait for their turn, and how long jobs took', async () => {
    const sockets = await Promise.all(Array.from({ length: 5 }, () => connectedTo(server.port)));
    const open = await until((figure) => figure('signpost_connections') >= 5);
    assert.ok(open('signpost_connections') < 50);
    for (const socket of sockets) socket.destroy();
    await until((figure) => figure('signpost_connections') < 5);
    const drafts = Array.from({ length: 12 }, () => api.createLink({ password }));
    await until((figure) => figure('signpost_queue_depth{queue="passwords"}') > 0);
    await Promise.all(drafts);
    const quiet = await until((figure) => figure('signpost_queue_depth{queue="passwords"}') === 0);
    assert.ok(quiet('signpost_job_seconds_total{job="caches.refresh"}') > 0);
  });

  it('tells of the machine and the process', async () => {
    const now = await figures();
    assert.ok(now('signpost_disk_free_bytes') > 0);
    assert.ok(now('process_cpu_seconds_total') > 0);
    assert.ok(now('process_resident_memory_bytes') > 2 ** 20);
    const startedAt = now('process_start_time_seconds') * 1_000;
    assert.ok(startedAt > Date.now() - 10 * 60_000 && startedAt <= Date.now() + 1_000, String(startedAt));
    const build = /^signpost_build_info\{version="([^"]+)",node="([^"]+)"\} 1$/m.exec(await text());
    assert.deepEqual(build?.slice(1), [packageJson.version, process.versions.node]);
  });

  it('has the longest that the process stood still, and not what was before', async () => {
    // As collectors do: on a connection that is open already, where the question waits while the process stands still.
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ask = (): Promise<string> =>
      new Promise((resolve, reject) => {
        const headers = { authorization: `Bearer ${token}` };
        get(`${server.address}/metrics`, { agent, headers }, (response) => {
          void response.toArray().then((parts) => resolve(Buffer.concat(parts).toString()), reject);
        }).on('error', reject);
      });
    await ask();
    // The watch was begun anew with the question, and knows nothing before its second turn, some 20 ms later.
    await wait(1_000);
    process.kill(server.pid, 'SIGSTOP');
    const asked = ask();
    await wait(600);
    process.kill(server.pid, 'SIGCONT');
    const told = await asked;
    const delay = (quantile: string): number =>
      Number(new RegExp(`^signpost_event_loop_delay_seconds\\{quantile="${quantile}"\\} (\\S+)$`, 'm').exec(told)?.[1]);
    assert.ok(delay('1') >= 0.5, told);
    assert.ok(delay('1') < 60, told);
    assert.ok(delay('0\\.5') > 0, told);
    agent.destroy();
  });

  it('and the log and the answer have one id for a redirect; the log has no address, password or secret', async () => {
    const { id: linkId, slug } = await api.createLink({ password });
    const webhook = await createWebhook(api, { events: ['link.created'] });
    const unlocked = await sendRequest(server.address, {
      method: 'POST',
      path: `/${slug}`,
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        'user-agent': personsBrowser,
        'x-forwarded-for': visitorAddress,
      },
      body: `password=${encodeURIComponent(password)}`,
    });
    assert.equal(Math.floor(unlocked.status / 100), 3, unlocked.text);
    const id = String(unlocked.headers['x-request-id']);
    assert.match(await text('application/openmetrics-text'), new RegExp(`# \\{request_id="${id}"\\} `));
    await server.logged(
      new RegExp(`"requestId":"${id}","method":"POST","route":"/:slug","status":"${unlocked.status}"`),
    );
    const clicks = await api.send('GET', `/links/${linkId}/clicks`, undefined, { accept: 'text/csv' });
    assert.ok(clicks.text.includes(visitorAddress), 'the address arrived');
    await server.stop();
    const log = server.stderr();
    const [cookie = ''] = unlocked.headers['set-cookie'] ?? [];
    const unlockProof = /=([^;]{16,})/.exec(cookie)?.[1] ?? assert.fail(`no cookie: ${cookie}`);
    for (const secret of [visitorAddress, password, encodeURIComponent(password), webhook.secret!, unlockProof, slug])
      assert.equal(log.includes(secret), false, secret);
  });
});
