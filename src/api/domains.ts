// /api/v1/domains: custom domains of one's own, from the claim over its proof to the end.

import * as z from 'zod';
import type { Clock } from '../core/clock.ts';
import { AppError } from '../core/errors.ts';
import { textField } from '../core/text-field.ts';
import { Faults } from '../core/validation.ts';
import { maxGivenLength, parseDomainName } from '../domains/domain-name.ts';
import type { OwnDomains } from '../domains/own-domains.ts';
import { data, list, noContent } from '../http/answer.ts';
import { pageOf, pagingSchema, parsePaging } from '../http/paging.ts';
import { dataDocs, type Documented, emptyDocs, listDocs } from '../http/route-docs.ts';
import { actorOf, type PrivateRoute } from '../http/router.ts';
import { TokenBuckets } from '../http/token-buckets.ts';
import type { DomainLinks } from '../links/domain-links.ts';
import { maxMovedLinks } from '../links/link-write-store.ts';
import {
  domainChangeSchema,
  domainObject,
  type DomainObject,
  domainSchema,
  newDomainSchema,
  parseDomainChange,
  parseNewDomain,
} from './domain-object.ts';

interface DomainRoutesOptions {
  readonly domains: OwnDomains;
  readonly domainLinks: DomainLinks;
  /** Whether a host is one of this server's own names, and may not be claimed. */
  readonly isServerName: (name: string) => boolean;
  /** Whether a host is one of the short domains, and may not be redirected to. */
  readonly ownHosts: (host: string) => boolean;
  readonly clock: Clock;
}

// Each asks DNS servers of the caller's choosing: a few tries at once while a record is being set, then one every so often.
const ofOneDomain = { capacity: 5, refillMs: 30_000, maxKeys: 50_000 };
const ofOneUser = { capacity: 30, refillMs: 5_000, maxKeys: 50_000 };

const domainExample: DomainObject = {
  id: 'dom_7Hq2LmPxR4sTuVwX',
  domain: 'go.example.com',
  verificationStatus: 'verified',
  verificationToken: 'Zk3vQ9mB2xLw8rTn5yHc4jKd7fGp6sVa',
  verificationRecord: {
    type: 'TXT',
    name: '_signpost.go.example.com',
    value: 'signpost-verify=Zk3vQ9mB2xLw8rTn5yHc4jKd7fGp6sVa',
  },
  verificationProblem: null,
  verifiedAt: '2026-06-01T08:10:00.000Z',
  lastCheckedAt: '2026-07-14T08:10:00.000Z',
  sslStatus: 'external',
  defaultRedirectUrl: 'https://www.example.com/',
  notFoundUrl: null,
  slugCase: 'sensitive',
  clickRetentionDays: null,
  createdAt: '2026-06-01T08:00:00.000Z',
  updatedAt: '2026-06-01T08:10:00.000Z',
};

const pendingExample: DomainObject = {
  ...domainExample,
  verificationStatus: 'pending',
  verifiedAt: null,
  lastCheckedAt: null,
  updatedAt: domainExample.createdAt,
};

const moveSchema = z.strictObject({
  domain: textField(maxGivenLength, 1).describe('Where they go: one of your verified domains, or the default one.'),
});
const maxShownTaken = 100;
const movedSchema = z.object({
  moved: z.int().min(0),
  remaining: z.int().min(0).describe('Links that are still on the domain.'),
  taken: z
    .array(z.object({ id: z.string(), slug: z.string() }))
    .describe(`Links that stayed because their slug is taken there; at most ${maxShownTaken} are shown.`),
});

const idParam = {
  id: z.string().meta({ description: 'The id of the domain: `dom_…`.', examples: [domainExample.id] }),
};

export function domainRoutes({
  domains,
  domainLinks,
  isServerName,
  ownHosts,
  clock,
}: DomainRoutesOptions): Documented<PrivateRoute>[] {
  const checksOfDomain = new TokenBuckets(ofOneDomain);
  const checksOfUser = new TokenBuckets(ofOneUser);

  function requireTry(userId: number, domainId: number): void {
    const now = clock.monotonic();
    const waitMs =
      checksOfUser.waitMs(String(userId), now) ||
      checksOfDomain.take(String(domainId), now) ||
      checksOfUser.take(String(userId), now);
    if (waitMs === 0) return;
    const retryAfterS = Math.ceil(waitMs / 1000);
    throw new AppError('RATE_LIMITED', 'this domain has been looked up too often', [], { retryAfterS });
  }

  return [
    {
      method: 'POST',
      path: '/api/v1/domains',
      scope: 'domains:write',
      docs: {
        id: 'createDomain',
        tag: 'Domains',
        summary: 'Add a domain',
        description:
          'It is yours once its `verificationRecord` stands in the DNS and has been looked for. Until then others may claim it, too.',
        body: {
          schema: newDomainSchema,
          examples: {
            'Its name': { domain: 'go.example.com' },
            'With its pages': { domain: 'go.example.com', defaultRedirectUrl: 'https://www.example.com/' },
          },
        },
        takesIdempotencyKey: true,
        responses: { 201: dataDocs('The domain, which waits for its proof.', domainSchema, pendingExample) },
        errors: ['INVALID_URL', 'LIMIT_REACHED', 'CONFLICT'],
      },
      async handle({ identity, json, once }) {
        const { domain, settings } = parseNewDomain(await json(), { ownHosts });
        const host = await parseDomainName(domain, { ownHosts: isServerName });
        const { userId, limits } = identity;
        const made = await domains.create(userId, { host, ...settings }, limits.maxDomains, await once());
        return data(domainObject(made), 201);
      },
    },
    {
      method: 'GET',
      path: '/api/v1/domains',
      scope: 'domains:read',
      docs: {
        id: 'listDomains',
        tag: 'Domains',
        summary: 'List your domains',
        query: pagingSchema,
        responses: { 200: listDocs('One page of domains, the newest first.', domainSchema, domainExample) },
        errors: [],
      },
      handle({ identity, query }) {
        const paging = parsePaging(query);
        const found = domains.list(identity.userId, { ...paging, limit: paging.perPage + 1 });
        const { rows, meta } = pageOf(found.domains, found.total, paging);
        return list(rows.map(domainObject), meta);
      },
    },
    {
      method: 'GET',
      path: '/api/v1/domains/:id',
      scope: 'domains:read',
      docs: {
        id: 'getDomain',
        tag: 'Domains',
        summary: 'Get a domain',
        params: idParam,
        responses: { 200: dataDocs('The domain.', domainSchema, domainExample) },
        errors: ['NOT_FOUND'],
      },
      handle: ({ identity, params }) => data(domainObject(domains.get(identity.userId, params['id'] ?? ''))),
    },
    {
      method: 'PATCH',
      path: '/api/v1/domains/:id',
      scope: 'domains:write',
      docs: {
        id: 'changeDomain',
        tag: 'Domains',
        summary: 'Change a domain',
        description:
          'Slugs cannot become case-insensitive while two links of the domain differ by case alone: `CONFLICT` names them.',
        params: idParam,
        body: {
          schema: domainChangeSchema,
          examples: { 'Lead home': { defaultRedirectUrl: 'https://www.example.com/', notFoundUrl: null } },
        },
        responses: { 200: dataDocs('The domain as it is now.', domainSchema, domainExample) },
        errors: ['INVALID_URL', 'NOT_FOUND', 'CONFLICT'],
      },
      async handle({ identity: { userId }, params, json }) {
        const { publicId } = domains.get(userId, params['id'] ?? '');
        const fields = parseDomainChange(await json(), { ownHosts });
        return data(domainObject(await domainLinks.change(userId, publicId, fields)));
      },
    },
    {
      method: 'DELETE',
      path: '/api/v1/domains/:id',
      scope: 'domains:write',
      docs: {
        id: 'deleteDomain',
        tag: 'Domains',
        summary: 'Delete a domain',
        description:
          'Only when nothing is on it, archived links included: `CONFLICT` says how many links have to be moved to another domain before.',
        params: idParam,
        responses: { 204: emptyDocs('It is gone, and its name is free.') },
        errors: ['NOT_FOUND', 'CONFLICT'],
      },
      async handle({ identity, params }) {
        await domainLinks.remove(identity.userId, params['id'] ?? '');
        return noContent;
      },
    },
    {
      method: 'POST',
      path: '/api/v1/domains/:id/move-links',
      scope: 'domains:write',
      docs: {
        id: 'moveDomainLinks',
        tag: 'Domains',
        summary: 'Move the links of a domain to another one',
        description: `Up to ${maxMovedLinks} links in one call, archived ones too; ask again while \`remaining\` is more than those whose slug is taken there. Addresses with the old domain stop working.`,
        params: idParam,
        body: { schema: moveSchema, examples: { 'To another domain': { domain: 'links.example.com' } } },
        takesIdempotencyKey: true,
        responses: {
          200: dataDocs('How far it went.', movedSchema, {
            moved: 2,
            remaining: 1,
            taken: [{ id: 'lnk_4fQmT2xVb9KcR7aE', slug: 'summer' }],
          }),
        },
        errors: ['NOT_FOUND', 'DOMAIN_NOT_VERIFIED'],
      },
      async handle({ identity, params, json, once }) {
        const faults = new Faults();
        const body = faults.check(moveSchema, await json());
        faults.throwIfAny();
        const key = await once();
        const from = domains.get(identity.userId, params['id'] ?? '');
        const { moved, remaining, taken } = await domainLinks.move(actorOf(identity), from, body!.domain, key);
        const shown = taken.slice(0, maxShownTaken).map(({ publicId, slug }) => ({ id: publicId, slug }));
        return data({ moved, remaining, taken: shown });
      },
    },
    {
      method: 'POST',
      path: '/api/v1/domains/:id/verify',
      scope: 'domains:write',
      docs: {
        id: 'verifyDomain',
        tag: 'Domains',
        summary: 'Look for the proof of a domain now',
        description:
          'Answers when the DNS has been asked, which may take some seconds. Where the record is not found, `verificationProblem` says why. Working domains are looked up again every day.',
        params: idParam,
        takesIdempotencyKey: true,
        responses: { 200: dataDocs('The domain as it is now.', domainSchema, domainExample) },
        errors: ['NOT_FOUND', 'CONFLICT', 'RATE_LIMITED', 'UNAVAILABLE'],
      },
      async handle({ identity: { userId }, params, once }) {
        const key = await once();
        const domain = domains.get(userId, params['id'] ?? '');
        requireTry(userId, domain.id);
        return data(domainObject(await domains.verify(domain, key)));
      },
    },
  ];
}
