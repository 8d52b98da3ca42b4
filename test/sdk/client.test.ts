import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { ApiError, ConnectionError, Signpost, TimeoutError } from '../../src/sdk/client.ts';
import { addUser } from '../support/accounts.ts';
import { ApiClient } from '../support/api-client.ts';
import { DnsServer } from '../support/dns-server.ts';
import { publishProof } from '../support/domains.ts';
import { closeServers, startServer } from '../support/server-process.ts';
import { closeTroubledServers, type Trouble, type TroubledServer, troubledServer } from '../support/troubled-server.ts';

after(async () => {
  closeTroubledServers();
  dns.close();
  await closeServers();
});

const dns = await DnsServer.start();
const server = await startServer({ flags: ['--dns-servers', dns.address] });
const api = ApiClient.of(server);
const signpost = new Signpost({ apiKey: api.key!, baseUrl: server.address });

const troubled = (trouble: Trouble): Promise<TroubledServer> => troubledServer(server.address, trouble);
const clientOf = (address: string): Signpost => new Signpost({ apiKey: api.key!, baseUrl: address });

/** The error that a call fails with; fails the test when it does not. */
async function failureOf(call: PromiseLike<unknown>): Promise<unknown> {
  try {
    await call;
  } catch (error) {
    return error;
  }
  return assert.fail('the call did not fail');
}

describe('the client', () => {
  it('makes, gets, changes, counts and archives a link', async () => {
    const link = await signpost.links.create({
      destinationUrl: 'https://example.com/product',
      slug: 'summer-sale',
      title: 'Summer Sale Campaign',
      tags: ['marketing', 'summer-2024'],
      utmSource: 'email',
      utmCampaign: 'summer-sale',
    });
    assert.equal(link.shortUrl, `${server.address}/summer-sale`);
    assert.deepEqual(await signpost.links.get(link.id), link);
    await api.visit('summer-sale');
    const stats = await signpost.links.stats(link.id, { period: '7d' });
    assert.equal(stats.totalClicks, 1);
    const changed = await signpost.links.update(link.id, { title: null, tags: ['updated'] });
    assert.deepEqual([changed.title, changed.tags], [null, ['updated']]);
    assert.equal((await signpost.links.history(link.id)).length, 2);
    assert.equal((await signpost.links.restore(link.id, 1)).title, 'Summer Sale Campaign');
    assert.equal((await signpost.links.explain(link.id)).outcome, 'redirect');
    assert.equal(await signpost.links.delete(link.id), undefined);
    assert.equal((await signpost.links.get(link.id)).isArchived, true);
  });

  it('makes and archives many, upserts, and asks for slugs', async () => {
    const made = await signpost.links.bulkCreate([
      { destinationUrl: 'https://example.com/a', slug: 'bulk-a' },
      { destinationUrl: 'nowhere', slug: 'bulk-b' },
    ]);
    assert.deepEqual(
      made.map((one) => (one.success ? one.data.slug : one.error.code)),
      ['bulk-a', 'INVALID_URL'],
    );
    const again = await signpost.links.upsert({ destinationUrl: 'https://example.com/b', slug: 'bulk-a' });
    assert.equal(again.destinationUrl, 'https://example.com/b');
    assert.equal((await signpost.links.checkSlug({ slug: 'bulk-a' })).available, false);
    assert.deepEqual(await signpost.links.bulkArchive([again.id, 'lnk_none']), { archived: 1, notFound: ['lnk_none'] });
  });

  it('adds, lists, changes and deletes domains', async () => {
    const domain = await signpost.domains.create({ domain: 'links.example.org' });
    assert.equal(domain.verificationStatus, 'pending');
    const changed = await signpost.domains.update(domain.id, { notFoundUrl: 'https://example.org/gone' });
    assert.equal((await signpost.domains.get(domain.id)).notFoundUrl, changed.notFoundUrl);
    const names: string[] = [];
    for await (const { domain: name } of signpost.domains.list()) names.push(name);
    assert.deepEqual(names, ['links.example.org']);
    await signpost.domains.delete(domain.id);
    assert.equal((await signpost.domains.list()).meta.total, 0);
  });

  it('verifies a domain, and moves the links of one to another', async () => {
    const make = async (domain: string) => {
      const claimed = await signpost.domains.create({ domain });
      assert.equal((await signpost.domains.verify(claimed.id)).verificationProblem?.reason, 'no_such_name');
      publishProof(dns, claimed);
      const verified = await signpost.domains.verify(claimed.id);
      assert.deepEqual([verified.verificationStatus, verified.verificationProblem], ['verified', null]);
      return verified;
    };
    const [from, to] = [await make('from.example.org'), await make('to.example.org')];
    const slugs = ['moves-a', 'moves-b', 'stays'];
    for (const slug of slugs)
      await signpost.links.create({ destinationUrl: 'https://example.com/', slug, domain: from.domain });
    await signpost.links.create({ destinationUrl: 'https://example.com/', slug: 'stays', domain: to.domain });
    const { moved, remaining, taken } = await signpost.domains.moveLinks(from.id, { domain: to.domain });
    assert.deepEqual([moved, remaining, taken.map(({ slug }) => slug)], [2, 1, ['stays']]);
    const where: string[] = [];
    for await (const { slug, domain } of signpost.links.list({ domain: to.domain })) where.push(`${domain}/${slug}`);
    assert.deepEqual(
      where.toSorted(),
      slugs.map((slug) => `${to.domain}/${slug}`),
    );
    const nowhere = await failureOf(signpost.domains.moveLinks(from.id, { domain: 'nowhere.example' }));
    assert.ok(nowhere instanceof ApiError);
    assert.deepEqual([nowhere.code, nowhere.details[0]?.path], ['VALIDATION_ERROR', 'domain']);
  });

  it('draws and saves QR codes', async () => {
    const startOf = (bytes: Uint8Array): string => Buffer.from(bytes.subarray(0, 4)).toString('latin1');
    assert.equal(startOf(await signpost.qr.generate({ url: 'https://example.com', size: 128 })), '<svg');
    const link = await signpost.links.create({ destinationUrl: 'https://example.com/scanned' });
    const code = await signpost.qr.create({ linkId: link.id, name: 'Poster', format: 'png' });
    assert.equal((await signpost.qr.update(code.id, { name: 'Flyer' })).name, 'Flyer');
    assert.equal((await signpost.qr.get(code.id)).linkId, link.id);
    assert.equal((await signpost.qr.list({ linkId: link.id })).meta.total, 1);
    assert.equal(startOf(await signpost.qr.download(code.id)), '\x89PNG');
    assert.equal(startOf(await signpost.qr.download(code.id, { format: 'svg' })), '<svg');
    assert.match(startOf(await signpost.qr.downloadBatch({ linkIds: [link.id] })), /^PK/);
    await signpost.qr.delete(code.id);
    assert.equal(((await failureOf(signpost.qr.download(code.id))) as ApiError).code, 'NOT_FOUND');
  });

  it('makes galleries, and puts items on them', async () => {
    const gallery = await signpost.galleries.create({ slug: 'ada', title: 'Ada' });
    const add = (title: string) =>
      signpost.galleries.addItem(gallery.id, { type: 'link', title, url: 'https://example.com/' });
    const [first, second] = [await add('First'), await add('Second')];
    await signpost.galleries.reorder(gallery.id, [second.id, first.id]);
    await signpost.galleries.updateItem(gallery.id, first.id, { title: 'Last' });
    const titles: (string | null)[] = [];
    for await (const { title } of signpost.galleries.items(gallery.id)) titles.push(title);
    assert.deepEqual(titles, ['Second', 'Last']);
    assert.match((await signpost.galleries.preview(gallery.id)).url, /^http/);
    assert.equal((await signpost.galleries.publish(gallery.id)).isPublished, true);
    assert.equal((await signpost.galleries.update(gallery.id, { bio: 'Hello' })).bio, 'Hello');
    assert.equal((await signpost.galleries.stats(gallery.id)).totalClicks, 0);
    assert.equal((await signpost.galleries.itemStats(gallery.id, first.id)).totalClicks, 0);
    await signpost.galleries.deleteItem(gallery.id, second.id);
    assert.equal((await signpost.galleries.get(gallery.id)).items.length, 1);
    await signpost.galleries.delete(gallery.id);
    assert.equal((await signpost.galleries.list()).meta.total, 0);
  });

  it('lists the hits of a link, and has them judged anew', async () => {
    const link = await signpost.links.create({ destinationUrl: 'https://example.com/', slug: 'hit' });
    await api.visit('hit');
    await api.visit('hit', { 'user-agent': 'curl/8' });
    const verdicts: string[] = [];
    for await (const { verdict } of signpost.links.clicks(link.id, { perPage: 1 })) verdicts.push(verdict);
    assert.deepEqual(verdicts, ['bot', 'counted']);
    const { startedAt } = await signpost.analytics.reclassify({ linkId: link.id });
    assert.equal((await signpost.analytics.reclassification())?.startedAt, startedAt);
  });

  it('asks about all links together', async () => {
    const { client } = addUser(server);
    const own = new Signpost({ apiKey: client.key!, baseUrl: server.address });
    const { slug } = await own.links.create({ destinationUrl: 'https://example.com/', tags: ['together'] });
    for (let n = 0; n < 2; n++) await client.visit(slug);
    assert.equal((await own.analytics.overview({ period: '7d' })).totalClicks, 2);
    const { clicks, geo, devices, browsers, referrers, topLinks } = own.analytics;
    const answers = await Promise.all([
      clicks(),
      geo(),
      devices(),
      browsers({ browser: ['Firefox'] }),
      referrers(),
      topLinks(),
    ]);
    assert.deepEqual(
      answers.map(({ totalClicks }) => totalClicks),
      [2, 2, 2, 2, 2, 2],
    );
    assert.equal((await own.analytics.recent({ limit: 1 })).length, 1);
  });

  it('tells of the account, and makes and revokes keys', async () => {
    assert.equal((await signpost.account.me()).user.plan, 'unlimited');
    assert.equal((await signpost.account.usage()).plan, 'unlimited');
    const key = await signpost.apiKeys.create({ name: 'from the client', scopes: ['links:read'] });
    const names: string[] = [];
    for await (const { name } of signpost.apiKeys.list({ perPage: 1 })) names.push(name);
    assert.ok(names.length > 1 && names.includes('from the client'), names.join());
    await signpost.apiKeys.revoke(key.id);
    const error = await failureOf(new Signpost({ apiKey: key.secret!, baseUrl: server.address }).account.me());
    assert.ok(error instanceof ApiError);
    assert.deepEqual([error.code, error.status], ['UNAUTHORIZED', 401]);
  });

  it('shows one page when it is awaited, and every link when it is looped over', async () => {
    const { client } = addUser(server);
    const own = new Signpost({ apiKey: client.key!, baseUrl: `${server.address}/api/v1/` });
    for (let n = 0; n < 7; n++) await own.links.create({ destinationUrl: `https://example.com/${n}` });
    const { data, meta } = await own.links.list({ perPage: 3, page: 2 });
    assert.deepEqual([data.length, meta.page, meta.total, meta.hasMore], [3, 2, 7, true]);
    const all: string[] = [];
    for await (const link of own.links.list({ perPage: 3 })) all.push(link.destinationUrl.slice(-1));
    assert.deepEqual(all, ['6', '5', '4', '3', '2', '1', '0']);
    const pages: number[] = [];
    for await (const page of own.links.list({ perPage: 3, page: 2 }).pages()) pages.push(page.data.length);
    assert.deepEqual(pages, [3, 1]);
  });

  it('throws what the server says, with code, status and fields', async () => {
    const error = await failureOf(signpost.links.create({ destinationUrl: 'nowhere', clickLimit: 0 }));
    assert.ok(error instanceof ApiError && error instanceof Error);
    assert.deepEqual([error.name, error.code, error.status], ['ApiError', 'VALIDATION_ERROR', 400]);
    assert.deepEqual(
      error.details.map(({ path }) => path),
      ['clickLimit', 'destinationUrl'],
    );
    assert.match(error.requestId ?? '', /^req_/);
    // No id may lead to another route.
    for (const id of ['', '.', '..']) await assert.rejects(async () => signpost.links.get(id), TypeError);
    assert.equal(((await failureOf(signpost.links.get('../me'))) as ApiError).code, 'NOT_FOUND');
  });

  it('comes again after a 429, when Retry-After says so', async () => {
    const { client } = addUser(server, 'free');
    const limited = new Signpost({ apiKey: client.key!, baseUrl: server.address, maxRetries: 0 });
    const error = await failureOf(
      (async () => {
        for (;;) await limited.account.me();
      })(),
    );
    assert.ok(error instanceof ApiError);
    assert.deepEqual([error.code, error.status, error.retryAfterMs], ['RATE_LIMITED', 429, 1000]);
    assert.equal((await limited.account.me({ maxRetries: 3 })).user.plan, 'free');
  });

  it('comes again after a 503, a broken connection and silence, and makes one link all the same', async (test) => {
    // The time of a try is over when the test says so: none is too short for a machine that is busy.
    const timeoutMs = 54_321;
    let timeIsOver = (): void => {};
    const setReal = setTimeout;
    const set = (run: () => void, delayMs?: number): NodeJS.Timeout => {
      if (delayMs === timeoutMs) timeIsOver = run;
      return setReal(run, delayMs);
    };
    test.mock.method(globalThis, 'setTimeout', set as typeof setTimeout);
    const { address, received } = await troubled((request, response, tries) => {
      if (tries === 1) response.writeHead(503, { 'retry-after': '0' }).end('<p>later</p>');
      else if (tries === 2) request.socket.destroy();
      else if (tries === 3) timeIsOver();
      else return false;
      return true;
    });
    const link = await clientOf(address).links.create(
      { destinationUrl: 'https://example.com/', slug: 'once' },
      { timeoutMs },
    );
    assert.equal(link.slug, 'once');
    assert.equal(received.length, 4);
    const keys = new Set(received.map(({ idempotencyKey }) => idempotencyKey));
    assert.equal(keys.size, 1);
    assert.match([...keys][0] ?? '', /^[0-9a-f]{32}$/);
    // What was done, and only its answer lost, is answered again.
    const [key] = keys;
    const again = await signpost.links.create(
      { destinationUrl: 'https://example.com/', slug: 'once' },
      { idempotencyKey: key },
    );
    assert.equal(again.id, link.id);
  });

  it('does not come again where that is of no use', async () => {
    const { address, received } = await troubled((_request, response, tries) => {
      const [status, headers] = [
        [500, {}],
        [502, {}],
        [429, { 'retry-after': '3600' }],
      ][tries - 1] as [number, Record<string, string>];
      response.writeHead(status, headers).end('no JSON');
      return true;
    });
    const client = clientOf(address);
    const codes: unknown[] = [];
    for (let n = 0; n < 3; n++) codes.push(((await failureOf(client.account.me())) as ApiError).code);
    assert.deepEqual(codes, ['HTTP_500', 'HTTP_502', 'HTTP_429']);
    assert.deepEqual(
      received.map(({ path }) => path),
      Array.from({ length: 3 }, () => '/api/v1/me'),
    );
  });

  it('ends with the time limit, or with the signal’s own reason', async () => {
    const { address } = await troubled(() => true);
    const client = clientOf(address);
    const error = await failureOf(client.account.me({ timeoutMs: 20, maxRetries: 0 }));
    assert.ok(error instanceof TimeoutError && error instanceof ConnectionError);
    const stop = new AbortController();
    const reason = new Error('changed my mind');
    const call = failureOf(client.account.me({ signal: stop.signal }));
    stop.abort(reason);
    assert.equal(await call, reason);
    assert.equal(await failureOf(client.account.me({ signal: stop.signal })), reason);
    // Also while it waits for its next try.
    const busy = await troubled((_request, response) => {
      response.writeHead(503, { 'retry-after': '30' }).end(() => later.abort(reason));
      return true;
    });
    const later = new AbortController();
    assert.equal(await failureOf(clientOf(busy.address).account.me({ signal: later.signal })), reason);
  });

  it('tells that nobody listens', async () => {
    const { address, close } = await troubled(() => true);
    await close();
    const error = await failureOf(clientOf(address).account.me({ maxRetries: 1 }));
    assert.ok(error instanceof ConnectionError && !(error instanceof TimeoutError));
  });
});
