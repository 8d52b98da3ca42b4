// Answers on connections where there is no request to respond to: what came is no HTTP, or is not whole.

import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { IncomingMessage as HttpRequest, STATUS_CODES } from '../core/node-http.ts';
import type { Answer } from './answer.ts';
import { nextRequestId } from './request-id.ts';

const lingerMs = 1_000; // for a client to read what it was told, and close

/** The request that these bytes begin, as far as its path and host go; undefined where its path is not among them. */
export function startOf(bytes: Buffer | undefined, socket: Socket, maxBytes: number): IncomingMessage | undefined {
  const head = bytes?.toString('latin1', 0, maxBytes);
  const [, method, path] = /^(?:\r\n)*([^\s]+) (\/[^ \r\n]*)/.exec(head ?? '') ?? [];
  if (head === undefined || method === undefined || path === undefined) return undefined;
  const request = new HttpRequest(socket);
  request.method = method;
  request.url = path;
  const host = /\r\nhost:[ \t]*([^\r\n]*)/i.exec(head)?.[1];
  if (host !== undefined) request.headers.host = host;
  return request;
}

/** Writes a JSON answer, and ends the connection. */
export function answerRaw(socket: Socket, { status, body, headers = {} }: Answer): void {
  const text = JSON.stringify(body);
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(text)}`,
    'Cache-Control: no-store',
    `X-Request-Id: ${nextRequestId()}`,
    'Connection: close',
  ];
  hangUp(socket, `${head.join('\r\n')}\r\n\r\n${text}`);
}

/** Closes gently, so that the client can read what it was told, and cuts off one that stays on regardless. */
export function hangUp(socket: Socket, lastWords = ''): void {
  socket.end(lastWords);
  const lingering = setTimeout(() => socket.destroy(), lingerMs);
  socket.once('close', () => clearTimeout(lingering));
  // After CONNECT the socket is nobody's, and a reset without a listener would end the process.
  socket.on('error', () => socket.destroy());
}
