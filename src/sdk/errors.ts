// What a call of the client can fail with. Every error is a SignpostError, except an abort, which throws the signal's own reason.

import type { ErrorAnswer } from './api-types.ts';

/** The documented codes. A proxy in between may answer with something else: then it is `HTTP_502` and the like. */
export type ErrorCode = ErrorAnswer['error']['code'] | `HTTP_${number}`;

export interface ErrorDetail {
  /** The field at fault, dotted: `tags.3`. */
  readonly path: string;
  readonly message: string;
}

export class SignpostError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

export interface ApiErrorFields {
  readonly code: ErrorCode;
  readonly status: number;
  readonly details: readonly ErrorDetail[];
  readonly requestId: string | undefined;
  readonly retryAfterMs: number | undefined;
}

/** The server answered, and said no. */
export class ApiError extends SignpostError {
  /** Stays the same from version to version: decide by it. */
  readonly code: ErrorCode;
  /** Of the HTTP answer. */
  readonly status: number;
  /** Every field at fault, where fields are. */
  readonly details: readonly ErrorDetail[];
  /** Ties the answer to the server's log. */
  readonly requestId: string | undefined;
  /** How long the server asks to wait before the next try; undefined where it says nothing. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, { code, status, details, requestId, retryAfterMs }: ApiErrorFields) {
    super(message);
    this.code = code;
    this.status = status;
    this.details = details;
    this.requestId = requestId;
    this.retryAfterMs = retryAfterMs;
  }
}

/** There was no answer: no connection, one that broke, or one that is no HTTP. `cause` says more. A call that cannot be sent at all
 * throws a TypeError or a RangeError instead: what it was given is wrong. */
export class ConnectionError extends SignpostError {}

/** The answer did not come in time. */
export class TimeoutError extends ConnectionError {}

/** A webhook's request is not from the server, was changed on its way, or is too old. */
export class WebhookSignatureError extends SignpostError {}
