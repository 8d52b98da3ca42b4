// The connections of our own requests, kept for the next one: each is a client of undici's and has one request at a time. Loaded with
// the first request that is sent.

import type { Socket } from 'node:net';
import type { buildConnector, Dispatcher } from 'undici';
// Without the rest of the package (fetch, WebSocket, caches, proxies), which costs every thread that loads it another 11 MB.
import Client from 'undici/lib/dispatcher/client.js';
import type { Scheme } from './address-rules.ts';
import type { GuardedConnector } from './guarded-connector.ts';

const maxIdleMs = 10_000;
const maxIdlePerOrigin = 8;

/** A connection that whoever sends by it has alone. */
export interface Line {
  /** True while it is a connection by which an answer has come: the other side may be closing it. */
  readonly isUsed: boolean;
  send(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): void;
  /** After a whole answer: it may be used again. */
  keep(): void;
  /** What is being sent by it fails. */
  end(): void;
}

export class Connections {
  readonly #connector: GuardedConnector;
  readonly #all = new Set<KeptLine>();
  readonly #idle = new Map<string, KeptLine[]>();

  constructor(connector: GuardedConnector) {
    this.#connector = connector;
  }

  /** One that is idle, else a new one. */
  take(origin: string): Line {
    return this.#idle.get(origin)?.pop() ?? this.open(origin);
  }

  /** One that connects with its first request. */
  open(origin: string): Line {
    const line = new KeptLine(origin, this.#connector, {
      idle: () => this.#keep(origin, line),
      gone: () => this.#forget(origin, line),
    });
    this.#all.add(line);
    return line;
  }

  /** Ends all of them. */
  close(): void {
    for (const line of this.#all) line.end();
  }

  #keep(origin: string, line: KeptLine): void {
    const idle = this.#idle.get(origin);
    if (idle === undefined) this.#idle.set(origin, [line]);
    else if (idle.length < maxIdlePerOrigin) idle.push(line);
    else line.end();
  }

  #forget(origin: string, line: KeptLine): void {
    this.#all.delete(line);
    const left = this.#idle.get(origin)?.filter((other) => other !== line);
    if (left === undefined) return;
    if (left.length > 0) this.#idle.set(origin, left);
    else this.#idle.delete(origin);
  }
}

interface LineEvents {
  readonly idle: () => void;
  readonly gone: () => void;
}

class KeptLine implements Line {
  readonly #client: Client;
  readonly #events: LineEvents;
  #isBusy = false;
  isUsed = false;

  constructor(origin: string, connector: GuardedConnector, events: LineEvents) {
    this.#events = events;
    this.#client = new Client(origin, {
      connect: (peer, done) => void hand(connector, peer, done),
      allowH2: false,
      pipelining: 1,
      // Else a variable of the environment chooses the parser.
      useMilo: false,
      keepAliveTimeout: maxIdleMs,
      keepAliveMaxTimeout: maxIdleMs,
      // Whoever sends has one limit for all of it.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    this.#client.on('disconnect', () => {
      this.isUsed = false;
      // One whose request is not under way yet connects anew.
      if (!this.#isBusy) this.end();
    });
  }

  send(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): void {
    this.#isBusy = true;
    this.#client.dispatch(options, handler);
  }

  keep(): void {
    this.#isBusy = false;
    this.isUsed = true;
    this.#events.idle();
  }

  end(): void {
    if (this.#client.destroyed) return;
    this.#events.gone();
    void this.#client.destroy();
  }
}

async function hand(
  connector: GuardedConnector,
  { protocol, hostname, port }: buildConnector.Options,
  done: buildConnector.Callback,
): Promise<void> {
  const scheme = protocol as Scheme;
  const defaultPort = scheme === 'https:' ? 443 : 80;
  let socket: Socket;
  try {
    socket = await connector.open({ scheme, host: hostname, port: port === '' ? defaultPort : Number(port) });
  } catch (error) {
    done(error as Error, null);
    return;
  }
  done(null, socket);
}
