// Answers that are written while they are made: memory stays flat however long they get, because nothing is made before the client
// has taken what was there. Compressed where the client asks for that.

import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { Answer } from './answer.ts';

/** A client that takes nothing for so long is gone, or might as well be: it would keep its place for ever. */
const maxStallMs = 60_000;

/** Bounds how many answers are being streamed at once. */
interface Room {
  /** Throws where there is none left. */
  enter(): void;
  leave(): void;
}

interface Streamed {
  /** Content-Type. */
  readonly type: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Of the request. */
  readonly asked: IncomingHttpHeaders;
  readonly room: Room;
  /** Another time than every other answer's in which a client has to take something. */
  readonly stallMs?: number;
  /** Asked for one after the other; not at all for HEAD. */
  readonly chunks: () => AsyncIterable<string | Uint8Array>;
}

/** Whether the client takes gzip: named, or by `*`, with a weight above 0. */
export function acceptsGzip({ 'accept-encoding': header = '' }: IncomingHttpHeaders): boolean {
  let any = false;
  for (const item of (Array.isArray(header) ? header.join(',') : header).split(',')) {
    const [coding = '', ...parameters] = item.split(';').map((part) => part.trim().toLowerCase());
    const weight = parameters.find((parameter) => parameter.startsWith('q='));
    const isWanted = weight === undefined || Number(weight.slice(2)) > 0;
    if (coding === 'gzip' || coding === 'x-gzip') return isWanted;
    if (coding === '*') any = isWanted;
  }
  return any;
}

/** An answer of status 200. An error in its middle breaks the connection off, so that nobody takes a part for the whole. */
export function streamed({ type, headers = {}, asked, room, stallMs = maxStallMs, chunks }: Streamed): Answer {
  const isGzipped = acceptsGzip(asked);
  return {
    status: 200,
    body: undefined,
    headers: {
      'Content-Type': type,
      'Cache-Control': 'no-store',
      Vary: 'Accept, Accept-Encoding',
      'X-Content-Type-Options': 'nosniff',
      ...(isGzipped ? { 'Content-Encoding': 'gzip' } : {}),
      ...headers,
    },
    begin: () => room.enter(),
    async stream(response: ServerResponse) {
      // Also when nothing is sent because the next rows are not found yet: that is not the client's fault.
      response.setTimeout(stallMs, () => {
        if (response.writableNeedDrain) response.destroy();
      });
      try {
        const source = Readable.from(chunks(), { objectMode: false, highWaterMark: 1 });
        if (isGzipped) await pipeline(source, createGzip(), response);
        else await pipeline(source, response);
      } finally {
        room.leave();
      }
    },
  };
}
