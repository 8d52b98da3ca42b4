// GET /me and /usage: who asks, and how much of their plan is used up.

import * as z from 'zod';
import { countUnrevokedKeys } from '../accounts/accounts-store.ts';
import { planNames } from '../accounts/plans.ts';
import { scopes } from '../accounts/scopes.ts';
import { countOwnDomains } from '../domains/domain-store.ts';
import { countGalleries } from '../galleries/gallery-store.ts';
import { data } from '../http/answer.ts';
import { dataDocs, type Documented } from '../http/route-docs.ts';
import type { PrivateRoute } from '../http/router.ts';
import { countOfLinks } from '../links/link-count-store.ts';
import { countQrs } from '../qr/qr-store.ts';
import type { Connection } from '../storage/query.ts';
import { countWebhooks } from '../webhooks/webhook-store.ts';

interface AccountRoutesOptions {
  readonly reader: Connection;
}

const instant = z.string().meta({ format: 'date-time' });
const limit = z.int().min(0).nullable().describe('null: no limit.');
const usage = z.object({ used: z.int().min(0), limit });

const meSchema = z.object({
  user: z.object({ id: z.string(), email: z.string(), name: z.string(), plan: z.enum(planNames), createdAt: instant }),
  key: z.object({
    id: z.string(),
    name: z.string(),
    scopes: z.array(z.enum(scopes)).nullable().describe("null: all of the user's own."),
    expiresAt: instant.nullable(),
  }),
});
const usageSchema = z.object({
  plan: z.enum(planNames),
  links: usage.describe('Archived links are not counted.'),
  domains: usage,
  webhooks: usage,
  qrCodes: usage.describe('Saved ones.'),
  galleries: usage,
  apiKeys: usage,
  requestsPerMinute: z.object({ limit }),
});

const time = (milliseconds: number): string => new Date(milliseconds).toISOString();
/** null: no limit. */
const shown = (limit: number): number | null => (limit === Infinity ? null : limit);

export function accountRoutes({ reader }: AccountRoutesOptions): Documented<PrivateRoute>[] {
  return [
    {
      method: 'GET',
      path: '/api/v1/me',
      scope: 'any-key',
      docs: {
        id: 'getMe',
        tag: 'Account',
        summary: 'See whose key this is',
        responses: {
          200: dataDocs('The user and the key.', meSchema, {
            user: {
              id: 'usr_3Hn5JpQr7StUvWxY',
              email: 'ada@example.com',
              name: 'Ada',
              plan: 'pro',
              createdAt: '2026-05-01T08:00:00.000Z',
            },
            key: { id: 'key_9Kd2LmPqR4sTuVwX', name: 'website', scopes: ['links:read'], expiresAt: null },
          }),
        },
        errors: [],
      },
      handle({ identity: { user, key } }) {
        const { publicId, email, name, plan, createdAt } = user;
        return data({
          user: { id: publicId, email, name, plan, createdAt: time(createdAt) },
          key: {
            id: key.publicId,
            name: key.name,
            scopes: key.scopes,
            expiresAt: key.expiresAt === null ? null : time(key.expiresAt),
          },
        });
      },
    },
    {
      method: 'GET',
      path: '/api/v1/usage',
      scope: 'any-key',
      docs: {
        id: 'getUsage',
        tag: 'Account',
        summary: 'See what is used of the plan',
        responses: {
          200: dataDocs('The plan, what it allows and what is used.', usageSchema, {
            plan: 'pro',
            links: { used: 47, limit: 10_000 },
            domains: { used: 1, limit: 3 },
            webhooks: { used: 1, limit: 20 },
            qrCodes: { used: 12, limit: 1_000 },
            galleries: { used: 1, limit: 10 },
            apiKeys: { used: 2, limit: null },
            requestsPerMinute: { limit: 300 },
          }),
        },
        errors: [],
      },
      handle({ identity: { userId, user, limits } }) {
        return data({
          plan: user.plan,
          links: { used: countOfLinks(reader, userId).live, limit: shown(limits.maxLinks) },
          domains: { used: countOwnDomains(reader, userId), limit: shown(limits.maxDomains) },
          webhooks: { used: countWebhooks(reader, userId), limit: shown(limits.maxWebhooks) },
          qrCodes: {
            used: countQrs(reader, { userId, linkId: undefined }),
            limit: shown(limits.maxQrCodes),
          },
          galleries: { used: countGalleries(reader, userId), limit: shown(limits.maxGalleries) },
          apiKeys: { used: countUnrevokedKeys(reader, userId), limit: shown(limits.maxKeys) },
          requestsPerMinute: { limit: shown(limits.requestsPerMinute) },
        });
      },
    },
  ];
}
