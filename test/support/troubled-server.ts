// What goes wrong on the way to a server, for clients that have to live with it: a server that stands before the real one.

import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

const servers: Server[] = [];

/** To be said in an `after`. */
export function closeTroubledServers(): void {
  for (const server of servers) server.close().closeAllConnections();
}

interface Received {
  readonly method: string;
  readonly path: string;
  readonly idempotencyKey: string | undefined;
}

/** Answers a request itself and says so, or leaves it to the real server. The tries are counted from 1. */
export type Trouble = (request: IncomingMessage, response: ServerResponse, tries: number) => boolean;

export interface TroubledServer {
  readonly address: string;
  /** Every request that came. */
  readonly received: readonly Received[];
  readonly close: () => Promise<void>;
}

/** @param behind the address of the real server */
export async function troubledServer(behind: string, trouble: Trouble): Promise<TroubledServer> {
  const received: Received[] = [];
  const between = createServer((request, response) => {
    const { method = '', url = '', headers } = request;
    received.push({ method, path: url, idempotencyKey: headers['idempotency-key'] as string | undefined });
    if (trouble(request, response, received.length)) return;
    void (async () => {
      const body = Buffer.concat(await request.toArray());
      const own = { authorization: headers.authorization!, 'idempotency-key': headers['idempotency-key'] as string };
      const answer = await fetch(`${behind}${url}`, {
        method,
        headers: {
          'content-type': 'application/json',
          ...(method === 'POST' ? own : { authorization: own.authorization }),
        },
        ...(body.length > 0 ? { body } : {}),
      });
      response.writeHead(answer.status, { 'content-type': 'application/json' });
      response.end(Buffer.from(await answer.arrayBuffer()));
    })();
  });
  servers.push(between);
  between.listen(0, '127.0.0.1');
  await once(between, 'listening');
  return {
    address: `http://127.0.0.1:${(between.address() as AddressInfo).port}`,
    received,
    close: () => new Promise((resolve) => between.close(() => resolve())),
  };
}
