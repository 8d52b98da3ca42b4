// The end of a custom domain: not while anything is on it, and nothing left behind when it is gone.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { addUser } from '../support/accounts.ts';
import { ApiClient, sendRequest } from '../support/api-client.ts';
import { DnsServer } from '../support/dns-server.ts';
import { addDomain, claimDomain } from '../support/domains.ts';
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
  server = await startServer({ flags: ['--dns-servers', dns.address] });
  api = ApiClient.of(server);
  other = addUser(server).client;
});
after(() => dns.close());

describe('DELETE /domains/:id', () => {
  it('is CONFLICT while links are on it, archived ones too, and says how many', async () => {
    const domain = await addDomain(api, dns, 'busy.example.com');
    const [kept, archived] = [
      await api.createLink({ slug: 'kept', domain: 'busy.example.com' }),
      await api.createLink({ slug: 'archived', domain: 'busy.example.com' }),
    ];
    await api.delete(`/links/${archived.id}`);
    const refused = await api.delete(`/domains/${domain.id}`);
    assert.deepEqual([refused.status, refused.error.code], [409, 'CONFLICT']);
    assert.match(refused.error.message, /^2 links are on busy\.example\.com \(1 archived\)/);
    assert.equal((await api.visit('kept', { host: 'busy.example.com' })).status, 302);

    const home = new URL(server.address).hostname;
    assert.equal((await api.patch(`/links/${kept.id}`, { domain: home })).status, 200);
    assert.equal((await api.delete(`/domains/${domain.id}`)).status, 409);
    assert.equal((await api.patch(`/links/${archived.id}`, { domain: home })).status, 200);
    assert.equal((await api.delete(`/domains/${domain.id}`)).status, 204);
    assert.equal((await api.get(`/domains/${domain.id}`)).status, 404);
    assert.equal((await api.delete(`/domains/${domain.id}`)).status, 404);
  });

  it('works once its links have been moved, all but those whose slugs are taken', async () => {
    const domain = await addDomain(api, dns, 'closing.example.com');
    const made = await api.post(
      '/links/bulk',
      Array.from({ length: 500 }, (_, n) => ({
        destinationUrl: `https://example.com/${n}`,
        slug: `closing-${n}`,
        domain: domain.domain,
      })),
    );
    assert.equal(made.status, 201);
    await api.createLink({ slug: 'closing-0' });
    const late = await api.createLink({ slug: 'z-archived', domain: domain.domain });
    await api.delete(`/links/${late.id}`);
    assert.equal((await api.visit('closing-1', { host: domain.domain })).status, 302);
    const home = new URL(server.address).hostname;
    type Moved = { moved: number; remaining: number; taken: { id: string; slug: string }[] };
    const move = (key: string) =>
      api.send('POST', `/domains/${domain.id}/move-links`, { domain: home }, { 'idempotency-key': key });
    const first = (await move('move-1')).data<Moved>();
    assert.deepEqual([first.moved, first.remaining, first.taken.length], [500, 1, 1]);
    assert.deepEqual((await move('move-1')).data(), first);
    assert.deepEqual((await move('move-2')).data<Moved>(), { ...first, moved: 0 });
    assert.equal((await api.visit('closing-1', { host: domain.domain })).status, 404);
    assert.equal((await api.visit('closing-1')).headers.location, 'https://example.com/1');
    assert.equal((await api.visit('z-archived')).status, 410);
    assert.equal((await api.delete(`/domains/${domain.id}`)).status, 409);
    assert.equal(
      (await api.patch(`/links/${first.taken[0]?.id}`, { slug: 'closing-again', domain: home })).status,
      200,
    );
    assert.equal((await api.delete(`/domains/${domain.id}`)).status, 204);
  });

  it('is not helped by a move to where no links may be', async () => {
    const domain = await addDomain(api, dns, 'from.example.com');
    await claimDomain(api, 'unproved.example.com');
    await addDomain(other, dns, 'to-theirs.example.com');
    const path = `/domains/${domain.id}/move-links`;
    for (const [body, status, code] of [
      [{ domain: 'unproved.example.com' }, 403, 'DOMAIN_NOT_VERIFIED'],
      [{ domain: 'to-theirs.example.com' }, 400, 'VALIDATION_ERROR'],
      [{ domain: 'from.example.com' }, 400, 'VALIDATION_ERROR'],
      [{ domain: 'nowhere.example' }, 400, 'VALIDATION_ERROR'],
      [{}, 400, 'VALIDATION_ERROR'],
    ] as const) {
      const answer = await api.post(path, body);
      assert.deepEqual([answer.status, answer.error.code], [status, code], JSON.stringify(body));
      assert.equal(answer.error.details?.[0]?.path, 'domain');
    }
    assert.equal((await other.post(path, { domain: 'to-theirs.example.com' })).status, 404);
  });

  it('frees the name, and ends what it served', async () => {
    const domain = await addDomain(api, dns, 'freed.example.com', { defaultRedirectUrl: 'https://example.com/home' });
    const root = () => sendRequest(server.address, { path: '/', headers: { host: 'freed.example.com' } });
    assert.equal((await root()).headers.location, 'https://example.com/home');
    await api.delete(`/domains/${domain.id}`);
    assert.equal((await root()).status, 200);
    await addDomain(other, dns, 'freed.example.com');
  });

  it('leaves the history of links that were on it readable, but nothing to go back to', async () => {
    const domain = await addDomain(api, dns, 'former.example.com');
    const link = await api.createLink({ slug: 'moved', domain: 'former.example.com' });
    const home = new URL(server.address).hostname;
    await api.patch(`/links/${link.id}`, { domain: home });
    type Version = { changes: { domain?: { before: unknown; after: unknown } } };
    const changes = async () => (await api.get(`/links/${link.id}/history`)).data<Version[]>()[0]!.changes.domain;
    assert.deepEqual(await changes(), { before: 'former.example.com', after: home });
    await api.delete(`/domains/${domain.id}`);
    assert.deepEqual(await changes(), { before: null, after: home });
    const restored = await api.post(`/links/${link.id}/restore`, { version: 1 });
    assert.deepEqual([restored.status, restored.error.code], [409, 'CONFLICT']);
  });
});
