// POST /links/:id/explain: which rule a visit would meet and why. Nothing is recorded.

import * as z from 'zod';
import { canonicalAddress } from '../clicks/address-privacy.ts';
import type { FilteredNetworks } from '../clicks/filtered-networks.ts';
import type { GeoSource } from '../clicks/geo-source.ts';
import type { UserAgents } from '../clicks/user-agent.ts';
import { judge, verdicts } from '../clicks/verdict.ts';
import type { Clock } from '../core/clock.ts';
import { parseInstant } from '../core/instant.ts';
import { textField } from '../core/text-field.ts';
import { Faults } from '../core/validation.ts';
import { data } from '../http/answer.ts';
import { dataDocs, type Documented } from '../http/route-docs.ts';
import type { PrivateRoute } from '../http/router.ts';
import { countryCodeFault } from '../links/country-codes.ts';
import { explain, explainedRules, type Explanation } from '../links/explain.ts';
import type { Link } from '../links/link.ts';
import type { Links } from '../links/links.ts';
import { mergeQuery } from '../links/query.ts';
import { linkIdParam } from './link-docs.ts';

interface LinkExplainRoutesOptions {
  readonly links: Links;
  readonly userAgents: UserAgents;
  readonly geo: GeoSource;
  readonly filteredNetworks: FilteredNetworks;
  readonly clock: Clock;
}

const explainSchema = z.strictObject({
  userAgent: textField(2_000).optional().describe("The visitor's `User-Agent`."),
  ip: textField(100)
    .optional()
    .describe("The visitor's address, of which the country is looked up, and whether its network is filtered."),
  country: textField(2).optional().describe('ISO 3166-1 alpha-2, instead of `ip`.'),
  language: textField(100).optional().describe('Taken, but no rule asks for it.'),
  time: textField(40)
    .optional()
    .meta({ format: 'date-time', description: 'When the visit would be; now where absent.' }),
  query: textField(4_000).optional().describe("The visitor's own query, as in `a=1&b=2`."),
});

const explanationSchema = z
  .object({
    outcome: z.enum(['redirect', 'card', 'password', 'archived', 'expired', 'used_up']),
    status: z.int().describe('The status of the answer.'),
    location: z.string().nullable().describe('Where the visitor would be sent; null where nowhere.'),
    target: z
      .string()
      .nullable()
      .describe('Which target: `ios`, `android`, `geo:DE`, `device:mobile` or `destination`.'),
    counts: z.boolean().describe('Whether it would be a click.'),
    verdict: z.enum(verdicts).describe('Why it would count or not.'),
    visitor: z.object({
      country: z.string().nullable(),
      device: z.string(),
      browser: z.string().nullable(),
      os: z.string().nullable(),
    }),
    rules: z
      .array(z.object({ rule: z.enum(explainedRules), decides: z.boolean(), why: z.string() }))
      .describe('In the order in which they are asked, up to the one that decides.'),
  })
  .meta({ id: 'Explanation' });

const explanationExample: z.output<typeof explanationSchema> = {
  outcome: 'redirect',
  status: 302,
  location: 'https://example.com/de/sommer?utm_source=poster',
  target: 'geo:DE',
  counts: true,
  verdict: 'counted',
  visitor: { country: 'DE', device: 'mobile', browser: 'Firefox', os: 'Android' },
  rules: [
    { rule: 'archived', decides: false, why: 'the link is not archived' },
    { rule: 'geo', decides: true, why: 'geoTargets has DE' },
  ],
};

interface AskedVisit {
  readonly userAgent: string;
  readonly country: string | null;
  readonly isFiltered: boolean;
  readonly time: number;
  readonly query: string;
}

function readVisit(
  body: unknown,
  { geo, filteredNetworks, clock }: Omit<LinkExplainRoutesOptions, 'links' | 'userAgents'>,
): AskedVisit {
  const faults = new Faults();
  const asked = faults.check(explainSchema, body);
  const address = asked?.ip === undefined ? undefined : canonicalAddress(asked.ip);
  if (address === null) faults.add('ip', 'is not an IP address');
  const country = asked?.country?.toUpperCase();
  const countryFault = country === undefined ? undefined : countryCodeFault(country);
  if (countryFault !== undefined) faults.add('country', countryFault);
  if (country !== undefined && address !== undefined) faults.add('country', 'cannot be combined with ip');
  const time = asked?.time === undefined ? clock.now() : parseInstant(asked.time);
  if (time === undefined) faults.add('time', 'must be an ISO 8601 time with an offset, as in 2026-12-24T18:00:00Z');
  faults.throwIfAny();
  return {
    userAgent: asked?.userAgent ?? '',
    country: country ?? (address === undefined || address === null ? null : geo.country(address)),
    isFiltered: typeof address === 'string' && filteredNetworks.has(address),
    time: time!,
    query: asked?.query?.replace(/^\?/, '') ?? '',
  };
}

function outcomeOf(decision: Explanation['decision'], link: Link, query: string) {
  if (decision.kind === 'redirect') {
    const location = mergeQuery(decision.url, link.utm, query, link.forwardQuery);
    return { outcome: 'redirect', status: link.redirectStatus, location, target: decision.target };
  }
  if (decision.kind === 'card') return { outcome: 'card', status: 200, location: null, target: null };
  if (decision.kind === 'password') return { outcome: 'password', status: 200, location: null, target: null };
  const status = decision.redirectTo === null ? 410 : 302;
  return { outcome: decision.reason, status, location: decision.redirectTo, target: null };
}

export function linkExplainRoutes(options: LinkExplainRoutesOptions): Documented<PrivateRoute>[] {
  const { links, userAgents } = options;
  return [
    {
      method: 'POST',
      path: '/api/v1/links/:id/explain',
      scope: 'links:read',
      docs: {
        id: 'explainLink',
        tag: 'Links',
        summary: 'See what a visitor would get, and why',
        description:
          'Nothing is recorded, and no click limit is used up. An empty object asks for a visitor of whom nothing is known.',
        params: linkIdParam,
        body: {
          schema: explainSchema,
          examples: {
            'A phone in Germany': {
              country: 'DE',
              userAgent: 'Mozilla/5.0 (Android 16; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0',
            },
          },
        },
        responses: { 200: dataDocs('The outcome and the way to it.', explanationSchema, explanationExample) },
        errors: ['NOT_FOUND'],
      },
      async handle({ identity, params, json }) {
        const { link } = links.get(identity.userId, params['id'] ?? '');
        const { userAgent: header, country, isFiltered, time, query } = readVisit(await json(), options);
        const userAgent = userAgents.parse(header);
        const { device, platform } = userAgent;
        const isPreviewCrawler = userAgent.automation === 'preview';
        const visitor = { platform, device, country: () => country, unlocked: false };
        const { decision, rules } = explain(link, {
          visitor,
          isPreviewCrawler,
          time,
          consumed: links.consumedOf(link),
        });
        const judged = judge({ method: 'GET', headers: {}, userAgent, isFiltered, filterBots: link.filterBots });
        // As it is recorded: whoever is shown the card is not sent on, even where programs count.
        const verdict = decision.kind === 'card' && judged === 'counted' ? 'preview' : judged;
        return data({
          ...outcomeOf(decision, link, query),
          counts: decision.kind === 'redirect' && verdict === 'counted',
          verdict,
          visitor: { country, device, browser: userAgent.browser, os: userAgent.os },
          rules,
        });
      },
    },
  ];
}
