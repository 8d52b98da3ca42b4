// The health endpoints: whether the process runs, and whether it can serve. They are answered before the rest of the API is loaded.

import { AppError } from '../core/errors.ts';
import { type Answer, data, failure } from '../http/answer.ts';
import type { PublicRoute } from '../http/router.ts';

const livePath = '/healthz';
const readyPath = '/readyz';

export function isHealthPath(path: string): boolean {
  return path === livePath || path === readyPath;
}

export interface HealthChecks {
  readonly live: () => Answer;
  readonly ready: () => Promise<Answer>;
}

/** @param checkReady rejects when the database cannot be written */
export function healthChecks(checkReady: () => Promise<void>): HealthChecks {
  return {
    live: () => data({ status: 'ok' }),
    async ready() {
      try {
        await checkReady();
      } catch (cause) {
        return failure(new AppError('UNAVAILABLE', 'the database cannot be written', [], { cause }));
      }
      return data({ status: 'ready' });
    },
  };
}

export function healthRoutes({ live, ready }: HealthChecks): [live: PublicRoute, ready: PublicRoute] {
  const base = { method: 'GET', scope: 'public', isUnlimited: true } as const;
  return [
    { ...base, path: livePath, handle: live },
    { ...base, path: readyPath, handle: ready },
  ];
}
