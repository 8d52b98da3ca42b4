// How an API speaks: what its failures look like, and where a key stands in its requests. The native API has one way, and each
// dialect its own.

import type { IncomingHttpHeaders } from 'node:http';
import { type Answer, failure } from './answer.ts';
import { bearerSecret } from './auth.ts';
import { requireUtf8 } from './query-text.ts';

/** A request before it is known whose it is. */
export interface UnknownCaller {
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** The bytes of the body, of whatever kind; read once, when asked for. Throws PAYLOAD_TOO_LARGE. */
  readonly bytes: () => Promise<Buffer>;
}

export interface Speech {
  /** An error as this API's clients know it. Anything but an AppError is a bug of ours, and says nothing of the inside. */
  failure(error: unknown, headers?: Readonly<Record<string, string>>): Answer;
  /** The key that came with the request; undefined: none did. */
  secretOf(caller: UnknownCaller): string | undefined | Promise<string | undefined>;
  /** Throws where it can say that a query is no text; without it, such a query is read as well as it goes. */
  checkQuery?(text: string): void;
}

export const nativeSpeech: Speech = {
  failure,
  secretOf: ({ headers }) => bearerSecret(headers.authorization),
  checkQuery: requireUtf8,
};
