// GET /public/galleries/:domain/:slug: a published gallery as data, for pages that its owner builds elsewhere. Needs no key, counts nothing.

import * as z from 'zod';
import { AppError } from '../core/errors.ts';
import type { Galleries } from '../galleries/galleries.ts';
import { data } from '../http/answer.ts';
import { dataDocs, type Documented } from '../http/route-docs.ts';
import type { PublicRoute } from '../http/router.ts';
import { slugFromPath } from '../links/slug.ts';
import { galleryExample, itemExample } from './gallery-docs.ts';
import { type GalleryPresenter, publicGallerySchema } from './gallery-object.ts';

interface PublicGalleryRoutesOptions {
  readonly galleries: Galleries;
  readonly presenter: GalleryPresenter;
}

const { viewCount: _views, createdAt: _made, updatedAt: _changed, ...face } = galleryExample;
const { id, type, title, url, thumbnailUrl, iconName, position, embedType, embedData } = itemExample;
const shownItem = { id, type, title, url, thumbnailUrl, iconName, position, embedType, embedData };

export function publicGalleryRoutes({ galleries, presenter }: PublicGalleryRoutesOptions): Documented<PublicRoute>[] {
  return [
    {
      method: 'GET',
      path: '/api/v1/public/galleries/:domain/:slug',
      scope: 'public',
      docs: {
        id: 'getPublicGallery',
        tag: 'Galleries',
        summary: 'Get a published gallery as data',
        description: 'What visitors of its page see at this moment. Needs no key, and counts as no view.',
        params: {
          domain: z.string().meta({ description: 'The domain that it is on.', examples: [galleryExample.domain] }),
          slug: z
            .string()
            .meta({ description: 'Its slug; case makes no difference.', examples: [galleryExample.slug] }),
        },
        responses: {
          200: dataDocs('The gallery.', publicGallerySchema, {
            ...face,
            items: [{ ...shownItem, href: `${galleryExample.url}/${itemExample.id}` }],
          }),
        },
        errors: ['NOT_FOUND', 'RATE_LIMITED'],
      },
      handle({ params }) {
        const slug = slugFromPath(params['slug'] ?? '');
        const found = slug === undefined ? undefined : galleries.findPublic(params['domain'] ?? '', slug);
        if (found === undefined) throw new AppError('NOT_FOUND', 'no such gallery');
        // It is public: a script of any page may read it.
        return { ...data(presenter.publicObject(found)), headers: { 'Access-Control-Allow-Origin': '*' } };
      },
    },
  ];
}
