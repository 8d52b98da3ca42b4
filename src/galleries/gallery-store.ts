// Galleries and their items in the database: rows to objects and back, and the reads of the API and of the public pages.

import type { Insertable, Selectable } from 'kysely';
import { foldCase } from '../links/confusables.ts';
import { clicksOf, clicksOfMany } from '../links/link-store.ts';
import { allRows, atOnce, type Connection, firstRow, query } from '../storage/query.ts';
import type { GalleriesTable, GalleryItemsTable } from '../storage/tables.ts';
import type { CountedGallery, CountedItem, Gallery, GalleryItem, ItemType, LinkedLink, Theme } from './gallery.ts';

const flag = (value: boolean): number => (value ? 1 : 0);

function parsed<T>(json: string | null): T | null {
  return json === null ? null : (JSON.parse(json) as T);
}

function jsonOrNull(value: object | null): string | null {
  return value === null ? null : JSON.stringify(value);
}

/** What two galleries of one domain cannot share. */
export function slugKey(slug: string): string {
  return foldCase(slug.normalize('NFC'));
}

function toGallery(row: Selectable<GalleriesTable>): Gallery {
  return {
    id: row.id,
    publicId: row.public_id,
    counterId: row.counter_id,
    userId: row.user_id,
    domainId: row.domain_id,
    slug: row.slug,
    title: row.title,
    bio: row.bio,
    avatarUrl: row.avatar_url,
    theme: row.theme as Theme,
    themeConfig: parsed(row.theme_config),
    customCss: row.custom_css,
    servedCss: row.served_css,
    socialLinks: JSON.parse(row.social_links) as Gallery['socialLinks'],
    seoTitle: row.seo_title,
    seoDescription: row.seo_description,
    isPublished: row.is_published === 1,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

export function toGalleryRow(gallery: Omit<Gallery, 'id'>): Insertable<GalleriesTable> {
  return {
    public_id: gallery.publicId,
    counter_id: gallery.counterId,
    user_id: gallery.userId,
    domain_id: gallery.domainId,
    slug: gallery.slug,
    slug_key: slugKey(gallery.slug),
    title: gallery.title,
    bio: gallery.bio,
    avatar_url: gallery.avatarUrl,
    theme: gallery.theme,
    theme_config: jsonOrNull(gallery.themeConfig),
    custom_css: gallery.customCss,
    served_css: gallery.servedCss,
    social_links: JSON.stringify(gallery.socialLinks),
    seo_title: gallery.seoTitle,
    seo_description: gallery.seoDescription,
    is_published: flag(gallery.isPublished),
    created_at: gallery.createdAt,
    updated_at: gallery.updatedAt,
  };
}

export function toItemRow(
  item: Omit<GalleryItem, 'id' | 'link'>,
  linkId: number | null,
): Insertable<GalleryItemsTable> {
  return {
    public_id: item.publicId,
    counter_id: item.counterId,
    gallery_id: item.galleryId,
    position: item.position,
    type: item.type,
    title: item.title,
    url: item.url,
    link_id: linkId,
    thumbnail_url: item.thumbnailUrl,
    icon_name: item.iconName,
    is_visible: flag(item.isVisible),
    visible_from: item.visibleFrom,
    visible_until: item.visibleUntil,
    embed_type: item.embedType,
    embed_data: jsonOrNull(item.embedData),
    created_at: item.createdAt,
    updated_at: item.updatedAt,
  };
}

/** The user's own gallery; another user's is as absent as an unknown one. */
export function findGallery(connection: Connection, userId: number, publicId: string): Gallery | undefined {
  const found = query
    .selectFrom('galleries')
    .selectAll()
    .where('public_id', '=', publicId)
    .where('user_id', '=', userId);
  const row = firstRow(connection, found);
  return row && toGallery(row);
}

/** The gallery at an address, published or not, whoever's it is. */
export function findGalleryAt(connection: Connection, domainId: number, slug: string): Gallery | undefined {
  const found = query
    .selectFrom('galleries')
    .selectAll()
    .where('domain_id', '=', domainId)
    .where('slug_key', '=', slugKey(slug));
  const row = firstRow(connection, found);
  return row && toGallery(row);
}

export function countGalleries(connection: Connection, userId: number): number {
  const counted = query
    .selectFrom('galleries')
    .select((is) => is.fn.countAll<number>().as('total'))
    .where('user_id', '=', userId);
  return firstRow(connection, counted)?.total ?? 0;
}

export interface GalleryPlace {
  /** Only what was made before the gallery with this id. */
  readonly beforeId: number | undefined;
  readonly offset: number;
  readonly limit: number;
}

/** The newest first. */
export function listGalleries(
  connection: Connection,
  userId: number,
  { beforeId, offset, limit }: GalleryPlace,
): Gallery[] {
  const page = query
    .selectFrom('galleries')
    .selectAll()
    .where('user_id', '=', userId)
    .$if(beforeId !== undefined, (q) => q.where('id', '<', beforeId as number))
    .orderBy('id', 'desc')
    .limit(limit)
    .offset(offset);
  return allRows(connection, page).map(toGallery);
}

/** Counted views up to the last commit. */
export function withViews(connection: Connection, gallery: Gallery): CountedGallery {
  const { clickCount, lastClickedAt } = clicksOf(connection, gallery.counterId);
  return { gallery, viewCount: clickCount, lastViewedAt: lastClickedAt };
}

/** The same for many. */
export function withViewsOfAll(connection: Connection, galleries: readonly Gallery[]): CountedGallery[] {
  return atOnce(connection, () => {
    const views = clicksOfMany(
      connection,
      galleries.map(({ counterId }) => counterId),
    );
    return galleries.map((gallery) => {
      const { clickCount, lastClickedAt } = views(gallery.counterId);
      return { gallery, viewCount: clickCount, lastViewedAt: lastClickedAt };
    });
  });
}

const itemsWithLinks = query
  .selectFrom('gallery_items')
  .leftJoin('links', 'links.id', 'gallery_items.link_id')
  .selectAll('gallery_items')
  .select([
    'links.public_id as link_public_id',
    'links.domain_id as link_domain_id',
    'links.slug as link_slug',
    'links.is_archived as link_is_archived',
    'links.expires_at as link_expires_at',
    'links.expired_url as link_expired_url',
  ]);

type ItemRow = ReturnType<typeof itemsWithLinks.executeTakeFirstOrThrow> extends Promise<infer Row> ? Row : never;

function linkOf(row: ItemRow): LinkedLink | null {
  if (row.link_public_id === null || row.link_domain_id === null || row.link_slug === null) return null;
  return {
    publicId: row.link_public_id,
    domainId: row.link_domain_id,
    slug: row.link_slug,
    isArchived: row.link_is_archived === 1,
    expiresAt: row.link_expires_at,
    expiredUrl: row.link_expired_url,
  };
}

function toItem(row: ItemRow): GalleryItem {
  return {
    id: row.id,
    publicId: row.public_id,
    counterId: row.counter_id,
    galleryId: row.gallery_id,
    position: row.position,
    type: row.type as ItemType,
    title: row.title,
    url: row.url,
    link: linkOf(row),
    thumbnailUrl: row.thumbnail_url,
    iconName: row.icon_name,
    isVisible: row.is_visible === 1,
    visibleFrom: row.visible_from,
    visibleUntil: row.visible_until,
    embedType: row.embed_type as GalleryItem['embedType'],
    embedData: parsed(row.embed_data),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

/** In their order. */
export function itemsOf(connection: Connection, galleryId: number): GalleryItem[] {
  const found = itemsWithLinks.where('gallery_items.gallery_id', '=', galleryId).orderBy('gallery_items.position');
  return allRows(connection, found).map(toItem);
}

export function findItem(connection: Connection, galleryId: number, publicId: string): GalleryItem | undefined {
  const found = itemsWithLinks
    .where('gallery_items.gallery_id', '=', galleryId)
    .where('gallery_items.public_id', '=', publicId);
  const row = firstRow(connection, found);
  return row && toItem(row);
}

/** Counted clicks up to the last commit. */
export function withClicks(connection: Connection, item: GalleryItem): CountedItem {
  return { item, ...clicksOf(connection, item.counterId) };
}

/** The gallery's items, in their order, with their clicks. */
export function countedItemsOf(connection: Connection, galleryId: number): CountedItem[] {
  return atOnce(connection, () => {
    const items = itemsOf(connection, galleryId);
    const clicks = clicksOfMany(
      connection,
      items.map(({ counterId }) => counterId),
    );
    return items.map((item) => ({ item, ...clicks(item.counterId) }));
  });
}
