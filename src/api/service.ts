// The health endpoints: whether the process runs, and whether it can serve.

import { AppError } from '../core/errors.ts';
import { data, failure } from '../http/answer.ts';
import type { PublicRoute } from '../http/router.ts';

/** @param checkReady rejects when the database cannot be written */
export function serviceRoutes(checkReady: () => Promise<void>): PublicRoute[] {
  return [
    { method: 'GET', path: '/healthz', scope: 'public', handle: () => data({ status: 'ok' }) },
    {
      method: 'GET',
      path: '/readyz',
      scope: 'public',
      async handle() {
        try {
          await checkReady();
        } catch (cause) {
          return failure(new AppError('UNAVAILABLE', 'the database cannot be written', [], { cause }));
        }
        return data({ status: 'ready' });
      },
    },
  ];
}
