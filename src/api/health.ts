// The health endpoints: whether the process runs, and whether it can serve. They are answered before the rest of the API is loaded.

import { AppError } from '../core/errors.ts';
import { data, failure } from '../http/answer.ts';
import type { PublicRoute } from '../http/router.ts';

const livePath = '/healthz';
const readyPath = '/readyz';

export function isHealthPath(path: string): boolean {
  return path === livePath || path === readyPath;
}

export interface HealthChecks {
  readonly live: PublicRoute;
  readonly ready: PublicRoute;
}

/** @param checkReady rejects when the database cannot be written */
export function healthChecks(checkReady: () => Promise<void>): HealthChecks {
  const base = { method: 'GET', scope: 'public', isUnlimited: true } as const;
  return {
    live: { ...base, path: livePath, handle: () => data({ status: 'ok' }) },
    ready: {
      ...base,
      path: readyPath,
      async handle() {
        try {
          await checkReady();
        } catch (cause) {
          return failure(new AppError('UNAVAILABLE', 'the database cannot be written', [], { cause }));
        }
        return data({ status: 'ready' });
      },
    },
  };
}
