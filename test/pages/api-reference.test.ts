// The page about the API, in a real browser: on a phone and on a desk, with the keyboard, and without JavaScript.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser } from 'playwright-core';
import { assertPage, noBrowser, PageWatch, startBrowser } from '../support/browser.ts';
import { closeServers, type ServerProcess, startServer } from '../support/server-process.ts';

let server: ServerProcess;
let browser: Browser;
before(async () => {
  if (noBrowser !== false) return;
  [server, browser] = await Promise.all([startServer(), startBrowser()]);
});
after(async () => {
  await browser?.close();
  await closeServers();
});

describe('the page about the API', { skip: noBrowser }, () => {
  it('fits, can be read by everybody, and fetches nothing', async () => {
    const page = await browser.newPage();
    const tab = new PageWatch(page, server.address);
    await page.goto(`${server.address}/docs`);
    // What is folded away must be right, too.
    await page.evaluate('for (const part of document.querySelectorAll("details")) part.open = true');
    await assertPage(tab, 'reference');
    await page.close();
  });

  it('leads from its contents to an operation, and on to what that takes, without JavaScript', async () => {
    for (const width of [360, 1280]) {
      const context = await browser.newContext({ javaScriptEnabled: false, viewport: { width, height: 740 } });
      const page = await context.newPage();
      await page.goto(`${server.address}/docs`);
      const contents = page.getByRole('navigation', { name: 'Contents' });
      if (width < 1024) await contents.getByText('Contents').click();
      await contents.getByRole('link', { name: 'Make a link', exact: true }).click();
      assert.equal(page.url(), `${server.address}/docs#createLink`);
      const part = page.locator('#createLink');
      assert.ok(await part.getByRole('heading', { name: 'Make a link' }).isVisible());
      await part.getByRole('link', { name: 'NewLink' }).click();
      assert.equal(page.url(), `${server.address}/docs#schema-NewLink`);
      assert.ok(await page.locator('#schema-NewLink').getByText('destinationUrl').isVisible());
      await context.close();
    }
  });
});
