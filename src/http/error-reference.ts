// What each error code means to whoever calls the API, with a message of its kind: the table of errors in the documentation.

import type { ErrorCode, ErrorDetail } from '../core/errors.ts';

export interface ErrorReference {
  /** When it is answered. */
  readonly when: string;
  /** As one may read it. */
  readonly message: string;
  readonly details?: readonly ErrorDetail[];
}

function ofField(when: string, path: string, message: string): ErrorReference {
  return { when, message, details: [{ path, message }] };
}

export const errorReference: Readonly<Record<ErrorCode, ErrorReference>> = {
  VALIDATION_ERROR: ofField(
    'A field is missing, of the wrong type, out of range or unknown; or the body is no JSON.',
    'clickLimit',
    'clickLimit must be at least 1',
  ),
  INVALID_URL: ofField(
    'A destination is not an absolute http(s) URL, is too long, carries a user name or password, or leads back here.',
    'destinationUrl',
    'destinationUrl must be an absolute http:// or https:// URL',
  ),
  SLUG_RESERVED: ofField(
    "The slug is one of the server's own paths or of the operator's reserved words, or looks like one.",
    'slug',
    'slug is reserved',
  ),
  INVALID_EXPIRATION: ofField(
    '`expiresAt` is not a time with an offset, or lies in the past.',
    'expiresAt',
    'expiresAt lies in the past',
  ),
  PASSWORD_TOO_SHORT: ofField(
    'The password has fewer than 4 characters.',
    'password',
    'password is shorter than 4 characters',
  ),
  UNAUTHORIZED: {
    when: 'The API key is missing, malformed, unknown, revoked or expired.',
    message: 'the API key is not valid',
  },
  LIMIT_REACHED: { when: "The plan's quota is used up.", message: "your plan's limit on links is reached: 1000" },
  FORBIDDEN: { when: 'The key lacks the scope.', message: 'this key lacks the scope links:write' },
  DOMAIN_NOT_VERIFIED: {
    when: 'The domain is yours, but not verified yet.',
    message: 'the domain go.example is not verified yet',
  },
  NOT_FOUND: { when: "There is no such thing, or it is another user's.", message: 'no such link' },
  METHOD_NOT_ALLOWED: {
    when: 'The path is right, the method is not; `Allow` names those that are.',
    message: 'this path takes GET, HEAD, POST',
  },
  SLUG_EXISTS: ofField(
    'The slug is taken on that domain, perhaps by an archived link.',
    'slug',
    'slug is taken on this domain',
  ),
  CONFLICT: {
    when: 'Another value that has to be unique is taken.',
    message: 'go.example is already one of the custom domains',
  },
  PAYLOAD_TOO_LARGE: { when: 'The body is larger than 1 MiB.', message: 'a body may have 1048576 bytes at most' },
  UNSUPPORTED_MEDIA_TYPE: {
    when: 'The body is not `application/json`, or it is compressed.',
    message: 'the body must be application/json',
  },
  IDEMPOTENCY_KEY_REUSED: {
    when: 'The same `Idempotency-Key` came with another path, query or body, or with another of your API keys.',
    message: 'this Idempotency-Key was used for another request, or with another API key',
  },
  RATE_LIMITED: {
    when: 'Too many requests; `Retry-After` says in how many seconds to come again.',
    message: 'too many requests',
  },
  INTERNAL_ERROR: {
    when: 'A fault of the server. `X-Request-Id` ties it to the log.',
    message: 'something went wrong on our side',
  },
  UNAVAILABLE: {
    when: 'The server is busy, is being stopped or cannot write; `Retry-After` says when to try again.',
    message: 'too many writes are waiting',
  },
};
