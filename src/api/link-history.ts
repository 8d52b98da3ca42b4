// GET /links/:id/history and POST /links/:id/restore: who changed what, and the way back.

import { z } from 'zod';
import { Faults } from '../core/validation.ts';
import { data } from '../http/answer.ts';
import { actorOf, type PrivateRoute } from '../http/router.ts';
import type { LinkHistory } from '../links/link-history.ts';
import type { LinkVersion, VersionFields } from '../links/link-history-store.ts';
import type { LinkPresenter } from './link-object.ts';

interface LinkHistoryRoutesOptions {
  readonly history: LinkHistory;
  readonly presenter: LinkPresenter;
}

const restoreSchema = z.strictObject({ version: z.int().min(1) });

/** A field as it is shown; of a password only whether there is one, of a domain nothing but that it changed. */
function shown(fields: VersionFields, name: keyof VersionFields): unknown {
  return name === 'passwordHash' ? fields.passwordHash !== null : fields[name];
}

/** What differs from the version before. */
function changesOf(present: VersionFields, before: VersionFields | undefined) {
  if (before === undefined) return {};
  const names = Object.keys(present) as (keyof VersionFields)[];
  const changed = names.filter((name) => JSON.stringify(before[name]) !== JSON.stringify(present[name]));
  return Object.fromEntries(
    changed.map((name) => [
      name === 'passwordHash' ? 'password' : name,
      { before: shown(before, name), after: shown(present, name) },
    ]),
  );
}

function versionObject({ version, madeAt, keyPublicId, fields }: LinkVersion, before: LinkVersion | undefined) {
  return {
    version,
    changedAt: new Date(madeAt).toISOString(),
    changedBy: keyPublicId,
    changes: changesOf(fields, before?.fields),
  };
}

export function linkHistoryRoutes({ history, presenter }: LinkHistoryRoutesOptions): PrivateRoute[] {
  return [
    {
      method: 'GET',
      path: '/api/v1/links/:id/history',
      scope: 'links:read',
      handle({ identity, params }) {
        const versions = history.list(identity.userId, params['id'] ?? '');
        return data(versions.map((version, position) => versionObject(version, versions[position + 1])));
      },
    },
    {
      method: 'POST',
      path: '/api/v1/links/:id/restore',
      scope: 'links:write',
      async handle({ identity, params, json }) {
        const faults = new Faults();
        const body = faults.check(restoreSchema, await json());
        faults.throwIfAny();
        return data(presenter.object(await history.restore(actorOf(identity), params['id'] ?? '', body!.version)));
      },
    },
  ];
}
