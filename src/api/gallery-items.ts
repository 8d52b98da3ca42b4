// /api/v1/galleries/:id/items: what stands on a gallery, and in which order.

import * as z from 'zod';
import { Faults, queryValues } from '../core/validation.ts';
import type { Galleries } from '../galleries/galleries.ts';
import { maxItems } from '../galleries/gallery.ts';
import { itemChangeSchema, newItemSchema, reorderSchema } from '../galleries/gallery-schemas.ts';
import { parseArrangement, parseItemChange, parseNewItem } from '../galleries/item-input.ts';
import { type Answer, data, list, noContent } from '../http/answer.ts';
import { dataDocs, type Documented, emptyDocs, listDocs } from '../http/route-docs.ts';
import type { PrivateRoute } from '../http/router.ts';
import type { LinkInputContext } from '../links/link-input.ts';
import { galleryIdParam, itemExample, itemFieldErrors, itemIdParams } from './gallery-docs.ts';
import { type GalleryPresenter, type ItemObject, itemSchema } from './gallery-object.ts';

interface GalleryItemRoutesOptions {
  readonly galleries: Galleries;
  readonly presenter: GalleryPresenter;
  /** What input is checked against at this moment. */
  readonly inputContext: () => LinkInputContext;
}

const itemPagingSchema = z.strictObject({
  page: z.int().min(1).max(1_000_000).default(1),
  perPage: z.int().min(1).max(maxItems).default(maxItems).describe('All of them where absent.'),
});

/** The items of one page; there are never so many that a cursor would be needed. */
function pageOfItems(items: readonly ItemObject[], query: URLSearchParams): Answer {
  const faults = new Faults();
  const asked = faults.check(itemPagingSchema, queryValues(query, { page: 'integer', perPage: 'integer' }, faults));
  faults.throwIfAny();
  const { page, perPage } = asked!;
  const start = (page - 1) * perPage;
  const hasMore = start + perPage < items.length;
  const meta = { page, perPage, total: items.length, hasMore, nextCursor: null };
  return list(items.slice(start, start + perPage), meta);
}

export function galleryItemRoutes(options: GalleryItemRoutesOptions): Documented<PrivateRoute>[] {
  const { galleries, presenter, inputContext } = options;
  return [
    {
      method: 'POST',
      path: '/api/v1/galleries/:id/items',
      scope: 'galleries:*',
      docs: {
        id: 'createGalleryItem',
        tag: 'Galleries',
        summary: 'Put an item on a gallery',
        description: `Of ${maxItems} items at most. Each is counted for itself: its clicks, and who they came from.`,
        params: galleryIdParam,
        body: {
          schema: newItemSchema,
          examples: {
            'A link': { type: 'link', title: 'My new album', url: 'https://example.com/album', iconName: 'music' },
            'A short link, with its targets': { type: 'link', title: 'Shop', linkId: 'lnk_4fQmT2xVb9KcR7aE' },
            'A heading': { type: 'header', title: 'Videos', position: 1 },
            'A video': { type: 'embed', title: 'Live', embedType: 'youtube', embedData: { videoId: 'aqz-KE-bpKQ' } },
          },
        },
        takesIdempotencyKey: true,
        responses: { 201: dataDocs('The item.', itemSchema, itemExample) },
        errors: itemFieldErrors,
      },
      async handle({ identity, params, json, once }) {
        const wanted = parseNewItem(await json(), inputContext());
        const item = await galleries.addItem(identity.userId, params['id'] ?? '', wanted, await once());
        return data(presenter.item(item), 201);
      },
    },
    {
      method: 'GET',
      path: '/api/v1/galleries/:id/items',
      scope: 'galleries:*',
      docs: {
        id: 'listGalleryItems',
        tag: 'Galleries',
        summary: 'List the items of a gallery',
        params: galleryIdParam,
        query: itemPagingSchema,
        responses: { 200: listDocs('The items in their order.', itemSchema, itemExample) },
        errors: ['NOT_FOUND'],
      },
      handle({ identity, params, query }) {
        const items = galleries.items(identity.userId, params['id'] ?? '');
        return pageOfItems(
          items.map((item) => presenter.item(item)),
          query,
        );
      },
    },
    {
      method: 'PATCH',
      path: '/api/v1/galleries/:id/items/reorder',
      scope: 'galleries:*',
      docs: {
        id: 'reorderGalleryItems',
        tag: 'Galleries',
        summary: 'Put the items of a gallery in another order',
        description: 'All of it or none: of two at once, the later one decides.',
        params: galleryIdParam,
        body: {
          schema: reorderSchema,
          examples: {
            'All of them': { itemIds: ['itm_7Gh3KmPqR9sTuVwX', 'itm_2Bc4DeFgH6jKlMnP'] },
            'One of them': { items: [{ id: 'itm_2Bc4DeFgH6jKlMnP', position: 0 }] },
          },
        },
        responses: { 200: listDocs('The items in their new order.', itemSchema, itemExample) },
        errors: ['VALIDATION_ERROR', 'NOT_FOUND'],
      },
      async handle({ identity, params, json }) {
        const arrangement = parseArrangement(await json());
        const items = await galleries.reorder(identity.userId, params['id'] ?? '', arrangement);
        return pageOfItems(
          items.map((item) => presenter.item(item)),
          new URLSearchParams(),
        );
      },
    },
    {
      method: 'PATCH',
      path: '/api/v1/galleries/:id/items/:itemId',
      scope: 'galleries:*',
      docs: {
        id: 'changeGalleryItem',
        tag: 'Galleries',
        summary: 'Change an item',
        description: '`url` and `linkId` replace each other.',
        params: itemIdParams,
        body: {
          schema: itemChangeSchema,
          examples: {
            'Show it for one evening': {
              visibleFrom: '2026-12-24T17:00:00+01:00',
              visibleUntil: '2026-12-25T00:00:00+01:00',
            },
            'Move it to the top': { position: 0 },
          },
        },
        responses: { 200: dataDocs('The item as it is now.', itemSchema, itemExample) },
        errors: itemFieldErrors,
      },
      async handle({ identity, params, json }) {
        const change = parseItemChange(await json(), inputContext());
        const { id = '', itemId = '' } = params;
        return data(presenter.item(await galleries.updateItem(identity.userId, id, itemId, change)));
      },
    },
    {
      method: 'DELETE',
      path: '/api/v1/galleries/:id/items/:itemId',
      scope: 'galleries:*',
      docs: {
        id: 'deleteGalleryItem',
        tag: 'Galleries',
        summary: 'Take an item off a gallery',
        description: 'For good. A short link that it leads to stays.',
        params: itemIdParams,
        responses: { 204: emptyDocs('It is gone, and the others have closed up.') },
        errors: ['NOT_FOUND'],
      },
      async handle({ identity, params }) {
        await galleries.removeItem(identity.userId, params['id'] ?? '', params['itemId'] ?? '');
        return noContent;
      },
    },
  ];
}
