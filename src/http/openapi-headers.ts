// The headers that answers share, described once.

import type { OpenApiHeader, Reference } from './openapi-shape.ts';

export const sharedHeaders: Readonly<Record<string, OpenApiHeader>> = {
  'X-Request-Id': {
    description: 'Ties the answer to the log of the server.',
    required: true,
    schema: { type: 'string' },
  },
  'X-RateLimit-Limit': { description: 'Requests a minute that the plan allows.', schema: { type: 'integer' } },
  'X-RateLimit-Remaining': { description: 'How many are left now.', schema: { type: 'integer' } },
  'X-RateLimit-Reset': {
    description: 'When all of them are there again, in Unix seconds.',
    schema: { type: 'integer' },
  },
  'RateLimit-Policy': { description: 'The limit, as the IETF draft writes it.', schema: { type: 'string' } },
  RateLimit: { description: 'What is left, as the IETF draft writes it.', schema: { type: 'string' } },
  'Retry-After': { description: 'Seconds to wait before the next try.', required: true, schema: { type: 'integer' } },
  'WWW-Authenticate': { description: 'Always `Bearer`.', required: true, schema: { type: 'string' } },
};
/** Those of every answer to a key. */
export const rateLimitHeaders = Object.keys(sharedHeaders).filter((name) => /RateLimit/.test(name));

export function headerRefs(names: readonly string[]): Record<string, Reference> {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}
