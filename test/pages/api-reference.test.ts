// The page about the API, in a real browser: on a phone and on a desk, with the keyboard, and without JavaScript.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { Browser } from 'playwright-core';
import { assertPage, noBrowser, PageWatch, patienceMs, startBrowser } from '../support/browser.ts';
import { closeServers, type ServerProcess, startServer } from '../support/server-process.ts';

/** The parts are made alike, and looking at all of them takes a minute: these stand for the others. */
const kept = ['createLink', 'listLinks', 'followLink', 'error-VALIDATION_ERROR', 'schema-NewLink', 'schema-Error'];

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
    const page = await browser.newPage({ viewport: { width: 360, height: 740 } });
    page.setDefaultTimeout(patienceMs);
    const tab = new PageWatch(page, server.address);
    await page.goto(`${server.address}/docs`);
    // What is folded away must fit, too.
    await page.evaluate('for (const part of document.querySelectorAll("details")) part.open = true');
    const overflow = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
    assert.equal(await page.evaluate(overflow), 0, 'all of it scrolls sideways');
    const removed = await page.evaluate<number>(
      `[...document.querySelectorAll('section.part')].filter((part) => !${JSON.stringify(kept)}.includes(part.id)).map((part) => part.remove()).length`,
    );
    assert.ok(removed > 40, `${removed} parts`);
    await assertPage(tab, 'reference');
    await page.close();
  });

  it('leads from its contents to an operation, and on to what that takes, without JavaScript', async () => {
    for (const width of [360, 1280]) {
      const context = await browser.newContext({ javaScriptEnabled: false, viewport: { width, height: 740 } });
      context.setDefaultTimeout(patienceMs);
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
