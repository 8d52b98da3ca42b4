// The health endpoints as the description of the API has them.

import * as z from 'zod';
import { dataDocs, type Documented } from '../http/route-docs.ts';
import type { PublicRoute } from '../http/router.ts';
import { type HealthChecks, healthRoutes } from './health.ts';

export function serviceRoutes(health: HealthChecks): Documented<PublicRoute>[] {
  const [live, ready] = healthRoutes(health);
  return [
    {
      ...live,
      docs: {
        id: 'getHealth',
        tag: 'Service',
        summary: 'Ask whether the process runs',
        responses: { 200: dataDocs('It does.', z.object({ status: z.literal('ok') }), { status: 'ok' }) },
        errors: [],
      },
    },
    {
      ...ready,
      docs: {
        id: 'getReadiness',
        tag: 'Service',
        summary: 'Ask whether the server can serve',
        description: 'It can when its database can be written.',
        responses: { 200: dataDocs('It can.', z.object({ status: z.literal('ready') }), { status: 'ready' }) },
        errors: ['UNAVAILABLE'],
      },
    },
  ];
}
