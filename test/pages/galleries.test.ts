// Galleries in a real browser: every theme on a phone and on a desk, in light and dark. Screenshots are left in test/pages/out.

import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { themes } from '../../src/galleries/gallery.ts';
import { ApiClient, personsBrowser } from '../support/api-client.ts';
import { assertPage, noBrowser, PageWatch, startBrowser } from '../support/browser.ts';
import { closeServers, type ServerProcess, startServer } from '../support/server-process.ts';
import { pictureServer, sampleGallery } from './gallery-samples.ts';

const themeConfig = {
  backgroundColor: '#fde8d7',
  backgroundEndColor: '#f7c6b5',
  textColor: '#4a1d24',
  buttonColor: '#8c2f39',
  buttonTextColor: '#fff6ef',
  buttonStyle: 'shadow',
  fontFamily: 'serif',
  borderRadius: 24,
};

let server: ServerProcess;
let client: ApiClient;
let browser: Browser;
let pictures: Server;
let picturesUrl: string;

before(async () => {
  if (noBrowser !== false) return;
  pictures = pictureServer().listen(0, '127.0.0.1');
  [server, browser] = await Promise.all([startServer(), startBrowser(), once(pictures, 'listening')]);
  client = ApiClient.of(server);
  picturesUrl = `http://localhost:${(pictures.address() as AddressInfo).port}`;
});
after(async () => {
  await browser?.close();
  pictures?.close();
  pictures?.closeAllConnections();
  await closeServers();
});

/** A tab of a browser that has never been here, and that does not call itself headless: programs do not count. */
async function newTab(options: BrowserContextOptions = {}): Promise<PageWatch> {
  const context = await browser.newContext({ userAgent: personsBrowser, reducedMotion: 'reduce', ...options });
  context.setDefaultTimeout(30_000);
  return new PageWatch(await context.newPage(), server.address, picturesUrl);
}

describe('a gallery fits, can be read by everybody, and fetches nothing but its pictures', { skip: noBrowser }, () => {
  for (const theme of themes) {
    it(`in the theme ${theme}`, async () => {
      const { slug } = await sampleGallery(client, { theme, slug: `theme-${theme}`, themeConfig }, picturesUrl);
      const tab = await newTab();
      await tab.page.goto(`${server.address}/bio/${slug}`);
      await assertPage(tab, `gallery-${theme}`);
      await tab.page.context().close();
    });
  }
});
