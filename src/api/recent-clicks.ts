// /api/v1/analytics/recent: the newest clicks on all links of the caller.

import * as z from 'zod';
import { recentHitsReading } from '../clicks/click-readings.ts';
import { maxRecent, type RecentHit } from '../clicks/recent-hits-store.ts';
import { maxSearched } from '../clicks/recent-search-store.ts';
import { verdicts } from '../clicks/verdict.ts';
import type { Domains } from '../domains/domain.ts';
import type { Clock } from '../core/clock.ts';
import { data } from '../http/answer.ts';
import { dataDocs, type Documented } from '../http/route-docs.ts';
import type { PrivateRoute } from '../http/router.ts';
import type { ReaderThread } from '../storage/reader.ts';
import { readStatsQuery, recentQuerySchema } from './stats-query.ts';

const text = z.string().nullable();
const recentSchema = z
  .array(
    z.object({
      linkId: z.string(),
      slug: z.string(),
      domain: z.string(),
      clickedAt: z.string().meta({ format: 'date-time' }),
      verdict: z.enum(verdicts).describe('Why it counts or not.'),
      country: text,
      region: text,
      city: text,
      device: text,
      browser: text,
      os: text,
      referrer: text,
      language: text,
      target: text,
      qr: text,
    }),
  )
  .meta({ id: 'RecentClicks', description: 'Newest first. null: not known, or not kept.' });

const example: z.output<typeof recentSchema> = [
  {
    linkId: 'lnk_4fYd7kQm2pXwZ9Ra',
    slug: 'summer',
    domain: 'go.example.com',
    clickedAt: '2026-07-14T16:20:05.120Z',
    verdict: 'counted',
    country: 'DE',
    region: null,
    city: null,
    device: 'mobile',
    browser: 'Firefox',
    os: 'Android',
    referrer: 'news.example',
    language: 'de',
    target: 'destination',
    qr: null,
  },
];

interface RecentClicksOptions {
  readonly questions: ReaderThread;
  readonly domains: Domains;
  readonly clock: Clock;
}

export function recentClicksRoute({ questions, domains, clock }: RecentClicksOptions): Documented<PrivateRoute> {
  const shown = ({ id: _id, domainId, clickedAt, ...hit }: RecentHit): z.output<typeof recentSchema>[number] => ({
    ...hit,
    domain: (domains.byId(domainId) ?? domains.default).host,
    clickedAt: new Date(clickedAt).toISOString(),
  });
  return {
    method: 'GET',
    path: '/api/v1/analytics/recent',
    scope: 'analytics:read',
    docs: {
      id: 'getRecentClicks',
      tag: 'Analytics',
      summary: 'Get the newest clicks on all your links',
      description: `Of a period, of hits that pass the filters, as in the other questions. The newest ${maxSearched.toLocaleString('en')} hits before the end of the period are looked through.`,
      query: recentQuerySchema,
      responses: { 200: dataDocs('The clicks.', recentSchema, example) },
      errors: ['UNAVAILABLE'],
    },
    async handle({ identity, query }) {
      const { asked, links } = readStatsQuery(recentQuerySchema, query, clock.now());
      const { limit, bots = 'exclude', filters, ...period } = asked;
      const askedLinks = { links: links.link ?? [], domains: links.domain ?? [], tags: links.tag ?? [] };
      const atMost = limit === 0 ? maxRecent : Math.min(limit, maxRecent);
      const question = { userId: identity.userId, limit: atMost, bots, period, filters, askedLinks };
      return data((await questions.ask(recentHitsReading, question)).map(shown));
    },
  };
}
