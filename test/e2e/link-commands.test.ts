// Links, statistics and domains on the command line: by the rules of the API, on the same database.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ApiClient, type LinkObject } from '../support/api-client.ts';
import { DnsServer } from '../support/dns-server.ts';
import { claimDomain, type DomainObject, publishProof } from '../support/domains.ts';
import {
  closeServers,
  type ProcessEnd,
  runSignpost,
  type ServerProcess,
  startServer,
} from '../support/server-process.ts';

after(closeServers);

let server: ServerProcess;
let api: ApiClient;
let email: string;
let domain: DomainObject;

const signpost = (...args: string[]): Promise<ProcessEnd> => runSignpost([...args, '--data-dir', server.dataFolder]);

/** As JSON; fails unless the command did what it was asked. */
async function answerOf<Answer>(...args: string[]): Promise<Answer> {
  const { code, stdout, stderr } = await signpost(...args, '--json');
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
  return JSON.parse(stdout) as Answer;
}

before(async () => {
  server = await startServer();
  api = ApiClient.of(server);
  email = (await answerOf<{ email: string }[]>('users', 'list'))[0]!.email;
  domain = await claimDomain(api, 'go.example.com');
});

describe('links on the command line, while the server runs', () => {
  it('are made, and redirect at once', async () => {
    const flags = [
      '--user',
      email,
      '--url',
      'https://example.com/x',
      '--slug',
      'made',
      '--title',
      'Made',
      '--tags',
      'a, b',
    ];
    const made = await answerOf<LinkObject>('links', 'create', ...flags, '--click-limit', '5');
    assert.deepEqual([made.slug, made.title, made.tags], ['made', 'Made', ['a', 'b']]);
    assert.equal((await api.visit('made')).status, 302);
    const shown = await api.link(made.id);
    assert.equal(shown.clickCount, 1);
    const found = await api.get('/links?search=made');
    assert.equal(found.data<LinkObject[]>()[0]?.id, made.id);
    const plain = await signpost('links', 'create', '--user', email, '--url', 'https://example.com/');
    assert.match(plain.stdout, /^http:\/\/\S+\/\w{7}\n$/);
  });

  it('are refused as the API refuses them, with one line', async () => {
    const create = (...flags: string[]): Promise<ProcessEnd> => signpost('links', 'create', '--user', email, ...flags);
    const taken = await create('--url', 'https://example.com/', '--slug', 'made');
    assert.equal(taken.code, 1);
    assert.match(taken.stderr, /^signpost: [^\n]*slug[^\n]*taken[^\n]*\n$/);
    for (const flags of [['--url', 'javascript:1'], ['--url', 'https://e.example/', '--click-limit', 'x'], []]) {
      const refused = await create(...flags);
      assert.notEqual(refused.code, 0, flags.join(' '));
      assert.match(refused.stderr, /^signpost: [^\n]+\n$/);
    }
    const nobody = await signpost('links', 'create', '--user', 'no@body.example', '--url', 'https://example.com/');
    assert.equal(nobody.code, 1);
  });

  it('are listed and shown', async () => {
    const listed = await answerOf<LinkObject[]>('links', 'list', '--user', email);
    const own = (await api.get('/links')).data<LinkObject[]>();
    assert.deepEqual(
      listed.map(({ id, clickCount }) => [id, clickCount]),
      own.map(({ id, clickCount }) => [id, clickCount]),
    );
    assert.equal((await answerOf<LinkObject[]>('links', 'list', '--user', email, '--limit', '1')).length, 1);
    const shown = await answerOf<LinkObject>('links', 'show', own[0]!.id);
    assert.equal(shown.slug, own[0]!.slug);
    assert.match((await signpost('links', 'list', '--user', email)).stdout, /^ID +LINK +CLICKS +STATE/);
    assert.match((await signpost('links', 'show', own[0]!.id)).stdout, /^FIELD +VALUE\nid +lnk_/);
    assert.equal((await signpost('links', 'show', 'lnk_unknown')).code, 1);
    assert.equal((await signpost('links', 'list', '--user', email, '--limit', '0')).code, 2);
  });

  it('have the statistics that the API gives', async () => {
    const { id } = (await api.get('/links?search=made')).data<LinkObject[]>()[0]!;
    const stats = await answerOf<{ totalClicks: number; byBrowser: unknown }>('stats', id, '--tz', 'Europe/Zurich');
    const own = await api.stats(id);
    assert.deepEqual([stats.totalClicks, stats.byBrowser], [own.totalClicks, own.byBrowser]);
    assert.equal(stats.totalClicks, 1);
    assert.match((await signpost('stats', id)).stdout, /^1 clicks, 1 visitors, [^]*BROWSER +COUNT\n/);
    assert.equal((await signpost('stats', id, '--tz', 'Nowhere/Here')).code, 2);
    assert.equal((await signpost('stats', id, '--period', '5d')).code, 2);
    assert.equal((await signpost('stats', 'lnk_unknown')).code, 1);
  });

  it('are archived, and answer 410 when the command has ended', async () => {
    const link = await api.createLink({ slug: 'to-be-archived' });
    const again = await api.createLink({ slug: 'kept-in-memory' });
    for (const slug of ['to-be-archived', 'kept-in-memory']) assert.equal((await api.visit(slug)).status, 302);
    const archived = await answerOf<LinkObject>('links', 'archive', link.id);
    assert.equal(archived.isArchived, true);
    assert.equal((await api.visit('to-be-archived')).status, 410);
    assert.equal((await api.link(link.id)).isArchived, true);
    assert.equal((await api.visit('kept-in-memory')).status, 302);
    assert.equal((await api.link(again.id)).clickCount, 2);
    assert.equal((await signpost('links', 'archive', link.id)).stdout, `${link.id} is archived\n`);
    assert.equal((await signpost('links', 'archive', 'lnk_unknown')).code, 1);
  });

  it('are purged, and gone when the command has ended', async () => {
    const { id } = await api.createLink({ slug: 'to-be-purged' });
    assert.equal((await signpost('links', 'purge', id)).code, 1);
    await answerOf('links', 'archive', id);
    assert.equal((await api.visit('to-be-purged')).status, 410);
    assert.deepEqual(await answerOf('links', 'purge', id), { id, state: 'deleted' });
    assert.equal((await api.visit('to-be-purged')).status, 404);
    assert.equal((await api.get(`/links/${id}`)).status, 404);
  });
});

describe('domains on the command line, while the server runs', () => {
  let dns: DnsServer;
  before(async () => {
    dns = await DnsServer.start();
  });
  after(() => dns.close());

  it('are verified, and serve when the command has ended', async () => {
    const claimed = await claimDomain(api, 'live.example.com');
    const verify = (): Promise<ProcessEnd> => signpost('domains', 'verify', claimed.id, '--dns-servers', dns.address);
    assert.equal((await verify()).code, 1);
    const refused = await api.post('/links', { destinationUrl: 'https://example.com/', domain: 'live.example.com' });
    assert.equal(refused.status, 403);
    publishProof(dns, claimed);
    const found = await verify();
    assert.deepEqual([found.code, found.stdout], [0, 'live.example.com is proved\n'], found.stderr);
    await api.createLink({ slug: 'on-live', domain: 'live.example.com' });
    assert.equal((await api.visit('on-live', { host: 'live.example.com' })).status, 302);
  });
});

describe('while the server is stopped', () => {
  let dns: DnsServer;
  before(async () => {
    assert.equal(await server.stop(), 0);
    dns = await DnsServer.start();
  });
  after(() => dns.close());

  it('links are archived, and purged', async () => {
    const [link] = await answerOf<LinkObject[]>('links', 'list', '--user', email);
    const early = await signpost('links', 'purge', link!.id);
    assert.deepEqual([early.code, /is not archived/.test(early.stderr)], [1, true]);
    const archived = await answerOf<LinkObject>('links', 'archive', link!.id);
    assert.equal(archived.isArchived, true);
    const again = await signpost('links', 'archive', link!.id);
    assert.deepEqual([again.code, again.stdout], [0, `${link!.id} is archived\n`]);
    assert.equal((await signpost('links', 'purge', link!.id)).code, 0);
    assert.equal((await signpost('links', 'show', link!.id)).code, 1);
  });

  it('domains are verified, or it is said what is wrong', async () => {
    const verify = (): Promise<ProcessEnd> => signpost('domains', 'verify', domain.id, '--dns-servers', dns.address);
    const missing = await verify();
    assert.equal(missing.code, 1, missing.stderr);
    assert.match(missing.stdout, /go\.example\.com/);
    publishProof(dns, domain);
    const found = await verify();
    assert.deepEqual([found.code, found.stdout], [0, 'go.example.com is proved\n'], found.stderr);
    assert.equal((await signpost('domains', 'verify', 'dom_unknown')).code, 1);
  });
});
