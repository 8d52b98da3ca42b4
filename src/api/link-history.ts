// GET /links/:id/history and POST /links/:id/restore: who changed what, and the way back.

import * as z from 'zod';
import { Faults } from '../core/validation.ts';
import { data } from '../http/answer.ts';
import { dataDocs, type Documented } from '../http/route-docs.ts';
import { actorOf, type PrivateRoute } from '../http/router.ts';
import { type LinkHistory, maxShownVersions } from '../links/link-history.ts';
import { isSameIn, type LinkVersion, type VersionFields } from '../links/link-history-store.ts';
import { linkExample, linkIdParam } from './link-docs.ts';
import { type LinkPresenter, linkSchema } from './link-object.ts';

interface LinkHistoryRoutesOptions {
  readonly history: LinkHistory;
  readonly presenter: LinkPresenter;
}

const restoreSchema = z.strictObject({ version: z.int().min(1).describe('As in the history.') });

const versionSchema = z
  .object({
    version: z.int().min(1).describe('1 is the link as it was made.'),
    changedAt: z.string().meta({ format: 'date-time' }),
    changedBy: z.string().nullable().describe('The id of the API key that did it; null where none did.'),
    changes: z
      .record(z.string(), z.object({ before: z.unknown(), after: z.unknown() }))
      .describe(
        'By field, in the names and forms in which callers set them, what differs from the version before. Of a password, only whether there is one; a domain that is gone is null.',
      ),
  })
  .meta({ id: 'LinkVersion' });

type VersionObject = z.output<typeof versionSchema>;

const versionExamples: VersionObject[] = [
  {
    version: 2,
    changedAt: '2026-06-02T09:30:00.000Z',
    changedBy: 'key_9Kd2LmPqR4sTuVwX',
    changes: {
      title: { before: null, after: 'Summer sale' },
      expiresAt: { before: null, after: '2026-09-30T22:00:00.000Z' },
    },
  },
  { version: 1, changedAt: '2026-06-01T08:00:00.000Z', changedBy: 'key_9Kd2LmPqR4sTuVwX', changes: {} },
];

/** Names of fields as the API has them, where the version calls them otherwise. */
const shownNames: Readonly<Partial<Record<keyof VersionFields, string>>> = {
  passwordHash: 'password',
  domainId: 'domain',
};

/** A field as callers set it; of a password only whether there is one, of a domain its name, while it is there. */
function shown(fields: VersionFields, name: keyof VersionFields, domainNameOf: LinkPresenter['domainNameOf']): unknown {
  if (name === 'passwordHash') return fields.passwordHash !== null;
  if (name === 'domainId') return domainNameOf(fields.domainId);
  if (name === 'expiresAt') return fields.expiresAt === null ? null : new Date(fields.expiresAt).toISOString();
  return fields[name];
}

/** What differs from the version before. */
function changesOf(
  present: VersionFields,
  before: VersionFields | undefined,
  domainNameOf: LinkPresenter['domainNameOf'],
) {
  if (before === undefined) return {};
  const names = Object.keys(present) as (keyof VersionFields)[];
  const changed = names.filter((name) => !isSameIn(name, before, present));
  return Object.fromEntries(
    changed.map((name) => [
      shownNames[name] ?? name,
      { before: shown(before, name, domainNameOf), after: shown(present, name, domainNameOf) },
    ]),
  );
}

function versionObject(
  { version, madeAt, keyPublicId, fields }: LinkVersion,
  before: LinkVersion | undefined,
  domainNameOf: LinkPresenter['domainNameOf'],
): VersionObject {
  return {
    version,
    changedAt: new Date(madeAt).toISOString(),
    changedBy: keyPublicId,
    changes: changesOf(fields, before?.fields, domainNameOf),
  };
}

export function linkHistoryRoutes({ history, presenter }: LinkHistoryRoutesOptions): Documented<PrivateRoute>[] {
  return [
    {
      method: 'GET',
      path: '/api/v1/links/:id/history',
      scope: 'links:read',
      docs: {
        id: 'getLinkHistory',
        tag: 'History',
        summary: 'See every version of a link',
        description: `The present version comes first; of the earlier ones, the latest ${maxShownVersions} are shown.`,
        params: linkIdParam,
        responses: { 200: dataDocs('The versions.', z.array(versionSchema), versionExamples) },
        errors: ['NOT_FOUND'],
      },
      handle({ identity, params }) {
        const versions = history.list(identity.userId, params['id'] ?? '');
        const shownVersions = versions.slice(0, 1 + maxShownVersions);
        return data(
          shownVersions.map((version, position) =>
            versionObject(version, versions[position + 1], presenter.domainNameOf),
          ),
        );
      },
    },
    {
      method: 'POST',
      path: '/api/v1/links/:id/restore',
      scope: 'links:write',
      docs: {
        id: 'restoreLink',
        tag: 'History',
        summary: 'Make a link what it was',
        description:
          'All fields of the earlier version, its password included, become a new version. `CONFLICT` where its domain is no longer yours.',
        params: linkIdParam,
        takesIdempotencyKey: true,
        body: { schema: restoreSchema, examples: { 'As it was made': { version: 1 } } },
        responses: { 200: dataDocs('The link as it is now.', linkSchema, linkExample) },
        errors: ['LIMIT_REACHED', 'NOT_FOUND', 'SLUG_EXISTS', 'CONFLICT'],
      },
      async handle({ identity, params, json, once }) {
        const faults = new Faults();
        const body = faults.check(restoreSchema, await json());
        faults.throwIfAny();
        const { version } = body!;
        const restored = await history.restore(actorOf(identity), params['id'] ?? '', version, await once());
        return data(presenter.object(restored));
      },
    },
  ];
}
