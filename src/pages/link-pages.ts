// Pages about one link: the preview that a person asks for, and the card that link-preview crawlers read.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { VisitorPages } from '../http/visitor-answers.ts';
import type { Link } from '../links/link.ts';
import { type Html, html } from './html.ts';
import { type Page, sendPage } from './page.ts';

const none = html``;
// About a third of a phone's screen.
const maxAddressLength = 300;

/** What a person recognises of an address: its host, or for a deep link its scheme. */
function nameOf(location: string): string {
  const { host, protocol } = new URL(location);
  return protocol === 'http:' || protocol === 'https:' ? host : `an app (${protocol})`;
}

// No opener, no referrer, and no credit from us for wherever it leads.
function onward(location: string): Html {
  return html`<a class="button" rel="noopener noreferrer nofollow" href="${location}">Go on to ${nameOf(location)}</a>`;
}

/** A long one scrolls in a box, which the keyboard can reach, so that what comes after it stays in sight. */
function addressBox(location: string): Html {
  if (location.length <= maxAddressLength) return html`<p class="address">${location}</p>`;
  return html`<p class="address long" role="region" aria-label="Destination" tabindex="0">${location}</p>`;
}

function previewPage(link: Link, location: string, shortUrl: string): Page {
  const about = link.title === null ? none : html`<p>Its title: &ldquo;${link.title}&rdquo;</p>`;
  return {
    status: 200,
    title: 'Where this link leads',
    main: html`<h1>Where this link leads</h1>
      <p>${shortUrl} would take you to:</p>
      ${addressBox(location)} ${about} ${onward(location)}`,
    json: { success: true, data: { shortUrl, destinationUrl: location, title: link.title } },
  };
}

function tag(property: string, content: string | null): Html {
  return content === null ? none : html` <meta property="${property}" content="${content}" />`;
}

function cardPage(link: Link, location: string, shortUrl: string): Page {
  const { og } = link;
  const title = og.title ?? link.title ?? nameOf(location);
  const description = og.description ?? link.description;
  const head = html`${tag('og:type', 'website')} ${tag('og:url', shortUrl)} ${tag('og:title', title)}
    ${tag('og:description', description)} ${tag('og:image', og.image)}
    <meta name="twitter:card" content="${og.image === null ? 'summary' : 'summary_large_image'}" />
    ${description === null ? none : html` <meta name="description" content="${description}" />`}
    <link rel="canonical" href="${shortUrl}" />`;
  return {
    status: 200,
    title,
    head,
    // For a person in a browser that is taken for a crawler.
    main: html`<h1>${title}</h1>
      ${description === null ? none : html`<p>${description}</p>`} ${onward(location)}`,
    json: { success: true, data: { shortUrl, title, description, image: og.image } },
  };
}

/** @param shortUrlOf a link's full short URL */
export function linkPages(shortUrlOf: (link: Link) => string): Pick<VisitorPages, 'card' | 'preview'> {
  const show =
    (pageOf: (link: Link, location: string, shortUrl: string) => Page) =>
    (request: IncomingMessage, response: ServerResponse, link: Link, location: string): void =>
      sendPage(request, response, pageOf(link, location, shortUrlOf(link)));
  return { preview: show(previewPage), card: show(cardPage) };
}
