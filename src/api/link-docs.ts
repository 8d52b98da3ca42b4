// What the routes of links share in their documentation: an example of a link, and the errors of its fields.

import * as z from 'zod';
import type { ErrorCode } from '../core/errors.ts';
import type { LinkObject } from './link-object.ts';

export const linkExample: LinkObject = {
  id: 'lnk_4fQmT2xVb9KcR7aE',
  shortUrl: 'https://go.example/summer',
  destinationUrl: 'https://example.com/summer',
  slug: 'summer',
  domain: 'go.example',
  title: 'Summer sale',
  description: null,
  tags: ['poster', '2026'],
  hasPassword: false,
  expiresAt: '2026-09-30T22:00:00.000Z',
  clickLimit: null,
  oneTime: false,
  expiredUrl: 'https://example.com/over',
  clickCount: 1204,
  geoTargets: { DE: 'https://example.com/de/sommer' },
  deviceTargets: null,
  utm: { source: 'poster', medium: null, campaign: 'summer', term: null, content: null },
  deepLinks: { ios: null, android: null },
  og: { title: null, description: null, image: null },
  forwardQuery: true,
  redirectStatus: 302,
  trackAnalytics: true,
  filterBots: true,
  publicStats: false,
  metadata: { order: 4711 },
  isArchived: false,
  isPublic: true,
  createdAt: '2026-06-01T08:00:00.000Z',
  updatedAt: '2026-06-02T09:30:00.000Z',
  lastClickedAt: '2026-07-14T16:20:05.120Z',
};

/** What stands for `:id` in a path. */
export const linkIdParam = {
  id: z.string().meta({ description: 'The id of the link: `lnk_…`.', examples: [linkExample.id] }),
};

export const newLinkExamples = {
  'As short as it gets': { destinationUrl: 'https://example.com/summer' },
  'For a poster': {
    destinationUrl: 'https://example.com/summer',
    slug: 'summer',
    title: 'Summer sale',
    tags: ['poster', '2026'],
    expiresAt: '2026-10-01T00:00:00+02:00',
    expiredUrl: 'https://example.com/over',
    geoTargets: { DE: 'https://example.com/de/sommer' },
    utmSource: 'poster',
    metadata: { order: 4711 },
  },
};

/** Whatever can be wrong with the fields of a link. */
export const linkFieldErrors: readonly ErrorCode[] = [
  'VALIDATION_ERROR',
  'INVALID_URL',
  'SLUG_RESERVED',
  'INVALID_EXPIRATION',
  'PASSWORD_TOO_SHORT',
  'SLUG_EXISTS',
  'DOMAIN_NOT_VERIFIED',
];
