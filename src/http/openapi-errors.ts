// The errors that operations may answer, by status: those that a route names, and those that every route of its kind has.

import { type ErrorCode, errorCodes } from '../core/errors.ts';
import { statusOf } from './answer.ts';
import { errorReference } from './error-reference.ts';
import { headerRefs } from './openapi-headers.ts';
import { schemaPrefix } from './openapi-schemas.ts';
import type { OpenApiResponse, Reference } from './openapi-shape.ts';
import { type DocumentedRoute, json } from './route-docs.ts';

function headersOfError(code: ErrorCode): string[] {
  if (code === 'UNAUTHORIZED') return ['X-Request-Id', 'WWW-Authenticate'];
  const mayRetry = code === 'RATE_LIMITED' || code === 'UNAVAILABLE';
  return mayRetry ? ['X-Request-Id', 'Retry-After'] : ['X-Request-Id'];
}

/** What any route of its kind may answer, and what this one says of itself. */
export function errorsOf({ method, scope, docs }: DocumentedRoute): ErrorCode[] {
  const found = new Set<ErrorCode>(docs.errors);
  const takesBody = docs.body !== undefined;
  if (takesBody || docs.query !== undefined || docs.takesIdempotencyKey) found.add('VALIDATION_ERROR');
  if (takesBody) found.add('PAYLOAD_TOO_LARGE').add('UNSUPPORTED_MEDIA_TYPE');
  if (docs.takesIdempotencyKey) found.add('IDEMPOTENCY_KEY_REUSED');
  if (scope !== 'public') found.add('UNAUTHORIZED').add('RATE_LIMITED');
  if (scope !== 'public' && scope !== 'any-key') found.add('FORBIDDEN');
  if (method !== 'GET') found.add('UNAVAILABLE');
  found.add('INTERNAL_ERROR');
  return errorCodes.filter((code) => found.has(code));
}

const errorRef = { $ref: `${schemaPrefix}Error` };

function errorExample(code: ErrorCode): { value: unknown } {
  const { message, details } = errorReference[code];
  return { value: { success: false, error: { code, message, ...(details && { details }) } } };
}

/** One response for errors that share a status: the error envelope with one of their codes. */
export function errorResponse(codes: readonly ErrorCode[]): OpenApiResponse {
  const names = new Set(codes.flatMap(headersOfError));
  const narrowed = { properties: { error: { properties: { code: { enum: [...codes] } } } } };
  return {
    description: codes.map((code) => `\`${code}\`: ${errorReference[code].when}`).join('\n\n'),
    headers: headerRefs([...names]),
    content: {
      [json]: {
        schema: { ...errorRef, ...narrowed },
        examples: Object.fromEntries(codes.map((code) => [code, errorExample(code)])),
      },
    },
  };
}

/** By status; an error that comes alone is a reference to the one description of it. */
export function errorResponses(codes: readonly ErrorCode[]): Record<string, OpenApiResponse | Reference> {
  const byStatus = Map.groupBy(codes, (code) => String(statusOf[code]));
  return Object.fromEntries(
    [...byStatus].map(([status, same]) => [
      status,
      same.length === 1 ? { $ref: `#/components/responses/${same[0]}` } : errorResponse(same),
    ]),
  );
}
