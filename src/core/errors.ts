// The one error class: a stable code, a sentence for people, and the fields at fault.
// HTTP status is not decided here: each dialect maps codes to its own (`http/answer.ts` for the native one).

export const errorCodes = [
  'VALIDATION_ERROR',
  'INVALID_URL',
  'SLUG_RESERVED',
  'INVALID_EXPIRATION',
  'PASSWORD_TOO_SHORT',
  'UNAUTHORIZED',
  'LIMIT_REACHED',
  'FORBIDDEN',
  'DOMAIN_NOT_VERIFIED',
  'NOT_FOUND',
  'METHOD_NOT_ALLOWED',
  'SLUG_EXISTS',
  'CONFLICT',
  'PAYLOAD_TOO_LARGE',
  'UNSUPPORTED_MEDIA_TYPE',
  'IDEMPOTENCY_KEY_REUSED',
  'RATE_LIMITED',
  'INTERNAL_ERROR',
  'UNAVAILABLE',
] as const;

export type ErrorCode = (typeof errorCodes)[number];

/** One field at fault. `path` is dotted, as in `deviceTargets.mobile` or `tags.3`. */
export interface ErrorDetail {
  readonly path: string;
  readonly message: string;
}

interface AppErrorOptions extends ErrorOptions {
  readonly retryAfterS?: number;
  readonly isInactiveKey?: boolean;
}

/** A failure that the caller may see. Everything else that is thrown is a bug and is shown as INTERNAL_ERROR. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly details: readonly ErrorDetail[];
  /** Whole seconds after which it is worth trying again; undefined where nobody knows, or it would not help. */
  readonly retryAfterS: number | undefined;
  /** Of an UNAUTHORIZED: the key is a real one, revoked or expired. Some dialects tell; the native API does not. */
  readonly isInactiveKey: boolean;

  constructor(code: ErrorCode, message: string, details: readonly ErrorDetail[] = [], options?: AppErrorOptions) {
    super(message, options);
    this.name = 'AppError';
    this.code = code;
    this.details = details;
    this.retryAfterS = options?.retryAfterS;
    this.isInactiveKey = options?.isInactiveKey ?? false;
  }
}

/** A field at fault, as an error: `invalidField('slug', 'slug is longer than 100 characters')`. */
export function invalidField(path: string, message: string, code: ErrorCode = 'VALIDATION_ERROR'): AppError {
  return new AppError(code, message, [{ path, message }]);
}
