// Custom domains through the API: claimed, proved, changed and given up; and who may have which.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { addUser } from '../support/accounts.ts';
import { ApiClient } from '../support/api-client.ts';
import { DnsServer } from '../support/dns-server.ts';
import { addDomain, claimDomain, type DomainObject, publishProof, verifyDomain } from '../support/domains.ts';
import { checkExchanges } from '../support/recorded-exchanges.ts';
import { closeServers, type ServerProcess, startServer } from '../support/server-process.ts';

after(closeServers);
checkExchanges();

let dns: DnsServer;
let server: ServerProcess;
let api: ApiClient;
let other: ApiClient;
before(async () => {
  dns = await DnsServer.start();
  const flags = ['--dns-servers', dns.address, '--server-api-hosts', 'admin.example', '--plans-free-max-domains', '3'];
  server = await startServer({ flags });
  api = ApiClient.of(server);
  other = addUser(server).client;
});
after(() => dns.close());

describe('POST /domains', () => {
  it('answers with the whole domain, which waits for the record that it names', async () => {
    const domain = await claimDomain(api, 'Go.Example.COM.');
    assert.match(domain.id, /^dom_[0-9A-Za-z]{16}$/);
    assert.match(domain.verificationToken, /^[0-9A-Za-z]{32}$/);
    assert.deepEqual(domain, {
      id: domain.id,
      domain: 'go.example.com',
      verificationStatus: 'pending',
      verificationToken: domain.verificationToken,
      verificationRecord: {
        type: 'TXT',
        name: '_signpost.go.example.com',
        value: `signpost-verify=${domain.verificationToken}`,
      },
      verificationProblem: null,
      verifiedAt: null,
      lastCheckedAt: null,
      failingSince: null,
      sslStatus: 'external',
      defaultRedirectUrl: null,
      notFoundUrl: null,
      slugCase: 'sensitive',
      clickRetentionDays: null,
      createdAt: domain.createdAt,
      updatedAt: domain.createdAt,
    });
    assert.deepEqual((await api.get(`/domains/${domain.id}`)).data(), domain);
  });

  it('takes every setting, URLs as the URL Standard writes them', async () => {
    const settings = {
      defaultRedirectUrl: 'https://WWW.example.com',
      notFoundUrl: 'https://www.example.com/a b'.replace(' ', '%20'),
      slugCase: 'insensitive',
      clickRetentionDays: 30,
    };
    const made = await claimDomain(api, 'settings.example.com', settings);
    const { defaultRedirectUrl, notFoundUrl, slugCase, clickRetentionDays } = made;
    assert.deepEqual(
      { defaultRedirectUrl, notFoundUrl, slugCase, clickRetentionDays },
      { ...settings, defaultRedirectUrl: 'https://www.example.com/' },
    );
    const nothing = await claimDomain(
      api,
      'nothing.example.com',
      Object.fromEntries(Object.keys(settings).map((name) => [name, null])),
    );
    assert.deepEqual([nothing.slugCase, nothing.clickRetentionDays], ['sensitive', null]);
  });

  it('stores a name in any script in its ASCII form', async () => {
    const made = await claimDomain(api, 'Bücher.example');
    assert.equal(made.domain, 'xn--bcher-kva.example');
    assert.equal(made.verificationRecord.name, '_signpost.xn--bcher-kva.example');
  });

  it('refuses what is no name, and names the field', async () => {
    const wrong: [body: unknown, field: string, code?: string][] = [
      [{}, 'domain'],
      [{ domain: null }, 'domain'],
      [{ domain: 1 }, 'domain'],
      [{ domain: '' }, 'domain'],
      [{ domain: ['go.example.com'] }, 'domain'],
      [{ domain: 'https://a.example.com' }, 'domain'],
      [{ domain: 'a.example.com:80' }, 'domain'],
      [{ domain: '127.0.0.1' }, 'domain'],
      [{ domain: 'co.uk' }, 'domain'],
      [{ domain: 'a\u0000.example.com' }, 'domain'],
      [{ domain: '\ud800.example.com' }, 'domain'],
      [{ domain: `${'a.'.repeat(200)}com` }, 'domain'],
      [{ domain: 'x'.repeat(500_000) }, 'domain'],
      [{ domain: 'admin.example' }, 'domain'],
      [{ domain: 'a.example.com', slugCase: 'lower' }, 'slugCase'],
      [{ domain: 'a.example.com', clickRetentionDays: 0 }, 'clickRetentionDays'],
      [{ domain: 'a.example.com', clickRetentionDays: 1.5 }, 'clickRetentionDays'],
      [{ domain: 'a.example.com', defaultRedirectUrl: 'javascript:alert(1)' }, 'defaultRedirectUrl', 'INVALID_URL'],
      [{ domain: 'a.example.com', notFoundUrl: server.address }, 'notFoundUrl', 'INVALID_URL'],
      [{ domain: 'a.example.com', unknown: 1 }, 'unknown'],
      [JSON.parse('{"domain":"a.example.com","__proto__":{}}'), '__proto__'],
      [[], ''],
    ];
    for (const [body, field, code = 'VALIDATION_ERROR'] of wrong) {
      const answer = await api.post('/domains', body);
      assert.deepEqual([answer.status, answer.error.code], [400, code], answer.text);
      assert.equal(answer.error.details?.[0]?.path, field, answer.text);
    }
    assert.equal((await api.get('/domains')).meta.total, 4);
  });

  it('makes one domain of a call that is sent again, also at the same moment', async () => {
    const send = () =>
      api.send('POST', '/domains', { domain: 'once.example.com' }, { 'idempotency-key': 'claim-once' });
    const answers = await Promise.all([send(), send(), send()]);
    assert.equal(new Set(answers.map((answer) => answer.data<DomainObject>().id)).size, 1);
  });

  it('is CONFLICT for a name that the user has already', async () => {
    await claimDomain(api, 'twice.example.com');
    const again = await api.post('/domains', { domain: 'TWICE.example.com.' });
    assert.deepEqual([again.status, again.error.code], [409, 'CONFLICT']);
    assert.equal(again.error.details?.[0]?.path, 'domain');
  });

  it('makes as many as the plan allows, however many are asked for at once', async () => {
    for (let round = 0; round < 5; round++) {
      const { client } = addUser(server, 'free');
      const answers = await Promise.all(
        Array.from({ length: 12 }, (_, n) => client.post('/domains', { domain: `q${n}-${round}.example.net` })),
      );
      const statuses = answers.map(({ status }) => status).toSorted((a, b) => a - b);
      assert.deepEqual(statuses, [...Array.from({ length: 3 }, () => 201), ...Array.from({ length: 9 }, () => 402)]);
      const usage = (await client.get('/usage')).data<{ domains: object }>();
      assert.deepEqual(usage.domains, { used: 3, limit: 3 });
      const [first] = (await client.get('/domains')).data<DomainObject[]>();
      assert.equal((await client.delete(`/domains/${first!.id}`)).status, 204);
      assert.equal((await client.post('/domains', { domain: `room-${round}.example.net` })).status, 201);
    }
  });
});

describe('GET /domains', () => {
  it("lists the user's own, the newest first, page by page", async () => {
    const { client } = addUser(server);
    const made = [];
    for (const name of ['a', 'b', 'c']) made.unshift(await claimDomain(client, `${name}.pages.example`));
    assert.deepEqual((await client.get('/domains')).data(), made);
    const first = await client.get('/domains?perPage=2');
    assert.deepEqual(first.data(), made.slice(0, 2));
    const { nextCursor } = first.meta as unknown as { nextCursor: string };
    assert.deepEqual((await client.get(`/domains?perPage=2&cursor=${nextCursor}`)).data(), made.slice(2));
  });
});

describe("another user's domain", () => {
  it('is not there, by any method', async () => {
    const theirs = await claimDomain(other, 'theirs.example.com');
    const before = (await other.get(`/domains/${theirs.id}`)).text;
    for (const [method, path, body] of [
      ['GET', ''],
      ['PATCH', '', { slugCase: 'insensitive' }],
      ['DELETE', ''],
      ['POST', '/verify'],
    ] as const) {
      const answer = await api.send(method, `/domains/${theirs.id}${path}`, body);
      const unknown = await api.send(method, `/domains/dom_0000000000000000${path}`, body);
      assert.deepEqual([answer.status, answer.error.code], [404, 'NOT_FOUND'], method);
      assert.equal(answer.text, unknown.text);
    }
    assert.equal((await other.get(`/domains/${theirs.id}`)).text, before);
  });

  it('takes no links of mine', async () => {
    await addDomain(other, dns, 'verified-theirs.example.com');
    const answer = await api.post('/links', {
      destinationUrl: 'https://example.com/',
      domain: 'verified-theirs.example.com',
    });
    assert.deepEqual([answer.status, answer.error.code], [400, 'VALIDATION_ERROR']);
    assert.equal(answer.error.details?.[0]?.path, 'domain');
  });
});

describe('another method', () => {
  it('is 405 with those that there are', async () => {
    for (const [path, allow] of [
      ['/domains', 'POST, GET, HEAD'],
      ['/domains/dom_x', 'GET, HEAD, PATCH, DELETE'],
      ['/domains/dom_x/verify', 'POST'],
    ] as const) {
      const answer = await api.send('PUT', path, {});
      assert.deepEqual([answer.status, answer.headers.allow], [405, allow]);
    }
  });
});

describe('a claim', () => {
  it('is proved by its record, and then serves', async () => {
    const domain = await claimDomain(api, 'proved.example.com');
    const missing = await verifyDomain(api, domain);
    assert.deepEqual([missing.verificationStatus, missing.verificationProblem?.reason], ['pending', 'no_such_name']);
    assert.ok(missing.lastCheckedAt !== null);
    const early = await api.post('/links', { destinationUrl: 'https://example.com/', domain: 'proved.example.com' });
    assert.deepEqual([early.status, early.error.code], [403, 'DOMAIN_NOT_VERIFIED']);
    assert.equal(early.error.details?.[0]?.path, 'domain');
    const asked = await api.get('/links/check-slug?slug=a&domain=proved.example.com');
    assert.deepEqual([asked.status, asked.error.code], [403, 'DOMAIN_NOT_VERIFIED']);

    publishProof(dns, domain);
    const verified = await verifyDomain(api, domain);
    assert.deepEqual([verified.verificationStatus, verified.verificationProblem], ['verified', null]);
    assert.ok(verified.verifiedAt !== null && verified.updatedAt >= domain.updatedAt);
    const link = await api.createLink({ slug: 'here', domain: 'PROVED.example.com' });
    assert.deepEqual([link.domain, link.shortUrl], ['proved.example.com', 'http://proved.example.com/here']);
    assert.equal((await api.visit('here', { host: 'proved.example.com' })).status, 302);
    assert.equal((await api.visit('here')).status, 404);
  });

  it('may be made by several users, of whom the first to prove it gets it', async () => {
    const mine = await claimDomain(api, 'contested.example.com');
    const theirs = await claimDomain(other, 'contested.example.com');
    assert.notEqual(mine.verificationToken, theirs.verificationToken);
    // Both records stand, and both ask at the same moment.
    const { name, value } = mine.verificationRecord;
    dns.set(name, { txt: [[value], [theirs.verificationRecord.value]] });
    const verify = (client: ApiClient, { id }: DomainObject) => client.send('POST', `/domains/${id}/verify`);
    const answers = await Promise.all([verify(api, mine), verify(other, theirs)]);
    assert.deepEqual(
      answers.map(({ status }) => status).toSorted((a, b) => a - b),
      [200, 409],
    );
    assert.equal(answers.find(({ status }) => status === 409)?.error.code, 'CONFLICT');
    const [winner, loser, lost] = answers[0].status === 200 ? [api, other, theirs] : [other, api, mine];
    assert.equal((await loser.get(`/domains/${lost.id}`)).data<DomainObject>().verificationStatus, 'pending');
    await winner.createLink({ slug: 'won', domain: 'contested.example.com' });
    const third = await addUser(server).client.post('/domains', { domain: 'contested.example.com' });
    assert.deepEqual([third.status, third.error.code], [409, 'CONFLICT']);
  });

  it('is looked for so often, and then later', async () => {
    const domain = await claimDomain(api, 'impatient.example.com');
    const answers = [];
    for (let n = 0; n < 6; n++) answers.push(await api.send('POST', `/domains/${domain.id}/verify`));
    const last = answers.at(-1)!;
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200, 200, 200, 200, 429],
    );
    assert.equal(last.error.code, 'RATE_LIMITED');
    assert.ok(Number(last.headers['retry-after']) > 0 && Number(last.headers['retry-after']) <= 30);
  });

  it('is answered as the first time with the same Idempotency-Key', async () => {
    const domain = await claimDomain(api, 'again.example.com');
    const send = async () => {
      const answer = await api.send('POST', `/domains/${domain.id}/verify`, undefined, { 'idempotency-key': 'v-1' });
      return answer.data<DomainObject>();
    };
    const first = await send();
    publishProof(dns, domain);
    assert.deepEqual(await send(), first);
    assert.equal((await verifyDomain(api, domain)).verificationStatus, 'verified');
  });
});

describe('PATCH /domains/:id', () => {
  it('changes what is given and leaves the rest', async () => {
    const domain = await claimDomain(api, 'patched.example.com', { clickRetentionDays: 7 });
    const change = await api.patch(`/domains/${domain.id}`, { notFoundUrl: 'https://example.com/lost' });
    const changed = change.data<DomainObject>();
    assert.deepEqual(changed, { ...domain, notFoundUrl: 'https://example.com/lost', updatedAt: changed.updatedAt });
    assert.ok(changed.updatedAt > domain.updatedAt);
    const cleared = (
      await api.patch(`/domains/${domain.id}`, { notFoundUrl: null, clickRetentionDays: null })
    ).data<DomainObject>();
    assert.deepEqual([cleared.notFoundUrl, cleared.clickRetentionDays], [null, null]);
  });

  it('takes no other name, and nothing that is wrong, and then changes nothing', async () => {
    const domain = await claimDomain(api, 'fixed.example.com');
    for (const [change, field] of [
      [{ domain: 'other.example.com' }, 'domain'],
      [{ clickRetentionDays: 5, notFoundUrl: 'ftp://example.com/' }, 'notFoundUrl'],
      [{ slugCase: 1 }, 'slugCase'],
      [{ verificationStatus: 'verified' }, 'verificationStatus'],
    ] as const) {
      const answer = await api.patch(`/domains/${domain.id}`, change);
      assert.deepEqual([answer.status, answer.error.details?.[0]?.path], [400, field], answer.text);
    }
    assert.deepEqual((await api.get(`/domains/${domain.id}`)).data(), domain);
  });
});
