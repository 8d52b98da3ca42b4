// A gallery as a page: plain HTML that works without JavaScript, and says everything to a screen reader that it shows.

import { platformLabel } from '../galleries/social-platforms.ts';
import { type Gallery, type GalleryItem, isOpenable } from '../galleries/gallery.ts';
import type { PublicGallery } from '../galleries/galleries.ts';
import { icon } from './gallery-icons.ts';
import { lookOf } from './gallery-themes.ts';
import { type Html, html } from './html.ts';
import { styleElement } from './page.ts';

const none = html``;
const maxDescriptionLength = 300;

export interface GalleryView extends PublicGallery {
  /** Its full address. */
  readonly url: string;
  /** Where an item's own address begins: the path of the page. */
  readonly path: string;
  /** What its own addresses need to be opened in a preview, with its `?`; '' for everyone's. */
  readonly query: string;
  /** Why this is no ordinary view; undefined: it is one. */
  readonly notice?: string;
}

function monogram(title: string): string {
  const [first] = new Intl.Segmenter().segment(title.trim());
  return (first?.segment ?? '').toLocaleUpperCase('und');
}

function avatar({ avatarUrl, title }: Gallery): Html {
  if (avatarUrl === null) return html`<span class="avatar monogram" aria-hidden="true">${monogram(title)}</span>`;
  return html`<img class="avatar" src="${avatarUrl}" alt="" width="104" height="104" />`;
}

function profiles({ socialLinks }: Gallery): Html {
  if (socialLinks.length === 0) return none;
  const entries = socialLinks.map(({ platform, url }) => {
    const label = platformLabel(platform);
    return html`<li>
      <a rel="me noopener" href="${url}" aria-label="${label}" title="${label}">${icon(platform)}</a>
    </li> `;
  });
  return html`<nav aria-label="Profiles">
    <ul class="profiles">
      ${entries}
    </ul>
  </nav>`;
}

function addressOf({ path, query }: GalleryView, { publicId }: GalleryItem): string {
  return `${path}/${publicId}${query}`;
}

function face({ thumbnailUrl, iconName }: GalleryItem): Html {
  if (thumbnailUrl !== null)
    return html`<img class="face" src="${thumbnailUrl}" alt="" width="44" height="44" loading="lazy" />`;
  return iconName === null ? none : html`<span class="face">${icon(iconName)}</span>`;
}

function linkItem(view: GalleryView, item: GalleryItem): Html {
  return html`<a class="item" href="${addressOf(view, item)}" rel="noopener"
    >${face(item)}<span class="name" dir="auto">${item.title ?? ''}</span></a
  >`;
}

/** What a linked picture without a title is called: where it leads. */
function placeName({ url }: GalleryItem): string {
  return url === null ? 'Open' : URL.parse(url)?.host || url;
}

function imageItem(view: GalleryView, item: GalleryItem): Html {
  const isLink = isOpenable(item);
  const alt = item.title || (isLink ? placeName(item) : '');
  const picture = html`<img src="${item.thumbnailUrl ?? ''}" alt="${alt}" loading="lazy" />`;
  if (!isLink) return html`<figure class="picture">${picture}</figure>`;
  return html`<figure><a class="picture" href="${addressOf(view, item)}" rel="noopener">${picture}</a></figure>`;
}

function embedItem({ path, query }: GalleryView, { publicId, title }: GalleryItem): Html {
  const caption = title === null ? none : html`<figcaption dir="auto">${title}</figcaption>`;
  return html`<figure>
    <div class="video">
      <iframe
        src="${path}/${publicId}/player${query}"
        title="${title === null ? 'Video' : `Video: ${title}`}"
        loading="lazy"
        allow="autoplay; encrypted-media; fullscreen; picture-in-picture"
      ></iframe>
    </div>
    ${caption}
  </figure>`;
}

function listed(view: GalleryView, item: GalleryItem): Html {
  if (item.type === 'image') return imageItem(view, item);
  return item.type === 'embed' ? embedItem(view, item) : linkItem(view, item);
}

/** Headings and lines stand between lists of what can be opened, so that a screen reader can count and skip them. */
function content(view: GalleryView): Html[] {
  const parts: Html[] = [];
  let list: Html[] = [];
  const closeList = (): void => {
    if (list.length > 0)
      parts.push(
        html`<ul class="items">
          ${list}
        </ul> `,
      );
    list = [];
  };
  for (const item of view.items) {
    if (item.type === 'header' || item.type === 'divider') {
      closeList();
      parts.push(item.type === 'divider' ? html`<hr /> ` : html`<h2 dir="auto">${item.title ?? ''}</h2> `);
    } else list.push(html`<li>${listed(view, item)}</li> `);
  }
  closeList();
  return parts;
}

function description({ seoDescription, bio }: Gallery): string | null {
  const text = seoDescription ?? bio;
  return text && [...text.replace(/\s+/g, ' ').trim()].slice(0, maxDescriptionLength).join('');
}

function meta(property: string, value: string | null): Html {
  return value === null || value === '' ? none : html`<meta property="${property}" content="${value}" /> `;
}

function head({ gallery, url, path, query, notice }: GalleryView): Html {
  const title = gallery.seoTitle ?? gallery.title;
  const about = description(gallery);
  const [light, dark] = lookOf(gallery).barColours;
  const ownStyle = `${path}/style.css${query === '' ? '?' : `${query}&`}v=${gallery.updatedAt.toString(36)}`;
  return html`<title>${title}</title> ${notice === undefined ? none : html`<meta name="robots" content="noindex" /> `}${
      about === null || about === '' ? none : html`<meta name="description" content="${about}" /> `
    }
    <link rel="canonical" href="${url}" />
    ${meta('og:type', 'profile')}${meta('og:url', url)}${meta('og:title', title)}${meta('og:description', about)}${meta(
      'og:image',
      gallery.avatarUrl,
    )} <meta name="twitter:card" content="summary" />
    <meta name="theme-color" media="(prefers-color-scheme: light)" content="${light}" />
    <meta name="theme-color" media="(prefers-color-scheme: dark)" content="${dark}" />
    ${styleElement(lookOf(gallery).css)}${gallery.servedCss === null ? none : html` <link rel="stylesheet" href="${ownStyle}" />`}`;
}

export function galleryDocument(view: GalleryView): string {
  const { gallery, notice } = view;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        ${head(view)}
      </head>
      <body class="theme-${gallery.theme}">
        ${notice === undefined ? none : html`<p class="preview" role="status">${notice}</p> `}
        <main>
          <header>
            ${avatar(gallery)}
            <h1 dir="auto">${gallery.title}</h1>
            ${gallery.bio === null || gallery.bio === '' ? none : html`<p class="bio" dir="auto">${gallery.bio}</p> `}${profiles(gallery)}
          </header>
          ${content(view)}
        </main>
      </body>
    </html> `.text;
}

/** Origins of the pictures that the owner put in: the only ones that the page may ask. */
export function imageOrigins({ gallery, items }: PublicGallery): string[] {
  const addresses = [gallery.avatarUrl, ...items.map(({ thumbnailUrl }) => thumbnailUrl)];
  return [...new Set(addresses.filter((address) => address !== null).map((address) => new URL(address).origin))];
}
