// The shapes of the link inputs: types and limits that need no context, from which the OpenAPI document is made, too.
// What a text means (URLs, slugs, times, countries) is decided in link-input.ts.

import * as z from 'zod';
import { textField } from '../core/text-field.ts';
import { linesFault } from '../core/text-rules.ts';
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
const utm = textField(maxUtmLength).nullish();

const flag = (description: string) => z.boolean().nullish().describe(description);
const toUtm = (name: string) => utm.describe(`Appended as \`${name}\` at the redirect, unless the destination has it.`);

const destinationField = url.describe('Where the link leads: an absolute http(s) URL.').meta({
  examples: ['https://example.com/summer?from=poster'],
});
const slugField = slug.describe(
  'The last part of the short URL: letters and digits of any script, emoji, `-` and `_`. Drawn where absent.',
);
const domainField = domain.describe('One of your verified domains; the default one where absent.');

/** Fields that a link can do without: null is "none" in a new link, and "clear" in a change. */
const optionalFields = {
  title: textField(200).nullish().describe('For yourself, and for previews.'),
  description: textField(500, 0, linesFault).nullish().describe('For yourself, and for previews.'),
  tags: z
    .array(z.string())
    .max(maxTags)
    .nullish()
    .describe(`At most ${maxTagLength} characters each; trimmed, and each kept once.`),
  password: z
    .string()
    .meta({ maxLength: maxPasswordLength })
    .nullish()
    .describe(`Asked of visitors before they are sent on. At least ${minPasswordLength} characters; never returned.`),
  expiresAt: z
    .string()
    .meta({ format: 'date-time' })
    .nullish()
    .describe('The link works until this moment, to the second. ISO 8601 with an offset, in the future.'),
  clickLimit: z.int().min(1).nullish().describe('So many clicks lead on, exactly; then the link is used up.'),
  oneTime: flag('The first click uses the link up. Default: false.'),
  expiredUrl: url
    .nullish()
    .describe('Where the link leads once it has expired or is used up, instead of answering 410.'),
  geoTargets: z
    .record(z.string(), url)
    .nullish()
    .describe('Other destinations by country: ISO 3166-1 alpha-2 to URL.')
    .meta({ examples: [{ DE: 'https://example.de/', AT: 'https://example.at/' }] }),
  deviceTargets: z
    .strictObject({ desktop: url.optional(), mobile: url.optional(), tablet: url.optional() })
    .nullish()
    .describe('Other destinations by kind of device.'),
  iosUrl: url.nullish().describe('Where iPhones and iPads are sent: a URL or a deep link such as `app://path`.'),
  androidUrl: url.nullish().describe('Where Android devices are sent: a URL or a deep link.'),
  utmSource: toUtm('utm_source'),
  utmMedium: toUtm('utm_medium'),
  utmCampaign: toUtm('utm_campaign'),
  utmTerm: toUtm('utm_term'),
  utmContent: toUtm('utm_content'),
  forwardQuery: flag("Whether the visitor's own query is passed on. Default: true."),
  redirectStatus: z
    .literal([...redirectStatuses])
    .nullish()
    .describe(
      'The status of the redirect. Default: 302; browsers remember a 301, and its further clicks are never seen.',
    ),
  trackAnalytics: flag('Whether clicks are kept with country, device and so on, or only counted. Default: true.'),
  filterBots: flag('Whether bots are left out of the count. Default: true.'),
  publicStats: flag('Whether anyone may see the statistics. Default: false.'),
  ogTitle: textField(200).nullish().describe('Title of the card that messengers and social networks show.'),
  ogDescription: textField(500, 0, linesFault).nullish().describe('Text of that card.'),
  ogImage: url.nullish().describe('Picture of that card.'),
  metadata: z.looseObject({}).nullish().describe(`Your own JSON beside the link, at most ${maxMetadataBytes} bytes.`),
  findExisting: flag('Answer with your identical live link, where there is one, instead of making another.'),
};

/** Body of `POST /links` and `PUT /links`. */
export const newLinkSchema = z
  .strictObject({
    destinationUrl: destinationField,
    slug: slugField.nullish(),
    domain: domainField.nullish(),
    ...optionalFields,
  })
  .meta({ id: 'NewLink', description: 'A link to be made. null is the same as absent.' });

/** Body of `PATCH /links/:id`. What a link cannot be without cannot be null. */
export const linkChangeSchema = z
  .strictObject({
    destinationUrl: destinationField.optional(),
    slug: slugField.optional(),
    domain: domainField.optional(),
    ...optionalFields,
    isArchived: flag('Whether the link has stopped redirecting.'),
  })
  .meta({
    id: 'LinkChange',
    description: 'What changes; absent fields stay as they are, and null clears a field. `password: ""` clears, too.',
  });

export const linkSorts = ['created', 'clicks', 'updated'] as const;
export type LinkSort = (typeof linkSorts)[number];

/** Query of `GET /links`, after `queryValues` has made numbers and booleans of its texts. */
export const linkListingSchema = z.strictObject({
  // A page number costs the rows before it; past a million, cursors are the way.
  page: z.int().min(1).max(1_000_000).optional().describe('From 1; not together with `cursor`.'),
  perPage: z.int().min(1).max(100).default(20),
  cursor: textField(500).optional().describe('`meta.nextCursor` of the page before.'),
  search: textField(200, 0, linesFault)
    .optional()
    .describe('Found anywhere in slug, URL, title, description or a tag, in any case.'),
  domain: textField(maxDomainLength).optional().describe('Only links of this domain.'),
  tag: z
    .array(textField(200))
    .max(maxTags)
    .default([])
    .describe('Only links with this tag; given again, with all of them.'),
  archived: z.boolean().default(false).describe('Whether archived links are shown beside the live ones.'),
  sort: z.enum(linkSorts).default('created'),
  order: z.enum(['asc', 'desc']).default('desc').describe('Newest or most first, or the other way round.'),
});
