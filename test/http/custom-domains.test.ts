// What a custom domain serves: short links and pages of its own. The API and all that goes with it answer on the server's own
// names alone.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ApiClient, type HttpAnswer, personsBrowser, sendRequest } from '../support/api-client.ts';
import { DnsServer } from '../support/dns-server.ts';
import { addDomain, claimDomain, type DomainObject } from '../support/domains.ts';
import { freePort } from '../support/free-port.ts';
import { checkExchanges } from '../support/recorded-exchanges.ts';
import { closeServers, runServeToEnd, type ServerProcess, startServer } from '../support/server-process.ts';

after(closeServers);
checkExchanges();

const to = 'https://example.com/';
const custom = 'go.example.com';

let dns: DnsServer;
let server: ServerProcess;
let api: ApiClient;
let domain: DomainObject;
before(async () => {
  dns = await DnsServer.start();
  const port = await freePort();
  server = await startServer({
    flags: [
      `--dns-servers=${dns.address}`,
      `--server-port=${port}`,
      '--server-public-url=https://short.example',
      '--server-api-hosts=admin.short.example',
      // Whoever comes from this machine is a proxy.
      '--server-trusted-proxies=127.0.0.1/32',
      '--pages-root-redirect=https://www.short.example/',
    ],
  });
  api = new ApiClient(`http://127.0.0.1:${port}`, server.firstKey);
  domain = await addDomain(api, dns, custom);
});
after(() => dns.close());

interface Asked {
  readonly method?: string;
  readonly accept?: string;
  readonly headers?: Record<string, string>;
}

function open(host: string, path: string, { method = 'GET', accept = 'text/html', headers = {} }: Asked = {}) {
  const sent = { 'user-agent': personsBrowser, host, accept, ...headers };
  return sendRequest(api.address, { method, path, headers: sent });
}

async function change(settings: object): Promise<void> {
  assert.equal((await api.patch(`/domains/${domain.id}`, settings)).status, 200);
}

const place = ({ status, headers }: HttpAnswer): [number, string | undefined] => [status, headers.location];

describe('the API', () => {
  const paths = ['/api/v1/links', '/api', '/docs', '/openapi.json', '/healthz', '/readyz'];
  const statuses = async (host: string, headers?: Record<string, string>): Promise<number[]> =>
    Promise.all(paths.map(async (path) => (await open(host, path, { headers: { ...headers } })).status));

  it("answers on the server's own names, on addresses and on localhost", async () => {
    const names = ['short.example', 'SHORT.example:443', 'admin.short.example', '127.0.0.1', '[::1]:80', 'localhost'];
    for (const name of names) assert.deepEqual(await statuses(name), [401, 404, 200, 200, 200, 200], name);
  });

  it('is an unknown path on a custom domain, whatever the method', async () => {
    await change({ notFoundUrl: to });
    for (const path of paths)
      for (const method of ['GET', 'POST', 'DELETE']) {
        const answer = await open(custom, path, { method, headers: { authorization: `Bearer ${api.key}` } });
        assert.equal(answer.status, 404, `${method} ${path}`);
        assert.match(answer.text, /<h1>There is no such link<\/h1>/);
      }
    await change({ notFoundUrl: null });
  });

  it('is the same on names that nobody has told us, and the operator hears of it once', async () => {
    assert.deepEqual(
      await statuses('other.example'),
      paths.map(() => 404),
    );
    await server.logged(/"host":"other\.example","msg":"the API was asked for on a name where it does not answer/);
    assert.equal(server.stderr().match(/does not answer/g)?.length, 1);
  });

  it('goes by the name that a trusted proxy passes on', async () => {
    assert.equal((await open('127.0.0.1', '/docs', { headers: { 'x-forwarded-host': custom } })).status, 404);
    assert.equal((await open(custom, '/docs', { headers: { 'x-forwarded-host': 'short.example' } })).status, 200);
  });

  it('answers on any name that is no custom domain where the server does not know its own', async () => {
    const plain = await startServer({ flags: ['--dns-servers', dns.address] });
    await addDomain(ApiClient.of(plain), dns, 'plain.example.com');
    const health = async (host: string): Promise<number> =>
      (await sendRequest(plain.address, { path: '/healthz', headers: { host } })).status;
    assert.deepEqual([await health('any.example'), await health('plain.example.com')], [200, 404]);
    await plain.kill();
  });
});

describe('the root of a custom domain', () => {
  it("is a page of its own, not where the server's own root leads", async () => {
    assert.deepEqual(place(await open('short.example', '/')), [302, 'https://www.short.example/']);
    assert.equal((await open(custom, '/')).status, 200);
  });

  it('leads where its owner says, from the next request on', async () => {
    await change({ defaultRedirectUrl: `${to}welcome` });
    for (const method of ['GET', 'HEAD'])
      assert.deepEqual(place(await open(custom, '/', { method })), [302, `${to}welcome`]);
    await change({ defaultRedirectUrl: null });
    assert.equal((await open(custom, '/')).status, 200);
  });
});

describe('an unknown path on a custom domain', () => {
  it('is a 404 page, or leads people where its owner says; programs are told', async () => {
    assert.equal((await open(custom, '/nothing')).status, 404);
    await change({ notFoundUrl: `${to}lost` });
    assert.deepEqual(place(await open(custom, '/nothing')), [302, `${to}lost`]);
    assert.deepEqual(place(await open('127.0.0.1', '/x', { headers: { 'x-forwarded-host': custom } })), [
      302,
      `${to}lost`,
    ]);
    assert.equal((await open(custom, '/nothing', { accept: 'application/json' })).status, 404);
    assert.equal((await open(custom, '/.well-known/acme-challenge/x')).status, 404);
    assert.equal((await open('short.example', '/nothing')).status, 404);
    await change({ notFoundUrl: null });
  });
});

describe('a slug', () => {
  it('is another link on each domain', async () => {
    await api.createLink({ slug: 'same', destinationUrl: `${to}default` });
    await api.createLink({ slug: 'same', destinationUrl: `${to}custom`, domain: custom });
    assert.equal((await open('short.example', '/same')).headers.location, `${to}default`);
    assert.equal((await open(custom, '/same')).headers.location, `${to}custom`);
    assert.match((await open(custom, '/same+')).text, /https:\/\/go\.example\.com\/same would take you to/);
  });

  it('leads to no custom domain, once that is verified', async () => {
    const url = 'https://later.example.com/x';
    await claimDomain(api, 'later.example.com');
    await api.createLink({ destinationUrl: url });
    await addDomain(api, dns, 'sooner.example.com');
    const answer = await api.post('/links', { destinationUrl: 'https://SOONER.example.com/x' });
    assert.deepEqual([answer.status, answer.error.code], [400, 'INVALID_URL']);
  });

  it('that asks for a password does so on its domain alone', async () => {
    const slug = 'locked';
    await api.createLink({ slug, password: 'open sesame', domain: custom });
    const body = JSON.stringify({ password: 'open sesame' });
    const unlock = (host: string): Promise<HttpAnswer> =>
      sendRequest(api.address, {
        method: 'POST',
        path: `/${slug}`,
        headers: { host, 'content-type': 'application/json', 'user-agent': personsBrowser },
        body,
      });
    assert.deepEqual(place(await unlock(custom)), [303, to]);
    assert.equal((await unlock('short.example')).status, 404);
  });
});

describe('/internal/tls-check', () => {
  const path = (name: string): string => `/internal/tls-check?domain=${encodeURIComponent(name)}`;
  const status = async (name: string, headers: Record<string, string> = {}): Promise<number> =>
    (await open('anything', path(name), { headers })).status;

  it('says yes for verified domains and the default one, in any case', async () => {
    for (const name of [custom, 'GO.example.com', 'go.example.com.', 'short.example'])
      assert.equal(await status(name), 200, name);
  });

  it('says no for everything else, without a look into the DNS', async () => {
    await claimDomain(api, 'unproved.example.com');
    const asked = dns.asked.length;
    const names = ['unproved.example.com', 'unknown.example', '', '127.0.0.1', 'a'.repeat(15_000)];
    for (const name of [...names, 'x.go.example.com', 'go.example.com/', '\u0000', '__proto__', 'constructor'])
      assert.equal(await status(name), 404, name.slice(0, 50));
    assert.equal((await open('anything', '/internal/tls-check')).status, 404);
    assert.equal(dns.asked.length, asked);
  });

  it('is there for proxies that ask for themselves, not for what they pass on', async () => {
    for (const header of ['x-forwarded-for', 'x-forwarded-host', 'forwarded', 'via']) {
      const answer = await open(custom, path(custom), { headers: { [header]: 'x' } });
      assert.equal(answer.status, 404, header);
      assert.match(answer.headers['content-type'] ?? '', /html/);
    }
  });
});

describe('a slug whose case does not matter', () => {
  const host = 'any.example.com';
  let any: DomainObject;
  const leads = async (path: string): Promise<string | undefined> => (await open(host, path)).headers.location;
  const setCase = (slugCase: string) => api.patch(`/domains/${any.id}`, { slugCase });
  const create = (slug: string) => api.post('/links', { destinationUrl: `${to}${slug}`, slug, domain: host });
  before(async () => {
    any = await addDomain(api, dns, host);
  });

  it('keeps two links apart while it does', async () => {
    for (const slug of ['Sale', 'sale', 'Straße', 'Other']) assert.equal((await create(slug)).status, 201);
    assert.deepEqual(
      [await leads('/Sale'), await leads('/sale'), await leads('/SALE')],
      [`${to}Sale`, `${to}sale`, undefined],
    );
  });

  it('cannot begin while two differ by it, and says which', async () => {
    const refused = await setCase('insensitive');
    assert.deepEqual([refused.status, refused.error.code], [409, 'CONFLICT']);
    assert.match(refused.error.message, /while links differ by it alone: Sale and sale$/);
    assert.equal(refused.error.details?.[0]?.path, 'slugCase');
    assert.equal(await leads('/OTHER'), undefined);
  });

  it('is found in any case, and taken in any', async () => {
    const [sale] = (await api.get(`/links?domain=${host}&search=sale`)).data<{ id: string; slug: string }[]>();
    assert.equal((await api.patch(`/links/${sale!.id}`, { slug: 'renamed' })).status, 200);
    assert.equal((await setCase('insensitive')).status, 200);
    for (const path of ['/Other', '/OTHER', '/other', '/oTHER/']) assert.equal(await leads(path), `${to}Other`, path);
    assert.equal(await leads(encodeURI('/STRASSE')), `${to}Stra%C3%9Fe`);
    assert.match((await open(host, '/OTHER+')).text, /would take you to/);
    for (const slug of ['other', 'OTHER', 'Other', 'STRASSE', 'RENAMED']) {
      const taken = await create(slug);
      assert.deepEqual([taken.status, taken.error.code, taken.error.details?.[0]?.path], [409, 'SLUG_EXISTS', 'slug']);
      const asked = await api.get(`/links/check-slug?slug=${encodeURIComponent(slug)}&domain=${host}`);
      assert.equal(asked.data<{ reason: string }>().reason, 'SLUG_EXISTS');
    }
    const kept = (await api.get(`/links?domain=${host}&search=other`)).data<{ slug: string }[]>();
    assert.deepEqual(
      kept.map(({ slug }) => slug),
      ['Other'],
    );
  });

  it('changes the own link in any case by PUT, and shows the new spelling', async () => {
    const put = await api.send('PUT', '/links', { destinationUrl: `${to}put`, slug: 'OTHER', domain: host });
    assert.equal(put.status, 200, put.text);
    assert.equal(put.data<{ slug: string }>().slug, 'OTHER');
    assert.deepEqual([await leads('/other'), await leads('/OTHER')], [`${to}put`, `${to}put`]);
  });

  it('shows a change and the end of a link at once, in every case', async () => {
    const link = (await create('Fresh')).data<{ id: string }>();
    assert.equal(await leads('/FRESH'), `${to}Fresh`);
    await api.patch(`/links/${link.id}`, { destinationUrl: `${to}changed` });
    assert.deepEqual([await leads('/FRESH'), await leads('/fresh')], [`${to}changed`, `${to}changed`]);
    await api.patch(`/links/${link.id}`, { slug: 'gone' });
    assert.deepEqual([await leads('/FRESH'), await leads('/GONE')], [undefined, `${to}changed`]);
    await api.delete(`/links/${link.id}`);
    assert.equal((await open(host, '/Gone')).status, 410);
  });

  it('goes on being found in any case when it matters again: it may be printed so', async () => {
    assert.equal((await setCase('sensitive')).status, 200);
    assert.deepEqual(
      [await leads('/other'), await leads('/OTHER'), await leads('/STRASSE')],
      [`${to}put`, `${to}put`, `${to}Stra%C3%9Fe`],
    );
    // Whatever the old links are found by stays theirs; new ones are found in their own case.
    assert.equal((await create('oTHer')).status, 409);
    for (const slug of ['New', 'new']) assert.equal((await create(slug)).status, 201);
    assert.deepEqual(
      [await leads('/New'), await leads('/new'), await leads('/NEW')],
      [`${to}New`, `${to}new`, undefined],
    );
    // A change that does not touch the slug does not touch how it is found either.
    const [other] = (await api.get(`/links?domain=${host}&search=other`)).data<{ id: string }[]>();
    await api.patch(`/links/${other!.id}`, { title: 'Changed' });
    assert.equal(await leads('/oThEr'), `${to}put`);
    const again = await setCase('insensitive');
    assert.match(again.error.message, /New and new$/);
  });

  it('is decided anew when a link moves to another domain', async () => {
    const [other] = (await api.get(`/links?domain=${host}&search=other`)).data<{ id: string }[]>();
    await api.patch(`/links/${other!.id}`, { domain: custom });
    assert.deepEqual(
      [(await open(custom, '/OTHER')).status, (await open(custom, '/other')).status, await leads('/other')],
      [302, 404, undefined],
    );
    await api.patch(`/links/${other!.id}`, { domain: host });
    assert.deepEqual([await leads('/OTHER'), await leads('/other')], [`${to}put`, undefined]);
  });
});

describe('links.slug_case', () => {
  it('is the same for the default domain, and stops the start while two links differ by case alone', async () => {
    const first = await startServer();
    const client = ApiClient.of(first);
    const [sale] = [await client.createLink({ slug: 'Sale' }), await client.createLink({ slug: 'sale' })];
    await first.stop();
    const { dataFolder } = first;
    const insensitive = ['--links-slug-case', 'insensitive'];
    const refused = await runServeToEnd({ dataFolder, flags: insensitive });
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /^signpost: slugs must keep their case .* alone: Sale and sale$/m);

    const second = await startServer({ dataFolder });
    const again = new ApiClient(second.address, client.key);
    assert.equal((await again.patch(`/links/${sale.id}`, { slug: 'Other' })).status, 200);
    await second.stop();
    const third = await startServer({ dataFolder, flags: insensitive });
    const found = new ApiClient(third.address, client.key);
    assert.equal((await found.visit('OTHER')).status, 302);
    // Nothing else leads to what is in memory by now.
    for (const path of ['~other', '/other', '1~other', '1/other', '1//other'])
      assert.equal((await sendRequest(third.address, { path: `/${path}` })).status, 404, path);
    await third.stop();
    const fourth = await startServer({ dataFolder });
    assert.equal((await new ApiClient(fourth.address, client.key).visit('oTHER')).status, 302);
    await fourth.kill();
  });
});
