// A real browser for the tests of pages: Chromium where it is installed, and what every page is checked for in it.

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';

const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';

/** For a test's `skip`: false where there is a browser, otherwise why not. */
export const noBrowser = existsSync(executablePath)
  ? false
  : `there is no ${executablePath}: install chromium, or name one in CHROMIUM`;

const screenshotFolder = fileURLToPath(new URL('../pages/out/', import.meta.url));
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

// It may run as root and without a screen, and talks to nobody but us.
const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1',
];

/** No expectation: only so that a hang fails as what it is. */
export const patienceMs = 120_000;

export function startBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath, args: flags, timeout: patienceMs });
}

/** Everything a page says or does that it should not; asked for by `assertPage`. */
export class PageWatch {
  readonly page: Page;
  readonly #problems: string[] = [];

  /** @param origins the only ones that the page may ask anything of */
  constructor(page: Page, ...origins: readonly string[]) {
    this.page = page;
    page.on('pageerror', (error) => this.#problems.push(`error: ${error.message}`));
    page.on('console', (message) => {
      // Chromium notes every page that comes with a 4xx.
      const isStatus = message.text().startsWith('Failed to load resource: the server responded with a status of');
      if (message.type() !== 'log' && !(isStatus && message.location().url === page.url()))
        this.#problems.push(`${message.type()}: ${message.text()}`);
    });
    page.on('request', (request) => {
      if (!origins.includes(new URL(request.url()).origin)) this.#problems.push(`request: ${request.url()}`);
    });
  }

  /** What has been noticed since the last call. */
  take(): string[] {
    return this.#problems.splice(0);
  }
}

interface AxeResults {
  readonly violations: readonly {
    readonly id: string;
    readonly help: string;
    readonly nodes: readonly { html: string }[];
  }[];
}

const widths = [360, 1280];
const schemes = ['light', 'dark'] as const;

/**
 * Looks at the page that is open on a phone and on a desk, in light and in dark: it fits, axe finds nothing, it said and
 * fetched nothing that it should not have. Leaves a screenshot of each.
 */
export async function assertPage(watch: PageWatch, name: string): Promise<void> {
  const { page } = watch;
  mkdirSync(screenshotFolder, { recursive: true });
  await page.evaluate(axe);
  for (const width of widths)
    for (const colorScheme of schemes) {
      const where = `${name} at ${width} px, ${colorScheme}`;
      await page.setViewportSize({ width, height: 740 });
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: `${screenshotFolder}${name}-${width}-${colorScheme}.png`, fullPage: true });
      const overflow = await page.evaluate(
        'document.documentElement.scrollWidth - document.documentElement.clientWidth',
      );
      assert.equal(overflow, 0, `${where} scrolls sideways`);
      const { violations } = await page.evaluate<AxeResults>('axe.run()');
      const found = violations.map(
        ({ id, help, nodes }) => `${id}: ${help}: ${nodes.map((node) => node.html).join(' ')}`,
      );
      assert.deepEqual(found, [], where);
    }
  assert.deepEqual(watch.take(), [], name);
}
