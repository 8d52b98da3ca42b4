// How UrlGo.in speaks: `{"status":"fail","code":N,"error_key":"…","data":null,"message":"…"}` with the same HTTP status, and the key
// as a Bearer.

import { AppError, type ErrorCode } from '../../core/errors.ts';
import { type Answer, failure } from '../../http/answer.ts';
import { bearerSecret } from '../../http/auth.ts';
import type { Speech } from '../../http/speech.ts';

interface Failure {
  readonly code: number;
  readonly key: string;
  readonly message: string;
}

const invalid: Failure = { code: 422, key: 'VALIDATION_ERROR', message: 'The given data was invalid.' };
const dataNotFound: Failure = { code: 404, key: 'DATA_NOT_FOUND_ERROR', message: 'Short url not found.' };
const failures: Readonly<Partial<Record<ErrorCode, Failure>>> = {
  UNAUTHORIZED: { code: 401, key: 'UNAUTHENTICATED_ERROR', message: 'Unauthenticated.' },
  FORBIDDEN: { code: 403, key: 'FORBIDDEN_ERROR', message: 'This access token may not do that.' },
  LIMIT_REACHED: { code: 402, key: 'LIMIT_REACHED_ERROR', message: 'There is no room for another short url.' },
  // What a handler does not find it says itself.
  NOT_FOUND: { code: 404, key: 'ROUTE_NOT_FOUND_ERROR', message: 'Route not found.' },
  METHOD_NOT_ALLOWED: { code: 405, key: 'METHOD_NOT_ALLOWED_ERROR', message: 'Method not allowed.' },
  RATE_LIMITED: { code: 429, key: 'TOO_MANY_REQUESTS_ERROR', message: 'Too many requests.' },
  INTERNAL_ERROR: { code: 500, key: 'SERVER_ERROR', message: 'Server error.' },
  UNAVAILABLE: { code: 503, key: 'SERVER_ERROR', message: 'Server error.' },
};

/** By field, everything that is wrong with it. */
export type FieldMessages = Readonly<Record<string, readonly string[]>>;

function answer({ code, key, message }: Failure, data: FieldMessages | null = null): Answer {
  return { status: code, body: { status: 'fail', code, error_key: key, data, message } };
}

export function invalidFields(messages: FieldMessages): Answer {
  return answer(invalid, messages);
}

export function notFound(): Answer {
  return answer(dataNotFound);
}

export function success(data: unknown, message: string): Answer {
  return { status: 200, body: { status: 'success', code: 200, data, message } };
}

export const urlgoSpeech: Speech = {
  failure(error, headers) {
    const code = error instanceof AppError ? error.code : 'INTERNAL_ERROR';
    // Retry-After, where it helps to come again.
    return { ...answer(failures[code] ?? invalid), headers: failure(error, headers).headers ?? {} };
  },
  secretOf: ({ headers }) => bearerSecret(headers.authorization),
};
