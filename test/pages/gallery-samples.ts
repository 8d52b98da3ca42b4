// Galleries to look at: one with everything that can stand on a page, for each theme, and the pictures that it shows.

import { createServer, type Server } from 'node:http';
import type { ApiClient } from '../support/api-client.ts';

/** A server of pictures that is not ours: what an owner puts on a page lies elsewhere. */
export function pictureServer(): Server {
  return createServer(({ url = '/' }, response) => {
    const hue = Number(/\d+/.exec(url)?.[0] ?? 0);
    const size = url.startsWith('/wide') ? [960, 480] : [320, 320];
    response.setHeader('content-type', 'image/svg+xml');
    response.end(`<svg xmlns="http://www.w3.org/2000/svg" width="${size[0]}" height="${size[1]}" viewBox="0 0 320 ${size[1] === 480 ? 160 : 320}" preserveAspectRatio="xMidYMid slice">
      <defs><linearGradient id="a" x1="0" y1="0" x2="1" y2="1"><stop stop-color="hsl(${hue} 80% 72%)"/><stop offset="1" stop-color="hsl(${hue + 60} 70% 42%)"/></linearGradient></defs>
      <rect width="320" height="320" fill="url(#a)"/><circle cx="235" cy="60" r="34" fill="hsl(${hue + 30} 90% 88%)"/>
      <path d="M0 130l70-55 60 45 50-40 80 60 60-30v210H0z" fill="hsl(${hue + 90} 45% 26%)" opacity=".75"/></svg>`);
  });
}

export interface SampleGallery {
  readonly id: string;
  readonly slug: string;
  readonly items: readonly { readonly id: string; readonly title: string | null }[];
}

/** @param pictures origin of the pictures; without one, the page has none */
export async function sampleGallery(
  client: ApiClient,
  fields: Record<string, unknown>,
  pictures?: string,
): Promise<SampleGallery> {
  const gallery = (
    await client.post('/galleries', {
      title: 'Mara Lindqvist',
      bio: 'Field recordings, slow radio and songs about weather.\nBased in Göteborg, often on a train.',
      avatarUrl: pictures === undefined ? null : `${pictures}/face-20`,
      socialLinks: ['instagram', 'mastodon', 'bluesky', 'bandcamp', 'spotify', 'linkedin', 'email'].map((platform) => ({
        platform,
        url: platform === 'email' ? 'mailto:mara@example.com' : `https://${platform}.example/mara`,
      })),
      isPublished: true,
      ...fields,
    })
  ).data<SampleGallery>();
  const link = await client.createLink({ destinationUrl: 'https://example.com/shop' });
  const items = [
    {
      type: 'link',
      title: 'New album: Rain Atlas',
      url: 'https://example.com/album',
      ...(pictures === undefined ? { iconName: 'music' } : { thumbnailUrl: `${pictures}/cover-200` }),
    },
    { type: 'link', title: 'Tour dates, autumn 2026', url: 'https://example.com/tour', iconName: 'ticket' },
    { type: 'link', title: 'Shop', linkId: link.id, iconName: 'shop' },
    {
      type: 'link',
      title: 'A longer title that has to break over two lines on a telephone, without looking lost',
      url: 'https://example.com/long',
    },
    { type: 'header', title: 'Watch' },
    {
      type: 'embed',
      title: 'Live at the lighthouse',
      embedType: 'youtube',
      embedData: { videoId: 'aqz-KE-bpKQ' },
      ...(pictures === undefined ? {} : { thumbnailUrl: `${pictures}/wide-260` }),
    },
    { type: 'divider' },
    ...(pictures === undefined
      ? []
      : [
          {
            type: 'image',
            title: 'The coast near Smögen',
            thumbnailUrl: `${pictures}/wide-160`,
            url: 'https://example.com/coast',
          },
        ]),
    { type: 'link', title: 'Newsletter', url: 'https://example.com/news', iconName: 'email' },
    { type: 'link', title: 'RSS', url: 'https://example.com/feed.xml', iconName: 'rss' },
  ];
  for (const item of items) {
    const answer = await client.post(`/galleries/${gallery.id}/items`, item);
    if (answer.status !== 201) throw new Error(answer.text);
  }
  return (await client.get(`/galleries/${gallery.id}`)).data<SampleGallery>();
}
