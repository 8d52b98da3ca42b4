// The health endpoints: whether the process runs, and whether it can serve.

import * as z from 'zod';
import { AppError } from '../core/errors.ts';
import { data, failure } from '../http/answer.ts';
import { dataDocs, type Documented } from '../http/route-docs.ts';
import type { PublicRoute } from '../http/router.ts';

/** @param checkReady rejects when the database cannot be written */
export function serviceRoutes(checkReady: () => Promise<void>): Documented<PublicRoute>[] {
  return [
    {
      method: 'GET',
      path: '/healthz',
      scope: 'public',
      isUnlimited: true,
      docs: {
        id: 'getHealth',
        tag: 'Service',
        summary: 'Ask whether the process runs',
        responses: { 200: dataDocs('It does.', z.object({ status: z.literal('ok') }), { status: 'ok' }) },
        errors: [],
      },
      handle: () => data({ status: 'ok' }),
    },
    {
      method: 'GET',
      path: '/readyz',
      scope: 'public',
      isUnlimited: true,
      docs: {
        id: 'getReadiness',
        tag: 'Service',
        summary: 'Ask whether the server can serve',
        description: 'It can when its database can be written.',
        responses: { 200: dataDocs('It can.', z.object({ status: z.literal('ready') }), { status: 'ready' }) },
        errors: ['UNAVAILABLE'],
      },
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
