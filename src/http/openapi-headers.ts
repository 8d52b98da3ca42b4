// The headers that answers share, described once.

import type { OpenApiHeader, Reference } from './openapi-shape.ts';

function header(description: string, type: 'string' | 'integer'): OpenApiHeader {
  return { description, required: true, schema: { type } };
}

export const sharedHeaders: Readonly<Record<string, OpenApiHeader>> = {
  'X-Request-Id': header('Ties the answer to the log of the server.', 'string'),
  'X-RateLimit-Limit': header('Requests a minute that the plan allows.', 'integer'),
  'X-RateLimit-Remaining': header('How many are left now.', 'integer'),
  'X-RateLimit-Reset': header('When all of them are there again, in Unix seconds.', 'integer'),
  'RateLimit-Policy': header('The limit, as the IETF draft writes it.', 'string'),
  RateLimit: header('What is left, as the IETF draft writes it.', 'string'),
  'Retry-After': header('Seconds to wait before the next try.', 'integer'),
  'WWW-Authenticate': header('Always `Bearer`.', 'string'),
};

/** Those of every answer to a key. */
export const rateLimitHeaders = Object.keys(sharedHeaders).filter((name) => name.includes('RateLimit'));

export function headerRefs(names: readonly string[]): Record<string, Reference> {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}
