// Links with a password, as a visitor's browser or program meets them.

import assert from 'node:assert/strict';
import type { OutgoingHttpHeaders } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { ApiClient, type HttpAnswer, personsBrowser, sendRequest } from '../support/api-client.ts';
import { freePort } from '../support/free-port.ts';
import { checkExchanges } from '../support/recorded-exchanges.ts';
import { closeServers, type ServerProcess, startServer } from '../support/server-process.ts';

after(closeServers);
checkExchanges();

const password = 'correct horse';
const destination = 'https://example.com/the-secret-place';
const formType = { 'content-type': 'application/x-www-form-urlencoded' };
const jsonType = { 'content-type': 'application/json' };

let server: ServerProcess;
let client: ApiClient;
before(async () => {
  // Trusting ourselves lets the tests come from any address that they name.
  server = await startServer({ flags: ['--server-trusted-proxies', '127.0.0.1/32'] });
  client = ApiClient.of(server);
});

let count = 0;
/** A link with the password; its slug tells nothing. */
async function lockedLink(fields: Record<string, unknown> = {}) {
  return client.createLink({ slug: `locked-${++count}`, destinationUrl: destination, password, ...fields });
}

let lastHost = 0;
/** An address that nobody has used before, so that no test meets another's limits. */
function freshAddress(): { 'x-forwarded-for': string } {
  lastHost++;
  return { 'x-forwarded-for': `198.18.${lastHost >> 8}.${lastHost & 255}` };
}

function post(path: string, body: string | Buffer, headers: OutgoingHttpHeaders): Promise<HttpAnswer> {
  return sendRequest(server.address, {
    method: 'POST',
    path,
    headers: { 'user-agent': personsBrowser, ...headers, 'content-length': Buffer.byteLength(body) },
    body,
  });
}

/** As the form sends it. */
function submit(slug: string, given: string, headers: OutgoingHttpHeaders = freshAddress()): Promise<HttpAnswer> {
  const body = new URLSearchParams({ password: given }).toString();
  return post(`/${slug}`, body, { accept: 'text/html', ...formType, ...headers });
}

function cookieOf({ headers }: HttpAnswer): string {
  const [cookie = ''] = headers['set-cookie'] ?? [];
  return cookie.split(';', 1)[0] ?? '';
}

function assertTellsNothing({ text, headers }: HttpAnswer): void {
  assert.doesNotMatch(text + JSON.stringify(headers), /secret|example\.com/);
  assert.equal(headers.location, undefined);
  assert.equal(headers['set-cookie'], undefined);
}

function errorOf({ text }: HttpAnswer): { code: string; message: string } {
  const body = JSON.parse(text) as { success: boolean; error: { code: string; message: string } };
  assert.equal(body.success, false);
  return body.error;
}

async function clicksOf(id: string): Promise<number> {
  return (await client.link(id)).clickCount;
}

describe('opening a link with a password', () => {
  it('shows a form that needs no script, tells nothing of the destination, and records nothing', async () => {
    const { id, slug } = await lockedLink({ title: 'secret title', ogTitle: 'secret card', iosUrl: 'secret-app://x' });
    const answer = await client.visit(slug);
    assert.equal(answer.status, 200);
    assert.match(answer.headers['content-type'] ?? '', /^text\/html/);
    assert.equal(answer.headers['cache-control'], 'private, no-store');
    assert.match(
      String(answer.headers['content-security-policy']),
      /^default-src 'none'; style-src 'sha256-[^']+'; img-src 'self'; frame-ancestors 'none'; base-uri 'none'$/,
    );
    assert.match(answer.text, /<form method="post">[^]*<label for="password">[^]*type="password"/);
    assert.doesNotMatch(answer.text, /<script|role="alert"/);
    assertTellsNothing(answer);
    assert.equal((await client.stats(id, 'bots=include')).totalClicks, 0);
  });

  it('answers 401 to a program that asks for JSON', async () => {
    const answer = await client.visit((await lockedLink()).slug, { accept: 'application/json' });
    assert.equal(answer.status, 401);
    assert.equal(errorOf(answer).code, 'UNAUTHORIZED');
    assertTellsNothing(answer);
  });

  it('answers HEAD with the headers alone', async () => {
    const answer = await client.visit((await lockedLink()).slug, {}, 'HEAD');
    assert.deepEqual([answer.status, answer.text], [200, '']);
    assertTellsNothing(answer);
  });

  it('shows the form to bots and preview crawlers, too', async () => {
    const { slug } = await lockedLink({ ogTitle: 'secret card', filterBots: false });
    for (const program of ['Twitterbot/1.0', 'curl/8.10.1', '']) {
      const answer = await client.visit(slug, { 'user-agent': program });
      assert.equal(answer.status, 200);
      assert.match(answer.text, /type="password"/);
      assertTellsNothing(answer);
    }
  });

  it('says that the link is gone, not that it needs a password, when it leads nowhere', async () => {
    const { id, slug } = await lockedLink();
    await client.delete(`/links/${id}`);
    assert.equal((await client.visit(slug)).status, 410);
    for (const given of [password, 'wrong', '']) {
      const answer = await submit(slug, given);
      assert.equal(answer.status, 410);
      assertTellsNothing(answer);
    }
  });
});

describe('the right password', () => {
  it('redirects with 303 and a cookie, and counts as the click, with where the visitor had come from', async () => {
    const { id, slug } = await lockedLink({ utmSource: 'paper' });
    const address = freshAddress();
    const form = await client.visit(slug, { referer: 'https://news.example/today', ...address });
    const [, referrer = ''] = /name="referrer" value="([^"]*)"/.exec(form.text) ?? [];
    const body = new URLSearchParams({ password, referrer }).toString();
    const answer = await post(`/${slug}?page=2`, body, { ...formType, ...address });
    assert.equal(answer.status, 303);
    assert.equal(answer.headers.location, `${destination}?utm_source=paper&page=2`);
    assert.equal(answer.headers['cache-control'], 'private, no-store');
    assert.match(
      answer.headers['set-cookie']?.join() ?? '',
      new RegExp(`^unlock_${id}=[\\w.-]+; Max-Age=3600; Path=/; HttpOnly; SameSite=Lax$`),
    );
    const { totalClicks, byReferrer, byBrowser } = await client.stats(id, 'bots=include');
    assert.equal(totalClicks, 1);
    assert.deepEqual(byReferrer, [{ referrer: 'news.example', count: 1 }]);
    assert.deepEqual(byBrowser, [{ browser: 'Firefox', count: 1 }]);
  });

  it('is taken as JSON, too', async () => {
    const { id, slug } = await lockedLink();
    const answer = await post(`/${slug}`, JSON.stringify({ password }), { ...jsonType, ...freshAddress() });
    assert.deepEqual([answer.status, answer.headers.location], [303, destination]);
    assert.equal(await clicksOf(id), 1);
  });

  it('is never sent on to the destination, whatever status the link redirects with', async () => {
    const { slug } = await lockedLink({ redirectStatus: 307 });
    const answer = await submit(slug, password);
    assert.equal(answer.status, 303);
    const next = await client.visit(slug, { cookie: cookieOf(answer) });
    assert.equal(next.status, 307, 'a GET has nothing to send on');
  });

  it('may be typed on a keyboard that composes its letters differently', async () => {
    const composed = 'caf\u00e9 \u00c5ngstr\u00f6m';
    const { slug } = await lockedLink({ password: composed.normalize('NFD') });
    assert.equal((await submit(slug, composed)).status, 303);
    assert.equal((await submit(slug, composed.normalize('NFD'))).status, 303);
    assert.equal((await submit(slug, 'cafe Angstrom')).status, 401);
  });

  it('is not needed where there is none: such a link takes no POST', async () => {
    const { slug } = await client.createLink();
    const answer = await submit(slug, password);
    assert.deepEqual([answer.status, answer.headers.allow], [405, 'GET, HEAD']);
    const locked = await lockedLink();
    for (const method of ['PUT', 'DELETE', 'OPTIONS']) {
      const other = await client.visit(locked.slug, {}, method);
      assert.deepEqual([other.status, other.headers.allow], [405, 'GET, HEAD, POST']);
    }
  });
});

describe('the cookie', () => {
  it('opens the link, every time with a click', async () => {
    const { id, slug } = await lockedLink();
    const cookie = cookieOf(await submit(slug, password));
    for (const clicks of [2, 3]) {
      const answer = await client.visit(slug, { cookie: `theme=dark; ${cookie}` });
      assert.deepEqual([answer.status, answer.headers.location], [302, destination]);
      assert.equal(answer.headers['set-cookie'], undefined);
      assert.equal(await clicksOf(id), clicks);
    }
    const head = await client.visit(slug, { cookie }, 'HEAD');
    assert.equal(head.status, 302);
    assert.equal(await clicksOf(id), 3);
  });

  it('opens no other link; several links have one each', async () => {
    const [one, two] = [await lockedLink(), await lockedLink()];
    const [first, second] = [cookieOf(await submit(one.slug, password)), cookieOf(await submit(two.slug, password))];
    const wrong = await client.visit(two.slug, { cookie: first });
    assert.equal(wrong.status, 200);
    assertTellsNothing(wrong);
    const renamed = await client.visit(two.slug, { cookie: first.replace(one.id, two.id) });
    assert.equal(renamed.status, 200);
    for (const { slug } of [one, two])
      assert.equal((await client.visit(slug, { cookie: `${first}; ${second}` })).status, 302);
  });

  it('is passed over when it is damaged, and when the password has been changed, even to the same one', async () => {
    const { id, slug } = await lockedLink();
    const cookie = cookieOf(await submit(slug, password));
    const name = cookie.slice(0, cookie.indexOf('='));
    for (const wrong of [`${name}=`, `${name}=1`, `${name}=9999999999.AAAAAAAAAAAAAAAAAAAAAA`, `${cookie}x`])
      assert.equal((await client.visit(slug, { cookie: wrong })).status, 200, wrong);
    await client.patch(`/links/${id}`, { title: 'another title' });
    assert.equal((await client.visit(slug, { cookie })).status, 302, 'other changes leave it alone');
    await client.patch(`/links/${id}`, { password });
    assert.equal((await client.visit(slug, { cookie })).status, 200);
  });

  it('survives a restart of the server', async () => {
    const first = await startServer();
    const { slug } = await ApiClient.of(first).createLink({ password });
    const body = new URLSearchParams({ password }).toString();
    const answer = await sendRequest(first.address, {
      method: 'POST',
      path: `/${slug}`,
      headers: { ...formType, 'content-length': body.length },
      body,
    });
    assert.equal(answer.status, 303);
    await first.stop();
    const second = await startServer({ dataFolder: first.dataFolder });
    const visit = await new ApiClient(second.address, undefined).visit(slug, { cookie: cookieOf(answer) });
    assert.equal(visit.status, 302);
  });

  it('is good for an hour, and then the form is there again', async () => {
    const first = await startServer({ clockAt: '2026-03-01T12:00:00Z' });
    const { slug } = await ApiClient.of(first).createLink({ password });
    const body = JSON.stringify({ password });
    const answer = await sendRequest(first.address, { method: 'POST', path: `/${slug}`, headers: jsonType, body });
    const cookie = cookieOf(answer);
    await first.stop();
    for (const [clockAt, status] of [
      ['2026-03-01T12:59:59Z', 302],
      ['2026-03-01T13:00:00Z', 200],
    ] as const) {
      const later = await startServer({ dataFolder: first.dataFolder, clockAt });
      const visit = await new ApiClient(later.address, undefined).visit(slug, { cookie });
      assert.equal(visit.status, status, clockAt);
      await later.stop();
    }
  });

  it('is for this very host and https alone where the server is reached by https', async () => {
    const port = await freePort();
    const flags = ['--server-public-url', 'https://go.example', '--server-port', String(port)];
    const { firstKey } = await startServer({ flags });
    const address = `http://127.0.0.1:${port}`;
    const { id, slug } = await new ApiClient(address, firstKey).createLink({ password });
    const path = `/${slug}`;
    const headers = { ...jsonType, host: 'go.example' };
    const body = JSON.stringify({ password });
    const answer = await sendRequest(address, { method: 'POST', path, headers, body });
    const [setCookie = ''] = answer.headers['set-cookie'] ?? [];
    assert.match(setCookie, new RegExp(`^__Host-unlock_${id}=.*; Path=/;.*; Secure$`));
    assert.doesNotMatch(setCookie, /Domain/);
    const visit = await sendRequest(address, { path, headers: { host: 'go.example', cookie: cookieOf(answer) } });
    assert.equal(visit.status, 302);
  });
});

describe('a wrong password', () => {
  it('shows the form again with 401 and an alert, keeps the referrer, and records nothing', async () => {
    const { id, slug } = await lockedLink();
    const body = new URLSearchParams({ password: 'wrong', referrer: 'news.example"><b>' }).toString();
    const answer = await post(`/${slug}`, body, { ...formType, ...freshAddress() });
    assert.equal(answer.status, 401);
    assert.match(answer.text, /role="alert"[^]*type="password"/);
    assert.match(answer.text, /name="referrer" value="news\.example&quot;&gt;&lt;b&gt;"/);
    assertTellsNothing(answer);
    assert.equal((await client.stats(id, 'bots=include')).totalClicks, 0);
  });

  it('is told as JSON to a program that sends JSON or asks for it', async () => {
    const { slug } = await lockedLink();
    const sent = await post(`/${slug}`, '{"password":"wrong"}', { ...jsonType, ...freshAddress() });
    const asked = await submit(slug, 'wrong', { accept: 'application/json', ...freshAddress() });
    for (const answer of [sent, asked]) {
      assert.equal(answer.status, 401);
      assert.equal(errorOf(answer).code, 'UNAUTHORIZED');
      assertTellsNothing(answer);
    }
  });

  it('may be missing: the form says so', async () => {
    const { slug } = await lockedLink();
    for (const body of ['', 'password=', 'Password=x']) {
      const answer = await post(`/${slug}`, body, { ...formType, ...freshAddress() });
      assert.equal(answer.status, 401);
      assert.match(answer.text, /role="alert"/);
    }
    for (const body of ['{}', '{"password":""}', '{"password":5}', '[]', '"x"', '{']) {
      const answer = await post(`/${slug}`, body, { ...jsonType, ...freshAddress() });
      assert.deepEqual([answer.status, errorOf(answer).code], [400, 'VALIDATION_ERROR'], body);
    }
  });

  it('must come in a small body of a known kind', async () => {
    const { slug } = await lockedLink();
    const large = await submit(slug, 'x'.repeat(4096));
    assert.equal(large.status, 413);
    assert.match(large.text, /<h1>/);
    const chunked = await sendRequest(server.address, {
      method: 'POST',
      path: `/${slug}`,
      headers: { ...jsonType, 'transfer-encoding': 'chunked' },
      body: JSON.stringify({ password: 'x'.repeat(4096) }),
    });
    assert.deepEqual([chunked.status, errorOf(chunked).code], [413, 'PAYLOAD_TOO_LARGE']);
    for (const headers of [
      { 'content-type': 'multipart/form-data; boundary=x' },
      { 'content-type': 'text/plain' },
      { ...formType, 'content-encoding': 'gzip' },
    ])
      assert.equal((await post(`/${slug}`, 'password=x', headers)).status, 415);
  });
});
