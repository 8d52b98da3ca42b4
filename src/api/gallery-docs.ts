// What the routes of galleries share in their documentation: examples of a gallery and an item, and what stands in a path.

import * as z from 'zod';
import type { ErrorCode } from '../core/errors.ts';
import type { GalleryObject, ItemObject } from './gallery-object.ts';

export const itemExample: ItemObject = {
  id: 'itm_7Gh3KmPqR9sTuVwX',
  type: 'link',
  title: 'My new album',
  url: 'https://example.com/album',
  thumbnailUrl: null,
  iconName: 'music',
  position: 0,
  isVisible: true,
  clickCount: 87,
  embedType: null,
  embedData: null,
  linkId: null,
  visibleFrom: null,
  visibleUntil: '2026-12-24T17:00:00.000Z',
  createdAt: '2026-06-01T08:00:00.000Z',
  updatedAt: '2026-06-01T08:00:00.000Z',
};

export const galleryExample: GalleryObject = {
  id: 'gal_5Rt8WxYzA2bCdEfG',
  slug: 'ada',
  domain: 'go.example',
  url: 'https://go.example/bio/ada',
  title: 'Ada',
  bio: 'Numbers, engines and poetry.',
  avatarUrl: 'https://example.com/ada.jpg',
  theme: 'gradient',
  themeConfig: null,
  customCss: null,
  socialLinks: [{ platform: 'mastodon', url: 'https://social.example/@ada' }],
  seoTitle: null,
  seoDescription: null,
  isPublished: true,
  viewCount: 412,
  createdAt: '2026-06-01T08:00:00.000Z',
  updatedAt: '2026-06-02T09:30:00.000Z',
};

export const galleryIdParam = {
  id: z.string().meta({ description: 'The id of the gallery: `gal_…`.', examples: [galleryExample.id] }),
};

export const itemIdParams = {
  ...galleryIdParam,
  itemId: z.string().meta({ description: 'The id of the item: `itm_…`.', examples: [itemExample.id] }),
};

/** Whatever can be wrong with the fields of a gallery. */
export const galleryFieldErrors: readonly ErrorCode[] = [
  'VALIDATION_ERROR',
  'INVALID_URL',
  'SLUG_RESERVED',
  'DOMAIN_NOT_VERIFIED',
  'SLUG_EXISTS',
];

/** The same of an item. */
export const itemFieldErrors: readonly ErrorCode[] = ['VALIDATION_ERROR', 'INVALID_URL', 'NOT_FOUND'];
