// `signpost.galleries`: link-in-bio pages and what stands on them.

import type {
  Gallery,
  GalleryChange,
  GalleryItem,
  GalleryItemChange,
  GalleryWithItems,
  NewGallery,
  NewGalleryItem,
  Operations,
} from './api-types.ts';
import { Pages } from './pages.ts';
import { type CallOptions, segment, type Transport } from './transport.ts';

const pathOf = (id: string, rest = ''): string => `/galleries/${segment(id)}${rest}`;
const itemPath = (id: string, itemId: string, rest = ''): string => pathOf(id, `/items/${segment(itemId)}${rest}`);

export class GalleriesClient {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  create(gallery: NewGallery, options?: CallOptions): Promise<GalleryWithItems> {
    return this.#transport.data({ method: 'POST', path: '/galleries', body: gallery, options });
  }

  list(query: Operations['listGalleries']['query'] = {}, options?: CallOptions): Pages<Gallery> {
    return new Pages(this.#transport, { method: 'GET', path: '/galleries', query, options });
  }

  get(id: string, options?: CallOptions): Promise<GalleryWithItems> {
    return this.#transport.data({ method: 'GET', path: pathOf(id), options });
  }

  update(id: string, change: GalleryChange, options?: CallOptions): Promise<GalleryWithItems> {
    return this.#transport.data({ method: 'PATCH', path: pathOf(id), body: change, options });
  }

  delete(id: string, options?: CallOptions): Promise<void> {
    return this.#transport.json({ method: 'DELETE', path: pathOf(id), options });
  }

  /** `isPublished` false takes it down again. */
  publish(id: string, isPublished = true, options?: CallOptions): Promise<GalleryWithItems> {
    return this.#transport.data({ method: 'POST', path: pathOf(id, '/publish'), body: { isPublished }, options });
  }

  /** An address that shows it before it is published. */
  preview(id: string, options?: CallOptions): Promise<Operations['previewGallery']['data']> {
    return this.#transport.data({ method: 'GET', path: pathOf(id, '/preview'), options });
  }

  stats(
    id: string,
    query: Operations['getGalleryStats']['query'] = {},
    options?: CallOptions,
  ): Promise<Operations['getGalleryStats']['data']> {
    return this.#transport.data({ method: 'GET', path: pathOf(id, '/stats'), query, options });
  }

  addItem(id: string, item: NewGalleryItem, options?: CallOptions): Promise<GalleryItem> {
    return this.#transport.data({ method: 'POST', path: pathOf(id, '/items'), body: item, options });
  }

  items(id: string, query: Operations['listGalleryItems']['query'] = {}, options?: CallOptions): Pages<GalleryItem> {
    return new Pages(this.#transport, { method: 'GET', path: pathOf(id, '/items'), query, options });
  }

  updateItem(id: string, itemId: string, change: GalleryItemChange, options?: CallOptions): Promise<GalleryItem> {
    return this.#transport.data({ method: 'PATCH', path: itemPath(id, itemId), body: change, options });
  }

  deleteItem(id: string, itemId: string, options?: CallOptions): Promise<void> {
    return this.#transport.json({ method: 'DELETE', path: itemPath(id, itemId), options });
  }

  itemStats(
    id: string,
    itemId: string,
    query: Operations['getGalleryItemStats']['query'] = {},
    options?: CallOptions,
  ): Promise<Operations['getGalleryItemStats']['data']> {
    return this.#transport.data({ method: 'GET', path: itemPath(id, itemId, '/stats'), query, options });
  }

  /** @param itemIds every item of the gallery, once, in the new order */
  reorder(id: string, itemIds: readonly string[], options?: CallOptions): Promise<GalleryItem[]> {
    return this.#transport.data({ method: 'PATCH', path: pathOf(id, '/items/reorder'), body: { itemIds }, options });
  }
}
