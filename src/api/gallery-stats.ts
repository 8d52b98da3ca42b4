// /api/v1/galleries/:id/stats and the same of each item: who saw it and who clicked, by the rules of links.

import type { Clock } from '../core/clock.ts';
import type { Galleries } from '../galleries/galleries.ts';
import { dataDocs, type Documented } from '../http/route-docs.ts';
import type { PrivateRoute } from '../http/router.ts';
import type { ReaderThread } from '../storage/reader.ts';
import { galleryIdParam, itemIdParams } from './gallery-docs.ts';
import { answerStats, statsExample, statsSchema } from './link-stats.ts';
import { statsQuerySchema } from './stats-query.ts';

interface GalleryStatsRoutesOptions {
  readonly galleries: Galleries;
  readonly questions: ReaderThread;
  readonly clock: Clock;
}

export function galleryStatsRoutes(options: GalleryStatsRoutesOptions): Documented<PrivateRoute>[] {
  const { galleries, questions, clock } = options;
  return [
    {
      method: 'GET',
      path: '/api/v1/galleries/:id/stats',
      scope: 'analytics:read',
      docs: {
        id: 'getGalleryStats',
        tag: 'Statistics',
        summary: 'Get the statistics of a gallery',
        description: 'What counts as a click of a link is a view here.',
        params: galleryIdParam,
        query: statsQuerySchema,
        responses: { 200: dataDocs('The numbers of one moment.', statsSchema, statsExample) },
        errors: ['NOT_FOUND', 'UNAVAILABLE'],
      },
      async handle({ identity, params, query }) {
        const { gallery, lastViewedAt } = galleries.get(identity.userId, params['id'] ?? '');
        const { counterId, createdAt } = gallery;
        const counted = { id: counterId, createdAt, lastClickedAt: lastViewedAt, filterBots: true };
        return answerStats(questions, counted, query, clock.now());
      },
    },
    {
      method: 'GET',
      path: '/api/v1/galleries/:id/items/:itemId/stats',
      scope: 'analytics:read',
      docs: {
        id: 'getGalleryItemStats',
        tag: 'Statistics',
        summary: 'Get the statistics of an item of a gallery',
        params: itemIdParams,
        query: statsQuerySchema,
        responses: { 200: dataDocs('The numbers of one moment.', statsSchema, statsExample) },
        errors: ['NOT_FOUND', 'UNAVAILABLE'],
      },
      async handle({ identity, params, query }) {
        const { item, lastClickedAt } = galleries.item(identity.userId, params['id'] ?? '', params['itemId'] ?? '');
        const { counterId, createdAt } = item;
        const counted = { id: counterId, createdAt, lastClickedAt, filterBots: true };
        return answerStats(questions, counted, query, clock.now());
      },
    },
  ];
}
