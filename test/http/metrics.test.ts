import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { ApiClient, type HttpAnswer, sendRequest } from '../support/api-client.ts';
import { checkExchanges } from '../support/recorded-exchanges.ts';
import {
  closeServers,
  runServeToEnd,
  type ServerProcess,
  startServer,
  temporaryFolder,
} from '../support/server-process.ts';

after(closeServers);
checkExchanges();

const token = 'a-token-for-the-figures';

/** Every sample by its name and labels as they stand in the text. Fails on a line that no monitoring system could read. */
function readSamples(text: string): Map<string, number> {
  const samples = new Map<string, number>();
  const families = new Set<string>();
  for (const line of text.trimEnd().split('\n')) {
    const typed = /^# TYPE ([a-z_]+) (?:counter|gauge|histogram)$/.exec(line);
    if (typed !== null) families.add(typed[1]!);
    if (line.startsWith('#')) continue;
    const [, name = '', sample = '', value = ''] =
      /^(([a-z_]+)(?:\{(?:[a-z_]+="(?:[^"\\]|\\.)*",?)+\})?) (-?[\d.e+-]+)(?: # \{request_id="\w+"\} [\d.e-]+)?$/.exec(
        line,
      ) ?? [];
    assert.notEqual(name, '', `not a sample: ${line}`);
    const family = sample.replace(/_(?:bucket|sum|count)$/, '');
    assert.ok(families.has(sample) || families.has(family) || families.has(sample.replace(/_total$/, '')), line);
    assert.equal(samples.has(name), false, `twice: ${name}`);
    samples.set(name, Number(value));
  }
  return samples;
}

describe('metrics', () => {
  let server: ServerProcess;
  let api: ApiClient;
  const ask = (
    headers: Record<string, string> = { authorization: `Bearer ${token}` },
    method = 'GET',
  ): Promise<HttpAnswer> => sendRequest(server.address, { method, path: '/metrics', headers });

  before(async () => {
    server = await startServer({ flags: ['--metrics-token', token, '--log-level', 'debug', '--log-format', 'json'] });
    api = ApiClient.of(server);
  });

  it('are for those with the token', async () => {
    const wrong = ['', 'Bearer', 'Bearer wrong', `Bearer ${token}x`, `Basic ${token}`];
    const answers = await Promise.all(wrong.map((authorization) => ask({ authorization })));
    assert.deepEqual(
      answers.map(({ status }) => status),
      [401, 401, 401, 401, 401],
    );
    assert.equal(answers[0]?.headers['www-authenticate'], 'Bearer');
    assert.equal((await ask({ authorization: `Bearer ${token}` }, 'POST')).status, 405);
    const known = await ask();
    assert.equal(known.status, 200);
    assert.equal(known.headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
  });

  it('count requests by route, clicks by verdict, and redirects by how long they took', async () => {
    const before = readSamples((await ask()).text);
    const link = await api.createLink({ slug: 'spring-sale' });
    assert.equal((await api.visit('spring-sale')).status, 302);
    assert.equal((await api.visit('spring-sale', { 'user-agent': 'curl/8.0' })).status, 302);
    assert.equal((await api.visit('unknown')).status, 404);
    await api.createLink({ slug: 'once', clickLimit: 1 });
    assert.equal((await api.visit('once')).status, 302);
    assert.equal((await api.visit('once')).status, 410);
    assert.equal((await api.get(`/links/${link.id}`)).status, 200);
    assert.equal((await api.get('/links/lnk_none')).status, 404);
    const now = readSamples((await ask()).text);
    const rise = (name: string): number => (now.get(name) ?? 0) - (before.get(name) ?? 0);
    assert.equal(rise('signpost_requests_total{method="GET",route="/:slug",status="302"}'), 3);
    assert.equal(rise('signpost_requests_total{method="GET",route="/:slug",status="410"}'), 1);
    assert.equal(rise('signpost_requests_total{method="GET",route="other",status="404"}'), 1);
    assert.equal(rise('signpost_requests_total{method="POST",route="/api/v1/links",status="201"}'), 2);
    assert.equal(rise('signpost_requests_total{method="GET",route="/api/v1/links/:id",status="200"}'), 1);
    assert.equal(rise('signpost_requests_total{method="GET",route="/api/v1/links/:id",status="404"}'), 1);
    assert.equal(rise('signpost_clicks_recorded_total{verdict="counted"}'), 2);
    assert.equal(rise('signpost_clicks_recorded_total{verdict="bot"}'), 1);
    assert.equal(rise('signpost_redirect_duration_seconds_count'), 3);
    assert.equal(rise('signpost_redirect_duration_seconds_bucket{le="+Inf"}'), 3);
    assert.ok(rise('signpost_commit_duration_seconds_count') >= 3);
    assert.ok(rise('signpost_cache_hits_total{cache="links"}') >= 1);
    assert.equal(now.get('signpost_queue_depth{queue="clicks"}'), 0);
    assert.ok((now.get('signpost_database_bytes') ?? 0) > 4_096);
    assert.ok((now.get('signpost_wal_bytes') ?? 0) > 0);
    assert.ok(now.has('signpost_event_loop_delay_seconds{quantile="0.99"}'));
    assert.equal(now.get('signpost_clicks_uncounted_total{reason="write_failed"}'), 0);
  });

  it('count what happens by itself: jobs and deliveries', async () => {
    // Due at the start: each question is a moment later.
    let samples = readSamples((await ask()).text);
    while (samples.get('signpost_job_runs_total{job="links.tend-search"}') === 0)
      samples = readSamples((await ask()).text);
    assert.equal(samples.get('signpost_job_runs_total{job="links.tend-search"}'), 1);
    assert.equal(samples.get('signpost_job_failures_total{job="links.tend-search"}'), 0);
    assert.equal(samples.get('signpost_webhook_deliveries_total{outcome="delivered"}'), 0);
    assert.equal(samples.get('signpost_webhook_status_changes_total{status="disabled"}'), 0);
  });

  it('name no slug, no address and no key', async () => {
    const { text } = await ask();
    assert.doesNotMatch(text, /spring-sale|127\.0\.0\.1|lnk_|sp_/);
  });

  it('carry the id of a redirect for clients that read OpenMetrics', async () => {
    const visit = await api.visit('spring-sale');
    const answer = await ask({
      authorization: `Bearer ${token}`,
      accept: 'application/openmetrics-text; version=1.0.0',
    });
    assert.match(answer.headers['content-type'] ?? '', /^application\/openmetrics-text; version=1\.0\.0/);
    readSamples(answer.text);
    assert.match(answer.text, /^# TYPE signpost_requests counter$/m);
    assert.ok(answer.text.endsWith('# EOF\n'));
    assert.match(
      answer.text,
      new RegExp(`# \\{request_id="${String(visit.headers['x-request-id'])}"\\} [\\d.e-]+$`, 'm'),
    );
  });

  it('are what the dashboard shows and the page on monitoring names, all of them and no others', async () => {
    const docs = join(import.meta.dirname, '../../docs');
    // The first request of all is counted with the second.
    await api.get('/me');
    const known = [...readSamples((await ask()).text).keys()].map((name) => name.replace(/\{.*/, ''));
    const whole = new Set(known.map((name) => name.replace(/_(?:bucket|sum|count)$/, '')).concat(known));
    for (const file of ['monitoring/grafana-dashboard.json', 'monitoring.md']) {
      const text = readFileSync(join(docs, file), 'utf8');
      const named = text.match(/\b(?:signpost|process)_[a-z_]+\b/g) ?? [];
      assert.deepEqual(
        named.filter((name) => !whole.has(name)),
        [],
        file,
      );
      const shown = new Set(named.map((name) => name.replace(/_(?:bucket|sum|count)$/, '')));
      assert.deepEqual(
        [...whole].filter((name) => !shown.has(name.replace(/_(?:bucket|sum|count)$/, ''))),
        [],
        `not in ${file}`,
      );
    }
  });

  it('have the labels by which the dashboard picks and sums them', async () => {
    const { text } = await ask();
    const file = join(import.meta.dirname, '../../docs/monitoring/grafana-dashboard.json');
    const dashboard = JSON.stringify(JSON.parse(readFileSync(file, 'utf8')));
    const exprs = [...dashboard.matchAll(/"expr":"((?:[^"\\]|\\.)*)"/g)].map(([, expr]) =>
      expr!.replaceAll('\\"', '"'),
    );
    assert.ok(exprs.length > 15, String(exprs.length));
    for (const expr of exprs) {
      const names = expr.match(/\b(?:signpost|process)_[a-z_]+/g) ?? [];
      const summed = [...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, labels]) => labels!.split(/, ?/));
      const picked = [...expr.matchAll(/([a-z_]+)(?:=|!=|=~|!~)"/g)].map(([, label]) => label!);
      for (const label of new Set([...summed, ...picked])) {
        // What the collector adds.
        if (label === 'instance') continue;
        assert.ok(
          names.some((name) => new RegExp(`^${name}\\{(?:.*,)?${label}="`, 'm').test(text)),
          `${label} in ${expr}`,
        );
      }
    }
  });

  it('leave the id of every answer in the log, and none of its secrets', async () => {
    const secrets = ['correct horse battery', 'another secret word'];
    const created = await api.send('POST', '/api-keys', { name: 'second' });
    const second = created.data<{ secret: string }>().secret;
    await api.createLink({ slug: 'locked', password: secrets[0] });
    const unlocked = await sendRequest(server.address, {
      method: 'POST',
      path: '/locked',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: `password=${encodeURIComponent(secrets[1]!)}`,
    });
    assert.equal(unlocked.status, 401);
    const wrong = await new ApiClient(server.address, `${second.slice(0, -1)}_`).get('/links');
    assert.equal(wrong.status, 401);
    await api.get(`/links?search=${encodeURIComponent(secrets[0]!)}`);
    await sendRequest(server.address, { path: `/api/v1/links?key=${second}`, headers: {} });
    await server.logged(new RegExp(String(wrong.headers['x-request-id'])));
    await server.logged(new RegExp(String(unlocked.headers['x-request-id'])));
    await server.stop();
    const log = server.stderr();
    for (const secret of [api.key!, second, token, ...secrets, encodeURIComponent(secrets[0]!), 'argon2', 'Bearer'])
      assert.equal(log.includes(secret), false, `the log has ${secret}`);
    for (const line of log.trimEnd().split('\n')) assert.ok(JSON.parse(line));
  });
});

describe('metrics', () => {
  it('are not there until they are asked for', async () => {
    const server = await startServer();
    assert.equal((await sendRequest(server.address, { path: '/metrics' })).status, 404);
    await server.stop();
  });

  it('answer on a listener of their own, and then nowhere else', async () => {
    const server = await startServer({ flags: ['--metrics-listen', '127.0.0.1:0'] });
    await server.logged(/http:\/\/127\.0\.0\.1:\d+\/metrics/);
    const address = /http:\/\/127\.0\.0\.1:\d+(?=\/metrics)/.exec(server.stderr())![0];
    assert.equal((await sendRequest(address, { path: '/metrics' })).status, 200);
    assert.equal((await sendRequest(address, { path: '/healthz' })).status, 404);
    assert.equal((await sendRequest(server.address, { path: '/metrics' })).status, 404);
    assert.equal(await server.stop(), 0);
  });

  it('stop the start where their address is taken', async () => {
    const server = await startServer();
    const dataFolder = temporaryFolder();
    const { code, stderr } = await runServeToEnd({
      dataFolder,
      flags: ['--metrics-listen', `127.0.0.1:${server.port}`],
    });
    assert.equal(code, 1);
    assert.match(stderr, /cannot listen on metrics\.listen 127\.0\.0\.1:\d+: .*EADDRINUSE/);
  });
});
