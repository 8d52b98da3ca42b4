// What a gallery (a link-in-bio page) and its items are, and which of them a visitor sees at a moment: pure.

export const themes = ['default', 'minimal', 'gradient', 'dark', 'neon', 'custom'] as const;
export type Theme = (typeof themes)[number];

export const itemTypes = ['link', 'header', 'divider', 'embed', 'image'] as const;
export type ItemType = (typeof itemTypes)[number];

/** Items of one gallery at most: a page that nobody reads to its end, and what one request may read. */
export const maxItems = 100;

export interface SocialLink {
  readonly platform: string;
  readonly url: string;
}

export const fontFamilies = ['sans', 'rounded', 'serif', 'mono'] as const;
export type FontFamily = (typeof fontFamilies)[number];

export const buttonStyles = ['fill', 'outline', 'shadow'] as const;
export type ButtonStyle = (typeof buttonStyles)[number];

/** The look of the theme `custom`. Colours are `#rrggbb`, and can be read on one another. */
export interface ThemeConfig {
  readonly backgroundColor: string;
  /** Where the background ends, as a gradient from top to bottom; null: it is plain. */
  readonly backgroundEndColor: string | null;
  readonly textColor: string;
  readonly buttonColor: string;
  readonly buttonTextColor: string;
  readonly buttonStyle: ButtonStyle;
  readonly fontFamily: FontFamily;
  /** Pixels. */
  readonly borderRadius: number;
}

/** A gallery as the server holds it; times in Unix milliseconds. */
export interface Gallery {
  readonly id: number;
  readonly publicId: string;
  /** What its views are counted under. */
  readonly counterId: number;
  readonly userId: number;
  readonly domainId: number;
  readonly slug: string;
  readonly title: string;
  readonly bio: string | null;
  readonly avatarUrl: string | null;
  readonly theme: Theme;
  readonly themeConfig: ThemeConfig | null;
  /** As its owner gave it. */
  readonly customCss: string | null;
  /** What visitors' browsers get of it (custom-css.ts). */
  readonly servedCss: string | null;
  readonly socialLinks: readonly SocialLink[];
  readonly seoTitle: string | null;
  readonly seoDescription: string | null;
  readonly isPublished: boolean;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** The short link that an item leads to. */
export interface LinkedLink {
  readonly publicId: string;
  readonly domainId: number;
  readonly slug: string;
  readonly isArchived: boolean;
  readonly expiresAt: number | null;
  readonly expiredUrl: string | null;
}

export interface GalleryItem {
  readonly id: number;
  readonly publicId: string;
  /** What clicks on it are counted under. */
  readonly counterId: number;
  readonly galleryId: number;
  /** From 0, without gaps. */
  readonly position: number;
  readonly type: ItemType;
  readonly title: string | null;
  readonly url: string | null;
  /** In place of `url`: everything that a link can do, such as targets by country, is done by that link. */
  readonly link: LinkedLink | null;
  readonly thumbnailUrl: string | null;
  readonly iconName: string | null;
  readonly isVisible: boolean;
  /** Shown from, and not before, this moment; null: always. */
  readonly visibleFrom: number | null;
  /** Shown until, and not at, this moment; null: for good. */
  readonly visibleUntil: number | null;
  readonly embedType: 'youtube' | null;
  readonly embedData: { readonly videoId: string } | null;
  readonly createdAt: number;
  readonly updatedAt: number;
}

/** An item with how often it was clicked. */
export interface CountedItem {
  readonly item: GalleryItem;
  readonly clickCount: number;
  readonly lastClickedAt: number | null;
}

/** A gallery with how often it was seen. */
export interface CountedGallery {
  readonly gallery: Gallery;
  readonly viewCount: number;
  readonly lastViewedAt: number | null;
}

/** Whether the linked short link would only say that it is gone. */
function isDeadEnd({ isArchived, expiresAt, expiredUrl }: LinkedLink, now: number): boolean {
  return isArchived || (expiresAt !== null && now >= expiresAt && expiredUrl === null);
}

/** Whether visitors see the item. Nobody is shown the way to a link that is gone. */
export function isShown(item: Omit<GalleryItem, 'id'>, now: number): boolean {
  if (!item.isVisible) return false;
  if (item.visibleFrom !== null && now < item.visibleFrom) return false;
  if (item.visibleUntil !== null && now >= item.visibleUntil) return false;
  if (item.link !== null) return !isDeadEnd(item.link, now);
  // Its short link was deleted.
  return item.type !== 'link' || item.url !== null;
}

/** Whether the item can be opened, and so has clicks of its own. */
export function isOpenable(item: Pick<GalleryItem, 'type' | 'url' | 'link'>): boolean {
  if (item.type === 'embed') return true;
  return (item.type === 'link' || item.type === 'image') && (item.url !== null || item.link !== null);
}
