// The part of the application that has to do with galleries: what they are and their pages. Wired by application.ts; their
// routes are in api-application.ts.

import type { Clock } from './core/clock.ts';
import type { Domains } from './domains/domain.ts';
import { galleryUrl } from './galleries/addresses.ts';
import { Galleries } from './galleries/galleries.ts';
import { PreviewTokens } from './galleries/preview-token.ts';
import type { ClientAddresses } from './http/client-address.ts';
import type { Redirector } from './http/redirect.ts';
import type { LinkAddresses } from './links/link-addresses.ts';
import type { Links } from './links/links.ts';
import { GalleryPages } from './pages/gallery-pages.ts';
import type { Connection } from './storage/query.ts';
import { keepSecret } from './storage/server-secret.ts';
import type { Writer } from './storage/writer.ts';

interface GalleryApplicationOptions {
  readonly reader: Connection;
  readonly writer: Writer;
  readonly domains: Domains;
  readonly links: Links;
  readonly redirector: Redirector;
  readonly clientAddresses: ClientAddresses;
  readonly addresses: LinkAddresses;
  readonly reserved: ReadonlySet<string>;
  readonly clock: Clock;
}

export interface GalleryApplication {
  readonly galleries: Galleries;
  readonly previews: PreviewTokens;
  readonly pages: GalleryPages;
}

export async function buildGalleryApplication(options: GalleryApplicationOptions): Promise<GalleryApplication> {
  const { reader, writer, domains, links, redirector, clientAddresses, addresses, reserved, clock } = options;
  const galleries = new Galleries({
    reader,
    writer,
    domains,
    domainFor: (userId, name, presentId) => links.domainFor(userId, name, presentId),
    originOf: (domainId) => addresses.originOf(domainId),
    reserved,
    clock,
  });
  const previews = new PreviewTokens(await writer.run(keepSecret, { name: 'gallery_preview_key' }));
  return {
    galleries,
    previews,
    pages: new GalleryPages({
      galleries,
      previews,
      redirector,
      domains,
      clientAddresses,
      urlOf: ({ domainId, slug }) => galleryUrl(slug, addresses.originOf(domainId)),
      shortUrlOf: (link) => addresses.shortUrl(link),
      clock,
    }),
  };
}
