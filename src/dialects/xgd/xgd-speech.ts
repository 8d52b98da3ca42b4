// How X.gd speaks: `{"status":N,"message":"…"}`, by default with the HTTP status 200 whatever N is, and the key in the query.

import { AppError, type ErrorCode, invalidField } from '../../core/errors.ts';
import { failure, statusOf } from '../../http/answer.ts';
import { requireUtf8 } from '../../http/query-text.ts';
import type { Speech } from '../../http/speech.ts';

// What differs from the native API's.
const statuses: Readonly<Partial<Record<ErrorCode, number>>> = {
  SLUG_RESERVED: 409,
  LIMIT_REACHED: 409,
};
/** For these there is no shortening: the client asked for something that X.gd's API has not. */
const alwaysHttp: readonly number[] = [404, 405];

function statusFor({ code, isInactiveKey }: AppError): number {
  return isInactiveKey ? 403 : (statuses[code] ?? statusOf[code]);
}

function messageFor({ code, message }: AppError): string {
  if (code === 'RATE_LIMITED') return 'Too many requests.';
  return `${message.charAt(0).toUpperCase()}${message.slice(1)}.`;
}

/** One value of a parameter, or undefined where it is absent or empty. Throws VALIDATION_ERROR where it comes twice. */
export function parameter(query: URLSearchParams, name: string): string | undefined {
  const values = query.getAll(name).filter((value) => value !== '');
  if (values.length > 1) throw invalidField(name, `${name} is given more than once`);
  return values[0];
}

/** The same; throws VALIDATION_ERROR where it is absent, too. */
export function requiredParameter(query: URLSearchParams, name: string): string {
  const value = parameter(query, name);
  if (value === undefined) throw invalidField(name, `${name} is required`);
  return value;
}

/** @param tellsHttpStatus whether N is the HTTP status as well */
export function xgdSpeech(tellsHttpStatus: boolean): Speech {
  return {
    failure(error, headers) {
      if (!(error instanceof AppError)) {
        return this.failure(new AppError('INTERNAL_ERROR', 'something went wrong on our side'), headers);
      }
      const status = statusFor(error);
      return {
        status: tellsHttpStatus || alwaysHttp.includes(status) ? status : 200,
        body: { status, message: messageFor(error) },
        // Retry-After, where it helps to come again.
        headers: failure(error, headers).headers ?? {},
      };
    },
    secretOf: ({ query }) => requiredParameter(query, 'key'),
    checkQuery: requireUtf8,
  };
}
