// The part of the application that has to do with galleries: their routes and their pages. Wired by application.ts.

import { galleryRoutes } from './api/galleries.ts';
import { galleryItemRoutes } from './api/gallery-items.ts';
import { GalleryPresenter } from './api/gallery-object.ts';
import { galleryStatsRoutes } from './api/gallery-stats.ts';
import type { LinkPresenter } from './api/link-object.ts';
import { publicGalleryRoutes } from './api/public-galleries.ts';
import type { Clock } from './core/clock.ts';
import type { Domains } from './domains/domain.ts';
import { Galleries } from './galleries/galleries.ts';
import { PreviewTokens } from './galleries/preview-token.ts';
import type { ClientAddresses } from './http/client-address.ts';
import type { Redirector } from './http/redirect.ts';
import type { Documented } from './http/route-docs.ts';
import type { Route } from './http/router.ts';
import type { LinkInputContext } from './links/link-input.ts';
import type { Links } from './links/links.ts';
import { GalleryPages } from './pages/gallery-pages.ts';
import type { Connection } from './storage/query.ts';
import type { ReaderThread } from './storage/reader.ts';
import { keepSecret } from './storage/server-secret.ts';
import type { Writer } from './storage/writer.ts';

interface GalleryApplicationOptions {
  readonly reader: Connection;
  readonly writer: Writer;
  readonly questions: ReaderThread;
  readonly domains: Domains;
  readonly links: Links;
  readonly redirector: Redirector;
  readonly clientAddresses: ClientAddresses;
  readonly presenter: LinkPresenter;
  readonly reserved: ReadonlySet<string>;
  readonly inputContext: () => LinkInputContext;
  readonly clock: Clock;
}

export interface GalleryApplication {
  readonly routes: readonly Documented<Route>[];
  readonly pages: GalleryPages;
}

export async function buildGalleryApplication(options: GalleryApplicationOptions): Promise<GalleryApplication> {
  const { reader, writer, questions, domains, links, redirector, clientAddresses, reserved, inputContext, clock } =
    options;
  const galleries = new Galleries({
    reader,
    writer,
    domains,
    domainFor: (userId, name, presentId) => links.domainFor(userId, name, presentId),
    originOf: (domainId) => options.presenter.originOf(domainId),
    reserved,
    clock,
  });
  const presenter = new GalleryPresenter(options.presenter);
  const previews = new PreviewTokens(await writer.run(keepSecret, { name: 'gallery_preview_key' }));
  return {
    routes: [
      ...galleryRoutes({ galleries, presenter, previews, reserved, clock }),
      ...galleryItemRoutes({ galleries, presenter, inputContext }),
      ...galleryStatsRoutes({ galleries, questions, clock }),
      ...publicGalleryRoutes({ galleries, presenter }),
    ],
    pages: new GalleryPages({
      galleries,
      previews,
      redirector,
      domains,
      clientAddresses,
      urlOf: (gallery) => presenter.url(gallery),
      shortUrlOf: (link) => options.presenter.shortUrl(link),
      clock,
    }),
  };
}
