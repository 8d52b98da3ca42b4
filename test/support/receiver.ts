// A receiver of webhooks on loopback: keeps what it was sent, and answers as it is told to.

import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import { freePort } from './free-port.ts';

export interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  readonly message: { readonly id: string; readonly event: string; readonly timestamp: string; readonly data: unknown };
  readonly deliveryId: string;
}

export type Answering = (response: ServerResponse, received: Received, count: number) => void;

const ok: Answering = (response) => response.end('ok');
export const refuse: Answering = (response) => void response.writeHead(503).end();

export class Receiver {
  readonly received: Received[] = [];
  /** How many requests were being answered at once, at the most. */
  mostAtOnce = 0;
  answering: Answering = ok;
  #server: Server | undefined;
  #port = 0;
  #open = 0;
  #waiters: (() => void)[] = [];

  static async start(answering: Answering = ok): Promise<Receiver> {
    const receiver = new Receiver();
    receiver.answering = answering;
    await receiver.up();
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}/hook`;
  }

  get ids(): string[] {
    return this.received.map(({ deliveryId }) => deliveryId);
  }

  /** Listens, where it listened before. */
  async up(): Promise<void> {
    const server = createServer((request, response) => {
      let body = '';
      this.mostAtOnce = Math.max(this.mostAtOnce, ++this.#open);
      response.on('error', () => {}).on('close', () => this.#open--);
      request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      request.on('end', () => {
        const { headers } = request;
        const message = JSON.parse(body) as Received['message'];
        const received = { headers, body, message, deliveryId: String(headers['x-webhook-delivery']) };
        this.received.push(received);
        this.answering(response, received, this.received.length);
        for (const resolve of this.#waiters.splice(0)) resolve();
      });
    });
    // One that nobody else is given while it is down.
    this.#port ||= await freePort();
    server.listen(this.#port, '127.0.0.1');
    await once(server, 'listening');
    this.#server = server;
  }

  /** Refuses connections from now on. */
  async down(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  }

  /** Resolves when it has received so many in all, or what `isEnough` says. */
  async has(enough: number | (() => boolean)): Promise<void> {
    const isEnough = typeof enough === 'number' ? () => this.received.length >= enough : enough;
    while (!isEnough()) await new Promise<void>((resolve) => this.#waiters.push(resolve));
  }
}

/** The receivers of one test. */
export class Receivers {
  #started: Receiver[] = [];

  async start(answering?: Answering): Promise<Receiver> {
    const started = await Receiver.start(answering);
    this.#started.push(started);
    return started;
  }

  async close(): Promise<void> {
    for (const one of this.#started.splice(0)) await one.down();
  }
}
