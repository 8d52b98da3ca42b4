// What stands in a gallery where a video is, until somebody starts it: one large link, and nothing of YouTube's. Following it
// loads the player into the same frame; no JavaScript is needed, and nobody is told of a visitor who does not.

import type { GalleryItem } from '../galleries/gallery.ts';
import { icon } from './gallery-icons.ts';
import { html } from './html.ts';
import { styleElement } from './page.ts';

export const playerStyle = `
:root { color-scheme: dark; }
* { box-sizing: border-box; }
body { margin: 0; height: 100vh; overflow: hidden; background: #101216; font: 500 .9375rem/1.4 system-ui, sans-serif; }
a { position: relative; display: grid; place-content: center; justify-items: center; gap: .75rem; height: 100%; padding: 1rem; color: #fff; text-align: center; text-decoration: none; background: radial-gradient(circle at 50% 40%, #2c313b, #101216 75%); }
.still { position: absolute; inset: 0; width: 100%; height: 100%; object-fit: cover; }
.disc { position: relative; display: grid; place-items: center; width: 4rem; height: 4rem; border-radius: 50%; background: #fff; color: #101216; box-shadow: 0 .5rem 1.5rem rgb(0 0 0 / .4); transition: transform .15s; }
.disc svg { width: 1.75rem; height: 1.75rem; translate: .125rem; }
.disc path { fill: currentColor; }
.what { position: relative; max-width: 24rem; padding: .25rem .75rem; border-radius: 1rem; background: rgb(16 18 22 / .85); }
a:hover .disc { transform: scale(1.06); }
a:focus-visible { outline: 3px solid #fff; outline-offset: -6px; }
@media (prefers-reduced-motion: reduce) { .disc { transition: none; } }
`;

/** @param address of the item, which counts the click and leads on to the player */
export function playerDocument({ title, thumbnailUrl }: GalleryItem, address: string): string {
  const still = thumbnailUrl === null ? html`` : html`<img class="still" src="${thumbnailUrl}" alt="" />`;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <title>${title ?? 'Video'}</title>
        ${styleElement(playerStyle)}
      </head>
      <body>
        <a href="${address}"
          >${still}<span class="disc">${icon('play')}</span><span class="what">Play from YouTube</span></a
        >
      </body>
    </html> `.text;
}
