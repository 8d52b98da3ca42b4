// /api/v1/api-keys: a user's own keys. A key that was narrowed to some scopes may end itself here, and nothing else.

import * as z from 'zod';
import type { ApiKey } from '../accounts/accounts-store.ts';
import { keyFormats } from '../accounts/key-format.ts';
import { type NewKey, parseKeyExpiry } from '../accounts/keys.ts';
import { parseLabel } from '../accounts/label.ts';
import type { OwnKeys } from '../accounts/own-keys.ts';
import { parseScopes, scopes } from '../accounts/scopes.ts';
import type { Clock } from '../core/clock.ts';
import { Faults } from '../core/validation.ts';
import { data, list, noContent } from '../http/answer.ts';
import { pageOf, pagingSchema, parsePaging } from '../http/paging.ts';
import { dataDocs, type Documented, emptyDocs, listDocs } from '../http/route-docs.ts';
import type { PrivateRoute } from '../http/router.ts';

interface ApiKeyRoutesOptions {
  readonly keys: OwnKeys;
  readonly clock: Clock;
}

/** Body of `POST /api-keys`. */
export const newApiKeySchema = z.strictObject({
  name: z.string(),
  /** None named, or null: all of the user's own. */
  scopes: z.array(z.enum(scopes)).max(100).nullish(),
  expiresAt: z.string().max(40).meta({ format: 'date-time' }).nullish(),
  format: z.enum(keyFormats).default('sp'),
});

function parseNewKey(body: unknown, now: number): NewKey {
  const faults = new Faults();
  const shape = faults.check(newApiKeySchema, body);
  const name = shape && faults.attempt(() => parseLabel('name', shape.name));
  const { expiresAt: given = null } = shape ?? {};
  const expiresAt = given === null ? null : faults.attempt(() => parseKeyExpiry(given, now));
  faults.throwIfAny();
  return { name: name!, scopes: parseScopes(shape!.scopes ?? []), expiresAt: expiresAt!, format: shape!.format };
}

const instant = z.string().meta({ format: 'date-time' });

const apiKeySchema = z
  .object({
    id: z.string(),
    name: z.string(),
    hint: z.string().describe('The last four characters of its secret, to tell it from others.'),
    scopes: z.array(z.enum(scopes)).nullable().describe("null: all of the user's own."),
    expiresAt: instant.nullable(),
    lastUsedAt: instant.nullable(),
    createdAt: instant,
  })
  .meta({ id: 'ApiKey' });

type KeyObject = z.output<typeof apiKeySchema>;

const keyExample: KeyObject = {
  id: 'key_9Kd2LmPqR4sTuVwX',
  name: 'website',
  hint: 'x7Qm',
  scopes: ['links:read', 'links:write'],
  expiresAt: null,
  lastUsedAt: '2026-07-14T16:20:05.120Z',
  createdAt: '2026-06-01T08:00:00.000Z',
};
const newKeySchema = apiKeySchema.extend({
  secret: z
    .string()
    .nullable()
    .describe('The key itself, shown this once; null where a repeated call is answered again.'),
});

const timeOrNull = (milliseconds: number | null): string | null =>
  milliseconds === null ? null : new Date(milliseconds).toISOString();

function keyObject({ publicId, name, hint, scopes: granted, expiresAt, lastUsedAt, createdAt }: ApiKey): KeyObject {
  return {
    id: publicId,
    name,
    hint,
    scopes: granted && [...granted],
    expiresAt: timeOrNull(expiresAt),
    lastUsedAt: timeOrNull(lastUsedAt),
    createdAt: new Date(createdAt).toISOString(),
  };
}

export function apiKeyRoutes({ keys, clock }: ApiKeyRoutesOptions): Documented<PrivateRoute>[] {
  return [
    {
      method: 'POST',
      path: '/api/v1/api-keys',
      scope: 'full-key',
      docs: {
        id: 'createApiKey',
        tag: 'Account',
        summary: 'Make an API key',
        description:
          'The answer holds the key itself, which cannot be seen again. It may do no more than the key that asks for it, and ends no later.',
        body: {
          schema: newApiKeySchema,
          examples: { 'For a website': { name: 'website', scopes: ['links:read', 'links:write'] } },
        },
        takesIdempotencyKey: true,
        responses: {
          201: dataDocs('The key.', newKeySchema, {
            ...keyExample,
            lastUsedAt: null,
            secret: 'sp_4fQmT2xVb9KcR7aEhN3jLpWs6YdGuX5vZ8Cq',
          }),
        },
        errors: ['INVALID_EXPIRATION', 'LIMIT_REACHED'],
      },
      async handle({ identity, json, once }) {
        const wanted = parseNewKey(await json(), clock.now());
        const { key, secret } = await keys.create(identity, wanted, await once());
        return data({ ...keyObject(key), secret }, 201);
      },
    },
    {
      method: 'GET',
      path: '/api/v1/api-keys',
      scope: 'full-key',
      docs: {
        id: 'listApiKeys',
        tag: 'Account',
        summary: 'List your API keys',
        query: pagingSchema,
        responses: { 200: listDocs('One page of keys, the newest first.', apiKeySchema, keyExample) },
        errors: [],
      },
      handle({ identity, query }) {
        const paging = parsePaging(query);
        const { keys: found, total } = keys.list(identity.userId, { ...paging, limit: paging.perPage + 1 });
        const { rows, meta } = pageOf(found, total, paging);
        return list(rows.map(keyObject), meta);
      },
    },
    {
      method: 'DELETE',
      path: '/api/v1/api-keys/:id',
      scope: 'any-key',
      docs: {
        id: 'revokeApiKey',
        tag: 'Account',
        summary: 'Revoke an API key',
        description: 'It stops at once. A key that was narrowed to some scopes can revoke itself, and no other.',
        params: { id: z.string().meta({ description: 'The id of the key: `key_…`.', examples: [keyExample.id] }) },
        responses: { 204: emptyDocs('It is revoked.') },
        errors: ['NOT_FOUND', 'FORBIDDEN'],
      },
      async handle({ identity, params }) {
        await keys.revoke(identity, params['id'] ?? '');
        return noContent;
      },
    },
  ];
}
