// /api/v1/galleries: create, list, get, change, publish, preview and delete link-in-bio pages.

import type { IncomingHttpHeaders } from 'node:http';
import * as z from 'zod';
import type { Clock } from '../core/clock.ts';
import { Faults } from '../core/validation.ts';
import type { Galleries } from '../galleries/galleries.ts';
import { parseGalleryChange, parseNewGallery } from '../galleries/gallery-input.ts';
import { galleryChangeSchema, newGallerySchema, publishSchema } from '../galleries/gallery-schemas.ts';
import type { PreviewTokens } from '../galleries/preview-token.ts';
import { data, list, noContent } from '../http/answer.ts';
import { pageOf, pagingSchema, parsePaging } from '../http/paging.ts';
import { dataDocs, type Documented, emptyDocs, listDocs } from '../http/route-docs.ts';
import type { PrivateRoute } from '../http/router.ts';
import { galleryExample, galleryFieldErrors, galleryIdParam, itemExample } from './gallery-docs.ts';
import { type GalleryPresenter, gallerySchema, galleryWithItemsSchema } from './gallery-object.ts';

interface GalleryRoutesOptions {
  readonly galleries: Galleries;
  readonly presenter: GalleryPresenter;
  readonly previews: PreviewTokens;
  /** The operator's reserved slugs. */
  readonly reserved: ReadonlySet<string>;
  readonly clock: Clock;
}

const previewSchema = z.object({
  url: z.string().describe('Shows the gallery as visitors will see it, to whoever has the address. Counts nothing.'),
  expiresAt: z.string().meta({ format: 'date-time' }),
});

const fullExample = { ...galleryExample, items: [itemExample] };

function hasBody({ 'content-length': length = '0', 'transfer-encoding': encoding }: IncomingHttpHeaders): boolean {
  return Number(length) > 0 || encoding !== undefined;
}

/** Without a body: publish. */
function parsePublishing(body: unknown): boolean {
  const faults = new Faults();
  const shape = faults.check(publishSchema, body);
  faults.throwIfAny();
  return shape!.isPublished;
}

export function galleryRoutes(options: GalleryRoutesOptions): Documented<PrivateRoute>[] {
  const { galleries, presenter, previews, reserved, clock } = options;
  return [
    {
      method: 'POST',
      path: '/api/v1/galleries',
      scope: 'galleries:*',
      docs: {
        id: 'createGallery',
        tag: 'Galleries',
        summary: 'Make a gallery',
        description: 'It has no items yet, and nobody sees it until it is published.',
        body: {
          schema: newGallerySchema,
          examples: {
            'As short as it gets': { title: 'Ada' },
            'With a look of its own': {
              title: 'Ada',
              slug: 'ada',
              bio: 'Numbers, engines and poetry.',
              theme: 'custom',
              themeConfig: { backgroundColor: '#fdf6ec', buttonColor: '#b3360b', buttonTextColor: '#ffffff' },
              socialLinks: [{ platform: 'mastodon', url: 'https://social.example/@ada' }],
            },
          },
        },
        takesIdempotencyKey: true,
        responses: { 201: dataDocs('The gallery.', galleryWithItemsSchema, { ...fullExample, items: [] }) },
        errors: [...galleryFieldErrors, 'LIMIT_REACHED'],
      },
      async handle({ identity: { userId, limits }, json, once }) {
        const wanted = parseNewGallery(await json(), reserved);
        const owner = { userId, maxGalleries: limits.maxGalleries };
        return data(presenter.withItems(await galleries.create(owner, wanted, await once()), []), 201);
      },
    },
    {
      method: 'GET',
      path: '/api/v1/galleries',
      scope: 'galleries:*',
      docs: {
        id: 'listGalleries',
        tag: 'Galleries',
        summary: 'List your galleries',
        query: pagingSchema,
        responses: {
          200: listDocs('One page of galleries without their items, the newest first.', gallerySchema, galleryExample),
        },
        errors: [],
      },
      handle({ identity, query }) {
        const paging = parsePaging(query);
        const found = galleries.list(identity.userId, { ...paging, limit: paging.perPage + 1 });
        const placed = found.galleries.map((counted) => ({ id: counted.gallery.id, counted }));
        const { rows, meta } = pageOf(placed, found.total, paging);
        return list(
          rows.map(({ counted }) => presenter.object(counted)),
          meta,
        );
      },
    },
    {
      method: 'GET',
      path: '/api/v1/galleries/:id',
      scope: 'galleries:*',
      docs: {
        id: 'getGallery',
        tag: 'Galleries',
        summary: 'Get a gallery and its items',
        params: galleryIdParam,
        responses: { 200: dataDocs('The gallery.', galleryWithItemsSchema, fullExample) },
        errors: ['NOT_FOUND'],
      },
      handle({ identity, params }) {
        const counted = galleries.get(identity.userId, params['id'] ?? '');
        return data(presenter.withItems(counted, galleries.itemsOf(counted.gallery)));
      },
    },
    {
      method: 'PATCH',
      path: '/api/v1/galleries/:id',
      scope: 'galleries:*',
      docs: {
        id: 'changeGallery',
        tag: 'Galleries',
        summary: 'Change a gallery',
        description: 'From the answer on, every visitor sees it as it is now.',
        params: galleryIdParam,
        body: {
          schema: galleryChangeSchema,
          examples: { 'Another look': { theme: 'neon', customCss: null } },
        },
        responses: { 200: dataDocs('The gallery as it is now.', galleryWithItemsSchema, fullExample) },
        errors: [...galleryFieldErrors, 'NOT_FOUND'],
      },
      async handle({ identity, params, json }) {
        const change = parseGalleryChange(await json(), reserved);
        const counted = await galleries.update(identity.userId, params['id'] ?? '', change);
        return data(presenter.withItems(counted, galleries.itemsOf(counted.gallery)));
      },
    },
    {
      method: 'DELETE',
      path: '/api/v1/galleries/:id',
      scope: 'galleries:*',
      docs: {
        id: 'deleteGallery',
        tag: 'Galleries',
        summary: 'Delete a gallery and its items',
        description: 'For good. Its address is free again; the short links that its items lead to stay.',
        params: galleryIdParam,
        responses: { 204: emptyDocs('It is gone.') },
        errors: ['NOT_FOUND'],
      },
      async handle({ identity, params }) {
        await galleries.remove(identity.userId, params['id'] ?? '');
        return noContent;
      },
    },
    {
      method: 'POST',
      path: '/api/v1/galleries/:id/publish',
      scope: 'galleries:*',
      docs: {
        id: 'publishGallery',
        tag: 'Galleries',
        summary: 'Publish a gallery, or take it down',
        description: 'Without a body it is published. One that is taken down answers like one that never was.',
        params: galleryIdParam,
        body: { schema: publishSchema, examples: { 'Take it down': { isPublished: false } }, isOptional: true },
        takesIdempotencyKey: true,
        responses: { 200: dataDocs('The gallery as it is now.', galleryWithItemsSchema, fullExample) },
        errors: ['NOT_FOUND'],
      },
      async handle({ identity, params, headers, json, once }) {
        const isPublished = hasBody(headers) ? parsePublishing(await json()) : true;
        const counted = await galleries.update(identity.userId, params['id'] ?? '', { isPublished }, await once());
        return data(presenter.withItems(counted, galleries.itemsOf(counted.gallery)));
      },
    },
    {
      method: 'GET',
      path: '/api/v1/galleries/:id/preview',
      scope: 'galleries:*',
      docs: {
        id: 'previewGallery',
        tag: 'Galleries',
        summary: 'Get an address that shows the gallery before it is published',
        description: 'For an hour, to whoever has the address.',
        params: galleryIdParam,
        responses: {
          200: dataDocs('The address.', previewSchema, {
            url: `${galleryExample.url}?preview=1780308000.4fQmT2xVb9KcR7aEhN3jLp`,
            expiresAt: '2026-06-01T10:00:00.000Z',
          }),
        },
        errors: ['NOT_FOUND'],
      },
      handle({ identity, params }) {
        const { gallery } = galleries.get(identity.userId, params['id'] ?? '');
        const { token, expiresAt } = previews.issue(gallery, clock.now());
        const url = `${presenter.url(gallery)}?preview=${token}`;
        return data({ url, expiresAt: new Date(expiresAt).toISOString() });
      },
    },
  ];
}
