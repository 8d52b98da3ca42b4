// The shapes of the link inputs: types and limits that need no context, from which the OpenAPI document is made, too.
// What a text means (URLs, slugs, times, countries) is decided in link-input.ts.

import { z } from 'zod';
import { textField } from '../core/validation.ts';
import { maxUrlBytes } from './destination.ts';
import { redirectStatuses } from './link.ts';
import { maxSlugLength } from './slug.ts';

export const maxTags = 20;
export const maxTagLength = 50;
export const minPasswordLength = 4;
export const maxPasswordLength = 100;
/** Bytes of the metadata as compact JSON. */
export const maxMetadataBytes = 4096;
/** The largest host name, and a port. */
const maxDomainLength = 260;
const maxUtmLength = 100;

const url = z.string().meta({ maxLength: maxUrlBytes });
const slug = z.string().meta({ minLength: 1, maxLength: maxSlugLength });
const domain = textField(maxDomainLength, 1);
const flag = z.boolean().nullish();
const utm = textField(maxUtmLength).nullish();

/** Fields that a link can do without: null is "none" in a new link, and "clear" in a change. */
const optionalFields = {
  title: textField(200).nullish(),
  description: textField(500).nullish(),
  tags: z.array(z.string()).max(maxTags).nullish(),
  password: z.string().meta({ maxLength: maxPasswordLength }).nullish(),
  expiresAt: z.string().meta({ format: 'date-time' }).nullish(),
  clickLimit: z.int().min(1).nullish(),
  oneTime: flag,
  expiredUrl: url.nullish(),
  geoTargets: z.record(z.string(), url).nullish(),
  deviceTargets: z.strictObject({ desktop: url.optional(), mobile: url.optional(), tablet: url.optional() }).nullish(),
  iosUrl: url.nullish(),
  androidUrl: url.nullish(),
  utmSource: utm,
  utmMedium: utm,
  utmCampaign: utm,
  utmTerm: utm,
  utmContent: utm,
  forwardQuery: flag,
  redirectStatus: z.literal([...redirectStatuses]).nullish(),
  trackAnalytics: flag,
  filterBots: flag,
  publicStats: flag,
  ogTitle: textField(200).nullish(),
  ogDescription: textField(500).nullish(),
  ogImage: url.nullish(),
  metadata: z.looseObject({}).nullish(),
  findExisting: flag,
};

/** Body of `POST /links` and `PUT /links`. */
export const newLinkSchema = z.strictObject({
  destinationUrl: url,
  slug: slug.nullish(),
  domain: domain.nullish(),
  ...optionalFields,
});

/** Body of `PATCH /links/:id`. What a link cannot be without cannot be null. */
export const linkChangeSchema = z.strictObject({
  destinationUrl: url.optional(),
  slug: slug.optional(),
  domain: domain.optional(),
  ...optionalFields,
  isArchived: flag,
});

export const linkSorts = ['created', 'clicks', 'updated'] as const;
export type LinkSort = (typeof linkSorts)[number];

/** Query of `GET /links`, after `queryValues` has made numbers and booleans of its texts. */
export const linkListingSchema = z.strictObject({
  // A page number costs the rows before it; past a million, cursors are the way.
  page: z.int().min(1).max(1_000_000).optional(),
  perPage: z.int().min(1).max(100).default(20),
  cursor: textField(500).optional(),
  search: textField(200).optional(),
  domain: textField(maxDomainLength).optional(),
  tag: z.array(textField(200)).max(maxTags).default([]),
  archived: z.boolean().default(false),
  sort: z.enum(linkSorts).default('created'),
  order: z.enum(['asc', 'desc']).default('desc'),
});
