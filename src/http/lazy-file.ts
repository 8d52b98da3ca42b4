// A file that is made when somebody first asks for it, since the server has to be ready before that, and then kept.

import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import type { Answer } from './answer.ts';

interface MadeFile {
  readonly bytes: Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

/** Whether the client has what this ETag stands for already, as its If-None-Match says. */
export function knowsTag(headers: IncomingHttpHeaders, etag: string): boolean {
  const known = headers['if-none-match']?.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return known?.some((tag) => tag === '*' || tag === etag) ?? false;
}

export class LazyFile {
  readonly #make: () => string;
  readonly #headers: Readonly<Record<string, string>>;
  #made: MadeFile | undefined;

  /** @param headers of every answer, Content-Type among them */
  constructor(headers: Readonly<Record<string, string>>, make: () => string) {
    this.#headers = headers;
    this.#make = make;
  }

  /** The file, or 304 to a client that has it already. */
  answer(request: { readonly headers: IncomingHttpHeaders }): Answer {
    const { bytes, headers } = (this.#made ??= this.#makeNow());
    return knowsTag(request.headers, headers['ETag'] as string)
      ? { status: 304, body: undefined, headers }
      : { status: 200, body: bytes, headers };
  }

  #makeNow(): MadeFile {
    const bytes = Buffer.from(this.#make());
    const digest = createHash('sha256').update(bytes).digest('base64url').slice(0, 22);
    // Kept, but asked about each time: after an update of the server it may be another one.
    return { bytes, headers: { ...this.#headers, 'Cache-Control': 'no-cache', ETag: `"${digest}"` } };
  }
}
