// The native envelope: what an API route returns, and how it goes out. The one place where an error code gets its HTTP status.

import type { IncomingMessage, ServerResponse } from 'node:http';
import { finished } from 'node:stream';
import { AppError, type ErrorCode } from '../core/errors.ts';

export const statusOf: Readonly<Record<ErrorCode, number>> = {
  VALIDATION_ERROR: 400,
  INVALID_URL: 400,
  SLUG_RESERVED: 400,
  INVALID_EXPIRATION: 400,
  PASSWORD_TOO_SHORT: 400,
  UNAUTHORIZED: 401,
  LIMIT_REACHED: 402,
  FORBIDDEN: 403,
  DOMAIN_NOT_VERIFIED: 403,
  NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  SLUG_EXISTS: 409,
  CONFLICT: 409,
  PAYLOAD_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA_TYPE: 415,
  IDEMPOTENCY_KEY_REUSED: 422,
  RATE_LIMITED: 429,
  INTERNAL_ERROR: 500,
  UNAVAILABLE: 503,
};

/**
 * What a route returns: a status, a JSON value (undefined: no body) and headers of its own. Bytes go out as they are, and
 * need a Content-Type among the headers.
 */
export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Called just before a body is streamed, and only then. What it throws is answered instead: there is no room for one more. */
  readonly begin?: () => void;
  /** Writes the body, once the head is out, and ends it; not asked for HEAD. Resolves when that is done, rejects when it broke off. */
  readonly stream?: (response: ServerResponse) => Promise<void>;
}

export interface ListMeta {
  /** null where a cursor was followed. */
  readonly page: number | null;
  readonly perPage: number;
  readonly total: number;
  readonly hasMore: boolean;
  /** Leads to the next page however the list changes meanwhile; null on the last one. */
  readonly nextCursor: string | null;
}

export function data(value: unknown, status = 200): Answer {
  return { status, body: { success: true, data: value } };
}

export function list(values: readonly unknown[], meta: ListMeta): Answer {
  return { status: 200, body: { success: true, data: values, meta } };
}

export const noContent: Answer = { status: 204, body: undefined };

/** The error envelope. Anything but an AppError is a bug of ours and says nothing of the inside. */
export function failure(error: unknown, headers: Readonly<Record<string, string>> = {}): Answer {
  if (!(error instanceof AppError))
    return failure(new AppError('INTERNAL_ERROR', 'something went wrong on our side'), headers);
  const { code, message, details, retryAfterS } = error;
  const shown = details.length > 0 ? { code, message, details } : { code, message };
  const mayRetry = retryAfterS !== undefined || code === 'UNAVAILABLE' || code === 'RATE_LIMITED';
  const retry: Record<string, string> = mayRetry ? { 'Retry-After': String(retryAfterS ?? 1) } : {};
  return { status: statusOf[code], body: { success: false, error: shown }, headers: { ...retry, ...headers } };
}

function hasMoreToCome({ complete, headers }: IncomingMessage): boolean {
  if (complete) return false;
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/**
 * Ends an answer whose head is written. Where the request's body is still arriving, the client has the whole answer at
 * once, but the end waits until the rest is read and dropped: to close on unread bytes is to reset the connection, and
 * many a client would then never see what was wrong. The listener's request timeout bounds the wait.
 */
export function endAnswer(response: ServerResponse, text?: string | Uint8Array): void {
  const { req } = response;
  if (!hasMoreToCome(req)) {
    response.end(text);
    return;
  }
  if (text === undefined) response.flushHeaders();
  else response.write(text);
  finished(req, { writable: false }, () => response.end());
  req.resume();
}

/**
 * Writes an answer, as JSON unless it is bytes or a stream; HEAD gets the headers alone. Throws what the answer's `begin` throws.
 * @param onBroken told when a stream broke off, for another reason than that the client went away
 */
export function send(
  response: ServerResponse,
  { status, body, headers = {}, begin, stream }: Answer,
  onBroken: (error: unknown) => void = () => {},
): void {
  const isStreamed = stream !== undefined && response.req.method !== 'HEAD';
  // Before any header is set: those of an error are others.
  if (isStreamed) begin?.();
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  if (isStreamed) {
    response.writeHead(status);
    stream(response).catch((error: unknown) => {
      const hasClientLeft = error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE';
      if (!hasClientLeft) onBroken(error);
      response.destroy();
    });
    return;
  }
  if (body === undefined) {
    endAnswer(response.writeHead(status));
    return;
  }
  const text = body instanceof Uint8Array ? body : JSON.stringify(body);
  if (typeof text === 'string') response.setHeader('Content-Type', 'application/json; charset=utf-8');
  response.setHeader('Content-Length', Buffer.byteLength(text));
  if (!response.hasHeader('Cache-Control')) response.setHeader('Cache-Control', 'no-store');
  endAnswer(response.writeHead(status), response.req.method === 'HEAD' ? undefined : text);
}
