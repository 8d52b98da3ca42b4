// /api/v1/analytics/…: the numbers over all links of the caller.

import * as z from 'zod';
import type { AnalyticsAnswer, AnalyticsQuestion } from '../clicks/analytics.ts';
import type { NamedLink } from '../clicks/analytics-store.ts';
import { analyticsTextReading, type InText } from '../clicks/stats-text-readings.ts';
import type { DimensionName } from '../clicks/dimensions.ts';
import type { Clock } from '../core/clock.ts';
import type { Domains } from '../domains/domain.ts';
import { dataDocs, type Documented } from '../http/route-docs.ts';
import type { PrivateRoute } from '../http/router.ts';
import type { ReaderThread } from '../storage/reader.ts';
import type { LinkPresenter } from './link-object.ts';
import { recentClicksRoute } from './recent-clicks.ts';
import { analyticsQuerySchema, readStatsQuery } from './stats-query.ts';
import {
  count,
  exampleLists,
  exampleOverTime,
  examplePeriod,
  exampleVisitorsOverTime,
  listFields,
  overTimeSchema,
  periodFields,
  periodOf,
  statsData,
  visitorsOverTimeSchema,
} from './stats-shapes.ts';

/** The most links that an answer names. */
const maxTopLinks = 1_000;
const overviewLinks = 10;

export interface AnalyticsRoutesOptions {
  readonly questions: ReaderThread;
  readonly presenter: LinkPresenter;
  readonly domains: Domains;
  readonly clock: Clock;
}

const topLinkSchema = z.object({
  link: z.object({
    id: z.string(),
    shortUrl: z.string(),
    slug: z.string(),
    domain: z.string(),
    destinationUrl: z.string(),
    title: z.string().nullable(),
  }),
  count,
});
const topLinksSchema = z.array(topLinkSchema).describe(`The most clicked, at most ${maxTopLinks}.`);
const exampleTopLinks = [
  {
    link: {
      id: 'lnk_4fYd7kQm2pXwZ9Ra',
      shortUrl: 'https://go.example.com/summer',
      slug: 'summer',
      domain: 'go.example.com',
      destinationUrl: 'https://example.com/summer',
      title: null,
    },
    count: 3,
  },
];

/** One of the questions: its breakdowns, and what else its answer has. */
interface Topic {
  readonly name: string;
  readonly id: string;
  readonly summary: string;
  readonly lists: readonly DimensionName[];
  readonly fields: Readonly<Record<string, z.ZodType>>;
  readonly example: Readonly<Record<string, unknown>>;
  readonly asks?: Partial<Pick<AnalyticsQuestion, 'topLinks' | 'byDomainAndTag' | 'visitorsOverTime'>>;
  readonly answer: (answer: InText<AnalyticsAnswer>, shown: Shown) => object;
}

/** How links and domains are shown. */
interface Shown {
  topLinks(answer: InText<AnalyticsAnswer>): z.output<typeof topLinksSchema>;
  domain(id: number): string;
}

const topics: readonly Topic[] = [
  {
    name: 'overview',
    id: 'getAnalyticsOverview',
    summary: 'Get the most important numbers of all your links',
    lists: ['country', 'device', 'browser', 'os', 'referrer', 'language'],
    fields: {
      clickedLinks: count.describe('How many links have any of these clicks.'),
      topLinks: topLinksSchema,
    },
    example: { clickedLinks: 1, topLinks: exampleTopLinks },
    asks: { topLinks: overviewLinks },
    answer: (answer, shown) => ({
      clickedLinks: answer.clickedLinks,
      topLinks: shown.topLinks(answer),
    }),
  },
  {
    name: 'clicks',
    id: 'getAnalyticsClicks',
    summary: 'Get the clicks of all your links over time',
    lists: [],
    fields: {},
    example: {},
    asks: { visitorsOverTime: true },
    answer: () => ({}),
  },
  {
    name: 'geo',
    id: 'getAnalyticsGeo',
    summary: 'Get where the visitors of all your links are',
    lists: ['country', 'region', 'city'],
    fields: {},
    example: {},
    answer: () => ({}),
  },
  {
    name: 'devices',
    id: 'getAnalyticsDevices',
    summary: 'Get the devices and systems of all your visitors',
    lists: ['device', 'os', 'osVersion'],
    fields: {},
    example: {},
    answer: () => ({}),
  },
  {
    name: 'browsers',
    id: 'getAnalyticsBrowsers',
    summary: 'Get the browsers and languages of all your visitors',
    lists: ['browser', 'browserVersion', 'language'],
    fields: {},
    example: {},
    answer: () => ({}),
  },
  {
    name: 'referrers',
    id: 'getAnalyticsReferrers',
    summary: 'Get where the visitors of all your links come from',
    lists: [
      'referrer',
      'referrerUrl',
      'utmSource',
      'utmMedium',
      'utmCampaign',
      'utmTerm',
      'utmContent',
      'target',
      'qr',
    ],
    fields: {},
    example: {},
    answer: () => ({}),
  },
  {
    name: 'top-links',
    id: 'getAnalyticsTopLinks',
    summary: 'Get the clicks by link, domain and tag',
    lists: [],
    fields: {
      clickedLinks: count.describe('How many links have any of these clicks.'),
      topLinks: topLinksSchema,
      byDomain: z.array(z.object({ domain: z.string(), count })).describe('By the domain that each link is on today.'),
      byTag: z
        .array(z.object({ tag: z.string(), count }))
        .describe('A click counts for each tag that its link has today, and for none where it has none.'),
    },
    example: {
      clickedLinks: 1,
      topLinks: exampleTopLinks,
      byDomain: [{ domain: 'go.example.com', count: 3 }],
      byTag: [{ tag: 'summer', count: 3 }],
    },
    asks: { topLinks: maxTopLinks, byDomainAndTag: true },
    answer: (answer, shown) => ({
      clickedLinks: answer.clickedLinks,
      topLinks: shown.topLinks(answer),
      byDomain: answer.byDomain.map(({ domainId, count: hits }) => ({ domain: shown.domain(domainId), count: hits })),
      byTag: answer.byTag,
    }),
  },
];

function topicRoute(
  topic: Topic,
  { questions, clock }: AnalyticsRoutesOptions,
  shown: Shown,
): Documented<PrivateRoute> {
  const tellsVisitors = topic.asks?.visitorsOverTime === true;
  const schema = z.object({
    ...periodFields,
    ...topic.fields,
    ...listFields(topic.lists),
    overTime: tellsVisitors ? visitorsOverTimeSchema : overTimeSchema,
  });
  const example = {
    ...examplePeriod,
    ...topic.example,
    ...exampleLists(topic.lists),
    overTime: tellsVisitors ? exampleVisitorsOverTime : exampleOverTime,
  };
  return {
    method: 'GET',
    path: `/api/v1/analytics/${topic.name}`,
    scope: 'analytics:read',
    docs: {
      id: topic.id,
      tag: 'Analytics',
      summary: topic.summary,
      query: analyticsQuerySchema,
      responses: { 200: dataDocs('The numbers of one moment.', schema, example as z.output<typeof schema>) },
      errors: ['UNAVAILABLE'],
    },
    async handle({ identity, query }) {
      const { asked, links } = readStatsQuery(analyticsQuerySchema, query, clock.now());
      const { topLinks = 0, byDomainAndTag = false, visitorsOverTime = false } = topic.asks ?? {};
      const rows = asked.limit === 0 ? maxTopLinks : asked.limit;
      const { bots = 'exclude' } = asked;
      const answer = await questions.ask(analyticsTextReading, {
        ...asked,
        bots,
        lists: topic.lists,
        userId: identity.userId,
        since: identity.user.createdAt,
        askedLinks: { links: links.link ?? [], domains: links.domain ?? [], tags: links.tag ?? [] },
        topLinks: Math.min(topLinks, rows),
        byDomainAndTag,
        visitorsOverTime,
      });
      return statsData({ ...periodOf(answer, bots), ...topic.answer(answer, shown) }, answer.lists);
    },
  };
}

export function analyticsRoutes(options: AnalyticsRoutesOptions): Documented<PrivateRoute>[] {
  const { presenter, domains } = options;
  const hostOf = (domainId: number): string => (domains.byId(domainId) ?? domains.default).host;
  const shownLink = (link: NamedLink): z.output<typeof topLinkSchema>['link'] => ({
    id: link.publicId,
    shortUrl: presenter.shortUrl(link),
    slug: link.slug,
    domain: hostOf(link.domainId),
    destinationUrl: link.destinationUrl,
    title: link.title,
  });
  const shown: Shown = {
    topLinks: (answer) => answer.topLinks.map(({ link, count: hits }) => ({ link: shownLink(link), count: hits })),
    domain: hostOf,
  };
  return [...topics.map((topic) => topicRoute(topic, options, shown)), recentClicksRoute(options)];
}
