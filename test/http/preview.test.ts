// `+` previews for people, and cards for link-preview crawlers: shown instead of the redirect, and never a click.

import assert from 'node:assert/strict';
import type { OutgoingHttpHeaders } from 'node:http';
import { after, before, describe, it } from 'node:test';
import { ApiClient, type HttpAnswer, personsBrowser, sendRequest } from '../support/api-client.ts';
import { checkExchanges } from '../support/recorded-exchanges.ts';
import { closeServers, type ServerProcess, startServer } from '../support/server-process.ts';

after(closeServers);
checkExchanges();

const crawler = { 'user-agent': 'facebookexternalhit/1.1' };

let server: ServerProcess;
let client: ApiClient;
before(async () => {
  server = await startServer();
  client = ApiClient.of(server);
});

/** `path` as it is, which ApiClient.visit would encode. */
function open(path: string, headers: OutgoingHttpHeaders = {}, method = 'GET', body?: string): Promise<HttpAnswer> {
  return sendRequest(server.address, {
    method,
    path,
    headers: { 'user-agent': personsBrowser, ...headers },
    ...(body === undefined ? {} : { body }),
  });
}

/** Everything that is recorded of a link, by whether it counts. */
async function recordedOf(id: string): Promise<{ counted: number; uncounted: number }> {
  const counted = await client.stats(id);
  const uncounted = await client.stats(id, 'bots=only');
  assert.equal((await client.link(id)).clickCount, counted.totalClicks);
  return { counted: counted.totalClicks, uncounted: uncounted.totalClicks };
}

describe('the preview of a link', () => {
  const destinationUrl = 'https://example.com/a?b=1&c=<2>#d';
  const written = 'https://example.com/a?b=1&amp;c=%3C2%3E#d';

  it('shows the destination as text and as a link that passes nothing on, and does not redirect', async () => {
    const { slug, shortUrl } = await client.createLink({ destinationUrl, title: 'Ham & <eggs>' });
    const answer = await open(`/${slug}+`);
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.location, undefined);
    assert.ok(answer.text.includes(`>${written}</p>`), answer.text);
    assert.ok(answer.text.includes(`rel="noopener noreferrer nofollow" href="${written}"`));
    assert.ok(answer.text.includes('Ham &amp; &lt;eggs&gt;'));
    assert.ok(answer.text.includes(shortUrl));
  });

  it('never counts, uses up nothing, and is recorded as what it is', async () => {
    const { id, slug } = await client.createLink({ oneTime: true });
    for (let i = 0; i < 3; i++) assert.equal((await open(`/${slug}+`)).status, 200);
    await open(`/${slug}+`, {}, 'HEAD');
    assert.deepEqual(await recordedOf(id), { counted: 0, uncounted: 3 });
    assert.equal((await client.visit(slug)).status, 302);
    assert.deepEqual(await recordedOf(id), { counted: 1, uncounted: 3 });
    assert.equal((await open(`/${slug}+`)).status, 410);
  });

  it('is JSON for whoever asks for it, and headers alone for HEAD', async () => {
    const { slug, shortUrl } = await client.createLink({ title: 'Title' });
    const answer = await open(`/${slug}+`, { accept: 'application/json' });
    assert.deepEqual(JSON.parse(answer.text), {
      success: true,
      data: { shortUrl, destinationUrl: 'https://example.com/', title: 'Title' },
    });
    const head = await open(`/${slug}+`, {}, 'HEAD');
    assert.deepEqual([head.status, head.text], [200, '']);
  });

  it('shows where this visitor would be sent, with the query that would go along', async () => {
    const { slug } = await client.createLink({ iosUrl: 'https://example.com/ios', utmSource: 'paper' });
    const iphone = 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148';
    const answer = await open(`/${slug}+?x=1`, { 'user-agent': iphone });
    assert.ok(answer.text.includes('https://example.com/ios?utm_source=paper&amp;x=1'), answer.text);
    const app = await client.createLink({ iosUrl: 'shop://item/7' });
    assert.match((await open(`/${app.slug}+`, { 'user-agent': iphone })).text, /href="shop:\/\/item\/7"/);
  });

  it('is found with an encoded plus, a slash after it, and a slug of 100 characters', async () => {
    const { slug } = await client.createLink({ slug: 'é'.repeat(100) });
    for (const plus of ['+', '%2B', '%2b', '+/', '+?a'])
      assert.equal((await open(`/${encodeURIComponent(slug)}${plus}`)).status, 200, plus);
  });

  it('is not there for links that are not, or not any more, even where those lead somewhere else', async () => {
    assert.equal((await open('/no-such-link+')).status, 404);
    assert.equal((await open('/+')).status, 404);
    const { id, slug } = await client.createLink({ oneTime: true, expiredUrl: 'https://example.com/late' });
    await client.visit(slug);
    const used = await open(`/${slug}+`);
    assert.deepEqual([used.status, used.headers.location], [410, undefined]);
    await client.delete(`/links/${id}`);
    assert.equal((await open(`/${slug}+`)).status, 410);
  });

  it('asks for the password first, and comes back to the preview with it', async () => {
    const { id, slug } = await client.createLink({
      destinationUrl: 'https://example.com/secret',
      password: 'open sesame',
    });
    const form = await open(`/${slug}+`);
    assert.equal(form.status, 200);
    assert.match(form.text, /type="password"/);
    assert.doesNotMatch(form.text, /secret/);

    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    assert.equal((await open(`/${slug}+`, headers, 'POST', 'password=wrong')).status, 401);
    const unlocked = await open(`/${slug}+`, headers, 'POST', 'password=open+sesame');
    assert.deepEqual([unlocked.status, unlocked.headers.location], [303, `/${slug}+`]);
    const cookie = unlocked.headers['set-cookie']?.join().split(';', 1)[0] ?? '';
    assert.match((await open(`/${slug}+`, { cookie })).text, /https:\/\/example\.com\/secret/);
    assert.deepEqual(await recordedOf(id), { counted: 0, uncounted: 1 });
  });

  it('keeps the query across the form: what would go along is shown, and goes along', async () => {
    const password = 'open sesame';
    const { slug } = await client.createLink({ slug: 'clé-🗝', destinationUrl: 'https://example.com/?a=1', password });
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const path = `/${encodeURIComponent(slug)}`;
    const asked = 'x=1&x=&y=a+b%20c&z=%&q="<caf%C3%A9>&a=2';
    const kept = 'x=1&x=&y=a+b%20c&z=%&q=%22%3Ccaf%C3%A9%3E';
    for (const mark of ['+', '%2B/']) {
      const unlocked = await open(`${path}${mark}?${asked}`, headers, 'POST', 'password=open+sesame');
      assert.deepEqual([unlocked.status, unlocked.headers.location], [303, `${path}+?${kept}&a=2`]);
      const cookie = unlocked.headers['set-cookie']?.join().split(';', 1)[0] ?? '';
      const shown = await open(unlocked.headers.location!, { cookie, accept: 'application/json' });
      const { data } = JSON.parse(shown.text) as { data: { destinationUrl: string } };
      assert.equal(data.destinationUrl, `https://example.com/?a=1&${kept}`);
    }
    const straight = await open(`${path}?${asked}`, headers, 'POST', 'password=open+sesame');
    assert.deepEqual([straight.status, straight.headers.location], [303, `https://example.com/?a=1&${kept}`]);
    const closed = await client.createLink({ password, forwardQuery: false });
    const answer = await open(`/${closed.slug}?x=1`, headers, 'POST', 'password=open+sesame');
    assert.equal(answer.headers.location, 'https://example.com/');
  });

  it('takes no other method', async () => {
    const { slug } = await client.createLink();
    const answer = await open(`/${slug}+`, {}, 'POST');
    assert.deepEqual([answer.status, answer.headers.allow], [405, 'GET, HEAD']);
  });
});

describe('a link-preview crawler', () => {
  const og = {
    ogTitle: 'Ham & "eggs"',
    ogDescription: '<breakfast>',
    ogImage: 'https://example.com/ham.png?a=1&b=2',
  };

  it('gets the card of a link that has one', async () => {
    const { slug, shortUrl } = await client.createLink(og);
    const answer = await client.visit(slug, crawler);
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.location, undefined);
    for (const tag of [
      '<meta property="og:title" content="Ham &amp; &quot;eggs&quot;" />',
      '<meta property="og:description" content="&lt;breakfast&gt;" />',
      '<meta property="og:image" content="https://example.com/ham.png?a=1&amp;b=2" />',
      `<meta property="og:url" content="${shortUrl}" />`,
      '<meta name="twitter:card" content="summary_large_image" />',
      `<link rel="canonical" href="${shortUrl}" />`,
      '<title>Ham &amp; &quot;eggs&quot;</title>',
    ])
      assert.ok(answer.text.includes(tag), `${tag} in ${answer.text}`);
    // Tags that stand after <body> are not read by all of them.
    assert.ok(answer.text.indexOf('og:image') < answer.text.indexOf('</head>'));
    assert.doesNotMatch(answer.text, /<img|<script/);
  });

  it('is recorded and never counted, not even where programs count, and uses up nothing', async () => {
    for (const filterBots of [true, false]) {
      const { id, slug } = await client.createLink({ ...og, oneTime: true, filterBots });
      for (let i = 0; i < 3; i++) assert.equal((await client.visit(slug, crawler)).status, 200);
      assert.equal((await client.link(id)).clickCount, 0);
      assert.equal((await client.stats(id, 'bots=only')).totalClicks, 3);
      assert.equal((await client.visit(slug)).status, 302);
      assert.equal((await client.link(id)).clickCount, 1);
    }
  });

  it('gets a card from any one of the fields, made whole from the link’s own', async () => {
    const image = await client.createLink({ ogImage: og.ogImage, title: 'Own title', description: 'Own words' });
    const { text } = await client.visit(image.slug, crawler);
    assert.match(text, /property="og:title" content="Own title"[^]*property="og:description" content="Own words"/);
    const words = await client.createLink({ ogDescription: 'Only words' });
    const second = await client.visit(words.slug, crawler);
    assert.match(second.text, /property="og:title" content="example.com"/);
    assert.match(second.text, /name="twitter:card" content="summary"/);
    assert.doesNotMatch(second.text, /og:image/);
  });

  it('gets headers alone for HEAD', async () => {
    const { id, slug } = await client.createLink(og);
    const answer = await client.visit(slug, crawler, 'HEAD');
    assert.deepEqual([answer.status, answer.text, answer.headers.location], [200, '', undefined]);
    assert.deepEqual(await recordedOf(id), { counted: 0, uncounted: 1 });
  });

  it('is redirected like anybody where the link has no card, and so are people and other bots where it has one', async () => {
    const plain = await client.createLink({ title: 'A title alone is no card' });
    assert.equal((await client.visit(plain.slug, crawler)).status, 302);
    const { slug } = await client.createLink(og);
    assert.equal((await client.visit(slug)).status, 302);
    assert.equal((await client.visit(slug, { 'user-agent': 'curl/8.10.1' })).status, 302);
  });

  it('gets no card of a link that needs a password or is gone', async () => {
    const locked = await client.createLink({ ...og, password: 'open sesame' });
    const form = await client.visit(locked.slug, crawler);
    assert.match(form.text, /type="password"/);
    assert.doesNotMatch(form.text, /breakfast|ham\.png/);
    const type = { 'content-type': 'application/x-www-form-urlencoded' };
    const unlocked = await open(`/${locked.slug}`, { ...crawler, ...type }, 'POST', 'password=open+sesame');
    assert.equal(unlocked.status, 303);
    const { id, slug } = await client.createLink(og);
    await client.delete(`/links/${id}`);
    assert.equal((await client.visit(slug, crawler)).status, 410);
  });
});
