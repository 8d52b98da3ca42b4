// What callers send about galleries, read once at the edge: the results hold only stored forms and obey every limit.
// All faults of an input are reported together; the error's code is the first one's.

import assert from 'node:assert';
import { Faults } from '../core/validation.ts';
import { parseSlug } from '../links/slug.ts';
import { parseImageUrl, parseProfileUrl } from './addresses.ts';
import { maxCssBytes } from './custom-css.ts';
import type { Gallery, SocialLink, ThemeConfig } from './gallery.ts';
import { galleryChangeSchema, newGallerySchema, type themeConfigSchema } from './gallery-schemas.ts';
import { readGiven } from './given-value.ts';
import { completeThemeConfig } from './theme-config.ts';
import type * as z from 'zod';

/** Fields that a caller may set, in their stored form. */
type Settable = Pick<
  Gallery,
  | 'title'
  | 'bio'
  | 'avatarUrl'
  | 'theme'
  | 'themeConfig'
  | 'customCss'
  | 'socialLinks'
  | 'seoTitle'
  | 'seoDescription'
  | 'isPublished'
>;

/** A gallery to be made. `slug` null: draw one; `domain` null: the default one; otherwise as given, yet to be looked up. */
export interface NewGallery extends Settable {
  readonly slug: string | null;
  readonly domain: string | null;
}

/** A change of a gallery: absent is "as it is", null is "none". */
export interface GalleryChange extends Partial<Settable> {
  readonly slug?: string;
  readonly domain?: string;
}

/** What a field holds when nobody sets it, and again when it is cleared. */
const defaults = { theme: 'default', isPublished: false } as const;

interface Texts {
  readonly slug?: string | null | undefined;
  readonly avatarUrl?: string | null | undefined;
  readonly socialLinks?: readonly SocialLink[] | null | undefined;
  readonly themeConfig?: z.output<typeof themeConfigSchema> | null | undefined;
  readonly customCss?: string | null | undefined;
}

/** What the texts mean, and the faults in that. */
function readTexts(texts: Texts, faults: Faults, reserved: ReadonlySet<string>) {
  if (typeof texts.customCss === 'string' && Buffer.byteLength(texts.customCss) > maxCssBytes)
    faults.add('customCss', `is longer than ${maxCssBytes} bytes`);
  return {
    slug: readGiven(texts.slug, (slug) => faults.attempt(() => parseSlug(slug, { reserved }))),
    avatarUrl: readGiven(texts.avatarUrl, (url) => faults.attempt(() => parseImageUrl(url, 'avatarUrl'))),
    socialLinks: readGiven(texts.socialLinks, (links) =>
      links.map(({ platform, url }, position) => ({
        platform,
        url: faults.attempt(() => parseProfileUrl(url, `socialLinks.${position}.url`)) ?? '',
      })),
    ),
    themeConfig: readGiven(texts.themeConfig, (config) =>
      faults.attempt((): ThemeConfig => completeThemeConfig(config)),
    ),
  };
}

/** @throws AppError VALIDATION_ERROR, INVALID_URL or SLUG_RESERVED, with details */
export function parseNewGallery(body: unknown, reserved: ReadonlySet<string>): NewGallery {
  const faults = new Faults();
  const shape = faults.check(newGallerySchema, body);
  const texts = readTexts(shape ?? {}, faults, reserved);
  faults.throwIfAny();
  assert(shape !== undefined);
  return {
    title: shape.title,
    slug: texts.slug ?? null,
    domain: shape.domain ?? null,
    bio: shape.bio ?? null,
    avatarUrl: texts.avatarUrl ?? null,
    theme: shape.theme ?? defaults.theme,
    themeConfig: texts.themeConfig ?? null,
    customCss: orNone(shape.customCss) ?? null,
    socialLinks: texts.socialLinks ?? [],
    seoTitle: shape.seoTitle ?? null,
    seoDescription: shape.seoDescription ?? null,
    isPublished: shape.isPublished ?? defaults.isPublished,
  };
}

/** An empty style sheet is none. */
function orNone(css: string | null | undefined): string | null | undefined {
  return css === '' ? null : css;
}

/** An empty change changes nothing. @throws AppError as `parseNewGallery` */
export function parseGalleryChange(body: unknown, reserved: ReadonlySet<string>): GalleryChange {
  const faults = new Faults();
  const shape = faults.check(galleryChangeSchema, body);
  const { slug, avatarUrl, socialLinks, themeConfig } = readTexts(shape ?? {}, faults, reserved);
  faults.throwIfAny();
  assert(shape !== undefined && slug !== null);
  const { title, domain, bio, customCss, seoTitle, seoDescription, theme, isPublished } = shape;
  return {
    ...(title !== undefined && { title }),
    ...(slug !== undefined && { slug }),
    ...(domain !== undefined && { domain }),
    ...(bio !== undefined && { bio }),
    ...(avatarUrl !== undefined && { avatarUrl }),
    ...(theme !== undefined && { theme: theme ?? defaults.theme }),
    ...(themeConfig !== undefined && { themeConfig }),
    ...(customCss !== undefined && { customCss: orNone(customCss) ?? null }),
    ...(socialLinks !== undefined && { socialLinks: socialLinks ?? [] }),
    ...(seoTitle !== undefined && { seoTitle }),
    ...(seoDescription !== undefined && { seoDescription }),
    ...(isPublished !== undefined && { isPublished: isPublished ?? defaults.isPublished }),
  };
}
