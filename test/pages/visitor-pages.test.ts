// The small pages that visitors see, in a real browser. Screenshots are left in test/pages/out.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { openForCommand } from '../../src/storage/database.ts';
import { ApiClient, personsBrowser } from '../support/api-client.ts';
import { assertPage, noBrowser, PageWatch, patienceMs, startBrowser } from '../support/browser.ts';
import {
  closeServers,
  MachineClock,
  type ServerProcess,
  startServer,
  stoppedTimer,
} from '../support/server-process.ts';

const password = 'correct horse';
const hourMs = 3_600_000;

const clock = new MachineClock('2026-07-01T12:00:00Z');
// However long the browser takes for ten passwords, no further try comes back meanwhile.
const environment = { ...clock.environment, NODE_OPTIONS: `${clock.environment['NODE_OPTIONS']} ${stoppedTimer}` };

let server: ServerProcess;
let client: ApiClient;
let browser: Browser;
/** Another site: links lead to it, and it can send a form to us. */
let elsewhere: Server;
let elsewhereUrl: string;

before(async () => {
  if (noBrowser !== false) return;
  elsewhere = createServer(({ url = '/' }, response) => {
    const { pathname, searchParams } = new URL(url, 'http://elsewhere');
    const form = `<form method="post" action="${searchParams.get('to')}"><button>Send</button></form>`;
    response.setHeader('content-type', 'text/html');
    response.end(pathname === '/form' ? form : `Arrived at ${url}`);
  });
  elsewhere.listen(0, '127.0.0.1');
  [server, browser] = await Promise.all([startServer({ environment }), startBrowser(), once(elsewhere, 'listening')]);
  client = ApiClient.of(server);
  elsewhereUrl = `http://localhost:${(elsewhere.address() as AddressInfo).port}`;
});
after(async () => {
  await browser?.close();
  elsewhere?.close();
  elsewhere?.closeAllConnections();
  await closeServers();
});

/** A tab of a browser that has never been here, and that does not call itself headless: programs do not count. */
async function newTab(options: BrowserContextOptions = {}): Promise<PageWatch> {
  const context = await browser.newContext({ userAgent: personsBrowser, ...options });
  context.setDefaultTimeout(patienceMs);
  return new PageWatch(await context.newPage(), server.address);
}

async function look(name: string, path: string, options: BrowserContextOptions = {}): Promise<void> {
  const tab = await newTab(options);
  await tab.page.goto(server.address + path);
  await assertPage(tab, name);
  await tab.page.context().close();
}

describe('every page fits, can be read by everybody, and fetches nothing', { skip: noBrowser }, () => {
  it('home', () => look('home', '/'));

  it('unknown', () => look('unknown', '/no-such-link'));

  it('taken down', async () => {
    const { id, slug } = await client.createLink();
    await client.delete(`/links/${id}`);
    await look('taken-down', `/${slug}`);
  });

  it('expired', async () => {
    const { slug } = await client.createLink({ expiresAt: '2026-07-01T13:00:00Z' });
    clock.set(hourMs);
    await look('expired', `/${slug}`);
    clock.set(0);
  });

  it('used up', async () => {
    const { slug } = await client.createLink({ oneTime: true });
    await client.visit(slug);
    await look('used-up', `/${slug}`);
  });

  it('a server that is busy', async () => {
    const { slug } = await client.createLink({ oneTime: true });
    const tab = await newTab();
    // Nothing can be written meanwhile, so a click that uses up a limit cannot be, either.
    const lock = openForCommand(server.dataFolder);
    lock.exec('BEGIN IMMEDIATE');
    const answer = await tab.page.goto(`${server.address}/${slug}`);
    lock.exec('ROLLBACK');
    lock.close();
    assert.equal(answer?.status(), 503);
    await assertPage(tab, 'busy');
    await tab.page.context().close();
  });

  it('the form for a password, wrong passwords, and too many of them', async () => {
    const { slug } = await client.createLink({ password });
    const tab = await newTab();
    await tab.page.goto(`${server.address}/${slug}`);
    await assertPage(tab, 'password');
    for (let i = 0; i < 10; i++) {
      await tab.page.getByLabel('Password').fill('wrong');
      await tab.page.getByRole('button').click();
      await tab.page.getByRole('alert').filter({ hasText: 'not the password' }).waitFor();
      if (i === 0) await assertPage(tab, 'password-wrong');
    }
    await tab.page.getByLabel('Password').fill('wrong');
    await tab.page.getByRole('button').click();
    await tab.page.getByRole('alert').filter({ hasText: 'too many' }).waitFor();
    await assertPage(tab, 'password-too-many');
    await tab.page.context().close();
  });

  it('a password that is too long', async () => {
    const { slug } = await client.createLink({ password });
    const tab = await newTab();
    await tab.page.goto(`${server.address}/${slug}`);
    await tab.page.getByLabel('Password').fill('x'.repeat(5000));
    await tab.page.getByRole('button').click();
    await tab.page.getByRole('heading', { name: 'That did not work' }).waitFor();
    await assertPage(tab, 'failed');
    await tab.page.context().close();
  });

  it('a form that was sent to a link without a password', async () => {
    const { slug } = await client.createLink();
    const tab = await newTab();
    await tab.page.goto(`${elsewhereUrl}/form?to=${server.address}/${slug}`);
    await tab.page.getByRole('button').click();
    await tab.page.getByRole('heading', { name: 'This address can only be opened' }).waitFor();
    tab.take();
    await assertPage(tab, 'method');
    await tab.page.context().close();
  });

  it('the preview of a link', async () => {
    const { slug } = await client.createLink({ destinationUrl: `${elsewhereUrl}/somewhere`, title: 'A place & more' });
    await look('preview', `/${slug}+`);
    const words = Array.from({ length: 60 }, (_, i) => `parameter-${i}=${'value'.repeat(i % 7)}`).join('&');
    const long = await client.createLink({
      slug: 'ähnlich-wie-ein-sehr-langer-name-ohne-ende-und-ohne-jede-absicht-sich-kurz-zu-fassen-👍🏽',
      destinationUrl: `https://a-rather-long-name-of-a-host.with-many-parts.and-more-of-them.example.com/${'path'.repeat(40)}?${words}`,
      title: 'W'.repeat(200),
    });
    await look('preview-long', `/${encodeURIComponent(long.slug)}+`);
  });

  it('the card of a link', async () => {
    const { slug } = await client.createLink({
      ogTitle: 'A card with a title that takes more than one line on a phone',
      ogDescription: 'And a few words about where it leads.',
      ogImage: 'https://example.com/image.png',
    });
    await look('card', `/${slug}`, { userAgent: 'facebookexternalhit/1.1' });
  });
});

describe('the form for a password', { skip: noBrowser }, () => {
  it('is used with the keyboard alone, takes the query along, and opens the link for the next time', async () => {
    const { id, slug } = await client.createLink({ password, destinationUrl: `${elsewhereUrl}/there` });
    const tab = await newTab();
    const { page } = tab;
    await page.goto(`${server.address}/${slug}?from=paper`);
    // It can be typed at once: the browser puts the focus there with its first frame.
    await page.locator('#password:focus').waitFor();
    await page.keyboard.type('wrong');
    await page.keyboard.press('Tab');
    await page.locator('button:focus').waitFor();
    await page.keyboard.press('Space');
    await page.getByRole('alert').waitFor();
    await page.locator('#password:focus').waitFor();
    assert.deepEqual(tab.take(), []);
    await page.keyboard.type(password);
    await page.keyboard.press('Enter');
    await page.waitForURL(`${elsewhereUrl}/there?from=paper`);
    assert.deepEqual(tab.take(), [`request: ${elsewhereUrl}/there?from=paper`]);
    assert.equal((await client.link(id)).clickCount, 1);

    await page.goto(`${server.address}/${slug}`);
    assert.equal(page.url(), `${elsewhereUrl}/there`);
    assert.equal((await client.link(id)).clickCount, 2);
    await page.context().close();
  });

  it('works without JavaScript', async () => {
    const { slug } = await client.createLink({ password, destinationUrl: `${elsewhereUrl}/there` });
    const { page } = await newTab({ javaScriptEnabled: false });
    await page.goto(`${server.address}/${slug}`);
    await page.getByLabel('Password').fill(password);
    await page.getByRole('button', { name: 'Open the link' }).click();
    await page.waitForURL(`${elsewhereUrl}/there`);
    await page.context().close();
  });

  it('comes back to the preview that it stood before, with its query', async () => {
    const { slug } = await client.createLink({ password, destinationUrl: `${elsewhereUrl}/there` });
    const { page } = await newTab();
    await page.goto(`${server.address}/${slug}+?from=paper`);
    await page.getByLabel('Password').fill(password);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Where this link leads' }).waitFor();
    await page.getByRole('link', { name: 'Go on to' }).click();
    await page.waitForURL(`${elsewhereUrl}/there?from=paper`);
    await page.context().close();
  });
});
