// Galleries in a real browser: every theme on a phone and on a desk, in light and dark. Screenshots are left in test/pages/out.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import type { Browser, BrowserContextOptions, Locator } from 'playwright-core';
import { themes } from '../../src/galleries/gallery.ts';
import { platformNames, socialPlatforms } from '../../src/galleries/social-platforms.ts';
import { ApiClient, personsBrowser } from '../support/api-client.ts';
import { assertPage, noBrowser, PageWatch, patienceMs, startBrowser } from '../support/browser.ts';
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
  context.setDefaultTimeout(patienceMs);
  return new PageWatch(await context.newPage(), server.address, picturesUrl);
}

async function idOf(slug: string): Promise<string> {
  return (await client.get(`/public/galleries/127.0.0.1/${slug}`)).data<{ id: string }>().id;
}

async function expectFocus(link: Locator): Promise<void> {
  const focused = link.page().locator(':focus');
  assert.equal(await focused.getAttribute('href'), await link.getAttribute('href'));
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

  it('with a style of its owner, and in a preview', async () => {
    const customCss =
      '@import "https://evil.example/a.css"; h1 { color: rgb(1, 2, 3); letter-spacing: 3px; background: url(https://evil.example/b.png) } main { background: image-set("https://evil.example/c.png" 1x) }';
    const { id } = await sampleGallery(client, { slug: 'own-style', isPublished: false, customCss }, picturesUrl);
    const { url } = (await client.get(`/galleries/${id}/preview`)).data<{ url: string }>();
    const tab = await newTab();
    await tab.page.goto(url);
    await assertPage(tab, 'gallery-preview');
    assert.equal(await tab.page.evaluate("getComputedStyle(document.querySelector('h1')).letterSpacing"), '3px');
    await tab.page.context().close();
  });

  it('without pictures, with every network there is, endless words and scripts that run the other way', async () => {
    const long = 'Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen'.repeat(3);
    const socialLinks = platformNames.map((platform) => ({ platform, url: `https://${platform}.example/` }));
    const fields = { slug: 'extreme', title: long.slice(0, 100), bio: `שלום עולם ${long}`, socialLinks };
    const { id, slug } = await sampleGallery(client, fields);
    for (const title of [long, 'مرحبا بالعالم', '👩‍👩‍👧‍👦'.repeat(8)])
      await client.post(`/galleries/${id}/items`, {
        type: 'link',
        title,
        url: 'https://example.com/',
        iconName: 'star',
      });
    const tab = await newTab();
    await tab.page.goto(`${server.address}/bio/${slug}`);
    await assertPage(tab, 'gallery-extreme');
    for (const label of Object.values(socialPlatforms))
      assert.equal(await tab.page.getByRole('link', { name: label, exact: true }).count(), 1, label);
    await tab.page.context().close();
  });
});

/** Contrast of two colours as WCAG has it, and what is at the focus: run in the page, as text. */
const focusedNow = `(() => {
  const luminance = (color) => {
    const [red, green, blue] = color.match(/[\\d.]+/g).map((part) => {
      const value = part / 255;
      return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const element = document.activeElement;
  const { outlineStyle, outlineWidth, outlineColor } = getComputedStyle(element);
  // Behind the outline, which stands off the element, is the page: a colour, or several that flow into one another.
  const ground = getComputedStyle(document.documentElement).getPropertyValue('--ground');
  const probe = document.body.appendChild(document.createElement('i'));
  const behind = ground.match(/#[0-9a-f]+|rgb\\([^)]*\\)/gi).map((color) => {
    probe.style.color = color;
    return getComputedStyle(probe).color;
  });
  probe.remove();
  const contrasts = behind.map((color) => {
    const [dark, light] = [luminance(outlineColor), luminance(color)].sort((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
  });
  return {
    href: element.getAttribute('href'),
    tag: element.tagName,
    isSeen: outlineStyle === 'solid' && parseFloat(outlineWidth) >= 2,
    contrast: Math.min(...contrasts),
    top: Math.round(element.getBoundingClientRect().top + scrollY),
    left: Math.round(element.getBoundingClientRect().left),
  };
})()`;

interface Focused {
  readonly href: string | null;
  readonly tag: string;
  readonly isSeen: boolean;
  readonly contrast: number;
  readonly top: number;
  readonly left: number;
}

describe('the keyboard', { skip: noBrowser }, () => {
  for (const theme of themes) {
    it(`goes through the theme ${theme} from top to bottom, and shows where it is`, async () => {
      const { slug } = await sampleGallery(client, { theme, slug: `keys-${theme}`, themeConfig }, picturesUrl);
      const tab = await newTab();
      for (const colorScheme of ['light', 'dark'] as const) {
        await tab.page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
        await tab.page.goto(`${server.address}/bio/${slug}`);
        const there = await tab.page.evaluate<string[]>(
          "[...document.querySelectorAll('a')].map((link) => link.getAttribute('href'))",
        );
        const met: Focused[] = [];
        while (met.length < there.length) {
          await tab.page.keyboard.press('Tab');
          const focused = await tab.page.evaluate<Focused>(focusedNow);
          // A frame is a stop of its own, for what is inside.
          if (focused.tag === 'IFRAME') continue;
          const where = `${focused.tag} ${focused.href} in ${colorScheme}`;
          assert.ok(focused.isSeen, where);
          assert.ok(focused.contrast >= 3, `${where}: ${focused.contrast}`);
          met.push(focused);
        }
        assert.deepEqual(
          met.map(({ href }) => href),
          there,
        );
        // As one reads: row by row, and each row from the left.
        assert.deepEqual(
          met.toSorted((one, other) => one.top - other.top || one.left - other.left),
          met,
        );
      }
      await tab.page.context().close();
    });
  }
});

describe('a gallery without JavaScript', { skip: noBrowser }, () => {
  it('is opened, read and left with the keyboard alone', async () => {
    const { slug, items } = await sampleGallery(client, { slug: 'keyboard' });
    const tab = await newTab({ javaScriptEnabled: false });
    await tab.page.goto(`${server.address}/bio/${slug}`);
    const link = tab.page.getByRole('link', { name: 'New album: Rain Atlas' });
    // The seven networks come first.
    for (let n = 0; n < 8; n++) await tab.page.keyboard.press('Tab');
    await expectFocus(link);
    const asked = tab.page.waitForRequest((request) => request.url() === 'https://example.com/album');
    await tab.page.keyboard.press('Enter');
    await asked;
    const counted = (await client.get(`/galleries/${await idOf(slug)}/items`)).data<
      { id: string; clickCount: number }[]
    >();
    assert.deepEqual([counted[0]?.id, counted[0]?.clickCount], [items[0]?.id, 1]);
    await tab.page.context().close();
  });

  it('plays its video in place, and asks YouTube for nothing before', async () => {
    const { slug } = await sampleGallery(client, { slug: 'video' });
    const tab = await newTab({ javaScriptEnabled: false });
    await tab.page.goto(`${server.address}/bio/${slug}`);
    const frame = tab.page.frameLocator('iframe[title="Video: Live at the lighthouse"]');
    const play = frame.getByRole('link', { name: 'Play from YouTube' });
    await play.scrollIntoViewIfNeeded();
    await play.waitFor();
    assert.deepEqual(tab.take(), []);
    const player = 'https://www.youtube-nocookie.com/embed/aqz-KE-bpKQ?autoplay=1&rel=0';
    // Nobody answers there; that it is asked at all means that the page's policy lets it.
    const asked = tab.page.waitForRequest((request) => request.url() === player);
    await play.click();
    await asked;
    assert.equal(new URL(tab.page.url()).pathname, `/bio/${slug}`);
    await tab.page.context().close();
  });
});
