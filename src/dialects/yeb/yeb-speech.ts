// How yeb.to speaks: `{"error":"…","code":N}` with the same HTTP status, and the key as `api_key` in the body or as a Bearer.

import { AppError, type ErrorCode } from '../../core/errors.ts';
import { failure, statusOf } from '../../http/answer.ts';
import { bearerSecret } from '../../http/auth.ts';
import type { Speech } from '../../http/speech.ts';
import { readYebBody } from './yeb-body.ts';

// What differs from the native API's.
const statuses: Readonly<Partial<Record<ErrorCode, number>>> = {
  VALIDATION_ERROR: 422,
  INVALID_URL: 422,
  SLUG_RESERVED: 422,
  INVALID_EXPIRATION: 422,
  PASSWORD_TOO_SHORT: 422,
  SLUG_EXISTS: 422,
  CONFLICT: 422,
  LIMIT_REACHED: 403,
  PAYLOAD_TOO_LARGE: 400,
  UNSUPPORTED_MEDIA_TYPE: 400,
};

function statusFor({ code, details, isInactiveKey }: AppError): number {
  if (isInactiveKey) return 403;
  // No field is at fault: the body could not be read so far.
  if (code === 'VALIDATION_ERROR' && details.length === 0) return 400;
  return statuses[code] ?? statusOf[code];
}

export const yebSpeech: Speech = {
  failure(error, headers) {
    if (!(error instanceof AppError)) {
      return this.failure(new AppError('INTERNAL_ERROR', 'something went wrong on our side'), headers);
    }
    const code = statusFor(error);
    const message = error.isInactiveKey ? 'api_key is not active' : (error.details[0]?.message ?? error.message);
    // Retry-After, where it helps to come again.
    return { status: code, body: { error: message, code }, headers: failure(error, headers).headers ?? {} };
  },
  async secretOf({ headers, bytes }) {
    const { api_key: key = null } = (await readYebBody(headers, bytes)).fields;
    if (key !== null && typeof key !== 'string') throw new AppError('UNAUTHORIZED', 'api_key must be a string');
    const secret = key === null || key === '' ? bearerSecret(headers.authorization) : key;
    if (secret === undefined) throw new AppError('UNAUTHORIZED', 'api_key is required');
    return secret;
  },
};
