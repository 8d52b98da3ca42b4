// The native link object: every key always present, absent values null, times in ISO 8601.

import * as z from 'zod';
import { type CountedLink, redirectStatuses, targetDevices } from '../links/link.ts';
import { LinkAddresses } from '../links/link-addresses.ts';
import { viewOf } from '../links/link-view.ts';

const text = z.string().nullable();
const instant = z.string().meta({ format: 'date-time' });
// No format `uri`: the URL Standard, which we follow, takes more than RFC 3986, which that means.
const url = z.string();

export const linkSchema = z
  .object({
    id: z.string(),
    shortUrl: url.describe('What to give away.'),
    destinationUrl: url,
    slug: z.string(),
    domain: z.string(),
    title: text,
    description: text,
    tags: z.array(z.string()),
    hasPassword: z.boolean(),
    expiresAt: instant.nullable(),
    clickLimit: z.int().min(1).nullable(),
    oneTime: z.boolean(),
    expiredUrl: url.nullable(),
    clickCount: z.int().min(0).describe('Counted clicks up to now.'),
    geoTargets: z.record(z.string(), url).nullable(),
    deviceTargets: z.partialRecord(z.enum(targetDevices), url).nullable(),
    utm: z.object({ source: text, medium: text, campaign: text, term: text, content: text }),
    deepLinks: z.object({ ios: url.nullable(), android: url.nullable() }),
    og: z.object({ title: text, description: text, image: url.nullable() }),
    forwardQuery: z.boolean(),
    redirectStatus: z.literal([...redirectStatuses]),
    trackAnalytics: z.boolean(),
    filterBots: z.boolean(),
    publicStats: z.boolean(),
    metadata: z.looseObject({}).nullable(),
    isArchived: z.boolean().describe('Whether it has stopped redirecting; its slug stays taken.'),
    isPublic: z.boolean().describe('Neither archived nor behind a password.'),
    createdAt: instant,
    updatedAt: instant,
    lastClickedAt: instant.nullable(),
  })
  .meta({ id: 'Link', description: 'A short link. Every key is always there; what is absent is null.' });

export type LinkObject = z.output<typeof linkSchema>;

/** Presents links, and knows where they are found. */
export class LinkPresenter extends LinkAddresses {
  object(counted: CountedLink): LinkObject {
    const { domainId } = counted.link;
    return viewOf(counted, { host: this.hostOf(domainId), origin: this.originOf(domainId) });
  }
}
