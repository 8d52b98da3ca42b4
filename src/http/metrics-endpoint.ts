// GET /metrics: the server's figures for a monitoring system, for those with the token, on the main listener or on one of its own.

import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import { createServer } from '../core/node-http.ts';
import { contentTypes, expose, type Family, formatFor } from '../core/exposition.ts';
import { nextRequestId } from './request-id.ts';
import { pathOf } from './request-path.ts';

export const metricsPath = '/metrics';

const maxConnections = 32;
const timeoutMs = 10_000;

function hashOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, {
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': Buffer.byteLength(text),
    'Cache-Control': 'no-store',
    'X-Request-Id': nextRequestId(),
    ...headers,
  });
  response.end(request.method === 'HEAD' ? undefined : text);
}

export class MetricsEndpoint {
  readonly #gather: () => readonly Family[];
  readonly #tokenHash: Buffer | undefined;
  readonly #log: Logger;
  #server: Server | undefined;

  /** @param token undefined: anybody may ask */
  constructor(gather: () => readonly Family[], token: string | undefined, log: Logger) {
    this.#gather = gather;
    this.#log = log;
    this.#tokenHash = token === undefined ? undefined : hashOf(token);
  }

  /** Answers a request for /metrics. */
  handle(request: IncomingMessage, response: ServerResponse): void {
    if (request.method !== 'GET' && request.method !== 'HEAD')
      answer(request, response, 405, 'this path takes GET, HEAD\n', { Allow: 'GET, HEAD' });
    else if (!this.#isAllowed(request))
      answer(request, response, 401, 'the token is missing or wrong\n', { 'WWW-Authenticate': 'Bearer' });
    // Requests come before timers: a process that stood still would be asked before the watch of the event loop has seen it.
    else setTimeout(() => this.#tell(request, response), 1);
  }

  #tell(request: IncomingMessage, response: ServerResponse): void {
    const format = formatFor(request.headers.accept);
    let text: string;
    try {
      text = expose(this.#gather(), format);
    } catch (err) {
      this.#log.error({ err }, 'the figures cannot be gathered');
      return answer(request, response, 500, 'the figures cannot be gathered\n');
    }
    answer(request, response, 200, text, { 'Content-Type': contentTypes[format] });
  }

  /**
   * Answers on an address of its own, too. Rejects when that cannot be used.
   * @param address as in `127.0.0.1:9464`, `[::1]:9464`
   * @returns where it listens
   */
  async listen(address: string): Promise<string> {
    const { hostname, port } = new URL(`http://${address}`);
    const host = hostname.replaceAll(/[[\]]/g, '');
    const server = createServer(
      { headersTimeout: timeoutMs, requestTimeout: timeoutMs, keepAliveTimeout: timeoutMs },
      (request, response) => {
        if (pathOf(request) === metricsPath) this.handle(request, response);
        else answer(request, response, 404, `only ${metricsPath} is here\n`);
      },
    );
    server.maxConnections = maxConnections;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      // An URL leaves out the port that is its scheme's own.
      server.listen({ host, port: port === '' ? 80 : Number(port) }, () => {
        server.removeListener('error', reject);
        resolve();
      });
    });
    this.#server = server;
    const bound = server.address();
    return typeof bound === 'object' && bound !== null ? `http://${hostname}:${bound.port}${metricsPath}` : address;
  }

  close(): void {
    this.#server?.close();
    this.#server?.closeAllConnections();
  }

  #isAllowed(request: IncomingMessage): boolean {
    if (this.#tokenHash === undefined) return true;
    const { authorization = '' } = request.headers;
    const given = /^bearer +(\S+)$/i.exec(authorization)?.[1] ?? '';
    // Hashes are of one length, and comparing them tells nothing of how far a guess was right.
    return timingSafeEqual(hashOf(given), this.#tokenHash);
  }
}
