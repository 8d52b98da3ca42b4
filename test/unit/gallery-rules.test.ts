// The pure rules of galleries: when an item is shown, in which order items end up, who may see a preview, what can be read on what.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { AppError } from '../../src/core/errors.ts';
import { type GalleryItem, isShown, themes } from '../../src/galleries/gallery.ts';
import { arrange, withItemAt } from '../../src/galleries/item-order.ts';
import { PreviewTokens } from '../../src/galleries/preview-token.ts';
import { completeThemeConfig, contrast, defaultThemeConfig } from '../../src/galleries/theme-config.ts';
import { platformNames } from '../../src/galleries/social-platforms.ts';
import { icon } from '../../src/pages/gallery-icons.ts';
import { lookOf } from '../../src/pages/gallery-themes.ts';

const item: GalleryItem = {
  id: 1,
  publicId: 'itm_1',
  counterId: 2 ** 40,
  galleryId: 1,
  position: 0,
  type: 'link',
  title: 'x',
  url: 'https://example.com/',
  link: null,
  thumbnailUrl: null,
  iconName: null,
  isVisible: true,
  visibleFrom: null,
  visibleUntil: null,
  embedType: null,
  embedData: null,
  createdAt: 0,
  updatedAt: 0,
};
const link = { publicId: 'lnk_1', domainId: 1, slug: 'a', isArchived: false, expiresAt: null, expiredUrl: null };

describe('an item is shown', () => {
  const now = 1_000;
  const cases: [name: string, fields: Partial<GalleryItem>, expected: boolean][] = [
    ['at the moment from which it is', { visibleFrom: now }, true],
    ['not a moment before', { visibleFrom: now + 1 }, false],
    ['not at the moment until which it is', { visibleUntil: now }, false],
    ['the moment before', { visibleUntil: now + 1 }, true],
    ['not when it is hidden', { isVisible: false }, false],
    ['with a living link', { url: null, link }, true],
    ['not with an archived link', { url: null, link: { ...link, isArchived: true } }, false],
    ['not with a link that has expired', { url: null, link: { ...link, expiresAt: now } }, false],
    ['with a link that has not yet', { url: null, link: { ...link, expiresAt: now + 1 } }, true],
    [
      'with a link that leads elsewhere since',
      { url: null, link: { ...link, expiresAt: 1, expiredUrl: 'https://a.example/' } },
      true,
    ],
    ['not when its link was deleted', { url: null }, false],
    ['as a divider, which leads nowhere', { type: 'divider', url: null }, true],
  ];
  for (const [name, fields, expected] of cases)
    it(name, () => assert.equal(isShown({ ...item, ...fields }, now), expected));
});

describe('an order', () => {
  const present = 'abcdefgh'.split('');

  it('holds every item once, whatever places are asked for', () => {
    const places = fc.uniqueArray(
      fc.record({ id: fc.constantFrom(...present), position: fc.nat(present.length - 1) }),
      {
        selector: ({ id }) => id,
      },
    );
    fc.assert(
      fc.property(places, (wanted) => {
        const isPossible = new Set(wanted.map(({ position }) => position)).size === wanted.length;
        if (!isPossible) {
          assert.throws(() => arrange(present, { places: wanted }), AppError);
          return;
        }
        const order = arrange(present, { places: wanted });
        assert.deepEqual(order.toSorted(), present);
        for (const { id, position } of wanted) assert.equal(order[position], id);
        const others = order.filter((id) => !wanted.some((place) => place.id === id));
        assert.deepEqual(others, others.toSorted());
      }),
      { numRuns: 300 },
    );
  });

  it('with one item moved keeps the others in theirs', () => {
    fc.assert(
      fc.property(fc.constantFrom(...present), fc.nat(120), (id, position) => {
        const order = withItemAt(present, id, position);
        assert.equal(order[Math.min(position, present.length - 1)], id);
        assert.deepEqual(
          order.filter((other) => other !== id),
          present.filter((other) => other !== id),
        );
      }),
      { numRuns: 200 },
    );
  });

  it('of no items is none', () => {
    assert.deepEqual(arrange([], { order: [] }), []);
    assert.deepEqual(arrange([], { places: [] }), []);
  });
});

describe('a preview token', () => {
  const tokens = new PreviewTokens(Buffer.alloc(32, 7));
  const now = 1_700_000_000_000;
  const { token, expiresAt } = tokens.issue({ id: 5 }, now);

  it('opens its gallery for an hour', () => {
    assert.equal(expiresAt, now + 3_600_000);
    assert.ok(tokens.isValid({ id: 5 }, token, now));
    assert.ok(tokens.isValid({ id: 5 }, token, expiresAt - 1));
    assert.ok(!tokens.isValid({ id: 5 }, token, expiresAt));
  });

  it('opens no other gallery, and none of another server', () => {
    assert.ok(!tokens.isValid({ id: 55 }, token, now));
    assert.ok(!new PreviewTokens(Buffer.alloc(32, 8)).isValid({ id: 5 }, token, now));
  });

  it('cannot be changed in any character', () => {
    for (let n = 0; n < token.length - 1; n++) {
      const changed = token.slice(0, n) + (token[n] === 'A' ? 'B' : 'A') + token.slice(n + 1);
      assert.ok(!tokens.isValid({ id: 5 }, changed, now), changed);
    }
  });
});

/** A colour with something of it showing through, as it is seen on another. */
function over(front: string, share: number, back: string): string {
  const part = (colour: string, start: number): number => Number.parseInt(colour.slice(start, start + 2), 16);
  const mixed = [1, 3, 5].map((start) => Math.round(part(front, start) * share + part(back, start) * (1 - share)));
  return `#${mixed.map((value) => value.toString(16).padStart(2, '0')).join('')}`;
}

const full = (colour: string): string =>
  colour.length === 4 ? `#${colour.slice(1).replace(/./g, (digit) => digit + digit)}` : colour;

describe('the text of every theme', () => {
  it('has the contrast that it must have, to whatever can be behind it', () => {
    for (const theme of themes) {
      const { css } = lookOf({ theme, themeConfig: null });
      // The first set of variables is the light one, and the second, where there is one, the dark one over it.
      const sets = [...css.matchAll(/:root \{ ([^}]*) \}/g)].map(([, text = '']) =>
        Object.fromEntries(text.split(';').map((line) => line.trim().split(/:\s*(.*)/s, 2) as [string, string])),
      );
      assert.ok(sets.length === 1 || sets.length === 2, theme);
      sets.forEach((own, n) => {
        const values = { ...sets[0], ...own };
        const colours = (name: string): string[] =>
          [...(values[name] ?? '').matchAll(/#[0-9a-f]{3,6}\b/gi)].map(([c]) => full(c));
        const grounds = [...colours('--ground'), ...colours('--sky'), ...colours('--glow')];
        const glass = /rgb\((\d+) (\d+) (\d+) \/ ([\d.]+)\)/.exec(values['--card'] ?? '');
        const [, red, green, blue, share] = glass ?? [];
        const pane = `#${[red, green, blue].map((value) => Number(value).toString(16).padStart(2, '0')).join('')}`;
        const cards =
          glass === null
            ? [...colours('--card'), ...(values['--card'] === 'transparent' ? grounds : [])]
            : grounds.map((ground) => over(pane, Number(share), ground));
        assert.ok(grounds.length > 0 && cards.length > 0, theme);
        const check = (text: string, behind: string[]): void => {
          for (const ink of colours(text))
            for (const back of behind)
              assert.ok(contrast(ink, back) >= 4.5, `${theme} ${n} ${text} ${ink} on ${back}: ${contrast(ink, back)}`);
        };
        check('--ink', grounds);
        check('--quiet', grounds);
        check('--card-ink', cards);
      });
    }
  });
});

describe('a look of one’s own', () => {
  it('is whole by itself', () => assert.deepEqual(completeThemeConfig({}), defaultThemeConfig));

  it('is measured as WCAG does', () => {
    assert.equal(contrast('#000000', '#ffffff'), 21);
    assert.equal(contrast('#777777', '#777777'), 1);
    assert.ok(Math.abs(contrast('#767676', '#ffffff') - 4.54) < 0.01);
  });

  it('is refused just where it can no longer be read', () => {
    completeThemeConfig({ backgroundColor: '#ffffff', textColor: '#767676' });
    assert.throws(() => completeThemeConfig({ backgroundColor: '#ffffff', textColor: '#777777' }), /contrast of 4\.4 /);
  });

  it('needs no readable buttons where they are outlines', () => {
    completeThemeConfig({ buttonStyle: 'outline', buttonColor: '#ffffff', buttonTextColor: '#ffffff' });
    assert.throws(() => completeThemeConfig({ buttonColor: '#ffffff', buttonTextColor: '#ffffff' }), AppError);
  });
});

describe('a drawing', () => {
  const drawn = (name: string): string => icon(name).text;
  const guide = readFileSync(new URL('../../docs/galleries.md', import.meta.url), 'utf8');

  it('is there for every network, and told of in the guide', () => {
    for (const name of platformNames) {
      assert.notEqual(drawn(name), drawn('link'), name);
      assert.match(guide, new RegExp(`\\b${name}\\b`));
    }
  });

  it('is there for every name in the guide', () => {
    const [, names = ''] = /or `link ([a-z\s]+)`/.exec(guide) ?? [];
    assert.ok(names.split(/\s+/).length > 20, names);
    for (const name of names.split(/\s+/)) assert.notEqual(drawn(name), drawn('link'), name);
  });

  it('of an unknown name is a link, whatever objects have by nature', () => {
    for (const name of ['zzz', 'constructor', '__proto__']) assert.equal(drawn(name), drawn('link'));
  });
});
