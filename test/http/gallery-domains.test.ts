// Galleries on domains of one's own: found there and nowhere else, moved, and in the way of giving the domain up.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { addUser } from '../support/accounts.ts';
import { ApiClient, personsBrowser, sendRequest } from '../support/api-client.ts';
import { DnsServer } from '../support/dns-server.ts';
import { addDomain, claimDomain } from '../support/domains.ts';
import { checkExchanges } from '../support/recorded-exchanges.ts';
import { closeServers, type ServerProcess, startServer } from '../support/server-process.ts';

after(closeServers);
checkExchanges();

interface GalleryObject {
  readonly id: string;
  readonly url: string;
  readonly domain: string;
  readonly viewCount: number;
  readonly items: readonly { readonly id: string; readonly url: string | null }[];
}

let dns: DnsServer;
let server: ServerProcess;
let api: ApiClient;
before(async () => {
  dns = await DnsServer.start();
  server = await startServer({ flags: ['--dns-servers', dns.address] });
  api = ApiClient.of(server);
});
after(() => dns.close());

const visit = (host: string, path: string) =>
  sendRequest(server.address, { path, headers: { host, 'user-agent': personsBrowser } });

async function newGallery(fields: object, by = api): Promise<GalleryObject> {
  const answer = await by.post('/galleries', { isPublished: true, ...fields });
  assert.equal(answer.status, 201, answer.text);
  return answer.data<GalleryObject>();
}

describe('a gallery on a domain of its owner', () => {
  it('is found there, with the same slug as others elsewhere', async () => {
    const domain = await addDomain(api, dns, 'ada.example.com');
    const there = await newGallery({ title: 'There', slug: 'me', domain: 'Ada.example.com' });
    const here = await newGallery({ title: 'Here', slug: 'me' });
    assert.deepEqual([there.domain, there.url], [domain.domain, 'http://ada.example.com/bio/me']);
    assert.match((await visit('ada.example.com', '/bio/me')).text, /<h1 dir="auto">There</);
    assert.match((await visit(new URL(server.address).host, '/bio/me')).text, /<h1 dir="auto">Here</);
    const views = async ({ id }: GalleryObject) => (await api.get(`/galleries/${id}`)).data<GalleryObject>().viewCount;
    assert.deepEqual([await views(there), await views(here)], [1, 1]);
    const data = await api.get('/public/galleries/ada.example.com/me');
    assert.equal(data.data<{ title: string }>().title, 'There');
    // Neither the API nor what belongs to it answers there.
    assert.equal((await visit('ada.example.com', '/api/v1/galleries')).status, 404);
  });

  it('leads on from there, also to a short link of another domain', async () => {
    await addDomain(api, dns, 'leads.example.com');
    const { id } = await newGallery({ title: 'x', slug: 'me', domain: 'leads.example.com' });
    const link = await api.createLink({ slug: 'elsewhere' });
    const fields = { type: 'link', title: 'x', linkId: link.id };
    const item = (await api.post(`/galleries/${id}/items`, fields)).data<{ id: string }>();
    const { headers } = await visit('leads.example.com', `/bio/me/${item.id}`);
    assert.equal(headers.location, link.shortUrl);
  });

  it('moves to another domain, where its slug must be free', async () => {
    await addDomain(api, dns, 'old.example.com');
    await addDomain(api, dns, 'new.example.com');
    const { id } = await newGallery({ title: 'x', slug: 'moving', domain: 'old.example.com' });
    const blocking = await newGallery({ title: 'y', slug: 'Moving', domain: 'new.example.com' });
    const move = () => api.patch(`/galleries/${id}`, { domain: 'new.example.com' });
    assert.equal((await move()).error.code, 'SLUG_EXISTS');
    await api.delete(`/galleries/${blocking.id}`);
    assert.equal((await move()).data<GalleryObject>().url, 'http://new.example.com/bio/moving');
    assert.deepEqual(
      [(await visit('old.example.com', '/bio/moving')).status, (await visit('new.example.com', '/bio/moving')).status],
      [404, 200],
    );
  });

  it('needs one that is verified, and the owner’s', async () => {
    await claimDomain(api, 'pending.example.com');
    const pending = await api.post('/galleries', { title: 'x', domain: 'pending.example.com' });
    assert.deepEqual([pending.status, pending.error.code], [403, 'DOMAIN_NOT_VERIFIED']);
    const { client: other } = addUser(server);
    await addDomain(other, dns, 'theirs.example.com');
    const foreign = await api.post('/galleries', { title: 'x', domain: 'theirs.example.com' });
    assert.deepEqual([foreign.status, foreign.error.details?.[0]?.path], [400, 'domain']);
  });

  it('is in the way of giving the domain up', async () => {
    const { id: domainId } = await addDomain(api, dns, 'kept.example.com');
    const { id } = await newGallery({ title: 'x', slug: 'me', domain: 'kept.example.com' });
    const refused = await api.delete(`/domains/${domainId}`);
    assert.deepEqual([refused.status, refused.error.code], [409, 'CONFLICT']);
    assert.equal((await visit('kept.example.com', '/bio/me')).status, 200);
    await api.delete(`/galleries/${id}`);
    assert.equal((await api.delete(`/domains/${domainId}`)).status, 204);
  });

  it('tells no more of itself, unpublished, than the domain’s own unknown paths', async () => {
    const notFoundUrl = 'https://www.example.com/lost';
    await addDomain(api, dns, 'quiet.example.com', { notFoundUrl });
    await newGallery({ title: 'x', slug: 'me', domain: 'quiet.example.com', isPublished: false });
    for (const slug of ['me', 'nobody']) {
      const { status, headers } = await visit('quiet.example.com', `/bio/${slug}`);
      assert.deepEqual([status, headers.location], [302, notFoundUrl], slug);
    }
  });
});
