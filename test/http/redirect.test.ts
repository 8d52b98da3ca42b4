// Opening a short link: what a visitor gets, and how soon an edit shows.

import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { openForCommand } from '../../src/storage/database.ts';
import { ApiClient, type HttpAnswer, type LinkObject, sendRequest } from '../support/api-client.ts';
import { checkExchanges } from '../support/recorded-exchanges.ts';
import { closeServers, startServer } from '../support/server-process.ts';
import { bots, people, previews } from '../support/user-agent-headers.ts';

after(closeServers);
checkExchanges();

const first = await startServer();
await ApiClient.of(first).createLink({ slug: 'past', destinationUrl: 'https://example.com/past' });
await ApiClient.of(first).createLink({ slug: 'past-led-on', expiredUrl: 'https://example.com/over?a=1' });
await first.stop();
// What no caller can ask for: a link that has expired, and a custom domain as its verification would leave it.
const connection = openForCommand(first.dataFolder);
connection.prepare('UPDATE links SET expires_at = ?').run(Date.now() - 1);
connection.exec(
  `INSERT INTO domains (public_id, user_id, host, status, serves, verification_token, verified_at, created_at, updated_at)
   VALUES ('dom_custom', NULL, 'links.example', 'verified', 1, '', 1, 1, 1)`,
);
connection.close();
const server = await startServer({
  dataFolder: first.dataFolder,
  // Somebody else is trusted; we are not.
  flags: ['--server-trusted-proxies', '192.0.2.1/32'],
});
const api = new ApiClient(server.address, first.firstKey);
const host = new URL(server.address).host;

const to = 'https://example.com/';
const json = { accept: 'application/json' };

function open(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<HttpAnswer> {
  return sendRequest(server.address, { method, path, headers });
}

async function locationOf(path: string, headers?: Record<string, string>): Promise<string | undefined> {
  return (await open(path, headers)).headers.location;
}

describe('a redirect', () => {
  it('is a 302 with the documented headers and no others', async () => {
    await api.createLink({ slug: 'plain', destinationUrl: 'https://example.com/a?b=c#d' });
    const { status, headers, text } = await open('/plain');
    const { date, 'x-request-id': requestId, connection, ...rest } = headers;
    assert.deepEqual([status, text], [302, '']);
    assert.deepEqual(rest, {
      location: 'https://example.com/a?b=c#d',
      'cache-control': 'private, no-store',
      'x-robots-tag': 'noindex',
      'referrer-policy': 'no-referrer-when-downgrade',
      'content-length': '0',
    });
    assert.ok(date && requestId && connection);
  });

  for (const status of [301, 302, 307, 308]) {
    it(`has the link's own status ${status}`, async () => {
      await api.createLink({ slug: `status-${status}`, redirectStatus: status });
      assert.equal((await open(`/status-${status}`)).status, status);
    });
  }

  it('answers HEAD as GET', async () => {
    await api.createLink({ slug: 'head' });
    const [head, get] = await Promise.all([open('/head', {}, 'HEAD'), open('/head')]);
    assert.deepEqual([head.status, head.headers.location, head.text], [302, to, '']);
    assert.deepEqual(Object.keys(head.headers), Object.keys(get.headers));
  });

  it('ignores one slash at the end', async () => {
    await api.createLink({ slug: 'slash' });
    assert.equal(await locationOf('/slash/'), to);
    assert.equal(await locationOf('/slash/?a=1'), `${to}?a=1`);
    assert.equal((await open('/slash//')).status, 404);
  });

  it('finds Unicode and emoji slugs however they are written', async () => {
    await api.createLink({ slug: 'café' });
    await api.createLink({ slug: '👩‍💻' });
    for (const path of ['/caf%C3%A9', '/caf%c3%a9', '/cafe%CC%81', '/%63afe%cc%81/'])
      assert.equal(await locationOf(path), to);
    assert.equal(await locationOf(`/${encodeURIComponent('👩‍💻')}`), to);
    assert.equal((await open(`/${encodeURIComponent('👩💻')}`)).status, 404);
  });

  it('is case-sensitive', async () => {
    await api.createLink({ slug: 'CaSe' });
    assert.equal((await open('/CaSe')).status, 302);
    assert.equal((await open('/case')).status, 404);
  });

  it("goes to an app's own scheme for its platform, untouched", async () => {
    await api.createLink({ slug: 'in-app', iosUrl: 'myapp://open?x=1', utmSource: 'mail' });
    const iphone = 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5_1 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148';
    assert.equal(await locationOf('/in-app?y=2', { 'user-agent': iphone }), 'myapp://open?x=1');
    assert.equal(await locationOf('/in-app?y=2'), `${to}?utm_source=mail&y=2`);
  });
});

describe("the visitor's query", () => {
  const merged: [name: string, fields: Record<string, unknown>, query: string, location: string][] = [
    ['is passed on', {}, '?a=1&b=2', `${to}?a=1&b=2`],
    [
      'yields to the destination and its campaign',
      { destinationUrl: `${to}?a=0`, utmSource: 'x' },
      '?a=1&utm_source=y&c=3',
      `${to}?a=0&utm_source=x&c=3`,
    ],
    ['goes before the fragment', { destinationUrl: `${to}p#f` }, '?a=1', `${to}p?a=1#f`],
    ['is left off where the link says so', { forwardQuery: false, utmTerm: 't' }, '?a=1', `${to}?utm_term=t`],
    ['may be empty', {}, '?', to],
    ['cannot end the header', {}, '?a=%0d%0aSet-Cookie:%20b=c', `${to}?a=%0d%0aSet-Cookie:%20b=c`],
    ['keeps what is encoded and repeated', {}, '?a=%26&a=+&%E4=1', `${to}?a=%26&a=+&%E4=1`],
    ['is escaped where a browser would', {}, '?a="<\'>', `${to}?a=%22%3C%27%3E`],
  ];
  merged.forEach(([name, fields, query, location], n) => {
    it(name, async () => {
      await api.createLink({ slug: `query-${n}`, ...fields });
      const { headers } = await open(`/query-${n}${query}`);
      assert.equal(headers.location, location);
      assert.equal(headers['set-cookie'], undefined);
    });
  });
});

describe('a link that leads nowhere', () => {
  const dead: [name: string, path: string, status: number, code: string][] = [
    ['unknown', '/unknown', 404, 'NOT_FOUND'],
    ['archived', '/archived', 410, 'GONE'],
    ['expired', '/past', 410, 'GONE'],
    ['used up', '/used-up', 410, 'GONE'],
  ];
  for (const [name, path, status, code] of dead) {
    it(`is ${status} when ${name}: a page to a browser, JSON to a program, nothing to HEAD`, async () => {
      if (name === 'archived') await api.delete(`/links/${(await api.createLink({ slug: 'archived' })).id}`);
      if (name === 'used up') {
        await api.createLink({ slug: 'used-up', oneTime: true });
        await api.visit('used-up');
      }
      const page = await open(path, { accept: 'text/html,application/json;q=0.9,*/*;q=0.8' });
      const program = await open(path, { accept: 'text/html;q=0.8, application/json' });
      const head = await open(path, {}, 'HEAD');
      assert.deepEqual([page.status, program.status, head.status], [status, status, status]);
      assert.equal(page.headers['content-type'], 'text/html; charset=utf-8');
      assert.match(page.text, /^<!doctype html>/);
      assert.equal(program.headers['content-type'], 'application/json; charset=utf-8');
      const { success, error } = JSON.parse(program.text) as { success: boolean; error: { code: string } };
      assert.deepEqual([success, error.code], [false, code]);
      assert.equal(head.text, '');
      for (const { headers, text } of [page, program, head]) {
        assert.match(headers['cache-control'] ?? '', /no-store/);
        assert.match(String(headers['x-robots-tag']), /noindex/);
        assert.deepEqual([headers['set-cookie'], headers.location], [undefined, undefined]);
        assert.doesNotMatch(text, /example\.com/);
      }
    });
  }

  it('leads to its expiredUrl where it has one, as it stands', async () => {
    const { status, headers } = await open('/past-led-on?b=2');
    assert.deepEqual([status, headers.location], [302, 'https://example.com/over?a=1']);
  });
});

describe('the country of a visitor', () => {
  it('is that of the address, which nobody but a trusted proxy may name', async () => {
    const trusting = await startServer({ flags: ['--server-trusted-proxies', '127.0.0.1/32'] });
    const targets = { US: `${to}us`, GB: `${to}gb` };
    await ApiClient.of(trusting).createLink({ slug: 'by-country', geoTargets: targets });
    await api.createLink({ slug: 'by-country', geoTargets: targets });
    const passedOn: [headers: Record<string, string>, location: string][] = [
      [{ 'x-forwarded-for': '8.8.8.8' }, `${to}us`],
      [{ 'x-forwarded-for': '212.58.224.1' }, `${to}gb`],
      [{ forwarded: 'for=212.58.224.1' }, `${to}gb`],
      // The hop next to the proxy is the one that it saw itself; what stands before it, anyone may have written.
      [{ 'x-forwarded-for': '8.8.8.8, 212.58.224.1' }, `${to}gb`],
      [{ 'x-forwarded-for': '10.1.2.3' }, to],
      [{ 'x-forwarded-for': 'US' }, to],
      [{}, to],
    ];
    for (const [headers, location] of passedOn) {
      const { headers: answer } = await sendRequest(trusting.address, { path: '/by-country', headers });
      assert.equal(answer.location, location, JSON.stringify(headers));
      assert.equal(await locationOf('/by-country', headers), to, JSON.stringify(headers));
    }
  });
});

describe('the device of a visitor', () => {
  /** What a kind of device is nearest to; whatever is not named here gets the destination. */
  const nearest: Readonly<Record<string, string>> = {
    desktop: 'desktop',
    tv: 'desktop',
    console: 'desktop',
    mobile: 'mobile',
    wearable: 'mobile',
    tablet: 'tablet',
  };

  it('chooses its target: by system, then by kind; programs and empty headers get the destination', async () => {
    const deviceTargets = { desktop: `${to}desktop`, mobile: `${to}mobile`, tablet: `${to}tablet` };
    await api.createLink({ slug: 'by-device', deviceTargets });
    await api.createLink({ slug: 'by-system', deviceTargets, iosUrl: `${to}ios`, androidUrl: `${to}android` });
    const met = new Set<string>();
    for (const [header, device, , , platform] of people) {
      const agent = { 'user-agent': header };
      const byDevice = to + (nearest[device] ?? '');
      assert.equal(await locationOf('/by-device', agent), byDevice, header);
      assert.equal(await locationOf('/by-system', agent), platform === null ? byDevice : to + platform, header);
      met.add(device).add(`${platform}`);
    }
    for (const kind of [...Object.keys(nearest), 'ios', 'android']) assert.ok(met.has(kind), kind);
    for (const header of [...bots, ...previews, '']) {
      for (const slug of ['/by-device', '/by-system'])
        assert.equal(await locationOf(slug, { 'user-agent': header }), to, header);
    }
    assert.equal(await locationOf('/by-device'), to, 'no header at all');
  });
});

describe('another method', () => {
  it('is 405 and names those that a short link takes', async () => {
    await api.createLink({ slug: 'read-only' });
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
      const answer = await open('/read-only', json, method);
      assert.equal(answer.status, 405, method);
      assert.deepEqual(answer.headers.allow?.split(', ').slice(0, 2), ['GET', 'HEAD']);
      assert.equal((JSON.parse(answer.text) as { error: { code: string } }).error.code, 'METHOD_NOT_ALLOWED');
    }
    assert.equal((await open('/read-only')).status, 302);
  });
});

describe('a host', () => {
  it('has slugs of its own, in its own short URLs', async () => {
    const ours = await api.createLink({ slug: 'shared', destinationUrl: `${to}default` });
    const custom = await api.createLink({ slug: 'shared', domain: 'LINKS.example', destinationUrl: `${to}custom` });
    assert.deepEqual([ours.domain, ours.shortUrl], [new URL(server.address).hostname, `${server.address}/shared`]);
    assert.deepEqual([custom.domain, custom.shortUrl], ['links.example', 'http://links.example/shared']);
    for (const name of ['links.example', 'LINKS.EXAMPLE', 'links.example:8080', 'links.example.']) {
      assert.equal(await locationOf('/shared', { host: name }), `${to}custom`, name);
    }
    // A small server is reached by many names.
    for (const name of [host, 'localhost', 'other.example']) {
      assert.equal(await locationOf('/shared', { host: name }), `${to}default`, name);
    }
    await api.createLink({ slug: 'only-custom', domain: 'links.example' });
    assert.equal((await open('/only-custom')).status, 404);
    assert.equal(await locationOf('/only-custom', { host: 'links.example' }), to);
  });

  it('is not taken from a header that anyone can send', async () => {
    await api.createLink({ slug: 'forwarded', destinationUrl: `${to}default` });
    await api.createLink({ slug: 'forwarded', domain: 'links.example', destinationUrl: `${to}custom` });
    assert.equal(await locationOf('/forwarded', { 'x-forwarded-host': 'links.example' }), `${to}default`);
    assert.equal(await locationOf('/forwarded', { forwarded: 'host=links.example' }), `${to}default`);
  });

  it('of our own is no destination', async () => {
    for (const name of ['links.example', 'LINKS.example.', host]) {
      const answer = await api.post('/links', { destinationUrl: `http://${name}/shared` });
      assert.deepEqual([answer.status, answer.error.code], [400, 'INVALID_URL'], name);
    }
  });
});

describe('an edit', () => {
  const change = async ({ id }: LinkObject, fields: Record<string, unknown>): Promise<void> => {
    assert.equal((await api.patch(`/links/${id}`, fields)).status, 200);
  };

  it('of the destination shows with the next click', async () => {
    const link = await api.createLink({ slug: 'moving' });
    assert.equal(await locationOf('/moving'), to);
    for (const page of ['one', 'two']) {
      await change(link, { destinationUrl: to + page });
      assert.equal(await locationOf('/moving'), to + page);
    }
  });

  it('of the slug closes the old and opens the new', async () => {
    const link = await api.createLink({ slug: 'old-name' });
    assert.equal((await open('/old-name')).status, 302);
    await change(link, { slug: 'new-name' });
    assert.deepEqual([(await open('/old-name')).status, (await open('/new-name')).status], [404, 302]);
    await api.createLink({ slug: 'old-name', destinationUrl: `${to}successor` });
    assert.equal(await locationOf('/old-name'), `${to}successor`);
  });

  it('of the domain moves the link there', async () => {
    const link = await api.createLink({ slug: 'emigrant' });
    assert.equal((await open('/emigrant')).status, 302);
    await change(link, { domain: 'links.example' });
    assert.equal((await open('/emigrant')).status, 404);
    assert.equal(await locationOf('/emigrant', { host: 'links.example' }), to);
  });

  it('archives and restores', async () => {
    const link = await api.createLink({ slug: 'switched' });
    assert.equal((await open('/switched')).status, 302);
    await api.delete(`/links/${link.id}`);
    assert.equal((await open('/switched')).status, 410);
    await change(link, { isArchived: false });
    assert.equal((await open('/switched')).status, 302);
    await change(link, { isArchived: true });
    assert.equal((await open('/switched')).status, 410);
  });
});
