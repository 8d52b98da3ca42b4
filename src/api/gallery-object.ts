// The native gallery and item objects: every key always present, absent values null, times in ISO 8601.

import * as z from 'zod';
import { galleryUrl } from '../galleries/addresses.ts';
import {
  buttonStyles,
  type CountedGallery,
  type CountedItem,
  fontFamilies,
  type Gallery,
  type GalleryItem,
  isOpenable,
  itemTypes,
  themes,
} from '../galleries/gallery.ts';
import type { PublicGallery } from '../galleries/galleries.ts';
import type { LinkPresenter } from './link-object.ts';

const text = z.string().nullable();
const instant = z.string().meta({ format: 'date-time' });

const themeConfigObject = z.object({
  backgroundColor: z.string(),
  backgroundEndColor: text,
  textColor: z.string(),
  buttonColor: z.string(),
  buttonTextColor: z.string(),
  buttonStyle: z.enum(buttonStyles),
  fontFamily: z.enum(fontFamilies),
  borderRadius: z.int(),
});

/** What everyone may know of a gallery. */
const face = {
  id: z.string(),
  slug: z.string(),
  domain: z.string(),
  url: z.string().describe('What to give away.'),
  title: z.string(),
  bio: text,
  avatarUrl: text,
  theme: z.enum(themes),
  themeConfig: themeConfigObject.nullable(),
  customCss: text,
  socialLinks: z.array(z.object({ platform: z.string(), url: z.string() })),
  seoTitle: text,
  seoDescription: text,
  isPublished: z.boolean(),
};

/** What everyone may know of an item. */
const itemFace = {
  id: z.string(),
  type: z.enum(itemTypes),
  title: text,
  url: text.describe('Where it leads; with a `linkId`, that short link.'),
  thumbnailUrl: text,
  iconName: text,
  position: z.int().min(0),
};
const embedData = z.object({ videoId: z.string() }).nullable();

export const itemSchema = z
  .object({
    ...itemFace,
    isVisible: z.boolean(),
    clickCount: z.int().min(0).describe('Counted clicks up to now.'),
    embedType: z.literal('youtube').nullable(),
    embedData,
    linkId: text,
    visibleFrom: instant.nullable(),
    visibleUntil: instant.nullable(),
    createdAt: instant,
    updatedAt: instant,
  })
  .meta({
    id: 'GalleryItem',
    description: 'What stands on a gallery. Every key is always there; what is absent is null.',
  });

export const gallerySchema = z
  .object({
    ...face,
    viewCount: z.int().min(0).describe('Counted views up to now.'),
    createdAt: instant,
    updatedAt: instant,
  })
  .meta({ id: 'Gallery', description: 'A link-in-bio page. Every key is always there; what is absent is null.' });

export const galleryWithItemsSchema = gallerySchema
  .extend({ items: z.array(itemSchema) })
  .meta({ id: 'GalleryWithItems', description: 'A gallery and everything on it, in its order.' });

export const publicGallerySchema = z
  .object({
    ...face,
    items: z.array(
      z.object({
        ...itemFace,
        embedType: z.literal('youtube').nullable(),
        embedData,
        href: text.describe('The address that counts the click and leads on; null where there is nothing to open.'),
      }),
    ),
  })
  .meta({ id: 'PublicGallery', description: 'What visitors see of a published gallery at this moment.' });

export type GalleryObject = z.output<typeof gallerySchema>;
export type ItemObject = z.output<typeof itemSchema>;

const time = (milliseconds: number): string => new Date(milliseconds).toISOString();
const timeOrNull = (milliseconds: number | null): string | null => (milliseconds === null ? null : time(milliseconds));

export class GalleryPresenter {
  readonly #links: LinkPresenter;

  constructor(links: LinkPresenter) {
    this.#links = links;
  }

  url({ domainId, slug }: Pick<Gallery, 'domainId' | 'slug'>): string {
    return galleryUrl(slug, this.#links.originOf(domainId));
  }

  object({ gallery, viewCount }: CountedGallery): GalleryObject {
    return {
      ...this.#face(gallery),
      viewCount,
      createdAt: time(gallery.createdAt),
      updatedAt: time(gallery.updatedAt),
    };
  }

  withItems(counted: CountedGallery, items: readonly CountedItem[]) {
    return { ...this.object(counted), items: items.map((item) => this.item(item)) };
  }

  item({ item, clickCount }: CountedItem): ItemObject {
    return {
      ...this.#itemFace(item),
      isVisible: item.isVisible,
      clickCount,
      embedType: item.embedType,
      embedData: item.embedData,
      linkId: item.link?.publicId ?? null,
      visibleFrom: timeOrNull(item.visibleFrom),
      visibleUntil: timeOrNull(item.visibleUntil),
      createdAt: time(item.createdAt),
      updatedAt: time(item.updatedAt),
    };
  }

  publicObject({ gallery, items }: PublicGallery): z.output<typeof publicGallerySchema> {
    const url = this.url(gallery);
    return {
      ...this.#face(gallery),
      items: items.map((item) => ({
        ...this.#itemFace(item),
        embedType: item.embedType,
        embedData: item.embedData,
        href: isOpenable(item) ? `${url}/${item.publicId}` : null,
      })),
    };
  }

  #face(gallery: Gallery) {
    return {
      id: gallery.publicId,
      slug: gallery.slug,
      domain: this.#links.hostOf(gallery.domainId),
      url: this.url(gallery),
      title: gallery.title,
      bio: gallery.bio,
      avatarUrl: gallery.avatarUrl,
      theme: gallery.theme,
      themeConfig: gallery.themeConfig,
      customCss: gallery.customCss,
      socialLinks: [...gallery.socialLinks],
      seoTitle: gallery.seoTitle,
      seoDescription: gallery.seoDescription,
      isPublished: gallery.isPublished,
    };
  }

  #itemFace(item: GalleryItem) {
    return {
      id: item.publicId,
      type: item.type,
      title: item.title,
      url: item.link === null ? item.url : this.#links.shortUrl(item.link),
      thumbnailUrl: item.thumbnailUrl,
      iconName: item.iconName,
      position: item.position,
    };
  }
}
