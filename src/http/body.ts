// Reads a JSON body within its limits: size, nesting, media type, valid UTF-8. What it returns holds no prototype tricks.

import type { IncomingMessage } from 'node:http';
import { AppError } from '../core/errors.ts';

export const maxBodyBytes = 1024 * 1024;
const maxDepth = 32;

const utf8 = new TextDecoder('utf-8', { fatal: true });

function tooLarge(maxBytes: number): AppError {
  return new AppError('PAYLOAD_TOO_LARGE', `a body may have ${maxBytes} bytes at most`);
}

/** The whole body; rejects with PAYLOAD_TOO_LARGE, or with the request's own error where the client went away. */
export function readBytes(request: IncomingMessage, maxBytes = maxBodyBytes): Promise<Buffer> {
  // A body that says it is too large is not read at all.
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) return Promise.reject(tooLarge(maxBytes));
  // By events: to loop over the stream would take a fifth of all that a small request costs.
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const stop = (): void => {
      request.off('data', take).off('end', end).off('error', fail).off('close', leave);
    };
    const take = (chunk: Buffer): void => {
      size += chunk.length;
      chunks.push(chunk);
      if (size <= maxBytes) return;
      stop();
      // Not destroyed: the answer still has to go out, and with it the rest is read and dropped.
      request.pause();
      reject(tooLarge(maxBytes));
    };
    const end = (): void => {
      stop();
      resolve(Buffer.concat(chunks, size));
    };
    const fail = (error: Error): void => {
      stop();
      reject(error);
    };
    const leave = (): void => fail(request.errored ?? new Error('the request ended before its body did'));
    if (request.destroyed) leave();
    else request.on('data', take).on('end', end).on('error', fail).on('close', leave);
  });
}

/** Nesting is counted in the text, before the parser builds anything. */
function isTooDeep(text: string): boolean {
  let depth = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const character = text.charCodeAt(i);
    if (inString) {
      if (character === 0x5c) i++;
      else if (character === 0x22) inString = false;
    } else if (character === 0x22) inString = true;
    else if (character === 0x7b || character === 0x5b) {
      if (++depth > maxDepth) return true;
    } else if (character === 0x7d || character === 0x5d) depth--;
  }
  return false;
}

/** Throws VALIDATION_ERROR. */
export function parseJson(bytes: Buffer): unknown {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch (cause) {
    throw new AppError('VALIDATION_ERROR', 'the body is not valid UTF-8', [], { cause });
  }
  if (text.trim() === '') throw new AppError('VALIDATION_ERROR', 'a JSON body is required');
  if (isTooDeep(text)) throw new AppError('VALIDATION_ERROR', `the body nests deeper than ${maxDepth} levels`);
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new AppError('VALIDATION_ERROR', 'the body is not valid JSON', [], { cause });
  }
}

export function isJson(contentType: string | undefined): boolean {
  if (contentType === undefined) return true;
  const type = contentType.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  return type === 'application/json' || (type.startsWith('application/') && type.endsWith('+json'));
}

/** Throws UNSUPPORTED_MEDIA_TYPE unless the body says it is JSON. A missing Content-Type is taken for JSON: many scripts forget it. */
export function requireJson({ headers }: IncomingMessage): void {
  if (!isJson(headers['content-type']))
    throw new AppError('UNSUPPORTED_MEDIA_TYPE', 'the body must be application/json');
  if (headers['content-encoding'] !== undefined)
    throw new AppError('UNSUPPORTED_MEDIA_TYPE', 'the body must not be compressed');
}

/** Whether the request comes with a body, be it an empty one in chunks. */
export function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

/** The request's JSON value. */
export async function readJson(request: IncomingMessage, maxBytes = maxBodyBytes): Promise<unknown> {
  requireJson(request);
  return parseJson(await readBytes(request, maxBytes));
}
