// POST /links/:id/explain: which rule a visit would meet and why. Nothing is recorded.

import { z } from 'zod';
import { canonicalAddress } from '../clicks/address-privacy.ts';
import type { Geo } from '../clicks/geo.ts';
import type { UserAgents } from '../clicks/user-agent.ts';
import { judge } from '../clicks/verdict.ts';
import type { Clock } from '../core/clock.ts';
import { Faults, parseInstant, textField } from '../core/validation.ts';
import { data } from '../http/answer.ts';
import type { PrivateRoute } from '../http/router.ts';
import { countryCodeFault } from '../links/country-codes.ts';
import { explain } from '../links/explain.ts';
import type { Decision, Link } from '../links/link.ts';
import type { Links } from '../links/links.ts';
import { mergeQuery } from '../links/query.ts';

interface LinkExplainRoutesOptions {
  readonly links: Links;
  readonly userAgents: UserAgents;
  readonly geo: Geo;
  readonly clock: Clock;
}

const explainSchema = z.strictObject({
  userAgent: textField(2_000).optional(),
  ip: textField(100).optional(),
  country: textField(2).optional(),
  language: textField(100).optional(),
  time: textField(40).optional(),
  query: textField(4_000).optional(),
});

interface AskedVisit {
  readonly userAgent: string;
  readonly country: string | null;
  readonly time: number;
  readonly query: string;
}

function readVisit(body: unknown, geo: Geo, now: number): AskedVisit {
  const faults = new Faults();
  const asked = faults.check(explainSchema, body);
  const address = asked?.ip === undefined ? undefined : canonicalAddress(asked.ip);
  if (address === null) faults.add('ip', 'is not an IP address');
  const country = asked?.country?.toUpperCase();
  const countryFault = country === undefined ? undefined : countryCodeFault(country);
  if (countryFault !== undefined) faults.add('country', countryFault);
  if (country !== undefined && address !== undefined) faults.add('country', 'cannot be combined with ip');
  const time = asked?.time === undefined ? now : parseInstant(asked.time);
  if (time === undefined) faults.add('time', 'must be an ISO 8601 time with an offset, as in 2026-12-24T18:00:00Z');
  faults.throwIfAny();
  return {
    userAgent: asked?.userAgent ?? '',
    country: country ?? (address === undefined || address === null ? null : geo.country(address)),
    time: time ?? now,
    query: asked?.query?.replace(/^\?/, '') ?? '',
  };
}

function outcomeOf(decision: Decision, link: Link, query: string) {
  if (decision.kind === 'redirect') {
    const location = mergeQuery(decision.url, link.utm, query, link.forwardQuery);
    return { outcome: 'redirect', status: link.redirectStatus, location, target: decision.target };
  }
  if (decision.kind === 'password') return { outcome: 'password', status: 200, location: null, target: null };
  const status = decision.redirectTo === null ? 410 : 302;
  return { outcome: decision.reason, status, location: decision.redirectTo, target: null };
}

export function linkExplainRoutes({ links, userAgents, geo, clock }: LinkExplainRoutesOptions): PrivateRoute[] {
  return [
    {
      method: 'POST',
      path: '/api/v1/links/:id/explain',
      scope: 'links:read',
      async handle({ identity, params, json }) {
        const { link, clickCount } = links.get(identity.userId, params['id'] ?? '');
        const { userAgent: header, country, time, query } = readVisit(await json(), geo, clock.now());
        const userAgent = userAgents.parse(header);
        const { device, platform } = userAgent;
        const visitor = { platform, device, country: () => country, unlocked: false };
        const { decision, rules } = explain(link, { visitor, time, clicks: clickCount });
        const verdict = judge({ method: 'GET', headers: {}, userAgent, filterBots: link.filterBots });
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
