// Counts requests by method, route and status, and how long redirects take. Routes are templates, never paths: a path is a
// visitor's business, and there would be no end of them.

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import type { Clock } from '../core/clock.ts';
import type { Sample } from '../core/exposition.ts';
import { Histogram } from '../core/histogram.ts';
import type { RedirectStatus } from '../links/link.ts';

/** Where short links are opened. */
export const slugRoute = '/:slug';
const unknownRoute = 'other';

const redirectBoundsMs = [0.25, 0.5, 1, 2, 3, 5, 7.5, 10, 15, 25, 50, 100, 250, 500, 1_000, 2_500];
const directStatuses = [301, 302, 307, 308] as const satisfies readonly RedirectStatus[];
const directMethods = ['GET', 'HEAD'] as const;

interface Measured {
  readonly startedAt: number;
  route: string;
}

interface Count {
  readonly method: string;
  readonly route: string;
  readonly status: string;
  count: number;
}

/** The part of a meter that a connection needs which answers redirects itself. */
export interface RedirectMeter {
  now(): number;
  /** @param startedAt as `now` said when the request was read */
  redirected(method: string, status: RedirectStatus, startedAt: number, requestId: string): void;
}

export class RequestMeter implements RedirectMeter {
  /** From the request read to the redirect written, in between the commit of its click. */
  readonly redirectLatency = new Histogram(redirectBoundsMs);
  readonly #clock: Clock;
  readonly #log: Logger;
  /** By method and status: no text is put together for a redirect on the socket. */
  readonly #direct = new Float64Array(directMethods.length * directStatuses.length);
  readonly #counts = new Map<string, Count>();
  readonly #measured = new WeakMap<ServerResponse, Measured>();

  constructor(clock: Clock, log: Logger) {
    this.#clock = clock;
    this.#log = log;
  }

  now(): number {
    return this.#clock.monotonic();
  }

  redirected(method: string, status: RedirectStatus, startedAt: number, requestId: string): void {
    const isHead = method === 'HEAD' ? 1 : 0;
    this.#direct[isHead * directStatuses.length + directStatuses.indexOf(status)]!++;
    this.redirectLatency.observe(this.now() - startedAt, requestId);
  }

  /** Counts the request once its answer is out, or its client gone. */
  begin(request: IncomingMessage, response: ServerResponse): void {
    const measured: Measured = { startedAt: this.now(), route: unknownRoute };
    this.#measured.set(response, measured);
    response.once('close', () => this.#end(request, response, measured));
  }

  /** Which route it is that answers. */
  routed(response: ServerResponse, route: string): void {
    const measured = this.#measured.get(response);
    if (measured !== undefined) measured.route = route;
  }

  samples(): Sample[] {
    const direct = [...this.#direct].map((value, index): Sample => {
      const method = directMethods[index < directStatuses.length ? 0 : 1];
      return {
        labels: { method, route: slugRoute, status: String(directStatuses[index % directStatuses.length]) },
        value,
      };
    });
    const byLabels = new Map(direct.map((sample) => [JSON.stringify(sample.labels), sample]));
    for (const { method, route, status, count } of this.#counts.values()) {
      const labels = { method, route, status };
      const key = JSON.stringify(labels);
      byLabels.set(key, { labels, value: count + (byLabels.get(key)?.value ?? 0) });
    }
    return [...byLabels.values()].filter(({ value }) => value > 0);
  }

  #end(request: IncomingMessage, response: ServerResponse, { startedAt, route }: Measured): void {
    const method = request.method ?? 'GET';
    // Without an answer the client has left, or it was dropped.
    const status = response.headersSent ? String(response.statusCode) : 'none';
    const key = `${method} ${route} ${status}`;
    let counted = this.#counts.get(key);
    // Methods, routes and statuses are of our own making, so this map stays small.
    if (counted === undefined) this.#counts.set(key, (counted = { method, route, status, count: 0 }));
    counted.count++;
    const ms = this.now() - startedAt;
    const id = response.getHeader('x-request-id');
    const requestId = typeof id === 'string' ? id : undefined;
    if (route === slugRoute && status.startsWith('3')) this.redirectLatency.observe(ms, requestId);
    this.#log.debug({ requestId, method, route, status, ms: Math.round(ms * 1_000) / 1_000 }, 'answered');
  }
}
